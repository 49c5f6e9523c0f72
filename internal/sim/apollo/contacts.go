package apollo

import (
	"slices"
	"strings"
	"time"
)

// searchContacts finds contacts by the filters that are known to work; others are ignored.
func (s *Simulator) searchContacts(c *call) reply {
	p, refused := c.params.paging(pageRules{perPage: 25, ceiling: true})
	if refused != nil {
		return *refused
	}
	by, refused := contactOrder(c.params)
	if refused != nil {
		return *refused
	}
	var owners []string
	shown := []crumb{}
	if ids := c.list("contact_owner_ids"); len(ids) > 0 && !s.opt.Switches.IgnoreContactOwnerFilter {
		owners = ids
		shown = append(shown, s.ownerCrumbs("contact_owner_ids", ids)...)
	}
	keep, more := contactFilter(c.params)
	rows, total := pick(s.t.contacts.all(owners, c.asOf), keep, by, p)
	contacts := make([]contactWire, 0, len(rows))
	for _, row := range rows {
		contacts = append(contacts, s.contactWire(row))
	}
	return ok(object{
		"contacts": contacts, "breadcrumbs": append(shown, more...), "pagination": p.block(total),
		"partial_results_only": false, "has_join": false, "disable_eu_prospecting": false,
		"partial_results_limit": partialLimit, "num_fetch_result": nil,
	})
}

// ownerCrumbs shows owners by name, as the other crumbs show what their ids stand for.
func (s *Simulator) ownerCrumbs(signal string, ids []string) []crumb {
	out := crumbs("Owner", signal, ids...)
	for i := range out {
		if u := s.t.users.get(out[i].Value); u != nil {
			out[i].Shown = u.name()
		}
	}
	return out
}

// contactFilter joins the documented filters and the one that was seen to work though undocumented
// (emailer_campaign_ids). It gives nil when none was sent.
func contactFilter(p params) (func(*contact) bool, []crumb) {
	var tests []func(*contact) bool
	var shown []crumb
	if words := strings.ToLower(p.str("q_keywords")); words != "" {
		tests = append(tests, func(c *contact) bool {
			return strings.Contains(strings.ToLower(c.name()+" "+c.email+" "+c.title+" "+c.company), words)
		})
		shown = append(shown, crumbs("Keywords", "q_keywords", p.str("q_keywords"))...)
	}
	if ids := p.list("contact_stage_ids"); len(ids) > 0 {
		tests = append(tests, func(c *contact) bool { return slices.Contains(ids, c.stage) })
		shown = append(shown, crumbs("Contact stage", "contact_stage_ids", ids...)...)
	}
	if ids := p.list("contact_label_ids"); len(ids) > 0 {
		tests = append(tests, func(c *contact) bool { return overlap(ids, c.labels) })
		shown = append(shown, crumbs("List", "contact_label_ids", ids...)...)
	}
	if ids := p.list("emailer_campaign_ids"); len(ids) > 0 {
		tests = append(tests, func(c *contact) bool {
			return slices.ContainsFunc(c.enrolments, func(e enrolment) bool { return slices.Contains(ids, e.sequenceID) })
		})
		shown = append(shown, crumbs("Sequence", "emailer_campaign_ids", ids...)...)
	}
	return every(tests), shown
}

func every[T any](tests []func(*T) bool) func(*T) bool {
	if len(tests) == 0 {
		return nil
	}
	return func(rec *T) bool {
		for _, test := range tests {
			if !test(rec) {
				return false
			}
		}
		return true
	}
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

func contactOrder(p params) (order[contact], *reply) {
	o := order[contact]{ascending: p.flag("sort_ascending")}
	switch p.str("sort_by_field") {
	case "", "contact_created_at":
	case "contact_updated_at":
		o.less = func(a, b *contact) int { return a.updated.Compare(b.updated) }
	case "contact_last_activity_date", "contact_email_last_opened_at", "contact_email_last_clicked_at":
		o.less = func(a, b *contact) int { return a.lastActivity.Compare(b.lastActivity) }
	default:
		return o, invalidSort()
	}
	return o, nil
}

func invalidSort() *reply {
	return &reply{status: 422, body: object{"error": "Invalid sort criteria", "skip_alert_dialog": true}}
}

func (s *Simulator) showContact(c *call) reply {
	row := s.t.contacts.get(c.id)
	if row == nil {
		return unprocessable("Oops! This contact does not exist in Apollo.")
	}
	return ok(object{"contact": s.contactWire(row)})
}

// patchContact edits the documented fields. Others are ignored with 200; whether owner_id is one of them is a switch.
func (s *Simulator) patchContact(c *call) reply {
	if s.t.contacts.get(c.id) == nil {
		return unprocessable("Oops! This contact does not exist in Apollo.")
	}
	if id := c.str("account_id"); id != "" && s.t.accounts.get(id) == nil {
		return invalidID(id)
	}
	owner := c.str("owner_id")
	if !s.opt.Switches.HonourContactOwnerPatch {
		owner = ""
	}
	if owner != "" && s.t.users.get(owner) == nil {
		return invalidID(owner)
	}
	row := s.editContact(c.act, c.id, contactEdit{
		first: c.str("first_name"), last: c.str("last_name"), title: c.str("title"), email: c.str("email"),
		company: c.str("organization_name"), accountID: c.str("account_id"), stage: c.str("contact_stage_id"),
		address: c.str("present_raw_address"), phone: c.str("direct_phone"), owner: owner,
	})
	if c.has("label_names") {
		_, row = s.t.contacts.change(row.id, c.now, func(k *contact) { k.labels = s.listIDs(c.list("label_names")) })
	}
	return ok(object{"contact": s.contactWire(row), "labels": []object{}})
}

// contactEdit lists new values; empty ones leave the field alone.
type contactEdit struct {
	first, last, title, email, company, accountID, stage, address, phone, owner string
}

func (s *Simulator) editContact(a act, id string, e contactEdit) *contact {
	before, after := s.t.contacts.change(id, a.now, func(c *contact) {
		for field, value := range map[*string]string{
			&c.first: e.first, &c.last: e.last, &c.title: e.title, &c.email: e.email, &c.company: e.company,
			&c.accountID: e.accountID, &c.stage: e.stage, &c.address: e.address, &c.phone: e.phone, &c.owner: e.owner,
		} {
			if value != "" {
				*field = value
			}
		}
		c.updated = a.now
	})
	if e.owner != "" {
		s.record(a, KindContact, id, "owner_id", before.owner, after.owner)
		s.crmOverwrite(a.now, before.crmOwner != "" && before.owner != after.owner, func(now time.Time) {
			s.giveContact(act{now: now, via: ViaClock, op: "crm.overwrite"}, id, before.owner)
		})
		return after
	}
	s.record(a, KindContact, id, "fields", "", "edited")
	return after
}

// giveContact sets a contact's owner and nothing else.
func (s *Simulator) giveContact(a act, id, owner string) {
	before, after := s.t.contacts.change(id, a.now, func(c *contact) { c.owner, c.updated = owner, a.now })
	s.record(a, KindContact, id, "owner_id", before.owner, after.owner)
}

// crmOverwrite arranges for a CRM to put its own owner back, in the world where it does.
func (s *Simulator) crmOverwrite(now time.Time, applies bool, undo func(time.Time)) {
	if applies && s.opt.Switches.CRMOverwriteAfter > 0 {
		s.t.after(now.Add(s.opt.Switches.CRMOverwriteAfter), undo)
	}
}
