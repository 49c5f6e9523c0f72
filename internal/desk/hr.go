package desk

import (
	"context"
	"fmt"

	"handover/domain"
)

// ReceiveHR checks an event of HR whole and keeps it before it is acknowledged;
// it is carried out afterwards. It answers false for a repeated delivery. What
// cannot be meant is a refusal, and an audit event.
func (d *Desk) ReceiveHR(ctx context.Context, e domain.HREvent) (fresh bool, err error) {
	if err := e.Check(d.now()); err != nil {
		return false, d.RefuseHR(ctx, e.Source, domain.RefusedReason, err.Error())
	}
	e.Hold, e.Key = "", ""
	if e.Confidential {
		e.Reason = "" // of a confidential leaving no reason is kept
	}
	return d.Store.KeepHREvent(ctx, e)
}

// RefuseHR records something that came to HR's door and was turned away, and
// gives back what the sender hears. code is a word for the audit log: forged,
// stale, malformed, unmapped, too-large, or a code of domain.Refusal.
func (d *Desk) RefuseHR(ctx context.Context, source, code, text string) error {
	now := d.now()
	e := domain.AuditEvent{Key: fmt.Sprintf("refused-hr/%s/%s/%d", source, code, now.UnixMicro()), Kind: domain.EventRefused, Actor: domain.UnknownActor, At: now,
		Facts: map[string]string{"code": code, "door": "hr", "source": source}}
	if err := d.Store.Record(ctx, domain.Entry{Events: []domain.AuditEvent{e}}); err != nil {
		d.Log.ErrorContext(ctx, "refusal not recorded", "error", err)
	}
	return domain.Refuse(code, text)
}

// RosterPlan is what a roster would do, before it does it.
type RosterPlan struct {
	Rows     int             `json:"rows"`
	Known    int             `json:"known"`    // people who stay as they are
	New      []string        `json:"new"`      // emails that nobody had told us of
	Changed  []string        `json:"changed"`  // people whose facts change
	OnLeave  []string        `json:"on_leave"` // are no leavers
	Leaving  []RosterLeaving `json:"leaving"`
	Past     []string        `json:"past"`    // left long ago: noted, and no leaving starts
	Missing  []string        `json:"missing"` // not in a full roster any more: they count as leavers
	Held     string          `json:"held"`    // why the brake would hold them; "" when it would not
	Applied  bool            `json:"applied"`
	Problems []string        `json:"problems"` // with line numbers; nothing is applied where there are any
}

// RosterLeaving is a leaving that a roster would start or move.
type RosterLeaving struct {
	Email string `json:"email"`
	When  string `json:"when"`
	What  string `json:"what"` // start, move, stands
}
