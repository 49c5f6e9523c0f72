package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// attempt runs a step until it is settled: what fails by a passing fault is
// tried again slowly, what needs a person waits for one. It comes back false
// when the run ends first.
func (l *line) attempt(ctx workflow.Context, key domain.StepKey, try func(workflow.Context) (bool, error)) bool {
	defer delete(l.begun, key)
	for !l.steps[key].Settled() {
		if l.stopped() {
			return false
		}
		if l.applySkip(ctx, key); l.steps[key].Settled() {
			return true
		}
		l.begun[key] = l.retries[key]
		done, err := try(ctx)
		if done {
			return true
		}
		if err != nil && !l.park(ctx, key, err) {
			return false
		}
	}
	return true
}

// begin notes what was heard of people where a try of a step begins outside of attempt:
// who asks again while it fails is heard. The function it gives back ends that.
func (l *line) begin(key domain.StepKey) (end func()) {
	_, nested := l.begun[key]
	l.begun[key] = l.retries[key]
	return func() {
		if !nested {
			delete(l.begun, key)
		}
	}
}

// park reports a fault of a step and waits until it may be tried again.
func (l *line) park(ctx workflow.Context, key domain.StepKey, err error) bool {
	kind, why := faultOf(err)
	return l.parkWhy(ctx, key, why, kind)
}

// parkWhy reports that a step cannot go on and waits for a person, or for the
// slow retry where the fault may pass by itself. Skipping settles the step. It
// comes back false when the run ends.
func (l *line) parkWhy(ctx workflow.Context, key domain.StepKey, why string, kind domain.FaultKind) bool {
	state := domain.StepNeedsAttention
	if kind == domain.FaultUnauthenticated {
		state = domain.StepWaiting // the app pauses: one message for the app, not one for each run
	}
	l.steps[key] = state
	in := activities.AttentionInput{StepRef: l.ref(key), Why: why, Fault: kind, Count: l.r.next(), To: l.ask(), State: state, Quiet: l.toldOf(ctx, key, why)}
	before, trying := l.begun[key] // who asks again while a try fails, or while that is told, is heard
	if !trying {
		before = l.retries[key]
	}
	l.must(execute(ctx, l.r.in.Timings, QueueHandover, activities.ReportAttention, in))
	freed := func() bool {
		_, skipped := l.skips[key]
		return l.stopped() || skipped || l.retries[key] > before
	}
	if kind.Retryable() || kind == domain.FaultUnauthenticated {
		awaitUntil(ctx, workflow.Now(ctx).Add(orDefault(l.r.in.Timings.SlowRetry, defaultSlowRetry)), freed)
	} else if err := workflow.Await(ctx, freed); err != nil {
		return false
	}
	if trying {
		l.begun[key] = l.retries[key]
	}
	l.applySkip(ctx, key)
	if !l.steps[key].Settled() {
		l.steps[key] = domain.StepRunning
	}
	return !l.stopped()
}

// trouble is what people were told of a step, and when.
type trouble struct {
	why     string
	at      time.Time
	retries int // by people: whoever tried wants to hear
}

// toldOf tells whether people heard of the same trouble not long ago: what fails
// again at each slow retry is no news before the next reminder would be due.
func (l *line) toldOf(ctx workflow.Context, key domain.StepKey, why string) bool {
	now, last := workflow.Now(ctx), l.troubles[key]
	if last.why == why && last.retries == l.retries[key] && now.Before(last.at.Add(orDefault(l.r.in.Timings.Reminder, 24*time.Hour))) {
		return true
	}
	l.troubles[key] = trouble{why, now, l.retries[key]}
	return false
}

// stopped tells whether the run has ended for this line. While it is undone its
// steps go on.
func (l *line) stopped() bool { return l.over() && !l.undoing }

// over tells that the run ends and nothing is left to be taken back.
func (l *line) over() bool { return l.r.ending() && !l.takingBack }

// applySkip settles a step that a person skipped, with the reason and the
// release of its claim.
func (l *line) applySkip(ctx workflow.Context, key domain.StepKey) {
	skip, ok := l.skips[key]
	if !ok || l.steps[key].Settled() {
		return
	}
	l.steps[key] = domain.StepSkipped
	if key == domain.StepDeactivate {
		l.cut = true // a person answers for it
	}
	row := domain.StepRecord{Key: key, State: domain.StepSkipped, Why: "skipped: " + skip.Reason}
	l.record(ctx, []domain.StepRecord{row}, domain.EventStepChanged, skip.Person, skip.Reason)
}

// ask names who is told when a step needs a person.
func (l *line) ask() []domain.PersonID {
	people := []domain.PersonID{l.in.Owner}
	if l.in.Backup != "" {
		people = append(people, l.in.Backup)
	}
	return people
}
