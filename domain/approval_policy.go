package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// TimeoutOutcome is what becomes of a stage that nobody answered in time. There
// is none that lets a request through.
type TimeoutOutcome string

// Outcomes of a timeout.
const (
	TimeoutEscalate TimeoutOutcome = "escalate" // the backups may decide too, and are asked
	TimeoutDeny     TimeoutOutcome = "deny"     // the request is denied
)

// ApprovalStage is one step of an approval policy: who may decide, how many
// must agree, and what follows when nobody answers in time.
type ApprovalStage struct {
	Name      string              `json:"name"`
	Approvers []PersonID          `json:"approvers"`
	Backup    []PersonID          `json:"backup"` // may decide once the stage is late
	Quorum    int                 `json:"quorum"` // distinct people, at least 1
	Timeout   time.Duration       `json:"timeout"`
	OnTimeout TimeoutOutcome      `json:"on_timeout,omitempty"` // "" is escalate
	Refs      map[PersonID]string `json:"refs,omitempty"`       // the policy's word by which each is asked
}

// ApprovalPolicy is frozen into each request: a later edit strands nothing.
type ApprovalPolicy struct {
	Name          string                `json:"name,omitempty"` // entry of the policy file
	Stages        []ApprovalStage       `json:"stages"`
	AllowSelf     bool                  `json:"allow_self"`     // the requester may approve what they asked for
	DistinctStage bool                  `json:"distinct_stage"` // one person decides in one stage only
	Reminder      time.Duration         `json:"reminder"`
	HighRisk      bool                  `json:"high_risk,omitempty"`    // decided with a personal token only
	Gains         []RecordKind          `json:"gains,omitempty"`        // kinds by which a successor gains
	DefaultHeir   PersonID              `json:"default_heir,omitempty"` // inherits by policy, which is no gain of their own choosing
	Fallback      []PersonID            `json:"fallback,omitempty"`     // are asked in place of approvers who may not decide
	Calendars     map[PersonID]Calendar `json:"calendars,omitempty"`    // working time; who is not in it has the whole week
}

// Valid tells whether the policy can ever be met.
func (p ApprovalPolicy) Valid() error {
	if len(p.Stages) == 0 {
		return Refuse(RefusedState, "the approval policy has no stage: name at least one approver")
	}
	for _, s := range p.Stages {
		if len(union(s.Approvers, s.Backup)) < max(1, s.Quorum) {
			return Refuse(RefusedState, "stage "+s.Name+" needs more people than it names: add approvers")
		}
	}
	return nil
}

// Decidable tells whether those who may decide a request are enough for all of
// its stages.
func (a Approval) Decidable() error {
	p := a.Without()
	if err := p.Valid(); err != nil {
		return err
	}
	needed, people := 0, p.Fallback
	for _, s := range p.Stages {
		needed += max(1, s.Quorum)
		people = slices.Concat(people, s.Approvers, s.Backup)
	}
	able := count(union(people, nil), func(id PersonID) bool { return !a.barred(id) })
	if p.DistinctStage && able < needed {
		return Refuse(RefusedState, "the stages need more different people than the policy names: add approvers")
	}
	return nil
}

// Digest is "v1:" and the SHA-256 of the canonical form, in hex.
func (p ApprovalPolicy) Digest() string {
	sum := sha256.Sum256([]byte(p.Canonical()))
	return "v1:" + hex.EncodeToString(sum[:])
}

