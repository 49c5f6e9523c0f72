package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// accountInput asks to act on the account of the leaver of the world's run.
func (w *world) accountInput(email string) activities.AccountInput {
	return activities.AccountInput{StepRef: w.ref(domain.StepDeactivate), Account: w.id(email), Due: w.Now().Add(-time.Minute), Limit: time.Hour,
		Class: "others", Zone: "Europe/Berlin", Digest: "v1:plan"}
}

// deactivations counts what was done to users, through any door.
func (w *world) deactivations() int {
	n := 0
	for _, e := range w.sim.Effects() {
		if e.Kind == sim.KindUser && e.Field == "deleted" && e.To == "true" {
			n++
		}
	}
	return n
}

func TestDeactivateThroughTheDoor(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, vanish := range []bool{false, true} {
		begin := func(t *testing.T) *world {
			return newWorldIn(t, s, withSCIM, with(func(s *sim.Switches) { s.DeactivatedVanish = vanish }))
		}
		everyDeath(t, begin, func(w *world) {
			r, err := w.DeactivateAccount(w.t.Context(), w.accountInput(dana))
			require.NoError(w.t, err)
			require.Equal(w.t, activities.OutcomeVerified, r.Outcome)
		}, func(w *world) {
			require.Equal(w.t, 1, w.deactivations())
			require.Equal(w.t, domain.StepVerified, w.step(domain.StepDeactivate).State)
			require.Len(w.t, w.events(domain.EventClaimMade), 1)
			removed := w.events(domain.EventMemberRemoved)
			require.Len(w.t, removed, 1)
			require.Equal(w.t, map[string]string{"how": "deactivated", "class": "others", "elapsed": "1m0s", "limit": "1h0m0s"}, removed[0].Facts)
			require.Equal(w.t, []any{domain.SystemActor, domain.ChannelSCIM, "Europe/Berlin"}, []any{removed[0].Actor, removed[0].Channel, removed[0].Zone})
			cuts, err := w.store.CutOffs(w.t.Context(), w.run.ID)
			require.NoError(w.t, err)
			require.Len(w.t, cuts, 1)
			require.Equal(w.t, time.Minute, cuts[0].Elapsed())
			w.clock.advance(time.Second)
			require.Empty(w.t, w.openClaims(), "the read-back settles the claim")
		})
	}
}

// openClaims lists the claims that count before a listing that begins now.
func (w *world) openClaims() []domain.Claim {
	w.t.Helper()
	claims, err := w.store.Claims(w.t.Context(), app)
	require.NoError(w.t, err)
	var open []domain.Claim
	for _, c := range claims {
		if c.Run == w.run.ID && c.SettledAt.IsZero() {
			open = append(open, c)
		}
	}
	return open
}

func TestReactivateThroughTheDoor(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	begin := func(t *testing.T) *world {
		w := newWorldIn(t, s, withSCIM, with(func(s *sim.Switches) { s.DeactivatedVanish = true }))
		_, err := w.SnapshotAccount(t.Context(), w.snapshotInput())
		require.NoError(t, err)
		_, err = w.DeactivateAccount(t.Context(), w.accountInput(dana))
		require.NoError(t, err)
		return w
	}
	everyDeath(t, begin, func(w *world) {
		r, err := w.ReactivateAccount(w.t.Context(), w.accountInput(dana))
		require.NoError(w.t, err)
		require.Equal(w.t, activities.OutcomeVerified, r.Outcome)
	}, func(w *world) {
		l, err := w.apollo.ListAccounts(w.t.Context())
		require.NoError(w.t, err)
		require.Equal(w.t, domain.Present, l.AccountPresence(w.id(dana)))
		require.Equal(w.t, domain.StepUndone, w.step(domain.StepDeactivate).State)
		require.Len(w.t, w.events(domain.EventUndone), 1)
	})
}

func TestDeactivatedByHandBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSCIM)
	require.NoError(t, w.sim.Deactivate(dana))
	for range 2 {
		r, err := w.DeactivateAccount(t.Context(), w.accountInput(dana))
		require.NoError(t, err)
		require.Equal(t, activities.OutcomeVerified, r.Outcome)
	}
	require.Equal(t, 1, w.deactivations())
	removed := w.events(domain.EventMemberRemoved)
	require.Len(t, removed, 1)
	require.Equal(t, "already", removed[0].Facts["how"])
	require.Equal(t, domain.UnknownActor, removed[0].Actor, "nobody knows who did it")
	require.Empty(t, removed[0].Channel)
	require.Empty(t, w.events(domain.EventClaimMade))
}

// A door that will not open sends the cut-off to a person, with the reason.
func TestDoorThatIsShut(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, c := range map[string]struct {
		options []option
		why     string
	}{
		"no door":       {nil, "Apollo's REST API has no call for it"},
		"refused token": {[]option{withSCIM, func(s *settings) { s.apollo.SCIMToken = "revoked" }}, "the SCIM token is refused"},
	} {
		w := newWorldIn(t, s, c.options...)
		r, err := w.DeactivateAccount(t.Context(), w.accountInput(dana))
		require.NoError(t, err)
		require.Equal(t, activities.OutcomeUnsupported, r.Outcome, name)
		require.Equal(t, domain.ChannelPerson, r.Channel)
		require.Contains(t, r.Why, c.why)
		require.Empty(t, w.sim.Effects())
		paused, err := s.AppPaused(t.Context(), app)
		require.NoError(t, err)
		require.Zero(t, paused, "the app's own key works")
	}
}

// The door says yes and the app does not show it: that is not verified.
func TestDoorWhoseEffectIsNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSCIM, onTheClock)
	require.NoError(t, w.sim.SetFaults(1, sim.Fault{Kind: sim.FaultLag, Endpoint: "users/search", Lag: sim.Duration(time.Hour)}))
	r, err := w.DeactivateAccount(t.Context(), w.accountInput(dana))
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnverified, r.Outcome)
	require.Equal(t, domain.StepDoneUnverified, w.step(domain.StepDeactivate).State)
	require.Empty(t, w.events(domain.EventMemberRemoved))
	require.Len(t, w.openClaims(), 1, "until it is shown the claim stands")
}
