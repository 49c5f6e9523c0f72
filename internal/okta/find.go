package okta

import (
	"context"
	"net/url"
	"strings"

	"handover/domain"
)

// perPage is the most that Okta gives of users, groups and apps (documented).
const perPage = "200"

// FindAssignment reads how a person, by work email, is given the app: directly, by
// groups, or both. Somebody whom Okta does not know is absent. Present without a
// group that can be named is a way that is fixed.
func (a *App) FindAssignment(ctx context.Context, email string) (domain.Assignment, error) {
	app, _, err := a.instance(ctx)
	if err != nil {
		return domain.Assignment{}, err
	}
	found := domain.Assignment{Presence: domain.Absent}
	found.Pushes, found.PushesWhy = pushes(app)
	who, got, err := a.byEmail(ctx, email)
	if err != nil {
		return domain.Assignment{}, err
	}
	return a.waysOf(ctx, found, who, got)
}

// ReadAssignment reads it for somebody by Okta's own id, whatever their email is
// now: one who was renamed is still the same person. An id that Okta no longer
// knows is absent: whoever was deleted has nothing.
func (a *App) ReadAssignment(ctx context.Context, user string) (domain.Assignment, error) {
	if err := a.plain(opUser, user); err != nil {
		return domain.Assignment{}, err
	}
	app, _, err := a.instance(ctx)
	if err != nil {
		return domain.Assignment{}, err
	}
	found := domain.Assignment{Presence: domain.Absent}
	found.Pushes, found.PushesWhy = pushes(app)
	var who person
	got, err := a.get(ctx, opUser, arguments{user: user}, &who)
	switch {
	case err != nil && domain.KindOf(err) == domain.FaultNotFound:
		who = person{}
	case err != nil:
		return domain.Assignment{}, err
	case who.ID != user:
		return domain.Assignment{}, a.strange(opUser, got, nil)
	}
	return a.waysOf(ctx, found, who, got)
}

// waysOf fills in the ways of somebody; nobody has none.
func (a *App) waysOf(ctx context.Context, found domain.Assignment, who person, got answer) (domain.Assignment, error) {
	found.RequestID, found.ReadAt = got.requestID, got.at
	if who.ID == "" {
		return found, nil
	}
	found.User = who.ID
	assigned, got, err := a.appUser(ctx, who.ID)
	if err != nil {
		return domain.Assignment{}, err
	}
	found.RequestID, found.ReadAt = got.requestID, got.at
	if assigned == nil && who.Status == statusDeprovisioned {
		// Deactivation took every app (documented). Groups that are still shown with
		// the person give nothing until somebody activates them again.
		return found, nil
	}
	groups, err := a.waysByGroup(ctx, who.ID)
	if err != nil {
		return domain.Assignment{}, err
	}
	return assignment(found, assigned, groups), nil
}

// assignment puts together what was read. A group that gives the app without an
// assignment yet is about to make one, so it is a way as well.
func assignment(found domain.Assignment, assigned *appUser, groups []domain.Way) domain.Assignment {
	if assigned != nil {
		found.PushFailed = assigned.SyncState == syncError
		if found.Pushes == domain.Yes && assigned.ExternalID == "" {
			found.Pushes, found.PushesWhy = domain.Unknown, "Okta shows no user of the app behind this assignment: nothing may be deactivated there"
		}
		switch {
		case assigned.direct():
			found.Ways = append(found.Ways, domain.Way{Assignment: assigned.ID, GivesKnown: domain.Yes})
		case len(groups) == 0:
			found.Ways = append(found.Ways, hidden(assigned.group()))
		}
	}
	found.Ways = append(found.Ways, groups...)
	if len(found.Ways) > 0 {
		found.Presence = domain.Present
	}
	return found
}

// hidden is a way by a group that is not among the person's: the admin role does
// not reach it, or they left it just now.
func hidden(id string) domain.Way {
	if id == "" {
		id = "unknown"
	}
	return domain.Way{Group: id, Name: "not shown", Fixed: "is not among the person's groups: it was left a moment ago, or the admin role does not reach it", GivesKnown: domain.Unknown}
}

// byEmail finds a person by filter, which is exact and sees deprovisioned people;
// search lags behind, and the plain list leaves them out (documented). The login is
// asked for as well: it is the address that the app often knows. An id that is
// empty means that nobody was found.
func (a *App) byEmail(ctx context.Context, email string) (person, answer, error) {
	email = strings.TrimSpace(email)
	if !domain.LooksLikeEmail(email) || strings.ContainsAny(email, `"\`) {
		return person{}, answer{}, a.fault(domain.FaultInvalid, opUsers, answer{}, "this is no email that Okta could be asked for", nil)
	}
	var hits []person
	var got answer
	for _, field := range []string{"profile.email", "profile.login"} {
		people, page, err := all[person](ctx, a, opUsers, arguments{query: url.Values{"filter": {field + ` eq "` + email + `"`}, "limit": {perPage}}})
		if err != nil {
			return person{}, page, err
		}
		got = page
		for _, p := range people {
			if strings.EqualFold(p.Profile.Email, email) || strings.EqualFold(p.Profile.Login, email) {
				hits = append(hits, p)
			}
		}
	}
	for _, p := range hits {
		if p.ID != hits[0].ID {
			return person{}, got, a.fault(domain.FaultConflict, opUsers, got, "several people in Okta have this email or login, deprovisioned ones among them it may be: tidy them up there", nil)
		}
	}
	if len(hits) == 0 {
		return person{}, got, nil
	}
	return hits[0], got, nil
}

// appUser reads somebody's assignment; nil when they have none.
func (a *App) appUser(ctx context.Context, user string) (*appUser, answer, error) {
	if err := a.plain(opAppUser, user); err != nil {
		return nil, answer{}, err
	}
	var u appUser
	got, err := a.get(ctx, opAppUser, arguments{user: user}, &u)
	switch {
	case err != nil && domain.KindOf(err) == domain.FaultNotFound:
		return nil, got, nil
	case err == nil && u.ID != user:
		err = a.strange(opAppUser, got, nil)
	}
	return &u, got, err
}
