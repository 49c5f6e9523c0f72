package scim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/scim"
	sim "handover/internal/sim/scim"
)

// Whatever the server's dialect, a user is deactivated once, comes back where the
// app can do that, and loses nothing else.
func TestDeactivateInEveryDialect(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]sim.Switches{
		"strict": {}, "204": {PatchNoContent: true}, "no path": {NoPath: true}, "text": {TextOnly: true, TextActive: true},
		"only put": {NoPatch: true}, "put, not said": {NoPatch: true, NoConfig: true}, "etags": {ETags: true}, "etags and put": {ETags: true, NoPatch: true},
		"numeric status": {NumericStatus: true, NoPath: true}, "html errors": {HTMLErrors: true, NoPath: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, s)
			for range 2 {
				_, err := w.DeactivateAccount(t.Context(), w.account())
				require.NoError(t, err)
			}
			require.Equal(t, 1, w.sim.Writes())
			require.Equal(t, domain.Absent, w.list().AccountPresence(w.dana))
			_, err := w.ReactivateAccount(t.Context(), w.account())
			require.NoError(t, err)
			u, _ := w.sim.User(string(w.dana))
			require.True(t, u.Active)
			require.Equal(t, []string{dana, "kept"}, []string{u.UserName, u.Extra}, "a replacement sends back all that came")
			require.False(t, slices.ContainsFunc(w.sim.Requests(), func(r string) bool { return strings.HasPrefix(r, "DELETE") }))
		})
	}
}

// The form that a server takes is remembered, so that a run costs no refusals.
func TestTheDialectIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{NoPath: true})
	_, err := w.DeactivateAccount(t.Context(), w.account())
	require.NoError(t, err)
	before := len(w.sim.Requests())
	_, err = w.ReactivateAccount(t.Context(), domain.Account{ID: w.dana, Active: domain.No})
	require.NoError(t, err)
	require.Equal(t, []string{"GET /Users/" + string(w.dana), "PATCH /Users/" + string(w.dana)}, w.sim.Requests()[before:])
}

// Vendors do different things on active:false: absent is what counts.
func TestWhatInactiveMeansElsewhere(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]sim.Switches{"deletes": {InactiveDeletes: true}, "hides": {InactiveHides: true}} {
		w := newWorld(t, s)
		for range 2 {
			_, err := w.DeactivateAccount(t.Context(), w.account())
			require.NoError(t, err, name)
		}
		require.Equal(t, 1, w.sim.Writes(), name)
		require.Equal(t, domain.Absent, w.list().AccountPresence(w.dana), name)
	}
	w := newWorld(t, sim.Switches{OnlyInactive: true})
	_, err := w.DeactivateAccount(t.Context(), w.account())
	require.NoError(t, err)
	_, err = w.ReactivateAccount(t.Context(), w.account())
	require.Equal(t, domain.FaultUnsupported, domain.KindOf(err), "a person gives the access back")
}

func TestDeleteOnlyWhereThePolicySaysSo(t *testing.T) {
	t.Parallel()
	deleting := func(cfg *scim.Config) { cfg.Delete = true }
	for name, s := range map[string]sim.Switches{"final": {}, "deactivates": {DeleteDeactivate: true}} {
		w := newWorld(t, s, deleting)
		_, err := w.DeactivateAccount(t.Context(), w.account())
		require.NoError(t, err, name)
		require.Equal(t, domain.Absent, w.list().AccountPresence(w.dana), name)
	}
	w := newWorld(t, sim.Switches{}, deleting)
	for _, already := range []bool{false, true} {
		r, err := w.DeactivateAccount(t.Context(), domain.Account{ID: w.dana})
		require.NoError(t, err)
		require.Equal(t, already, r.Already)
	}
	_, err := w.ReactivateAccount(t.Context(), domain.Account{ID: w.dana})
	require.Equal(t, domain.FaultUnsupported, domain.KindOf(err))
	none := newWorld(t, sim.Switches{NoDelete: true}, deleting)
	_, err = none.DeactivateAccount(t.Context(), none.account())
	require.Equal(t, domain.FaultUnsupported, domain.KindOf(err))
}

