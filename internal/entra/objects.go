package entra

import (
	"context"
	"net/url"
	"strings"

	"handover/domain"
)

// principal is what is read of the app's service principal.
type principal struct {
	ID       string `json:"id"`
	AppID    string `json:"appId"`
	Name     string `json:"displayName"`
	Enabled  *bool  `json:"accountEnabled"`
	Required *bool  `json:"appRoleAssignmentRequired"`
	Roles    []role `json:"appRoles"`
}

// role is an app role that a service principal declares.
type role struct {
	ID      string   `json:"id"`
	Value   string   `json:"value"`
	Enabled bool     `json:"isEnabled"`
	Allowed []string `json:"allowedMemberTypes"`
}

// open tells that the app lets everybody in who can sign in to the directory.
func (p principal) open() bool {
	return p.Required != nil && !*p.Required && (p.Enabled == nil || *p.Enabled)
}

func (a *App) path(rest string) string { return "/servicePrincipals/" + a.cfg.AppID + rest }

// principal reads the app. Entra not knowing it is a wrong configuration.
func (a *App) principal(ctx context.Context) (principal, answer, error) {
	var p principal
	got, err := a.get(ctx, opApp, a.path(""), url.Values{"$select": {"id,appId,displayName,accountEnabled,appRoleAssignmentRequired,appRoles"}}, &p)
	switch {
	case is(err, domain.FaultNotFound):
		return p, got, a.fault(domain.FaultInvalid, opApp, got, "the tenant has no enterprise application with this object id: Enterprise applications show it as Object ID, which is not the Application ID", err)
	case err != nil:
		return p, got, err
	case !strings.EqualFold(p.ID, a.cfg.AppID):
		return p, got, a.strange(opApp, got, nil)
	}
	return p, got, nil
}

// The principals of a row that matter here.
const (
	kindUser  = "User"
	kindGroup = "Group"
)

// row is one appRoleAssignment. Principals are in lower case.
type row struct {
	ID        string `json:"id"`
	Role      string `json:"appRoleId"`
	Principal string `json:"principalId"`
	Kind      string `json:"principalType"`
	Resource  string `json:"resourceId"`
	To        string `json:"resourceDisplayName"`
}

// of tells whether a row gives the app to a person directly. No other row may ever
// be deleted.
func (r row) of(user string) bool {
	return user != "" && r.Kind == kindUser && r.Principal == strings.ToLower(user)
}

// rows reads all assignments of the app. Graph filters them by the principal's name
// alone and refuses principalId (issue msgraph-sdk-dotnet 2306), so that they are
// picked here.
func (a *App) rows(ctx context.Context) ([]row, answer, error) {
	all, got, err := list[row](ctx, a, opRows, a.path("/appRoleAssignedTo"), url.Values{"$top": {perPage}})
	if err != nil {
		return nil, got, err
	}
	for i, r := range all {
		if !rowID.MatchString(r.ID) || !guid.MatchString(r.Principal) || !guid.MatchString(r.Role) {
			return nil, got, a.strange(opRows, got, nil)
		}
		all[i].Principal = strings.ToLower(r.Principal)
	}
	return all, got, nil
}

// user is what is read of a person.
type user struct {
	Type    string `json:"@odata.type"` // only where a collection mixes kinds
	ID      string `json:"id"`
	Name    string `json:"displayName"`
	Mail    string `json:"mail"`
	UPN     string `json:"userPrincipalName"`
	Enabled *bool  `json:"accountEnabled"`
}

// userFields are selected, because accountEnabled does not come by itself (Graph,
// "user").
const userFields = "id,displayName,mail,userPrincipalName,accountEnabled"

// email is the work address: mail, else the sign-in name.
func (u user) email() string {
	if u.Mail != "" {
		return u.Mail
	}
	return u.UPN
}

// tri is a flag that may be missing.
func tri(b *bool) domain.Tri {
	if b == nil {
		return domain.Unknown
	}
	return domain.TriOf(*b)
}
