package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"handover/domain"
)

// SendInvite makes somebody a user of the app on the tenant's channel: it looks
// first, gives back a user who was deactivated, and asks the app at most once for
// each link. An invite that may have been sent, and of which the app shows nothing,
// is never sent again: a person looks.
func (s *Set) SendInvite(ctx context.Context, in InviteInput) (ActResult, error) {
	m, c, err := s.member(ctx, in.StepRef)
	if err != nil {
		return ActResult{}, err
	}
	if err := s.stillJoins(ctx, in.StepRef, "invite.send"); err != nil {
		return ActResult{}, err
	}
	before, err := s.invited(ctx, in.Invite)
	if err != nil {
		return ActResult{}, err
	}
	if r, decided, err := s.foundInvited(ctx, in, m, before); decided || err != nil {
		return r, err
	}
	want := domain.CanInvite
	if m.State == domain.MemberInactive {
		want = domain.CanReactivate
	}
	choice := s.channelFor(ctx, in.App, c, want)
	if choice.Channel == domain.ChannelPerson || choice.Channel == domain.ChannelIDP {
		return s.byPerson(m.State, choice.Why), nil
	}
	first, err := s.claimLink(ctx, in, want, choice.Channel)
	if err != nil {
		return ActResult{}, err
	}
	if !first {
		return s.byPerson(m.State, "an invite may have been sent already: look whether it is pending, and send one only if not"), nil
	}
	s.crash("invite-marked-not-sent")
	receipt, err := s.invite1(ctx, in, m, c, choice.Channel, want)
	if err != nil {
		return s.notInvited(ctx, in, m, err)
	}
	s.crash("invite-sent-not-recorded")
	return s.inviteSent(ctx, in, choice.Channel, receipt.RequestID, "the app took it")
}

// foundInvited is the answer where the app, or our own record, leaves nothing to
// send, or does not tell enough to send anything.
func (s *Set) foundInvited(ctx context.Context, in InviteInput, m domain.Membership, before domain.Invite) (ActResult, bool, error) {
	switch {
	case m.State == domain.MemberActive:
		return ActResult{Outcome: OutcomeVerified, RequestID: m.RequestID, Why: "the app lists the person already"}, true, nil
	case m.Hidden:
		return s.byPerson(m.State, domain.WhyHidden), true, nil
	case m.Ambiguous > 0:
		return ActResult{}, true, domain.NewFault(domain.FaultConflict, "invite.send", in.App, "several users have this email: tidy them up in the app, then retry", nil)
	case m.State == domain.MemberUnknown && m.Account.ID == "":
		return ActResult{}, true, domain.NewFault(domain.FaultUnavailable, "invite.send", in.App, "the list of users was cut short: it is read again before anybody is invited", nil)
	case m.State == domain.MemberUnknown:
		return s.byPerson(m.State, "the app does not tell whether this person's user can log in: look before one is made"), true, nil
	case before.Link > in.Link:
		return ActResult{Outcome: OutcomeUnverified, Channel: before.Channel, Why: "a later link was sent"}, true, nil
	case before.Link == in.Link && before.State != domain.InviteSending && before.State != "":
		return ActResult{Outcome: OutcomeUnverified, Channel: before.Channel, Why: "it was sent"}, true, nil
	case m.State == domain.MemberInvited && in.Link <= 1:
		r, err := s.inviteSeen(ctx, in, m, before.Channel)
		return r, true, err
	}
	return ActResult{}, false, nil
}

// inviteSeen records an open invite that the app shows. Where this run never began
// to send one it is somebody else's.
func (s *Set) inviteSeen(ctx context.Context, in InviteInput, m domain.Membership, on domain.Channel) (ActResult, error) {
	why := "the app shows the invite"
	if on == "" {
		in.By, in.For, on, why = domain.UnknownActor, "", domain.ChannelAPI, "the app shows an open invite that this run did not send"
	}
	return s.inviteSent(ctx, in, on, m.RequestID, why)
}

// linkClaim is the mark, in the ledger, that a link was about to be sent. The ledger
// gives it to one caller only, also where two tries of one call live at once.
func linkClaim(in InviteInput) domain.Claim {
	return domain.Claim{ID: domain.IdempotencyKey(in.Run, in.App, in.Step, "link-"+strconv.Itoa(in.Link)), App: in.App, Run: in.Run, Step: in.Step, Effect: domain.ClaimEffect("invite")}
}

