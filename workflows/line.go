package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// line is the leaving of one app.
type line struct {
	r           *process
	in          *AppInput
	book        domain.Runbook
	steps       map[domain.StepKey]domain.StepState
	retries     map[domain.StepKey]int // requests of people to try again
	begun       map[domain.StepKey]int // how many of them a try that is under way has heard
	atNo        map[domain.StepKey]int // how many of them there were when the plan was denied
	skips       map[domain.StepKey]StepRequest
	snap        activities.SnapshotResult
	heirs       map[domain.RecordKind]domain.PersonID
	emails      domain.EmailChoice
	forwardTo   string
	rules       map[domain.RecordKind]domain.PlanRule
	heir        domain.AccountID // of the heir for all kinds
	version     int
	digest      string           // of the approved plan
	approval    *domain.Approval // the open or decided request for the plan
	planned     bool             // the handover may go on
	denied      bool             // the cut-off was denied
	cut         bool             // access is gone
	returned    int              // how often it came back
	problem     string
	takingBack  bool      // an invite, whether the run ends or not
	undoing     bool      // what the run changed is being put back
	protecting  bool      // the mailboxes are being unlinked
	counted     bool      // the records were counted
	moving      int       // transfers under way
	watching    int       // sweeps beside the handover: what they find is done again
	swept       string    // the request behind the last clean sweep
	cutting     bool      // access is being cut at this moment, or armed for it
	armedUntil  time.Time // the moment for which it is armed: nothing is done before
	unprepared  time.Time // the moment for which it could not be prepared ahead
	acted       bool      // a door accepted the cut-off, though the app does not show it yet
	done        bool      // nothing more happens in this app
	closing     bool      // the sign-in is being closed
	reclosing   bool      // it was closed before, and came back
	doorTouched bool      // the identity provider was asked to close it, or a person says that they did
	looked      bool      // the account was looked up
	passed      int       // how often the guards of the cut-off let it begin
	busy        map[domain.StepKey]bool
	holders     map[domain.StepKey]domain.PersonID // who was given a step
	troubles    map[domain.StepKey]trouble
	accepted    map[domain.RecordKind]int
	join        *activities.JoinRef // of somebody who joins or changes role
	changing    bool                // of a role change
	began       bool                // a door or a person was asked to set the role
	took        bool                // it is, or may be, set, whatever the app shows
}

func newLine(r *process, in *AppInput) *line {
	book, _ := domain.RunbookFor(in.Kind)
	book = book.With(in.Instructions, in.SignIn)
	l := &line{r: r, in: in, book: book, steps: map[domain.StepKey]domain.StepState{}, retries: map[domain.StepKey]int{}, begun: map[domain.StepKey]int{},
		skips: map[domain.StepKey]StepRequest{}, heirs: map[domain.RecordKind]domain.PersonID{}, emails: in.Emails,
		forwardTo: r.in.ForwardTo, rules: map[domain.RecordKind]domain.PlanRule{}, accepted: map[domain.RecordKind]int{},
		busy: map[domain.StepKey]bool{}, holders: map[domain.StepKey]domain.PersonID{},
		troubles: map[domain.StepKey]trouble{}}
	for _, kind := range sortedHeirKinds(r.in.Heirs) {
		l.heirs[kind] = r.in.Heirs[kind]
	}
	for _, s := range l.specs() {
		l.steps[s.Key] = domain.StepPlanned
	}
	return l
}

func (l *line) specs() []domain.StepSpec { return l.book.Steps }

func (l *line) ref(step domain.StepKey) activities.StepRef {
	return activities.StepRef{Run: l.r.in.Run, App: l.in.App, Step: step, Person: l.r.in.Person}
}

// run is the main line of one app, in the order of the policy.
func (l *line) run(ctx workflow.Context) {
	defer func() { l.r.finished++; l.done = true }()
	workflow.Go(ctx, l.closeSignIn)
	if l.r.ending() || !l.resolve(ctx) {
		return
	}
	l.looked = true
	if !l.snap.Found {
		l.settleAbsent(ctx)
		l.closeDoorOfNobody(ctx)
		return
	}
	l.startPlan(ctx)
	if !l.awaitCutOffAuthority(ctx) {
		return
	}
	for _, block := range l.blocks() {
		if l.r.ending() {
			return
		}
		block(ctx)
	}
}

