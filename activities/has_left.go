package activities

import (
	"context"
	"slices"

	"handover/domain"
)

// hasLeft tells that somebody has left and that no hire of HR stands for what a run
// gives them. Whoever is only about to leave has their access until then.
func (s *Set) hasLeft(ctx context.Context, ref StepRef) (bool, error) {
	p, err := s.Ledger.Person(ctx, ref.Person)
	if err != nil || p.State != domain.PersonLeft {
		return false, err
	}
	hired, err := s.hireStands(ctx, ref)
	return !hired, err
}

// gives tells that a person who does the steps gives somebody something.
func gives(steps []domain.StepKey) bool {
	return slices.ContainsFunc(steps, func(key domain.StepKey) bool {
		return key == domain.StepInvite || key == domain.StepOpenSignIn || key == domain.StepRole
	})
}

// leaverCame records that somebody who has left came in by an invite: what the app
// shows is kept, so that the account is found, and nothing is granted by it.
func (s *Set) leaverCame(ctx context.Context, in InviteInput, m domain.Membership) error {
	ref := in.StepRef
	ref.Step = domain.StepAccept
	step := s.step(ref, domain.StepNeedsAttention, in.Channel, "somebody who has left is an active user of the app: remove them")
	step.RequestID = m.RequestID
	entry := domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}, Links: []domain.AccountLink{{App: in.App, Person: in.Person, Account: m.Account.ID}}}
	if in.Link > 0 {
		s.addAccepted(&entry, in, m)
	}
	return s.Ledger.Record(ctx, entry)
}

// addAccepted puts into an entry that the person accepted the invite.
func (s *Set) addAccepted(entry *domain.Entry, in InviteInput, m domain.Membership) {
	e := s.inviteEvent(in, domain.EventInviteAccepted, in.Channel)
	e.Target, e.RequestID = string(m.Account.ID), m.RequestID
	e.Actor, e.ActingFor = in.Person, ""
	entry.Invites = append(entry.Invites, s.invite(in, domain.InviteAccepted, in.Channel))
	entry.Events = append(entry.Events, e)
}
