package apollo

import (
	"cmp"
	"slices"
	"time"
)

// States of tasks.
const (
	taskScheduled = "scheduled"
	taskCompleted = "completed"
	taskSkipped   = "skipped"
)

// searchTasks lists tasks. user_ids takes effect though undocumented; assignee_ids and task_types do not.
func (s *Simulator) searchTasks(c *call) reply {
	p, refused := c.params.paging(pageRules{perPage: 10, ceiling: true, strict: true})
	if refused != nil {
		return *refused
	}
	by, refused := taskOrder(c.params)
	if refused != nil {
		return *refused
	}
	var users []string
	shown := []crumb{}
	if ids := append(c.list("user_ids"), c.list("user_id")...); len(ids) > 0 && !s.opt.Switches.IgnoreTaskUserFilter {
		users = ids
		shown = append(shown, s.userCrumbs(ids)...)
	}
	var keep func(*task) bool
	if wanted := c.list("task_priority_status_cd"); len(wanted) > 0 && s.opt.Switches.HonourTaskStatusFilter {
		keep = func(r *task) bool { return slices.Contains(wanted, r.status) }
		shown = append(shown, crumbs("Status", "task_priority_status_cd", wanted...)...)
	}
	rows, total := pick(s.t.tasks.all(users, c.asOf), keep, by, p)
	tasks := make([]object, 0, len(rows))
	for _, row := range rows {
		tasks = append(tasks, s.taskWire(row))
	}
	return ok(object{
		"tasks": tasks, "breadcrumbs": shown, "pagination": p.block(total), "faceting": object{},
		"pipeline_total": 0, "num_fetch_result": nil,
	})
}

func taskOrder(p params) (order[task], *reply) {
	o := order[task]{ascending: true}
	switch p.str("sort_by_field") {
	case "":
	case "task_due_at":
		o.less = func(a, b *task) int { return a.due.Compare(b.due) }
	case "task_priority":
		rank := map[string]int{"high": 0, "medium": 1, "low": 2}
		o.less = func(a, b *task) int { return cmp.Compare(rank[a.priority], rank[b.priority]) }
	default:
		return o, invalidSort()
	}
	return o, nil
}

func (s *Simulator) taskWire(r *task) object {
	out := object{
		"id": r.id, "user_id": r.userID, "creator_id": r.creator, "type": r.kind, "priority": r.priority,
		"status": r.status, "due_at": stamp(r.due), "completed_at": stamp(r.completed), "skipped_at": stamp(r.skipped),
		"title": orNull(r.title), "note": orNull(r.note), "contact_id": orNull(r.contactID),
		"account_id": orNull(r.accountID), "opportunity_id": orNull(r.dealID), "emailer_campaign_id": orNull(r.sequenceID),
		"rule_config_id": nil, "playbook_id": nil, "created_from": nil, "created_at": stamp(r.created),
		"completed_by_user_id": orNull(r.completedBy), "campaign_name": nil, "person_id": nil, "organization_id": nil,
		"persona_ids": []string{}, "starred_by_user_ids": []string{}, "playbook_step_ids": []string{},
	}
	if q := s.t.sequences.get(r.sequenceID); q != nil {
		out["campaign_name"] = q.name
	}
	if k := s.t.contacts.get(r.contactID); k != nil {
		out["contact"] = object{"id": k.id, "name": k.name(), "owner_id": k.owner}
	}
	if a := s.t.accounts.get(r.accountID); a != nil {
		out["account"] = accountBrief(a)
	}
	return out
}

func (s *Simulator) showTask(c *call) reply {
	r := s.t.tasks.get(c.id)
	if r == nil {
		return unprocessable("This task or emailer message has been deleted. Please refresh your page.")
	}
	return ok(object{"task": s.taskWire(r)})
}

// patchTask edits a task. On a scheduled one, priority and creator_id fall back to medium and the acting user unless they
// are sent; on a finished one only note, priority and contact_id can change and the rest is ignored.
func (s *Simulator) patchTask(c *call) reply {
	r := s.t.tasks.get(c.id)
	if r == nil {
		return unprocessable("This task has been deleted. Please refresh your page.")
	}
	for _, name := range []string{"user_id", "creator_id"} {
		if id := c.str(name); id != "" && s.t.users.get(id) == nil {
			return invalidID(id)
		}
	}
	before, after := s.t.tasks.change(r.id, c.now, func(r *task) { s.editTask(r, c.params) })
	s.recordTask(c, before, after)
	return ok(object{"task": s.taskWire(after)})
}

func (s *Simulator) editTask(r *task, p params) {
	r.note = orElse(p.str("note"), r.note)
	r.contactID = orElse(p.str("contact_id"), r.contactID)
	r.priority = orElse(p.str("priority"), r.priority)
	if r.status != taskScheduled {
		return
	}
	r.priority = orElse(p.str("priority"), "medium")
	r.creator = orElse(p.str("creator_id"), s.t.acting().id)
	r.userID = orElse(p.str("user_id"), r.userID)
	r.title = orElse(p.str("title"), r.title)
	r.kind = orElse(p.str("type"), r.kind)
	if due, err := time.Parse(time.RFC3339, p.str("due_at")); err == nil {
		r.due = due
	}
}

func orElse(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func (s *Simulator) recordTask(c *call, before, after *task) {
	if c.has("user_id") && before.status == taskScheduled {
		s.record(c.act, KindTask, after.id, "user_id", before.userID, after.userID)
	}
	for _, f := range [][3]string{
		{"priority", before.priority, after.priority}, {"creator_id", before.creator, after.creator},
		{"title", before.title, after.title}, {"note", before.note, after.note},
	} {
		if f[1] != f[2] {
			s.record(c.act, KindTask, after.id, f[0], f[1], f[2])
		}
	}
}
