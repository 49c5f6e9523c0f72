package desk_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

// under starts a leaving of Dana under an approval entry and gives its input.
func (w *world) under(who string, setting domain.ApprovalSetting) (domain.ApprovalPolicy, domain.ApprovalPolicy) {
	w.t.Helper()
	w.policy.Approvals["p"] = &setting
	w.policy.Apps["apollo"].Approval = "p"
	in := w.input(w.start(who, leaving("dana")).ID)
	return in.Apps[0].Approval, in.Apps[0].ForStart
}

func oneStage(s domain.StageSetting) domain.ApprovalSetting {
	s.Name = "s"
	return domain.ApprovalSetting{Stages: []domain.StageSetting{s}}
}

func TestThePolicyIsFrozenWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	setting := oneStage(domain.StageSetting{Who: []string{"manager", "gil@example.com"}, Backup: []string{"security"}, Timeout: 3 * time.Hour, OnTimeout: domain.TimeoutEscalate, Quorum: 2})
	setting.HighRisk, setting.Reminder, setting.Distinct = true, time.Hour, true
	p, _ := w.under("ada", setting)
	require.Equal(t, "p", p.Name)
	require.True(t, p.HighRisk && p.DistinctStage)
	require.Equal(t, time.Hour, p.Reminder)
	require.Equal(t, []domain.RecordKind{domain.Deals}, p.Gains, "commissions hang on deals")
	require.Equal(t, w.id("eli"), p.DefaultHeir)
	s := p.Stages[0]
	require.Equal(t, w.ids("eli", "gil"), s.Approvers)
	require.Equal(t, w.ids("sec", "sid"), s.Backup)
	require.Equal(t, domain.TimeoutEscalate, s.OnTimeout)
	require.Equal(t, map[domain.PersonID]string{w.id("eli"): "manager", w.id("gil"): "named", w.id("sec"): "role:security", w.id("sid"): "role:security"}, s.Refs)
	require.Equal(t, w.ids("ada", "bo", "amy"), p.Fallback, "owner, backup, every administrator")
	for _, who := range []string{"eli", "gil", "sec", "sid", "ada", "bo", "amy"} {
		require.Equal(t, "Europe/Berlin", p.Calendars[w.id(who)].Zone, who)
	}
	require.Len(t, p.Calendars, 7, "of nobody else")
}

func TestWhatThePolicySaysOfHeirs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	no := false
	setting := oneStage(domain.StageSetting{Who: []string{"manager"}})
	setting.Gains, setting.Heir = &[]domain.RecordKind{}, &no
	p, _ := w.under("ada", setting)
	require.Empty(t, p.Gains)
	require.Empty(t, p.DefaultHeir)
}

func TestWhatACutOffWaitsForCannotHang(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		setting  domain.ApprovalSetting
		who      string
		backup   []string
		timeout  time.Duration
		reminder time.Duration
	}{
		"nothing said":       {oneStage(domain.StageSetting{Who: []string{"manager"}}), "ada", []string{"bo"}, 4 * time.Hour, 4 * time.Hour},
		"the backup decides": {oneStage(domain.StageSetting{Who: []string{"app_backup"}}), "ada", []string{"amy"}, 4 * time.Hour, 4 * time.Hour},
		"a backup is named": {oneStage(domain.StageSetting{Who: []string{"manager"}, Backup: []string{"gil@example.com"}, Timeout: time.Hour}), "ada",
			[]string{"gil"}, time.Hour, 4 * time.Hour},
		"silence denies": {oneStage(domain.StageSetting{Who: []string{"manager"}, Timeout: time.Hour, OnTimeout: domain.TimeoutDeny}), "ada", nil, time.Hour, 4 * time.Hour},
	} {
		w := newWorld(t)
		plan, start := w.under(c.who, c.setting)
		s := start.Stages[0]
		require.Equal(t, w.ids(c.backup...), s.Backup, name)
		require.Equal(t, c.timeout, s.Timeout, name)
		require.Equal(t, c.reminder, start.Reminder, name)
		require.Empty(t, start.Calendars, "the wall clock: %s", name)
		require.Equal(t, c.setting.Stages[0].Timeout, plan.Stages[0].Timeout, "a plan keeps what the entry says: %s", name)
		for _, id := range s.Backup {
			require.NotEmpty(t, s.Refs[id], name)
		}
	}
}

