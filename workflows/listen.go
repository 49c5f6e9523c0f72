package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// listen registers what people, HR and the observer can say to a run. State is
// complete before the first handler is registered.
func (r *process) listen(ctx workflow.Context) error {
	if err := workflow.SetQueryHandler(ctx, QueryState, r.view); err != nil {
		return err
	}
	for _, register := range []func(workflow.Context) error{r.listenDecisions, r.listenHeirs, r.listenTasks, r.listenSteps, r.listenRun} {
		if err := register(ctx); err != nil {
			return err
		}
	}
	workflow.Go(ctx, r.receiveEmployment)
	workflow.Go(ctx, r.receiveObserved)
	workflow.Go(ctx, r.receiveLeft)
	workflow.Go(ctx, r.receiveManager)
	return nil
}

// listenSmall registers what can be said to a run that ends nobody's access.
func (r *process) listenSmall(ctx workflow.Context) error {
	if err := workflow.SetQueryHandler(ctx, QueryState, r.view); err != nil {
		return err
	}
	for _, register := range []func(workflow.Context) error{r.listenDecisions, r.listenTasks, r.listenSteps, r.listenRetract} {
		if err := register(ctx); err != nil {
			return err
		}
	}
	workflow.Go(ctx, r.receiveLeft)
	return nil
}

func handle[In, Out any](ctx workflow.Context, name string, check func(workflow.Context, In) *domain.Refusal, do func(workflow.Context, In) (Out, error)) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, name, do, workflow.UpdateHandlerOptions{
		Validator: func(ctx workflow.Context, in In) error { return refuse(check(ctx, in)) },
	})
}

func (r *process) listenDecisions(ctx workflow.Context) error {
	return handle(ctx, UpdateDecide, r.checkDecide, r.decide)
}

func (r *process) listenHeirs(ctx workflow.Context) error {
	return handle(ctx, UpdateChooseHeir, r.checkChoose, r.choose)
}

func (r *process) checkDecide(ctx workflow.Context, in DecideRequest) *domain.Refusal {
	a := r.findApproval(in.Approval)
	if a == nil {
		return domain.Refuse(domain.RefusedUnknown, "this run has no such request")
	}
	if a.State == domain.ApprovalOpen && a.Digest == "" && in.Digest != "" {
		// The activity that wrote the request has not answered yet, or its worker died.
		return domain.Refuse(domain.RefusedState, "the plan is being made: try again in a moment")
	}
	return a.Check(in.decision(ctx), workflow.Now(ctx))
}

func (in DecideRequest) decision(ctx workflow.Context) domain.Decision {
	return domain.Decision{Actor: in.Person, ActingFor: in.ActingFor, Verdict: in.Verdict, Digest: in.Digest, Reason: in.Reason,
		At: workflow.Now(ctx), Channel: in.Channel}
}

func (r *process) decide(ctx workflow.Context, in DecideRequest) (ApprovalAnswer, error) {
	a := r.findApproval(in.Approval)
	r.apply(a, in.decision(ctx))
	return ApprovalAnswer{Approval: *a}, nil
}

func (r *process) checkChoose(ctx workflow.Context, in ChooseHeirRequest) *domain.Refusal {
	l := r.lineOf(in.App)
	switch {
	case l == nil:
		return domain.Refuse(domain.RefusedUnknown, "this run does not touch that app")
	case l.done || l.denied:
		return domain.Refuse(domain.RefusedState, "this app waits for no plan any more")
	case l.approval == nil && l.planned:
		return domain.Refuse(domain.RefusedState, "nothing is handed over in this run")
	case l.approval == nil && !r.noticeAt.After(workflow.Now(ctx)):
		return domain.Refuse(domain.RefusedState, "the plan is being made: try again in a moment")
	case l.approval != nil && l.approval.State == domain.ApprovalApproved:
		return domain.Refuse(domain.RefusedSettled, "the plan is approved already: undo it, or hand single records over in the app")
	case in.Person == r.in.Person:
		return domain.Refuse(domain.RefusedSelf, "the leaver does not choose the successor")
	}
	return nil
}

