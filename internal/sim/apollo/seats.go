package apollo

import (
	"fmt"
	"strings"
	"time"
)

// maxBilling is how many free Billing and Seat Managers a team may have.
const maxBilling = 5

func (s *Simulator) billingUsers() int {
	n := 0
	for _, u := range s.t.users.rows {
		if !u.deleted && u.profile == ProfileBilling {
			n++
		}
	}
	return n
}

// occupiedSeats counts the paid seats in use: active users with a paid profile, and invites to one.
func (s *Simulator) occupiedSeats() int {
	n := 0
	for _, u := range s.t.users.rows {
		if p, _ := profileByID(u.profile); p.Paid && (!u.deleted || s.opt.Switches.SeatHeldByDeactivated) {
			n++
		}
	}
	for _, i := range s.t.invites.rows {
		if p, _ := profileByID(i.profile); p.Paid && i.status == invitePending {
			n++
		}
	}
	return n
}

// seatFor says whether somebody with this profile can be taken in.
func (s *Simulator) seatFor(profileID string) bool {
	p, known := profileByID(profileID)
	if profileID == ProfileBilling {
		return s.billingUsers() < maxBilling
	}
	return known && (!p.Paid || s.occupiedSeats() < s.t.plan.Seats)
}

// SetSeats buys or gives up paid seats. More seats count at once. Fewer count at once on a monthly plan; an annual
// contract takes them only shortly before renewal, and goes on with them from there.
func (s *Simulator) SetSeats(n int) error {
	return s.actVia(ViaAdmin, "seats.set", func(a act) error {
		plan := &s.t.plan
		switch {
		case n < minSeats(plan.Plan):
			return fmt.Errorf("the plan has %d seats at least: %w", minSeats(plan.Plan), ErrRefused)
		case n < s.occupiedSeats():
			return fmt.Errorf("%d seats are occupied: %w", s.occupiedSeats(), ErrRefused)
		case n < plan.Seats && plan.Billing == BillingAnnual && a.now.Before(plan.Renews.Add(-s.opt.Switches.seatNotice())):
			return fmt.Errorf("an annual contract keeps its seats until %s: %w", plan.Renews.Format(time.DateOnly), ErrRefused)
		}
		s.record(a, KindPlan, "plan", "seats", plan.Seats, n)
		if n < plan.Seats && plan.Billing == BillingAnnual {
			plan.SeatsAtRenewal = n
			return nil
		}
		plan.Seats, plan.SeatsAtRenewal = n, 0
		return nil
	})
}

// renew starts new terms up to now, with the lower count that was asked for.
func (s *Simulator) renew(now time.Time) {
	plan := &s.t.plan
	for !plan.Renews.IsZero() && !plan.Renews.After(now) {
		if plan.SeatsAtRenewal > 0 {
			a := act{now: plan.Renews, via: ViaClock, op: "seats.renew"}
			s.record(a, KindPlan, "plan", "seats", plan.Seats, plan.SeatsAtRenewal)
			plan.Seats, plan.SeatsAtRenewal = plan.SeatsAtRenewal, 0
		}
		if plan.Billing == BillingAnnual {
			plan.Renews = plan.Renews.AddDate(1, 0, 0)
		} else {
			plan.Renews = plan.Renews.AddDate(0, 1, 0)
		}
	}
}

// Invite sends an invite and gives its id. It takes a free seat of the profile's kind, from now until it is revoked.
func (s *Simulator) Invite(email, profileID string) (string, error) {
	var id string
	err := s.actVia(ViaAdmin, "invites.create", func(a act) error {
		_, known := profileByID(profileID)
		switch u := s.t.userByEmail(email); {
		case !known:
			return fmt.Errorf("profile %s: %w", profileID, ErrUnknown)
		case u != nil && u.deleted:
			return fmt.Errorf("this user was deactivated, reactivate instead: %w", ErrRefused)
		case u != nil:
			return fmt.Errorf("this user exists: %w", ErrRefused)
		case s.pendingInvite(email) != nil:
			return fmt.Errorf("this person was invited already: %w", ErrRefused)
		case !s.seatFor(profileID):
			return fmt.Errorf("no free seat: %w", ErrRefused)
		}
		id = s.t.ids.make('i', a.now)
		s.t.invites.add(&invite{id: id, email: email, profile: profileID, status: invitePending, created: a.now}, a.now)
		s.record(a, KindInvite, id, "status", "", invitePending)
		return nil
	})
	return id, err
}

func (s *Simulator) pendingInvite(ref string) *invite {
	for _, i := range s.t.invites.rows {
		if i.status == invitePending && (i.id == ref || strings.EqualFold(i.email, ref)) {
			return i
		}
	}
	return nil
}

// AcceptInvite is the invited person's click; ref is the invite's id or the email address. It gives the new user's id.
func (s *Simulator) AcceptInvite(ref string) (string, error) {
	var id string
	err := s.actVia(ViaAdmin, "invites.accept", func(a act) error {
		i := s.pendingInvite(ref)
		if i == nil {
			return fmt.Errorf("invite %s: %w", ref, ErrUnknown)
		}
		s.endInvite(a, i, inviteAccepted)
		id = s.addUser(a, i.email, "", "", i.profile).id
		return nil
	})
	return id, err
}

// RevokeInvite takes an invite back; ref is its id or the email address.
func (s *Simulator) RevokeInvite(ref string) error {
	return s.actVia(ViaAdmin, "invites.revoke", func(a act) error {
		i := s.pendingInvite(ref)
		if i == nil {
			return fmt.Errorf("invite %s: %w", ref, ErrUnknown)
		}
		s.endInvite(a, i, inviteRevoked)
		return nil
	})
}

func (s *Simulator) endInvite(a act, i *invite, status string) {
	s.t.invites.change(i.id, a.now, func(i *invite) { i.status = status })
	s.record(a, KindInvite, i.id, "status", i.status, status)
}

// addUser makes a user. Names that nobody gave are taken from the address.
func (s *Simulator) addUser(a act, email, first, last, profile string) *user {
	local, _, _ := strings.Cut(email, "@")
	guessFirst, guessLast, _ := strings.Cut(local, ".")
	u := &user{
		id: s.t.ids.make('u', a.now), email: email, profile: profile, created: a.now, lastActive: a.now,
		first: orElse(first, capital(guessFirst)), last: orElse(last, capital(guessLast)),
	}
	s.t.users.add(u, a.now)
	s.record(a, KindUser, u.id, "created", "", email)
	return u
}

func capital(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
