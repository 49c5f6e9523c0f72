package apollo

import "time"

// settle brings the state up to the clock: promised changes are made, emails that fell due are sent or not. Every door
// calls it first, so nothing has to run in the background. Callers hold the lock.
func (s *Simulator) settle() time.Time {
	now := s.now()
	for len(s.t.later) > 0 && !s.t.later[0].at.After(now) {
		next := s.t.later[0]
		s.t.later = s.t.later[1:]
		s.settleEmails(next.at)
		next.do(next.at)
	}
	s.settleEmails(now)
	s.renew(now)
	return now
}

func (s *Simulator) settleEmails(now time.Time) {
	for s.t.dueNext < len(s.t.due) {
		m := s.t.emails.rows[s.t.due[s.t.dueNext]]
		if m.due.After(now) {
			return
		}
		s.t.dueNext++
		s.settleEmail(m, m.due)
	}
}

// settleEmail decides one email's fate when its time has come. An email of a sequence that does not run waits until it does.
func (s *Simulator) settleEmail(m *message, at time.Time) {
	if m.status != emailScheduled {
		return
	}
	if r := s.t.sequences.get(m.sequenceID); r != nil && !r.active {
		s.t.held = append(s.t.held, m.id)
		return
	}
	a := act{now: at, via: ViaClock, op: "emails.send"}
	if s.t.canSend(s.t.mailboxes.get(m.mailboxID)) {
		s.setEmail(a, m.id, emailCompleted, "")
		return
	}
	s.setEmail(a, m.id, emailFailed, reasonNoInbox)
}

func (s *Simulator) setEmail(a act, id, status, reason string) {
	before, _ := s.t.emails.change(id, a.now, func(m *message) {
		m.status, m.reason = status, reason
		switch status {
		case emailCompleted:
			m.completed = a.now
		case emailFailed:
			m.failed = a.now
		}
	})
	s.record(a, KindEmail, id, "status", before.status, status)
}

// scheduledEmails lists the emails not sent yet that a test keeps.
func (t *tenant) scheduledEmails(keep func(*message) bool) []string {
	var ids []string
	for _, m := range t.emails.rows {
		if m.status == emailScheduled && keep(m) {
			ids = append(ids, m.id)
		}
	}
	return ids
}

func (s *Simulator) cancelEmails(a act, which func(*message) bool) {
	for _, id := range s.t.scheduledEmails(which) {
		s.setEmail(a.as("emails.cancel"), id, emailCancelled, "")
	}
}

func (s *Simulator) failEmails(a act, which func(*message) bool) {
	for _, id := range s.t.scheduledEmails(which) {
		s.setEmail(a.as("emails.fail"), id, emailFailed, reasonNoInbox)
	}
}

// rehome moves one scheduled email to another mailbox.
func (s *Simulator) rehome(a act, id string, box *mailbox) {
	owner := s.t.users.get(box.userID)
	before, _ := s.t.emails.change(id, a.now, func(m *message) {
		m.rehomedFrom, m.mailboxID, m.from = m.mailboxID, box.id, box.email
		if owner != nil {
			m.fromName = owner.name()
		}
	})
	s.record(a.as("emails.rehome"), KindEmail, id, "email_account_id", before.mailboxID, box.id)
}

// release sends what was held while a sequence did not run.
func (s *Simulator) release(sequenceID string, now time.Time) {
	waiting := s.t.held
	s.t.held = nil
	for _, id := range waiting {
		m := s.t.emails.get(id)
		if m.sequenceID != sequenceID {
			s.t.held = append(s.t.held, id)
			continue
		}
		s.settleEmail(m, now)
	}
}
