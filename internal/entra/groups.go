package entra

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"handover/domain"
)

// group is what is read of a group.
type group struct {
	ID         string   `json:"id"`
	Name       string   `json:"displayName"`
	Types      []string `json:"groupTypes"`
	Rule       string   `json:"membershipRule"`
	OnPremises *bool    `json:"onPremisesSyncEnabled"`
	Roles      *bool    `json:"isAssignableToRole"`
	Mail       *bool    `json:"mailEnabled"`
	Visibility string   `json:"visibility"`
}

// groupFields are selected, because isAssignableToRole does not come in every list
// (Graph, "group").
const groupFields = "id,displayName,groupTypes,membershipRule,onPremisesSyncEnabled,isAssignableToRole,mailEnabled,visibility"

func selecting(fields string) url.Values {
	return url.Values{"$select": {fields}, "$top": {perPage}}
}

func (a *App) group(ctx context.Context, id string) (group, error) {
	var g group
	got, err := a.get(ctx, opGroup, "/groups/"+id, url.Values{"$select": {groupFields}}, &g)
	if err == nil && !strings.EqualFold(g.ID, id) {
		err = a.strange(opGroup, got, nil)
	}
	return g, err
}

// unified tells a Microsoft 365 group.
func (g group) unified() bool { return slices.Contains(g.Types, "Unified") }

// hides tells that a group shows its members only to those who hold
// Member.Read.Hidden (Graph, "group": visibility HiddenMembership).
func (g group) hides() bool { return strings.EqualFold(g.Visibility, "HiddenMembership") }

// fixed says why nobody can be taken out of a group from here, "" when they can. A
// rule is not quoted: it may name people.
func (g group) fixed() string {
	switch {
	case slices.Contains(g.Types, "DynamicMembership") || g.Rule != "":
		return "a rule chooses the members of this group: change what the rule looks at, or the rule"
	case g.OnPremises != nil && *g.OnPremises:
		return "this group comes from the on-premises directory: take the person out of it there"
	case g.Roles != nil && *g.Roles:
		return "this group can carry directory roles: a Privileged Role Administrator takes the person out of it in Entra"
	case g.Mail != nil && *g.Mail && !g.unified():
		return "this group is a mail-enabled security group, which Graph does not write: an Exchange administrator takes the person out of it"
	}
	return ""
}

// beyond stands for what a group may give that the directory does not list with it.
const beyond = "whatever was shared with the group outside of app assignments (licences, files, teams, Azure roles)"

// wayBy describes a group as a way, with what else it gives.
func (a *App) wayBy(ctx context.Context, g group) (domain.Way, error) {
	way := domain.Way{Group: strings.ToLower(g.ID), Name: g.Name, Fixed: g.fixed(), GivesKnown: domain.Unknown}
	gives, _, err := list[row](ctx, a, opGives, "/groups/"+g.ID+"/appRoleAssignments", url.Values{"$top": {perPage}})
	switch {
	case is(err, domain.FaultForbidden):
		return way, nil
	case err != nil:
		return way, err
	}
	for _, r := range gives {
		if !strings.EqualFold(r.Resource, a.cfg.AppID) && r.To != "" {
			way.Gives = append(way.Gives, r.To)
		}
	}
	slices.Sort(way.Gives)
	way.Gives, way.GivesKnown = append(slices.Compact(way.Gives), beyond), domain.Yes
	return way, nil
}
