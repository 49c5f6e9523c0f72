package scim

import (
	"context"
	"strings"

	"handover/domain"
)

// NewUser is what a user is created from.
type NewUser struct {
	UserName, Given, Family string
	Role                    string // the app's own word; "" or domain.RoleNone writes none
}

// userSchema is required of every user (RFC 7643 section 4.1).
const userSchema = "urn:ietf:params:scim:schemas:core:2.0:User"

// CreateAccount makes sure that a user exists. One that is there already, by the
// filter or by the app's word on creating (409, RFC 7644 section 3.3), is taken
// as it is.
func (c *Connector) CreateAccount(ctx context.Context, n NewUser) (domain.Account, domain.Receipt, error) {
	there, err := c.FindAccount(ctx, n.UserName)
	if err == nil {
		return there, domain.Receipt{At: c.cfg.Clock(), Already: true}, nil
	}
	if kind := domain.KindOf(err); kind != domain.FaultNotFound && kind != domain.FaultInvalid {
		return domain.Account{}, domain.Receipt{}, err
	}
	got, err := c.call(ctx, opCreate, arguments{body: c.newBody(n)})
	if err != nil {
		return c.notCreated(ctx, n, got, err)
	}
	f, err := c.resource(opCreate, got)
	if err == nil && f.ID == "" {
		err = c.strange(opCreate, got, nil)
	}
	return c.account(f.user), domain.Receipt{RequestID: got.requestID, At: got.at}, err
}

func (c *Connector) newBody(n NewUser) map[string]any {
	body := map[string]any{"schemas": []string{userSchema}, "userName": n.UserName, "active": true,
		"emails": []any{map[string]any{"value": n.UserName, "type": "work", "primary": true}}}
	if full := strings.TrimSpace(n.Given + " " + n.Family); full != "" {
		body["displayName"] = full
		body["name"] = map[string]string{"formatted": full, "givenName": n.Given, "familyName": n.Family}
	}
	if c.cfg.RoleAttribute != "" && n.Role != "" && n.Role != domain.RoleNone {
		body[c.cfg.RoleAttribute] = roleValue(n.Role)
	}
	return body
}

// notCreated sorts a refusal to make a user. Of a conflict the listing tells who it
// is, where the filter does not find them: it may heed case, or show nobody.
func (c *Connector) notCreated(ctx context.Context, n NewUser, got answer, err error) (domain.Account, domain.Receipt, error) {
	switch domain.KindOf(err) {
	case domain.FaultConflict:
		if there, ferr := c.taken(ctx, n.UserName); ferr == nil {
			return there, domain.Receipt{RequestID: got.requestID, At: got.at, Already: true}, nil
		}
		err = c.fault(domain.FaultConflict, opCreate, got, "the app says that this user is there already, and does not show which: look in the app", nil)
	case domain.FaultNotFound, domain.FaultUnsupported:
		c.noCreate.Store(true)
		err = c.fault(domain.FaultUnsupported, opCreate, got, "the app's SCIM does not make users: an admin adds them in the app", nil)
	case domain.FaultInvalid:
		err = c.fault(domain.FaultInvalid, opCreate, got, "the app refuses the new user: check in the policy that the role is the app's own word and that scim.role_attribute is right", nil)
	}
	return domain.Account{}, domain.Receipt{}, err
}

// taken finds the user whom the app does not make a second time.
func (c *Connector) taken(ctx context.Context, userName string) (domain.Account, error) {
	there, err := c.FindAccount(ctx, userName)
	if err == nil {
		return there, nil
	}
	listing, err := c.ListAccounts(ctx)
	if err != nil {
		return domain.Account{}, err
	}
	if hits := listing.ByEmail(userName); len(hits) == 1 {
		return hits[0], nil
	}
	return domain.Account{}, c.fault(domain.FaultNotFound, opFind, answer{}, "the listing does not show the user", nil)
}

