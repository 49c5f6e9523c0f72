package workflows

import (
	"cmp"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// HeldBatchInput starts the questions about what the brake holds.
type HeldBatchInput struct {
	Run        string                `json:"run"`
	Approval   domain.ApprovalPolicy `json:"approval"`
	Canary     int                   `json:"canary"` // so many go first, and are verified
	Why        string                `json:"why"`    // which limit was exceeded
	Admins     []domain.PersonID     `json:"admins"`
	Tell       []domain.PersonID     `json:"tell"`
	Timings    Timings               `json:"timings"`
	PolicyHash string                `json:"policy_hash"`
}

// HeldBatch asks people whether the leavings that the brake holds may go on, the
// first few first: the rest follows when the access of those is verified gone.
// What is held while people are asked is asked about afterwards, so that nobody
// agrees to what they did not see. Silence keeps the brake shut.
func HeldBatch(ctx workflow.Context, in HeldBatchInput) (OffboardingResult, error) {
	r := &process{in: OffboardingInput{Run: in.Run, Requester: domain.SystemActor, Admins: in.Admins, Tell: in.Tell, Timings: in.Timings, PolicyHash: in.PolicyHash},
		state: domain.RunWaiting, pulses: map[string]int{}, reminders: map[string]time.Time{}}
	if err := r.listenSmall(ctx); err != nil {
		return OffboardingResult{}, err
	}
	result, err := r.askAboutHeld(ctx, in)
	if err != nil {
		return result, err
	}
	r.closing = true
	r.closeOpenRequests(ctx)
	if _, err := execute(ctx, in.Timings, QueueHandover, activities.ConcludeRun, activities.ConcludeInput{
		Run: in.Run, State: result.State, Why: result.Why, Final: true, To: in.Tell}); err != nil {
		return result, err
	}
	return result, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

func (r *process) askAboutHeld(ctx workflow.Context, in HeldBatchInput) (OffboardingResult, error) {
	let, grown := 0, r.countGrowth(ctx)
	for {
		// A feed announces its people one by one: they are asked about together.
		awaitUntil(ctx, workflow.Now(ctx).Add(r.settle()), r.ending)
		seen := *grown // whoever joins from here on is not in what people are asked about
		w, err := r.batch(ctx, activities.WeighBatch, activities.BatchInput{})
		if err != nil {
			return OffboardingResult{}, err
		}
		if w.Held == 0 {
			closed, err := r.batch(ctx, activities.CloseBatch, activities.BatchInput{})
			if err != nil || closed.Closed {
				return OffboardingResult{State: domain.RunClosed, Why: fmt.Sprintf("%d leavings that the brake had held went on.", let)}, err
			}
			continue
		}
		a, err := r.askHeld(ctx, in, w)
		if err != nil {
			return OffboardingResult{}, err
		}
		switch state := r.awaitDecision(ctx, a, func() bool { return r.ending() || *grown != seen }); {
		case !r.ending() && state == domain.ApprovalOpen && *grown != seen:
			a.State, a.SettledAt = domain.ApprovalReplaced, workflow.Now(ctx)
			if err := r.chaseApproval(ctx, a, "close", nil, ""); err != nil {
				return OffboardingResult{}, err
			}
		case r.retracted != "" || state == domain.ApprovalDenied:
			if closed, err := r.cancelHeld(ctx, a, w.Until); err != nil || closed {
				return OffboardingResult{State: domain.RunDenied, Why: fmt.Sprintf("What the brake held was cancelled; %d leavings had gone on before.", let)}, err
			}
		case state == domain.ApprovalApproved:
			n, err := r.letGo(ctx, in, a, w, func() bool { return *grown != seen })
			if err != nil {
				return OffboardingResult{}, err
			}
			let += n
		default:
			return OffboardingResult{}, ctx.Err()
		}
	}
}

// settle is how long a batch may grow before people are asked, and how often a
// canary is looked at.
func (r *process) settle() time.Duration {
	return min(orDefault(r.in.Timings.SlowRetry, time.Minute), time.Minute)
}

// countGrowth counts how often the batch was said to hold more.
func (r *process) countGrowth(ctx workflow.Context) *int {
	grown := new(int)
	workflow.Go(ctx, func(ctx workflow.Context) {
		ch := workflow.GetSignalChannel(ctx, SignalGrew)
		var nothing string
		for ch.Receive(ctx, &nothing) {
			*grown++
		}
	})
	return grown
}

func (r *process) batch(ctx workflow.Context, what activities.Activity[activities.BatchInput, activities.BatchResult], in activities.BatchInput) (activities.BatchResult, error) {
	in.Run, in.Count, in.Every = r.in.Run, r.next(), cmp.Or(in.Every, r.settle())
	return execute(ctx, r.in.Timings, QueueHandover, what, in)
}

func (r *process) askHeld(ctx workflow.Context, in HeldBatchInput, w activities.BatchResult) (*domain.Approval, error) {
	why := fmt.Sprintf("The brake holds %d leavings that HR announced: %s. Nobody loses access while it does. Approve, and the first %d go and are verified before the rest.",
		w.Held, in.Why, min(in.Canary, w.Held))
	a := r.newApproval(ctx, "", domain.ApproveBrake, in.Approval, why)
	a.Digest = w.Digest
	return a, r.ask(ctx, a, "approval-opened", why)
}

// Between two looks at a canary: one that is due and hangs, or one whose last
// moment lies far ahead, must not fill the history of the run.
const (
	rarestLook   = 15 * time.Minute
	farthestLook = 12 * time.Hour
)

// patience is how long those who join wait for a canary before people are asked
// about them together with the rest: it may be weeks until it is due.
const patience = time.Hour

// letGo lets go those that people agreed to: the canary, and when nothing of it is
// open any more the rest.
func (r *process) letGo(ctx workflow.Context, in HeldBatchInput, a *domain.Approval, held activities.BatchResult, joined func() bool) (int, error) {
	actor, n := lastDecision(a).Actor, held.Held
	first := min(max(1, in.Canary), n)
	before, err := r.batch(ctx, activities.WeighBatch, activities.BatchInput{})
	if err != nil {
		return 0, err
	}
	if err := r.release(ctx, first, held.Until, actor); err != nil {
		return 0, err
	}
	patient := workflow.Now(ctx).Add(patience)
	over := func() bool { return r.ending() || joined() && !workflow.Now(ctx).Before(patient) }
	for every := r.settle(); n > first && !over(); every = min(2*every, rarestLook) {
		w, err := r.batch(ctx, activities.WeighBatch, activities.BatchInput{Every: every})
		if err != nil {
			return first, err
		}
		if w.Settled-before.Settled >= w.Released-before.Released {
			return n, r.release(ctx, n-first, held.Until, actor)
		}
		look := earlier(w.LookAt, workflow.Now(ctx).Add(farthestLook))
		if workflow.Now(ctx).Before(patient) {
			look = earlier(look, patient)
		}
		awaitUntil(ctx, look, over)
	}
	return first, nil
}

func (r *process) release(ctx workflow.Context, n int, until time.Time, actor domain.PersonID) error {
	_, err := execute(ctx, r.in.Timings, QueueHandover, activities.ReleaseBatch, activities.BatchInput{Run: r.in.Run, N: n, Count: r.next(), Actor: actor, Until: until})
	return err
}

// cancelHeld gives up those that people were asked about, and all where the run
// itself was retracted. It answers whether the batch is closed: it is not while
// somebody joined since, and they are asked about next.
func (r *process) cancelHeld(ctx workflow.Context, a *domain.Approval, until time.Time) (bool, error) {
	d := lastDecision(a)
	in := activities.BatchInput{Run: r.in.Run, Actor: d.Actor, Reason: d.Reason, Until: until}
	if r.retracted != "" {
		in.Until = time.Time{}
	}
	for {
		in.Count = r.next()
		if _, err := execute(ctx, r.in.Timings, QueueHandover, activities.CancelBatch, in); err != nil {
			return false, err
		}
		closed, err := r.batch(ctx, activities.CloseBatch, activities.BatchInput{})
		if err != nil || closed.Closed || r.retracted == "" {
			return closed.Closed, err
		}
	}
}

func lastDecision(a *domain.Approval) domain.Decision {
	if len(a.Decisions) == 0 {
		return domain.Decision{}
	}
	return a.Decisions[len(a.Decisions)-1]
}
