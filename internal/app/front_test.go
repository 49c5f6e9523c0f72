package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	entrasim "handover/internal/sim/entra"
	oktasim "handover/internal/sim/okta"
	scimsim "handover/internal/sim/scim"
)

// frontPolicy is two SCIM apps, one behind Okta and one behind Entra ID.
const frontPolicy = `version: 1
company: {name: Example Ltd, time_zone: UTC}
people:
  - {email: ada@example.com, roles: [admin]}
  - {email: bo@example.com, roles: [admin]}
identity_providers:
  okta: {kind: okta, credentials: {url: OKTA_URL, token: OKTA_TOKEN}}
  entra: {kind: entra, tenant: ` + entrasim.TenantID + `, credentials: {client_id: ENTRA_ID, secret: ENTRA_SECRET, url: GRAPH_URL, login_url: LOGIN_URL}}
apps:
  people-app:
    kind: scim
    owner: ada@example.com
    second: bo@example.com
    credentials: {scim_url: PEOPLE_SCIM_URL, scim_token: PEOPLE_SCIM_TOKEN}
    roles: {Admin: {admin: yes}, Member: {admin: no}}
    sign_in: {provider: okta, app: ` + oktasim.DemoApp + `}
  wiki:
    kind: scim
    queue: wiki
    owner: ada@example.com
    second: bo@example.com
    credentials: {scim_url: WIKI_SCIM_URL, scim_token: WIKI_SCIM_TOKEN}
    roles: {Admin: {admin: yes}, Member: {admin: no}}
    sign_in: {provider: entra, app: ENTRA-APP}
approvals:
  handover:
    stages:
      - {name: owner, who: [app_owner]}
leaving: {sweeps: [0s, 24h], read_backs: [1m, 5m]}
`

// fronts is what stands behind that policy.
type fronts struct {
	okta   *oktasim.Simulator
	entra  *entrasim.Simulator
	seeded entrasim.Seeded
	wiki   *scimsim.Server
	policy string
	env    map[string]string
}

func newFronts(t *testing.T) *fronts {
	t.Helper()
	_, _, env := peopleApp(t)
	f := &fronts{env: env, okta: oktasim.New(oktasim.Options{Token: "okta-token"}), entra: entrasim.New(entrasim.Options{Secret: "entra-secret"}), wiki: scimsim.New("wiki-token", scimsim.Switches{})}
	f.okta.SeedDemo(oktasim.App{Label: "People"}, []string{"priya.nair@example.com"}, []string{leaver})
	f.seeded = f.entra.Seed()
	f.policy = strings.Replace(frontPolicy, "ENTRA-APP", f.seeded.App, 1)
	f.wiki.Add("priya.nair@example.com", "Admin")
	f.wiki.Add("sam.okafor@example.com", "Admin")
	okta, entra, wiki := httptest.NewServer(f.okta.Handler()), httptest.NewServer(f.entra.Handler()), httptest.NewServer(f.wiki)
	t.Cleanup(okta.Close)
	t.Cleanup(entra.Close)
	t.Cleanup(wiki.Close)
	env["OKTA_URL"], env["OKTA_TOKEN"] = okta.URL, "okta-token"
	env["ENTRA_ID"], env["ENTRA_SECRET"], env["GRAPH_URL"], env["LOGIN_URL"] = entrasim.ClientID, "entra-secret", entra.URL+"/v1.0", entra.URL
	env["WIKI_SCIM_URL"], env["WIKI_SCIM_TOKEN"] = wiki.URL+"/scim/v2", "wiki-token"
	return f
}

// byHand deletes something at Okta as its administrator would.
func (f *fronts) byHand(t *testing.T, path string) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, f.env["OKTA_URL"]+path, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "SSWS "+f.env["OKTA_TOKEN"])
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusNoContent, resp.StatusCode)
}

func (d *doors) front() *Doors {
	d.t.Helper()
	made, err := NewDoors(d.p.Policy(), d.p.Env, d.p.Vars, freeGate{}, slog.New(slog.DiscardHandler))
	require.NoError(d.t, err)
	d.t.Cleanup(func() { require.NoError(d.t, made.Close()) })
	return made
}

