package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func oneStage(quorum int, approvers ...domain.PersonID) domain.ApprovalPolicy {
	return domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Name: "manager", Approvers: approvers, Backup: []domain.PersonID{"backup"}, Quorum: quorum, Timeout: time.Hour}}}
}

func request(p domain.ApprovalPolicy) domain.Approval {
	return domain.Approval{ID: "a1", Digest: "v1:d", Policy: p, Subject: "dana", Requester: "rita", Gains: []domain.PersonID{"gus"},
		State: domain.ApprovalOpen, StageAt: begin, LateAt: begin.Add(time.Hour), OpenedAt: begin}
}

func says(who domain.PersonID) domain.Decision {
	return domain.Decision{Actor: who, Verdict: domain.Approve, Digest: "v1:d", At: begin}
}

func decision(who domain.PersonID, change func(*domain.Decision)) domain.Decision {
	d := says(who)
	change(&d)
	return d
}

func TestDecisionsThatAreRefused(t *testing.T) {
	t.Parallel()
	everybody := []domain.PersonID{"eli", "ada", "dana", "rita", "gus"}
	two := domain.ApprovalPolicy{DistinctStage: true, Stages: []domain.ApprovalStage{{Approvers: everybody, Quorum: 1}, {Approvers: everybody, Quorum: 1}}}
	for name, c := range map[string]struct {
		a    domain.Approval
		d    domain.Decision
		code string
	}{
		"a verdict of no kind":          {request(oneStage(1, "eli")), decision("eli", func(d *domain.Decision) { d.Verdict = "maybe" }), domain.RefusedVerdict},
		"an outdated plan":              {request(oneStage(1, "eli")), decision("eli", func(d *domain.Decision) { d.Digest = "v1:old" }), domain.RefusedOutdated},
		"a denial without a reason":     {request(oneStage(1, "eli")), decision("eli", func(d *domain.Decision) { d.Verdict = domain.Deny }), domain.RefusedReason},
		"the leaver":                    {request(oneStage(1, everybody...)), says("dana"), domain.RefusedSelf},
		"somebody for the leaver":       {request(oneStage(1, everybody...)), decision("eli", func(d *domain.Decision) { d.ActingFor = "dana" }), domain.RefusedSelf},
		"the leaver for somebody":       {request(oneStage(1, everybody...)), decision("dana", func(d *domain.Decision) { d.ActingFor = "eli" }), domain.RefusedSelf},
		"who asked":                     {request(oneStage(1, everybody...)), says("rita"), domain.RefusedSelf},
		"who asked, for somebody":       {request(oneStage(1, everybody...)), decision("rita", func(d *domain.Decision) { d.ActingFor = "eli" }), domain.RefusedSelf},
		"somebody for who asked":        {request(oneStage(1, everybody...)), decision("eli", func(d *domain.Decision) { d.ActingFor = "rita" }), domain.RefusedSelf},
		"who gains":                     {request(oneStage(1, everybody...)), says("gus"), domain.RefusedSelf},
		"who gains, for somebody":       {request(oneStage(1, everybody...)), decision("gus", func(d *domain.Decision) { d.ActingFor = "eli" }), domain.RefusedSelf},
		"a stranger":                    {request(oneStage(1, "eli")), says("mallory"), domain.RefusedNotApprover},
		"an approver for a stranger":    {request(oneStage(1, "eli")), decision("eli", func(d *domain.Decision) { d.ActingFor = "mallory" }), domain.RefusedNotApprover},
		"the backup too early":          {request(oneStage(1, "eli")), says("backup"), domain.RefusedNotApprover},
		"a policy that names nobody":    {request(domain.ApprovalPolicy{}), says("eli"), domain.RefusedNotApprover},
		"one person twice":              {request(oneStage(2, "eli", "ada")).Apply(says("eli")), says("eli"), domain.RefusedRepeat},
		"one person for another":        {request(oneStage(2, "eli", "ada")).Apply(says("eli")), decision("eli", func(d *domain.Decision) { d.ActingFor = "ada" }), domain.RefusedRepeat},
		"another for the same":          {request(oneStage(2, "eli", "ada")).Apply(says("eli")), decision("ada", func(d *domain.Decision) { d.ActingFor = "eli" }), domain.RefusedRepeat},
		"one person in two stages":      {request(two).Apply(says("eli")), says("eli"), domain.RefusedRepeat},
		"after it was approved":         {request(oneStage(1, "eli", "ada")).Apply(says("eli")), says("ada"), domain.RefusedSettled},
		"after it was denied":           {request(oneStage(1, "eli", "ada")).Apply(decision("eli", func(d *domain.Decision) { d.Verdict = domain.Deny })), says("ada"), domain.RefusedSettled},
		"after a newer plan came":       {replaced(request(oneStage(1, "eli"))), says("eli"), domain.RefusedSettled},
		"a plan that is not there yet":  {planless(request(oneStage(1, "eli"))), decision("eli", func(d *domain.Decision) { d.Digest = "" }), domain.RefusedState},
		"everything wrong and no state": {replaced(request(oneStage(1, "eli"))), decision("mallory", func(d *domain.Decision) { d.Digest = "" }), domain.RefusedSettled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusal := c.a.Check(c.d, begin)
			require.NotNil(t, refusal)
			require.Equal(t, c.code, refusal.Code)
			require.NotEmpty(t, refusal.Error())
		})
	}
}

