package scim

import (
	"context"
	"encoding/json"
	"sync/atomic"

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

// change is what becomes of one attribute of a user.
type change struct {
	attr  string
	value any
	text  any           // as servers want it that take text alone
	form  *atomic.Int32 // the way of writing it that this server took last
	// shows tells whether a user is so; unknown where the user does not say.
	shows func(user) domain.Tri
}

func (c *Connector) activeChange(active bool) change {
	return change{attr: "active", value: active, text: map[bool]string{true: "True", false: "False"}[active], form: &c.form, shows: func(u user) domain.Tri {
		if is := u.Active.tri(); is.Known() {
			return domain.TriOf(is == domain.TriOf(active))
		}
		return domain.Unknown
	}}
}

func patchBody(form int32, ch change) map[string]any {
	op := map[string]any{"op": "replace", "path": ch.attr, "value": ch.value}
	switch form {
	case formObject:
		op = map[string]any{"op": "replace", "value": map[string]any{ch.attr: ch.value}}
	case formText:
		op = map[string]any{"op": "Replace", "path": ch.attr, "value": ch.text}
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
		got, err = c.write(ctx, now, c.activeChange(active))
		if err != nil && domain.KindOf(err) == domain.FaultConflict && !last {
			continue
		}
		return domain.Receipt{RequestID: got.requestID, At: got.at}, err
	}
}

// write tries the ways of writing that this server may take. A refusal of the
// form has changed nothing (PATCH is all or nothing, RFC 7644 section 3.5.2), so
// that the next form is no repetition; any other fault ends it.
func (c *Connector) write(ctx context.Context, now found, ch change) (got answer, err error) {
	form := ch.form.Load()
	if p, perr := c.Provider(ctx); perr == nil && p.Patch == domain.No {
		form = formPut
	}
	for range forms {
		if got, err = c.writeAs(ctx, form, now, ch); err == nil {
			ch.form.Store(form)
			return got, c.contradicts(got, ch)
		}
		if !refusesForm(got) {
			return got, err
		}
		form = (form + 1) % forms
	}
	return got, c.fault(domain.FaultUnsupported, opPatch, got, "the app's SCIM refuses every known way of changing a user: a person does it in the app", err)
}

func (c *Connector) writeAs(ctx context.Context, form int32, now found, ch change) (answer, error) {
	args := arguments{id: string(now.ID), etag: now.etag}
	if form == formPut {
		var err error
		if args.body, err = whole(now.raw, ch); err != nil {
			return answer{}, c.fault(domain.FaultInternal, opPut, answer{}, "the request cannot be written", err)
		}
		return c.call(ctx, opPut, args)
	}
	args.body = patchBody(form, ch)
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

// whole is the user with one attribute changed. PUT replaces everything (RFC 7644
// section 3.5.1; scimmy drops what is left out), so all that came is sent back
// but what only the server writes.
func whole(raw map[string]json.RawMessage, ch change) (map[string]json.RawMessage, error) {
	body := map[string]json.RawMessage{}
	for key, v := range raw {
		if key != "meta" && key != "groups" {
			body[key] = v
		}
	}
	var err error
	body[ch.attr], err = json.Marshal(ch.value)
	return body, err
}

// contradicts finds an answer of success that shows the opposite. Without a body
// (204) nothing is said.
func (c *Connector) contradicts(got answer, ch change) error {
	var after user
	// What cannot be read says nothing: the caller reads the user again.
	if json.Unmarshal(got.body, &after) == nil && ch.shows(after) == domain.No {
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
