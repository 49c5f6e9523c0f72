package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/testsuite"

	"handover/activities"
	"handover/domain"
	"handover/internal/config"
	"handover/internal/desk"
	sim "handover/internal/sim/scim"
	"handover/internal/store"
	"handover/worker"
	"handover/workflows"
)

// doorsPolicy is all that there is of two apps: no Go code knows their names.
const doorsPolicy = `version: 1
company: {name: Example Ltd, time_zone: UTC}
people:
  - {email: ada@example.com, roles: [admin]}
  - {email: bo@example.com, roles: [admin]}
apps:
  people-app:
    kind: scim
    owner: ada@example.com
    second: bo@example.com
    credentials: {scim_url: PEOPLE_SCIM_URL, scim_token: PEOPLE_SCIM_TOKEN}
    roles: {Admin: {admin: yes}, Member: {admin: no}}
  vault:
    kind: manual
    owner: ada@example.com
    second: bo@example.com
    instructions:
      deactivate: In the vault's People page choose Suspend.
      hand-over: Move the leaver's vaults to their manager.
approvals:
  handover:
    stages:
      - {name: owner, who: [app_owner]}
leaving: {sweeps: [0s, 24h]}
`

const leaver = "dana.reyes@example.com"

// away is a Temporal that does not answer: the test plays its part.
type away struct{ client.Client }

func (away) ExecuteWorkflow(context.Context, client.StartWorkflowOptions, any, ...any) (client.WorkflowRun, error) {
	return nil, errors.New("away")
}

// doors is an installation made from a policy text, with its real store, desk,
// connectors and activities.
type doors struct {
	t    *testing.T
	p    *Parts
	env  *testsuite.TestWorkflowEnvironment
	ada  domain.PersonID
	bo   domain.PersonID
	said []domain.Task // tasks as they were asked for
	set  *activities.Set
}

func newDoors(t *testing.T, text string, env map[string]string) *doors {
	t.Helper()
	p := parts(t)
	p.Env.PolicyFile, p.Temporal = filepath.Join(t.TempDir(), "handover.yaml"), away{}
	require.NoError(t, os.WriteFile(p.Env.PolicyFile, []byte(text), 0o600))
	d := &doors{t: t}
	d.setEnv(p, env)
	p, err := New(t.Context(), p)
	require.NoError(t, err)
	d.p, d.env = p, (&testsuite.WorkflowTestSuite{}).NewTestWorkflowEnvironment()
	d.ada, d.bo = d.person("ada@example.com"), d.person("bo@example.com")
	connectors, err := NewConnectors(p.Policy(), p.Vars, freeGate{}, p.Store, p.Log)
	require.NoError(t, err)
	worker.RegisterWorkflows(d.env)
	d.set = &activities.Set{Connectors: connectors, Ledger: p.Store, Transfers: p.Store, Packs: p.packer(), Batches: p.Store, Now: time.Now}
	worker.RegisterActivities(d.env, d.set)
	d.env.SetStartTime(time.Now())
	d.env.SetTestTimeout(time.Minute)
	return d
}

func (d *doors) setEnv(p *Parts, env map[string]string) {
	d.t.Helper()
	_, vars, err := config.ReadEnv(d.t.Context(), envconfig.MapLookuper(env))
	require.NoError(d.t, err)
	p.Vars = vars
}

func (d *doors) person(email string) domain.PersonID {
	d.t.Helper()
	p, err := d.p.Store.PersonByEmail(d.t.Context(), email)
	require.NoError(d.t, err)
	return p.ID
}

// leave plays a leaving that HR started to its end.
func (d *doors) leave() (domain.Run, workflows.OffboardingResult) {
	d.t.Helper()
	run, created, err := d.p.Desk.Offboard(d.t.Context(), desk.Actor{Channel: "hr"}, desk.OffboardRequest{Email: leaver, Now: true})
	require.NoError(d.t, err)
	require.True(d.t, created)
	raw, err := d.p.Store.RunInput(d.t.Context(), run.ID)
	require.NoError(d.t, err)
	var in workflows.OffboardingInput
	require.NoError(d.t, json.Unmarshal(raw, &in))
	d.env.ExecuteWorkflow(workflows.OffboardingType, in)
	require.True(d.t, d.env.IsWorkflowCompleted(), "the run must end")
	require.NoError(d.t, d.env.GetWorkflowError())
	var result workflows.OffboardingResult
	require.NoError(d.t, d.env.GetWorkflowResult(&result))
	return run, result
}

