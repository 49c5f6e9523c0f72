package apollo

import (
	"net/http"
	"slices"
	"time"
)

// keyCalls is open to master keys alone, whatever grants a key has.
const keyCalls = "api/v1/phone_calls/search"

// KindCall is a call that somebody made with the dialer.
const KindCall Kind = "call"

type phoneCall struct {
	id, userID, contactID, accountID string
	inbound                          bool
	started, ended                   time.Time
}

// masterOnly refuses a key that has a list of grants: the documentation asks for a
// master key and names no grant. Its answer is that of a missing grant.
func (s *Simulator) masterOnly(e endpoint) *reply {
	if e.key != keyCalls || s.opt.Grants == nil {
		return nil
	}
	return &reply{status: http.StatusForbidden, bare: true, body: object{
		"error": "This API key is not authorized to access " + e.key +
			". Request an API key from your administrator that includes this endpoint in its configured scope.",
		"error_code": "API_INACCESSIBLE",
	}}
}

// searchCalls finds calls, the newest first. Users and days take effect; page and per_page come back as text.
func (s *Simulator) searchCalls(c *call) reply {
	p, refused := c.params.paging(pageRules{perPage: 25, ceiling: true, echo: true})
	if refused != nil {
		return *refused
	}
	users := c.list("user_ids")
	shown := []crumb{}
	if len(users) == 0 {
		users = nil
	}
	shown = append(shown, s.userCrumbs(users)...)
	lower, upper := c.str("date_range[min]"), c.str("date_range[max]")
	keep := func(r *phoneCall) bool {
		day := r.started.Format(time.DateOnly)
		return (lower == "" || day >= lower) && (upper == "" || day <= upper)
	}
	for _, day := range []string{lower, upper} {
		if day != "" {
			shown = append(shown, crumbs("Date", "date_range", day)...)
		}
	}
	rows, total := pick(s.t.calls.all(users, c.asOf), keep, order[phoneCall]{less: func(a, b *phoneCall) int { return a.started.Compare(b.started) }}, p)
	calls := make([]object, 0, len(rows))
	for _, r := range rows {
		calls = append(calls, s.callWire(r))
	}
	return ok(object{"phone_calls": calls, "breadcrumbs": shown, "pagination": p.block(total)})
}

func (s *Simulator) callWire(r *phoneCall) object {
	out := object{
		"id": r.id, "user_id": r.userID, "account_id": orNull(r.accountID), "contact_id": orNull(r.contactID),
		"inbound": r.inbound, "start_time": stamp(r.started), "end_time": stamp(r.ended), "status": "completed",
		"phone_call_outcome_id": nil, "phone_call_purpose_id": nil, "recording_url": nil, "note": nil, "logged": false,
		"from_number": "+15735550189", "to_number": "+14155550181",
	}
	if k := s.t.contacts.get(r.contactID); k != nil {
		out["contact"] = object{"id": k.id, "name": k.name(), "owner_id": k.owner}
	}
	return out
}

// call makes a call of a user, one a day back from their last active day.
func (g *seeder) call(u *user, i int) {
	at := u.lastActive.AddDate(0, 0, -i).Truncate(24 * time.Hour).Add(14 * time.Hour)
	r := &phoneCall{id: g.id('k', at), userID: u.id, started: at, ended: at.Add(3 * time.Minute)}
	if to := nthOf(g.t.contacts, u.id, i); to != nil {
		r.contactID, r.accountID = to.id, to.accountID
	}
	g.t.calls.add(r, g.now)
}

// sent makes an email of a user that went out, one a day back from their last active day.
func (g *seeder) sent(u *user, i int) {
	box := nthOf(g.t.mailboxes, u.id, i)
	if box == nil {
		return
	}
	at := u.lastActive.AddDate(0, 0, -i).Truncate(24 * time.Hour).Add(9 * time.Hour)
	m := &message{
		id: g.id('x', at), userID: u.id, status: emailCompleted, mailboxID: box.id, from: box.email, fromName: u.name(),
		subject: "As promised", created: at.Add(-time.Hour), due: at, completed: at, to: "prospect@prospects.example.com", toName: "A prospect",
	}
	if to := nthOf(g.t.contacts, u.id, i); to != nil {
		m.contactID, m.accountID, m.to, m.toName = to.id, to.accountID, to.email, to.name()
	}
	g.t.emails.add(m, g.now)
}

func (r *phoneCall) fields() []field {
	return []field{{"user_id", r.userID}, {"contact_id", r.contactID}, {"start_time", r.started.String()}}
}

// hashCalls takes in calls only where there are any: the hash of a team without them stays as it was.
func hashCalls(h *hasher, calls *table[phoneCall]) {
	if slices.ContainsFunc(calls.rows, func(r *phoneCall) bool { return r != nil }) {
		hashTable(h, calls, (*phoneCall).fields)
	}
}
