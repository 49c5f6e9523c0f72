package entra

import "time"

// User is somebody in the directory.
type User struct {
	ID         string
	Name       string
	Mail       string
	UPN        string   // "" is the mail address
	Aliases    []string // further proxy addresses, without "smtp:"
	OtherMails []string // alternate addresses, which nobody checks for being unique
	Disabled   bool
	Guest      bool
	Admin      bool // holds a directory role: only its holders may touch them
	Created    time.Time
	// LastSignIn counts failed attempts too, LastSuccess does not.
	LastSignIn, LastSuccess time.Time
	// SessionsEnded counts what revokeSignInSessions did.
	SessionsEnded int
}

func (u *User) upn() string {
	if u.UPN != "" {
		return u.UPN
	}
	return u.Mail
}

// Group is a group with its direct members, who are users or groups.
type Group struct {
	ID             string
	Name           string
	Members        []string
	Dynamic        bool // filled by a rule: members cannot be written
	OnPremises     bool // mastered in Active Directory
	RoleAssignable bool // needs a right of its own, and a directory role
	Mail           bool // mail-enabled security group: mastered in Exchange
	Hidden         bool // its membership is hidden without Member.Read.Hidden
}

// App is an enterprise application: a service principal.
type App struct {
	ID       string
	AppID    string // of the registration behind it, as sign-ins name it
	Name     string
	Disabled bool
	Open     bool // appRoleAssignmentRequired is false
	Roles    []Role
	jobs     []*Job
}

// Role is an app role that a service principal declares.
type Role struct {
	ID, Value string
	Off       bool
	AppsOnly  bool // for applications, not for users
}

// Job is a synchronization job: Entra's provisioning into the app.
type Job struct {
	ID     string
	Code   string // Active, NotConfigured, NotRun, Paused, Quarantine
	Reason string // of a quarantine
}

// Row is one appRoleAssignment.
type Row struct {
	ID, App, Role, Principal, Kind string // Kind is User, Group or ServicePrincipal
	hidden                         int    // reads until it shows
}

// The kinds of principal in a row.
const (
	KindUser             = "User"
	KindGroup            = "Group"
	KindServicePrincipal = "ServicePrincipal"
)

// SignIn is one record of the sign-in log.
type SignIn struct {
	User, App string // object id of the user, AppID of the app
	At        time.Time
	Error     int // 0 is success
}

// NoRole is the role of apps that declare none.
const NoRole = "00000000-0000-0000-0000-000000000000"
