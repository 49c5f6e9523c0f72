package activities

import (
	"context"
	"fmt"
	"strconv"

	"handover/domain"
)

// SendInvite makes somebody a user of the app on the tenant's channel: it looks
// first, gives back a user who was deactivated, and sends at most one invite for
// each link. An invite that was about to be sent when a process died, and of which
// the app shows nothing, is never sent again blindly: a person looks.
func (s *Set) SendInvite(ctx context.Context, in InviteInput) (ActResult, error) {
	m, c, err := s.member(ctx, in.StepRef)
	if err != nil {
		return ActResult{}, err
	}
	want := domain.CanInvite
	switch m.State {
	case domain.MemberActive:
		return ActResult{Outcome: OutcomeVerified, RequestID: m.RequestID, Why: "the app lists the person already"}, nil
	case domain.MemberInactive:
		want = domain.CanReactivate
	case domain.MemberInvited:
		if in.Link <= 1 {
			return s.inviteSent(ctx, in, domain.ChannelAPI, m.RequestID, "the app shows an open invite")
		}
	}
	choice := s.channelFor(ctx, in.App, c, want)
	if choice.Channel == domain.ChannelPerson || choice.Channel == domain.ChannelIDP {
		return s.byPerson(m.State, choice.Why), nil
	}
	before, known, err := s.invited(ctx, in.Invite)
	if err != nil {
		return ActResult{}, err
	}
	if known && before.Link == in.Link && before.State != domain.InviteSending {
		return ActResult{Outcome: OutcomeUnverified, Channel: before.Channel, Why: "it was sent"}, nil
	}
	if known && before.Link == in.Link && want == domain.CanInvite && !idempotent(c) {
		return s.byPerson(m.State, "an invite may have been sent before a process died: look whether it is pending, and send one only if not"), nil
	}
	if err := s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Invites: []domain.Invite{s.invite(in, domain.InviteSending, choice.Channel)}}); err != nil {
		return ActResult{}, err
	}
	s.crash("invite-marked-not-sent")
	receipt, err := s.invite1(ctx, in, m, c, choice.Channel, want)
	if why, shut := doorShut(err); shut {
		return s.byPerson(m.State, why), nil
	}
	if err != nil {
		return ActResult{}, s.fail(ctx, in.App, err)
	}
	s.crash("invite-sent-not-recorded")
	return s.inviteSent(ctx, in, choice.Channel, receipt.RequestID, "the app took it")
}

// idempotent tells that the connector looks before it makes a user, so that a
// second call for the same person makes no second one.
func idempotent(c Connector) bool {
	_, ok := c.(Inviter)
	return ok
}

// invite1 asks the door.
func (s *Set) invite1(ctx context.Context, in InviteInput, m domain.Membership, c Connector, on domain.Channel, want domain.Capability) (domain.Receipt, error) {
	p, err := s.Ledger.Person(ctx, in.Person)
	if err != nil {
		return domain.Receipt{}, err
	}
	if on == domain.ChannelBrowser {
		account := m.Account
		account.Email, account.Name = p.Email, p.Name
		return s.playFor(ctx, in.StepRef, want, account, map[string]string{"role.name": in.Role.Name, "role.key": in.Role.Key})
	}
	if want == domain.CanReactivate {
		if door, ok := c.(Reactivator); ok {
			return door.ReactivateAccount(ctx, m.Account)
		}
	} else if door, ok := c.(Inviter); ok {
		return door.InviteAccount(ctx, p.Email, p.Name, in.Role)
	}
	return domain.Receipt{}, domain.NewFault(domain.FaultUnsupported, "invite.send", in.App, "the app offers no interface for it", nil)
}

func (s *Set) byPerson(state domain.MemberState, why string) ActResult {
	if state == domain.MemberInactive {
		why = "the person has a deactivated user: reactivate it instead of inviting them again; " + why
	}
	return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: why}
}

func (s *Set) invite(in InviteInput, state domain.InviteState, on domain.Channel) domain.Invite {
	now := s.now()
	i := domain.Invite{ID: in.Invite, Run: in.Run, App: in.App, Person: in.Person, Role: in.Role.Key, RoleName: in.Role.Name, State: state, Link: in.Link, Channel: on, SentBy: in.By, SentAt: in.SentAt}
	if i.SentAt.IsZero() {
		i.SentAt = now
	}
	if in.Life > 0 {
		i.ExpiresAt = i.SentAt.Add(in.Life)
	}
	if state == domain.InviteAccepted || state == domain.InviteRevoked {
		i.SettledAt = now
	}
	return i
}

