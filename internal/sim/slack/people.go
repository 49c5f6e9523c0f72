package slack

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Flag is one of the yes-or-no members of a user object, which Slack does not always send.
type Flag int8

// Values of a Flag. Usual is what Slack sends for an ordinary member.
const (
	Usual Flag = iota
	Absent
	No
	Yes
)

// User is one person, bot or app in the workspace. AddUser fills what is empty: ID, TeamID, Name and TZ.
type User struct {
	ID       string
	TeamID   string
	Name     string
	RealName string
	Email    string
	TZ       string

	// The flags of users.info (slack-go's User, api.slack.com/types/user). A single-channel guest
	// (IsUltraRestricted) is sent with is_restricted true as well, unless that flag says otherwise (memory).
	Deleted           Flag
	IsBot             Flag
	IsAppUser         Flag
	IsRestricted      Flag
	IsUltraRestricted Flag
	IsStranger        Flag
	IsInvitedUser     Flag
	IsEmailConfirmed  Flag
	IsWorkflowBot     Flag
	IsConnectorBot    Flag
	IsAdmin           Flag
	IsOwner           Flag
	IsPrimaryOwner    Flag

	// Enterprise is sent as enterprise_user on Enterprise Grid.
	Enterprise *EnterpriseUser
	// Hidden makes conversations.open answer user_not_visible.
	Hidden bool
}

// EnterpriseUser is what users.info adds on Enterprise Grid.
type EnterpriseUser struct {
	ID             string
	EnterpriseID   string
	EnterpriseName string
	IsAdmin        bool
	IsOwner        bool
	Teams          []string
}

func (u *User) deleted() bool { return u.Deleted == Yes }

// restricted applies the rule that single-channel guests are guests.
func (u *User) restricted() Flag {
	if u.IsRestricted == Usual && u.IsUltraRestricted == Yes {
		return Yes
	}
	return u.IsRestricted
}

// AddUser adds a person and gives their id. An id that exists is replaced.
func (s *Simulator) AddUser(u User) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.ID == "" {
		u.ID = s.ids.next("U")
	}
	if u.TeamID == "" {
		u.TeamID = s.opt.TeamID
	}
	if u.Name == "" {
		u.Name, _, _ = strings.Cut(u.Email, "@")
	}
	if u.Name == "" {
		u.Name = strings.ToLower(u.ID)
	}
	if u.RealName == "" {
		u.RealName = u.Name
	}
	if u.TZ == "" {
		u.TZ = "Europe/Berlin"
	}
	if s.users[u.ID] == nil {
		s.userOrder = append(s.userOrder, u.ID)
	}
	s.users[u.ID] = &u
	s.changes++
	return u.ID
}

// ChangeUser changes a person in place; it refuses an id that nobody has.
func (s *Simulator) ChangeUser(id string, change func(*User)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[id]
	if u == nil {
		return fmt.Errorf("no user %s: add them first: %w", id, ErrRefused)
	}
	next := *u
	change(&next)
	next.ID = id
	s.users[id] = &next
	s.changes++
	return nil
}

// UserByEmail finds a person's id; empty when nobody has the address.
func (s *Simulator) UserByEmail(email string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.userByEmail(email); u != nil {
		return u.ID
	}
	return ""
}

func (s *Simulator) userByEmail(email string) *User {
	for _, id := range s.userOrder {
		if email != "" && strings.EqualFold(s.users[id].Email, email) {
			return s.users[id]
		}
	}
	return nil
}

// Group is a user group; its id starts with S.
type Group struct {
	ID       string
	Handle   string
	Members  []string
	Disabled bool
}

// AddGroup adds a user group and gives its id. An id that exists is replaced.
func (s *Simulator) AddGroup(g Group) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.ID == "" {
		g.ID = s.ids.next("S")
	}
	g.Members = slices.Clone(g.Members)
	s.groups[g.ID] = &g
	return g.ID
}

// userObject is a person as users.info tells of them. The email takes a scope of its own.
func (s *Simulator) userObject(u *User) object {
	profile := object{
		"real_name": u.RealName, "real_name_normalized": u.RealName,
		"display_name": u.Name, "display_name_normalized": u.Name, "team": u.TeamID,
	}
	if u.Email != "" && s.hasScope("users:read.email") {
		profile["email"] = u.Email
	}
	o := object{
		"id": u.ID, "team_id": u.TeamID, "name": u.Name, "real_name": u.RealName, "profile": profile,
		"tz": u.TZ, "tz_label": u.TZ, "tz_offset": offset(u.TZ, s.now()), "color": "9f69e7", "updated": 1700000000,
	}
	for name, f := range map[string]struct {
		flag  Flag
		usual Flag
	}{
		"deleted": {u.Deleted, No}, "is_bot": {u.IsBot, No}, "is_app_user": {u.IsAppUser, No},
		"is_restricted": {u.restricted(), No}, "is_ultra_restricted": {u.IsUltraRestricted, No},
		"is_email_confirmed": {u.IsEmailConfirmed, Yes}, "is_admin": {u.IsAdmin, No}, "is_owner": {u.IsOwner, No},
		"is_primary_owner": {u.IsPrimaryOwner, No}, "is_stranger": {u.IsStranger, Absent},
		"is_invited_user": {u.IsInvitedUser, Absent}, "is_workflow_bot": {u.IsWorkflowBot, Absent},
		"is_connector_bot": {u.IsConnectorBot, Absent},
	} {
		if f.flag == Usual {
			f.flag = f.usual
		}
		if f.flag != Absent {
			o[name] = f.flag == Yes
		}
	}
	if e := u.Enterprise; e != nil {
		o["enterprise_user"] = object{"id": e.ID, "enterprise_id": e.EnterpriseID, "enterprise_name": e.EnterpriseName,
			"is_admin": e.IsAdmin, "is_owner": e.IsOwner, "teams": e.Teams}
	}
	return o
}

func offset(zone string, now time.Time) int {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return 0
	}
	_, seconds := now.In(loc).Zone()
	return seconds
}
