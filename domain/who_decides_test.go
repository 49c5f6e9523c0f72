package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// The table's cast. Dana leaves; Rita asked; Gus was chosen to inherit the deals.
// Eli and Ada approve, Bo is the backup, Olga and Pete are the fallbacks. Sue
// stands in for Eli, Tom for nobody.
const (
	eli  = domain.PersonID("eli")
	ada  = domain.PersonID("ada")
	bo   = domain.PersonID("bo")
	sue  = domain.PersonID("sue")
	tom  = domain.PersonID("tom")
	dana = domain.PersonID("dana")
	rita = domain.PersonID("rita")
	gus  = domain.PersonID("gus")
	olga = domain.PersonID("olga")
	pete = domain.PersonID("pete")
)

// ask is a request with one stage of a quorum, late after an hour.
func ask(quorum int, approvers ...domain.PersonID) domain.Approval {
	p := domain.ApprovalPolicy{Name: "handover", Fallback: []domain.PersonID{olga, pete}, Gains: []domain.RecordKind{domain.Deals}, DefaultHeir: eli,
		Stages: []domain.ApprovalStage{{Name: "manager", Approvers: approvers, Backup: []domain.PersonID{bo}, Quorum: quorum, Timeout: time.Hour}}}
	a := request(p)
	a.Gains = nil
	return a
}

// twice is a request with two stages of one each.
func twice(first, second []domain.PersonID) domain.Approval {
	a := ask(1, first...)
	a.Policy.DistinctStage = true
	a.Policy.Stages = append(a.Policy.Stages, domain.ApprovalStage{Name: "owner", Approvers: second, Backup: []domain.PersonID{bo}, Quorum: 1, Timeout: time.Hour})
	return a
}

func having(a domain.Approval, change func(*domain.Approval)) domain.Approval {
	change(&a)
	return a
}

// chosen is a request for whose plan somebody chose heirs.
func chosen(a domain.Approval, heirs map[domain.RecordKind]domain.PersonID) domain.Approval {
	a.Gains = a.Policy.Gainers(heirs, map[domain.RecordKind]domain.PersonID{"": a.Policy.DefaultHeir})
	a.Policy = a.Without(a.Gains...)
	return a
}

func away(person, substitute domain.PersonID) domain.Absence {
	return domain.Absence{Person: person, Substitute: substitute, From: begin.Add(-time.Hour), Until: begin.Add(24 * time.Hour)}
}

// saying is what somebody tries, an hour's part after the beginning.
type saying struct {
	who     domain.PersonID
	after   time.Duration
	deny    bool
	digest  string
	channel string
	forced  domain.PersonID // in whose name the door says it is, whatever the engine would find
}

// try lets somebody decide as a door does: their own voice, or that of whoever
// they stand in for.
func try(a domain.Approval, absences []domain.Absence, s saying) (domain.Approval, string) {
	now := begin.Add(s.after)
	d := domain.Decision{Actor: s.who, ActingFor: a.VoiceFor(s.who, absences, now), Verdict: domain.Approve, Digest: "v1:d", At: now, Channel: s.channel}
	if s.forced != "" {
		d.ActingFor = s.forced
	}
	if s.deny {
		d.Verdict, d.Reason = domain.Deny, "not this way"
	}
	if s.digest != "" {
		d.Digest = s.digest
	}
	if refusal := a.Check(d, now); refusal != nil {
		return a, refusal.Code
	}
	return a.Apply(d), ""
}

type decides struct {
	says   string // the row as a sentence
	a      domain.Approval
	away   []domain.Absence
	before []saying // each is let through
	it     saying
	code   string // of the refusal; empty is let through
	then   domain.ApprovalState
}

const (
	open     = domain.ApprovalOpen
	approved = domain.ApprovalApproved
	denied   = domain.ApprovalDenied
)

func people(ids ...domain.PersonID) []domain.PersonID { return ids }