// choose replaces the open request by one with the new heirs, and answers with
// its digest.
func (r *process) choose(ctx workflow.Context, in ChooseHeirRequest) (ApprovalAnswer, error) {
	l := r.lineOf(in.App)
	old := l.approval
	for _, kind := range sortedHeirKinds(in.Heirs) {
		l.heirs[kind] = in.Heirs[kind]
	}
	if in.Emails != "" {
		l.emails = in.Emails
	}
	l.forwardTo = in.ForwardTo
	switch {
	case old == nil:
		r.noticeAt = workflow.Now(ctx) // somebody knows already: nobody waits for the notice
	case old.State == domain.ApprovalOpen:
		old.State, old.SettledAt = domain.ApprovalReplaced, workflow.Now(ctx)
		_ = r.chaseApproval(ctx, old, "close", nil, "")
	default:
		l.askAgain()
	}
	over := func() bool { return r.ending() || l.done }
	if err := workflow.Await(ctx, func() bool { return over() || (l.approval != nil && l.approval != old) }); err != nil || over() {
		return ApprovalAnswer{}, refuse(domain.Refuse(domain.RefusedState, "the run has ended"))
	}
	return ApprovalAnswer{Approval: *l.approval, Problem: l.problem}, nil
}

func (r *process) lineOf(app domain.AppID) *line {
	for _, l := range r.lines {
		if l.in.App == app {
			return l
		}
	}
	return nil
}

func (r *process) listenTasks(ctx workflow.Context) error {
	if err := handle(ctx, UpdateTask, r.checkTask, r.completeTask); err != nil {
		return err
	}
	return handle(ctx, UpdateConfirm, r.checkConfirm, r.confirmTask)
}

func (r *process) findTask(id string) *domain.Task {
	for _, t := range r.tasks {
		if t.ID == id {
			return t
		}
	}
	return nil
}

func (r *process) checkTask(_ workflow.Context, in TaskRequest) *domain.Refusal {
	t := r.findTask(in.Task)
	if t == nil {
		return domain.Refuse(domain.RefusedUnknown, "this run has no such task")
	}
	if in.Cannot && in.Proof == "" {
		return domain.Refuse(domain.RefusedReason, "say why it cannot be done")
	}
	return t.CheckDone(in.Person, in.ActingFor, r.in.Admins, in.Proof)
}

func (r *process) completeTask(_ workflow.Context, in TaskRequest) (Answer, error) {
	t := r.findTask(in.Task)
	if in.Cannot {
		t.State = domain.TaskCannot
	} else {
		if t.DoneBy != in.Person || t.Proof != in.Proof {
			t.ConfirmedBy = "" // the second person stood for something else, or is the same now
		}
		t.State, t.DoneBy, t.Proof = domain.TaskDone, in.Person, in.Proof
	}
	r.said(t)
	c := *t
	text := "Thank you. The app is read back now; the step is done when the app shows it."
	if t.Attest {
		text = "Thank you. The app cannot show all of this: a second person confirms it."
	}
	return Answer{Text: text, State: r.state, Task: &c}, nil
}

// said wakes the supervisor of a task, also where a read-back that failed waits for
// somebody.
func (r *process) said(t *domain.Task) {
	r.pulses[t.ID]++
	if l := r.lineOf(t.App); l != nil {
		for _, key := range t.Steps {
			l.retries[key]++
		}
	}
}

func (r *process) checkConfirm(_ workflow.Context, in TaskRequest) *domain.Refusal {
	t := r.findTask(in.Task)
	if t == nil {
		return domain.Refuse(domain.RefusedUnknown, "this run has no such task")
	}
	l := r.lineOf(t.App)
	known := []domain.PersonID{t.Owner, t.Backup, l.in.Owner, l.in.Backup, l.in.Second}
	known = append(known, r.in.Admins...)
	if !slices.Contains(known, in.Person) && !(in.ActingFor != "" && slices.Contains(known, in.ActingFor)) {
		return domain.Refuse(domain.RefusedNotApprover, "this is for the owner of the app, its backup or second person, or an administrator")
	}
	if t.DoneBy != "" && t.DoneBy == in.ActingFor && !slices.Contains(known, in.Person) {
		return domain.Refuse(domain.RefusedSecond, "a second person has to confirm, not somebody in the place of the one who did it")
	}
	return t.CheckConfirm(in.Person)
}

func (r *process) confirmTask(_ workflow.Context, in TaskRequest) (Answer, error) {
	t := r.findTask(in.Task)
	t.ConfirmedBy = in.Person
	r.said(t)
	c := *t
	return Answer{Text: "Thank you. It is recorded that you stand for it.", State: r.state, Task: &c}, nil
}

