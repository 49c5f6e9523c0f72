package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// process is the state of one run: what people and HR can say to it, what is
// open, and one line for each app.
type process struct {
	in        OffboardingInput
	state     domain.RunState
	due       time.Time
	zone      string
	cutNow    bool
	retracted string // why, once somebody retracted
	refused   bool   // nobody confirmed a security termination that had to be confirmed first
	asking    bool   // a second person is asked before access is cut
	cutBy     domain.PersonID
	undo      *ReasonRequest

	noticeAt     time.Time        // people are asked who inherits then
	holding      int              // while above 0, armed cut-offs are held back and none is armed
	overlap      bool             // people said that access ends though another employment goes on
	overlapAsked *domain.Approval // the question about it

	approvals []*domain.Approval
	tasks     []*domain.Task
	lines     []*line
	counter   int                  // makes derived keys of repeated acts unlike each other
	pulses    map[string]int       // by task id: what people and the observer said since
	sightings int                  // how often the observer saw an app change
	reminders map[string]time.Time // by approval id: when its people are reminded next
	told      map[string]heard     // by approval id
	gone      []domain.PersonID    // people of Handover whose own rights ended meanwhile
	ended     bool                 // the leaver's own rights end
	settled   bool                 // they have ended
	closing   bool                 // its end is being written down: nothing that is said changes it any more
	finished  int                  // lines that need nothing more
	hrSaid    int                  // how often HR said something of the end
	hrSaidAt  time.Time            // when HR said the newest of it
	hrLeaves  bool                 // HR said that they leave, whatever else the run rests on
	telling   int                  // while above 0, people are told what must not be lost with the run
}

// Offboarding ends a person's access to all apps of the run, hands over what
// they owned, and reads everything back. Lines, one for each app, run side by
// side: one that cannot go on does not stop another.
func Offboarding(ctx workflow.Context, in OffboardingInput) (OffboardingResult, error) {
	r := &process{in: in, state: domain.RunStarting, due: in.Due, noticeAt: in.NoticeAt, zone: in.Zone, cutNow: in.CutNow, pulses: map[string]int{},
		reminders: map[string]time.Time{}}
	for i := range in.Apps {
		r.lines = append(r.lines, newLine(r, &in.Apps[i]))
	}
	if err := r.listen(ctx); err != nil {
		return OffboardingResult{}, err
	}
	if err := r.confirmCutNowFirst(ctx); err != nil {
		return OffboardingResult{}, err
	}
	r.state = domain.RunWaiting
	for _, l := range r.lines {
		workflow.Go(ctx, l.run)
	}
	r.watch(ctx)
	if err := workflow.Await(ctx, r.over); err != nil {
		return OffboardingResult{}, err
	}
	r.endRightsAtLast(ctx)
	_ = workflow.Await(ctx, func() bool { return r.ended == r.settled }) // the end of a run takes its coroutines with it
	r.closing = true
	if r.undo != nil {
		r.undoAll(ctx)
	}
	if r.ending() {
		r.giveRightsBack(ctx)
	}
	result, err := r.conclude(ctx)
	if err != nil {
		return result, err
	}
	return result, workflow.Await(ctx, func() bool {
		unread := workflow.GetSignalChannel(ctx, SignalEmployment).Len() // came with the answer of the last activity
		return unread == 0 && r.telling == 0 && workflow.AllHandlersFinished(ctx)
	})
}

// over tells whether the main line has nothing left to wait for.
func (r *process) over() bool {
	return r.undo != nil || r.finished == len(r.lines)
}

// ending tells every waiting coroutine to let go.
func (r *process) ending() bool { return r.retracted != "" || r.undo != nil }

// conclude records the end with its evidence pack.
func (r *process) conclude(ctx workflow.Context) (OffboardingResult, error) {
	result := r.outcome()
	r.state = result.State
	r.closeOpenRequests(ctx)
	_, err := execute(ctx, r.in.Timings, QueueHandover, activities.ConcludeRun, activities.ConcludeInput{
		Run: r.in.Run, Person: r.in.Person, State: result.State, Why: result.Why, Pack: true, Final: true, To: r.in.Tell,
		Release: r.released(result.State)})
	return result, err
}

// released names the apps whose claims a run gives up that ended without its
// effect.
func (r *process) released(state domain.RunState) []domain.AppID {
	var apps []domain.AppID
	for _, l := range r.lines {
		gone := l.steps[domain.StepDeactivate] == domain.StepVerified || l.steps[domain.StepDeactivate] == domain.StepAttested
		if state != domain.RunClosed && !gone {
			apps = append(apps, l.in.App)
		}
	}
	return apps
}

