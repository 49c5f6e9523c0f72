package desk_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
	"handover/workflows"
)

// found makes the app list one user with an email.
func (w *world) found(name string) {
	w.tmp.previews = func() ([]workflows.PreviewAnswer, error) {
		return []workflows.PreviewAnswer{{App: "apollo", Result: workflows.PreviewResult{Found: true, Complete: true, Email: name + "@example.com", Name: name}}}, nil
	}
}

func TestManyStartsAtOnceAreOneRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids, made := make([]string, 20), make([]bool, 20)
	var wg sync.WaitGroup
	ada := w.as("ada")
	for i := range ids {
		wg.Go(func() {
			run, created, err := w.Offboard(t.Context(), ada, leaving("dana"))
			if err == nil {
				ids[i], made[i] = run.ID, created
			}
		})
	}
	wg.Wait()
	created := 0
	for i := range ids {
		require.Equal(t, ids[0], ids[i])
		if made[i] {
			created++
		}
	}
	require.Equal(t, 1, created)
	require.Len(t, w.tmp.started, 1)
	require.Len(t, w.events(store.AuditFilter{Run: ids[0], Kind: domain.EventRunStarted}), 1)
}

func TestNeedsApproval(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		who, setting string
		cutNow, want bool
	}{
		{"hr", domain.CutOffWhenNotHR, false, false}, {"hr", domain.CutOffAlways, false, true}, {"ada", domain.CutOffWhenNotHR, false, true},
		{"hana", domain.CutOffWhenNotHR, false, true}, {"sec", domain.CutOffWhenNotHR, true, false}, {"sec", domain.CutOffAlways, true, false},
	} {
		w := newWorld(t)
		w.policy.Leaving.CutOffApproval = c.setting
		req := leaving("dana")
		req.CutNow = c.cutNow
		in := w.input(w.start(c.who, req).ID)
		require.Equal(t, c.want, in.NeedsApproval, "%s under %s", c.who, c.setting)
	}
}

func TestReferencesOfThePolicyBecomePeople(t *testing.T) {
	t.Parallel()
	stage := func(who ...string) domain.StageSetting { return domain.StageSetting{Name: "s", Who: who} }
	for name, c := range map[string]struct {
		leaver, requester string
		stage             domain.StageSetting
		self              bool
		want              []string
	}{
		"the manager":                       {"dana", "ada", stage("manager"), false, []string{"eli"}},
		"no manager: owner and backup":      {"gil", "sec-ish", stage("manager"), false, []string{"ada", "bo"}},
		"whoever asked is not asked":        {"dana", "ada", stage("app_owner"), false, []string{"bo"}},
		"unless the policy lets them":       {"dana", "ada", stage("app_owner"), true, []string{"ada"}},
		"the leaver is not asked":           {"amy", "hana", stage("amy@example.com"), false, []string{"ada", "bo"}},
		"everybody with a role":             {"dana", "hana", stage("role:security"), false, []string{"sec", "sid"}},
		"a role that nobody holds":          {"dana", "hana", stage("role:nothing"), false, []string{"ada", "bo"}},
		"the leaver among those of a role":  {"amy", "hana", stage("role:admin"), false, []string{"ada"}},
		"a name, once":                      {"dana", "hana", stage("bo@example.com", "app_backup"), false, []string{"bo"}},
		"two are needed and one is left":    {"dana", "ada", domain.StageSetting{Name: "s", Who: []string{"app_owner", "manager"}, Quorum: 2}, false, []string{"eli", "bo"}},
		"owner and backup are both out too": {"bo", "ada", stage("manager"), false, []string{"amy"}},
	} {
		w := newWorld(t)
		w.policy.Approvals["p"] = &domain.ApprovalSetting{Self: c.self, Stages: []domain.StageSetting{c.stage}}
		w.policy.Apps["apollo"].Approval = "p"
		who := c.requester
		if who == "sec-ish" {
			who = "hana"
		}
		in := w.input(w.start(who, leaving(c.leaver)).ID)
		require.Equal(t, w.ids(c.want...), in.Apps[0].Approval.Stages[0].Approvers, name)
		require.NoError(t, in.Apps[0].Approval.Valid(), name)
	}
}

