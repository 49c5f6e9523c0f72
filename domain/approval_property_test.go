package domain_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

var crowd = []domain.PersonID{"eli", "ada", "bo", "cy", "di", "dana", "rita", "gus"}

// spare are people who never leave and are in nobody's way.
var spare = []domain.PersonID{"s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9"}

// gone is a leaving of somebody while the request is open.
type gone struct {
	who domain.PersonID
	at  time.Time
}

// history is everything that was the case and everything that happened, apart
// from what the engine makes of it: the oracle reads nothing else but the
// request's decisions and where it says that it stands.
type history struct {
	policy   domain.ApprovalPolicy // as it was frozen
	heirs    map[domain.RecordKind]domain.PersonID
	absences []domain.Absence
	gone     []gone
	calendar *domain.Calendar // everybody's, where time is working time
}

func shuffled(r *rand.Rand, people []domain.PersonID) []domain.PersonID {
	people = slices.Clone(people)
	r.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	return people
}

func anyPolicy(r *rand.Rand, fallback []domain.PersonID) domain.ApprovalPolicy {
	p := domain.ApprovalPolicy{AllowSelf: r.IntN(3) == 0, DistinctStage: r.IntN(2) == 0, HighRisk: r.IntN(4) == 0, Fallback: fallback,
		DefaultHeir: pick(r, "", crowd[0], crowd[7]), Gains: pick(r, nil, []domain.RecordKind{domain.Deals}, []domain.RecordKind{domain.Deals, domain.Tasks})}
	for i := range 1 + r.IntN(3) {
		people := shuffled(r, crowd)
		n := 1 + r.IntN(4)
		p.Stages = append(p.Stages, domain.ApprovalStage{Name: fmt.Sprint(i), Approvers: people[:n], Backup: people[n : n+r.IntN(3)], Quorum: min(n, r.IntN(4)),
			Timeout: time.Duration(r.IntN(3)) * time.Hour})
	}
	return p
}

func anyHistory(r *rand.Rand, fallback []domain.PersonID) history {
	h := history{policy: anyPolicy(r, fallback), heirs: map[domain.RecordKind]domain.PersonID{}}
	for _, kind := range []domain.RecordKind{"", domain.Deals, domain.Contacts} {
		if r.IntN(3) == 0 {
			h.heirs[kind] = pick(r, crowd...)
		}
	}
	for range r.IntN(4) {
		from := begin.Add(time.Duration(r.IntN(600)-200) * time.Minute)
		h.absences = append(h.absences, domain.Absence{Person: pick(r, crowd...), Substitute: pick(r, slices.Concat(crowd, []domain.PersonID{"sue", "tom"})...),
			From: from, Until: from.Add(time.Duration(r.IntN(600)) * time.Minute)})
	}
	if r.IntN(2) == 0 {
		h.calendar = &domain.Calendar{Zone: "Europe/Berlin", Days: []time.Weekday{time.Tuesday, time.Wednesday}, From: 9 * 60, Until: 12 * 60}
		h.policy.Calendars = map[domain.PersonID]domain.Calendar{}
		for _, who := range slices.Concat(crowd, fallback) {
			h.policy.Calendars[who] = *h.calendar
		}
	}
	return h
}

// opened is the request as a run opens it.
func (h history) opened(t require.TestingT) domain.Approval {
	a := domain.Approval{ID: "a1", Digest: "v1:d", Policy: clone(t, h.policy), Subject: "dana", Requester: "rita", State: domain.ApprovalOpen, OpenedAt: begin, StageAt: begin}
	a.Gains = a.Policy.Gainers(h.heirs, map[domain.RecordKind]domain.PersonID{"": h.policy.DefaultHeir})
	a.Policy = a.Without(a.Gains...)
	a.LateAt, _ = a.Clock(begin)
	return a
}

// anyDecision is what somebody tries: in their own name, or as the door finds.
func anyDecision(r *rand.Rand, a domain.Approval, h history, at time.Time) domain.Decision {
	who := pick(r, slices.Concat(crowd, spare[:3], []domain.PersonID{"sue", "tom"})...)
	d := domain.Decision{Actor: who, Verdict: domain.Approve, Digest: "v1:d", At: at, Channel: pick(r, "cli", "slack", "api")}
	if r.IntN(5) > 0 {
		d.ActingFor = a.VoiceFor(who, h.absences, at)
	}
	if r.IntN(15) == 0 {
		d.Digest = "v1:old"
	}
	if r.IntN(10) == 0 {
		d.Verdict, d.Reason = pick(r, domain.Deny, "maybe"), pick(r, "", "no")
	}
	return d
}

