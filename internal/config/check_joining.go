package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"handover/domain"
)

// joinDefaults are what the vendors' guides say of joining, by kind. Apollo.io's
// names no starting role: the permission profile is chosen for each invite.
var joinDefaults = map[string]domain.JoiningPolicy{
	domain.KindApolloSpace: {Role: string(domain.SpaceMember), InviteLife: domain.SpaceInviteLife},
}

// fillJoining gives an app the starting role and the life of an invite that its
// vendor's guide does.
func fillJoining(app *domain.AppPolicy) {
	usual := joinDefaults[app.Kind]
	setDefault(&app.Joining.Role, usual.Role)
	setDefault(&app.Joining.InviteLife, usual.InviteLife)
}

// checkJoining wants a starting role that the app has and that is no privilege.
func (c *checker) checkJoining(path string, app *domain.AppPolicy) {
	j := app.Joining
	if j.Role != "" {
		c.startingRole(path+".joining.role", app, j.Role)
	}
	c.approvalEntry(path+".joining.approval", j.Approval)
	c.approvalEntry(path+".joining.role_approval", j.RoleApproval)
	c.wait(path+".joining.invite_life", j.InviteLife)
	c.wait(path+".joining.check", j.Check)
}

// startingRole refuses a role that the app does not have, and one that gives more
// than a beginner needs: both guides say to start restrictive.
func (c *checker) startingRole(path string, app *domain.AppPolicy, word string) {
	all := app.AllRoles()
	role, found := domain.FindRole(all, word)
	switch {
	case !found && len(all) == 0:
		c.bad(path, "%q is no role: the policy explains none of this app's roles, so write them under profiles or roles first", word)
	case !found:
		c.bad(path, "%q is no role of this app, or two roles have this name: use a key, or a name that is used once, of %s", word, roleNames(all))
	case role.Owner || role.Admin == domain.Yes:
		c.bad(path, "%q may administer users: nobody starts with that; give it later, by `handover role`, with an approval of its own", word)
	case role.Admin != domain.No:
		c.bad(path, "whether %q may administer users is unknown: write admin: no in its entry", word)
	}
}

func roleNames(all []domain.AppRole) string {
	var names []string
	for _, r := range all {
		if r.Name == "" || r.Name == r.Key {
			names = append(names, r.Key)
			continue
		}
		names = append(names, fmt.Sprintf("%s (%s)", r.Key, r.Name))
	}
	return strings.Join(names, ", ")
}

// checkBirthright wants rules that fit somebody on purpose and give roles that
// exist.
func (c *checker) checkBirthright() {
	for i, rule := range c.p.Birthright {
		path := fmt.Sprintf("$.birthright[%d]", i)
		switch {
		case rule.Everybody && rule.Conditional():
			c.bad(path+".everybody", "stands beside a condition: take one of them out")
		case !rule.Everybody && !rule.Conditional():
			c.bad(path, "has no condition: write department, title or location, or everybody: true where all are meant")
		}
		if len(rule.Apps) == 0 {
			c.bad(path+".apps", "names no app: the rule would give nothing")
		}
		for _, id := range slices.Sorted(maps.Keys(rule.Apps)) {
			c.checkGrant(path+".apps."+string(id), id, strings.TrimSpace(rule.Apps[id]))
		}
	}
}

func (c *checker) checkGrant(path string, id domain.AppID, word string) {
	app := c.p.Apps[id]
	switch {
	case app == nil:
		c.bad(path, "apps has no entry %q", id)
	case word != "":
		c.startingRole(path, app, word)
	case app.Joining.Role == "":
		c.bad(path, "names no role, and the app has no starting role: name one here, or under apps.%s.joining.role", id)
	}
}