// Canonical is the policy as text: one "name=value" line each, strings quoted as
// Go quotes them in ASCII. People stand in the order in which they are asked, each
// with the word by which they are, and with their working time.
func (p ApprovalPolicy) Canonical() string {
	var b strings.Builder
	line := func(name, value string) { b.WriteString(name + "=" + strconv.QuoteToASCII(value) + "\n") }
	people := func(name string, ids []PersonID, refs map[PersonID]string) {
		for _, id := range ids {
			line(name, string(id))
			line(name+".ref", refs[id])
			if c, ok := p.Calendars[id]; ok {
				line(name+".calendar", c.canonical())
			}
		}
	}
	line("format", "handover-approval-policy/1")
	line("name", p.Name)
	line("allow_self", strconv.FormatBool(p.AllowSelf))
	line("distinct_stage", strconv.FormatBool(p.DistinctStage))
	line("high_risk", strconv.FormatBool(p.HighRisk))
	line("reminder", p.Reminder.String())
	line("default_heir", string(p.DefaultHeir))
	for _, kind := range p.Gains {
		line("gains", string(kind))
	}
	for _, s := range p.Stages {
		line("stage", s.Name)
		line("stage.quorum", strconv.Itoa(s.Quorum))
		line("stage.timeout", s.Timeout.String())
		line("stage.on_timeout", string(s.OnTimeout))
		people("stage.approver", s.Approvers, s.Refs)
		people("stage.backup", s.Backup, s.Refs)
	}
	people("fallback", p.Fallback, nil)
	return b.String()
}

// Gainers are the successors who gain by a plan: whoever is given a kind of
// record that the policy counts as gain, unless the policy itself made them the
// heir. first are the heirs as the run began: a default heir who got a kind only
// because somebody chose them later gains like everybody else. The empty kind
// stands for all kinds without an heir of their own.
func (p ApprovalPolicy) Gainers(heirs, first map[RecordKind]PersonID) []PersonID {
	var found []PersonID
	for _, kind := range p.Gains {
		heir := heirOf(heirs, kind)
		byRule := heir == p.DefaultHeir && heir == heirOf(first, kind)
		if heir != "" && !byRule && !slices.Contains(found, heir) {
			found = append(found, heir)
		}
	}
	slices.Sort(found)
	return found
}

func heirOf(heirs map[RecordKind]PersonID, kind RecordKind) PersonID {
	if heir, ok := heirs[kind]; ok {
		return heir
	}
	return heirs[""]
}

// Without gives the policy without people and without everybody else who may not
// decide, in every stage that has not passed. Where too few remain the fallbacks
// take their place, and one of them that of backups of whom nobody remains.
func (a Approval) Without(people ...PersonID) ApprovalPolicy {
	p := a.Policy
	p.Stages = slices.Clone(p.Stages)
	for i := a.Stage; i < len(p.Stages); i++ {
		s := &p.Stages[i]
		out := func(id PersonID) bool { return slices.Contains(people, id) || a.barred(id) || a.spentBefore(i, id) }
		able := func(id PersonID) bool { return !out(id) && !a.spoke(i, id) }
		fresh := func(id PersonID) bool {
			return able(id) && !slices.Contains(s.Approvers, id) && !slices.Contains(s.Backup, id)
		}
		asked, backed := len(s.Approvers), len(s.Backup)
		s.Approvers = slices.DeleteFunc(slices.Clone(s.Approvers), out)
		s.Backup = slices.DeleteFunc(slices.Clone(s.Backup), out)
		needed := max(1, s.Quorum) - a.agreed(i)
		if len(s.Approvers) < asked {
			s.Approvers = append(s.Approvers, firstOf(p.Fallback, needed-count(s.Approvers, able), func(id PersonID) bool { return able(id) && !slices.Contains(s.Approvers, id) })...)
		}
		if len(s.Backup) == 0 && backed > 0 {
			s.Backup = firstOf(p.Fallback, 1, fresh)
		}
		if len(s.Backup) < backed { // the quorum may have counted on those who are out
			s.Approvers = append(s.Approvers, firstOf(p.Fallback, needed-count(union(s.Approvers, s.Backup), able), fresh)...)
		}
	}
	return p
}

