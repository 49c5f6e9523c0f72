package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// FindingKind is what reconciliation finds wrong.
type FindingKind string

// Kinds of findings.
const (
	FoundLeftButActive      FindingKind = "left_but_active"     // HR says left, and the account can be used
	FoundUnknownToHR        FindingKind = "unknown_to_hr"       // a usable account of nobody whom HR, a sponsor or the policy knows
	FoundOneAdmin           FindingKind = "one_admin"           // only one admin who can work, or none
	FoundTooManyOwners      FindingKind = "too_many_owners"     // more than MostOwners
	FoundStaleInvite        FindingKind = "stale_invite"        // older than its life
	FoundUnexplainedAccount FindingKind = "unexplained_account" // came between two readings, and no run of ours explains it
	FoundUnexplainedRole    FindingKind = "unexplained_role"    // the same of a role
	FoundOrphanedRecords    FindingKind = "orphaned_records"    // owned by an account that is deactivated, or of somebody who left
	FoundLinkedMailbox      FindingKind = "linked_mailbox"      // still linked to such an account
	FoundIdleSeat           FindingKind = "idle_seat"           // paid seats that nobody sits on
)

// FindingKinds are all kinds, the gravest first.
func FindingKinds() []FindingKind {
	return []FindingKind{FoundLeftButActive, FoundOneAdmin, FoundUnknownToHR, FoundUnexplainedRole, FoundUnexplainedAccount, FoundTooManyOwners,
		FoundLinkedMailbox, FoundOrphanedRecords, FoundStaleInvite, FoundIdleSeat}
}

// MostOwners is how many Owners an app should have at most (the vendor's guide: one
// or two).
const MostOwners = 2

// Severity is how soon a finding wants somebody's attention.
type Severity string

// Severities.
const (
	SeverityHigh   Severity = "high"
	SeverityMedium Severity = "medium"
	SeverityLow    Severity = "low"
)

// FindingState is where a finding stands.
type FindingState string

// States of a finding. Only a complete reading that no longer shows it closes one.
const (
	FindingOpen     FindingState = "open"
	FindingExcepted FindingState = "excepted" // two people let it be, until a date
	FindingFixing   FindingState = "fixing"   // a run is at it
	FindingClosed   FindingState = "closed"
)

// Finding is something that HR, the identity provider and an app do not agree on. It
// holds opaque ids only.
type Finding struct {
	ID        string         `json:"id"`
	App       AppID          `json:"app"`
	Kind      FindingKind    `json:"kind"`
	Severity  Severity       `json:"severity"`
	State     FindingState   `json:"state"`
	Person    PersonID       `json:"person,omitempty"`
	Account   AccountID      `json:"account,omitempty"`
	Owner     PersonID       `json:"owner,omitempty"` // who is to see to it
	Why       string         `json:"why"`             // for a reader, without personal data
	Counts    map[string]int `json:"counts,omitempty"`
	FirstSeen time.Time      `json:"first_seen"`
	LastSeen  time.Time      `json:"last_seen"` // by a reading
	ReadAt    time.Time      `json:"read_at"`   // when the app was last read for it, whether that told or not
	ClosedAt  time.Time      `json:"closed_at"`
	Run       string         `json:"run,omitempty"`   // that fixes it
	Until     time.Time      `json:"until,omitempty"` // of an exception in force
}

// FindingID names a finding for ever: the same trouble with the same subject is the
// same finding, however often it comes back.
func FindingID(app AppID, kind FindingKind, subject string) string {
	sum := sha256.Sum256([]byte("handover-finding/1\n" + string(app) + "\n" + string(kind) + "\n" + subject))
	return "f" + hex.EncodeToString(sum[:8])
}