// Both doors of both apps are closed and read back, also the sign-in to an app in
// which the person has no user; the plan told what else the group gives.
func TestALeavingBehindTwoProviders(t *testing.T) {
	t.Parallel()
	f := newFronts(t)
	d := newDoors(t, f.policy, f.env)
	d.set.Doors = d.front()
	d.people(30*time.Minute, 30*time.Hour, nil)
	run, result := d.leave()
	require.Equal(t, domain.RunClosed, result.State)
	over := d.steps(run, "people-app")
	require.Equal(t, domain.StepVerified, over[domain.StepDeactivate].State)
	require.Equal(t, domain.ChannelSCIM, over[domain.StepDeactivate].Channel)
	require.Equal(t, domain.StepVerified, over[domain.StepSignIn].State)
	require.Equal(t, domain.ChannelIDP, over[domain.StepSignIn].Channel)
	require.False(t, f.okta.Member(oktasim.DemoSales, f.okta.UserID(leaver)))
	require.Equal(t, []string{f.okta.UserID(leaver) + "?forgetDevices=true&oauthTokens=true"}, f.okta.Ended(), "they leave altogether: sessions end")
	gone, _ := f.entra.User(f.seeded.Dana)
	require.Equal(t, 1, gone.SessionsEnded)

	wiki := d.steps(run, "wiki")
	require.Equal(t, domain.StepVerified, wiki[domain.StepSignIn].State, "no user there, and none to come")
	for _, row := range f.entra.Deleted() {
		require.Equal(t, f.seeded.Dana, row.Principal)
	}
	require.NotEmpty(t, f.entra.Deleted())
	require.Len(t, f.entra.Members(f.seeded.Sales), 1, "the group keeps whoever stays")
	require.Empty(t, d.said, "nothing was left to people")
}

func TestAReadOnlyProviderLeavesTheSignInToPeople(t *testing.T) {
	t.Parallel()
	f := newFronts(t)
	d := newDoors(t, strings.Replace(f.policy, "kind: okta,", "kind: okta, read_only: true,", 1), f.env)
	d.set.Doors = d.front()
	d.people(30*time.Minute, 60*time.Hour, nil)
	d.env.RegisterDelayedCallback(func() {
		require.Equal(t, domain.StepWaiting, d.steps(d.open(), "people-app")[domain.StepSignIn].State, "a word is not enough: the provider shows it")
		require.Empty(t, f.okta.Writes())
		f.byHand(t, "/api/v1/groups/"+oktasim.DemoSales+"/users/"+f.okta.UserID(leaver))
	}, 5*time.Hour)
	run, result := d.leave()
	require.Equal(t, domain.RunClosed, result.State)
	require.Len(t, f.okta.Writes(), 1)
	require.Equal(t, domain.StepVerified, d.steps(run, "people-app")[domain.StepSignIn].State)
	require.Contains(t, d.said[0].Why, "read")
}

// What doctor says of doors: which is used and why, which rights are missing.
func TestDoctorLooksAtDoors(t *testing.T) {
	t.Parallel()
	f := newFronts(t)
	f.okta.Switch(func(s *oktasim.Switches) { s.Denied = []string{"okta.groups.manage"} })
	d := newDoors(t, f.policy, f.env)
	text := func(id domain.AppID) (all string, fine bool) {
		fine = true
		for _, finding := range examineApp(t.Context(), d.p.Policy(), id, d.p.Env, d.p.Vars) {
			all += finding.What + ": " + finding.Text + "\n"
			fine = fine && finding.OK
		}
		return all, fine
	}
	wiki, fine := text("wiki")
	require.True(t, fine, wiki)
	require.Contains(t, wiki, "app wiki sign-in: entra gives the app")
	require.Contains(t, wiki, "sign_in.revoke: idp: ")
	f.env["OKTA_TOKEN"] = "revoked"
	d.setEnv(d.p, f.env)
	people, fine := text("people-app")
	require.False(t, fine)
	require.NotContains(t, people, "revoked")
	require.NotEmpty(t, RateLimits(d.p.Policy)("entra", "entra/write"), "what is published holds before the first answer")
	require.Nil(t, RateLimits(d.p.Policy)("okta", "okta/apps"))
}

