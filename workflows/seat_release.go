package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// StepReduce is the one step of a seat release that changes anything.
const StepReduce domain.StepKey = "reduce-seats"

// SeatReleaseInput starts a seat release: one for an app and a renewal date.
type SeatReleaseInput struct {
	Run        string            `json:"run"`
	App        AppInput          `json:"app"` // Approval is finance's policy
	Admins     []domain.PersonID `json:"admins"`
	Tell       []domain.PersonID `json:"tell"`
	Timings    Timings           `json:"timings"`
	PolicyHash string            `json:"policy_hash"`
}

// SeatRelease asks finance once whether the seats that leavers freed are given
// back at the renewal, has the count reduced by a person and attested by a
// second one, and books it. It never goes below the plan's minimum and never
// proceeds because nobody answered.
func SeatRelease(ctx workflow.Context, in SeatReleaseInput) (OffboardingResult, error) {
	r := &process{in: OffboardingInput{Run: in.Run, Requester: domain.SystemActor, Apps: []AppInput{in.App}, Admins: in.Admins, Tell: in.Tell,
		Timings: in.Timings, PolicyHash: in.PolicyHash}, state: domain.RunWaiting, due: in.App.Contract.LastCall(), pulses: map[string]int{},
		reminders: map[string]time.Time{}}
	l := newLine(r, &r.in.Apps[0])
	l.book = seatBook()
	l.steps = map[domain.StepKey]domain.StepState{StepReduce: domain.StepPlanned}
	r.lines = []*line{l}
	if err := r.listenSmall(ctx); err != nil {
		return OffboardingResult{}, err
	}
	result, err := r.releaseSeats(ctx, l)
	if err != nil {
		return result, err
	}
	r.closing = true
	r.closeOpenRequests(ctx)
	_, err = execute(ctx, in.Timings, QueueHandover, activities.ConcludeRun, activities.ConcludeInput{
		Run: in.Run, State: result.State, Why: result.Why, Pack: true, Final: true, To: in.Tell})
	if err != nil {
		return result, err
	}
	return result, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

func seatBook() domain.Runbook {
	return domain.Runbook{Kind: "seats", Steps: []domain.StepSpec{{Key: StepReduce, Title: "Reduce the seats", Phase: domain.PhaseSeats,
		Capability: domain.CanReduceSeats, ReadBack: domain.ReadBackNone,
		Instruction: "Plan overview > Manage subscription: set the number of seats named here, then note the number that the page shows afterwards as proof."}}}
}

func (r *process) releaseSeats(ctx workflow.Context, l *line) (OffboardingResult, error) {
	weigh := func() (activities.WeighResult, error) { return r.weigh(ctx, l) }
	first, err := r.weighUntil(ctx, l, weigh)
	if r.ending() {
		return OffboardingResult{State: domain.RunRetracted, Why: "Retracted: the seats stay."}, err
	}
	if l.steps[StepReduce].Settled() {
		return OffboardingResult{State: domain.RunClosed, Why: "The reduction was skipped: the seats stay."}, err
	}
	if err != nil || first.Balance.Spare <= 0 {
		return OffboardingResult{State: domain.RunClosed, Why: seatNothing(first.Balance)}, err
	}
	a, err := r.openPlainApproval(ctx, domain.ApproveSeats, l.in.Approval, seatQuestion(l.in.Contract, first))
	if err != nil {
		return OffboardingResult{}, err
	}
	if state := r.decidedBefore(ctx, a, l.in.Contract.LastCall()); r.ending() {
		return OffboardingResult{State: domain.RunRetracted, Why: "Retracted: the seats stay."}, nil
	} else if state != domain.ApprovalApproved {
		return OffboardingResult{State: domain.RunDenied, Why: "The seats stay: finance said no, or nobody answered before notice had to be given."}, nil
	}
	again, err := weigh()
	if err != nil {
		return OffboardingResult{}, err
	}
	n := min(first.Balance.Spare, again.Balance.Spare)
	if r.ending() {
		return OffboardingResult{State: domain.RunRetracted, Why: "Retracted: the seats stay."}, nil
	}
	if n <= 0 {
		return OffboardingResult{State: domain.RunClosed, Why: "The seats were taken by joiners meanwhile: nothing is given back."}, nil
	}
	return r.reduce(ctx, l, again, n)
}

// weigh counts the seats; an app that does not answer is asked again until it
// does or somebody retracts.
func (r *process) weigh(ctx workflow.Context, l *line) (activities.WeighResult, error) {
	for {
		w, err := execute(ctx, r.in.Timings, l.in.Queue, activities.WeighSeats, activities.WeighInput{Run: r.in.Run, App: l.in.App, Contract: l.in.Contract})
		if err == nil || ctx.Err() != nil {
			return w, err
		}
		if !l.park(ctx, StepReduce, err) || l.steps[StepReduce].Settled() {
			return activities.WeighResult{}, nil
		}
	}
}

// weighUntil weighs again and again while there is nothing to give back and
// notice can still be given: somebody may leave meanwhile.
func (r *process) weighUntil(ctx workflow.Context, l *line, weigh func() (activities.WeighResult, error)) (activities.WeighResult, error) {
	for {
		w, err := weigh()
		next := workflow.Now(ctx).Add(orDefault(r.in.Timings.SeatCheck, 24*time.Hour))
		if err != nil || w.Balance.Spare > 0 || !next.Before(l.in.Contract.LastCall()) {
			return w, err
		}
		if awaitUntil(ctx, next, r.ending) {
			return w, nil
		}
	}
}

// decidedBefore waits for finance, at most until notice has to be given.
func (r *process) decidedBefore(ctx workflow.Context, a *domain.Approval, last time.Time) domain.ApprovalState {
	workflow.Go(ctx, func(ctx workflow.Context) { r.awaitDecision(ctx, a, r.ending) })
	decided := func() bool { return a.State != domain.ApprovalOpen || r.ending() }
	if last.IsZero() {
		_ = workflow.Await(ctx, decided)
	} else {
		awaitUntil(ctx, last, decided)
	}
	return a.State
}

func (r *process) reduce(ctx workflow.Context, l *line, w activities.WeighResult, n int) (OffboardingResult, error) {
	spec := l.book.Steps[0]
	t := l.newTask(ctx, spec.Title, []domain.StepSpec{spec}, l.in.Contract.LastCall(), false)
	t.Instructions = append(t.Instructions, fmt.Sprintf("From %d to %d seats.", w.Balance.Bought, w.Balance.Bought-n))
	l.superviseSeatTask(ctx, t)
	if r.ending() {
		return OffboardingResult{State: domain.RunRetracted, Why: "Retracted: the seats stay."}, nil
	}
	if l.steps[StepReduce] != domain.StepAttested {
		return OffboardingResult{State: domain.RunClosed, Why: "The reduction was skipped: the seats stay."}, nil
	}
	save := l.in.Contract.PricePerSeat.Times(n)
	_, err := execute(ctx, r.in.Timings, QueueHandover, activities.ReduceSeats, activities.ReduceInput{Run: r.in.Run, App: l.in.App, Seats: n,
		Freed: w.Freed, DoneBy: t.DoneBy, Attested: t.ConfirmedBy, Proof: t.Proof, Save: save})
	return OffboardingResult{State: domain.RunClosed, Why: fmt.Sprintf("%d seats given back; it saves %s each period.", n, save)}, err
}

// superviseSeatTask opens the task and waits until it is attested or skipped.
func (l *line) superviseSeatTask(ctx workflow.Context, t *domain.Task) {
	for !l.steps[StepReduce].Settled() && !l.r.ending() {
		t.State = domain.TaskOpen // it may have been closed because it could not be opened
		l.carryOut(ctx, t, false)
	}
}

func seatNothing(b domain.SeatBalance) string {
	if b.Spare < 0 {
		return "How many seats are free is unknown: state the seats bought and map every profile id in the policy file."
	}
	return fmt.Sprintf("No seat to give back: %d bought, %d occupied, %d promised.", b.Bought, b.Occupied, b.Promised)
}

func seatQuestion(c domain.SeatContract, w activities.WeighResult) string {
	return fmt.Sprintf("%d of %d seats can be given back at the renewal on %s; it saves %s each period (price of %s). %d of them were freed by leavers; `handover seats` names them.",
		w.Balance.Spare, w.Balance.Bought, c.Renewal.Format("2006-01-02"), w.Save, c.PriceDate, len(w.Freed))
}