func replaced(a domain.Approval) domain.Approval {
	a.State = domain.ApprovalReplaced
	return a
}

func planless(a domain.Approval) domain.Approval {
	a.Digest = ""
	return a
}

func TestWhoeverInheritsByRuleGainsOnlyByChoice(t *testing.T) {
	t.Parallel()
	type heirs = map[domain.RecordKind]domain.PersonID
	p := domain.ApprovalPolicy{Gains: []domain.RecordKind{domain.Deals}, DefaultHeir: "eli"}
	for name, c := range map[string]struct {
		now, first heirs
		gain       []domain.PersonID
	}{
		"the rule itself":                    {heirs{"": "eli"}, heirs{"": "eli"}, nil},
		"chosen by somebody":                 {heirs{"": "ada"}, heirs{"": "eli"}, []domain.PersonID{"ada"}},
		"chosen by themselves, against HR":   {heirs{"": "ada", domain.Deals: "eli"}, heirs{"": "ada"}, []domain.PersonID{"eli"}},
		"back to the rule":                   {heirs{"": "ada", domain.Deals: "eli"}, heirs{"": "eli"}, nil},
		"what is no gain is for who is free": {heirs{"": "eli", domain.Contacts: "ada"}, heirs{"": "eli"}, nil},
	} {
		require.Equal(t, c.gain, p.Gainers(c.now, c.first), name)
	}
}

func TestAStageThatIsLateStaysLate(t *testing.T) {
	t.Parallel()
	a := request(oneStage(1, "eli"))
	a.Policy.Calendars = map[domain.PersonID]domain.Calendar{"far": {Zone: "UTC", Days: []time.Weekday{time.Sunday}, From: 0, Until: 60}}
	a.Policy.Fallback = []domain.PersonID{"far"}
	after := begin.Add(2 * time.Hour)
	moved := a.Leave("eli")
	late, _ := moved.Clock(after)
	require.Equal(t, a.LateAt, late, "the backup was told so, and may decide")
	late, _ = moved.Clock(begin)
	require.True(t, late.After(after), "before that the time is that of those who are asked now")
	require.Equal(t, []domain.PersonID{"far"}, moved.Asked(begin))
	require.Equal(t, []domain.PersonID{"far", "backup"}, moved.Asked(after))
}