func union(a, b []PersonID) []PersonID {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// barred tells whether somebody may decide no stage of a request.
func (a Approval) barred(who PersonID) bool {
	return who == a.Subject || who == a.Requester && !a.Policy.AllowSelf || slices.Contains(a.Gains, who) || slices.Contains(a.Left, who)
}

// spoke tells whether somebody's word, or one in their name, was given in a stage.
func (a Approval) spoke(stage int, who PersonID) bool {
	return slices.ContainsFunc(a.Decisions, func(d Decision) bool { return d.Stage == stage && (d.Actor == who || d.voice() == who) })
}

// spentBefore tells whether somebody decided in an earlier stage where each may
// decide in one only.
func (a Approval) spentBefore(stage int, who PersonID) bool {
	if !a.Policy.DistinctStage {
		return false
	}
	for i := range stage {
		if a.spoke(i, who) {
			return true
		}
	}
	return false
}

// agreed counts the people who approved a stage.
func (a Approval) agreed(stage int) int {
	return count(a.Decisions, func(d Decision) bool { return d.Stage == stage && d.Verdict == Approve })
}

func count[T any](all []T, is func(T) bool) int {
	n := 0
	for _, x := range all {
		if is(x) {
			n++
		}
	}
	return n
}

func firstOf(people []PersonID, n int, fits func(PersonID) bool) []PersonID {
	var found []PersonID
	for _, id := range people {
		if len(found) < n && fits(id) && !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	return found
}

// Leave takes somebody whose own rights ended out of an open request. What they
// decided while they could stands.
func (a Approval) Leave(who PersonID) Approval {
	if slices.Contains(a.Left, who) {
		return a
	}
	a.Left = append(slices.Clone(a.Left), who)
	a.Policy = a.Without(who)
	return a
}

// Clock tells when the present stage of a request is late and when the people of
// it are reminded next, counted from two moments: the stage's beginning and the
// last reminder. Durations are working time of the people asked, the latest of
// them, unless the request runs on the wall clock. A stage without a timeout is
// never late, and one that is late stays so, whoever is asked since.
func (a Approval) Clock(remindedAt time.Time) (late, remind time.Time) {
	if a.Stage >= len(a.Policy.Stages) {
		return late, remind
	}
	stage := a.Policy.Stages[a.Stage]
	after := func(at time.Time, d time.Duration) time.Time { return a.after(stage, at, d) }
	if stage.Timeout > 0 {
		late = after(a.StageAt, stage.Timeout)
	}
	if a.Late(remindedAt) {
		late = a.LateAt
	}
	if a.Policy.Reminder > 0 {
		remind = after(remindedAt, a.Policy.Reminder)
	}
	return late, remind
}

func (a Approval) after(stage ApprovalStage, at time.Time, d time.Duration) time.Time {
	latest := at.Add(d)
	if a.Scope.WallClock() {
		return latest
	}
	for _, who := range stage.Approvers {
		if c, ok := a.Policy.Calendars[who]; ok {
			if t := c.After(at, d); t.After(latest) {
				latest = t
			}
		}
	}
	return latest
}

// Reroute puts the leaver's new manager in the place of the old one, wherever the
// old one is asked as manager, and as the heir by policy.
func (p ApprovalPolicy) Reroute(from, to PersonID) ApprovalPolicy {
	if p.DefaultHeir == from {
		p.DefaultHeir = to
	}
	p.Stages = slices.Clone(p.Stages)
	for i := range p.Stages {
		s := &p.Stages[i]
		if s.Refs[from] != string(RefManager) {
			continue
		}
		swap := func(people []PersonID) []PersonID {
			people = slices.Clone(people)
			at := slices.Index(people, from)
			switch {
			case at < 0:
			case slices.Contains(people, to):
				people = slices.Delete(people, at, at+1)
			default:
				people[at] = to
			}
			return people
		}
		s.Approvers, s.Backup = swap(s.Approvers), swap(s.Backup)
		s.Refs = maps.Clone(s.Refs)
		delete(s.Refs, from)
		if _, known := s.Refs[to]; !known {
			s.Refs[to] = string(RefManager)
		}
	}
	return p
}