// happen lets one thing happen to a request, as a run does it.
func (h *history) happen(r *rand.Rand, a domain.Approval, at time.Time) domain.Approval {
	if r.IntN(12) == 0 {
		who := pick(r, slices.Concat(crowd, spare[:2])...)
		h.gone = append(h.gone, gone{who, at})
		a = a.Leave(who)
		a.LateAt, _ = a.Clock(at)
		return a
	}
	d := anyDecision(r, a, *h, at)
	if a.Check(d, at) != nil {
		return a
	}
	stage := a.Stage
	if a = a.Apply(d); a.Stage != stage {
		a.LateAt, _ = a.Clock(at)
	}
	return a
}

// ---- The oracle. It knows the rules as sentences over the record, not the code.

// voiceOf is whose vote a decision is.
func voiceOf(d domain.Decision) domain.PersonID {
	if d.ActingFor == "" {
		return d.Actor
	}
	return d.ActingFor
}

// gains: somebody is given a kind of record that the policy counts as gain, by
// choice and not by rule.
func (h history) gains(who domain.PersonID) bool {
	for _, kind := range h.policy.Gains {
		heir, own := h.heirs[kind]
		if !own {
			heir = h.heirs[""]
		}
		if heir == who && who != "" && who != h.policy.DefaultHeir {
			return true
		}
	}
	return false
}

func (h history) left(who domain.PersonID, at time.Time) bool {
	return slices.ContainsFunc(h.gone, func(g gone) bool { return g.who == who && !g.at.After(at) })
}

// able: nothing but the stage's own list stands between somebody and a decision.
func (h history) able(who domain.PersonID, stage int, at time.Time, said []map[domain.PersonID]bool) bool {
	if who == "dana" || who == "rita" && !h.policy.AllowSelf || h.gains(who) || h.left(who, at) {
		return false
	}
	for _, earlier := range said[:stage] {
		if h.policy.DistinctStage && earlier[who] {
			return false
		}
	}
	return true
}

// late: the time of a stage that began at a moment has run out.
func (h history) late(s domain.ApprovalStage, began, at time.Time, working bool) bool {
	if s.Timeout == 0 || at.Sub(began) < s.Timeout {
		return false
	}
	return h.calendar == nil || !working || workedMinutes(*h.calendar, began, at) >= int(s.Timeout.Minutes())
}

func (h history) standsIn(d domain.Decision) bool {
	return d.ActingFor == "" || slices.ContainsFunc(h.absences, func(x domain.Absence) bool {
		return x.Person == d.ActingFor && x.Substitute == d.Actor && !x.From.After(d.At) && x.Until.After(d.At)
	})
}

// entitled: the policy names the voice in this stage, or as backup when it is
// late, or as fallback where too few of those named are able.
func (h history) entitled(d domain.Decision, i int, began time.Time, said []map[domain.PersonID]bool) bool {
	s, voice := h.policy.Stages[i], voiceOf(d)
	remain, backups, waited := 0, 0, false
	for _, who := range s.Approvers {
		able := h.able(who, i, d.At, said)
		if able || said[i][who] {
			remain++
		}
		waited = waited || able
	}
	for _, who := range s.Backup {
		if h.able(who, i, d.At, said) {
			backups++
		}
	}
	late := h.late(s, began, d.At, waited) // nobody's working time is waited for
	switch {
	case slices.Contains(s.Approvers, voice):
		return true
	case slices.Contains(s.Backup, voice) && late:
		return true
	case slices.Contains(h.policy.Fallback, voice):
		return remain < max(1, s.Quorum) || late && len(s.Backup) > 0 && backups == 0
	default:
		return false
	}
}

