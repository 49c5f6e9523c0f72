package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// DriftLimits says how much more than planned may be found before people are
// asked again: only what exceeds the share and the number is drift.
type DriftLimits struct {
	Percent int `json:"percent"`
	Records int `json:"records"`
}

// DefaultDrift is 20 % and 10 records.
var DefaultDrift = DriftLimits{Percent: 20, Records: 10}

// Ceiling is the largest count that a plan for count records still covers.
func (d DriftLimits) Ceiling(count int) int {
	share := (count*d.Percent + 99) / 100
	return count + max(share, d.Records)
}

// PlanRule is what people approve for one kind of record: every record in
// scope goes to the successor, as counted, at most up to the ceiling.
type PlanRule struct {
	Kind      RecordKind  `json:"kind"`
	Scope     RecordScope `json:"scope"`
	Count     int         `json:"count"`
	Ceiling   int         `json:"ceiling"`
	Successor AccountID   `json:"successor"`
	Heir      PersonID    `json:"heir"`
}

// PlannedStep is a step of the plan with the channel it will take.
type PlannedStep struct {
	Key     StepKey `json:"key"`
	Channel Channel `json:"channel"`
	Why     string  `json:"why"`
}

// EmailChoice is what becomes of emails that are scheduled in the leaver's name.
type EmailChoice string

// Choices for scheduled emails.
const (
	EmailsSend   EmailChoice = "send"
	EmailsHold   EmailChoice = "hold"
	EmailsCancel EmailChoice = "cancel"
)

// Plan is the ordered work for one person in one app. People approve its
// digest; at execution the world is read again and compared with it.
type Plan struct {
	Run             string         `json:"run"`
	App             AppID          `json:"app"`
	Account         AccountID      `json:"account"`
	Version         int            `json:"version"` // 1, 2, …: which proposal of this run this is
	Order           RunOrder       `json:"order"`
	CutOffIncluded  bool           `json:"cut_off_included"` // the approval also authorises the cut-off
	Steps           []PlannedStep  `json:"steps"`
	Rules           []PlanRule     `json:"rules"`
	Guards          []GuardFinding `json:"guards"`
	Mailboxes       int            `json:"mailboxes"`
	ScheduledEmails int            `json:"scheduled_emails"`
	Emails          EmailChoice    `json:"emails"`
	ForwardTo       string         `json:"forward_to"` // mailbox id, empty while none is chosen
	KeepTogether    bool           `json:"keep_together"`
	PolicyHash      string         `json:"policy_hash"`
	Join            *JoinTerms     `json:"join,omitempty"` // of a plan to join or to change role
}

// Rule finds the rule for a kind of record.
func (p Plan) Rule(kind RecordKind) (PlanRule, bool) {
	for _, r := range p.Rules {
		if r.Kind == kind {
			return r, true
		}
	}
	return PlanRule{}, false
}

// Digest is "v1:" and the SHA-256 of the canonical form, in hex.
func (p Plan) Digest() string {
	sum := sha256.Sum256([]byte(p.Canonical()))
	return "v1:" + hex.EncodeToString(sum[:])
}

// Canonical is the plan as text: one "name=value" line each, strings quoted as
// Go quotes them in ASCII, steps in their order, rules and guards sorted by name. It
// holds what a person approves and nothing that differs between two readings of
// the same world, so no times and no request ids.
func (p Plan) Canonical() string {
	var b strings.Builder
	line := func(name, value string) { b.WriteString(name + "=" + strconv.QuoteToASCII(value) + "\n") }
	line("format", "handover-plan/1")
	line("run", p.Run)
	line("app", string(p.App))
	line("account", string(p.Account))
	line("version", strconv.Itoa(p.Version))
	line("order", string(p.Order))
	line("cut_off_included", strconv.FormatBool(p.CutOffIncluded))
	for _, s := range p.Steps {
		line("step", string(s.Key)+"/"+string(s.Channel))
	}
	for _, r := range sortedRules(p.Rules) {
		line("rule."+plainWord(string(r.Kind)), fmt.Sprintf("%s/%d/%d/%s/%s", r.Scope, r.Count, r.Ceiling, r.Successor, r.Heir))
	}
	for _, g := range sortedGuards(p.Guards) {
		line("guard."+plainWord(string(g.Guard)), string(g.State))
	}
	line("mailboxes", strconv.Itoa(p.Mailboxes))
	line("scheduled_emails", strconv.Itoa(p.ScheduledEmails))
	line("emails", string(p.Emails))
	line("forward_to", p.ForwardTo)
	line("keep_together", strconv.FormatBool(p.KeepTogether))
	line("policy_hash", p.PolicyHash)
	if p.Join != nil {
		p.Join.canonical(line)
	}
	return b.String()
}

func sortedRules(in []PlanRule) []PlanRule {
	out := append([]PlanRule(nil), in...)
	sort.SliceStable(out, func(i, j int) bool { return out[i].Kind < out[j].Kind })
	return out
}

func sortedGuards(in []GuardFinding) []GuardFinding {
	out := append([]GuardFinding(nil), in...)
	sort.SliceStable(out, func(i, j int) bool { return out[i].Guard < out[j].Guard })
	return out
}

// Drift is a difference between the approved plan and the world that people
// must see before the run goes on with that kind of record.
type Drift struct {
	Kind    RecordKind `json:"kind"`
	Count   int        `json:"count"`
	Ceiling int        `json:"ceiling"`
	NewKind bool       `json:"new_kind"` // the plan has no rule for it
}

// CheckDrift compares a fresh count with the plan. Fewer records are no drift.
func (p Plan) CheckDrift(kind RecordKind, count int) (Drift, bool) {
	rule, ok := p.Rule(kind)
	switch {
	case !ok && count > 0:
		return Drift{Kind: kind, Count: count, NewKind: true}, true
	case ok && count > rule.Ceiling:
		return Drift{Kind: kind, Count: count, Ceiling: rule.Ceiling}, true
	default:
		return Drift{}, false
	}
}
