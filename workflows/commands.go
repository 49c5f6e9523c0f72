package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

func (r *process) listenSteps(ctx workflow.Context) error {
	if err := handle(ctx, UpdateRetry, r.checkStep, r.retryStep); err != nil {
		return err
	}
	if err := handle(ctx, UpdateSkip, r.checkSkip, r.skipStep); err != nil {
		return err
	}
	return handle(ctx, UpdateHandOver, r.checkHandOver, r.handOverStep)
}

// checkStep lets administrators of the run touch its steps, and nobody their own.
func (r *process) checkStep(_ workflow.Context, in StepRequest) *domain.Refusal {
	l := r.lineOf(in.App)
	if l == nil {
		return domain.Refuse(domain.RefusedUnknown, "this run does not touch that app")
	}
	if refused := r.checkRight(l, in.Person); refused != nil && (in.Person == r.in.Person || in.Person != l.holders[in.Step]) {
		return refused
	}
	state, known := l.steps[in.Step]
	if !known {
		return domain.Refuse(domain.RefusedUnknown, "this app has no such step in this run")
	}
	if state.Settled() {
		return domain.Refuse(domain.RefusedSettled, "this step is "+string(state)+" already")
	}
	return nil
}

// checkRight lets administrators and those who look after an app steer it, and
// nobody what is about themselves.
func (r *process) checkRight(l *line, who domain.PersonID) *domain.Refusal {
	switch {
	case who == r.in.Person:
		return domain.Refuse(domain.RefusedSelf, "nobody steers their own run")
	case !slices.Contains(r.in.Admins, who) && who != l.in.Owner && who != l.in.Backup:
		return domain.Refuse(domain.RefusedRight, "only an administrator or the owner of the app may do this")
	}
	return nil
}

func (r *process) retryStep(_ workflow.Context, in StepRequest) (Answer, error) {
	l := r.lineOf(in.App)
	l.retries[in.Step]++
	if in.Accept > 0 {
		l.accepted[kindOfStep(l, in.Step)] = in.Accept
	}
	r.wakeTasks(in.App, in.Step)
	return Answer{Text: "The step is tried again.", State: r.state}, nil
}

func kindOfStep(l *line, key domain.StepKey) domain.RecordKind {
	spec, _ := l.book.Step(key)
	return spec.Kind
}

func (r *process) wakeTasks(app domain.AppID, step domain.StepKey) {
	for _, t := range r.tasks {
		if t.App == app && slices.Contains(t.Steps, step) {
			r.pulses[t.ID]++
		}
	}
}

func (r *process) checkSkip(ctx workflow.Context, in StepRequest) *domain.Refusal {
	if in.Reason == "" {
		return domain.Refuse(domain.RefusedReason, "say why the step is skipped")
	}
	return r.checkStep(ctx, in)
}

func (r *process) skipStep(_ workflow.Context, in StepRequest) (Answer, error) {
	l := r.lineOf(in.App)
	l.skips[in.Step] = in
	r.wakeTasks(in.App, in.Step)
	return Answer{Text: "The step is skipped; your name and reason stand in the record.", State: r.state}, nil
}

func (r *process) checkHandOver(ctx workflow.Context, in StepRequest) *domain.Refusal {
	switch {
	case in.To == "":
		return domain.Refuse(domain.RefusedReason, "say who takes the step over")
	case in.To == r.in.Person:
		return domain.Refuse(domain.RefusedSelf, "the leaver cannot take over a step of their own leaving")
	}
	if refused := r.checkStep(ctx, in); refused != nil {
		return refused
	}
	if len(r.openTasks(in)) == 0 && r.lineOf(in.App).steps[in.Step] != domain.StepNeedsAttention {
		return domain.Refuse(domain.RefusedState, "nothing of this step waits for a person now")
	}
	return nil
}

// openTasks finds the tasks of a step that wait for somebody.
func (r *process) openTasks(in StepRequest) []*domain.Task {
	var open []*domain.Task
	for _, t := range r.tasks {
		if t.App == in.App && slices.Contains(t.Steps, in.Step) && (t.State == domain.TaskOpen || t.State == domain.TaskDone) {
			open = append(open, t)
		}
	}
	return open
}

func (r *process) handOverStep(ctx workflow.Context, in StepRequest) (Answer, error) {
	l := r.lineOf(in.App)
	l.holders[in.Step] = in.To
	open := r.openTasks(in)
	for _, t := range open {
		t.Owner, t.State = in.To, domain.TaskOpen
		t.DoneBy, t.ConfirmedBy, t.Proof = "", "", "" // said by somebody who has it no more
		l.chase(ctx, t, "handed-over", []domain.PersonID{in.To}, "Handed over to you: "+t.Title)
	}
	if len(open) == 0 {
		in := activities.AttentionInput{StepRef: l.ref(in.Step), Why: "handed over to you: retry it, or skip it with a reason", Count: r.next(),
			To: []domain.PersonID{in.To}, State: l.steps[in.Step]}
		l.must(execute(ctx, r.in.Timings, QueueHandover, activities.ReportAttention, in))
	}
	return Answer{Text: "The step was handed over.", State: r.state}, nil
}

func (r *process) listenRun(ctx workflow.Context) error {
	if err := handle(ctx, UpdateReschedule, r.checkReschedule, r.reschedule); err != nil {
		return err
	}
	if err := r.listenRetract(ctx); err != nil {
		return err
	}
	if err := handle(ctx, UpdateCutNow, r.checkCutNow, r.cutNowUpdate); err != nil {
		return err
	}
	return handle(ctx, UpdateUndo, r.checkUndo, r.startUndo)
}