func (r *process) outcome() OffboardingResult {
	switch {
	case r.undo != nil:
		return OffboardingResult{State: domain.RunRetracted, Why: r.undoSummary()}
	case r.refused:
		return OffboardingResult{State: domain.RunDenied, Why: "No second person confirmed the security termination; nothing was changed."}
	case r.retracted != "" && r.anyDone():
		return OffboardingResult{State: domain.RunRetracted, Why: "Retracted before the cut-off: access stays; what was done ahead of it stays as it is."}
	case r.retracted != "":
		return OffboardingResult{State: domain.RunRetracted, Why: "Retracted before the cut-off; nothing was changed."}
	}
	denied, verified, attested, skipped := true, 0, 0, 0
	for _, l := range r.lines {
		denied = denied && l.denied
		for _, key := range sortedSteps(l.steps) {
			switch l.steps[key] {
			case domain.StepVerified:
				verified++
			case domain.StepAttested:
				attested++
			case domain.StepSkipped:
				skipped++
			}
		}
	}
	if denied {
		return OffboardingResult{State: domain.RunDenied, Why: "The cut-off was denied; nothing was changed."}
	}
	return OffboardingResult{State: domain.RunClosed, Why: fmt.Sprintf("%d steps verified, %d attested, %d skipped.", verified, attested, skipped)}
}

// confirmCutNowFirst waits for the second person where the policy wants the
// confirmation before a security termination.
func (r *process) confirmCutNowFirst(ctx workflow.Context) error {
	if !r.in.CutNow || !r.in.ConfirmFirst {
		return nil
	}
	agreed, err := r.secondAgrees(ctx)
	switch {
	case err != nil || agreed || r.ending():
	case r.hrLeaves: // it is no security termination, and a leaving all the same
		r.cutNow, r.in.CutNow, r.in.NeedsApproval = false, false, false
	default:
		r.refused, r.retracted = true, "the security termination was not confirmed"
	}
	return err
}

// secondAgrees asks the second person before access is cut. Where the policy
// names nobody, nobody agrees.
func (r *process) secondAgrees(ctx workflow.Context) (bool, error) {
	if len(r.in.ConfirmCutNow.Stages) == 0 {
		return false, nil
	}
	a, err := r.openPlainApproval(ctx, domain.ApproveCutNow, r.in.ConfirmCutNow, "A security termination needs a second person before it begins.")
	if err != nil {
		return false, err
	}
	return r.awaitDecision(ctx, a, r.ending) == domain.ApprovalApproved, nil
}

// anyDone tells whether some app was changed ahead of the cut-off.
func (r *process) anyDone() bool {
	for _, l := range r.lines {
		for _, s := range l.specs() {
			state := l.steps[s.Key]
			ahead := s.Kind != "" && state != domain.StepPlanned && state != domain.StepSkipped
			if ahead || s.Key == domain.StepUnlink && state == domain.StepVerified && l.snap.Mailboxes > 0 {
				return true
			}
		}
	}
	return false
}

// watch confirms a cut-now after the fact: it is cut at once and a second person
// answers within minutes.
func (r *process) watch(ctx workflow.Context) {
	if !r.in.CutNow || r.in.ConfirmFirst {
		return
	}
	workflow.Go(ctx, func(ctx workflow.Context) { r.confirmCutNow(ctx) })
}

func (r *process) confirmCutNow(ctx workflow.Context) {
	if len(r.in.ConfirmCutNow.Stages) == 0 {
		return
	}
	a, err := r.openPlainApproval(ctx, domain.ApproveCutNow, r.in.ConfirmCutNow, "Access was cut at once for security. A second person confirms that this was right; the cut stands either way.")
	if err == nil {
		r.awaitDecision(ctx, a, r.ending)
	}
}

// next numbers acts that may repeat, so that each leaves its own event.
func (r *process) next() int {
	r.counter++
	return r.counter
}

// pulse counts what happened to a task; its supervisor wakes when it changes.
func (r *process) pulse(t *domain.Task) int { return r.pulses[t.ID] }

// view is the answer to the state query.
func (r *process) view() (StateView, error) {
	v := StateView{State: r.state, Due: r.due, Steps: map[domain.AppID]map[domain.StepKey]domain.StepState{}}
	for _, l := range r.lines {
		v.Steps[l.in.App] = l.steps
	}
	for _, a := range r.approvals {
		v.Approvals = append(v.Approvals, *a)
	}
	for _, t := range r.tasks {
		v.Tasks = append(v.Tasks, *t)
	}
	return v, nil
}

// awaitUntil waits for a condition until an instant; it answers whether the
// condition came. A past instant waits for nothing.
func awaitUntil(ctx workflow.Context, until time.Time, cond func() bool) bool {
	if cond() {
		return true
	}
	wait := until.Sub(workflow.Now(ctx))
	if wait <= 0 {
		return false
	}
	ok, err := workflow.AwaitWithTimeout(ctx, wait, cond)
	return ok && err == nil
}
