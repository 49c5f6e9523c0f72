package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"handover/domain"
	"handover/internal/desk"
	"handover/workflows"
)

const onlySpace = `version: 1
company: {name: Example Ltd, time_zone: UTC}
people:
  - {email: ada@example.com, roles: [admin]}
  - {email: bo@example.com, roles: [admin]}
apps:
  space:
    kind: apollo.space
    owner: ada@example.com
    second: bo@example.com
    space: {owners: [ada@example.com]}
approvals:
  handover:
    stages:
      - {name: owner, who: [app_owner]}
`

// members is a list off the screen: words such as "ada:Owner".
func members(words ...string) (csv string, n int) {
	csv = "email,role\n"
	for _, word := range words {
		name, role, _ := strings.Cut(word, ":")
		csv += fmt.Sprintf("%s@example.com,%s\n", name, role)
	}
	return csv, len(words)
}

// upload brings a list that was read in this moment.
func (d *doors) upload(words ...string) desk.MemberReport {
	d.t.Helper()
	ada, err := d.p.Store.Person(d.t.Context(), d.ada)
	require.NoError(d.t, err)
	csv, n := members(words...)
	r, err := d.p.Desk.ImportMembers(d.t.Context(), desk.Actor{Person: ada, Channel: "cli"}, desk.MemberUpload{App: "space", CSV: csv, Members: n})
	require.NoError(d.t, err)
	require.Empty(d.t, r.Problems)
	return r
}

// act has people do the open tasks after a while: do works the app, and what they
// said stands in the log as the desk writes it.
func (d *doors) act(after time.Duration, confirm bool, do func(task domain.Task)) {
	quiet := &testsuite.TestUpdateCallback{OnAccept: func() {}, OnReject: func(error) {}, OnComplete: func(any, error) {}}
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
				e := domain.AuditEvent{Key: "done/" + task.ID, Run: task.Run, Kind: domain.EventTaskDone, Actor: d.ada, Subject: task.Subject, App: task.App, Target: task.ID, At: time.Now()}
				require.NoError(d.t, d.p.Store.Record(d.t.Context(), domain.Entry{Run: task.Run, Events: []domain.AuditEvent{e}}))
				do(task)
				d.env.UpdateWorkflow(workflows.UpdateTask, "", quiet, workflows.TaskRequest{Task: task.ID, Proof: "a screenshot", Person: d.ada})
			case task.State == domain.TaskDone && task.Attest && confirm:
				d.env.UpdateWorkflow(workflows.UpdateConfirm, "", quiet, workflows.TaskRequest{Task: task.ID, Person: d.bo})
			}
		}
	}, after)
}

func nothing(domain.Task) {}

func newSpace(t *testing.T) *doors {
	t.Helper()
	return newDoors(t, onlySpace, nil)
}

// Without a list newer than what was done, two people stand for it: nothing reads
// "verified".
func TestLeavingASpaceWithoutANewerList(t *testing.T) {
	t.Parallel()
	for name, before := range map[string][]string{"a list of before": {"ada:Owner", "olga:Owner", "dana.reyes:Member"}, "no list at all": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newSpace(t)
			if before != nil {
				d.upload(before...)
			}
			for i := range 12 {
				d.act(time.Duration(i+1)*30*time.Minute, i > 1, nothing)
			}
			run, result := d.leave()
			require.Equal(t, domain.RunClosed, result.State)
			steps := d.steps(run, "space")
			for _, key := range []domain.StepKey{domain.StepNotes, domain.StepDeactivate, domain.StepIntegrations, domain.StepReassign} {
				require.Equal(t, domain.StepAttested, steps[key].State, key)
			}
			require.Equal(t, domain.StepSkipped, steps[domain.StepPromote].State)
			said := strings.Join(d.said[0].Instructions, "\n")
			require.Less(t, strings.Index(said, "retrieve what the organisation needs"), strings.Index(said, "Remove next to the leaver's name"), "notes first")
			require.Less(t, strings.Index(said, "Look first"), strings.Index(said, "Remove next to the leaver's name"))
			removed := d.removals(run)
			require.Len(t, removed, 1)
			require.Equal(t, "attested", removed[0].Facts["how"])
		})
	}
}

