package entra

import (
	"context"
	"slices"
	"strings"

	"handover/domain"
)

// noRole is the role of apps that declare none. Others refuse it (Graph,
// "appRoleAssignment").
const noRole = "00000000-0000-0000-0000-000000000000"

// Assign puts back the ways of an assignment as it was read before Unassign. One
// without ways is given directly, with the app's only role. Ways that were fixed
// were never taken away.
func (a *App) Assign(ctx context.Context, was domain.Assignment) (domain.Receipt, error) {
	if err := a.mayWrite(opAssign, was.User); err != nil {
		return domain.Receipt{}, err
	}
	ways := slices.DeleteFunc(slices.Clone(was.Ways), func(w domain.Way) bool { return w.Fixed != "" })
	if len(was.Ways) == 0 {
		roleID, err := a.onlyRole(ctx)
		if err != nil {
			return domain.Receipt{}, err
		}
		ways = []domain.Way{{Assignment: direct{role: roleID, row: "new"}.String()}}
	}
	out := domain.Receipt{At: a.cfg.Now(), Already: true}
	for _, w := range ways {
		got, done, err := a.putBack(ctx, was.User, w)
		if err != nil {
			return domain.Receipt{}, err
		}
		if done {
			out = domain.Receipt{RequestID: got.requestID, At: got.at}
		}
	}
	return out, nil
}

// putBack makes one way. done tells that it was not there.
func (a *App) putBack(ctx context.Context, user string, w domain.Way) (got answer, done bool, err error) {
	if w.Direct() {
		d, ok := parseDirect(w.Assignment)
		if !ok {
			return got, false, a.fault(domain.FaultInvalid, opAssign, got, "the assignment was not read by this program: read it again", nil)
		}
		return a.grant(ctx, user, d.role)
	}
	if !guid.MatchString(w.Group) {
		return got, false, a.fault(domain.FaultInvalid, opJoin, got, "the group has not the form of one of Entra's: read the assignment again", nil)
	}
	return a.join(ctx, user, w.Group)
}

// grant assigns the app with a role. A second assignment is refused with an error
// whose status no page names, so that after any refusal of the form the list says
// whether it stands (issue msgraph-bicep-types 161).
func (a *App) grant(ctx context.Context, user, roleID string) (answer, bool, error) {
	if got, stands, err := a.stands(ctx, user, roleID); err != nil || stands {
		return got, false, err
	}
	body := map[string]string{"principalId": user, "resourceId": a.cfg.AppID, "appRoleId": roleID}
	got, err := a.call(ctx, opAssign, a.address(a.path("/appRoleAssignedTo"), nil), body)
	if is(err, domain.FaultInvalid) || is(err, domain.FaultConflict) {
		if _, stands, serr := a.stands(ctx, user, roleID); serr != nil || stands {
			return got, false, serr
		}
	}
	return got, err == nil, err
}

func (a *App) stands(ctx context.Context, user, roleID string) (answer, bool, error) {
	rows, got, err := a.rows(ctx)
	return got, slices.ContainsFunc(rows, func(r row) bool { return r.of(user) && strings.EqualFold(r.Role, roleID) }), err
}

// join puts somebody back into a group. Who is a member already is refused with
// 400, as other things are, so that the list of their groups decides.
func (a *App) join(ctx context.Context, user, groupID string) (answer, bool, error) {
	body := map[string]string{"@odata.id": a.cfg.GraphURL + "/directoryObjects/" + user}
	got, err := a.call(ctx, opJoin, a.address("/groups/"+groupID+"/members/$ref", nil), body)
	if !is(err, domain.FaultInvalid) && !is(err, domain.FaultConflict) {
		return got, err == nil, err
	}
	mine, _, lerr := list[group](ctx, a, opMemberOf, "/users/"+user+"/memberOf", selecting("id"))
	if lerr != nil {
		return got, false, lerr
	}
	if slices.ContainsFunc(mine, func(g group) bool { return strings.EqualFold(g.ID, groupID) }) {
		return got, false, nil
	}
	return got, false, err
}

// onlyRole is the role that a new assignment gets: none where the app declares
// none, else the only one for users. Which of several is a person's choice.
func (a *App) onlyRole(ctx context.Context) (string, error) {
	p, got, err := a.principal(ctx)
	if err != nil {
		return "", err
	}
	var forUsers []string
	for _, r := range p.Roles {
		if r.Enabled && slices.Contains(r.Allowed, kindUser) && guid.MatchString(r.ID) {
			forUsers = append(forUsers, r.ID)
		}
	}
	switch {
	case len(p.Roles) == 0:
		return noRole, nil
	case len(forUsers) == 1:
		return forUsers[0], nil
	}
	return "", a.fault(domain.FaultUnsupported, opAssign, got, "the app declares several roles, or none for users, and which one is right was not captured: a person assigns it in Entra", nil)
}
