package domain

import "time"

// EventMemberList is the reading of a member list that an administrator uploaded.
const EventMemberList EventKind = "member_list_read"

// MemberRow is one line of a member list: a member, or an invite that is pending.
type MemberRow struct {
	Line      int       `json:"line"` // of the file, from 1
	Pending   bool      `json:"pending"`
	Account   AccountID `json:"account"`          // the same in every list: the app shows no id
	Person    PersonID  `json:"person,omitempty"` // where the directory knows the email
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	Role      SpaceRole `json:"role"`
	SentAt    time.Time `json:"sent_at"`    // of an invite; zero where it was not shown
	ExpiresAt time.Time `json:"expires_at"` // the same
}

// MemberList is the members and the pending invites of an app, as somebody read
// them off its screen. It is whole: one whose rows did not come to the counts that
// the screen shows was refused.
type MemberList struct {
	ID         string      `json:"id"`
	App        AppID       `json:"app"`
	ReadAt     time.Time   `json:"read_at"`     // off the screen, as whoever did it says
	UploadedAt time.Time   `json:"uploaded_at"` // when it came here
	UploadedBy PersonID    `json:"uploaded_by"`
	Members    int         `json:"members"` // the count on the screen
	Pending    int         `json:"pending"` // the same
	Rows       []MemberRow `json:"rows,omitempty"`
}

// Ref names the list where other apps name a request: what it proves, it proves
// by this.
func (l MemberList) Ref() string { return "list:" + l.ID }

// Outdated tells why a list says nothing about now, for a reader; "" where it
// does. Changed is when somebody last said that they changed who is a member, as
// far as Handover knows; zero for never since the list was read.
func (l MemberList) Outdated(now, changed time.Time, fresh time.Duration) string {
	switch {
	case l.ID == "":
		return "nobody has uploaded a member list"
	case now.Sub(l.ReadAt) > fresh:
		return "the member list is older than the policy lets it be"
	case !changed.Before(l.ReadAt):
		return "somebody said that members were changed after the list was read"
	}
	return ""
}

// Listing is what a list that is not outdated shows, as it stands now. A pending
// invite can be used by whoever has its link, so that it counts as access that has
// not ended. Owners are those who can repair what a leaving breaks, because only
// they make owners: of an admin it stays unknown whether one would do, so that the
// guard of the last admin counts owners.
func (l MemberList) Listing(now time.Time) Listing {
	out := Listing{Complete: true, Total: l.Members + l.Pending, StartedAt: now, RequestID: l.Ref()}
	listed := false
	for _, r := range l.Rows {
		out.Accounts = append(out.Accounts, r.account())
		listed = listed || r.Person != "" && r.Person == l.UploadedBy
	}
	if !listed {
		// Nobody proves their own absence.
		out.Accounts = append(out.Accounts, Account{ID: PersonAccount(l.UploadedBy), Active: Unknown, Admin: Unknown, FullSeat: Unknown})
	}
	return out
}

func (r MemberRow) account() Account {
	a := Account{ID: r.Account, Email: r.Email, Name: r.Name, Active: Yes, Admin: No, FullSeat: Unknown, ProfileID: string(r.Role), Invited: r.Pending}
	switch {
	case r.Pending:
		a.FullSeat = No
	case r.Role == SpaceOwner:
		a.Admin, a.FullSeat = Yes, Yes
	case r.Role == SpaceAdmin:
		a.Admin = Yes
	}
	return a
}

// PersonAccount is the account of a person in an app that shows no ids.
func PersonAccount(id PersonID) AccountID { return AccountID("person:" + string(id)) }

// ChangesMembers tells whether a task for a step changes who is a member, or with
// which role: once somebody said that such a task is done, an older list says
// nothing any more.
func ChangesMembers(step StepKey) bool {
	switch step {
	case StepDeactivate, StepPromote, StepInvite, StepRole:
		return true
	}
	return false
}

// MemberAct is something that Handover knows of somebody's membership: one of the
// five events, or a task that somebody said is done.
type MemberAct struct {
	Person PersonID
	Kind   EventKind
	To     string    // of an event: the role
	Steps  []StepKey // of a task
	At     time.Time
}

// ChangesMembers tells whether an act may have changed who is a member: somebody
// said that they did it, or a browser did. The other events are readings.
func (a MemberAct) ChangesMembers() bool {
	for _, step := range a.Steps {
		if ChangesMembers(step) {
			return true
		}
	}
	return false
}
