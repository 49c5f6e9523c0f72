package scim

import (
	"context"
	"encoding/json"

	"handover/domain"
)

// patchSchema is required of every PATCH (RFC 7644 section 3.5.2; scimmy refuses
// one without it).
const patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

// The ways of writing active, in the order in which they are tried: the RFC's,
// the one that Okta's catalogue apps send, the one that Entra sends by default,
// and the replacement of the whole user, which apps that were made for Okta's
// wizard take alone.
const (
	formPath = iota
	formObject
	formText
	formPut
	forms
)

func patchBody(form int32, active bool) map[string]any {
	op := map[string]any{"op": "replace", "path": "active", "value": active}
	switch form {
	case formObject:
		op = map[string]any{"op": "replace", "value": map[string]any{"active": active}}
	case formText:
		op = map[string]any{"op": "Replace", "path": "active", "value": map[bool]string{true: "True", false: "False"}[active]}
	}
	return map[string]any{"schemas": []string{patchSchema}, "Operations": []any{op}}
}

// DeactivateAccount ends a user's access: active becomes false, or the user is
// deleted where the policy says so. Vendors disagree about what either means, so
// what SCIM answers is no proof: read the listing.
func (c *Connector) DeactivateAccount(ctx context.Context, account domain.Account) (domain.Receipt, error) {
	if c.cfg.Delete {
		return c.remove(ctx, account)
	}
	return c.setActive(ctx, account, false)
}

// ReactivateAccount gives the access back.
func (c *Connector) ReactivateAccount(ctx context.Context, account domain.Account) (domain.Receipt, error) {
	if c.cfg.Delete {
		return domain.Receipt{}, c.fault(domain.FaultUnsupported, opPatch, answer{}, "a deleted user does not come back over SCIM: invite the person anew in the app", nil)
	}
	return c.setActive(ctx, account, true)
}

// setActive reads the user by id and changes it, unless both it and the caller's
// listing say that it is so already. A user who changed in between is read once
// more.
func (c *Connector) setActive(ctx context.Context, account domain.Account, active bool) (domain.Receipt, error) {
	for last := false; ; last = true {
		now, got, err := c.get(ctx, account.ID)
		switch {
		case domain.KindOf(err) == domain.FaultNotFound && err != nil && !active:
			return domain.Receipt{RequestID: got.requestID, At: got.at, Already: true}, nil // the listing decides whether that is true
		case err != nil:
			return domain.Receipt{}, err
		case now.Active.tri() == domain.TriOf(active) && account.Active != domain.TriOf(!active):
			return domain.Receipt{RequestID: got.requestID, At: got.at, Already: true}, nil
		}
		got, err = c.write(ctx, now, active)
		if err != nil && domain.KindOf(err) == domain.FaultConflict && !last {
			continue
		}
		return domain.Receipt{RequestID: got.requestID, At: got.at}, err
	}
}

// write tries the ways of writing that this server may take. A refusal of the
// form has changed nothing (PATCH is all or nothing, RFC 7644 section 3.5.2), so
// that the next form is no repetition; any other fault ends it.
func (c *Connector) write(ctx context.Context, now found, active bool) (got answer, err error) {
	form := c.form.Load()
	if p, perr := c.Provider(ctx); perr == nil && p.Patch == domain.No {
		form = formPut
	}
	for range forms {
		if got, err = c.writeAs(ctx, form, now, active); err == nil {
			c.form.Store(form)
			return got, c.contradicts(got, active)
		}
		if !refusesForm(got) {
			return got, err
		}
		form = (form + 1) % forms
	}
	return got, c.fault(domain.FaultUnsupported, opPatch, got, "the app's SCIM refuses every known way of changing a user: a person does it in the app", err)
}

func (c *Connector) writeAs(ctx context.Context, form int32, now found, active bool) (answer, error) {
	args := arguments{id: string(now.ID), etag: now.etag}
	if form == formPut {
		args.body = whole(now.raw, active)
		return c.call(ctx, opPut, args)
	}
	args.body = patchBody(form, active)
	return c.call(ctx, opPatch, args)
}

// refusesForm tells a refusal of how it was written from one of what is wanted.
func refusesForm(got answer) bool {
	switch got.status {
	case 400, 404, 405, 415, 422, 501: // 404: the user was just read, so that the route is missing
		return true
	}
	return false
}

// whole is the user with active changed. PUT replaces everything (RFC 7644
// section 3.5.1; scimmy drops what is left out), so all that came is sent back
// but what only the server writes.
func whole(raw map[string]json.RawMessage, active bool) map[string]json.RawMessage {
	body := map[string]json.RawMessage{}
	for key, v := range raw {
		if key != "meta" && key != "groups" {
			body[key] = v
		}
	}
	body["active"] = json.RawMessage(map[bool]string{true: "true", false: "false"}[active])
	return body
}

// contradicts finds an answer of success that shows the opposite. Without a body
// (204) nothing is said.
func (c *Connector) contradicts(got answer, active bool) error {
	var after user
	// What cannot be read says nothing: the caller reads the user again.
	if json.Unmarshal(got.body, &after) == nil && after.Active.tri() == domain.TriOf(!active) {
		return c.fault(domain.FaultConflict, opPatch, got, "SCIM accepted the change and did not make it: do it in the app", nil)
	}
	return nil
}

// remove deletes a user. One that is gone already is success (RFC 7644 section
// 3.6: 404 afterwards).
func (c *Connector) remove(ctx context.Context, account domain.Account) (domain.Receipt, error) {
	got, err := c.call(ctx, opDelete, arguments{id: string(account.ID)})
	if err != nil && domain.KindOf(err) == domain.FaultNotFound {
		return domain.Receipt{RequestID: got.requestID, At: got.at, Already: true}, nil
	}
	return domain.Receipt{RequestID: got.requestID, At: got.at}, err
}
