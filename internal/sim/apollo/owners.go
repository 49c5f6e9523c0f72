package apollo

import (
	"fmt"
	"net/http"
	"time"
)

// ownersRequest reads update_owners, whose parameters may come in the query or in the body.
func (s *Simulator) ownersRequest(c *call, idsName string) (ids []string, owner string, refused *reply) {
	ids = c.list(idsName)
	owner = c.str("owner_id")
	var out reply
	switch limit := s.opt.Switches.UpdateOwnersMax; {
	case len(ids) == 0:
		out = missing(idsName)
	case owner == "":
		out = missing("owner_id")
	case s.t.users.get(owner) == nil:
		out = invalidID(owner)
	case limit > 0 && len(ids) > limit:
		out = unprocessable(fmt.Sprintf("Please limit your array to fewer than %d.", limit))
	default:
		return ids, owner, nil
	}
	return nil, "", &out
}

// ownerEcho is what update_owners tells about each record it changed. Unknown ids are left out without a word.
type ownerEcho struct {
	ID       string `json:"id"`
	Owner    string `json:"owner_id"`
	CRMOwner any    `json:"crm_owner_id"`
}

func (s *Simulator) updateContactOwners(c *call) reply {
	ids, owner, refused := s.ownersRequest(c, "contact_ids")
	if refused != nil {
		return *refused
	}
	echo := []ownerEcho{}
	for _, id := range ids {
		if s.t.contacts.get(id) == nil {
			continue
		}
		row := s.editContact(c.act, id, contactEdit{owner: owner})
		echo = append(echo, ownerEcho{row.id, row.owner, orNull(row.crmOwner)})
	}
	return ok(object{"contacts": echo})
}

func (s *Simulator) updateAccountOwners(c *call) reply {
	ids, owner, refused := s.ownersRequest(c, "account_ids")
	if refused != nil {
		return *refused
	}
	echo := []ownerEcho{}
	for _, id := range ids {
		if s.t.accounts.get(id) == nil {
			continue
		}
		row := s.editAccount(c.act, id, accountEdit{owner: owner})
		echo = append(echo, ownerEcho{row.id, row.owner, orNull(row.crmOwner)})
	}
	return ok(object{"accounts": echo})
}

// Bounds of bulk_update: beyond bulkMax it is refused, beyond bulkSync it becomes a job.
const (
	bulkMax  = 1000
	bulkSync = 100
)

func (s *Simulator) bulkUpdateContacts(c *call) reply {
	edits, ids, refused := bulkEdits(c.params, "contact", func(p params) contactEdit {
		return contactEdit{
			first: p.str("first_name"), last: p.str("last_name"), title: p.str("title"), email: p.str("email"),
			company: p.str("organization_name"), accountID: p.str("account_id"), owner: p.str("owner_id"),
			address: p.str("present_raw_address"),
		}
	})
	if refused != nil {
		return *refused
	}
	for _, e := range edits {
		if e.owner != "" && s.t.users.get(e.owner) == nil {
			return invalidID(e.owner)
		}
	}
	apply := func(a act) []object {
		out := []object{}
		for i, id := range ids {
			if s.t.contacts.get(id) != nil {
				out = append(out, contactBrief(s.editContact(a, id, edits[i])))
			}
		}
		return out
	}
	if len(ids) > bulkSync || c.flag("async") {
		return s.job(c, "contact_bulk_update", ids, func(a act) { apply(a) })
	}
	return ok(object{"contacts": apply(c.act)})
}

func contactBrief(c *contact) object {
	return object{
		"id": c.id, "first_name": c.first, "last_name": c.last, "email": c.email, "title": c.title,
		"organization_name": c.company, "owner_id": c.owner, "account_id": c.accountID,
		"present_raw_address": c.address, "updated_at": stamp(c.updated),
	}
}

func (s *Simulator) bulkUpdateAccounts(c *call) reply {
	edits, ids, refused := bulkEdits(c.params, "account", func(p params) accountEdit {
		return accountEdit{name: p.str("name"), owner: p.str("owner_id"), stage: p.str("account_stage_id")}
	})
	if refused != nil {
		return *refused
	}
	if c.flag("async") && c.has("account_attributes") {
		return unprocessable("Async processing is not permitted.")
	}
	for _, e := range edits {
		if e.owner != "" && s.t.users.get(e.owner) == nil {
			return invalidID(e.owner)
		}
	}
	apply := func(a act) []object {
		out := []object{}
		for i, id := range ids {
			if s.t.accounts.get(id) != nil {
				row := s.editAccount(a, id, edits[i])
				out = append(out, object{"id": row.id, "account_stage_id": row.stage, "owner_id": orNull(row.owner)})
			}
		}
		return out
	}
	if c.flag("async") {
		return s.job(c, "account_bulk_update", ids, func(a act) { apply(a) })
	}
	return ok(object{"accounts": apply(c.act)})
}

// bulkEdits reads either form of bulk_update: one edit for many ids, or an edit per record.
func bulkEdits[E any](p params, kind string, read func(params) E) (edits []E, ids []string, refused *reply) {
	ids = p.list(kind + "_ids")
	each, _ := p.body[kind+"_attributes"].([]any)
	if len(ids) == 0 && len(each) == 0 {
		out := unprocessable("Please provide either " + kind + "_ids or " + kind + "_attributes")
		return nil, nil, &out
	}
	if len(ids) > bulkMax || len(each) > bulkMax {
		out := unprocessable("Please limit your array to fewer than 1000.")
		return nil, nil, &out
	}
	for range ids {
		edits = append(edits, read(params{body: p.body}))
	}
	for _, item := range each {
		members, isObject := item.(map[string]any)
		if !isObject {
			out := unprocessable("Validation failed")
			return nil, nil, &out
		}
		one := params{body: members}
		ids = append(ids, one.str("id"))
		edits = append(edits, read(one))
	}
	return edits, ids, nil
}

// job promises a change and makes it later. Nothing in the API tells when it was made.
func (s *Simulator) job(c *call, kind string, ids []string, apply func(act)) reply {
	later := c.act
	s.t.after(c.now.Add(s.opt.Switches.bulkJobTakes()), func(now time.Time) {
		later.now = now
		apply(later)
	})
	return reply{status: http.StatusOK, body: object{"entity_progress_job": object{
		"id": s.t.ids.make('j', c.now), "job_type": kind, "status": "pending", "entity_ids": ids,
		"created_at": stamp(c.now), "updated_at": stamp(c.now),
	}}}
}
