package desk_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
	"handover/workflows"
)

// newJoining is a world whose app explains its roles.
func newJoining(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.policy.Apps["apollo"].Profiles = map[string]domain.ProfilePolicy{
		"pr-rep": {Name: "Rep", Admin: domain.No, FullSeat: domain.Yes, Seat: domain.SeatFull},
		"pr-adm": {Name: "Admin", Admin: domain.Yes, FullSeat: domain.Yes, Seat: domain.SeatFull}}
	w.policy.Apps["apollo"].Joining.Role = "Rep"
	return w
}

func joins(change ...func(*desk.OnboardRequest)) desk.OnboardRequest {
	req := desk.OnboardRequest{Email: "new@example.com", Name: "New Comer", Manager: "eli@example.com", App: "apollo", Reason: "a new colleague"}
	for _, c := range change {
		c(&req)
	}
	return req
}

func (w *world) joinOf(run string) workflows.OnboardingInput {
	w.t.Helper()
	var in workflows.OnboardingInput
	require.NoError(w.t, json.Unmarshal(w.tmp.started[run], &in))
	return in
}

func (w *world) unheardOf(emails ...string) {
	w.t.Helper()
	for _, email := range emails {
		_, err := w.st.PersonByEmail(w.t.Context(), email)
		require.ErrorIs(w.t, err, domain.ErrNotFound, "what is refused leaves nobody behind")
	}
}

func TestAJoiningIsStartedOnce(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	run, created, err := w.Onboard(t.Context(), w.as("ada"), joins(func(r *desk.OnboardRequest) { r.Until = "2027-03-31" }))
	require.NoError(t, err)
	require.True(t, created)
	in := w.joinOf(run.ID)
	require.Equal(t, []string{"pr-rep", run.ID}, []string{in.Apps[0].Role.Key, in.Run}, "the starting role")
	require.True(t, in.Apps[0].Asks)
	require.Equal(t, "2027-03-31T23:59:00+02:00", in.Until.Format("2006-01-02T15:04:05Z07:00"), "the end of the last day, where the company is")
	require.Contains(t, in.Tell, w.id("eli"))
	again, created, err := w.Onboard(t.Context(), w.as("hana"), joins())
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, run.ID, again.ID)
	require.Len(t, w.tmp.started, 1)
	started := w.events(store.AuditFilter{Run: run.ID, Kind: domain.EventRunStarted})
	require.Len(t, started, 1)
	require.Equal(t, []any{w.id("ada"), run.Person, "a new colleague"}, []any{started[0].Actor, started[0].Subject, started[0].Reason})

	// A process that died before Temporal heard of the run loses nothing.
	w.Crash = func(point string) {
		if point == "run-written-not-started" {
			panic(point)
		}
	}
	other := joins(func(r *desk.OnboardRequest) { r.Email = "other@example.com" })
	require.Panics(t, func() { _, _, _ = w.Onboard(t.Context(), w.as("ada"), other) })
	w.Crash = nil
	require.Len(t, w.tmp.started, 1)
	w.Deliveries(t.Context())
	require.Len(t, w.tmp.started, 2)
	_, created, err = w.Onboard(t.Context(), w.as("ada"), other)
	require.NoError(t, err)
	require.False(t, created)
}

func TestWhoMayAskForAccess(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	for who, may := range map[string]bool{"ada": true, "hana": true, "sec": false, "finn": false, "aud": false, "eli": false, "bo": false} {
		_, _, err := w.Onboard(t.Context(), w.as(who), joins(func(r *desk.OnboardRequest) { r.Email = who + ".friend@example.com" }))
		_, _, rerr := w.ChangeRole(t.Context(), w.as(who), desk.RoleRequest{Email: "gil@example.com", App: "apollo", Role: "Admin"})
		if may {
			require.NoError(t, err, who)
			require.NoError(t, rerr, who)
			continue
		}
		require.Equal(t, []string{domain.RefusedRight, domain.RefusedRight}, []string{code(err), code(rerr)}, who)
		require.Len(t, w.refusals(who), 2, "each refusal is in the record: %s", who)
		w.unheardOf(who + ".friend@example.com")
	}
	// At once, and confirmed afterwards, is for those who may cut access at once.
	now := desk.RoleRequest{Email: "bo@example.com", App: "apollo", Role: "Rep", Emergency: true, Reason: "an account was taken over"}
	for who, want := range map[string]string{"hana": domain.RefusedRight, "sec": ""} {
		_, _, err := w.ChangeRole(t.Context(), w.as(who), now)
		require.Equal(t, want, code(err), who)
	}
}

