package apollo

import (
	"net/http"
	"slices"
)

// unenrol finishes, stops or removes contacts in sequences. A sequence nobody knows is not an error: it is missing in
// the echo.
func (s *Simulator) unenrol(c *call) reply {
	mode := c.str("mode")
	if !slices.Contains([]string{"mark_as_finished", "remove", "stop"}, mode) {
		return missing("mode")
	}
	wanted := map[string]bool{}
	for _, id := range c.list("contact_ids") {
		wanted[id] = true
	}
	known, steps := []object{}, []object{}
	for _, id := range c.list("emailer_campaign_ids") {
		r := s.t.sequences.get(id)
		if r == nil {
			continue
		}
		known = append(known, object{"id": id})
		steps = append(steps, r.stepWires()...)
		s.stopContacts(c.act, id, wanted, mode)
	}
	contacts := []contactWire{}
	for _, id := range c.list("contact_ids") {
		if row := s.t.contacts.get(id); row != nil && len(known) > 0 {
			contacts = append(contacts, s.contactWire(row))
		}
	}
	return ok(object{
		"contacts": contacts, "emailer_campaigns": known, "num_contacts": len(contacts), "emailer_steps": steps,
		"contact_statuses": object{"active": "loading", "failed": 0, "paused": "loading", "finished": "loading"},
	})
}

func (s *Simulator) stopContacts(a act, sequenceID string, wanted map[string]bool, mode string) {
	if mode == "remove" {
		s.removeEnrolments(a, sequenceID, wanted)
	} else {
		status := map[string]string{"mark_as_finished": "finished", "stop": "paused"}[mode]
		s.eachEnrolment(a, sequenceID, wanted, func(e *enrolment) {
			e.status, e.reason = status, "manually "+status
			if status == "finished" {
				e.finished = a.now
			}
		})
	}
	s.cancelEmails(a, func(m *message) bool { return m.sequenceID == sequenceID && wanted[m.contactID] })
}

func (s *Simulator) removeEnrolments(a act, sequenceID string, wanted map[string]bool) {
	for id := range wanted {
		row := s.t.contacts.get(id)
		if row == nil {
			continue
		}
		kept := slices.DeleteFunc(slices.Clone(row.enrolments), func(e enrolment) bool { return e.sequenceID == sequenceID })
		if len(kept) == len(row.enrolments) {
			continue
		}
		s.t.contacts.change(id, a.now, func(c *contact) { c.enrolments = kept })
		s.record(a, KindContact, id, "enrolment:"+sequenceID, "enrolled", "removed")
	}
}

// enrol adds contacts to a sequence, to be written to from one mailbox.
func (s *Simulator) enrol(c *call) reply {
	r, box, refused := s.checkEnrol(c)
	if refused != nil {
		return *refused
	}
	contacts, skipped := []contactWire{}, map[string]string{}
	for _, id := range s.enrolees(c) {
		row := s.t.contacts.get(id)
		if why := skipReason(c, r, row); why != "" {
			skipped[id] = why
			continue
		}
		contacts = append(contacts, s.contactWire(s.enrolOne(c, r, box, id)))
	}
	return ok(object{
		"contacts": contacts, "skipped_contact_ids": skipped, "emailer_campaign": s.sequenceWire(r),
		"emailer_steps": r.stepWires(), "emailer_touches": r.touchWires(),
		"team": object{"id": teamID, "sequences_finder_empty": false}, "signals_hash": object{},
	})
}

func (s *Simulator) checkEnrol(c *call) (*sequence, *mailbox, *reply) {
	var out reply
	boxes := c.list("send_email_from_email_account_id")
	r := s.t.sequences.get(c.id)
	var box *mailbox
	if len(boxes) > 0 {
		box = s.t.mailboxes.get(boxes[0])
	}
	switch {
	case !c.has("contact_ids") && !c.has("label_names"):
		out = unprocessable("Please specify either contact_ids or label_names.")
	case !c.has("emailer_campaign_id") || len(boxes) == 0:
		out = unprocessable("Please specify a emailer_campaign_id and send_email_from_email_account_id.")
	case r == nil:
		out = fail(http.StatusNotFound, "Record not found.")
	case box == nil:
		out = invalidID(boxes[0])
	case !s.t.canSend(box):
		out = unprocessable("These mailboxes are no longer active. " + box.email)
	default:
		return r, box, nil
	}
	return nil, nil, &out
}

// enrolees lists the contacts meant, by id or as members of lists.
func (s *Simulator) enrolees(c *call) []string {
	ids := c.list("contact_ids")
	if labels := s.listIDs(c.list("label_names")); len(labels) > 0 {
		for _, row := range s.t.contacts.rows {
			if overlap(labels, row.labels) {
				ids = append(ids, row.id)
			}
		}
	}
	return ids
}

func skipReason(c *call, r *sequence, row *contact) string {
	if row == nil {
		return "contact_not_found"
	}
	for _, e := range row.enrolments {
		switch {
		case e.sequenceID == r.id:
			return "contacts_already_exists_in_current_campaign"
		case e.status == "active" && !c.flag("sequence_active_in_other_campaigns"):
			return "contacts_active_in_other_campaigns"
		case e.status == "finished" && !c.flag("sequence_finished_in_other_campaigns"):
			return "contacts_finished_in_other_campaigns"
		}
	}
	if row.email == "" && !c.flag("sequence_no_email") {
		return "contacts_without_email"
	}
	return ""
}

func (s *Simulator) enrolOne(c *call, r *sequence, box *mailbox, id string) *contact {
	status := "active"
	if c.str("status") == "paused" {
		status = "paused"
	}
	added := enrolment{
		id: s.t.ids.make('e', c.now), sequenceID: r.id, status: status, mailboxID: box.id, mailboxEmail: box.email,
		senderID: box.userID, addedBy: s.t.acting().id, added: c.now,
	}
	_, after := s.t.contacts.change(id, c.now, func(row *contact) {
		row.enrolments = append(slices.Clone(row.enrolments), added)
	})
	s.record(c.act, KindContact, id, "enrolment:"+r.id, "", status)
	return after
}