func (r *process) receiveObserved(ctx workflow.Context) {
	ch := workflow.GetSignalChannel(ctx, SignalObserved)
	for {
		var nothing string
		if !ch.Receive(ctx, &nothing) {
			return
		}
		r.sightings++
		for _, t := range r.tasks {
			if t.State == domain.TaskOpen || t.State == domain.TaskDone {
				r.pulses[t.ID]++
			}
		}
	}
}

func (r *process) receiveEmployment(ctx workflow.Context) {
	ch := workflow.GetSignalChannel(ctx, SignalEmployment)
	for {
		var change EmploymentChange
		if !ch.Receive(ctx, &change) {
			return
		}
		r.applyEmployment(ctx, change)
	}
}

// applyEmployment takes HR's word: what it said last, by its own clock, in whatever order
// that arrives. Once access is cut a later moment cannot be kept any more; that takes an
// undo, which a person decides.
func (r *process) applyEmployment(ctx workflow.Context, change EmploymentChange) {
	if !change.SaidAt.IsZero() && change.SaidAt.Before(r.hrSaidAt) {
		return
	}
	r.hrSaid, r.hrSaidAt = r.hrSaid+1, change.SaidAt
	// The word that began a security termination may arrive again: the second person's no stands.
	r.hrLeaves = change.Kind != EmploymentRetracted && !(change.CutNow && r.in.Requester == domain.SystemActor)
	if r.ending() || r.closing {
		r.hrAtTheEnd(ctx, change.Kind)
		return
	}
	late := r.anyCut(ctx)
	if change.Kind != EmploymentEndedNow && !late {
		late = !r.holdBack(ctx)
	}
	switch {
	case change.Kind == EmploymentEndedNow && change.CutNow && r.cutNow: // said before
	case change.Kind == EmploymentEndedNow && change.CutNow:
		r.cutBy = domain.SystemActor
		r.cutAtOnce(ctx)
		workflow.Go(ctx, r.confirmCutNow)
	case change.Kind == EmploymentEndedNow:
		r.due = workflow.Now(ctx)
	case late:
		r.tellOfHR(ctx, "HR moved the leaving or took it back after access was cut: undo the run to give it back, or leave it as it is.")
	case change.Kind == EmploymentMoved:
		r.due, r.zone, r.noticeAt = change.Due, change.Zone, change.NoticeAt
	case change.Kind == EmploymentRetracted:
		r.retracted = "HR retracted the leaving"
	}
}

// hrAtTheEnd tells people of HR's word where the run ends in another way, and cannot
// follow it any more.
func (r *process) hrAtTheEnd(ctx workflow.Context, kind string) {
	gone := r.undo == nil && (r.anyCut(ctx) || !r.ending() && r.outcome().State == domain.RunClosed)
	switch {
	case kind != EmploymentRetracted && !gone:
		r.tellOfHR(ctx, "HR says that the employment ends, and this run is taken back or was denied: start the leaving again when the run has ended, unless a new one stands already.")
	case kind != EmploymentEndedNow && gone:
		r.tellOfHR(ctx, "HR moved the leaving or took it back when it was about to end: if the person stays, give the access back in the apps, or hire them anew.")
	}
}

// tellOfHR asks people what HR's word means where the run cannot follow it any more.
func (r *process) tellOfHR(ctx workflow.Context, text string) {
	r.telling++
	defer func() { r.telling-- }()
	in := activities.ChaseInput{StepRef: activities.StepRef{Run: r.in.Run, Person: r.in.Person}, About: r.in.Run, Kind: "hr-too-late", To: r.in.Tell,
		Text: text, Count: r.next(), Urgent: true}
	_, _ = execute(ctx, r.in.Timings, QueueHandover, activities.ChaseApproval, in)
}

func (r *process) anyCut(ctx workflow.Context) bool {
	for _, l := range r.lines {
		if l.touched(ctx) {
			return true
		}
	}
	return false
}

// touched tells whether access was cut, or may be by the time that anybody
// hears an answer.
func (l *line) touched(ctx workflow.Context) bool {
	asking := l.cutting && !workflow.Now(ctx).Before(l.armedUntil)
	return l.cut || asking || l.acted || l.doorTouched || l.steps[domain.StepDeactivate].Settled() && l.snap.Found && !l.denied
}