func whoDecides() []decides {
	both := twice(people(eli), people(eli, ada))
	heirs := func(kind domain.RecordKind, who domain.PersonID) map[domain.RecordKind]domain.PersonID {
		return map[domain.RecordKind]domain.PersonID{kind: who}
	}
	self := func(a domain.Approval) domain.Approval {
		return having(a, func(a *domain.Approval) { a.Policy.AllowSelf = true })
	}
	risky := having(ask(1, eli), func(a *domain.Approval) { a.Policy.HighRisk = true })
	return []decides{
		// Who is asked.
		{says: "an approver decides", a: ask(1, eli), it: saying{who: eli}, then: approved},
		{says: "any of several approvers decides", a: ask(1, eli, ada), it: saying{who: ada}, then: approved},
		{says: "a stranger does not", a: ask(1, eli), it: saying{who: tom}, code: domain.RefusedNotApprover, then: open},
		{says: "nobody decides what names nobody", a: ask(1), it: saying{who: eli}, code: domain.RefusedNotApprover, then: open},
		{says: "a fallback who was not needed does not", a: ask(1, eli), it: saying{who: olga}, code: domain.RefusedNotApprover, then: open},
		{says: "the leaver does not, even where the policy names them", a: ask(1, dana), it: saying{who: dana}, code: domain.RefusedSelf, then: open},
		{says: "the leaver does not, even where the requester may", a: self(ask(1, dana)), it: saying{who: dana}, code: domain.RefusedSelf, then: open},
		{says: "whoever asked does not", a: ask(1, rita), it: saying{who: rita}, code: domain.RefusedSelf, then: open},
		{says: "whoever asked does where the policy lets them", a: self(ask(1, rita)), it: saying{who: rita}, then: approved},
		{says: "whoever asked cannot deny either", a: ask(1, rita), it: saying{who: rita, deny: true}, code: domain.RefusedSelf, then: open},

		// Time and backups.
		{says: "a backup waits for the stage's time", a: ask(1, eli), it: saying{who: bo, after: time.Hour - time.Nanosecond}, code: domain.RefusedNotApprover, then: open},
		{says: "a backup decides from the very moment it is late", a: ask(1, eli), it: saying{who: bo, after: time.Hour}, then: approved},
		{says: "an approver decides late as well", a: ask(1, eli), it: saying{who: eli, after: 48 * time.Hour}, then: approved},
		{says: "a backup may deny when it is late", a: ask(1, eli), it: saying{who: bo, after: time.Hour, deny: true}, then: denied},
		{says: "a backup of a stage without a time is never asked", a: having(ask(1, eli), func(a *domain.Approval) { a.LateAt = time.Time{} }), it: saying{who: bo, after: 999 * time.Hour}, code: domain.RefusedNotApprover, then: open},
		{says: "approver and backup make a quorum once it is late", a: ask(2, eli), before: []saying{{who: eli}}, it: saying{who: bo, after: time.Hour}, then: approved},
		{says: "a new stage is not late because the one before was", a: twice(people(eli), people(ada)), before: []saying{{who: eli, after: 2 * time.Hour}},
			it: saying{who: bo, after: 3 * time.Hour}, code: domain.RefusedNotApprover, then: open},
		{says: "silence denies where the policy says so, and nothing else follows it", a: timedOut(ask(1, eli)), it: saying{who: eli, after: 2 * time.Hour}, code: domain.RefusedSettled, then: denied},
		{says: "silence denies a stage also for its backup", a: timedOut(ask(1, eli)), it: saying{who: bo, after: 2 * time.Hour}, code: domain.RefusedSettled, then: denied},

		// One after the other.
		{says: "deny after approve is told what stands", a: ask(1, eli, ada), before: []saying{{who: eli}}, it: saying{who: ada, deny: true}, code: domain.RefusedSettled, then: approved},
		{says: "approve after deny is told what stands", a: ask(1, eli, ada), before: []saying{{who: eli, deny: true}}, it: saying{who: ada}, code: domain.RefusedSettled, then: denied},
		{says: "nobody takes their own approval back", a: ask(2, eli, ada), before: []saying{{who: eli}}, it: saying{who: eli, deny: true}, code: domain.RefusedRepeat, then: open},
		{says: "a denial of the second person ends it", a: ask(2, eli, ada), before: []saying{{who: eli}}, it: saying{who: ada, deny: true}, then: denied},
		{says: "one person is not two", a: ask(2, eli, ada), before: []saying{{who: eli}}, it: saying{who: eli}, code: domain.RefusedRepeat, then: open},
		{says: "one person in two groups is not two", a: ask(2, eli, eli), before: []saying{{who: eli}}, it: saying{who: eli}, code: domain.RefusedRepeat, then: open},
		{says: "two people are two", a: ask(2, eli, ada), before: []saying{{who: eli}}, it: saying{who: ada}, then: approved},
		{says: "two of three are not three", a: ask(3, eli, ada, tom), before: []saying{{who: eli}}, it: saying{who: ada}, then: open},
		{says: "an outdated digest decides nothing", a: ask(1, eli), it: saying{who: eli, digest: "v1:old"}, code: domain.RefusedOutdated, then: open},
		{says: "an outdated denial denies nothing", a: ask(1, eli), it: saying{who: eli, digest: "v1:old", deny: true}, code: domain.RefusedOutdated, then: open},
		{says: "a replaced request is settled", a: having(ask(1, eli), func(a *domain.Approval) { a.State = domain.ApprovalReplaced }), it: saying{who: eli}, code: domain.RefusedSettled, then: domain.ApprovalReplaced},
		{says: "a closed request is settled", a: having(ask(1, eli), func(a *domain.Approval) { a.State = domain.ApprovalClosed }), it: saying{who: eli}, code: domain.RefusedSettled, then: domain.ApprovalClosed},

		// Stages.
		{says: "the second stage waits for the first", a: twice(people(eli), people(ada)), it: saying{who: ada}, code: domain.RefusedNotApprover, then: open},
		{says: "the first stage alone approves nothing", a: twice(people(eli), people(ada)), it: saying{who: eli}, then: open},
		{says: "both stages approve", a: twice(people(eli), people(ada)), before: []saying{{who: eli}}, it: saying{who: ada}, then: approved},
		{says: "the second stage can deny what the first approved", a: twice(people(eli), people(ada)), before: []saying{{who: eli}}, it: saying{who: ada, deny: true}, then: denied},
		{says: "nobody decides in two stages", a: both, before: []saying{{who: eli}}, it: saying{who: eli}, code: domain.RefusedRepeat, then: open},
		{says: "somebody may where the policy does not mind", a: having(twice(people(eli), people(eli)), func(a *domain.Approval) { a.Policy.DistinctStage = false }),
			before: []saying{{who: eli}}, it: saying{who: eli}, then: approved},
		{says: "a fallback decides a stage whose only approver has spoken already", a: twice(people(eli), people(eli)), before: []saying{{who: eli}}, it: saying{who: olga}, then: approved},
		{says: "the second fallback is not asked when one is enough", a: twice(people(eli), people(eli)), before: []saying{{who: eli}}, it: saying{who: pete}, code: domain.RefusedNotApprover, then: open},
		{says: "a substitute's word spends the voice of whom it was for", a: both, away: []domain.Absence{away(eli, sue)}, before: []saying{{who: sue}}, it: saying{who: eli}, code: domain.RefusedRepeat, then: open},
		{says: "and that of the substitute", a: twice(people(eli), people(sue, ada)), away: []domain.Absence{away(eli, sue)}, before: []saying{{who: sue}}, it: saying{who: sue}, code: domain.RefusedRepeat, then: open},

		// Substitutes.
		{says: "a substitute decides what was asked before the absence", a: ask(1, eli), away: []domain.Absence{away(eli, sue)}, it: saying{who: sue}, then: approved},
		{says: "a substitute may deny", a: ask(1, eli), away: []domain.Absence{away(eli, sue)}, it: saying{who: sue, deny: true}, then: denied},
		{says: "not before the absence begins", a: ask(1, eli), away: []domain.Absence{{Person: eli, Substitute: sue, From: begin.Add(time.Minute), Until: begin.Add(time.Hour)}},
			it: saying{who: sue}, code: domain.RefusedNotApprover, then: open},
		{says: "from its first moment", a: ask(1, eli), away: []domain.Absence{{Person: eli, Substitute: sue, From: begin, Until: begin.Add(time.Hour)}}, it: saying{who: sue}, then: approved},
		{says: "not at its end", a: ask(1, eli), away: []domain.Absence{{Person: eli, Substitute: sue, From: begin.Add(-time.Hour), Until: begin}},
			it: saying{who: sue}, code: domain.RefusedNotApprover, then: open},
		{says: "whoever is away may decide all the same", a: ask(1, eli), away: []domain.Absence{away(eli, sue)}, it: saying{who: eli}, then: approved},
		{says: "somebody else's substitute does not", a: ask(1, eli), away: []domain.Absence{away(ada, sue)}, it: saying{who: sue}, code: domain.RefusedNotApprover, then: open},
		{says: "a substitute's substitute does not", a: ask(1, eli), away: []domain.Absence{away(eli, sue), away(sue, tom)}, it: saying{who: tom}, code: domain.RefusedNotApprover, then: open},
		{says: "a backup's substitute waits as the backup does", a: ask(1, eli), away: []domain.Absence{away(bo, sue)}, it: saying{who: sue}, code: domain.RefusedNotApprover, then: open},
		{says: "and decides when it is late", a: ask(1, eli), away: []domain.Absence{away(bo, sue)}, it: saying{who: sue, after: time.Hour}, then: approved},
		{says: "standing in for two gives one voice", a: ask(2, eli, ada), away: []domain.Absence{away(eli, sue), away(ada, sue)}, before: []saying{{who: sue}}, it: saying{who: sue},
			code: domain.RefusedRepeat, then: open},
		{says: "an approver who stands in for another has one voice", a: ask(2, eli, ada), away: []domain.Absence{away(eli, ada)}, before: []saying{{who: ada}}, it: saying{who: ada},
			code: domain.RefusedRepeat, then: open},
		{says: "and it is their own, so the other's is still to come", a: ask(2, eli, ada), away: []domain.Absence{away(eli, ada)}, before: []saying{{who: ada}}, it: saying{who: eli}, then: approved},
		{says: "whoever is away does not add to their substitute's word", a: ask(2, eli, ada), away: []domain.Absence{away(eli, sue)}, before: []saying{{who: sue}}, it: saying{who: eli},
			code: domain.RefusedRepeat, then: open},
		{says: "nor the substitute to theirs", a: ask(2, eli, ada), away: []domain.Absence{away(eli, sue)}, before: []saying{{who: eli}}, it: saying{who: sue}, code: domain.RefusedRepeat, then: open},
		{says: "whoever asked decides for nobody", a: ask(1, eli), away: []domain.Absence{away(eli, rita)}, it: saying{who: rita}, code: domain.RefusedSelf, then: open},
		{says: "nobody decides for whoever asked", a: ask(1, rita, eli), away: []domain.Absence{away(rita, sue)}, it: saying{who: sue}, code: domain.RefusedSelf, then: open},
		{says: "the leaver decides for nobody", a: ask(1, eli), away: []domain.Absence{away(eli, dana)}, it: saying{who: dana}, code: domain.RefusedSelf, then: open},
		{says: "nobody decides for the leaver", a: ask(1, dana), away: []domain.Absence{away(dana, sue)}, it: saying{who: sue}, code: domain.RefusedSelf, then: open},
		{says: "whoever gains decides for nobody", a: chosen(ask(1, eli), heirs("deals", gus)), away: []domain.Absence{away(eli, gus)}, it: saying{who: gus}, code: domain.RefusedSelf, then: open},
		{says: "the voice that can be heard is taken, not that of whoever asked", a: ask(1, rita, eli), away: []domain.Absence{away(rita, sue), away(eli, sue)}, it: saying{who: sue}, then: approved},
		{says: "a door that claims somebody's name is not believed for a stranger", a: ask(1, eli), it: saying{who: eli, forced: tom}, code: domain.RefusedNotApprover, then: open},

		// People who leave while it is open.
		{says: "an approver whose own rights ended does not decide", a: ask(1, eli, ada).Leave(eli), it: saying{who: eli}, code: domain.RefusedLeft, then: open},
		{says: "the other approver does", a: ask(1, eli, ada).Leave(eli), it: saying{who: ada}, then: approved},
		{says: "the fallback takes the place of the only approver", a: ask(1, eli).Leave(eli), it: saying{who: olga}, then: approved},
		{says: "the next fallback where the first has left too", a: ask(1, eli).Leave(olga).Leave(eli), it: saying{who: pete}, then: approved},
		{says: "the fallback who left does not", a: ask(1, eli).Leave(olga).Leave(eli), it: saying{who: olga}, code: domain.RefusedLeft, then: open},
		{says: "somebody who left is no substitute", a: ask(1, eli).Leave(sue), away: []domain.Absence{away(eli, sue)}, it: saying{who: sue}, code: domain.RefusedLeft, then: open},
		{says: "nobody decides for somebody who left", a: ask(1, eli).Leave(eli), away: []domain.Absence{away(eli, sue)}, it: saying{who: sue}, code: domain.RefusedNotApprover, then: open},
		{says: "a fallback backs up when the backup has left", a: ask(1, eli).Leave(bo), it: saying{who: olga, after: time.Hour}, then: approved},
		{says: "but not before it is late", a: ask(1, eli).Leave(bo), it: saying{who: olga}, code: domain.RefusedNotApprover, then: open},
		{says: "the leaver is never put in as a fallback", a: having(ask(1, eli), func(a *domain.Approval) { a.Policy.Fallback = people(dana, pete) }).Leave(eli), it: saying{who: dana}, code: domain.RefusedSelf, then: open},
		{says: "whoever asked is not either", a: having(ask(1, eli), func(a *domain.Approval) { a.Policy.Fallback = people(rita, pete) }).Leave(eli), it: saying{who: pete}, then: approved},

		// Gains.
		{says: "whoever was chosen for the deals does not decide", a: chosen(ask(1, gus, eli), heirs("deals", gus)), it: saying{who: gus}, code: domain.RefusedSelf, then: open},
		{says: "nor whoever was chosen for everything", a: chosen(ask(1, gus, eli), heirs("", gus)), it: saying{who: gus}, code: domain.RefusedSelf, then: open},
		{says: "whoever was chosen for the tasks gains nothing", a: chosen(ask(1, gus), heirs("tasks", gus)), it: saying{who: gus}, then: approved},
		{says: "the default heir decides", a: chosen(ask(1, eli), heirs("", eli)), it: saying{who: eli}, then: approved},
		{says: "not where the policy does not let them", a: chosen(having(ask(1, eli, ada), func(a *domain.Approval) { a.Policy.DefaultHeir = "" }), heirs("", eli)), it: saying{who: eli},
			code: domain.RefusedSelf, then: open},
		{says: "an heir of everything but the deals gains nothing", a: chosen(ask(1, gus), map[domain.RecordKind]domain.PersonID{"": gus, "deals": eli}), it: saying{who: gus}, then: approved},
		{says: "a policy without gains asks the heirs too", a: chosen(having(ask(1, gus), func(a *domain.Approval) { a.Policy.Gains = nil }), heirs("deals", gus)), it: saying{who: gus}, then: approved},
		{says: "a fallback takes the place of the only approver who gains", a: chosen(ask(1, gus), heirs("deals", gus)), it: saying{who: olga}, then: approved},

		// High risk.
		{says: "high risk is not decided in Slack", a: risky, it: saying{who: eli, channel: "slack"}, code: domain.RefusedProof, then: open},
		{says: "nor denied there", a: risky, it: saying{who: eli, channel: "slack", deny: true}, code: domain.RefusedProof, then: open},
		{says: "at a terminal it is", a: risky, it: saying{who: eli, channel: "cli"}, then: approved},
		{says: "through the API as well", a: risky, it: saying{who: eli, channel: "api"}, then: approved},
		{says: "a token makes nobody an approver", a: risky, it: saying{who: tom, channel: "cli"}, code: domain.RefusedNotApprover, then: open},
		{says: "what is not high risk is decided in Slack", a: ask(1, eli), it: saying{who: eli, channel: "slack"}, then: approved},
	}
}

