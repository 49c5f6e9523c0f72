package activities_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/internal/store"
)

type packs struct{ built int }

func (p *packs) BuildPack(context.Context, string) (string, error) {
	p.built++
	return "pack.zip", nil
}

// said is what a run left behind, without what differs between two readings of
// the same thing.
func (w *world) said() map[string]any {
	w.t.Helper()
	ctx := w.t.Context()
	entries, err := w.store.ChainEntries(ctx, w.run.ID, 0, 1000)
	require.NoError(w.t, err)
	w.events("") // the chains are whole
	steps, err := w.store.Steps(ctx, w.run.ID, app)
	require.NoError(w.t, err)
	for i := range steps {
		steps[i].RequestID = ""
	}
	notices, err := w.store.ListNotices(ctx, store.NoticeFilter{})
	require.NoError(w.t, err)
	tasks, err := w.store.ListTasks(ctx, store.RequestFilter{})
	require.NoError(w.t, err)
	for i := range tasks {
		tasks[i].OpenedAt, tasks[i].SettledAt = time.Time{}, time.Time{}
	}
	run, err := w.store.Run(ctx, w.run.ID)
	require.NoError(w.t, err)
	cuts, err := w.store.CutOffs(ctx, w.run.ID)
	require.NoError(w.t, err)
	seats, err := w.store.RunSeats(ctx, w.run.ID)
	require.NoError(w.t, err)
	return map[string]any{"events": entries, "steps": steps, "notices": notices, "tasks": tasks, "run": run, "cuts": cuts, "seats": seats,
		"claims": w.openClaims(), "effects": len(w.sim.Effects())}
}

// Every activity that acts may be carried out twice, because an answer can be
// lost: the second time changes nothing, in the store or in the app.
func TestEveryActivityTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSCIM)
	built := &packs{}
	w.Packs = built
	ctx := t.Context()
	cut := w.accountInput(dana)
	task := w.taskInput(cut, domain.StepUnlink)
	task.Guarded = false
	drop := func(_ any, err error) error { return err }
	for _, act := range []struct {
		name string
		do   func() error
	}{
		{"snapshot", func() error { return drop(w.SnapshotAccount(ctx, w.snapshotInput())) }},
		{"propose", func() error { return drop(w.ProposePlan(ctx, w.proposeInput(w.person(eli).ID))) }},
		{"chase", func() error {
			return drop(w.ChaseApproval(ctx, activities.ChaseInput{StepRef: w.ref(""), About: "a1", Kind: "escalate", To: []domain.PersonID{"p-backup"}, Count: 3}))
		}},
		{"deactivate", func() error { return drop(w.DeactivateAccount(ctx, cut)) }},
		{"task", func() error { return drop(w.OpenTask(ctx, task)) }},
		{"read back", func() error {
			return drop(w.ReadBackSteps(ctx, activities.ReadBackInput{StepRef: w.ref(domain.StepUnlink), Kind: domain.KindApolloIO, Account: cut.Account,
				Steps: task.Task.Steps, Channel: domain.ChannelPerson, DoneBy: "p-owner", Task: task.Task.ID}))
		}},
		{"attention", func() error {
			return drop(w.ReportAttention(ctx, activities.AttentionInput{StepRef: w.ref(domain.StepDeals), Why: "refused", State: domain.StepNeedsAttention, Count: 4}))
		}},
		{"settle", func() error {
			return drop(w.SettleSteps(ctx, activities.SettleInput{StepRef: w.ref(""), Event: domain.EventStepChanged, Actor: "p-admin", Reason: "not needed", Count: 5,
				Steps: []domain.StepRecord{{Key: domain.StepCRM, State: domain.StepSkipped, Why: "skipped"}}}))
		}},
		{"move", func() error { return drop(w.MoveRecords(ctx, w.moveInput(movableOf(domain.Deals)))) }},
		{"seat", func() error { return drop(w.BookSeat(ctx, w.seatInput(domain.SeatContract{Bought: 9}))) }},
		{"weigh", func() error { return drop(w.WeighSeats(ctx, activities.WeighInput{Run: w.run.ID, App: app})) }},
		{"sweep", func() error {
			return drop(w.SweepApp(ctx, activities.SweepInput{StepRef: w.ref(domain.StepSweep), Kind: domain.KindApolloIO, Account: cut.Account, Scopes: openScopes, Name: "1"}))
		}},
		{"undo", func() error { return drop(w.MoveRecords(ctx, w.undoInput(movableOf(domain.Deals)))) }},
		{"reactivate", func() error { return drop(w.ReactivateAccount(ctx, cut)) }},
		{"conclude", func() error {
			return drop(w.ConcludeRun(ctx, activities.ConcludeInput{Run: w.run.ID, Person: w.run.Person, State: domain.RunRetracted, Final: true, Pack: true,
				To: []domain.PersonID{"p-hr"}, Release: []domain.AppID{app}}))
		}},
	} {
		before := w.said()
		require.NoError(t, act.do(), act.name)
		w.clock.advance(time.Second)
		once := w.said()
		require.NotEqual(t, before, once, "%s leaves something behind", act.name)
		require.NoError(t, act.do(), act.name)
		require.Equal(t, once, w.said(), act.name)
	}
	require.Equal(t, 2, built.built, "a pack is the same bytes each time")
}