func TestAQuorumThatCountedOnBackupsIsFilled(t *testing.T) {
	t.Parallel()
	p := oneStage(3, "eli")
	p.Stages[0].Backup = []domain.PersonID{"backup", "second"}
	p.Fallback = []domain.PersonID{"dana", "ada"}
	a := request(p).Leave("second")
	require.NoError(t, a.Policy.Valid())
	require.Equal(t, []domain.PersonID{"eli", "ada"}, a.Policy.Stages[0].Approvers, "never the leaver")
	require.Equal(t, []domain.PersonID{"backup"}, a.Policy.Stages[0].Backup)
}

func TestStagesThatNeedMorePeopleThanThereAre(t *testing.T) {
	t.Parallel()
	stages := func(quorum int, who ...domain.PersonID) domain.ApprovalPolicy {
		return domain.ApprovalPolicy{DistinctStage: true, Stages: []domain.ApprovalStage{{Name: "one", Approvers: who, Quorum: 1}, {Name: "two", Approvers: who, Quorum: quorum}}}
	}
	with := func(p domain.ApprovalPolicy, change func(*domain.ApprovalPolicy)) domain.Approval {
		change(&p)
		return domain.Approval{Policy: p, Subject: "dana", Requester: "rita"}
	}
	same := func(*domain.ApprovalPolicy) {}
	require.Error(t, with(stages(1, "eli"), same).Decidable(), "one person for two stages")
	require.NoError(t, with(stages(1, "eli"), func(p *domain.ApprovalPolicy) { p.DistinctStage = false }).Decidable())
	require.NoError(t, with(stages(1, "eli"), func(p *domain.ApprovalPolicy) { p.Fallback = []domain.PersonID{"ada"} }).Decidable())
	require.Error(t, with(stages(1, "eli"), func(p *domain.ApprovalPolicy) { p.Fallback = []domain.PersonID{"rita", "dana"} }).Decidable(), "neither may")
	require.NoError(t, with(stages(1, "eli", "rita"), func(p *domain.ApprovalPolicy) { p.AllowSelf = true }).Decidable())
	require.Error(t, with(stages(2, "eli", "ada"), same).Decidable())
	require.NoError(t, with(stages(2, "eli", "ada", "bo"), same).Decidable())
	require.Error(t, with(oneStage(1, "dana"), func(p *domain.ApprovalPolicy) { p.Stages[0].Backup = nil }).Decidable())
}

func TestDecisionsThatCount(t *testing.T) {
	t.Parallel()
	require.Equal(t, domain.ApprovalApproved, request(oneStage(0, "eli")).Apply(says("eli")).State, "a quorum of none is a quorum of one")
	a := request(oneStage(2, "eli", "ada"))
	first := a.Apply(says("eli"))
	require.Equal(t, domain.ApprovalOpen, first.State)
	require.Empty(t, a.Decisions, "the request before is not touched")
	require.Nil(t, first.Check(decision("bo", func(d *domain.Decision) { d.ActingFor = "ada" }), begin), "a delegate speaks for an approver")
	require.Equal(t, domain.ApprovalApproved, first.Apply(says("ada")).State)
	require.Nil(t, a.Check(says("backup"), begin.Add(time.Hour)), "backups may decide when the time is up")
	self := oneStage(1, "rita")
	self.AllowSelf = true
	require.Nil(t, request(self).Check(says("rita"), begin), "where the policy allows it")
	self.Stages[0].Approvers = []domain.PersonID{"dana"}
	require.NotNil(t, request(self).Check(says("dana"), begin), "the leaver never")
}

func TestPoliciesThatNobodyCouldMeet(t *testing.T) {
	t.Parallel()
	require.Error(t, domain.ApprovalPolicy{}.Valid())
	require.Error(t, oneStage(3, "eli", "eli").Valid(), "one person is one voice")
	require.NoError(t, oneStage(2, "eli").Valid(), "the backup is a voice too")
	require.Error(t, domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Name: "finance"}}}.Valid())
}
