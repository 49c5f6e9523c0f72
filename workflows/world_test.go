package workflows_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

// world plays the activities for a workflow under test: what the app holds, what
// each act answers, and what was asked for. Its answers follow the contract of
// the real ones.
type world struct {
	t   *testing.T
	env *testsuite.TestWorkflowEnvironment

	mu         sync.Mutex
	snapshot   activities.SnapshotResult
	snapshots  map[domain.AppID]activities.SnapshotResult // of apps that differ
	deactivate func(n int) (activities.ActResult, error)
	unready    func(n int) error                    // while the cut-off is prepared ahead
	reactivate func() (activities.ActResult, error) // nil: it works
	move       func(in activities.MoveInput, n int) (activities.MoveResult, error)
	readBack   func(in activities.ReadBackInput, n int) activities.ReadBackResult
	propose    func(in activities.ProposeInput) activities.ProposeResult
	open       func(in activities.TaskInput) activities.TaskResult
	openErr    func(task domain.Task) error
	during     func(in activities.ChaseInput) // while people are being told something
	meanwhile  map[string]func()              // happens once while an activity runs, by its name
	sweep      func(in activities.SweepInput, n int) (activities.SweepResult, error)
	close      func(n int) (activities.ActResult, error) // of the sign-in
	reopen     func() (activities.ActResult, error)
	plays      func(in activities.PlayInput, n int) (activities.ActResult, error)

	calls     map[string]int
	proposals []activities.ProposeInput
	tasks     []domain.Task
	attention []activities.AttentionInput
	settled   []activities.SettleInput
	chased    []activities.ChaseInput
	rights    []activities.RightsInput
	moves     []activities.MoveInput
	concluded []activities.ConcludeInput
	cutAt     []time.Time
	cuts      []activities.AccountInput // asked for, whatever came of it
	closedAt  []time.Time               // when the sign-in was closed
	closes    []activities.AccountInput
}

const (
	dana  domain.PersonID  = "p-dana"
	eli   domain.PersonID  = "p-eli"
	ada   domain.PersonID  = "p-ada"
	bo    domain.PersonID  = "p-bo"
	danaA domain.AccountID = "acc-dana"
	eliA  domain.AccountID = "acc-eli"
)

func newWorld(t *testing.T) *world {
	suite := &testsuite.WorkflowTestSuite{}
	w := &world{t: t, env: suite.NewTestWorkflowEnvironment(), calls: map[string]int{}, meanwhile: map[string]func(){}}
	w.env.SetStartTime(time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC))
	w.snapshot = activities.SnapshotResult{Found: true, Complete: true, Account: danaA, Active: domain.Yes, Admin: domain.No,
		Counts: map[domain.RecordKind]int{domain.Contacts: 40, domain.Deals: 4}, Owned: map[string]int{"lists": 0}, Mailboxes: 1,
		Channels: []domain.ChannelChoice{{Capability: domain.CanDeactivate, Channel: domain.ChannelSCIM}, {Capability: domain.CanMoveRecords, Channel: domain.ChannelAPI}}}
	w.deactivate = func(int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeVerified, Channel: domain.ChannelSCIM}, nil
	}
	w.close = func(int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeVerified, Channel: domain.ChannelIDP}, nil
	}
	w.reopen = func() (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
	}
	w.move = func(in activities.MoveInput, _ int) (activities.MoveResult, error) {
		return activities.MoveResult{Done: true, Moved: in.Rule.Count, Of: in.Rule.Count}, nil
	}
	w.propose = w.plainPlan
	w.readBack = func(in activities.ReadBackInput, _ int) activities.ReadBackResult { return verifiedOrAttested(in) }
	w.openErr = func(domain.Task) error { return nil }
	w.during = func(activities.ChaseInput) {}
	w.open = func(activities.TaskInput) activities.TaskResult { return activities.TaskResult{Opened: true} }
	w.sweep = func(activities.SweepInput, int) (activities.SweepResult, error) {
		return activities.SweepResult{Clean: true}, nil
	}
	w.register()
	return w
}