func TestTheSecondPersonOfASecurityTerminationIsAskedForMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.input(w.start("sec", desk.OffboardRequest{Email: "dana@example.com", CutNow: true}).ID)
	s := in.ConfirmCutNow.Stages[0]
	require.Equal(t, w.ids("sid"), s.Approvers)
	require.Equal(t, w.ids("bo"), s.Backup)
	require.Equal(t, 15*time.Minute, s.Timeout)
	require.Equal(t, 15*time.Minute, in.ConfirmCutNow.Reminder)
	require.Empty(t, in.ConfirmCutNow.Calendars)
	require.Empty(t, in.ConfirmCutNow.Gains, "nobody gains by it")
	require.Empty(t, in.Apps[0].ForStart.Stages, "nothing is waited for")

	w.policy.Approvals["second"] = &domain.ApprovalSetting{Stages: []domain.StageSetting{{Name: "s", Who: []string{"security"}, Timeout: 5 * time.Minute}}, Reminder: 8 * time.Hour}
	w.policy.Leaving.CutNow.Approval = "second"
	in = w.input(w.start("sec", desk.OffboardRequest{Email: "gil@example.com", CutNow: true}).ID)
	require.Equal(t, 5*time.Minute, in.ConfirmCutNow.Stages[0].Timeout)
	require.Equal(t, 15*time.Minute, in.ConfirmCutNow.Reminder, "not after a working day")
}

func TestEntriesForStartAndDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.policy.Apps["apollo"]
	setting := oneStage(domain.StageSetting{Who: []string{"manager"}})
	w.policy.Approvals["plan"], w.policy.Approvals["start"], w.policy.Approvals["drift"] = &setting, &setting, &setting
	app.Approval, app.StartApproval, app.DriftApproval = "plan", "start", "drift"
	in := w.input(w.start("ada", leaving("dana")).ID).Apps[0]
	require.Equal(t, []string{"plan", "start", "drift"}, []string{in.Approval.Name, in.ForStart.Name, in.ForDrift.Name})
	app.DriftApproval = "plan"
	in = w.input(w.start("hr", desk.OffboardRequest{Email: "gil@example.com", Employment: "emp-9", Now: true}).ID).Apps[0]
	require.Empty(t, in.ForDrift.Stages, "as the plan's")
	require.Empty(t, in.ForStart.Stages, "HR's word is enough")
}

func TestOnlyALeavingOfThePersonEndsTheirOwnRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.True(t, w.input(w.start("ada", leaving("dana")).ID).EndRights)
	require.True(t, w.input(w.start("hr", desk.OffboardRequest{Email: "bo@example.com", Employment: "emp-1", Now: true}).ID).EndRights)
	require.True(t, w.input(w.start("sec", desk.OffboardRequest{Email: "aud@example.com", CutNow: true}).ID).EndRights)
	one := leaving("gil")
	one.Apps = []domain.AppID{"apollo"}
	require.False(t, w.input(w.start("ada", one).ID).EndRights)
}

func TestReferencesToSlackBecomePeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bind := func(team, user, who string) {
		_, err := w.st.BindChat(t.Context(), store.ChatUser{Team: team, User: user}, w.id(who))
		require.NoError(t, err)
	}
	bind("T1", "U1", "gil")
	bind("T1", "U2", "finn")
	bind("T2", "U2", "aud")
	for i := range w.policy.People {
		if w.policy.People[i].Name == "bo" {
			w.policy.People[i].Slack = "U3"
		}
	}
	require.NoError(t, w.st.SetGroup(t.Context(), "S1", w.ids("finn", "dana", "gil")))
	for name, c := range map[string]struct {
		refs []string
		want []string
	}{
		"a user who is bound":             {[]string{"slack:U1"}, []string{"gil"}},
		"a user whom the file names":      {[]string{"slack:U3"}, []string{"bo"}},
		"a user of two teams is nobody":   {[]string{"slack:U2"}, []string{"bo"}},
		"a user whom nobody knows":        {[]string{"slack:U9"}, []string{"bo"}},
		"a group, without the leaver":     {[]string{"slack_group:S1"}, []string{"finn", "gil"}},
		"a group of nobody":               {[]string{"slack_group:S9"}, []string{"bo"}},
		"somebody in two of them, once":   {[]string{"slack:U1", "slack_group:S1", "gil@example.com"}, []string{"gil", "finn"}},
		"finance is the role":             {[]string{"finance"}, []string{"finn"}},
		"security is the role":            {[]string{"security"}, []string{"sec", "sid"}},
		"a role and its holder, once":     {[]string{"role:hr", "hana@example.com"}, []string{"hana"}},
		"an email in another writing too": {[]string{"Gil@Example.com", "gil@example.com"}, []string{"gil"}},
	} {
		setting := oneStage(domain.StageSetting{Who: c.refs})
		w.policy.Approvals["p"] = &setting
		w.policy.Apps["apollo"].Approval = "p"
		run := w.start("ada", leaving("dana"))
		require.ElementsMatch(t, w.ids(c.want...), w.input(run.ID).Apps[0].Approval.Stages[0].Approvers, name)
		require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, RunState: domain.RunRetracted}))
	}
}