// A browser that is not there keeps no worker from starting.
func TestAMissingBrowserIsNoOutage(t *testing.T) {
	t.Parallel()
	f := newFronts(t)
	f.env["APOLLO_API_KEY"], f.env["APOLLO_BASE_URL"] = "key", "http://127.0.0.1:1/api/v1"
	text := strings.Replace(f.policy, "apps:\n", "apps:\n  leads:\n    kind: apollo.io\n    owner: ada@example.com\n    browser: {profile: nowhere, recipes: {deactivate: nothing.json}}\n", 1)
	d := newDoors(t, text, f.env)
	made := d.front()
	require.Nil(t, made.Recipes("leads"))
	require.NotNil(t, made.SignIn("wiki"))
	found := false
	for _, finding := range examineApp(t.Context(), d.p.Policy(), "leads", d.p.Env, d.p.Vars) {
		found = found || finding.What == "app leads browser" && !finding.OK && strings.Contains(finding.Text, "nothing.json cannot be read")
	}
	require.True(t, found, "doctor tells")
}

func TestAWorkerServesOnlyTheQueuesItIsGiven(t *testing.T) {
	t.Parallel()
	f := newFronts(t)
	d := newDoors(t, f.policy, f.env)
	d.p.Queues = []string{"wiki"}
	served, queues, err := d.p.served()
	require.NoError(t, err)
	require.Equal(t, []string{"wiki"}, queues)
	require.Len(t, served.Apps, 1)
	require.Len(t, d.p.Policy().Apps, 2, "the policy itself stays whole")
	d.p.Queues = []string{"wikis"}
	_, _, err = d.p.served()
	require.ErrorContains(t, err, `no app of the policy has the queue "wikis"`)
}

func TestWhatAProviderToldIsKeptForAWhile(t *testing.T) {
	t.Parallel()
	now, asked := time.Now(), 0
	var fails error
	d := &described{SignIn: asking{describe: func() (domain.SignInFacts, error) { asked++; return domain.SignInFacts{App: "People"}, fails }}, now: func() time.Time { return now }}
	fails = domain.NewFault(domain.FaultUnavailable, "x", "a", "away", nil)
	_, err := d.Describe(t.Context())
	require.Error(t, err)
	fails = nil
	for range 3 {
		facts, err := d.Describe(t.Context())
		require.NoError(t, err)
		require.Equal(t, "People", facts.App)
	}
	require.Equal(t, 2, asked, "failures are not kept")
	now = now.Add(factsLife)
	_, err = d.Describe(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, asked)
}

type asking struct {
	activities.SignIn
	describe func() (domain.SignInFacts, error)
	last     func() (domain.LastSignIn, error)
}

// LastSignIn answers.
func (a asking) LastSignIn(context.Context, string) (domain.LastSignIn, error) { return a.last() }

// Describe answers; nothing else is asked.
func (a asking) Describe(context.Context) (domain.SignInFacts, error) { return a.describe() }

// A provider's pace, or trouble with one person, keeps nobody else from being asked
// about.
func TestLastSignInsOfMany(t *testing.T) {
	t.Parallel()
	asked := 0
	door := asking{last: func() (domain.LastSignIn, error) {
		asked++
		switch asked {
		case 2:
			f := domain.NewFault(domain.FaultRateLimited, "x", "a", "too many", nil)
			f.RetryAt = time.Now().Add(20 * time.Millisecond)
			return domain.LastSignIn{}, f
		case 4:
			return domain.LastSignIn{}, domain.NewFault(domain.FaultForbidden, "x", "a", "grant AuditLog.Read.All", nil)
		}
		return domain.LastSignIn{Seen: domain.Yes}, nil
	}}
	all := []Holder{{user: "1"}, {user: "2"}, {user: "3"}, {user: "4"}, {}}
	done := 0
	require.NoError(t, lastSignIns(t.Context(), door, all, func(n, _ int) { done = n }))
	require.Equal(t, 5, done)
	require.Equal(t, domain.Yes, all[1].LastSignIn.Seen, "it was asked again when the provider said")
	require.Equal(t, domain.Unknown, all[2].LastSignIn.Seen)
	require.Contains(t, all[2].LastSignIn.Why, "AuditLog")
	require.Equal(t, domain.Yes, all[3].LastSignIn.Seen)
	require.Nil(t, all[4].LastSignIn)
}