// A list that was read after somebody said so verifies the removal, by its number.
// What no list shows is attested all the same.
func TestANewerListVerifiesTheRemoval(t *testing.T) {
	t.Parallel()
	d := newSpace(t)
	d.upload("ada:Owner", "olga:Owner", "dana.reyes:Member")
	var proof desk.MemberReport
	for i := range 12 {
		d.act(time.Duration(i+1)*30*time.Minute, i > 2, func(task domain.Task) {
			if proof.List.ID == "" {
				proof = d.upload("ada:Owner", "olga:Owner")
			}
		})
	}
	run, result := d.leave()
	require.Equal(t, domain.RunClosed, result.State)
	require.True(t, proof.Changes[0].Explained)
	steps := d.steps(run, "space")
	require.Equal(t, domain.StepVerified, steps[domain.StepDeactivate].State)
	require.Equal(t, proof.List.Ref(), steps[domain.StepDeactivate].RequestID)
	require.Equal(t, domain.StepAttested, steps[domain.StepNotes].State)
	cuts, err := d.p.Store.CutOffs(t.Context(), run.ID)
	require.NoError(t, err)
	require.Len(t, cuts, 1)
}

// Somebody clicks Done and a newer list still shows the member: no second person
// helps.
func TestTwoPeopleDoNotStandAgainstANewerList(t *testing.T) {
	t.Parallel()
	d := newSpace(t)
	d.upload("ada:Owner", "olga:Owner", "dana.reyes:Member")
	shown := false
	for i := range 24 {
		d.act(time.Duration(i+1)*30*time.Minute, true, func(domain.Task) {
			if !shown {
				shown = true
				d.upload("ada:Owner", "olga:Owner", "dana.reyes:Member")
			}
		})
	}
	d.env.RegisterDelayedCallback(func() {
		require.Equal(t, domain.StepWaiting, d.steps(d.open(), "space")[domain.StepDeactivate].State)
		require.Empty(t, d.removals(d.open()))
		d.upload("ada:Owner", "olga:Owner")
	}, 10*time.Hour)
	run, result := d.leave()
	require.Equal(t, domain.RunClosed, result.State)
	require.Equal(t, domain.StepVerified, d.steps(run, "space")[domain.StepDeactivate].State)
}

// The last Owner is not removed before somebody else is one.
func TestTheSoleOwnerOfASpace(t *testing.T) {
	t.Parallel()
	d := newSpace(t)
	d.upload("dana.reyes:Owner", "ada:Admin")
	for i := range 16 {
		d.act(time.Duration(i+1)*30*time.Minute, true, func(task domain.Task) {
			if task.Steps[0] == domain.StepPromote {
				d.upload("dana.reyes:Owner", "ada:Owner")
			}
		})
	}
	run, result := d.leave()
	require.Equal(t, domain.RunClosed, result.State)
	require.Equal(t, []domain.StepKey{domain.StepPromote}, d.said[0].Steps)
	require.Contains(t, d.said[0].Instructions[0], "Only an Owner can")
	require.Contains(t, d.said[1].Steps, domain.StepDeactivate)
	steps := d.steps(run, "space")
	require.Equal(t, domain.StepAttested, steps[domain.StepPromote].State, "no click makes an Owner verified")
	require.Equal(t, domain.StepAttested, steps[domain.StepDeactivate].State)
}

// In a security termination the loss of the notes is accepted by name, and the
// removal does not wait for them.
func TestTheLossOfNotesIsAccepted(t *testing.T) {
	t.Parallel()
	d := newSpace(t)
	quiet := &testsuite.TestUpdateCallback{OnAccept: func() {}, OnReject: func(err error) { require.NoError(t, err) }, OnComplete: func(any, error) {}}
	d.env.RegisterDelayedCallback(func() {
		d.env.UpdateWorkflow(workflows.UpdateSkip, "", quiet, workflows.StepRequest{App: "space", Step: domain.StepNotes, Person: d.ada, Reason: "loss accepted by the head of sales"})
	}, 10*time.Minute)
	for i := range 12 {
		d.act(time.Duration(i+1)*30*time.Minute, true, nothing)
	}
	run, result := d.leave()
	require.Equal(t, domain.RunClosed, result.State)
	steps := d.steps(run, "space")
	require.Equal(t, domain.StepSkipped, steps[domain.StepNotes].State)
	require.Contains(t, steps[domain.StepNotes].Why, "loss accepted by the head of sales")
	require.Equal(t, domain.StepAttested, steps[domain.StepDeactivate].State)
}

// Who is in no list that counts has no account; the doctor says what it can.
func TestNobodyIsRemovedWhoIsInNoList(t *testing.T) {
	t.Parallel()
	d := newSpace(t)
	list := d.upload("ada:Owner", "olga:Owner")
	run, result := d.leave()
	require.Equal(t, domain.RunClosed, result.State)
	removal := d.steps(run, "space")[domain.StepDeactivate]
	require.Equal(t, domain.StepVerified, removal.State)
	require.Equal(t, list.List.Ref(), removal.RequestID)
	require.Empty(t, d.said)
	for _, f := range examineApp(t.Context(), d.p.Policy(), "space", d.p.Env, d.p.Vars) {
		require.True(t, f.OK, f.Text)
	}
}
