package apollo

import (
	"net/http"
	"strings"
)

const sequenceLocked = "We are already processing the request for your sequence"

// searchSequences lists sequences. It reads the query only, as one client's authors found out.
func (s *Simulator) searchSequences(c *call) reply {
	q := c.queryOnly()
	p, refused := q.paging(pageRules{perPage: 25, ceiling: true})
	if refused != nil {
		return *refused
	}
	var tests []func(*sequence) bool
	shown := []crumb{}
	if name := q.str("q_name"); name != "" {
		tests = append(tests, func(r *sequence) bool { return strings.Contains(strings.ToLower(r.name), strings.ToLower(name)) })
		shown = crumbs("Name", "q_name", name)
	}
	if s.opt.Switches.HideArchivedSequences {
		tests = append(tests, func(r *sequence) bool { return !r.archived })
	}
	rows, total := pick(s.t.sequences.all(nil, c.asOf), every(tests), order[sequence]{}, p)
	found := make([]object, 0, len(rows))
	for _, row := range rows {
		found = append(found, s.sequenceWire(row))
	}
	return ok(object{"emailer_campaigns": found, "breadcrumbs": shown, "pagination": p.block(total), "num_fetch_result": nil})
}

func (s *Simulator) sequenceWire(r *sequence) object {
	actor := s.t.acting()
	out := object{
		"id": r.id, "name": r.name, "user_id": r.userID, "active": r.active, "archived": r.archived,
		"created_at": stamp(r.created), "last_used_at": nil, "emailer_schedule_id": emailScheduleID,
		"sequence_ruleset_id": sequenceRulesetID, "folder_id": nil, "label_ids": filled(r.labels),
		"max_emails_per_day": zeroNull(r.maxPerDay), "num_steps": len(r.steps), "creation_type": "new",
		"loaded_stats": !r.statsLoading, "cc_emails": "", "bcc_emails": "", "starred_by_user_ids": []string{},
		"excluded_account_stage_ids": []string{}, "excluded_contact_stage_ids": []string{},
		"contact_email_event_to_stage_mapping": object{}, "is_performing_poorly": false,
		"sharing_permission": object{
			"visibility": r.visibility, "access_type": "can_view", "object_type": "EmailerCampaign", "object_id": r.id,
			"is_owner": actor != nil && actor.id == r.userID, "owner_id": r.userID, "sharing_accesses": []object{},
		},
	}
	for name, n := range map[string]int{
		"unique_scheduled": r.scheduled, "unique_delivered": r.delivered, "unique_opened": r.opened,
		"unique_replied": r.replied, "unique_bounced": r.bounced, "bounce_rate": 0, "open_rate": 0, "reply_rate": 0,
	} {
		out[name] = n
		if r.statsLoading {
			out[name] = "loading"
		}
	}
	return out
}

func zeroNull(n int) any {
	if n == 0 {
		return nil
	}
	return n
}

func (s *Simulator) showSequence(c *call) reply {
	r := s.t.sequences.get(c.id)
	if r == nil {
		return fail(http.StatusNotFound, "Record not found.")
	}
	return ok(object{
		"emailer_campaign": s.sequenceWire(r), "emailer_steps": r.stepWires(), "emailer_touches": r.touchWires(),
		"emailer_templates": []object{},
	})
}

func (r *sequence) stepWires() []object {
	out := []object{}
	for i, st := range r.steps {
		out = append(out, object{
			"id": st.id, "emailer_campaign_id": r.id, "position": i + 1, "type": st.kind, "step_type": st.kind,
			"wait_time": st.wait, "wait_mode": "day", "note": nil, "priority": nil, "auto_skip_in_x_days": nil,
			"counts": object{"active": 0, "paused": 0, "finished": 0, "bounced": 0},
		})
	}
	return out
}

func (r *sequence) touchWires() []object {
	out := []object{}
	for _, st := range r.steps {
		out = append(out, object{
			"id": touchID(st.id), "emailer_step_id": st.id, "emailer_template_id": touchID(touchID(st.id)),
			"status": "approved", "type": "new_thread", "include_signature": true,
		})
	}
	return out
}