// InviteAccount makes somebody a user with a role. Somebody who is there already is
// left as they are, also in another role: that is changed by itself, behind the
// guards. A user who was deactivated, and hidden from lists (seen: Atlassian), is
// given the role before they can use it, and then their access.
func (c *Connector) InviteAccount(ctx context.Context, email, name string, role domain.AppRole) (domain.Receipt, error) {
	if c.cfg.RoleAttribute == "" && role.Key != domain.RoleNone {
		return domain.Receipt{}, c.fault(domain.FaultUnsupported, opCreate, answer{}, "the policy does not say which attribute of SCIM carries the role: an admin adds the person in the app", nil)
	}
	given, family := splitName(name)
	account, receipt, err := c.CreateAccount(ctx, NewUser{UserName: email, Given: given, Family: family, Role: role.Key})
	if err != nil || !receipt.Already || account.Active != domain.No {
		return receipt, err
	}
	if c.cfg.RoleAttribute != "" {
		if _, err := c.ChangeRole(ctx, account, role); err != nil {
			return domain.Receipt{}, err
		}
	}
	return c.setActive(ctx, account, true)
}

// splitName takes the last word for the family's: SCIM wants both apart (RFC 7643
// section 4.1.1), and many apps refuse a user without them.
func splitName(name string) (given, family string) {
	words := strings.Fields(name)
	if len(words) < 2 {
		return strings.Join(words, " "), ""
	}
	return strings.Join(words[:len(words)-1], " "), words[len(words)-1]
}

func roleValue(key string) []any {
	if key == domain.RoleNone {
		return []any{}
	}
	return []any{map[string]any{"value": key}}
}

// ChangeRole writes a user's role under the attribute that the policy names. A user
// who holds several is not touched: which of them may go is for a person to say.
func (c *Connector) ChangeRole(ctx context.Context, account domain.Account, to domain.AppRole) (domain.Receipt, error) {
	if c.cfg.RoleAttribute == "" {
		return domain.Receipt{}, c.fault(domain.FaultUnsupported, opPatch, answer{}, "the policy does not say which attribute of SCIM writes roles: an admin changes them in the app", nil)
	}
	for last := false; ; last = true {
		now, got, err := c.get(ctx, account.ID)
		if err != nil {
			return domain.Receipt{}, err
		}
		switch held := c.held(now.user); {
		case c.holds(now.user, to.Key) == domain.Yes:
			return domain.Receipt{RequestID: got.requestID, At: got.at, Already: true}, nil
		case len(held) > 1:
			return domain.Receipt{}, c.fault(domain.FaultUnsupported, opPatch, got, "the user holds several roles, and writing one would take the others: an admin changes them in the app", nil)
		}
		got, err = c.write(ctx, now, c.roleChange(to.Key))
		if err != nil && domain.KindOf(err) == domain.FaultConflict && got.status >= 400 && !last {
			continue // changed in between: read once more
		}
		return domain.Receipt{RequestID: got.requestID, At: got.at}, err
	}
}

func (c *Connector) roleChange(key string) change {
	return change{attr: c.cfg.RoleAttribute, value: roleValue(key), text: roleValue(key), form: &c.roleForm, shows: func(u user) domain.Tri {
		if len(c.held(u)) == 0 && key != domain.RoleNone {
			return domain.Unknown // an answer may leave out what it would show
		}
		return c.holds(u, key)
	}}
}

func (c *Connector) held(u user) values {
	if c.cfg.RoleAttribute == EntitlementsUnder {
		return u.Rights
	}
	return u.Roles
}

// holds tells whether a role is the only one that a user has under the attribute.
func (c *Connector) holds(u user, key string) domain.Tri {
	held := c.held(u)
	if key == domain.RoleNone {
		return domain.TriOf(len(held) == 0)
	}
	return domain.TriOf(len(held) == 1 && (strings.EqualFold(c.key(held[0]), key) || strings.EqualFold(string(held[0].Value), key)))
}
