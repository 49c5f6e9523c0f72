package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// leftWorld is a world in which dana's leaving is done and read back.
func leftWorld(t *testing.T, options ...option) *world {
	t.Helper()
	w := newWorld(t, append(options, withSCIM)...)
	w.snapshot(w.snapshotInput())
	_, err := w.DeactivateAccount(t.Context(), w.accountInput(dana))
	require.NoError(t, err)
	w.unlinkAll(eli)
	w.readBack(activities.ReadBackInput{DoneBy: "p-admin"}, domain.StepUnlink)
	for _, m := range movables {
		require.True(t, w.move(w.moveInput(m)).Done)
	}
	_, err = w.BookSeat(t.Context(), w.seatInput(domain.SeatContract{Bought: 9}))
	require.NoError(t, err)
	w.readBack(activities.ReadBackInput{DoneBy: "p-admin", Confirmed: "p-second", Proof: "a note"}, domain.StepWorkflows)
	return w
}

func (w *world) sweep(name string) activities.SweepResult {
	w.t.Helper()
	r, err := w.SweepApp(w.t.Context(), activities.SweepInput{StepRef: w.ref(domain.StepSweep), Kind: domain.KindApolloIO, Account: w.id(dana), Scopes: openScopes, Name: name})
	require.NoError(w.t, err)
	require.Equal(w.t, r.ResumeAt.IsZero(), r.RequestID != "", "what was seen names the request that showed it")
	r.RequestID = ""
	return r
}

func TestSweepWhereEverythingHolds(t *testing.T) {
	t.Parallel()
	for _, vanish := range []bool{false, true} {
		w := leftWorld(t, with(func(s *sim.Switches) { s.DeactivatedVanish, s.UnlinkedVanish = vanish, vanish }))
		for range 2 {
			require.Equal(t, activities.SweepResult{Clean: true}, w.sweep("now"))
			require.Len(t, w.events(domain.EventSweep), 1)
		}
		require.Equal(t, domain.StepRunning, w.step(domain.StepSweep).State)
	}
}

func TestSweepFindsWhatCameBack(t *testing.T) {
	t.Parallel()
	w := leftWorld(t)
	require.NoError(t, w.sim.Reactivate(dana))
	require.NoError(t, w.sim.SetOwner(sim.KindTask, w.owned(sim.KindTask, eli)[3], dana))
	r := w.sweep("after a day")
	require.Equal(t, activities.SweepResult{Returned: true, Left: []domain.StepKey{domain.StepDeactivate, domain.StepTasks}}, sorted(r))
	require.Equal(t, domain.StepNeedsAttention, w.step(domain.StepDeactivate).State)
	require.Equal(t, domain.StepNeedsAttention, w.step(domain.StepTasks).State)
	require.Equal(t, domain.StepVerified, w.step(domain.StepContacts).State)
	back := w.events(domain.EventAccessReturned)
	require.Len(t, back, 1)
	require.Equal(t, domain.UnknownActor, back[0].Actor)
	require.Equal(t, "deactivate,tasks", w.events(domain.EventSweep)[0].Facts["left"])

	// A person says: again.
	w.clock.advance(time.Hour)
	in := w.accountInput(dana)
	in.Returned = 1
	for range 2 {
		_, err := w.DeactivateAccount(t.Context(), in)
		require.NoError(t, err)
	}
	require.Len(t, w.events(domain.EventMemberRemoved), 2, "it was removed twice, and both are said")
	require.True(t, w.move(w.moveInput(movableOf(domain.Tasks))).Done)
	require.Equal(t, activities.SweepResult{Clean: true}, w.sweep("after a day, try 2"))
	require.Equal(t, domain.StepVerified, w.step(domain.StepTasks).State)
}

// sorted puts what is left into the order of the steps' names.
func sorted(r activities.SweepResult) activities.SweepResult {
	if len(r.Left) == 2 && r.Left[0] > r.Left[1] {
		r.Left[0], r.Left[1] = r.Left[1], r.Left[0]
	}
	return r
}

func TestSweepFindsAMailboxThatIsLinkedAgain(t *testing.T) {
	t.Parallel()
	w := leftWorld(t)
	app := w.hook()
	app.boxes = func(l *domain.MailboxListing) { l.Mailboxes[0].Active = true }
	require.Equal(t, activities.SweepResult{Left: []domain.StepKey{domain.StepUnlink}}, w.sweep("now"))
	require.Equal(t, domain.StepNeedsAttention, w.step(domain.StepUnlink).State)
}

func TestSweepThatCannotSee(t *testing.T) {
	t.Parallel()
	w := leftWorld(t, with(func(s *sim.Switches) { s.DeactivatedVanish = true }))
	app := w.hook()
	app.users = func(l *domain.Listing) { l.Complete = false }
	require.Equal(t, activities.SweepResult{Unknown: []domain.StepKey{domain.StepDeactivate}}, w.sweep("half a list"))
	require.Equal(t, domain.StepVerified, w.step(domain.StepDeactivate).State, "what cannot be seen is not undone")

	app.users = nil
	require.NoError(t, w.sim.SetFaults(1, sim.Fault{Kind: sim.FaultQuota, Endpoint: "tasks/search", RetryAfter: sim.Duration(10 * time.Minute)}))
	require.Equal(t, activities.SweepResult{ResumeAt: w.clock.Now().Add(10 * time.Minute)}, w.sweep("later"))
	require.Len(t, w.events(domain.EventSweep), 1, "a sweep that waits says nothing yet")

	require.NoError(t, w.sim.SetFaults(1))
	app.listed = func(_ string, p *domain.RecordPage) { p.Filtered, p.Total = false, p.Seen+1 }
	_, err := w.SweepApp(t.Context(), activities.SweepInput{StepRef: w.ref(domain.StepSweep), Kind: domain.KindApolloIO, Account: w.id(dana), Scopes: openScopes, Name: "short"})
	require.Equal(t, domain.FaultUnavailable, kindOf(t, err), "a listing that ends early proves nothing")
}
