package apollo

import (
	"fmt"
	"strings"
	"time"
)

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func (u *user) fields() []field {
	return []field{{"email", u.email}, {"name", u.name()}, {"permission_set_id", u.profile}, {"deleted", fmt.Sprint(u.deleted)}}
}

func (m *mailbox) fields() []field {
	return []field{{"user_id", m.userID}, {"email", m.email}, {"linked", fmt.Sprint(m.linked)}, {"forward_to", m.forwardTo}}
}

func (c *contact) fields() []field {
	places := make([]string, 0, len(c.enrolments))
	for _, e := range c.enrolments {
		places = append(places, e.id+":"+e.status+":"+e.mailboxID)
	}
	return []field{
		{"owner_id", c.owner}, {"creator_id", c.creator}, {"crm_owner_id", c.crmOwner}, {"name", c.name()},
		{"title", c.title}, {"email", c.email}, {"account_id", c.accountID}, {"contact_stage_id", c.stage},
		{"organization_name", c.company}, {"label_ids", strings.Join(c.labels, ",")},
		{"enrolments", strings.Join(places, ",")}, {"updated_at", when(c.updated)},
	}
}

func (a *account) fields() []field {
	return []field{
		{"owner_id", a.owner}, {"creator_id", a.creator}, {"crm_owner_id", a.crmOwner}, {"name", a.name},
		{"domain", a.domain}, {"account_stage_id", a.stage}, {"updated_at", when(a.updated)},
	}
}

func (d *deal) fields() []field {
	return []field{
		{"owner_id", d.owner}, {"crm_owner_id", d.crmOwner}, {"name", d.name}, {"amount", fmt.Sprint(d.amount)},
		{"opportunity_stage_id", d.stage}, {"account_id", d.accountID}, {"is_closed", fmt.Sprint(truth(d.closed))},
		{"is_won", fmt.Sprint(truth(d.won))}, {"closed_date", when(d.closeDate)},
	}
}

func (r *task) fields() []field {
	return []field{
		{"user_id", r.userID}, {"creator_id", r.creator}, {"type", r.kind}, {"priority", r.priority}, {"status", r.status},
		{"title", r.title}, {"note", r.note}, {"contact_id", r.contactID}, {"account_id", r.accountID},
		{"due_at", when(r.due)}, {"completed_by_user_id", r.completedBy},
	}
}

func (q *sequence) fields() []field {
	steps := make([]string, 0, len(q.steps))
	for _, st := range q.steps {
		steps = append(steps, st.id+":"+st.kind)
	}
	return []field{
		{"user_id", q.userID}, {"name", q.name}, {"active", fmt.Sprint(q.active)}, {"archived", fmt.Sprint(q.archived)},
		{"steps", strings.Join(steps, ",")}, {"label_ids", strings.Join(q.labels, ",")}, {"updated_at", when(q.updated)},
	}
}

func (m *message) fields() []field {
	return []field{
		{"user_id", m.userID}, {"status", m.status}, {"not_sent_reason", m.reason}, {"email_account_id", m.mailboxID},
		{"contact_id", m.contactID}, {"emailer_campaign_id", m.sequenceID}, {"due_at", when(m.due)},
	}
}

func (l *list) fields() []field {
	return []field{{"user_id", l.userID}, {"name", l.name}, {"updated_at", when(l.updated)}}
}

func (w *workflow) fields() []field {
	return []field{{"owner_id", w.owner}, {"name", w.name}, {"active", fmt.Sprint(w.active)}}
}

func (i *invite) fields() []field {
	return []field{{"email", i.email}, {"permission_set_id", i.profile}, {"status", i.status}}
}
