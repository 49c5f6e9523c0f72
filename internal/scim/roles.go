package scim

import (
	"slices"

	"handover/domain"
)

// account turns a user into what guards read. An absent active is unknown: the
// RFC leaves to the app what it means (RFC 7643 section 4.1.1).
func (c *Connector) account(u user) domain.Account {
	a := domain.Account{ID: domain.AccountID(u.ID), Email: u.email(), Name: u.name(), Active: u.Active.tri(), CreatedAt: u.created()}
	a.Admin, a.ProfileID = c.admin(u)
	// SCIM knows no seats: whoever the app lists as active counts as one.
	a.FullSeat = domain.Yes
	return a
}

// admin tells whether any role of a user is mapped as admin, and names the role
// that decides, or the one that would have to be mapped to know.
func (c *Connector) admin(u user) (domain.Tri, string) {
	held := slices.Concat(u.Roles, u.Rights, u.Groups)
	if len(held) == 0 {
		return c.meaning(value{Value: domain.RoleNone}), domain.RoleNone
	}
	verdict, named := domain.No, c.key(held[0])
	for _, v := range held {
		switch c.meaning(v) {
		case domain.Yes:
			return domain.Yes, c.key(v)
		case domain.Unknown:
			verdict, named = domain.Unknown, c.key(v)
		}
	}
	return verdict, named
}

// meaning looks a role up by its value, then by the name it is displayed with:
// the value of a group is often an opaque id.
func (c *Connector) meaning(v value) domain.Tri {
	for _, key := range []text{v.Value, v.Display} {
		if role, mapped := c.cfg.Roles[string(key)]; mapped && role.Admin.Known() {
			return role.Admin
		}
	}
	return domain.Unknown
}

// key names a role as the policy does, by value or by the name it is displayed
// with; by the latter where the policy does not know it.
func (c *Connector) key(v value) string {
	for _, key := range []text{v.Value, v.Display} {
		if _, mapped := c.cfg.Roles[string(key)]; mapped {
			return string(key)
		}
	}
	return shown(v)
}

func shown(v value) string {
	if v.Display != "" {
		return string(v.Display)
	}
	return string(v.Value)
}