// timedOut is a request that its policy denied because nobody answered.
func timedOut(a domain.Approval) domain.Approval {
	a.Policy.Stages[0].OnTimeout = domain.TimeoutDeny
	return a.Apply(domain.Decision{Actor: domain.SystemActor, Verdict: domain.Deny, Digest: a.Digest, Reason: "nobody answered in time", At: begin.Add(time.Hour), Channel: "clock"})
}

func TestWhoMayDecideWhat(t *testing.T) {
	t.Parallel()
	rows := whoDecides()
	require.GreaterOrEqual(t, len(rows), 60)
	seen := map[string]bool{}
	for _, row := range rows {
		require.False(t, seen[row.says], "%s: stands twice", row.says)
		seen[row.says] = true
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			a := row.a
			for _, s := range row.before {
				var code string
				a, code = try(a, row.away, s)
				require.Empty(t, code, "%s before", s.who)
			}
			after, code := try(a, row.away, row.it)
			require.Equal(t, row.code, code)
			require.Equal(t, row.then, after.State)
			if code != "" {
				require.Equal(t, a, after, "a refusal changes nothing")
			}
		})
	}
}

func TestADecisionMadeBeforeTheLastMomentStands(t *testing.T) {
	t.Parallel()
	a, code := try(ask(2, eli, ada), nil, saying{who: eli})
	require.Empty(t, code)
	a = a.Leave(eli).Leave(eli)
	require.Equal(t, people(eli), a.Left, "once")
	require.Equal(t, people(ada), a.Policy.Stages[0].Approvers, "one more is needed, and one is left: nobody else is bothered")
	a, code = try(a, nil, saying{who: ada})
	require.Empty(t, code)
	require.Equal(t, approved, a.State)
}