// A 2xx is believed only by what is read afterwards.
func TestSuccessThatChangedNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{NoEffect: true, PatchNoContent: true})
	_, err := w.DeactivateAccount(t.Context(), w.account())
	require.NoError(t, err)
	require.Equal(t, domain.Present, w.list().AccountPresence(w.dana))
	late := newWorld(t, sim.Switches{ShowAfter: 2})
	_, err = late.DeactivateAccount(t.Context(), late.account())
	require.NoError(t, err)
	require.Equal(t, domain.Present, late.list().AccountPresence(late.dana))
	require.Equal(t, domain.Present, late.list().AccountPresence(late.dana))
	require.Equal(t, domain.Absent, late.list().AccountPresence(late.dana))
}

func TestAnAnswerThatIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{CutAfterWrite: 1})
	_, err := w.DeactivateAccount(t.Context(), w.account())
	require.Equal(t, domain.FaultUnavailable, domain.KindOf(err))
	r, err := w.DeactivateAccount(t.Context(), w.account())
	require.NoError(t, err)
	require.True(t, r.Already)
	require.Equal(t, 1, w.sim.Writes())
}

func TestLimitsAreLearntFromRefusals(t *testing.T) {
	t.Parallel()
	for advice, until := range map[string]time.Time{
		"": begin.Add(time.Minute), "90": begin.Add(90 * time.Second), begin.Add(5 * time.Minute).Format("Mon, 02 Jan 2006 15:04:05 GMT"): begin.Add(5 * time.Minute)} {
		w := newWorld(t, sim.Switches{Limit: 1, RetryAfter: advice})
		_, err := w.ListAccounts(t.Context())
		require.NoError(t, err)
		for range 2 {
			_, err = w.ListAccounts(t.Context())
			var f *domain.Fault
			require.ErrorAs(t, err, &f)
			require.Equal(t, domain.FaultRateLimited, f.Kind)
			require.WithinDuration(t, until, f.RetryAt, 5*time.Second)
		}
		require.Len(t, w.sim.Requests(), 2, "the second try is held back here, not refused there")
	}
}

func TestUrgencyReachesTheGate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	_, err := w.ListAccounts(domain.WithUrgency(t.Context()))
	require.NoError(t, err)
	require.True(t, w.gate.asked[0].Urgent)
}

// Somebody else changes the user between our read and our write: it is read once
// more. A change that is always ahead of us is a conflict.
func TestVersionsThatMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{ETags: true})
	a := w.account()
	w.sim.Change(string(w.dana), func(u *sim.User) { u.Extra = "changed" })
	_, err := w.DeactivateAccount(t.Context(), a)
	require.NoError(t, err)
	u, _ := w.sim.User(string(w.dana))
	require.Equal(t, "changed", u.Extra)
}

func TestCreateOnce(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]sim.Switches{"strict": {}, "bare conflict": {BareConflict: true}, "no filter": {RefuseFilter: true}, "filter ignored": {IgnoreFilter: true}} {
		w := newWorld(t, s)
		n := scim.NewUser{UserName: "joiner@example.com", Given: "Jo", Family: "Iner"}
		first, r, err := w.CreateAccount(t.Context(), n)
		require.NoError(t, err, name)
		require.False(t, r.Already)
		again, r, err := w.CreateAccount(t.Context(), n)
		require.NoError(t, err, name)
		require.True(t, r.Already)
		require.Equal(t, first.ID, again.ID)
		require.Equal(t, 1, w.sim.Writes())
	}
}

func TestProbeAndConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	require.NoError(t, w.Probe(t.Context()))
	p, err := w.Provider(t.Context())
	require.NoError(t, err)
	require.Equal(t, scim.Provider{Patch: domain.Yes, Filter: domain.Yes, ETag: domain.No}, p)
	silent := newWorld(t, sim.Switches{NoConfig: true})
	p, err = silent.Provider(t.Context())
	require.NoError(t, err)
	require.Equal(t, scim.Provider{Patch: domain.Unknown, Filter: domain.Unknown, ETag: domain.Unknown}, p)
	wrong := newWorld(t, sim.Switches{}, func(c *scim.Config) { c.Token = "revoked" })
	require.Equal(t, domain.FaultUnauthenticated, domain.KindOf(wrong.Probe(t.Context())))
	_, err = scim.New(scim.Config{App: "people", URL: "ftp://x", Token: "t"}, w.gate, nil)
	require.ErrorContains(t, err, "not an absolute")
}
