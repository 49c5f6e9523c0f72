package entra

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fact is something that is said about Entra, where it is said, and how sure it is:
// D documentation, I an issue thread, 3P others, M memory, U not found anywhere.
type fact struct {
	says, source, tag string
	check             func(t *testing.T, r *rig)
}

// assignments are the facts about who is given an app.
var assignments = []fact{
	{"a row of appRoleAssignedTo names role, principal with its type, resource and when it was made", "Graph, appRoleAssignment", "D", func(t *testing.T, r *rig) {
		rows := r.get(r.app() + "/appRoleAssignedTo").rows()
		require.Len(t, rows, 3)
		for _, key := range []string{"id", "appRoleId", "principalId", "principalType", "principalDisplayName", "resourceId", "resourceDisplayName", "createdDateTime", "deletedDateTime"} {
			require.Contains(t, rows[0], key)
		}
	}},
	{"a service principal can be named by its appId", "Graph, servicePrincipal", "D", func(t *testing.T, r *rig) {
		appID := r.get(r.app()).body["appId"].(string)
		require.Len(t, r.get("/servicePrincipals(appId='"+appID+"')/appRoleAssignedTo").rows(), 3)
		require.Equal(t, 404, r.get("/servicePrincipals/"+appID).status)
	}},
	{"filters on principalId, appRoleId and principalType are 400", "msgraph-sdk-dotnet 2306", "I", func(t *testing.T, r *rig) {
		for _, f := range []string{"principalId eq " + r.in.Dana, "appRoleId eq " + r.in.Role, "principalType eq 'User'"} {
			got := r.get(r.app()+"/appRoleAssignedTo", "$filter", f)
			require.Equal(t, []any{400, codeBad}, []any{got.status, got.code()})
		}
		require.Len(t, r.get(r.app()+"/appRoleAssignedTo", "$filter", "principalDisplayName eq 'Dana Reyes'").rows(), 1)
	}},
	{"a user's own list holds the rows of groups of which they are a direct member", "Graph, user-list-approleassignments", "D", func(t *testing.T, r *rig) {
		rows := r.get("/users/" + r.in.Eli + "/appRoleAssignments").rows()
		require.Len(t, rows, 1)
		require.Equal(t, []any{"Group", r.in.Sales}, []any{rows[0]["principalType"], rows[0]["principalId"]})
	}},
	{"deleting such a row takes the app from the whole group", "inference", "U", func(t *testing.T, r *rig) {
		require.Equal(t, 204, r.delete("/users/"+r.in.Eli+"/appRoleAssignments/"+r.rowOf(r.in.Sales).ID).status)
		require.Empty(t, r.rowOf(r.in.Sales).ID)
		require.Equal(t, KindGroup, r.Deleted()[0].Kind)
	}},
	{"creating answers 201, and 200 in a sample", "Graph, serviceprincipal-post-approleassignedto", "D", func(t *testing.T, r *rig) {
		require.Equal(t, 201, r.post(r.app()+"/appRoleAssignedTo", r.grant(r.in.Bo)).status)
		r.Switch(func(s *Switches) { s.CreatedIs200 = true })
		require.Equal(t, 200, r.post(r.app()+"/appRoleAssignedTo", r.grant(r.in.Eli)).status)
	}},
	{"the role of zeros is for apps that declare none", "Graph, appRoleAssignment", "D", func(t *testing.T, r *rig) {
		zeros := r.grant(r.in.Bo)
		zeros["appRoleId"] = NoRole
		got := r.post(r.app()+"/appRoleAssignedTo", zeros)
		require.Equal(t, []any{400, codeBad}, []any{got.status, got.code()})
		r.ChangeApp(r.in.App, func(a *App) { a.Roles = nil })
		require.Equal(t, 201, r.post(r.app()+"/appRoleAssignedTo", zeros).status)
	}},
	{"a second assignment of the same role is refused", "msgraph-bicep-types 161", "U", func(t *testing.T, r *rig) {
		require.Equal(t, 400, r.post(r.app()+"/appRoleAssignedTo", r.grant(r.in.Dana)).status)
		r.Switch(func(s *Switches) { s.DuplicateOK = true })
		require.Equal(t, 201, r.post(r.app()+"/appRoleAssignedTo", r.grant(r.in.Dana)).status)
	}},
	{"new rows show late", "Graph, read after write", "D", func(t *testing.T, r *rig) {
		r.Switch(func(s *Switches) { s.NewRowAfter = 2 })
		require.Equal(t, 201, r.post(r.app()+"/appRoleAssignedTo", r.grant(r.in.Bo)).status)
		require.Len(t, r.get(r.app()+"/appRoleAssignedTo").rows(), 3)
		require.Len(t, r.get(r.app()+"/appRoleAssignedTo").rows(), 3)
		require.Len(t, r.get(r.app()+"/appRoleAssignedTo").rows(), 4)
	}},
	{"deleted rows show on for a while", "Graph, read after write", "D", func(t *testing.T, r *rig) {
		r.Switch(func(s *Switches) { s.GoneAfter = 1 })
		require.Equal(t, 204, r.delete(r.app()+"/appRoleAssignedTo/"+r.rowOf(r.in.Dana).ID).status)
		require.Len(t, r.get(r.app()+"/appRoleAssignedTo").rows(), 3)
		require.Len(t, r.get(r.app()+"/appRoleAssignedTo").rows(), 2)
	}},
	{"deleting answers 204, twice 404", "Graph, serviceprincipal-delete-approleassignedto", "D", func(t *testing.T, r *rig) {
		row := r.rowOf(r.in.Dana).ID
		require.Equal(t, 204, r.delete(r.app()+"/appRoleAssignedTo/"+row).status)
		got := r.delete(r.app() + "/appRoleAssignedTo/" + row)
		require.Equal(t, []any{404, codeNotFound}, []any{got.status, got.code()})
	}},
	{"members of nested groups get nothing", "Graph, group-based assignment", "D", func(t *testing.T, r *rig) {
		inner := r.AddGroup(Group{Name: "Inner", Members: []string{r.in.Bo}})
		r.ChangeGroup(r.in.Sales, func(g *Group) { g.Members = append(g.Members, inner) })
		require.Empty(t, r.get("/users/"+r.in.Bo+"/appRoleAssignments").rows())
		require.Len(t, r.get("/users/"+r.in.Bo+"/memberOf").rows(), 1)
		require.False(t, r.given(r.Simulator.app(r.in.App), r.user(r.in.Bo)))
	}},
}