func TestAnEditOfThePolicyChangesNoRequest(t *testing.T) {
	t.Parallel()
	setting := ask(1, eli)
	frozen := clone(t, setting)
	digest := frozen.Policy.Digest()
	setting.Policy.Stages[0].Approvers[0], setting.Policy.Stages[0].Quorum = tom, 3
	require.NotEqual(t, digest, setting.Policy.Digest(), "the edit is another policy")
	_, code := try(frozen, nil, saying{who: tom})
	require.Equal(t, domain.RefusedNotApprover, code)
	frozen, code = try(frozen, nil, saying{who: eli})
	require.Empty(t, code)
	require.Equal(t, approved, frozen.State)
	require.Equal(t, digest, frozen.Policy.Digest())
}

func TestTheDigestOfAPolicyCoversAllOfIt(t *testing.T) {
	t.Parallel()
	base := ask(1, eli).Policy
	base.Calendars = map[domain.PersonID]domain.Calendar{eli: {Zone: "Europe/Berlin"}}
	seen := map[string]bool{base.Digest(): true}
	for _, change := range []func(*domain.ApprovalPolicy){
		func(p *domain.ApprovalPolicy) { p.HighRisk = true }, func(p *domain.ApprovalPolicy) { p.Gains = nil },
		func(p *domain.ApprovalPolicy) { p.Fallback = nil }, func(p *domain.ApprovalPolicy) { p.Name = "other" },
		func(p *domain.ApprovalPolicy) { p.DefaultHeir = gus }, func(p *domain.ApprovalPolicy) { p.Calendars = nil },
		func(p *domain.ApprovalPolicy) { p.Stages[0].OnTimeout = domain.TimeoutDeny },
		func(p *domain.ApprovalPolicy) { p.Stages[0].Refs = map[domain.PersonID]string{eli: "manager"} },
	} {
		p := clone(t, base)
		change(&p)
		require.False(t, seen[p.Digest()])
		seen[p.Digest()] = true
		require.Equal(t, p.Digest(), clone(t, p).Digest(), "the way through storage changes nothing")
	}
}
