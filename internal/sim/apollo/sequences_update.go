package apollo

import (
	"net/http"
	"strconv"
	"time"
)

// updateSequence changes a sequence, above all its owner. Writes to sequences go one at a time for the whole team.
func (s *Simulator) updateSequence(c *call) reply {
	if s.busy {
		return reply{status: http.StatusTooManyRequests, body: object{"error": sequenceLocked}}
	}
	s.holdSequences()
	r := s.t.sequences.get(c.id)
	if r == nil {
		return fail(http.StatusNotFound, "Record not found.")
	}
	if refused := s.checkSequence(c, r); refused != nil {
		return *refused
	}
	s.applySequence(c, r.id)
	return ok(s.sequenceUpdated(s.t.sequences.get(r.id)))
}

// holdSequences keeps the team's lock for as long as a write takes, giving up the simulator's own lock meanwhile.
func (s *Simulator) holdSequences() {
	took := s.opt.Switches.SequenceWriteTakes
	if took <= 0 {
		return
	}
	s.busy = true
	s.mu.Unlock()
	time.Sleep(took)
	s.mu.Lock()
	s.busy = false
}

func (s *Simulator) checkSequence(c *call, r *sequence) *reply {
	var out reply
	owner, target := s.t.users.get(r.userID), s.t.users.get(c.str("user_id"))
	moves := c.str("user_id") != ""
	switch {
	case moves && target == nil:
		out = invalidID(c.str("user_id"))
	case moves && target.deleted && s.opt.Switches.SequenceRefusesDeactivatedTarget:
		out = unprocessable("The new owner is not an active user.")
	case moves && owner != nil && owner.deleted && s.opt.Switches.SequenceRefusesDeactivatedSource:
		out = unprocessable("The owner of this sequence is not an active user.")
	case c.str("active") == "true" && len(r.steps) == 0 && !c.has("emailer_steps"):
		out = unprocessable("Please make sure you have added at least 1 step before turning on the sequence.")
	default:
		return nil
	}
	return &out
}

// applySequence writes the parameters that were sent. Steps that are not sent along in emailer_steps are lost.
func (s *Simulator) applySequence(c *call, id string) {
	before, after := s.t.sequences.change(id, c.now, func(r *sequence) {
		if v := c.str("name"); v != "" {
			r.name = v
		}
		if v := c.str("user_id"); v != "" {
			r.userID = v
		}
		if c.has("label_names") {
			r.labels = s.listIDs(c.list("label_names"))
		}
		if n, err := strconv.Atoi(c.str("max_emails_per_day")); err == nil {
			r.maxPerDay = n
		}
		if sharing, isObject := c.body["sharing_permission"].(map[string]any); isObject {
			if v := asText(sharing["visibility"]); v != "" {
				r.visibility = v
			}
		}
		if steps, isList := c.body["emailer_steps"].([]any); isList {
			r.steps = s.readSteps(c, steps)
		}
		r.updated = c.now
	})
	if c.has("user_id") {
		s.record(c.act, KindSequence, id, "user_id", before.userID, after.userID)
	}
	if before.name != after.name {
		s.record(c.act, KindSequence, id, "name", before.name, after.name)
	}
	if len(before.steps) != len(after.steps) {
		s.record(c.act, KindSequence, id, "steps", len(before.steps), len(after.steps))
	}
	if c.has("active") {
		s.setActive(c.act, id, c.flag("active"))
	}
}

func (s *Simulator) readSteps(c *call, sent []any) []step {
	steps := []step{}
	for _, item := range sent {
		members, isObject := item.(map[string]any)
		if !isObject {
			continue
		}
		p := params{body: members}
		st := step{id: p.str("id"), kind: p.str("type"), wait: 1}
		if st.id == "" {
			st.id = s.t.ids.make('p', c.now)
		}
		steps = append(steps, st)
	}
	return steps
}

func (s *Simulator) listIDs(names []string) []string {
	ids := []string{}
	for _, name := range names {
		for _, l := range s.t.lists.rows {
			if l.name == name {
				ids = append(ids, l.id)
			}
		}
	}
	return ids
}

func (s *Simulator) sequenceUpdated(r *sequence) object {
	return object{
		"id": r.id, "name": r.name, "active": r.active, "archived": r.archived, "user_id": r.userID,
		"object_owner_id": r.userID, "created_at": stamp(r.created), "updated_at": stamp(r.updated),
		"num_steps": len(r.steps), "steps": r.stepWires(), "emailer_steps": r.stepWires(),
		"emailer_touches": r.touchWires(),
		"emailer_campaign": object{"id": r.id, "name": r.name, "active": r.active, "user_id": r.userID,
			"object_owner_id": r.userID},
	}
}
