package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

// AuditFormat is the name of the chained form of events. See docs/adr.
const AuditFormat = "handover-audit/1"

// EventKind names what happened.
type EventKind string

// Kinds of events. The five of Apollo Space exist for every app.
const (
	EventInviteSent     EventKind = "invite_sent"
	EventInviteAccepted EventKind = "invite_accepted"
	EventInviteRevoked  EventKind = "invite_revoked"
	EventRoleChanged    EventKind = "role_changed"
	EventMemberRemoved  EventKind = "member_removed"

	EventRunStarted     EventKind = "run_started"
	EventRunRescheduled EventKind = "run_rescheduled"
	EventRunRetracted   EventKind = "run_retracted"
	EventRunCutNow      EventKind = "run_cut_now"
	EventRunClosed      EventKind = "run_closed"
	EventSnapshotTaken  EventKind = "snapshot_taken"
	EventPlanProposed   EventKind = "plan_proposed"
	EventApprovalOpened EventKind = "approval_opened"
	EventDecision       EventKind = "decision"
	EventApprovalLate   EventKind = "approval_escalated"
	EventGuardShut      EventKind = "guard_shut"
	EventClaimMade      EventKind = "claim_made"
	EventStepChanged    EventKind = "step_changed"
	EventRecordsMoved   EventKind = "records_moved"
	EventDriftFound     EventKind = "drift_found"
	EventTaskOpened     EventKind = "task_opened"
	EventTaskDone       EventKind = "task_done"
	EventTaskConfirmed  EventKind = "task_confirmed"
	EventEmailsLost     EventKind = "emails_lost"
	EventSweep          EventKind = "sweep"
	EventAccessReturned EventKind = "access_returned"
	EventSeatBooked     EventKind = "seat_booked"
	EventRefused        EventKind = "refused"
	EventPolicyChanged  EventKind = "policy_changed"
	EventTokenIssued    EventKind = "token_issued"
	EventAppPaused      EventKind = "app_paused"
	EventAppResumed     EventKind = "app_resumed"
	EventEvidenceBuilt  EventKind = "evidence_built"
	EventUndone         EventKind = "undone"
	EventIdentityBound  EventKind = "identity_bound"
	EventIdentityFreed  EventKind = "identity_freed"
	EventAbsenceSet     EventKind = "absence_set"
	EventAbsenceEnded   EventKind = "absence_ended"
	EventRightsEnded    EventKind = "rights_ended"
	EventRightsBack     EventKind = "rights_back"
	EventRequestMoved   EventKind = "request_moved"
	EventRosterApplied  EventKind = "roster_applied"
	EventBrakeHeld      EventKind = "brake_held"
	EventBrakeReleased  EventKind = "brake_released"
	EventBrakeCancelled EventKind = "brake_cancelled"
	EventSignInClosed   EventKind = "sign_in_closed"
	EventSessionsEnded  EventKind = "sessions_ended"
	EventRecipePlayed   EventKind = "recipe_played"
	EventSignInOpened   EventKind = "sign_in_opened"
	EventInviteExpired  EventKind = "invite_expired"
	EventSeatPromised   EventKind = "seat_promised"
	EventAccessGranted  EventKind = "access_granted"
	EventReviewOpened   EventKind = "review_opened"
	EventReviewBlocked  EventKind = "review_blocked"
	EventReviewDecided  EventKind = "review_decided"
	EventReviewAssigned EventKind = "review_assigned"
	EventReviewSilence  EventKind = "review_silence"
	EventReviewReminded EventKind = "review_reminded"
	EventReviewCarried  EventKind = "review_carried_out"
	EventReviewFailed   EventKind = "review_failed"
	EventReviewClosed   EventKind = "review_closed"
)

// AuditEvent is one act: who, what, on whom, from what to what, when, through
// which channel, in which run, under which plan and policy. It holds opaque ids
// only; a person's name and email stand behind a salted commitment in a table
// that can be erased without breaking the chain.
type AuditEvent struct {
	Key        string            `json:"key"` // idempotency: an event with this key is written once
	Run        string            `json:"run"` // empty for events outside runs
	Kind       EventKind         `json:"kind"`
	Actor      PersonID          `json:"actor"`
	ActingFor  PersonID          `json:"acting_for,omitempty"`
	Subject    PersonID          `json:"subject,omitempty"`
	App        AppID             `json:"app,omitempty"`
	Step       StepKey           `json:"step,omitempty"`
	Target     string            `json:"target,omitempty"` // the app's id of the thing
	From       string            `json:"from,omitempty"`
	To         string            `json:"to,omitempty"`
	Channel    Channel           `json:"channel,omitempty"`
	Digest     string            `json:"digest,omitempty"`
	PolicyHash string            `json:"policy_hash,omitempty"`
	RequestID  string            `json:"request_id,omitempty"`
	Reason     string            `json:"reason,omitempty"`      // free text of a person: outside the hashed bytes, erasable
	ReasonHash string            `json:"reason_hash,omitempty"` // its salted commitment, set when the event is written
	Zone       string            `json:"zone,omitempty"`
	Facts      map[string]string `json:"facts,omitempty"`
	At         time.Time         `json:"at"`
}

