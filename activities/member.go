package activities

import (
	"context"

	"handover/domain"
)

// CRMUser tells whose credentials the sync with a CRM runs on: unknown where the
// app does not show it.
type CRMUser interface {
	UsesCRM(ctx context.Context, account domain.AccountID) (domain.Tri, error)
}

// Inviter can make somebody a user of the app.
type Inviter interface {
	// InviteAccount makes or invites a user. One who is there already is success
	// with Already set. The answer is no proof: the caller lists. A fault of kind
	// unavailable may have come after the app acted.
	InviteAccount(ctx context.Context, email, name string, role domain.AppRole) (domain.Receipt, error)
}

// RoleChanger can give a user another role.
type RoleChanger interface {
	ChangeRole(ctx context.Context, account domain.Account, to domain.AppRole) (domain.Receipt, error)
}

// LookAtMember tells how a person stands in an app: with a user, a deactivated one,
// an invite that is open, or nothing.
func (s *Set) LookAtMember(ctx context.Context, in LookInput) (LookResult, error) {
	m, c, err := s.member(ctx, in.StepRef)
	if err != nil {
		return LookResult{}, err
	}
	r := s.looked(ctx, in.App, c, m)
	if crm, ok := c.(CRMUser); ok && m.Account.ID != "" {
		if r.CRM, err = crm.UsesCRM(ctx, m.Account.ID); err != nil {
			return r, s.fail(ctx, in.App, err)
		}
	}
	return r, nil
}

func (s *Set) looked(ctx context.Context, app domain.AppID, c Connector, m domain.Membership) LookResult {
	return LookResult{State: m.State, Account: m.Account.ID, Role: m.Account.ProfileID, Admin: m.Account.Admin, FullSeat: m.Account.FullSeat, CRM: domain.Unknown,
		Hidden: m.Hidden, Ambiguous: m.Ambiguous, Channels: s.choices(ctx, app, c), RequestID: m.RequestID}
}

// member reads the app. Somebody who is linked to an account is that account,
// whatever its email; two users with one email decide nothing.
func (s *Set) member(ctx context.Context, ref StepRef) (domain.Membership, Connector, error) {
	c, l, err := s.list(ctx, ref.App)
	if err != nil {
		return domain.Membership{}, nil, err
	}
	p, err := s.Ledger.Person(ctx, ref.Person)
	if err != nil {
		return domain.Membership{}, nil, err
	}
	linked, err := s.Ledger.AccountLink(ctx, ref.App, ref.Person)
	if err != nil {
		return domain.Membership{}, nil, err
	}
	return domain.MembershipOf(l, p.Email, linked), c, nil
}
