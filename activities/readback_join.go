package activities

import (
	"context"

	"handover/domain"
)

// For these the absence that a read-back looks for is that of what is missing:
// "absent" means that somebody is there, or has what was granted.

// seeMember looks whether an invite is open, or accepted. An app that does not list
// invites shows one only when it was accepted.
func (s *Set) seeMember(ctx context.Context, c Connector, spec domain.StepSpec, in ReadBackInput) (sight, error) {
	m, _, err := s.member(ctx, in.StepRef)
	if err != nil {
		return sight{}, err
	}
	seen := sight{presence: domain.Present, requestID: m.RequestID, why: "the app does not list the person"}
	switch {
	case m.Hidden:
		return notShown(domain.WhyHidden), nil
	case m.State == domain.MemberActive:
		seen.presence, seen.why = domain.Absent, "the app lists the person as an active user"
	case m.State == domain.MemberInvited && spec.ReadBack == domain.ReadBackInvited:
		seen.presence, seen.why = domain.Absent, "the app shows an open invite"
	case m.State == domain.MemberInvited:
		seen.why = "the invite is not accepted yet"
	case m.State == domain.MemberUnknown:
		seen.presence, seen.why = domain.PresenceUnknown, "the list of users was cut short, or does not tell"
	case spec.ReadBack == domain.ReadBackInvited && s.channelFor(ctx, in.App, c, domain.CanListInvite).Channel == domain.ChannelPerson:
		seen.presence, seen.why = domain.PresenceUnknown, "the app shows an invite only when it was accepted"
	}
	return seen, nil
}

// seeRole looks whether an account has the role that was granted.
func seeRole(l domain.Listing, in ReadBackInput) sight {
	if in.Join == nil || l.Hidden {
		return notShown("the app does not show roles")
	}
	account, ok := l.ByID(in.Account)
	seen := sight{presence: domain.PresenceUnknown, requestID: l.RequestID, why: "the app does not list the user"}
	if !ok {
		return seen
	}
	switch account.IsRole(in.Join.Role) {
	case domain.Yes:
		seen.presence, seen.why = domain.Absent, "the app shows the role "+in.Join.Role.Name
	case domain.No:
		seen.presence, seen.why = domain.Present, "the app still shows another role"
	default:
		return notShown("the app does not show this user's role")
	}
	return seen
}

// seeGiven looks whether the identity provider gives the app.
func (s *Set) seeGiven(ctx context.Context, in StepRef) (sight, error) {
	seen, err := s.seeSignIn(ctx, in)
	switch seen.presence {
	case domain.Present:
		seen.presence = domain.Absent
	case domain.Absent:
		seen.presence = domain.Present
	}
	return seen, err
}

// addRole answers who granted which role: whoever did it, on whose word.
func (s *Set) addRole(entry *domain.Entry, ref StepRef, in ReadBackInput, seen sight) {
	e := s.roleEvent(ref, in.Join.From, in.Join.Role, in.Join.For, in.Join.Approved)
	e.Target, e.Channel, e.RequestID, e.Digest, e.Reason = string(in.Account), in.Channel, seen.requestID, in.Join.Digest, in.Proof
	if in.DoneBy != "" {
		e.Actor = in.DoneBy
	}
	if in.Confirmed != "" {
		e.Facts["confirmed_by"] = string(in.Confirmed)
	}
	entry.Events = append(entry.Events, e)
	entry.Claims = append(entry.Claims, s.settled(ref.Run, ref.App, domain.StepRole))
}
