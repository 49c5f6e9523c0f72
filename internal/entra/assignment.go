package entra

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"handover/domain"
)

// FindAssignment reads how a person is given the app: by rows of their own, by
// groups of which they are a direct member (Graph: nested members get nothing), or
// because the app lets everybody in. Absent is said only when all of that was read,
// or when nobody has the address.
func (a *App) FindAssignment(ctx context.Context, email string) (domain.Assignment, error) {
	email = strings.TrimSpace(email)
	if !domain.LooksLikeEmail(email) {
		return domain.Assignment{}, a.fault(domain.FaultInvalid, opFind, answer{}, "this is no email address that Entra could be asked for", nil)
	}
	return a.assignmentOf(ctx, func() (user, answer, bool, error) { return a.person(ctx, email) })
}

// ReadAssignment reads it for somebody by object id, whatever their address is now:
// one who was renamed is still the same person. An id that is gone is absent:
// whoever was deleted has nothing (a deleted user comes back with what they had, if
// somebody restores them within 30 days).
func (a *App) ReadAssignment(ctx context.Context, id string) (domain.Assignment, error) {
	if !guid.MatchString(id) {
		return domain.Assignment{}, a.fault(domain.FaultInvalid, opGetUser, answer{}, "no user of Entra is named by object id", nil)
	}
	return a.assignmentOf(ctx, func() (user, answer, bool, error) {
		var u user
		got, err := a.get(ctx, opGetUser, "/users/"+id, url.Values{"$select": {userFields}}, &u)
		switch {
		case err != nil && domain.KindOf(err) == domain.FaultNotFound:
			return user{}, got, false, nil
		case err == nil && !strings.EqualFold(u.ID, id):
			err = a.strange(opGetUser, got, nil)
		}
		return u, got, err == nil, err
	})
}

// assignmentOf reads the ways of whoever is found.
func (a *App) assignmentOf(ctx context.Context, find func() (user, answer, bool, error)) (domain.Assignment, error) {
	push, err := a.pushes(ctx)
	if err != nil {
		return domain.Assignment{}, err
	}
	out := domain.Assignment{Presence: domain.Absent, Pushes: push.does, PushesWhy: push.why}
	u, got, found, err := find()
	if err == nil && found {
		out.User = u.ID
		got, err = a.fill(ctx, u, &out)
	}
	if err != nil {
		return domain.Assignment{}, err
	}
	out.ReadAt, out.RequestID = got.at, got.requestID
	return out, nil
}

// fill reads the ways of somebody whom the directory knows.
func (a *App) fill(ctx context.Context, u user, out *domain.Assignment) (answer, error) {
	p, got, err := a.principal(ctx)
	if err != nil {
		return got, err
	}
	rows, got, err := a.rows(ctx)
	if err != nil {
		return got, err
	}
	for _, r := range rows {
		if r.of(u.ID) {
			out.Ways = append(out.Ways, domain.Way{Assignment: direct{role: r.Role, row: r.ID}.String(), GivesKnown: domain.Yes})
		}
	}
	byGroup, others, err := a.byGroup(ctx, u.ID, rows)
	if err != nil {
		return got, err
	}
	out.Ways = append(out.Ways, byGroup...)
	mayEnter := u.Enabled == nil || *u.Enabled
	if p.open() && mayEnter {
		out.Ways = append(out.Ways, everybody)
	}
	if len(out.Ways) > 0 {
		out.Presence = domain.Present
		return got, nil
	}
	unsure, err := a.anyHides(ctx, others)
	if unsure || p.Required == nil && mayEnter {
		out.Presence = domain.PresenceUnknown
	}
	return got, err
}

// everybody is the way into an app that does not require assignment. It stays open
// when every row is gone, so that it counts as a way: else a door would be called
// closed that is not.
var everybody = domain.Way{Name: "everybody in the directory", GivesKnown: domain.Yes,
	Fixed: "the app does not require assignment, so that everybody who can sign in to the directory can open it: set \"Assignment required\" on it in Entra, or disable the person there"}

// direct is a direct assignment as a way names it: the role first, because an
// assignment that was deleted can only be made anew, with its role.
type direct struct{ role, row string }

// String is the name in Way.Assignment.
func (d direct) String() string { return d.role + ":" + d.row }

func parseDirect(name string) (direct, bool) {
	roleID, id, ok := strings.Cut(name, ":")
	return direct{roleID, id}, ok && guid.MatchString(roleID) && rowID.MatchString(id)
}

// byGroup reads by which groups somebody has the app. others are the groups that
// have it and do not show them as a member.
func (a *App) byGroup(ctx context.Context, user string, rows []row) (ways []domain.Way, others []string, err error) {
	groups := groupsOf(rows)
	if len(groups) == 0 {
		return nil, nil, nil
	}
	mine, _, err := list[group](ctx, a, opMemberOf, "/users/"+user+"/memberOf", selecting("id"))
	if err != nil {
		return nil, nil, err
	}
	for _, id := range groups {
		if !slices.ContainsFunc(mine, func(g group) bool { return strings.EqualFold(g.ID, id) }) {
			others = append(others, id)
			continue
		}
		g, err := a.group(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		way, err := a.wayBy(ctx, g)
		if err != nil {
			return nil, nil, err
		}
		ways = append(ways, way)
	}
	return ways, others, nil
}

// anyHides tells whether one of the groups keeps its members from us: then nobody
// is known not to be in it.
func (a *App) anyHides(ctx context.Context, groups []string) (bool, error) {
	for _, id := range groups {
		g, err := a.group(ctx, id)
		switch {
		case is(err, domain.FaultNotFound):
		case err != nil:
			return false, err
		case g.hides():
			return true, nil
		}
	}
	return false, nil
}

// groupsOf lists the groups that have the app, each once.
func groupsOf(rows []row) []string {
	var groups []string
	for _, r := range rows {
		if r.Kind == kindGroup && !slices.Contains(groups, r.Principal) {
			groups = append(groups, r.Principal)
		}
	}
	return groups
}