// blocks orders the work. A security termination passes every wait before the
// cut-off, whatever the order.
func (l *line) blocks() []func(workflow.Context) {
	head := []func(workflow.Context){l.untilMoment}
	switch l.in.Order {
	case domain.OrderProtectEmail:
		head = []func(workflow.Context){l.untilMoment, l.protectFirst}
	case domain.OrderHandoverFirst:
		head = []func(workflow.Context){l.handoverAhead, l.untilMoment, l.handoverFirst}
	}
	return append(head, l.cutOff, l.protectAndHandover, l.secretsAndSeat, l.sweep, l.awaitSignIn)
}

// protectFirst unlinks the mailboxes before the cut-off, which waits for it no
// longer than the policy's grace. Where a person does both, it is one task.
func (l *line) protectFirst(ctx workflow.Context) {
	if l.r.cutNow || l.cutByPerson() {
		return
	}
	workflow.Go(ctx, l.protect)
	l.grace(ctx, func() bool { return l.steps[domain.StepUnlink].Settled() })
}

// handoverFirst lets a handover that is under way finish before the cut-off.
func (l *line) handoverFirst(ctx workflow.Context) {
	l.grace(ctx, l.recordsSettled)
}

// protectAndHandover starts both at once: records do not wait until somebody
// has unlinked a mailbox.
func (l *line) protectAndHandover(ctx workflow.Context) {
	wg := workflow.NewWaitGroup(ctx)
	wg.Add(1)
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer wg.Done()
		l.protect(ctx)
	})
	l.handover(ctx)
	wg.Wait(ctx)
}

// resolve finds the account and captures the before-state. It comes back false
// when the run ends first.
func (l *line) resolve(ctx workflow.Context) bool {
	defer l.begin(domain.StepDeactivate)()
	for {
		in := activities.SnapshotInput{StepRef: l.ref(""), Kind: l.in.Kind, Account: l.in.Account, Scopes: l.in.Scopes, Quick: l.r.cutNow}
		snap, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.SnapshotAccount, in)
		switch {
		case err != nil:
			if !l.park(ctx, domain.StepDeactivate, err) {
				return false
			}
		case snap.Ambiguous > 0:
			if !l.parkWhy(ctx, domain.StepDeactivate, "several users have this email: retract, and start again with the account id", domain.FaultConflict) {
				return false
			}
		case !snap.Found && !snap.Complete:
			if !l.parkWhy(ctx, domain.StepDeactivate, "the list of users was cut short, so that nobody can tell whether the person has one", domain.FaultUnavailable) {
				return false
			}
		default:
			l.snap, l.counted = snap, !in.Quick
			return true
		}
		if l.r.ending() {
			return false
		}
	}
}

// settleAbsent closes an app in which a complete listing shows no account.
func (l *line) settleAbsent(ctx workflow.Context) {
	why := "no account: a complete listing of the app shows none"
	l.settleAll(ctx, domain.StepVerified, why, func(s domain.StepSpec) bool { return s.Key == domain.StepDeactivate })
	l.settleAll(ctx, domain.StepSkipped, why, func(s domain.StepSpec) bool { return s.Key != domain.StepDeactivate && !l.lastDoor(s) })
}

// settleAll settles every step that is not settled yet and that pick names.
func (l *line) settleAll(ctx workflow.Context, state domain.StepState, why string, pick func(domain.StepSpec) bool) {
	var rows []domain.StepRecord
	for i, s := range l.specs() {
		if l.steps[s.Key].Settled() || !pick(s) {
			continue
		}
		l.steps[s.Key] = state
		row := domain.StepRecord{Key: s.Key, Order: i + 1, Title: s.Title, Phase: s.Phase, State: state, Why: why}
		if state == domain.StepVerified {
			row.Channel, row.RequestID = domain.ChannelAPI, l.snap.RequestID
		}
		rows = append(rows, row)
	}
	l.record(ctx, rows, domain.EventStepChanged, "", "")
}

// record writes step rows that the workflow itself decided.
func (l *line) record(ctx workflow.Context, rows []domain.StepRecord, kind domain.EventKind, actor domain.PersonID, reason string) {
	if len(rows) == 0 {
		return
	}
	in := activities.SettleInput{StepRef: l.ref(""), Steps: rows, Event: kind, Actor: actor, Reason: reason, Count: l.r.next(),
		Release: rows[0].State == domain.StepSkipped}
	l.must(execute(ctx, l.r.in.Timings, QueueHandover, activities.SettleSteps, in))
}

