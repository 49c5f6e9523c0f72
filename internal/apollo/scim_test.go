package apollo_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/apollo"
	sim "handover/internal/sim/apollo"
)

func TestDeactivateTwiceAndBackAgain(t *testing.T) {
	t.Parallel()
	w := demo(t, withSCIM)
	before := w.account(leaver)
	receipt, err := w.DeactivateAccount(t.Context(), before)
	require.NoError(t, err)
	require.False(t, receipt.Already)
	require.NotEmpty(t, receipt.RequestID)
	require.Equal(t, w.clock.Now(), receipt.At)
	after := w.account(leaver)
	require.Equal(t, domain.No, after.Active)

	receipt, err = w.DeactivateAccount(t.Context(), after)
	require.NoError(t, err)
	require.True(t, receipt.Already)
	require.Equal(t, 1, w.sim.EffectsPerTarget("users.deactivate")[string(before.ID)])

	receipt, err = w.ReactivateAccount(t.Context(), after)
	require.NoError(t, err)
	require.False(t, receipt.Already)
	require.Equal(t, domain.Yes, w.account(leaver).Active)
}

func TestAListingThatContradictsSCIMIsActedOn(t *testing.T) {
	t.Parallel()
	w := demo(t, withSCIM)
	account := w.account(leaver)
	require.NoError(t, w.sim.Deactivate(leaver))
	receipt, err := w.DeactivateAccount(t.Context(), account)
	require.NoError(t, err)
	require.False(t, receipt.Already, "the caller's listing showed the user as active")
}

func TestSCIMRequestsCarryTheirOwnCredential(t *testing.T) {
	t.Parallel()
	w := demo(t, withSCIM)
	_, err := w.DeactivateAccount(t.Context(), w.account(leaver))
	require.NoError(t, err)
	last := w.wire.last()
	require.Equal(t, http.MethodPatch, last.method)
	require.Equal(t, "Bearer "+canaryToken, last.header.Get("Authorization"))
	require.Empty(t, last.header.Get("X-Api-Key"))
	require.Equal(t, "application/scim+json", last.header.Get("Content-Type"))
	require.JSONEq(t, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
		"Operations":[{"op":"replace","path":"active","value":false}]}`, string(last.body))
}

func TestSCIMFaults(t *testing.T) {
	t.Parallel()
	dana := domain.Account{ID: "a", Email: leaver, Active: domain.Yes}
	one := `{"id":"1","userName":"Dana.Reyes@example.com","active":"True"}`
	for name, tc := range map[string]struct {
		account domain.Account
		find    http.HandlerFunc
		patch   http.HandlerFunc
		kind    domain.FaultKind
	}{
		"unknown":      {dana, says(200, `{"totalResults":0}`), nil, domain.FaultNotFound},
		"only others":  {dana, says(200, `{"Resources":[{"id":"1","userName":"x@example.com"}]}`), nil, domain.FaultNotFound},
		"two":          {dana, says(200, `{"Resources":[`+one+`,`+one+`]}`), nil, domain.FaultConflict},
		"token":        {dana, says(401, `{"detail":"bearer"}`), nil, domain.FaultUnauthenticated},
		"forbidden":    {dana, says(200, `{"Resources":[`+one+`]}`), says(403, `{}`), domain.FaultForbidden},
		"lost":         {dana, says(200, `{"Resources":[`+one+`]}`), says(503, ``), domain.FaultUnavailable},
		"not done":     {dana, says(200, `{"Resources":[`+one+`]}`), says(200, `{"id":"1","active":true}`), domain.FaultConflict},
		"no email":     {domain.Account{ID: "a"}, nil, nil, domain.FaultInvalid},
		"quoted email": {domain.Account{Email: `a" or active eq "true`}, nil, nil, domain.FaultInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStub(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPatch {
					tc.patch(w, r)
					return
				}
				tc.find(w, r)
			})
			_, err := s.DeactivateAccount(t.Context(), tc.account)
			f := fault(t, err)
			require.Equal(t, tc.kind, f.Kind)
			require.NotContains(t, f.Error(), "example.com")
			if tc.kind == domain.FaultUnauthenticated {
				require.Contains(t, f.SafeMessage, "SCIM token")
			}
		})
	}
}

func TestWithoutSCIMAPersonIsToldWhy(t *testing.T) {
	t.Parallel()
	for plan, want := range map[string]string{
		sim.PlanProfessional: "takes the Organization plan", sim.PlanOrganization: "this plan includes SCIM",
	} {
		w := demo(t, onPlan(plan))
		_, err := w.DeactivateAccount(t.Context(), domain.Account{ID: w.id(leaver), Email: leaver})
		f := fault(t, err)
		require.Equal(t, domain.FaultUnsupported, f.Kind)
		require.Contains(t, f.SafeMessage, want)
		require.Equal(t, domain.ChannelPerson, channel(w.Connector, domain.CanDeactivate).Channel)
		require.Contains(t, channel(w.Connector, domain.CanDeactivate).Why, want)
	}
	require.Equal(t, domain.ChannelSCIM, channel(demo(t, withSCIM).Connector, domain.CanDeactivate).Channel)
}

// SCIM is switched on where single sign-on stands; whoever asks why a person has to
// do it reads that.
func TestSingleSignOnComesBeforeSCIM(t *testing.T) {
	t.Parallel()
	for _, plan := range []string{sim.PlanProfessional, sim.PlanOrganization} {
		require.Contains(t, channel(demo(t, onPlan(plan)).Connector, domain.CanDeactivate).Why, "single sign-on", plan)
	}
}

func channel(c *apollo.Connector, capability domain.Capability) domain.ChannelChoice {
	for _, choice := range c.Channels() {
		if choice.Capability == capability {
			return choice
		}
	}
	return domain.ChannelChoice{}
}

// The id that was found ahead spares the search; one that the door does not know
// any more is found anew.
func TestAnIDFoundAheadIsOneCall(t *testing.T) {
	t.Parallel()
	w := demo(t, withSCIM)
	account := w.account(leaver)
	door, err := w.FindDoor(t.Context(), account)
	require.NoError(t, err)
	require.NotEmpty(t, door)
	calls := func() (finds, patches int) {
		counts := w.sim.Counts().PerEndpoint
		return counts["scim/v2/users/search"], counts["scim/v2/users/patch"]
	}
	account.Door = door
	_, err = w.DeactivateAccount(t.Context(), account)
	require.NoError(t, err)
	require.Equal(t, domain.No, w.account(leaver).Active)
	finds, patches := calls()
	require.Equal(t, []int{1, 1}, []int{finds, patches})

	require.NoError(t, w.sim.Reactivate(leaver))
	account.Door = "an-id-of-before"
	_, err = w.DeactivateAccount(t.Context(), account)
	require.NoError(t, err)
	require.Equal(t, domain.No, w.account(leaver).Active)
	finds, patches = calls()
	require.Equal(t, []int{2, 3}, []int{finds, patches})

	closed := demo(t)
	door, err = closed.FindDoor(t.Context(), account)
	require.NoError(t, err)
	require.Empty(t, door, "without a door there is nothing to find")
}