// NewFinding is an open finding about an account, a person where there is no account,
// or the app where there is neither.
func NewFinding(app AppID, kind FindingKind, severity Severity, account AccountID, person PersonID, why string, at time.Time) Finding {
	subject := string(account)
	if subject == "" && person != "" {
		subject = "person:" + string(person)
	}
	return Finding{ID: FindingID(app, kind, subject), App: app, Kind: kind, Severity: severity, State: FindingOpen, Account: account, Person: person,
		Why: why, FirstSeen: at, LastSeen: at, ReadAt: at}
}

// Age is for how long a finding has been known: until now, or until it was closed.
func (f Finding) Age(now time.Time) time.Duration {
	if f.State == FindingClosed {
		now = f.ClosedAt
	}
	return now.Sub(f.FirstSeen)
}

// StateAt is the state at a moment: an exception ends by itself.
func (f Finding) StateAt(now time.Time) FindingState {
	if f.State == FindingExcepted && !now.Before(f.Until) {
		return FindingOpen
	}
	return f.State
}

// Fix is what is done about a finding: a leaving by account id, that Handover starts,
// or a command for a person.
type Fix struct {
	Starts  bool   // `handover reconcile fix` starts a leaving of the account
	Bulk    bool   // and of all findings of the kind, behind the canary
	Command string // what to type otherwise; words in capitals stand for what to fill in
}

// FixFor tells what is done about a kind of finding.
func FixFor(f Finding) Fix {
	account, app := string(f.Account), string(f.App)
	leave := Fix{Starts: account != "", Command: "handover offboard " + orText(account, "EMAIL") + " --app " + app + " --now"}
	switch f.Kind {
	case FoundLeftButActive, FoundOrphanedRecords, FoundLinkedMailbox:
		leave.Bulk = leave.Starts
		return leave
	case FoundUnknownToHR, FoundUnexplainedAccount:
		return leave
	case FoundOneAdmin, FoundTooManyOwners, FoundUnexplainedRole:
		return Fix{Command: "handover role EMAIL --app " + app + " --role ROLE"}
	case FoundStaleInvite:
		return Fix{Command: "handover invites list, then handover invites resend ID or revoke ID"}
	case FoundIdleSeat:
		return Fix{Command: "handover seats"}
	}
	return Fix{}
}

// Events of findings.
const (
	EventReconciled       EventKind = "reconciled"        // an app was read and compared
	EventExceptionAsked   EventKind = "exception_asked"   // somebody wants a finding to be let be
	EventExceptionAgreed  EventKind = "exception_agreed"  // a second person agreed
	EventExceptionRefused EventKind = "exception_refused" // or did not
	EventExceptionEnded   EventKind = "exception_ended"   // its time is over
	EventFixStarted       EventKind = "fix_started"
)

// Exception is the word of two people that a finding is let be for a time.
type Exception struct {
	ID        string    `json:"id"`
	Finding   string    `json:"finding"`
	App       AppID     `json:"app"`
	Until     time.Time `json:"until"`
	Reason    string    `json:"reason"`
	AskedBy   PersonID  `json:"asked_by"`
	AskedAt   time.Time `json:"asked_at"`
	DecidedBy PersonID  `json:"decided_by,omitempty"`
	DecidedAt time.Time `json:"decided_at"`
	Agreed    bool      `json:"agreed"`
}

// LongestException bounds how long a finding may be let be: whoever wants it longer
// looks at it again.
const LongestException = 366 * 24 * time.Hour

// CheckException tells what is wrong with a wish to let a finding be.
func CheckException(f Finding, until time.Time, reason string, now time.Time) *Refusal {
	switch {
	case f.State == FindingClosed:
		return Refuse(RefusedState, "the finding is closed: there is nothing to let be")
	case len(reason) < 10:
		return Refuse(RefusedReason, "say why in a sentence: an auditor reads it")
	case len(reason) > 1000:
		return Refuse(RefusedReason, "the reason is longer than 1000 characters: say it shorter")
	case !until.After(now):
		return Refuse(RefusedReason, "the exception would be over already: name a later day")
	case until.After(now.Add(LongestException)):
		return Refuse(RefusedReason, "an exception lasts a year at most: look at it again then")
	}
	return nil
}