// must drops the result of a store activity, which is retried until it works:
// only the end of the run can break it off.
func (l *line) must(_ activities.Nothing, _ error) {}

// awaitCutOffAuthority waits for the approval that a run without an HR event
// needs before anything is cut. HR's word and a security termination go on.
func (l *line) awaitCutOffAuthority(ctx workflow.Context) bool {
	if !l.r.in.NeedsApproval || l.r.cutNow {
		return true
	}
	err := workflow.Await(ctx, func() bool {
		return l.planned || l.r.ending() || l.r.cutNow || (l.approval != nil && l.approval.State == domain.ApprovalDenied)
	})
	if err != nil || l.r.ending() {
		return false
	}
	if l.planned || l.r.cutNow {
		return true
	}
	l.denied = true
	l.settleAll(ctx, domain.StepSkipped, "denied before the cut-off: nothing was changed", func(domain.StepSpec) bool { return true })
	return false
}

// untilMoment waits for the last moment, which may move meanwhile, less the time
// that the cut-off begins ahead of it.
func (l *line) untilMoment(ctx workflow.Context) {
	for {
		until := l.r.due
		if !l.unprepared.Equal(until) {
			until = until.Add(-l.lead())
		}
		due := l.r.due
		if !awaitUntil(ctx, until, func() bool { return l.r.ending() || l.r.cutNow || !l.r.due.Equal(due) }) {
			return
		}
		if l.r.ending() || l.r.cutNow {
			return
		}
	}
}

func (l *line) cutByPerson() bool {
	return l.channel(domain.CanDeactivate) == domain.ChannelPerson
}

// channel is how this tenant carries out a capability.
func (l *line) channel(want domain.Capability) domain.Channel {
	for _, c := range l.snap.Channels {
		if c.Capability == want {
			return c.Channel
		}
	}
	return domain.ChannelPerson
}

func (l *line) channelWhy(want domain.Capability) string {
	for _, c := range l.snap.Channels {
		if c.Capability == want {
			return c.Why
		}
	}
	return "the app offers no interface for it"
}

// handoverAhead moves records before the last moment where the plan is approved
// in time and the policy lets it.
func (l *line) handoverAhead(ctx workflow.Context) {
	for {
		due := l.r.due
		start := due.Add(-l.r.in.Timings.HandoverLead)
		moved := awaitUntil(ctx, start, func() bool { return l.r.ending() || l.r.cutNow || !l.r.due.Equal(due) })
		if !moved || l.r.ending() || l.r.cutNow {
			break
		}
	}
	if l.r.ending() || l.r.cutNow {
		return
	}
	workflow.Go(ctx, l.moveAllWhenPlanned)
}

// grace holds the cut-off for as long as the policy allows and no longer.
func (l *line) grace(ctx workflow.Context, settled func() bool) {
	until := l.r.due.Add(l.r.in.Timings.Grace)
	awaitUntil(ctx, until, func() bool { return l.r.ending() || l.r.cutNow || settled() })
}

func (l *line) recordsSettled() bool {
	for _, s := range l.specs() {
		if s.Capability == domain.CanMoveRecords && !l.steps[s.Key].Settled() {
			return false
		}
	}
	return true
}

// secretsAndSeat opens a task for each secret and books the seat.
func (l *line) secretsAndSeat(ctx workflow.Context) {
	if !l.cut {
		return
	}
	l.secrets(ctx)
	if _, ok := l.book.Step(domain.StepSeat); !ok {
		return
	}
	in := activities.SeatInput{StepRef: l.ref(domain.StepSeat), Account: l.snap.Account, Contract: l.in.Contract}
	l.attempt(ctx, domain.StepSeat, func(ctx workflow.Context) (bool, error) {
		_, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.BookSeat, in)
		if err == nil {
			l.steps[domain.StepSeat] = domain.StepVerified
		}
		return err == nil, err
	})
}

// deadline is when a task that is not urgent is due.
func (l *line) deadline(ctx workflow.Context) time.Time {
	return workflow.Now(ctx).Add(orDefault(l.r.in.Timings.TaskDue, 72*time.Hour))
}
