package apollo

import (
	"slices"
	"strings"
	"time"
)

// searchEmails finds emails. There is no pagination block: one reads until a page is empty. Cancelled emails are gone.
func (s *Simulator) searchEmails(c *call) reply {
	p, refused := c.params.paging(pageRules{perPage: 25, ceiling: true})
	if refused != nil {
		return *refused
	}
	users := c.list("user_ids")
	if len(users) == 0 {
		users = nil
	}
	keep, shown := s.emailFilter(c.params)
	rows, _ := pick(s.t.emails.all(users, c.asOf), keep, order[message]{ascending: true}, p)
	found := make([]object, 0, len(rows))
	for _, row := range rows {
		found = append(found, s.emailWire(row))
	}
	return ok(object{
		"emailer_messages": found, "emailer_steps": []object{}, "num_fetch_result": nil,
		"breadcrumbs": append(s.userCrumbs(users), shown...),
	})
}

func (s *Simulator) userCrumbs(ids []string) []crumb {
	out := s.ownerCrumbs("user_ids", ids)
	for i := range out {
		out[i].Label = "User"
	}
	return out
}

func (s *Simulator) emailFilter(p params) (func(*message) bool, []crumb) {
	tests := []func(*message) bool{func(m *message) bool { return m.status != emailCancelled }}
	var shown []crumb
	add := func(label, name string, test func(*message, []string) bool) {
		if values := p.list(name); len(values) > 0 && values[0] != "" {
			tests = append(tests, func(m *message) bool { return test(m, values) })
			shown = append(shown, crumbs(label, name, values...)...)
		}
	}
	add("Status", "emailer_message_stats", func(m *message, v []string) bool { return slices.ContainsFunc(v, m.hasStat) })
	add("Sequence", "emailer_campaign_ids", func(m *message, v []string) bool { return slices.Contains(v, m.sequenceID) })
	add("Not in sequence", "not_emailer_campaign_ids", func(m *message, v []string) bool { return !slices.Contains(v, m.sequenceID) })
	add("Not sent because", "not_sent_reason_cds", func(m *message, v []string) bool { return slices.Contains(v, m.reason) })
	add("Keywords", "q_keywords", func(m *message, v []string) bool {
		return strings.Contains(strings.ToLower(m.subject+" "+m.to), strings.ToLower(v[0]))
	})
	if box := p.str("email_account_id_and_aliases"); box != "" && s.mailboxFilterWorks(box) {
		id, address, _ := strings.Cut(box, "***")
		tests = append(tests, func(m *message) bool { return m.mailboxID == id && (address == "" || m.from == address) })
		shown = append(shown, crumbs("Mailbox", "email_account_id_and_aliases", box)...)
	}
	if test := dateFilter(p); test != nil {
		tests = append(tests, test)
		shown = append(shown, crumbs("Date", "emailer_message_date_range_mode", p.str("emailer_message_date_range_mode"))...)
	}
	return every(tests), shown
}

// mailboxFilterWorks says whether this form of the filter is the one the team's Apollo understands.
func (s *Simulator) mailboxFilterWorks(value string) bool {
	full := strings.Contains(value, "***")
	return full == (s.opt.Switches.MailboxFilter == MailboxFilterIDAndAddress)
}

func (m *message) hasStat(stat string) bool {
	switch stat {
	case "scheduled":
		return m.status == emailScheduled
	case "delivered", "not_opened":
		return m.status == emailCompleted
	case "failed_other":
		return m.status == emailFailed
	}
	return false
}

// dateFilter reads the range of due or completion dates, which has the odd form of one name with two members.
func dateFilter(p params) func(*message) bool {
	const name = "emailer_message_date_range"
	lower, upper := p.str(name+"[min]"), p.str(name+"[max]")
	if members, isObject := p.body[name].(map[string]any); isObject {
		lower, upper = asText(members["min"]), asText(members["max"])
	}
	mode := p.str(name + "_mode")
	if lower == "" && upper == "" || (mode != "due_at" && mode != "completed_at") {
		return nil
	}
	return func(m *message) bool {
		at := m.due
		if mode == "completed_at" {
			at = m.completed
		}
		day := at.Format(time.DateOnly)
		return !at.IsZero() && (lower == "" || day >= lower) && (upper == "" || day <= upper)
	}
}

func (s *Simulator) emailWire(m *message) object {
	out := object{
		"id": m.id, "user_id": m.userID, "status": m.status, "due_at": stamp(m.due), "completed_at": stamp(m.completed),
		"failed_at": stamp(m.failed), "failure_reason": nil, "not_sent_reason": orNull(m.reason),
		"emailer_campaign_id": orNull(m.sequenceID), "emailer_step_id": nil, "emailer_touch_id": nil,
		"type": "outreach_automatic_email", "contact_id": orNull(m.contactID), "account_id": orNull(m.accountID),
		"email_account_id": m.mailboxID, "from_email": m.from, "from_name": m.fromName, "to_email": m.to,
		"to_name": m.toName, "send_from": object{"email": m.from, "raw_name": m.fromName, "user_id": nil},
		"send_from_info": m.mailboxID + "***" + m.from,
		"recipients":     []object{{"email": m.to, "raw_name": m.toName, "recipient_type_cd": "to", "contact_id": orNull(m.contactID)}},
		"subject":        m.subject, "body_text": "", "body_html": "", "campaign_name": nil, "campaign_position": 1,
		"replied": nil, "reply_class": nil, "bounce": nil, "spam_blocked": nil, "created_at": stamp(m.created),
		"cc_emails": []string{}, "bcc_emails": []string{}, "time_zone": "Etc/UTC",
	}
	if m.status == emailFailed && m.reason == reasonNoInbox {
		out["failure_reason"] = "The mailbox this email was to be sent from is no longer active."
	}
	if r := s.t.sequences.get(m.sequenceID); r != nil {
		out["campaign_name"] = r.name
		if len(r.steps) > 0 {
			out["emailer_step_id"], out["emailer_touch_id"] = r.steps[0].id, touchID(r.steps[0].id)
		}
	}
	return out
}