func TestNobodyOutsideStandsInThePolicyOfAConfidentialRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	setting := domain.ApprovalSetting{Stages: []domain.StageSetting{
		{Name: "manager", Who: []string{"manager", "sid@example.com"}, Backup: []string{"role:admin", "eli@example.com"}, Quorum: 2, Timeout: time.Hour},
		{Name: "money", Who: []string{"finance"}}}}
	w.policy.Approvals["p"] = &setting
	w.policy.Apps["apollo"].Approval, w.policy.Apps["apollo"].DriftApproval = "p", "p2"
	w.policy.Approvals["p2"] = &setting
	w.policy.Leaving.CutNow.Approval = "p"
	in := w.input(secretRun(w).ID)
	named := w.ids("sec", "eli", "sid")
	for _, p := range []domain.ApprovalPolicy{in.Apps[0].Approval, in.Apps[0].ForDrift, in.ConfirmCutNow} {
		require.Len(t, p.Stages, 2)
		everybody := slices.Clone(p.Fallback)
		for id := range p.Calendars {
			everybody = append(everybody, id)
		}
		for _, s := range p.Stages {
			require.NotEmpty(t, s.Approvers)
			require.NotContains(t, s.Approvers, w.id("sec"), "whoever asked does not decide")
			everybody = slices.Concat(everybody, s.Approvers, s.Backup)
			for id := range s.Refs {
				everybody = append(everybody, id)
			}
		}
		for _, id := range everybody {
			require.Contains(t, named, id, "%s is not named in the run", id)
		}
		raw, err := json.Marshal(p)
		require.NoError(t, err)
		for _, who := range []string{"ada", "amy", "bo", "finn", "hana"} {
			require.NotContains(t, string(raw), string(w.id(who)), "%s stands somewhere in it", who)
		}
		require.Equal(t, 2, p.Stages[0].Quorum, "two of those named")
	}
	require.NotEmpty(t, in.ConfirmCutNow.Stages[1].Timeout)
}

func TestAnEditedPolicyStrandsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.decides()
	setting := oneStage(domain.StageSetting{Who: []string{"manager"}})
	frozen, _ := w.under("ada", setting)
	runs, err := w.st.ListRuns(t.Context(), store.RunFilter{})
	require.NoError(t, err)
	approval, _ := w.request(runs[0], "eli", "ada")
	row, err := w.st.Approval(t.Context(), approval)
	require.NoError(t, err)
	row.Policy, row.PolicyDigest = frozen, frozen.Digest()
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: row.Run, Approvals: []domain.Approval{row}}))

	edited := policy()
	edited.Hash = "h2"
	delete(edited.Approvals, "p")
	edited.Apps["apollo"].Owner, edited.Apps["apollo"].Approval = "gil@example.com", "other"
	edited.People = slices.DeleteFunc(edited.People, func(p domain.PersonPolicy) bool { return p.Name == "eli" })
	w.policy = edited
	require.NoError(t, w.SyncPeople(t.Context(), edited))

	_, err = w.Decide(t.Context(), w.as("gil"), approval, "", domain.Approve, "")
	require.Equal(t, domain.RefusedNotApprover, code(err), "whom only the new file would ask is not asked")
	after, err := w.Decide(t.Context(), w.as("eli"), approval, "", domain.Approve, "")
	require.NoError(t, err, "whoever was asked still decides")
	require.Equal(t, domain.ApprovalApproved, after.State)
	require.Equal(t, frozen.Digest(), after.Policy.Digest())
}