// Canonical is the bytes that are hashed: one "name=value" line each, values
// quoted as Go quotes them in ASCII (what else counts as printable changes with
// the Unicode version), facts sorted and their names quoted where they are no
// plain word, the time in microseconds of UTC. Empty fields are left out, so
// that fields can be added without breaking the hashes of old events.
func (e AuditEvent) Canonical() string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			b.WriteString(name + "=" + strconv.QuoteToASCII(value) + "\n")
		}
	}
	line("format", AuditFormat)
	line("key", e.Key)
	line("run", e.Run)
	line("kind", string(e.Kind))
	line("actor", string(e.Actor))
	line("acting_for", string(e.ActingFor))
	line("subject", string(e.Subject))
	line("app", string(e.App))
	line("step", string(e.Step))
	line("target", e.Target)
	line("from", e.From)
	line("to", e.To)
	line("channel", string(e.Channel))
	line("digest", e.Digest)
	line("policy_hash", e.PolicyHash)
	line("request_id", e.RequestID)
	line("reason_hash", e.ReasonHash)
	line("zone", e.Zone)
	names := make([]string, 0, len(e.Facts))
	for name := range e.Facts {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		line("fact."+plainWord(name), e.Facts[name])
	}
	line("at", strconv.FormatInt(e.At.UnixMicro(), 10))
	return b.String()
}

// plainWord keeps a name of small letters, digits, dots, dashes and underscores
// as it is and quotes any other, so that no name can pass for another line.
func plainWord(name string) string {
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '.' && r != '-' {
			return strconv.QuoteToASCII(name)
		}
	}
	return name
}

// ChainEntry is an event in its run's chain. Seq counts from 1 without a gap.
type ChainEntry struct {
	Seq   int64      `json:"seq"`
	Prev  string     `json:"prev"` // hash of the entry before, empty for the first
	Hash  string     `json:"hash"`
	Event AuditEvent `json:"event"`
}

// ChainHash binds an event to its place behind the entry before it.
func ChainHash(prev string, seq int64, e AuditEvent) string {
	h := sha256.New()
	fmt.Fprintf(h, "prev=%s\nseq=%d\n", prev, seq)
	h.Write([]byte(e.Canonical()))
	return hex.EncodeToString(h.Sum(nil))
}

// GlobalEntry links the entries of all run chains in the order in which they
// were written.
type GlobalEntry struct {
	Seq   int64  `json:"seq"`
	Prev  string `json:"prev"`
	Hash  string `json:"hash"`
	Chain string `json:"chain"` // the run, or "" for events outside runs
	Entry int64  `json:"entry"` // Seq in that chain
	Of    string `json:"of"`    // Hash in that chain
}

// GlobalHash binds a chain's entry to its place in the global chain.
func GlobalHash(prev string, seq int64, chain string, entry int64, of string) string {
	sum := sha256.Sum256([]byte(fmt.Sprintf("prev=%s\nseq=%d\nchain=%s\nentry=%d\nof=%s\n", prev, seq, strconv.QuoteToASCII(chain), entry, of)))
	return hex.EncodeToString(sum[:])
}

// VerifyChain finds the first entry at which a chain is broken. Zero means whole.
func VerifyChain(entries []ChainEntry) (int64, error) {
	prev := ""
	for i, e := range entries {
		want := int64(i + 1)
		if e.Seq != want {
			return want, fmt.Errorf("verify audit chain: entry %d is missing", want)
		}
		if e.Prev != prev || e.Hash != ChainHash(prev, e.Seq, e.Event) {
			return want, fmt.Errorf("verify audit chain: entry %d was changed", want)
		}
		prev = e.Hash
	}
	return 0, nil
}

// Commitment hides a personal text behind a salt, so that it can be proven
// while the salt is kept and is gone when salt and text are erased.
func Commitment(salt, text string) string {
	sum := sha256.Sum256([]byte("handover-commitment/1\n" + salt + "\n" + text))
	return hex.EncodeToString(sum[:])
}