// people has the owner do every task, the second person confirm it, and whoever
// is asked approve, again and again.
func (d *doors) people(every, until time.Duration, confirm *bool) {
	quiet := &testsuite.TestUpdateCallback{OnAccept: func() {}, OnReject: func(error) {}, OnComplete: func(any, error) {}}
	for after := every; after <= until; after += every {
		d.env.RegisterDelayedCallback(func() {
			v, err := d.env.QueryWorkflow(workflows.QueryState)
			require.NoError(d.t, err)
			var state workflows.StateView
			require.NoError(d.t, v.Get(&state))
			for _, a := range state.Approvals {
				if a.State == domain.ApprovalOpen {
					d.env.UpdateWorkflow(workflows.UpdateDecide, "", quiet, workflows.DecideRequest{Approval: a.ID, Digest: a.Digest, Verdict: domain.Approve, Person: d.ada})
				}
			}
			for _, task := range state.Tasks {
				switch {
				case task.State == domain.TaskOpen:
					d.said = append(d.said, task)
					d.env.UpdateWorkflow(workflows.UpdateTask, "", quiet, workflows.TaskRequest{Task: task.ID, Proof: "a screenshot", Person: d.ada})
				case task.State == domain.TaskDone && task.Attest && (confirm == nil || *confirm):
					d.env.UpdateWorkflow(workflows.UpdateConfirm, "", quiet, workflows.TaskRequest{Task: task.ID, Person: d.bo})
				}
			}
		}, after)
	}
}

// open is the one run that has not ended.
func (d *doors) open() domain.Run {
	d.t.Helper()
	runs, err := d.p.Store.ListRuns(d.t.Context(), store.RunFilter{Open: true, Limit: 10})
	require.NoError(d.t, err)
	require.Len(d.t, runs, 1)
	return runs[0]
}

func (d *doors) steps(run domain.Run, app domain.AppID) map[domain.StepKey]domain.StepRecord {
	d.t.Helper()
	rows, err := d.p.Store.Steps(d.t.Context(), run.ID, app)
	require.NoError(d.t, err)
	steps := map[domain.StepKey]domain.StepRecord{}
	for _, r := range rows {
		steps[r.Key] = r
	}
	return steps
}

func peopleApp(t *testing.T) (*sim.Server, string, map[string]string) {
	t.Helper()
	app := sim.New("token", sim.Switches{})
	app.Add("priya.nair@example.com", "Admin")
	app.Add("sam.okafor@example.com", "Admin")
	id := app.Add(leaver, "Member")
	server := httptest.NewServer(app)
	t.Cleanup(server.Close)
	return app, id, map[string]string{"PEOPLE_SCIM_URL": server.URL + "/scim/v2", "PEOPLE_SCIM_TOKEN": "token"}
}

// One leaving in two apps that only the policy file knows: one is cut over SCIM
// and verified, the other by a person and attested by two. Nothing of the second
// ever reads "verified".
func TestALeavingThroughDoorsOfThePolicyAlone(t *testing.T) {
	t.Parallel()
	app, id, env := peopleApp(t)
	d := newDoors(t, doorsPolicy, env)
	d.people(30*time.Minute, 30*time.Hour, nil)
	run, result := d.leave()
	require.Equal(t, domain.RunClosed, result.State)

	over := d.steps(run, "people-app")
	require.Equal(t, domain.StepVerified, over[domain.StepDeactivate].State)
	require.Equal(t, domain.ChannelSCIM, over[domain.StepDeactivate].Channel)
	require.NotEmpty(t, over[domain.StepDeactivate].RequestID)
	require.Equal(t, domain.StepVerified, over[domain.StepSweep].State)
	require.NotContains(t, over, domain.StepHandOver, "the policy says nothing of it")
	u, _ := app.User(id)
	require.False(t, u.Active)
	require.Equal(t, 1, app.Writes())

	by := d.steps(run, "vault")
	require.Len(t, by, 2)
	for key, step := range by {
		require.Equal(t, domain.StepAttested, step.State, key)
		require.Equal(t, domain.ChannelPerson, step.Channel, key)
	}
	first := d.said[0]
	require.Equal(t, domain.AppID("vault"), first.App)
	require.Contains(t, strings.Join(first.Instructions, "\n"), "choose Suspend")
	require.Contains(t, first.Instructions[0], "the last one with the right to administer", "people look where no guard can")
	cuts, err := d.p.Store.CutOffs(t.Context(), run.ID)
	require.NoError(t, err)
	require.Len(t, cuts, 1, "a time to cut-off is counted only to what an app showed")
	claims, err := d.p.Store.Claims(t.Context(), "vault")
	require.NoError(t, err)
	for _, c := range claims {
		require.False(t, c.SettledAt.IsZero(), "the word of two people settles the claim")
	}
	require.Len(t, d.removals(run), 2)
}

