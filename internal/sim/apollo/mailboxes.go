package apollo

// listMailboxes gives every mailbox of the team at once.
func (s *Simulator) listMailboxes(c *call) reply {
	campaigns := s.activeCampaigns()
	rows := []object{}
	v := s.t.mailboxes.all(nil, c.asOf)
	for i := range v.len() {
		m := v.at(i)
		if !m.linked && s.opt.Switches.UnlinkedVanish {
			continue
		}
		rows = append(rows, s.mailboxWire(m, campaigns[m.id]))
	}
	return ok(object{"email_accounts": rows})
}

// activeCampaigns counts, per mailbox, the sequences that have emails waiting in it.
func (s *Simulator) activeCampaigns() map[string]int {
	seen := map[[2]string]bool{}
	counts := map[string]int{}
	for _, m := range s.t.emails.rows {
		if m == nil || m.status != emailScheduled || seen[[2]string{m.mailboxID, m.sequenceID}] {
			continue
		}
		seen[[2]string{m.mailboxID, m.sequenceID}] = true
		counts[m.mailboxID]++
	}
	return counts
}

func (s *Simulator) mailboxWire(m *mailbox, campaigns int) object {
	var reason any
	if !m.linked {
		reason = "unlinked"
	}
	return object{
		"id": m.id, "user_id": m.userID, "email": m.email, "aliases": []string{m.email}, "type": "gmail",
		"provider_display_name": "Gmail", "nylas_provider": nil, "active": m.linked, "default": m.standard,
		"inactive_reason": reason, "revoked_at": stamp(m.unlinked), "created_at": stamp(m.created),
		"last_synced_at": stamp(s.started), "email_daily_threshold": 50, "max_outbound_emails_per_hour": 6,
		"seconds_delay_between_emails": 600, "email_sending_policy_cd": "default", "active_campaigns_count": campaigns,
		"mailwarming_status": "never_started", "true_warmup_enabled": false, "true_warmup_status": nil,
		"signature_html": "", "deliverability_score": object{"email_account_id": m.id, "sum_sent_count": 0},
		"fields_fully_loaded": true,
	}
}
