package okta

import (
	"context"
	"net/url"
	"slices"

	"handover/domain"
)

var largePage = url.Values{"limit": {perPage}}

// waysByGroup lists the groups that give somebody the app: those that they are in
// and that the app is given to. Taking the assignment itself away would not hold,
// the group assigns again (documented; issue).
func (a *App) waysByGroup(ctx context.Context, user string) ([]domain.Way, error) {
	theirs, _, err := all[group](ctx, a, opUserGroups, arguments{user: user, query: largePage})
	if err != nil {
		return nil, err
	}
	giving, _, err := all[group](ctx, a, opAppGroups, arguments{query: largePage})
	if err != nil {
		return nil, err
	}
	gives := map[string]bool{}
	for _, g := range giving {
		gives[g.ID] = true
	}
	theirs = slices.DeleteFunc(theirs, func(g group) bool { return !gives[g.ID] })
	if len(theirs) == 0 {
		return nil, nil
	}
	ruled, err := a.ruled(ctx)
	if err != nil {
		return nil, err
	}
	var ways []domain.Way
	for _, g := range theirs {
		way := domain.Way{Group: g.ID, Name: g.Profile.Name, Fixed: fixed(g, ruled[g.ID])}
		if way.Gives, way.GivesKnown, err = a.alsoGives(ctx, g.ID); err != nil {
			return nil, err
		}
		ways = append(ways, way)
	}
	return ways, nil
}

// fixed says why nobody can be taken out of a group here, as what the group is;
// "" when they can.
func fixed(g group, ruled bool) string {
	switch {
	case g.Type == typeElsewhere:
		return "is kept in another directory, which Okta copies: take the person out of it there"
	case g.Type == typeBuiltIn:
		return "holds everybody in Okta: take the app from the group there"
	case g.Type != typeOwn:
		return "is of a kind that Okta lets nobody change from outside: take the person out of it in Okta"
	case ruled:
		return "is filled by a rule in Okta, which would put the person back: change what the rule goes by, or the rule"
	}
	return ""
}

// ruled tells which groups a rule fills. Where rules may not be read none is known
// to, and a group that takes the person back shows when it is read again.
func (a *App) ruled(ctx context.Context) (map[string]bool, error) {
	rules, _, err := all[rule](ctx, a, opRules, arguments{query: largePage})
	if err != nil && domain.KindOf(err) != domain.FaultForbidden {
		return nil, err
	}
	ruled := map[string]bool{}
	for _, r := range rules {
		for _, id := range r.Actions.Assign.Groups {
			ruled[id] = ruled[id] || r.Status == statusActive
		}
	}
	return ruled, nil
}

// alsoGives lists the other apps that a group gives, by label. Unknown means that
// it may give more. Admin roles and policies that hang on a group are not among
// them.
func (a *App) alsoGives(ctx context.Context, id string) ([]string, domain.Tri, error) {
	if err := a.plain(opGroupApps, id); err != nil {
		return nil, domain.Unknown, err
	}
	apps, _, whole, err := rows[instance](ctx, a, opGroupApps, arguments{group: id, query: largePage})
	switch {
	case err != nil && domain.KindOf(err) == domain.FaultForbidden:
		return nil, domain.Unknown, nil
	case err != nil:
		return nil, domain.Unknown, err
	}
	var labels []string
	for _, app := range apps {
		if app.ID != a.cfg.AppID {
			labels = append(labels, app.Label)
		}
	}
	if !whole {
		return labels, domain.Unknown, nil
	}
	return labels, domain.Yes, nil
}