func (d *doors) removals(run domain.Run) []domain.AuditEvent {
	d.t.Helper()
	entries, err := d.p.Store.ChainEntries(d.t.Context(), run.ID, 0, 1000)
	require.NoError(d.t, err)
	var removed []domain.AuditEvent
	for _, e := range entries {
		if e.Event.Kind == domain.EventMemberRemoved {
			removed = append(removed, e.Event)
		}
	}
	return removed
}

// A word without a second one leaves the run open.
func TestAManualAppIsNotDoneOnOnePersonsWord(t *testing.T) {
	t.Parallel()
	_, _, env := peopleApp(t)
	d := newDoors(t, doorsPolicy, env)
	second := false
	d.people(30*time.Minute, 60*time.Hour, &second)
	d.env.RegisterDelayedCallback(func() {
		run := d.open()
		require.Equal(t, domain.StepDoneUnverified, d.steps(run, "vault")[domain.StepDeactivate].State)
		require.Len(t, d.removals(run), 1)
		second = true
	}, 20*time.Hour)
	run, result := d.leave()
	require.Equal(t, domain.RunClosed, result.State)
	require.Len(t, d.removals(run), 2)
}

// The last admin of a SCIM app is not cut off: somebody else is asked for first,
// and the app itself shows that they are one.
func TestTheSoleAdminOfASCIMApp(t *testing.T) {
	t.Parallel()
	app := sim.New("token", sim.Switches{})
	eli := app.Add("eli.park@example.com", "Member")
	dana := app.Add(leaver, "Admin")
	server := httptest.NewServer(app)
	t.Cleanup(server.Close)
	d := newDoors(t, doorsPolicy, map[string]string{"PEOPLE_SCIM_URL": server.URL + "/v2", "PEOPLE_SCIM_TOKEN": "token"})
	d.people(30*time.Minute, 60*time.Hour, nil)
	d.env.RegisterDelayedCallback(func() {
		u, _ := app.User(dana)
		require.True(t, u.Active, "the word of a person is not enough")
		app.Change(eli, func(u *sim.User) { u.Roles = []string{"Admin"} })
	}, 2*time.Hour+time.Minute)
	run, result := d.leave()
	require.Equal(t, domain.RunClosed, result.State)
	require.Equal(t, domain.StepVerified, d.steps(run, "people-app")[domain.StepPromote].State)
	u, _ := app.User(dana)
	require.False(t, u.Active)
}

// Nobody can be looked up in an app without an interface, and it stops no preview.
func TestConnectorsAndLimitsOfTheKinds(t *testing.T) {
	t.Parallel()
	_, _, env := peopleApp(t)
	d := newDoors(t, doorsPolicy, env)
	for id := range d.p.Policy().Apps {
		findings := examineApp(t.Context(), d.p.Policy(), id, d.p.Env, d.p.Vars)
		for _, f := range findings {
			require.True(t, f.OK, "%s: %s", f.What, f.Text)
		}
		require.Nil(t, RateLimits(d.p.Policy)(id, "scim/read"))
	}
	env["PEOPLE_SCIM_TOKEN"] = "revoked"
	d.setEnv(d.p, env)
	findings := examineApp(t.Context(), d.p.Policy(), "people-app", d.p.Env, d.p.Vars)
	require.False(t, findings[0].OK)
	require.Contains(t, findings[0].Text, "the SCIM token is refused")
}

// What people will be asked is told beforehand, and that nobody can look.
func TestThePreviewOfAManualApp(t *testing.T) {
	t.Parallel()
	_, _, env := peopleApp(t)
	d := newDoors(t, doorsPolicy, env)
	connectors, err := NewConnectors(d.p.Policy(), d.p.Vars, freeGate{}, d.p.Store, d.p.Log)
	require.NoError(t, err)
	set := &activities.Set{Connectors: connectors, Ledger: d.p.Store, Now: time.Now}
	r, err := set.PreviewLeaving(t.Context(), activities.PreviewInput{App: "vault", Kind: domain.KindManual, Email: leaver, Heirs: map[domain.RecordKind]string{"": "eli.park@example.com"}})
	require.NoError(t, err)
	require.True(t, r.Hidden)
	require.False(t, r.Found)
	require.Empty(t, r.Problem, "nobody inherits anything that could be checked")
	require.Equal(t, domain.GuardWarn, r.Plan.Guards[0].State)
	require.Contains(t, r.Plan.Guards[0].Why, "looks first")
	for _, step := range r.Plan.Steps {
		require.Equal(t, domain.ChannelPerson, step.Channel)
	}
}