// inviteSent records an invite. Each link is one event, whoever records it.
func (s *Set) inviteSent(ctx context.Context, in InviteInput, on domain.Channel, requestID, why string) (ActResult, error) {
	step := s.step(in.StepRef, domain.StepDoneUnverified, on, why)
	step.RequestID = requestID
	e := s.inviteEvent(in, domain.EventInviteSent, on)
	e.RequestID = requestID
	err := s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}, Invites: []domain.Invite{s.invite(in, domain.InvitePending, on)}, Events: []domain.AuditEvent{e}})
	return ActResult{Outcome: OutcomeUnverified, Channel: on, RequestID: requestID, Why: why}, err
}

// inviteEvent says who did it, for whom, with which role and on whose word.
func (s *Set) inviteEvent(in InviteInput, kind domain.EventKind, on domain.Channel) domain.AuditEvent {
	e := s.event(in.StepRef, kind, fmt.Sprintf("%s-%d%s", kind, in.Link, in.Key))
	if in.By != "" {
		e.Actor = in.By
	}
	if in.For != e.Actor && in.For != domain.SystemActor {
		e.ActingFor = in.For
	}
	e.To, e.Channel, e.Digest, e.Reason = in.Role.Name, on, in.Digest, in.Reason
	e.Facts = map[string]string{"role": in.Role.Key, "link": strconv.Itoa(in.Link), domain.FactApprovedBy: domain.Named(in.Approved)}
	return e
}

// NoteInvite records what people, or the clock, did with an invite: that it was
// sent by hand, ran out, or was revoked.
func (s *Set) NoteInvite(ctx context.Context, in InviteInput) (Nothing, error) {
	kinds := map[domain.InviteState]domain.EventKind{domain.InvitePending: domain.EventInviteSent, domain.InviteExpired: domain.EventInviteExpired, domain.InviteRevoked: domain.EventInviteRevoked}
	state := map[domain.InviteState]domain.StepState{domain.InvitePending: domain.StepDoneUnverified, domain.InviteExpired: domain.StepNeedsAttention, domain.InviteRevoked: domain.StepSkipped}[in.State]
	why := map[domain.InviteState]string{domain.InvitePending: "sent by hand", domain.InviteExpired: "the invite has run out: send it again, or revoke it", domain.InviteRevoked: "the invite was revoked"}[in.State]
	entry := domain.Entry{Run: in.Run, Steps: []domain.StepRecord{s.step(in.StepRef, state, in.Channel, why)}, Invites: []domain.Invite{s.invite(in, in.State, in.Channel)},
		Events: []domain.AuditEvent{s.inviteEvent(in, kinds[in.State], in.Channel)}}
	return Nothing{}, s.Ledger.Record(ctx, entry)
}

// SettleJoin looks whether the person is there now, and records it once they are:
// the invite was accepted, and the app itself shows it.
func (s *Set) SettleJoin(ctx context.Context, in InviteInput) (LookResult, error) {
	m, c, err := s.member(ctx, in.StepRef)
	if err != nil {
		return LookResult{}, err
	}
	r := s.looked(ctx, in.App, c, m)
	if m.State != domain.MemberActive {
		return r, nil
	}
	entry := domain.Entry{Run: in.Run, Links: []domain.AccountLink{{App: in.App, Person: in.Person, Account: m.Account.ID}}}
	for _, key := range []domain.StepKey{domain.StepInvite, domain.StepAccept} {
		ref := in.StepRef
		ref.Step = key
		step := s.step(ref, domain.StepVerified, in.Channel, "the app lists the person as an active user")
		step.RequestID = m.RequestID
		entry.Steps = append(entry.Steps, step)
	}
	e := s.inviteEvent(in, domain.EventInviteAccepted, in.Channel)
	e.Target, e.RequestID = string(m.Account.ID), m.RequestID
	if in.Link == 0 {
		e.Kind, e.Facts["how"] = domain.EventStepChanged, "the person had a user already"
	} else {
		entry.Invites = []domain.Invite{s.invite(in, domain.InviteAccepted, in.Channel)}
		e.Actor, e.ActingFor = in.Person, ""
	}
	entry.Events = []domain.AuditEvent{e}
	return r, s.Ledger.Record(ctx, entry)
}
