package entra

import (
	"fmt"
	"net/http"
	"slices"
)

// graphAppID is Microsoft Graph's own application id, the same in every tenant.
const graphAppID = "00000003-0000-0000-c000-000000000000"

// AllPermissions are the application permissions that the simulator knows.
func AllPermissions() []string {
	return []string{"Directory.Read.All", "Application.Read.All", "User.Read.All", "GroupMember.Read.All", "Synchronization.Read.All",
		"AuditLog.Read.All", "AppRoleAssignment.ReadWrite.All", "GroupMember.ReadWrite.All", "User.RevokeSessions.All", "Synchronization.ReadWrite.All",
		"User.ReadWrite.All", "Member.Read.Hidden"}
}

// What each kind of call needs: one of these (Graph's permission tables).
var (
	mayReadApps    = []string{"Application.Read.All", "Directory.Read.All"}
	mayReadUsers   = []string{"User.Read.All", "User.ReadWrite.All", "Directory.Read.All"}
	mayReadGroups  = []string{"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Directory.Read.All"}
	mayReadGrants  = []string{"Directory.Read.All", "AppRoleAssignment.ReadWrite.All"}
	mayAssign      = []string{"AppRoleAssignment.ReadWrite.All"}
	mayWriteGroups = []string{"GroupMember.ReadWrite.All"}
	mayEndSessions = []string{"User.RevokeSessions.All", "User.ReadWrite.All"}
	mayReadJobs    = []string{"Synchronization.Read.All", "Synchronization.ReadWrite.All"}
	mayRunJobs     = []string{"Synchronization.ReadWrite.All"}
	mayReadLogs    = []string{"AuditLog.Read.All"}
)

func (s *Simulator) holds(oneOf []string) bool {
	return slices.ContainsFunc(oneOf, func(p string) bool { return slices.Contains(s.opt.Permissions, p) })
}

// needs answers 403 to those who hold none of the permissions.
func (s *Simulator) needs(oneOf []string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.holds(oneOf) {
			s.denied(w)
			return
		}
		next(w, r)
	}
}

// seedDirectory makes what every tenant has: Graph's own service principal, whose
// app roles are the permissions, and the client's, which holds those with consent.
func (s *Simulator) seedDirectory() {
	graph := &App{ID: s.newID(), AppID: graphAppID, Name: "Microsoft Graph"}
	for i, p := range AllPermissions() {
		graph.Roles = append(graph.Roles, Role{ID: fmt.Sprintf("b0000000-0000-4000-8000-%012d", i+1), Value: p, AppsOnly: true})
	}
	client := &App{ID: s.newID(), AppID: s.opt.ClientID, Name: "Handover"}
	s.apps = append(s.apps, graph, client)
	for _, role := range graph.Roles {
		if slices.Contains(s.opt.Permissions, role.Value) {
			s.give(graph.ID, client.ID, role.ID)
		}
	}
}
