package activities

import (
	"context"
	"fmt"

	"handover/domain"
)

// ChaseApproval records how an open request or task stands and tells people
// about it, once each: a reminder, the backups, a new stage, somebody else in
// place of a person who left. It answers when to do so again.
func (s *Set) ChaseApproval(ctx context.Context, in ChaseInput) (Clock, error) {
	key := fmt.Sprintf("%s/%s-%d", in.About, in.Kind, in.Count)
	entry := domain.Entry{Run: in.Run}
	var next Clock
	if in.Approval != nil {
		a := *in.Approval
		if a.State == domain.ApprovalOpen {
			next = s.clock(a)
			a.LateAt = next.LateAt
		}
		entry.Approvals = []domain.Approval{a}
	}
	if in.Task != nil {
		entry.Tasks = []domain.Task{*in.Task}
	}
	if in.Kind != "close" && len(in.To) > 0 {
		entry.Notices = []domain.Notice{{ID: key, Run: in.Run, App: in.App, Kind: in.Kind, About: in.About, To: in.To, Text: in.Text,
			Urgent: in.Urgent, At: s.now()}}
	}
	if kind, outcome, told := chaseEvent(in); told {
		e := s.event(in.StepRef, kind, key)
		e.Target, e.To = in.About, outcome
		if in.Approval != nil {
			e.Digest = in.Approval.Digest
			e.Facts = map[string]string{"scope": string(in.Approval.Scope), "approval_policy": in.Approval.PolicyDigest}
		}
		entry.Events = []domain.AuditEvent{e}
	}
	return next, s.Ledger.Record(ctx, entry)
}

// chaseEvent names the event that a chase leaves; reminders and later stages
// leave none.
func chaseEvent(in ChaseInput) (event domain.EventKind, outcome string, told bool) {
	switch in.Kind {
	case "approval-opened":
		return domain.EventApprovalOpened, "", in.Approval != nil && in.Approval.Stage == 0
	case "escalate":
		return domain.EventApprovalLate, string(domain.TimeoutEscalate), true
	case "expired":
		return domain.EventApprovalLate, string(domain.ApprovalDenied), true
	case "moved":
		return domain.EventRequestMoved, "", true
	default:
		return "", "", false
	}
}

// clock tells when a request is late, and when its people are reminded, counted
// from now. Where the policy wants no reminder a day has to do.
func (s *Set) clock(a domain.Approval) Clock {
	late, remind := a.Clock(s.now())
	if remind.IsZero() {
		remind = s.now().AddDate(0, 0, 1)
	}
	return Clock{LateAt: late, RemindAt: remind}
}

// EndRights ends what the leaver may do inside Handover together with their
// access, or gives it back: role, tokens and substitutions go at once, what was
// asked of them is moved by the desk.
func (s *Set) EndRights(ctx context.Context, in RightsInput) (Nothing, error) {
	kind, key := domain.EventRightsEnded, "rights-ended"
	if in.Back {
		kind, key = domain.EventRightsBack, "rights-back"
	}
	e := s.event(in.StepRef, kind, key)
	return Nothing{}, s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Departure: &domain.Departure{Run: in.Run, Person: in.Person, Back: in.Back, At: s.now()},
		Events: []domain.AuditEvent{e}})
}