func (r *process) listenRetract(ctx workflow.Context) error {
	return handle(ctx, UpdateRetract, r.checkRetract, r.retract)
}

func (r *process) checkReschedule(ctx workflow.Context, in MomentRequest) *domain.Refusal {
	switch {
	case in.Person == r.in.Person:
		return domain.Refuse(domain.RefusedSelf, "nobody moves their own last moment")
	case r.anyCut(ctx):
		return cutAlready()
	case r.ending() || r.closing:
		return domain.Refuse(domain.RefusedState, "the run is ending and is not changed any more: start another one, or see to it in the app")
	}
	return nil
}

func cutAlready() *domain.Refusal {
	return domain.Refuse(domain.RefusedState, "access is cut already: undo the run to give it back")
}

func (r *process) reschedule(ctx workflow.Context, in MomentRequest) (Answer, error) {
	heard := r.hrSaid
	if !r.holdBack(ctx) {
		return Answer{}, refuse(cutAlready())
	}
	if r.hrSaid != heard {
		return Answer{}, refuse(domain.Refuse(domain.RefusedState, "HR said something newer of the last moment meanwhile: look at it, then try again"))
	}
	r.due, r.zone = in.Due, in.Zone
	return Answer{Text: "The last moment was moved.", State: r.state}, nil
}

func (r *process) checkNotSelf(_ workflow.Context, in ReasonRequest) *domain.Refusal {
	switch {
	case in.Person == r.in.Person:
		return domain.Refuse(domain.RefusedSelf, "nobody steers their own leaving")
	case r.ending() || r.closing:
		return domain.Refuse(domain.RefusedState, "the run is ending and is not changed any more: start another one, or see to it in the app")
	}
	return nil
}

func (r *process) checkRetract(ctx workflow.Context, in ReasonRequest) *domain.Refusal {
	switch {
	case r.anyCut(ctx):
		return cutAlready()
	case slices.ContainsFunc(r.lines, (*line).roleSet):
		return domain.Refuse(domain.RefusedState, "the role is set already, and would stay: ask for the role of before instead (`handover role`)")
	}
	return r.checkNotSelf(ctx, in)
}

func (r *process) retract(ctx workflow.Context, in ReasonRequest) (Answer, error) {
	heard := r.hrSaid
	if !r.holdBack(ctx) {
		return Answer{}, refuse(cutAlready())
	}
	if r.hrSaid != heard {
		return Answer{}, refuse(domain.Refuse(domain.RefusedState, "HR said something newer of the leaving meanwhile: look at it, then try again"))
	}
	r.retracted = "retracted by a person"
	return Answer{Text: "The run is retracted; nothing was cut.", State: domain.RunRetracted}, nil
}

func (r *process) checkCutNow(ctx workflow.Context, in ReasonRequest) *domain.Refusal {
	switch {
	case !slices.ContainsFunc(r.lines, func(l *line) bool { return !l.steps[domain.StepDeactivate].Settled() }):
		return domain.Refuse(domain.RefusedState, "access is cut already")
	case !r.cutNow && r.in.ConfirmFirst && len(r.in.ConfirmCutNow.Stages) == 0:
		return domain.Refuse(domain.RefusedSecond, "the policy wants a second person before access is cut, and names nobody: name one in the policy file")
	}
	return r.checkNotSelf(ctx, in)
}

// cutNowUpdate turns a run into a security termination, at once or as soon as a
// second person agrees, as the policy says.
func (r *process) cutNowUpdate(ctx workflow.Context, in ReasonRequest) (Answer, error) {
	switch {
	case r.cutNow || r.asking:
	case r.in.ConfirmFirst:
		r.asking, r.cutBy = true, in.Person
		workflow.Go(ctx, r.cutWhenConfirmed)
	default:
		r.cutBy = in.Person
		r.cutAtOnce(ctx)
		workflow.Go(ctx, r.confirmCutNow)
	}
	if r.asking {
		return Answer{Text: "A second person is asked; access is cut as soon as they agree.", State: r.state}, nil
	}
	return Answer{Text: "Access is cut now; a second person is asked to confirm.", State: r.state}, nil
}

func (r *process) cutWhenConfirmed(ctx workflow.Context) {
	if agreed, err := r.secondAgrees(ctx); err == nil && agreed {
		r.cutAtOnce(ctx)
	}
	r.asking = false
}

// cutAtOnce passes every wait, also of an app that waits for a person's word: a
// security termination never waits behind a brake.
func (r *process) cutAtOnce(ctx workflow.Context) {
	r.cutNow, r.in.CutNow, r.due = true, true, earlier(r.due, workflow.Now(ctx))
	for _, l := range r.lines {
		l.retries[domain.StepDeactivate]++
	}
}

func (r *process) checkUndo(ctx workflow.Context, in ReasonRequest) *domain.Refusal {
	if !r.anyCut(ctx) && !r.anyMoved() {
		return domain.Refuse(domain.RefusedState, "nothing was done yet: retract the run instead")
	}
	return r.checkNotSelf(ctx, in)
}

func (r *process) anyMoved() bool {
	for _, l := range r.lines {
		for _, s := range l.specs() {
			if s.Kind != "" && l.steps[s.Key] != domain.StepPlanned {
				return true
			}
		}
	}
	return false
}

func (r *process) startUndo(_ workflow.Context, in ReasonRequest) (Answer, error) {
	r.undo = &in
	return Answer{Text: "The run is undone: what it moved is put back where it still is as the run left it.", State: r.state}, nil
}
