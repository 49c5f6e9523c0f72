package apollo

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of the acts that an administrator makes in Apollo's pages.
var (
	ErrUnknown = errors.New("no such record")
	ErrRefused = errors.New("refused")
)

// States of invites.
const (
	invitePending  = "pending"
	inviteAccepted = "accepted"
	inviteRevoked  = "revoked"
)

// actVia runs one act of an administrator under the lock. Users are named by id or email address throughout.
func (s *Simulator) actVia(via Via, op string, do func(act) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.settle()
	if err := do(act{now: now, via: via, op: op}); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// Deactivate shuts a user out. Records, mailboxes and seats stay as they are, unless switches say otherwise.
func (s *Simulator) Deactivate(userRef string) error {
	return s.actVia(ViaAdmin, "users.deactivate", func(a act) error { return s.setDeleted(a, userRef, true) })
}

// Reactivate lets a user in again. A paid profile needs a free seat.
func (s *Simulator) Reactivate(userRef string) error {
	return s.actVia(ViaAdmin, "users.reactivate", func(a act) error { return s.setDeleted(a, userRef, false) })
}

func (s *Simulator) setDeleted(a act, ref string, deleted bool) error {
	u := s.t.findUser(ref)
	if u == nil {
		return fmt.Errorf("user %s: %w", ref, ErrUnknown)
	}
	if u.deleted && !deleted && !s.seatFor(u.profile) {
		return fmt.Errorf("no free seat: %w", ErrRefused)
	}
	before, after := s.t.users.change(u.id, a.now, func(u *user) {
		u.deleted = deleted
		if deleted {
			u.deactivated = a.now
		}
	})
	s.record(a, KindUser, u.id, "deleted", before.deleted, after.deleted)
	if deleted && !before.deleted {
		s.afterDeactivation(a, u.id)
	}
	return nil
}

// afterDeactivation does what deactivation brings with it in the chosen world.
func (s *Simulator) afterDeactivation(a act, userID string) {
	boxes := s.boxesOf(userID)
	if s.opt.Switches.FailScheduledAtOnce {
		s.failEmails(a, func(m *message) bool { return boxes[m.mailboxID] })
	}
	if !s.opt.Switches.DeactivationUnlinks {
		return
	}
	for _, row := range s.t.mailboxes.byOwner[userID] {
		if m := s.t.mailboxes.rows[row]; m.linked {
			s.unlink(a.as("mailboxes.unlink"), m, nil)
		}
	}
}

func (s *Simulator) boxesOf(userID string) map[string]bool {
	boxes := map[string]bool{}
	for _, row := range s.t.mailboxes.byOwner[userID] {
		boxes[s.t.mailboxes.rows[row].id] = true
	}
	return boxes
}

// Unlink takes a mailbox (id or address) off the team. Emails scheduled from it move to forwardTo, or are cancelled when
// that is empty.
func (s *Simulator) Unlink(mailboxRef, forwardTo string) error {
	return s.actVia(ViaAdmin, "mailboxes.unlink", func(a act) error {
		m := s.t.mailboxByRef(mailboxRef)
		if m == nil {
			return fmt.Errorf("mailbox %s: %w", mailboxRef, ErrUnknown)
		}
		if forwardTo == "" {
			s.unlink(a, m, nil)
			return nil
		}
		target := s.t.mailboxByRef(forwardTo)
		if target == nil {
			return fmt.Errorf("mailbox %s: %w", forwardTo, ErrUnknown)
		}
		if target.id == m.id || !s.t.canSend(target) {
			return fmt.Errorf("mailbox %s cannot take over: %w", forwardTo, ErrRefused)
		}
		s.unlink(a, m, target)
		return nil
	})
}

func (s *Simulator) unlink(a act, m, target *mailbox) {
	before, after := s.t.mailboxes.change(m.id, a.now, func(m *mailbox) {
		m.linked, m.unlinked = false, a.now
		if target != nil {
			m.forwardTo = target.id
		}
	})
	s.record(a, KindMailbox, m.id, "linked", before.linked, after.linked)
	waiting := func(msg *message) bool { return msg.mailboxID == m.id }
	if target == nil {
		s.cancelEmails(a, waiting)
		return
	}
	for _, id := range s.t.scheduledEmails(waiting) {
		s.rehome(a, id, target)
	}
}

// ResendFrom moves one scheduled email to another mailbox, as "Email from different user" does.
func (s *Simulator) ResendFrom(emailID, mailboxRef string) error {
	return s.actVia(ViaAdmin, "emails.rehome", func(a act) error {
		m, box := s.t.emails.get(emailID), s.t.mailboxByRef(mailboxRef)
		switch {
		case m == nil:
			return fmt.Errorf("email %s: %w", emailID, ErrUnknown)
		case box == nil:
			return fmt.Errorf("mailbox %s: %w", mailboxRef, ErrUnknown)
		case m.status != emailScheduled || !s.t.canSend(box):
			return fmt.Errorf("email %s from %s: %w", emailID, mailboxRef, ErrRefused)
		}
		s.rehome(a, m.id, box)
		return nil
	})
}

// SetProfile gives a user another permission profile.
func (s *Simulator) SetProfile(userRef, profileID string) error {
	return s.actVia(ViaAdmin, "users.set_profile", func(a act) error {
		u := s.t.findUser(userRef)
		next, known := profileByID(profileID)
		if u == nil || !known {
			return fmt.Errorf("user %s, profile %s: %w", userRef, profileID, ErrUnknown)
		}
		now, _ := profileByID(u.profile)
		switch {
		case profileID == ProfileBilling && u.profile != ProfileBilling && s.billingUsers() >= maxBilling:
			return fmt.Errorf("five Billing and Seat Managers at most: %w", ErrRefused)
		case !u.deleted && next.Paid && !now.Paid && !s.seatFor(profileID):
			return fmt.Errorf("no free seat: %w", ErrRefused)
		}
		before, after := s.t.users.change(u.id, a.now, func(u *user) { u.profile = profileID })
		s.record(a, KindUser, u.id, "permission_set_id", before.profile, after.profile)
		return nil
	})
}

// TransferWorkflow gives a workflow (by id) to another user.
func (s *Simulator) TransferWorkflow(workflowID, userRef string) error {
	return s.actVia(ViaAdmin, "workflows.transfer", func(a act) error {
		u := s.t.findUser(userRef)
		if s.t.workflows.get(workflowID) == nil || u == nil {
			return fmt.Errorf("workflow %s, user %s: %w", workflowID, userRef, ErrUnknown)
		}
		before, after := s.t.workflows.change(workflowID, a.now, func(w *workflow) { w.owner = u.id })
		s.record(a, KindWorkflow, workflowID, "owner_id", before.owner, after.owner)
		return nil
	})
}

// TransferList gives a list (by id) to another user.
func (s *Simulator) TransferList(listID, userRef string) error {
	return s.actVia(ViaAdmin, "lists.transfer", func(a act) error {
		u := s.t.findUser(userRef)
		if s.t.lists.get(listID) == nil || u == nil {
			return fmt.Errorf("list %s, user %s: %w", listID, userRef, ErrUnknown)
		}
		before, after := s.t.lists.change(listID, a.now, func(l *list) { l.userID, l.updated = u.id, a.now })
		s.record(a, KindList, listID, "user_id", before.userID, after.userID)
		return nil
	})
}

// SetCRMUser makes the CRM sync run on another user's credentials. A Billing and Seat Manager cannot hold them.
func (s *Simulator) SetCRMUser(userRef string) error {
	return s.actVia(ViaAdmin, "crm.set_user", func(a act) error {
		u := s.t.findUser(userRef)
		if u == nil {
			return fmt.Errorf("user %s: %w", userRef, ErrUnknown)
		}
		if p, _ := profileByID(u.profile); u.deleted || !p.Paid {
			return fmt.Errorf("%s has no seat that can hold the credentials: %w", strings.ToLower(userRef), ErrRefused)
		}
		s.record(a, KindCRM, "crm", "sync_user_id", s.t.crmUser, u.id)
		s.t.crmUser = u.id
		return nil
	})
}
