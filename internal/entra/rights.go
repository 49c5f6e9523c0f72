package entra

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"handover/domain"
)

// The least application permission for each kind of call (Graph, permission tables
// of the calls).
const (
	needApps      = "Application.Read.All"
	needUsers     = "User.Read.All"
	needGroups    = "GroupMember.Read.All"
	needDirectory = "Directory.Read.All"
	needJobs      = "Synchronization.Read.All"
	needLogs      = "AuditLog.Read.All"
	needAssign    = "AppRoleAssignment.ReadWrite.All"
	needMembers   = "GroupMember.ReadWrite.All"
	needSessions  = "User.RevokeSessions.All"
)

// right is a permission with those that hold it too.
type right struct {
	least  string
	writes bool
	also   []string
}

var rights = []right{
	{needApps, false, []string{"Directory.Read.All", "Application.ReadWrite.All", "Directory.ReadWrite.All"}},
	{needUsers, false, []string{"User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}},
	{needGroups, false, []string{"GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}},
	{needDirectory, false, []string{"Directory.ReadWrite.All"}},
	{needJobs, false, []string{"Synchronization.ReadWrite.All"}},
	{needLogs, false, nil},
	{needAssign, true, nil},
	{needMembers, true, []string{"Group.ReadWrite.All", "Directory.ReadWrite.All"}},
	// The first is the least by newer pages, and not known in every tenant; the second
	// is what others report to work (Microsoft Q&A).
	{needSessions, true, []string{"User.ReadWrite.All", "Directory.ReadWrite.All"}},
}

// graphAppID is Microsoft Graph's own application id, the same in every tenant.
const graphAppID = "00000003-0000-0000-c000-000000000000"

// missing names the permissions that the app registration lacks. What it holds are
// app roles of Graph's own service principal: reading them writes nothing and needs
// no look into the token, which is opaque to us. Where that cannot be read nothing
// is known to be missing but the right to read it.
func (a *App) missing(ctx context.Context) ([]string, error) {
	held, err := a.held(ctx)
	if is(err, domain.FaultForbidden) {
		return []string{needApps}, nil
	}
	if err != nil {
		return nil, err
	}
	var lacks []string
	for _, r := range rights {
		has := slices.Contains(held, r.least) || slices.ContainsFunc(r.also, func(p string) bool { return slices.Contains(held, p) })
		if !has && !(r.writes && a.cfg.ReadOnly) {
			lacks = append(lacks, r.least)
		}
	}
	return lacks, nil
}

// held are the names of the permissions that have consent.
func (a *App) held(ctx context.Context) ([]string, error) {
	grants, _, err := list[row](ctx, a, opGrants, byAppID(a.cfg.ClientID)+"/appRoleAssignments", url.Values{"$top": {perPage}})
	if err != nil {
		return nil, err
	}
	names, err := a.names(ctx)
	if err != nil {
		return nil, err
	}
	var held []string
	for _, g := range grants {
		if name := names[strings.ToLower(g.Role)]; name != "" {
			held = append(held, name)
		}
	}
	return held, nil
}

func byAppID(id string) string { return "/servicePrincipals(appId='" + id + "')" }

// names are Graph's permissions by the id of their role. The answer is large and
// never changes, so that it is read once.
func (a *App) names(ctx context.Context) (map[string]string, error) {
	a.mu.Lock()
	known := a.rights
	a.mu.Unlock()
	if known != nil {
		return known, nil
	}
	var graph principal
	if _, err := a.get(ctx, opGrants, byAppID(graphAppID), url.Values{"$select": {"id,appRoles"}}, &graph); err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, r := range graph.Roles {
		names[strings.ToLower(r.ID)] = r.Value
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rights = names
	return names, nil
}