// groupsAndUsers are the facts about people and groups.
var groupsAndUsers = []fact{
	{"a member is removed with $ref; twice is 404", "Graph, group-delete-members", "D", func(t *testing.T, r *rig) {
		path := "/groups/" + r.in.Sales + "/members/" + r.in.Eli + "/$ref"
		require.Equal(t, 204, r.delete(path).status)
		require.Equal(t, 404, r.delete(path).status)
	}},
	{"without $ref the user is deleted", "Graph, group-delete-members", "D", func(t *testing.T, r *rig) {
		require.Equal(t, 204, r.delete("/groups/"+r.in.Sales+"/members/"+r.in.Eli).status)
		_, there := r.User(r.in.Eli)
		require.False(t, there)
	}},
	{"groups with a rule, from on premises, and mail-enabled security groups take no changes", "Graph, group-delete-members; microsoft-graph-docs-contrib 8241", "I", func(t *testing.T, r *rig) {
		for _, g := range []Group{{Dynamic: true}, {OnPremises: true}, {Mail: true}} {
			g.Members = []string{r.in.Bo}
			id := r.AddGroup(g)
			require.Equal(t, 400, r.delete("/groups/"+id+"/members/"+r.in.Bo+"/$ref").status)
			require.Len(t, r.Members(id), 1)
		}
		id := r.AddGroup(Group{RoleAssignable: true, Members: []string{r.in.Bo}})
		require.Equal(t, codeDenied, r.delete("/groups/"+id+"/members/"+r.in.Bo+"/$ref").code())
	}},
	{"adding a member twice is 400", "Graph, group-post-members", "M", func(t *testing.T, r *rig) {
		ref := object{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/" + r.in.Bo}
		require.Equal(t, 204, r.post("/groups/"+r.in.Sales+"/members/$ref", ref).status)
		require.Equal(t, 400, r.post("/groups/"+r.in.Sales+"/members/$ref", ref).status)
		require.Len(t, r.Members(r.in.Sales), 2)
	}},
	{"hidden memberships need Member.Read.Hidden", "Graph, user-list-memberof", "D", func(t *testing.T, r *rig) {
		hidden := newRig(t, "Directory.Read.All")
		for want, tenant := range []*rig{hidden, r} {
			tenant.AddGroup(Group{Hidden: true, Members: []string{tenant.in.Bo}})
			require.Len(t, tenant.get("/users/"+tenant.in.Bo+"/memberOf").rows(), want)
		}
	}},
	{"who may not read a member sees an id alone", "Graph, limited information", "D", func(t *testing.T, _ *rig) {
		r := newRig(t, "GroupMember.Read.All")
		one := r.get("/groups/" + r.in.Sales + "/members").rows()[0]
		require.Equal(t, []any{r.in.Eli, nil}, []any{one["id"], one["mail"]})
	}},
	{"accountEnabled comes only when selected", "Graph, user", "D", func(t *testing.T, r *rig) {
		require.NotContains(t, r.get("/users/"+r.in.Dana).body, "accountEnabled")
		require.Equal(t, true, r.get("/users/"+r.in.Dana, "$select", "id,accountEnabled").body["accountEnabled"])
		r.Switch(func(s *Switches) { s.NoAccount = true })
		require.NotContains(t, r.get("/users/"+r.in.Dana, "$select", "id,accountEnabled").body, "accountEnabled")
	}},
	{"a quote in a filter is doubled", "OData", "D", func(t *testing.T, r *rig) {
		r.Change(r.in.Bo, func(u *User) { u.Mail = "bo.o'lind@example.com" })
		require.Len(t, r.get("/users", "$filter", "mail eq 'bo.o''lind@example.com'").rows(), 1)
		require.Equal(t, 400, r.get("/users", "$filter", "mail eq 'bo.o'lind@example.com'").status)
	}},
	{"a filter joins fifteen clauses at most", "scripts that met it", "3P", func(t *testing.T, r *rig) {
		require.Len(t, r.get("/users", "$filter", "id in ('"+r.in.Dana+"','"+r.in.Eli+"')").rows(), 2)
		many := "id in ('1'"
		for range 15 {
			many += ",'2'"
		}
		require.Equal(t, 400, r.get("/users", "$filter", many+")").status)
	}},
	{"ending sessions answers value true, and refuses for holders of a directory role", "Graph, user-revokesigninsessions", "D", func(t *testing.T, r *rig) {
		got := r.post("/users/"+r.in.Dana+"/revokeSignInSessions", nil)
		require.Equal(t, []any{200, true}, []any{got.status, got.body["value"]})
		require.Equal(t, codeDenied, r.post("/users/"+r.in.Ada+"/revokeSignInSessions", nil).code())
	}},
	{"sessions of guests live at home", "Graph, user-revokesigninsessions", "D", func(t *testing.T, r *rig) {
		r.Change(r.in.Dana, func(u *User) { u.Guest = true })
		require.Equal(t, 200, r.post("/users/"+r.in.Dana+"/revokeSignInSessions", nil).status)
		u, _ := r.User(r.in.Dana)
		require.Zero(t, u.SessionsEnded)
	}},
	{"signInActivity comes by object id alone, is null or missing when never, can say year one, needs a licence and a right", "Graph, signInActivity", "D", signInActivity},
}

func signInActivity(t *testing.T, r *rig) {
	ask := func(id string) answer { return r.get("/users/"+id, "$select", "id,signInActivity") }
	require.Nil(t, ask(r.in.Dana).body["signInActivity"])
	require.Equal(t, 400, ask("dana.reyes@example.com").status)
	r.Change(r.in.Dana, func(u *User) { u.LastSignIn, u.LastSuccess = r.now, r.now.Add(-time.Hour) })
	activity := ask(r.in.Dana).body["signInActivity"].(map[string]any)
	require.NotEqual(t, activity["lastSignInDateTime"], activity["lastSuccessfulSignInDateTime"])
	require.NotContains(t, r.get("/users/"+r.in.Dana).body, "signInActivity")
	r.Switch(func(s *Switches) { s.NoActivity = true })
	require.NotContains(t, ask(r.in.Dana).body, "signInActivity")
	r.Switch(func(s *Switches) { *s = Switches{NullActivity: true} })
	require.Nil(t, ask(r.in.Dana).body["signInActivity"])
	r.Switch(func(s *Switches) { *s = Switches{YearOne: true} })
	require.Equal(t, "0001-01-01T00:00:00Z", ask(r.in.Dana).body["signInActivity"].(map[string]any)["lastSignInDateTime"])
	r.Switch(func(s *Switches) { *s = Switches{NoLicence: true} })
	require.Equal(t, []any{403, codeLicence}, []any{ask(r.in.Dana).status, ask(r.in.Dana).code()})
	blind := newRig(t, "Directory.Read.All")
	require.Equal(t, codeDenied, blind.get("/users/"+blind.in.Dana, "$select", "id,signInActivity").code())
}

// protocol are the facts about tokens, pages, limits, logs and provisioning.
var protocol = []fact{
	{"client credentials give a bearer token; refusals carry an AADSTS number", "Microsoft identity platform", "D", func(t *testing.T, r *rig) {
		got := r.signIn(nil)
		require.Equal(t, []any{"Bearer", 3600.0}, []any{got.body["token_type"], got.body["expires_in"]})
		for number, change := range map[float64]url.Values{7000215: {"client_secret": {"x"}}, 700016: {"client_id": {"x"}}, 90002: {"tenant": {"x"}}, 70003: {"grant_type": {"x"}}, 70011: {"scope": {"x"}}} {
			require.Equal(t, []any{number}, r.signIn(change).body["error_codes"])
		}
	}},
	{"a token that ended is 401 InvalidAuthenticationToken", "Graph, errors", "D", func(t *testing.T, r *rig) {
		r.now = r.now.Add(time.Hour)
		got := r.get("/users")
		require.Equal(t, []any{401, codeToken}, []any{got.status, got.code()})
	}},
	{"errors carry code, message and innerError with the request id", "Graph, errors", "D", func(t *testing.T, r *rig) {
		got := r.get("/users/nobody")
		inner := got.body["error"].(map[string]any)["innerError"].(map[string]any)
		require.NotEmpty(t, inner["request-id"])
		require.Equal(t, got.header.Get("request-id"), inner["request-id"])
		require.Contains(t, inner, "date")
		require.Contains(t, inner, "client-request-id")
	}},
	{"what a permission does not cover is 403 Authorization_RequestDenied", "Graph, permission tables", "D", func(t *testing.T, _ *rig) {
		r := newRig(t, "User.Read.All")
		for _, path := range []string{r.app(), "/groups/" + r.in.Sales, r.app() + "/synchronization/jobs", "/auditLogs/signIns"} {
			require.Equal(t, codeDenied, r.get(path).code(), path)
		}
		require.Equal(t, codeDenied, r.post(r.app()+"/appRoleAssignedTo", r.grant(r.in.Bo)).code())
	}},
	{"nextLink leads on until it is missing; a page may be empty and have one; $skip is refused", "Graph, paging", "D", func(t *testing.T, r *rig) {
		r.Switch(func(s *Switches) { s.PageSize, s.EmptyPage = 2, true })
		got, seen, pages := r.get(r.app()+"/appRoleAssignedTo"), 0, 1
		require.Empty(t, got.rows())
		for got.body["@odata.nextLink"] != nil {
			got = r.send("GET", got.body["@odata.nextLink"].(string), "", "")
			seen, pages = seen+len(got.rows()), pages+1
		}
		require.Equal(t, []int{3, 3}, []int{seen, pages})
		require.Equal(t, 400, r.get("/users", "$skip", "1").status)
		require.Equal(t, 400, r.get("/users", "$top", "1000").status)
	}},
	{"429 carries Retry-After on most services, not on all", "Graph, throttling", "D", func(t *testing.T, r *rig) {
		r.Switch(func(s *Switches) { s.Refuse, s.RetryAfter = 1, "7" })
		require.Equal(t, "7", r.get("/users").header.Get("Retry-After"))
		r.Switch(func(s *Switches) { s.Refuse, s.RetryAfter = 1, "" })
		got := r.get("/users")
		require.Equal(t, []any{429, ""}, []any{got.status, got.header.Get("Retry-After")})
		require.Equal(t, 200, r.get("/users").status)
	}},
	{"from eight tenths on a header shows the share that is used", "Graph, throttling", "D", func(t *testing.T, r *rig) {
		require.Empty(t, r.get("/users").header.Get("x-ms-throttle-limit-percentage"))
		r.Switch(func(s *Switches) { s.Percentage = "0.8" })
		require.Equal(t, "0.8", r.get("/users").header.Get("x-ms-throttle-limit-percentage"))
	}},
	{"the sign-in log is newest first, takes no $orderby, five requests in ten seconds", "Graph, signin-list; throttling limits", "D", func(t *testing.T, r *rig) {
		r.Log(SignIn{User: r.in.Dana, App: "x", At: r.now.Add(-time.Hour)})
		r.Log(SignIn{User: r.in.Dana, App: "x", At: r.now, Error: 50126})
		rows := r.get("/auditLogs/signIns").rows()
		require.Greater(t, rows[0]["createdDateTime"], rows[1]["createdDateTime"])
		require.Len(t, r.get("/auditLogs/signIns", "$filter", "userId eq '"+r.in.Dana+"' and appId eq 'x' and status/errorCode eq 0").rows(), 1)
		require.Equal(t, 400, r.get("/auditLogs/signIns", "$orderby", "createdDateTime desc").status)
		r.get("/auditLogs/signIns")
		require.Equal(t, 200, r.get("/auditLogs/signIns").status)
		require.Equal(t, 429, r.get("/auditLogs/signIns").status)
		r.now = r.now.Add(10 * time.Second)
		require.Equal(t, 200, r.get("/auditLogs/signIns").status)
	}},
	{"the sign-in log needs P1 or P2", "Graph, known issues", "D", func(t *testing.T, r *rig) {
		r.Switch(func(s *Switches) { s.NoLicence = true })
		require.Equal(t, codeLicence, r.get("/auditLogs/signIns").code())
	}},
	{"a job tells its state, and why it is in quarantine", "Graph, synchronizationStatus", "D", func(t *testing.T, r *rig) {
		status := func() map[string]any {
			return r.get(r.app() + "/synchronization/jobs").rows()[0]["status"].(map[string]any)
		}
		require.Equal(t, []any{"Active", nil}, []any{status()["code"], status()["quarantine"]})
		r.SetJob(r.in.App, r.in.Job, "Quarantine", "TooManyDeletes")
		require.Equal(t, "TooManyDeletes", status()["quarantine"].(map[string]any)["reason"])
		r.SetJob(r.in.App, r.in.Job, "Paused", "")
		require.Equal(t, "Paused", status()["code"])
	}},
	{"on demand answers JSON in strings, handles who fell out of scope, not who is disabled, five in ten seconds", "Graph, synchronizationjob-provision-on-demand", "D", onDemand},
	{"a cycle carries an unassignment into the app; jobs in quarantine and paused ones do not", "Entra, how provisioning works", "D", func(t *testing.T, r *rig) {
		var told []string
		r.opt.OnUnassigned = func(email string) { told = append(told, email) }
		require.Equal(t, 204, r.delete(r.app()+"/appRoleAssignedTo/"+r.rowOf(r.in.Dana).ID).status)
		for _, code := range []string{"Quarantine", "Paused"} {
			r.SetJob(r.in.App, r.in.Job, code, "")
			r.Cycle()
			require.Empty(t, told)
		}
		r.SetJob(r.in.App, r.in.Job, "Active", "")
		r.Cycle()
		require.Equal(t, []string{"dana.reyes@example.com"}, told)
	}},
	{"disabling a user takes them out of the app too", "Entra, how provisioning works", "D", func(t *testing.T, r *rig) {
		var told []string
		r.opt.OnUnassigned, r.opt.AtOnce = func(email string) { told = append(told, email) }, true
		r.Change(r.in.Eli, func(u *User) { u.Disabled = true })
		require.Equal(t, 200, r.post("/users/"+r.in.Dana+"/revokeSignInSessions", nil).status)
		require.Equal(t, []string{"eli.park@example.com"}, told)
	}},
}

func onDemand(t *testing.T, r *rig) {
	ask := func() (result string, steps bool, status int) {
		got := r.post(r.app()+"/synchronization/jobs/"+r.in.Job+"/provisionOnDemand",
			object{"parameters": []object{{"ruleId": "r", "subjects": []object{{"objectId": r.in.Dana, "objectTypeName": "User"}}}}})
		if got.status != 200 {
			return "", false, got.status
		}
		var key, value map[string]any
		require.NoError(t, json.Unmarshal([]byte(got.body["key"].(string)), &key))
		require.NoError(t, json.Unmarshal([]byte(got.body["value"].(string)), &value))
		return key["result"].(string), value["provisioningSteps"] != nil, got.status
	}
	result, steps, _ := ask()
	require.Equal(t, []any{"Success", true}, []any{result, steps})
	r.Switch(func(s *Switches) { s.OnDemand = "NotInScope" })
	result, _, _ = ask()
	require.Equal(t, "Skipped", result)
	r.Switch(func(s *Switches) { s.OnDemand = "" })
	r.Change(r.in.Dana, func(u *User) { u.Disabled = true })
	result, _, _ = ask()
	require.Equal(t, "Skipped", result)
	ask()
	ask()
	_, _, status := ask()
	require.Equal(t, 429, status)
}

func TestTheSimulatorKeepsToTheFacts(t *testing.T) {
	t.Parallel()
	said := map[string]bool{}
	for _, facts := range [][]fact{assignments, groupsAndUsers, protocol} {
		for _, f := range facts {
			require.NotEmpty(t, f.source, f.says)
			require.Contains(t, []string{"D", "I", "3P", "M", "U"}, f.tag, f.says)
			require.False(t, said[f.says], f.says)
			said[f.says] = true
			t.Run(f.says, func(t *testing.T) {
				t.Parallel()
				f.check(t, newRig(t))
			})
		}
	}
}

// A tenant that is seeded twice is the same twice: ids may stand in other
// simulators' data.
func TestTheSeedIsStable(t *testing.T) {
	t.Parallel()
	one, two := newRig(t), newRig(t)
	require.Equal(t, one.in, two.in)
	require.Equal(t, one.Rows(one.in.App), two.Rows(two.in.App))
}