// touchID derives the id of a step's only touch.
func touchID(stepID string) string {
	return stepID[:8] + "ff" + stepID[10:]
}

// abortSequence stops a sequence: its contacts pause, its open tasks go.
func (s *Simulator) abortSequence(c *call) reply {
	return s.switchSequence(c, false, "The sequence is already inactive.")
}

// approveSequence starts a sequence: paused contacts go on.
func (s *Simulator) approveSequence(c *call) reply {
	return s.switchSequence(c, true, "The sequence is already active.")
}

func (s *Simulator) switchSequence(c *call, active bool, already string) reply {
	r := s.t.sequences.get(c.id)
	switch {
	case r == nil:
		return fail(http.StatusNotFound, "Record not found.")
	case r.active == active:
		return unprocessable(already)
	case active && len(r.steps) == 0:
		return unprocessable("Please make sure you have added at least 1 step before turning on the sequence.")
	}
	r = s.setActive(c.act, r.id, active)
	return ok(object{
		"emailer_campaign": object{"id": r.id, "unique_scheduled": r.scheduled, "active": r.active, "user_id": r.userID},
		"emailer_steps":    r.stepWires(),
	})
}

// setActive turns a sequence on or off together with what hangs on it.
func (s *Simulator) setActive(a act, id string, active bool) *sequence {
	before, after := s.t.sequences.change(id, a.now, func(r *sequence) { r.active, r.updated = active, a.now })
	s.record(a, KindSequence, id, "active", before.active, after.active)
	if before.active == active {
		return after
	}
	from, to := "active", "paused"
	if active {
		from, to = to, from
	}
	s.eachEnrolment(a, id, nil, func(e *enrolment) {
		if e.status == from {
			e.status = to
		}
	})
	if active {
		s.release(id, a.now)
	} else {
		s.dropTasks(a, id)
	}
	return after
}

// archiveSequence takes a sequence out of use for good: contacts finish, scheduled emails are cancelled.
func (s *Simulator) archiveSequence(c *call) reply {
	r := s.t.sequences.get(c.id)
	if r == nil {
		return fail(http.StatusNotFound, "Record not found.")
	}
	before, after := s.t.sequences.change(r.id, c.now, func(r *sequence) { r.active, r.archived, r.updated = false, true, c.now })
	s.record(c.act, KindSequence, r.id, "archived", before.archived, after.archived)
	s.eachEnrolment(c.act, r.id, nil, func(e *enrolment) { e.status, e.finished = "finished", c.now })
	s.dropTasks(c.act, r.id)
	s.cancelEmails(c.act, func(m *message) bool { return m.sequenceID == r.id })
	return ok(object{"emailer_campaign": object{"id": r.id, "active": false, "archived": true, "deleted": true}})
}

// dropTasks removes a sequence's open tasks, which live only as long as it runs.
func (s *Simulator) dropTasks(a act, sequenceID string) {
	for _, r := range s.t.tasks.rows {
		if r != nil && r.sequenceID == sequenceID && r.status == taskScheduled {
			s.record(a, KindTask, r.id, "status", r.status, "removed")
			s.t.tasks.remove(r.id, a.now)
		}
	}
}

// eachEnrolment edits the places that contacts have in a sequence; only those of the given contacts unless nil.
func (s *Simulator) eachEnrolment(a act, sequenceID string, contactIDs map[string]bool, edit func(*enrolment)) int {
	touched := 0
	for _, row := range s.t.contacts.rows {
		if contactIDs != nil && !contactIDs[row.id] {
			continue
		}
		for i, e := range row.enrolments {
			if e.sequenceID != sequenceID {
				continue
			}
			before := e.status
			edit(&e)
			touched++
			if e.status == before {
				continue
			}
			s.t.contacts.change(row.id, a.now, func(c *contact) {
				c.enrolments = append([]enrolment(nil), c.enrolments...)
				c.enrolments[i] = e
			})
			s.record(a, KindContact, row.id, "enrolment:"+sequenceID, before, e.status)
		}
	}
	return touched
}
