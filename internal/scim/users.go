package scim

import (
	"context"
	"encoding/json"
	"strings"

	"handover/domain"
)

// found is a user with what a write needs: the resource as it came and its
// version.
type found struct {
	user
	raw  map[string]json.RawMessage
	etag string
}

// get reads one user.
func (c *Connector) get(ctx context.Context, id domain.AccountID) (found, answer, error) {
	got, err := c.call(ctx, opGet, arguments{id: string(id)})
	if err != nil {
		return found{}, got, err
	}
	f, err := c.resource(opGet, got)
	if err == nil && string(f.ID) != string(id) {
		err = c.strange(opGet, got, nil)
	}
	return f, got, err
}

func (c *Connector) resource(op operation, got answer) (found, error) {
	var f found
	if err := c.decode(op, got, &f.user); err != nil {
		return f, err
	}
	if err := c.decode(op, got, &f.raw); err != nil {
		return f, err
	}
	// The resource's own version says more than the header, which a web server
	// may have made from the bytes (seen: Express).
	if f.etag = string(f.Meta.Version); f.etag == "" {
		f.etag = got.etag
	}
	return f, nil
}

// FindAccount looks a user up by user name. A filter may be ignored, or read
// with regard to case (seen: scimmy), so every row is compared again, and an
// empty answer is no proof that nobody has the name: only a complete listing is.
func (c *Connector) FindAccount(ctx context.Context, userName string) (domain.Account, error) {
	userName = strings.TrimSpace(userName)
	if userName == "" || strings.ContainsAny(userName, "\"\\\n\r") {
		return domain.Account{}, c.fault(domain.FaultInvalid, opFind, answer{}, "this is no user name that SCIM could be asked for", nil)
	}
	rows, got, err := c.page(ctx, opFind, `userName eq "`+userName+`"`, 1, perPage)
	if err != nil {
		return domain.Account{}, err
	}
	var hits []user
	for _, u := range rows.Resources {
		if u.ID != "" && strings.EqualFold(string(u.UserName), userName) {
			hits = append(hits, u)
		}
	}
	switch len(hits) {
	case 0:
		return domain.Account{}, c.fault(domain.FaultNotFound, opFind, got, "the filter shows no user of this name", nil)
	case 1:
		return c.account(hits[0]), nil
	default:
		return domain.Account{}, c.fault(domain.FaultConflict, opFind, got, "several users have this name: tidy them up in the app", nil)
	}
}