func (w *world) plainPlan(in activities.ProposeInput) activities.ProposeResult {
	plan := domain.Plan{Run: in.Run, App: in.App, Version: in.Version}
	for kind, n := range w.snapshot.Counts {
		if fresh, ok := in.Counts[kind]; ok {
			n = fresh
		}
		plan.Rules = append(plan.Rules, domain.PlanRule{Kind: kind, Scope: domain.ScopeAll, Count: n, Ceiling: in.Drift.Ceiling(n), Successor: eliA, Heir: eli})
	}
	if in.Heirs[""] == "" {
		return activities.ProposeResult{Problem: "nobody is named to inherit: choose a successor"}
	}
	return activities.ProposeResult{Digest: plan.Digest(), Rules: plan.Rules, Accounts: map[domain.PersonID]domain.AccountID{eli: eliA}}
}

// verifiedOrAttested answers like an app that shows users and mailboxes: a
// person's word is enough for nothing that the app shows.
func verifiedOrAttested(in activities.ReadBackInput) activities.ReadBackResult {
	r := activities.ReadBackResult{States: map[domain.StepKey]domain.StepState{}, Settled: true}
	for _, key := range in.Steps {
		switch {
		case key == domain.StepUnlink && in.DoneBy != "", key == domain.StepDeactivate && in.DoneBy != "", key == domain.StepLists && in.DoneBy != "":
			r.States[key] = domain.StepVerified
		case in.Confirmed != "":
			r.States[key] = domain.StepAttested
		case in.DoneBy != "":
			r.States[key] = domain.StepDoneUnverified
		default:
			r.States[key] = domain.StepWaiting
		}
		r.Settled = r.Settled && r.States[key].Settled()
	}
	return r
}

func play[In, Out any](w *world, a activities.Activity[In, Out], fn func(In, int) (Out, error)) {
	w.env.RegisterActivityWithOptions(func(_ context.Context, in In) (Out, error) {
		w.mu.Lock()
		w.calls[a.Name]++
		n := w.calls[a.Name]
		what := w.meanwhile[a.Name]
		delete(w.meanwhile, a.Name)
		w.mu.Unlock()
		if what != nil {
			what()
		}
		return fn(in, n)
	}, activity.RegisterOptions{Name: a.Name})
}

// playDeactivate plays the cut-off. Called ahead of the moment it is armed: it acts
// at the moment, unless it was cancelled before.
func (w *world) playDeactivate(fn func(activities.AccountInput, int) (activities.ActResult, error)) {
	disarmed := map[string]bool{}
	w.env.SetOnActivityCanceledListener(func(info *activity.Info) { disarmed[info.ActivityID] = true })
	w.env.RegisterActivityWithOptions(func(ctx context.Context, in activities.AccountInput) (activities.ActResult, error) {
		w.mu.Lock()
		w.calls[activities.DeactivateAccount.Name]++
		n := w.calls[activities.DeactivateAccount.Name]
		w.cuts = append(w.cuts, in)
		w.mu.Unlock()
		ahead := in.NotBefore.Sub(w.env.Now())
		if ahead <= 0 || !w.hasDoor() {
			return fn(in, n)
		}
		if w.unready != nil {
			if err := w.unready(n); err != nil {
				return activities.ActResult{}, err
			}
		}
		info := activity.GetInfo(ctx)
		w.env.RegisterDelayedCallback(func() {
			if !disarmed[info.ActivityID] {
				result, err := fn(in, n)
				require.NoError(w.t, w.env.CompleteActivity(info.TaskToken, result, err))
			}
		}, ahead)
		return activities.ActResult{}, activity.ErrResultPending
	}, activity.RegisterOptions{Name: activities.DeactivateAccount.Name})
}

func (w *world) hasDoor() bool {
	for _, c := range w.snapshot.Channels {
		if c.Capability == domain.CanDeactivate {
			return c.Channel != domain.ChannelPerson
		}
	}
	return false
}

func note[In any](w *world, a activities.Activity[In, activities.Nothing], list *[]In) {
	play(w, a, func(in In, _ int) (activities.Nothing, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		*list = append(*list, in)
		return activities.Nothing{}, nil
	})
}

// clock is what the store's activities tell about an open request.
func (w *world) clock(a domain.Approval) activities.Clock {
	late, remind := a.Clock(w.env.Now())
	if remind.IsZero() {
		remind = w.env.Now().AddDate(0, 0, 1)
	}
	return activities.Clock{LateAt: late, RemindAt: remind}
}

