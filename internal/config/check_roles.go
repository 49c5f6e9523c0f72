package config

import (
	"maps"
	"slices"
	"strings"

	"handover/domain"
)

// withRoles are the kinds of app whose roles the policy explains under roles.
// Apollo.io has permission profiles, by ids, in their place; the four of Apollo
// Space are known.
var withRoles = []string{domain.KindSCIM, domain.KindManual}

// checkRoles checks what the policy says of an app's profiles and roles: whoever
// joins, and every guard, hangs on it.
func (c *checker) checkRoles(path string, app *domain.AppPolicy) {
	if len(app.Roles) > 0 && !slices.Contains(withRoles, app.Kind) {
		c.bad(path+".roles", "only an app of kind %s has them: Apollo.io has profiles, and Apollo Space its own four", strings.Join(withRoles, " or "))
	}
	for _, id := range slices.Sorted(maps.Keys(app.Profiles)) {
		p := app.Profiles[id]
		c.meaning(path+".profiles."+id, p.Admin, p.FullSeat, p.Seat, app.Kind)
	}
	for _, id := range slices.Sorted(maps.Keys(app.Roles)) {
		at, r := path+".roles."+id, app.Roles[id]
		c.meaning(at, r.Admin, r.FullSeat, r.Seat, app.Kind)
		if r.Owner && r.Admin == domain.No {
			c.bad(at+".owner", "is an owner who may not administer users: an owner is above the admins, so write admin: yes")
		}
		if id == domain.RoleNone && (r.Owner || app.Kind != domain.KindSCIM) {
			c.bad(at, "stands for users of kind scim who show no role: give this role another name")
		}
	}
}

// meaning checks the three facts that stand beside each role.
func (c *checker) meaning(path string, admin, full domain.Tri, seat, kind string) {
	c.oneOf(path+".admin", string(admin), "", "yes", "no", "unknown")
	c.oneOf(path+".full_seat", string(full), "", "yes", "no", "unknown")
	if kind != domain.KindApolloIO {
		return
	}
	c.oneOf(path+".seat", seat, "", domain.SeatFull, domain.SeatBilling, domain.SeatCallAssistant)
	if full == domain.Yes && (seat == domain.SeatBilling || seat == domain.SeatCallAssistant) || full == domain.No && seat == domain.SeatFull {
		c.bad(path+".full_seat", "is %s and the seat is %s: one of them is wrong", full, seat)
	}
}