// judge says what must hold of the whole record.
func (h history) judge(t require.TestingT, a domain.Approval) {
	said := make([]map[domain.PersonID]bool, len(h.policy.Stages)) // who spoke in each stage, themselves or through others
	began := a.OpenedAt
	for i := range h.policy.Stages {
		said[i] = map[domain.PersonID]bool{}
		agreed, last := 0, began
		for _, d := range a.Decisions {
			if d.Stage != i {
				continue
			}
			require.Equal(t, a.Digest, d.Digest, "everybody saw this very plan")
			require.False(t, h.policy.HighRisk && d.Channel == "slack", "high risk is decided elsewhere")
			require.True(t, h.standsIn(d), "%s does not stand in for %s", d.Actor, d.ActingFor)
			for _, who := range []domain.PersonID{d.Actor, voiceOf(d)} {
				require.True(t, h.able(who, i, d.At, said), "%s may decide nothing here", who)
				require.False(t, said[i][who], "%s has two voices in a stage", who)
			}
			require.True(t, h.entitled(d, i, began, said), "%s may not decide stage %d", voiceOf(d), i)
			said[i][d.Actor], said[i][voiceOf(d)] = true, true
			if d.Verdict == domain.Approve {
				agreed++
			}
			last = d.At
		}
		quorum := max(h.policy.Stages[i].Quorum, 1)
		switch {
		case i < a.Stage || a.State == domain.ApprovalApproved:
			require.Equal(t, quorum, agreed, "stage %d was passed by exactly its quorum", i)
		case i == a.Stage:
			require.Less(t, agreed, quorum, "stage %d is open though its quorum is met", i)
		default:
			require.Empty(t, said[i], "stage %d has not begun", i)
		}
		began = last
	}
	denied := slices.ContainsFunc(a.Decisions, func(d domain.Decision) bool { return d.Verdict == domain.Deny })
	require.Equal(t, a.State == domain.ApprovalDenied, denied, "one denial is enough, and needed")
	require.Equal(t, a.State == domain.ApprovalOpen, a.SettledAt.IsZero())
}

func TestNothingIsApprovedWhosePolicyWasNotMet(t *testing.T) {
	t.Parallel()
	ends, kinds := map[domain.ApprovalState]int{}, map[string]int{}
	seeds(t, 6000, func(t require.TestingT, r *rand.Rand) {
		h := anyHistory(r, shuffled(r, slices.Concat(crowd, spare[:3]))[:4])
		a, at := h.opened(t), begin
		for range 60 {
			at = at.Add(time.Duration(1+r.IntN(40)) * time.Minute)
			a = h.happen(r, a, at)
			if a.State != domain.ApprovalOpen {
				break
			}
		}
		after := h.happen(r, a, at.Add(time.Minute))
		require.True(t, a.State == domain.ApprovalOpen || len(after.Decisions) == len(a.Decisions), "what is settled stays")
		h.judge(t, a)
		ends[a.State]++
		h.count(a, kinds)
	})
	require.Greater(t, ends[domain.ApprovalApproved], 1000)
	require.Greater(t, ends[domain.ApprovalDenied], 200)
	require.Greater(t, ends[domain.ApprovalOpen], 200)
	for _, kind := range []string{"substitute", "backup", "fallback", "late in working time", "high risk", "somebody had left", "second stage"} {
		require.Greater(t, kinds[kind], 50, "%s: the property saw too few", kind)
	}
}

// count notes what kinds of decisions a property has seen.
func (h history) count(a domain.Approval, kinds map[string]int) {
	for _, d := range a.Decisions {
		s, voice := h.policy.Stages[d.Stage], voiceOf(d)
		backup := slices.Contains(s.Backup, voice)
		for kind, is := range map[string]bool{"substitute": d.ActingFor != "", "backup": backup, "fallback": !backup && !slices.Contains(s.Approvers, voice),
			"late in working time": backup && h.calendar != nil, "high risk": h.policy.HighRisk, "somebody had left": len(h.gone) > 0, "second stage": d.Stage > 0} {
			if is {
				kinds[kind]++
			}
		}
	}
}

// Whoever is asked and has not answered is let through, and somebody is always
// asked: a request never hangs because of the rules that protect it.
func TestSomebodyCanAlwaysDecide(t *testing.T) {
	t.Parallel()
	open := 0
	seeds(t, 3000, func(t require.TestingT, r *rand.Rand) {
		h := anyHistory(r, spare[2:])
		h.policy.Fallback = spare
		a, at := h.opened(t), begin
		for range r.IntN(30) {
			at = at.Add(time.Duration(1+r.IntN(40)) * time.Minute)
			a = h.happen(r, a, at)
		}
		if a.State != domain.ApprovalOpen {
			return
		}
		asked := a.Asked(at)
		require.NotEmpty(t, asked, "somebody is asked")
		for _, who := range asked {
			open++
			d := domain.Decision{Actor: who, Verdict: domain.Approve, Digest: "v1:d", At: at, Channel: "cli"}
			require.Nil(t, a.Check(d, at), "%s may decide", who)
		}
		for range 20 { // those who are asked can carry it to its end
			if a.State != domain.ApprovalOpen {
				break
			}
			d := domain.Decision{Actor: a.Asked(at)[0], Verdict: domain.Approve, Digest: "v1:d", At: at, Channel: "cli"}
			require.Nil(t, a.Check(d, at))
			a = a.Apply(d)
		}
		require.Equal(t, domain.ApprovalApproved, a.State)
	})
	require.Greater(t, open, 1000)
}
