package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// readBack reads one step of a person's task back.
func (w *world) readBack(in activities.ReadBackInput, step domain.StepKey) (domain.StepState, string) {
	w.t.Helper()
	in.StepRef, in.Kind, in.Steps, in.Account, in.Channel = w.ref(step), domain.KindApolloIO, []domain.StepKey{step}, w.id(dana), domain.ChannelPerson
	in.Due, in.Class, in.Limit = w.Now().Add(-time.Hour), "others", time.Hour
	r, err := w.ReadBackSteps(w.t.Context(), in)
	require.NoError(w.t, err)
	require.Equal(w.t, r.States[step].Settled(), r.Settled)
	require.Equal(w.t, r.States[step], w.step(step).State)
	return r.States[step], r.Whys[step]
}

func (w *world) unlinkAll(forward string) {
	w.t.Helper()
	require.NoError(w.t, w.sim.Unlink(dana, forward))
	require.NoError(w.t, w.sim.Unlink("dana@sales.example.com", ""))
}

// Whoever clicks Done without doing it leaves the step open, in every world.
func TestSaidAndNotDone(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, vanish := range []bool{false, true} {
		w := newWorldIn(t, s, with(func(s *sim.Switches) { s.DeactivatedVanish, s.UnlinkedVanish = vanish, vanish }))
		said := activities.ReadBackInput{DoneBy: "p-admin", Proof: "a screenshot", Confirmed: "p-second"}
		for step, do := range map[domain.StepKey]func(){
			domain.StepDeactivate: func() { require.NoError(t, w.sim.Deactivate(dana)) },
			domain.StepUnlink:     func() { w.unlinkAll(eli) },
			domain.StepLists: func() {
				for _, id := range w.owned(sim.KindList, dana) {
					require.NoError(t, w.sim.TransferList(id, eli))
				}
			},
		} {
			state, why := w.readBack(said, step)
			require.Equal(t, domain.StepWaiting, state, step)
			require.Contains(t, why, "still", step)
			do()
			for range 2 {
				state, _ = w.readBack(said, step)
				require.Equal(t, domain.StepVerified, state, step)
			}
		}
		removed := w.events(domain.EventMemberRemoved)
		require.Len(t, removed, 1)
		require.Equal(t, domain.PersonID("p-admin"), removed[0].Actor)
		require.Equal(t, domain.ChannelPerson, removed[0].Channel)
	}
}

func TestSeenBeforeAnybodySaidDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.taskInput(w.accountInput(dana), domain.StepUnlink, domain.StepDeactivate)
	opened, err := w.OpenTask(t.Context(), in)
	require.NoError(t, err)
	require.True(t, opened.Opened)
	seen, err := w.ObserveApp(t.Context(), activities.ObserveInput{App: app})
	require.NoError(t, err)
	require.Empty(t, seen.Runs)

	require.NoError(t, w.sim.Deactivate(dana))
	_, err = w.SnapshotAccount(t.Context(), w.snapshotInput())
	require.NoError(t, err)
	seen, err = w.ObserveApp(t.Context(), activities.ObserveInput{App: app})
	require.NoError(t, err)
	require.Equal(t, []string{w.run.ID}, seen.Runs)
	state, _ := w.readBack(activities.ReadBackInput{}, domain.StepDeactivate)
	require.Equal(t, domain.StepVerified, state)
	require.Equal(t, domain.UnknownActor, w.events(domain.EventMemberRemoved)[0].Actor)
	require.Empty(t, w.openClaims(), "the read-back settles the claim that the task made")
}

func TestAttestationNeedsASecondPersonAndAProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		in   activities.ReadBackInput
		want domain.StepState
	}{
		{activities.ReadBackInput{}, domain.StepWaiting},
		{activities.ReadBackInput{DoneBy: "p-admin"}, domain.StepDoneUnverified},
		{activities.ReadBackInput{DoneBy: "p-admin", Confirmed: "p-admin", Proof: "a note"}, domain.StepDoneUnverified},
		{activities.ReadBackInput{DoneBy: "p-admin", Confirmed: "p-second"}, domain.StepDoneUnverified},
		{activities.ReadBackInput{Confirmed: "p-second", Proof: "a note"}, domain.StepWaiting},
		{activities.ReadBackInput{DoneBy: "p-admin", Confirmed: "p-second", Proof: "a note"}, domain.StepAttested},
	} {
		state, _ := w.readBack(c.in, domain.StepWorkflows)
		require.Equal(t, c.want, state, "%+v", c.in)
	}
	changes := w.events(domain.EventStepChanged)
	last := changes[len(changes)-1]
	require.Equal(t, []any{string(domain.StepAttested), domain.PersonID("p-admin"), "a note", "p-second"},
		[]any{last.To, last.Actor, last.Reason, last.Facts["confirmed_by"]})
}

// What the app does show is never attested: half a list is read again.
func TestNobodyAttestsWhatTheAppShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, with(func(s *sim.Switches) { s.DeactivatedVanish = true }))
	require.NoError(t, w.sim.Deactivate(dana))
	w.hook().users = func(l *domain.Listing) { l.Complete = false }
	state, why := w.readBack(activities.ReadBackInput{DoneBy: "p-admin", Confirmed: "p-second", Proof: "a note"}, domain.StepDeactivate)
	require.Equal(t, domain.StepDoneUnverified, state)
	require.Contains(t, why, "proves nothing")
	w.revive()
	state, _ = w.readBack(activities.ReadBackInput{DoneBy: "p-admin"}, domain.StepDeactivate)
	require.Equal(t, domain.StepVerified, state)
}

func TestTaskIsSettledWithItsLastStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	task := w.taskInput(w.accountInput(dana), domain.StepDeactivate, domain.StepUnlink)
	_, err := w.OpenTask(t.Context(), task)
	require.NoError(t, err)
	in := activities.ReadBackInput{StepRef: w.ref(domain.StepDeactivate), Kind: domain.KindApolloIO, Steps: task.Task.Steps, Account: w.id(dana),
		Channel: domain.ChannelPerson, Task: task.Task.ID, DoneBy: "p-owner"}
	require.NoError(t, w.sim.Deactivate(dana))
	r, err := w.ReadBackSteps(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, map[domain.StepKey]domain.StepState{domain.StepDeactivate: domain.StepVerified, domain.StepUnlink: domain.StepWaiting}, r.States)
	kept, err := w.store.Task(t.Context(), task.Task.ID)
	require.NoError(t, err)
	require.Equal(t, domain.TaskOpen, kept.State)

	w.unlinkAll(eli)
	r, err = w.ReadBackSteps(t.Context(), in)
	require.NoError(t, err)
	require.True(t, r.Settled)
	kept, err = w.store.Task(t.Context(), task.Task.ID)
	require.NoError(t, err)
	require.Equal(t, domain.TaskSettled, kept.State)
	require.Equal(t, domain.PersonID("p-owner"), kept.DoneBy)
}

// Emails that were lost are listed one by one, also when an earlier step is what
// lost them.
func TestLostEmailsAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.SnapshotAccount(t.Context(), w.snapshotInput())
	require.NoError(t, err)
	snap, err := w.store.Snapshot(t.Context(), w.run.ID, app)
	require.NoError(t, err)
	require.Len(t, snap.Emails, 5)
	w.unlinkAll(eli) // the second mailbox without a forwarding one
	want := map[string]string{"emails": "5"}
	lost := 0
	for _, m := range snap.Emails {
		if m.MailboxID != snap.Mailboxes[0].ID {
			want["lost_"+m.ID] = "not sent"
			lost++
		}
	}
	want["emails_lost"] = itoa(lost)
	require.Positive(t, lost)
	state, why := w.readBack(activities.ReadBackInput{DoneBy: "p-admin"}, domain.StepUnlink)
	require.Equal(t, domain.StepVerified, state)
	require.Contains(t, why, itoa(lost)+" of 5 scheduled emails were lost")
	told := w.events(domain.EventEmailsLost)
	require.Len(t, told, 1)
	require.Equal(t, want, told[0].Facts)
}