// What is wrong is refused whole: nobody is made, nothing starts, nothing is quoted.
func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*desk.OnboardRequest)
		code   string
	}{
		"no such app":           {func(r *desk.OnboardRequest) { r.App = "canary" }, domain.RefusedUnknown},
		"no such role":          {func(r *desk.OnboardRequest) { r.Role = "canary" }, domain.RefusedUnknown},
		"no email":              {func(r *desk.OnboardRequest) { r.Email = "canary" }, domain.RefusedReason},
		"a manager's typo":      {func(r *desk.OnboardRequest) { r.Manager = "canary" }, domain.RefusedReason},
		"an unheard-of manager": {func(r *desk.OnboardRequest) { r.Manager = "canary@example.com" }, domain.RefusedUnknown},
		"their own manager":     {func(r *desk.OnboardRequest) { r.Manager = "NEW@example.com" }, domain.RefusedReason},
		"no date":               {func(r *desk.OnboardRequest) { r.Starts = "canary" }, domain.RefusedReason},
		"no day of a month":     {func(r *desk.OnboardRequest) { r.Until = "2027-02-30" }, domain.RefusedReason},
		"far ahead":             {func(r *desk.OnboardRequest) { r.Starts = "2036-12-01" }, domain.RefusedReason},
		"long ago":              {func(r *desk.OnboardRequest) { r.Starts = "2016-12-01" }, domain.RefusedReason},
		"over already":          {func(r *desk.OnboardRequest) { r.Until = "2026-11-30" }, domain.RefusedReason},
		"ends before it begins": {func(r *desk.OnboardRequest) { r.Starts, r.Until = "2027-02-01", "2027-01-31" }, domain.RefusedReason},
		"for an eternity":       {func(r *desk.OnboardRequest) { r.Until = "2099-12-31" }, domain.RefusedReason},
		"for oneself":           {func(r *desk.OnboardRequest) { r.Email, r.Manager = "ada@example.com", "" }, domain.RefusedSelf},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newJoining(t)
			_, _, err := w.Onboard(t.Context(), w.as("ada"), joins(c.change))
			require.Equal(t, c.code, code(err))
			require.NotContains(t, strings.ToLower(err.Error()), "canary")
			require.NotContains(t, err.Error(), "@")
			require.Len(t, w.refusals("ada"), 1)
			require.Empty(t, w.tmp.started)
			w.unheardOf("new@example.com", "canary@example.com")
		})
	}
}

func TestWhoCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	for state, want := range map[domain.PersonState]string{domain.PersonLeft: domain.RefusedState, domain.PersonLeaving: domain.RefusedState, domain.PersonActive: ""} {
		require.NoError(t, w.st.SetPersonState(t.Context(), w.id("dana"), state))
		_, _, err := w.Onboard(t.Context(), w.as("ada"), joins(func(r *desk.OnboardRequest) { r.Email = "dana@example.com" }))
		require.Equal(t, want, code(err), state)
		_, _, err = w.ChangeRole(t.Context(), w.as("ada"), desk.RoleRequest{Email: "dana@example.com", App: "apollo", Role: "Admin"})
		require.Equal(t, want, code(err), state)
		_, _, err = w.ChangeRole(t.Context(), w.as("sec"), desk.RoleRequest{Email: "dana@example.com", App: "apollo", Role: "Rep", Emergency: true, Reason: "at once"})
		if want == "" {
			want = domain.RefusedSettled // the change to Admin is under way
		}
		require.Equal(t, want, code(err), state)
	}
	require.NoError(t, w.st.SetPersonState(t.Context(), w.id("eli"), domain.PersonLeft))
	_, _, err := w.Onboard(t.Context(), w.as("ada"), joins())
	require.Equal(t, domain.RefusedUnknown, code(err), "a manager who has left decides nothing")
	w.policy.Apps["apollo"].Joining.Role = ""
	_, _, err = w.Onboard(t.Context(), w.as("ada"), joins(func(r *desk.OnboardRequest) { r.Manager = "" }))
	require.Equal(t, domain.RefusedReason, code(err), "without a starting role each request names one")
}

func TestRoleChangesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	for name, c := range map[string]struct {
		req  desk.RoleRequest
		code string
	}{
		"no role":      {desk.RoleRequest{Email: "gil@example.com", App: "apollo"}, domain.RefusedReason},
		"no such role": {desk.RoleRequest{Email: "gil@example.com", App: "apollo", Role: "canary"}, domain.RefusedUnknown},
		"no such app":  {desk.RoleRequest{Email: "gil@example.com", App: "nowhere", Role: "Rep"}, domain.RefusedUnknown},
		"no email":     {desk.RoleRequest{Email: "canary", App: "apollo", Role: "Rep"}, domain.RefusedUnknown},
		"their own":    {desk.RoleRequest{Email: "ada@example.com", App: "apollo", Role: "Rep"}, domain.RefusedSelf},
		"no reason":    {desk.RoleRequest{Email: "fresh@example.com", App: "apollo", Role: "Rep", Emergency: true}, domain.RefusedReason},
	} {
		who := map[bool]string{false: "ada", true: "sec"}[c.req.Emergency]
		_, _, err := w.ChangeRole(t.Context(), w.as(who), c.req)
		require.Equal(t, c.code, code(err), name)
		require.NotContains(t, err.Error(), "canary", name)
	}
	require.Equal(t, []int{5, 1}, []int{len(w.refusals("ada")), len(w.refusals("sec"))})
	require.Empty(t, w.tmp.started)
	w.unheardOf("fresh@example.com")

	run, created, err := w.ChangeRole(t.Context(), w.as("ada"), desk.RoleRequest{Email: "gil@example.com", App: "apollo", Role: "PR-ADM"})
	require.NoError(t, err)
	require.True(t, created)
	_, created, err = w.ChangeRole(t.Context(), w.as("hana"), desk.RoleRequest{Email: "gil@example.com", App: "apollo", Role: "Admin"})
	require.NoError(t, err)
	require.False(t, created)
	var in workflows.RoleChangeInput
	require.NoError(t, json.Unmarshal(w.tmp.started[run.ID], &in))
	require.Equal(t, []any{"pr-adm", w.id("gil"), w.id("ada")}, []any{in.App.Role.Key, in.Person, in.Requester})
}