func (w *world) register() {
	play(w, activities.SnapshotAccount, func(in activities.SnapshotInput, _ int) (activities.SnapshotResult, error) {
		if other, ok := w.snapshots[in.App]; ok {
			return other, nil
		}
		return w.snapshot, nil
	})
	w.playDeactivate(func(_ activities.AccountInput, n int) (activities.ActResult, error) {
		w.mu.Lock()
		w.cutAt = append(w.cutAt, w.env.Now())
		w.mu.Unlock()
		return w.deactivate(n)
	})
	play(w, activities.ReactivateAccount, func(activities.AccountInput, int) (activities.ActResult, error) {
		if w.reactivate != nil {
			return w.reactivate()
		}
		return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
	})
	play(w, activities.CloseSignIn, func(in activities.AccountInput, n int) (activities.ActResult, error) {
		w.mu.Lock()
		w.closedAt, w.closes = append(w.closedAt, w.env.Now().UTC()), append(w.closes, in)
		w.mu.Unlock()
		return w.close(n)
	})
	play(w, activities.ReopenSignIn, func(activities.AccountInput, int) (activities.ActResult, error) { return w.reopen() })
	play(w, activities.PlayRecipe, func(in activities.PlayInput, n int) (activities.ActResult, error) { return w.plays(in, n) })
	play(w, activities.ProposePlan, func(in activities.ProposeInput, _ int) (activities.ProposeResult, error) {
		w.mu.Lock()
		w.proposals = append(w.proposals, in)
		w.mu.Unlock()
		r := w.propose(in)
		r.Clock = w.clock(in.Approval)
		return r, nil
	})
	play(w, activities.OpenTask, func(in activities.TaskInput, _ int) (activities.TaskResult, error) {
		w.mu.Lock()
		err := w.openErr(in.Task)
		w.mu.Unlock()
		if err != nil {
			return activities.TaskResult{}, err
		}
		r := w.open(in)
		if r.Opened {
			w.mu.Lock()
			w.tasks = append(w.tasks, in.Task)
			w.mu.Unlock()
		}
		return r, nil
	})
	play(w, activities.ReadBackSteps, func(in activities.ReadBackInput, n int) (activities.ReadBackResult, error) {
		return w.readBack(in, n), nil
	})
	play(w, activities.MoveRecords, func(in activities.MoveInput, n int) (activities.MoveResult, error) {
		w.mu.Lock()
		w.moves = append(w.moves, in)
		w.mu.Unlock()
		return w.move(in, n)
	})
	play(w, activities.SweepApp, func(in activities.SweepInput, n int) (activities.SweepResult, error) { return w.sweep(in, n) })
	play(w, activities.BookSeat, func(activities.SeatInput, int) (activities.Nothing, error) { return activities.Nothing{}, nil })
	play(w, activities.ChaseApproval, func(in activities.ChaseInput, _ int) (activities.Clock, error) {
		w.during(in)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.chased = append(w.chased, in)
		if in.Approval == nil {
			return activities.Clock{}, nil
		}
		return w.clock(*in.Approval), nil
	})
	note(w, activities.EndRights, &w.rights)
	note(w, activities.ReportAttention, &w.attention)
	note(w, activities.SettleSteps, &w.settled)
	note(w, activities.ConcludeRun, &w.concluded)
}

func input() workflows.OffboardingInput {
	due := time.Date(2026, 12, 1, 17, 30, 0, 0, time.UTC)
	return workflows.OffboardingInput{
		Run: "offboarding:e1:1", Person: dana, Requester: domain.SystemActor, Authority: domain.AuthorityHR, Due: due, Zone: "UTC",
		Heirs: map[domain.RecordKind]domain.PersonID{"": eli}, Admins: []domain.PersonID{ada}, Tell: []domain.PersonID{ada},
		Apps: []workflows.AppInput{appInput("apollo")},
		Timings: workflows.Timings{Reminder: 24 * time.Hour, TaskDue: 72 * time.Hour, TaskLead: time.Hour, UrgentPage: 10 * time.Minute,
			ReadBacks: []time.Duration{time.Minute, 5 * time.Minute}, Sweeps: []time.Duration{0, 24 * time.Hour, 168 * time.Hour},
			SlowRetry: 15 * time.Minute, Attempts: 3, HandoverLead: 4 * time.Hour, Grace: 30 * time.Minute},
	}
}