// claimLink answers true to the first who is about to send a link. To give a user
// back is no second one, however often it is asked for.
func (s *Set) claimLink(ctx context.Context, in InviteInput, want domain.Capability, on domain.Channel) (bool, error) {
	claim := linkClaim(in)
	claim.MadeAt = s.now()
	finding, err := s.Ledger.Claim(ctx, claim, func(all []domain.Claim) domain.GuardFinding {
		if want == domain.CanInvite && slices.ContainsFunc(all, func(c domain.Claim) bool { return c.ID == claim.ID && !c.Released }) {
			return domain.GuardFinding{State: domain.GuardShut, Why: "this link may have been sent"}
		}
		return domain.GuardFinding{State: domain.GuardOpen, Why: "this link was not sent yet"}
	})
	if err != nil || finding.State == domain.GuardShut {
		return false, err
	}
	return true, s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Invites: []domain.Invite{s.invite(in, domain.InviteSending, on)}})
}

// notInvited sorts what came instead of an invite. Where the app, or our own window,
// refused the call the link can be sent again; where no answer came it may be out.
func (s *Set) notInvited(ctx context.Context, in InviteInput, m domain.Membership, failed error) (ActResult, error) {
	kind := domain.KindOf(failed)
	if kind == domain.FaultUnavailable || kind == domain.FaultInternal {
		return ActResult{}, failed
	}
	claim := linkClaim(in)
	claim.SettledAt, claim.Released = s.now(), true
	if err := s.Ledger.Record(context.WithoutCancel(ctx), domain.Entry{Run: in.Run, Claims: []domain.Claim{claim}}); err != nil {
		return ActResult{}, errors.Join(failed, err)
	}
	if kind == domain.FaultConflict { // somebody made the user meanwhile
		now, _, err := s.member(ctx, in.StepRef)
		if err != nil {
			return ActResult{}, err
		}
		if r, decided, err := s.foundInvited(ctx, in, now, domain.Invite{}); decided || err != nil {
			return r, err
		}
	}
	if why, shut := doorShut(failed); shut {
		return s.byPerson(m.State, why), nil
	}
	return ActResult{}, s.fail(ctx, in.App, failed)
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
	claim := linkClaim(in)
	claim.SettledAt = s.now()
	err := s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}, Claims: []domain.Claim{claim}, Invites: []domain.Invite{s.invite(in, domain.InvitePending, on)}, Events: []domain.AuditEvent{e}})
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
// the invite was accepted, and the app itself shows it. Whoever has left by then was
// not let in: the answer says so, and nothing is verified.
func (s *Set) SettleJoin(ctx context.Context, in InviteInput) (LookResult, error) {
	m, c, err := s.member(ctx, in.StepRef)
	if err != nil {
		return LookResult{}, err
	}
	r := s.looked(ctx, in.App, c, m)
	if r.Left, err = s.hasLeft(ctx, in.StepRef); err != nil {
		return LookResult{}, err
	}
	if m.State != domain.MemberActive {
		return r, nil
	}
	if r.Left {
		return r, s.leaverCame(ctx, in, m)
	}
	entry := domain.Entry{Run: in.Run, Links: []domain.AccountLink{{App: in.App, Person: in.Person, Account: m.Account.ID}}}
	for _, key := range []domain.StepKey{domain.StepInvite, domain.StepAccept} {
		ref := in.StepRef
		ref.Step = key
		step := s.step(ref, domain.StepVerified, in.Channel, "the app lists the person as an active user")
		step.RequestID = m.RequestID
		entry.Steps = append(entry.Steps, step)
	}
	if in.Link > 0 {
		s.addAccepted(&entry, in, m)
		return r, s.Ledger.Record(ctx, entry)
	}
	e := s.inviteEvent(in, domain.EventStepChanged, in.Channel)
	e.Target, e.RequestID, e.Facts["how"] = string(m.Account.ID), m.RequestID, "the person had a user already"
	entry.Events = []domain.AuditEvent{e}
	return r, s.Ledger.Record(ctx, entry)
}