func TestAStartThatNobodyCouldApproveIsRefused(t *testing.T) {
	t.Parallel()
	two := []domain.StageSetting{{Name: "one", Who: []string{"bo@example.com"}, Quorum: 1}, {Name: "two", Who: []string{"bo@example.com"}, Quorum: 3}}
	for name, c := range map[string]struct {
		who     string
		setting domain.ApprovalSetting
		ok      bool
	}{
		"more than there are":            {"ada", domain.ApprovalSetting{Stages: []domain.StageSetting{{Name: "one", Who: []string{"role:admin"}, Quorum: 9}}}, false},
		"the stages share their people":  {"ada", domain.ApprovalSetting{Stages: two, Distinct: true}, false},
		"each may decide in every stage": {"hana", domain.ApprovalSetting{Stages: two}, true},
	} {
		w := newWorld(t)
		w.policy.Approvals["start"] = &c.setting
		w.policy.Apps["apollo"].StartApproval = "start"
		_, _, err := w.Offboard(t.Context(), w.as(c.who), leaving("dana"))
		if c.ok {
			require.NoError(t, err, name)
			continue
		}
		require.Equal(t, domain.RefusedState, code(err), name)
		require.ErrorContains(t, err, "name more approvers", name)
	}
}

func TestWhatTheLeaverDoesInsideHandoverGoesToSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.policy.Apps["apollo"]
	app.Owner, app.Backup, app.Second = "amy@example.com", "bo@example.com", "amy@example.com"
	in := w.input(w.start("hana", leaving("amy")).ID)
	require.Equal(t, w.id("bo"), in.Apps[0].Owner)
	require.NotContains(t, in.Tell, w.id("amy"))
	require.NotContains(t, []domain.PersonID{in.Apps[0].Backup, in.Apps[0].Second}, w.id("amy"))

	app.Owner, app.Backup = "amy@example.com", ""
	require.Equal(t, w.id("ada"), w.input(w.start("hr", desk.OffboardRequest{Email: "amy@example.com", Employment: "emp-2", Now: true}).ID).Apps[0].Owner)
}

func TestHeirsAreTheManagerUnlessChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, map[domain.RecordKind]domain.PersonID{"": w.id("eli")}, w.input(w.start("ada", leaving("dana")).ID).Heirs)
	req := leaving("gil")
	req.Heirs = map[domain.RecordKind]string{domain.Deals: "bo@example.com"}
	require.Equal(t, map[domain.RecordKind]domain.PersonID{domain.Deals: w.id("bo")}, w.input(w.start("ada", req).ID).Heirs, "no manager, so nobody for the rest")
}

func TestWhoCannotBeMeantIsRefusedAndRecorded(t *testing.T) {
	t.Parallel()
	answers := func(r workflows.PreviewResult, fault string) func() ([]workflows.PreviewAnswer, error) {
		return func() ([]workflows.PreviewAnswer, error) {
			return []workflows.PreviewAnswer{{App: "apollo", Result: r, Fault: fault, Text: "the key was revoked: make a new one"}}, nil
		}
	}
	moment := func(local, zone string) desk.OffboardRequest {
		return desk.OffboardRequest{Email: "dana@example.com", LastMoment: &domain.LastMoment{Local: local, Zone: zone}}
	}
	with := func(change func(*desk.OffboardRequest)) desk.OffboardRequest {
		req := leaving("dana")
		change(&req)
		return req
	}
	nobody := answers(workflows.PreviewResult{Complete: true}, "")
	for name, c := range map[string]struct {
		req      desk.OffboardRequest
		previews func() ([]workflows.PreviewAnswer, error)
		code     string
		says     string
	}{
		"unknown to all":                   {leaving("typo"), nobody, domain.RefusedUnknown, "check the spelling"},
		"two with one email":               {leaving("dana"), answers(workflows.PreviewResult{Ambiguous: 2}, ""), domain.RefusedState, "account id"},
		"unknown, and an app shows nobody": {leaving("typo"), answers(workflows.PreviewResult{Hidden: true}, ""), domain.RefusedUnknown, "check the spelling"},
		"list cut short":                   {leaving("dana"), answers(workflows.PreviewResult{}, ""), domain.RefusedState, "try again"},
		"app does not answer":              {leaving("dana"), answers(workflows.PreviewResult{}, "unauthenticated"), domain.RefusedState, "make a new one"},
		"successor does not fit":           {leaving("dana"), answers(workflows.PreviewResult{Problem: "the successor's user is deactivated"}, ""), domain.RefusedState, "deactivated"},
		"no email at all":                  {desk.OffboardRequest{Email: "dana", Now: true}, nobody, domain.RefusedReason, "work email"},
		"no moment":                        {desk.OffboardRequest{Email: "dana@example.com"}, nobody, domain.RefusedReason, "say when"},
		"in the past":                      {moment("2026-11-30T17:30", "Europe/Berlin"), nobody, domain.RefusedReason, "--now"},
		"ten years ahead":                  {moment("2036-12-18T17:30", "Europe/Berlin"), nobody, domain.RefusedReason, "check the year"},
		"no such zone":                     {moment("2026-12-18T17:30", "Berlin"), nobody, domain.RefusedReason, "Europe/Berlin"},
		"with an offset":                   {moment("2026-12-18T17:30+01:00", "Europe/Berlin"), nobody, domain.RefusedReason, "without an offset"},
		"no such app":                      {with(func(r *desk.OffboardRequest) { r.Apps = []domain.AppID{"appolo"} }), nobody, domain.RefusedUnknown, "check the name"},
		"inherits from themselves": {with(func(r *desk.OffboardRequest) { r.Heirs = map[domain.RecordKind]string{"": "dana@example.com"} }), nobody,
			domain.RefusedState, "another successor"},
		"a reader without email": {with(func(r *desk.OffboardRequest) { r.Readers = []string{"eli"} }), nobody, domain.RefusedReason, "work email"},
		"no such account":        {desk.OffboardRequest{Account: "5f", Now: true}, nobody, domain.RefusedUnknown, "account id"},
	} {
		w := newWorld(t)
		w.tmp.previews = c.previews
		_, _, err := w.Offboard(t.Context(), w.as("ada"), c.req)
		require.Equal(t, c.code, code(err), name)
		require.ErrorContains(t, err, c.says, name)
		require.NotContains(t, err.Error(), "@", name)
		require.Len(t, w.refusals("ada"), 1, name)
		runs, err := w.st.ListRuns(t.Context(), store.RunFilter{})
		require.NoError(t, err)
		require.Empty(t, runs, name)
	}
}

func TestASuccessorWhoLeavesTooIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start("ada", leaving("bo"))
	req := leaving("dana")
	req.Heirs = map[domain.RecordKind]string{"": "bo@example.com"}
	_, _, err := w.Offboard(t.Context(), w.as("ada"), req)
	require.ErrorContains(t, err, "leaving too")

	secret := desk.OffboardRequest{Email: "gil@example.com", CutNow: true, Confidential: true, Readers: []string{"eli@example.com"}}
	w.start("sec", secret)
	req.Heirs = map[domain.RecordKind]string{"": "gil@example.com"}
	_, _, err = w.Offboard(t.Context(), w.as("ada"), req)
	require.Equal(t, domain.RefusedState, code(err))
	require.NotContains(t, err.Error(), "leaving", "a confidential leaving is not told by the way")
}

func TestAnAccountIDFindsThePersonBehindIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.found("nell")
	run := w.start("ada", desk.OffboardRequest{Account: "5f00", Now: true})
	require.Equal(t, w.id("nell"), run.Person)
}

func TestAMistypedSecurityTerminationStartsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := desk.OffboardRequest{Email: "typo@example.com", CutNow: true}
	_, _, err := w.Offboard(t.Context(), w.as("sec"), req)
	require.Equal(t, domain.RefusedUnknown, code(err))
	w.tmp.previews = func() ([]workflows.PreviewAnswer, error) {
		return []workflows.PreviewAnswer{{App: "apollo", Fault: "unavailable", Text: "away"}}, nil
	}
	w.start("sec", req) // an app that is away stops no security termination
}

func TestNobodyLeftToDecideIsToldBeforeTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy.People = []domain.PersonPolicy{{Email: "ada@example.com", Roles: []domain.Role{domain.RoleAdmin}}, {Email: "sec@example.com", Roles: []domain.Role{domain.RoleSecurity}}}
	w.policy.Apps["apollo"].Backup = ""
	_, _, err := w.Offboard(t.Context(), w.as("ada"), leaving("gil"))
	require.ErrorContains(t, err, "name more approvers")

	w.policy.People = w.policy.People[1:]
	w.policy.Leaving.CutNow.Confirm = domain.ConfirmBefore
	_, _, err = w.Offboard(t.Context(), w.as("sec"), desk.OffboardRequest{Email: "gil@example.com", CutNow: true})
	require.ErrorContains(t, err, "second person")
}

func TestRetractedAndForOneAppOnlySwallowNoLaterLeaving(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy.Apps["second"] = w.policy.Apps["apollo"]
	one := leaving("dana")
	one.Apps = []domain.AppID{"second"}
	first := w.start("ada", one)
	all := w.start("ada", leaving("dana"))
	require.NotEqual(t, first.ID, all.ID)
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: all.ID, RunState: domain.RunRetracted}))
	require.NotEqual(t, all.ID, w.start("ada", leaving("dana")).ID)
}

func TestTheInputFreezesThePolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy.Apps["apollo"].Protected = []string{"Dana@Example.com"}
	in := w.input(w.start("ada", leaving("dana")).ID)
	require.Equal(t, time.Date(2026, 12, 18, 16, 30, 0, 0, time.UTC), in.Due)
	require.True(t, in.Apps[0].Protected)
	require.Equal(t, "h1", in.PolicyHash)
	require.Equal(t, []workflows.Secret{{Name: "api-key", Owner: w.id("bo")}}, in.Apps[0].Secrets)
	require.Equal(t, w.ids("sec", "sid"), in.ConfirmCutNow.Stages[0].Approvers)
	require.ElementsMatch(t, w.ids("ada", "amy"), in.Admins)
}