func appInput(id domain.AppID) workflows.AppInput {
	return workflows.AppInput{App: id, Kind: domain.KindApolloIO, Queue: workflows.QueueApps, Owner: ada, Backup: bo, Order: domain.OrderGuide,
		Scopes: map[domain.RecordKind]domain.RecordScope{domain.Contacts: domain.ScopeAll, domain.Accounts: domain.ScopeAll, domain.Deals: domain.ScopeOpen,
			domain.Tasks: domain.ScopeOpen, domain.Sequences: domain.ScopeOpen},
		Drift: domain.DefaultDrift, Canary: 5, Approval: domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Name: "manager",
			Approvers: []domain.PersonID{eli}, Backup: []domain.PersonID{ada}, Timeout: 4 * time.Hour}}}}
}

// run plays a run to its end and returns its result.
func (w *world) run(in workflows.OffboardingInput) workflows.OffboardingResult {
	w.env.RegisterWorkflow(workflows.Offboarding)
	w.env.ExecuteWorkflow(workflows.Offboarding, in)
	require.True(w.t, w.env.IsWorkflowCompleted(), "the run must end")
	require.NoError(w.t, w.env.GetWorkflowError())
	var r workflows.OffboardingResult
	require.NoError(w.t, w.env.GetWorkflowResult(&r))
	return r
}

// answer is what an update came back with.
type answer struct {
	done bool
	err  error
}

func (w *world) update(after time.Duration, name string, arg any) *answer {
	a := &answer{}
	w.env.RegisterDelayedCallback(func() { w.says(a, name, arg) }, after)
	return a
}

// says has somebody say something now.
func (w *world) says(a *answer, name string, arg any) {
	w.env.UpdateWorkflow(name, "", &testsuite.TestUpdateCallback{
		OnReject:   func(err error) { a.err = err },
		OnAccept:   func() {},
		OnComplete: func(_ any, err error) { a.done, a.err = err == nil, err },
	}, arg)
}

// while has somebody say something while an activity runs, when it runs first.
func (w *world) while(activity, name string, arg any) *answer {
	a := &answer{}
	w.meanwhile[activity] = func() { w.says(a, name, arg) }
	return a
}

// latest reads the state of the run.
func (w *world) latest() workflows.StateView {
	v, err := w.env.QueryWorkflow(workflows.QueryState)
	require.NoError(w.t, err)
	var state workflows.StateView
	require.NoError(w.t, v.Get(&state))
	return state
}

// decide answers the newest open request of an app.
func (w *world) decide(after time.Duration, app domain.AppID, who domain.PersonID, verdict domain.Verdict) *answer {
	a := &answer{}
	w.env.RegisterDelayedCallback(func() {
		for _, req := range w.latest().Approvals {
			if req.App == app && req.State == domain.ApprovalOpen {
				in := workflows.DecideRequest{Approval: req.ID, Digest: req.Digest, Verdict: verdict, Person: who}
				if verdict == domain.Deny {
					in.Reason = "not like this"
				}
				w.env.UpdateWorkflow(workflows.UpdateDecide, "", &testsuite.TestUpdateCallback{OnAccept: func() {},
					OnReject: func(err error) { a.err = err }, OnComplete: func(_ any, err error) { a.done, a.err = err == nil, err }}, in)
				return
			}
		}
		a.err = temporal.NewApplicationError("no open request", "none")
	}, after)
	return a
}

// robot says Done to every task, and confirms as somebody else, again and again.
func (w *world) robot(every, until time.Duration) { w.robotFrom(every, every, until) }

// robotFrom is a robot that comes later.
func (w *world) robotFrom(first, every, until time.Duration) {
	for after := first; after <= until; after += every {
		w.env.RegisterDelayedCallback(func() {
			for _, t := range w.latest().Tasks {
				if t.State == domain.TaskOpen {
					w.env.UpdateWorkflow(workflows.UpdateTask, "", quiet(), workflows.TaskRequest{Task: t.ID, Proof: "note", Person: ada})
				}
				if t.State == domain.TaskDone && t.Attest && t.ConfirmedBy == "" {
					w.env.UpdateWorkflow(workflows.UpdateConfirm, "", quiet(), workflows.TaskRequest{Task: t.ID, Person: bo})
				}
			}
		}, after)
	}
}

func quiet() *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{OnAccept: func() {}, OnReject: func(error) {}, OnComplete: func(any, error) {}}
}
