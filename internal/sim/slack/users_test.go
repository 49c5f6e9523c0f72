package slack_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

func TestFlagsAreSentAsSetOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	usual := object{"deleted": false, "is_bot": false, "is_app_user": false, "is_restricted": false, "is_ultra_restricted": false,
		"is_email_confirmed": true, "is_admin": false, "is_owner": false, "is_primary_owner": false}
	with := func(changed object) object {
		out := object{}
		for name, v := range usual {
			out[name] = v
		}
		for name, v := range changed {
			if out[name] = v; v == nil {
				delete(out, name)
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		user slack.User
		want object
	}{
		"a member":               {slack.User{}, usual},
		"a guest":                {slack.User{IsRestricted: slack.Yes}, with(object{"is_restricted": true})},
		"a single-channel guest": {slack.User{IsUltraRestricted: slack.Yes}, with(object{"is_restricted": true, "is_ultra_restricted": true})},
		"a stranger":             {slack.User{IsStranger: slack.Yes}, with(object{"is_stranger": true})},
		"known to be none":       {slack.User{IsStranger: slack.No}, with(object{"is_stranger": false})},
		"deleted":                {slack.User{Deleted: slack.Yes}, with(object{"deleted": true})},
		"a bot":                  {slack.User{IsBot: slack.Yes}, with(object{"is_bot": true})},
		"a workflow's bot":       {slack.User{IsWorkflowBot: slack.Yes}, with(object{"is_workflow_bot": true})},
		"flags that are absent": {slack.User{Deleted: slack.Absent, IsBot: slack.Absent, IsRestricted: slack.Absent, IsUltraRestricted: slack.Absent,
			IsEmailConfirmed: slack.Absent}, with(object{"deleted": nil, "is_bot": nil, "is_restricted": nil, "is_ultra_restricted": nil, "is_email_confirmed": nil})},
		"invited, unconfirmed": {slack.User{IsInvitedUser: slack.Yes, IsEmailConfirmed: slack.No}, with(object{"is_invited_user": true, "is_email_confirmed": false})},
		"through a connector":  {slack.User{IsConnectorBot: slack.Yes, IsAppUser: slack.Yes}, with(object{"is_connector_bot": true, "is_app_user": true})},
	} {
		id := w.AddUser(c.user)
		got := w.ok(t, "users.info", object{"user": id})["user"].(object)
		flags := object{}
		for member, v := range got {
			if _, isFlag := v.(bool); isFlag {
				flags[member] = v
			}
		}
		require.Equal(t, c.want, flags, name)
	}
}

func TestUsersInfoTellsWhoSomebodyIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{ID: "W1", TeamID: "T9", Email: "eli@example.com", RealName: "Eli Park", TZ: "America/New_York",
		Enterprise: &slack.EnterpriseUser{ID: "W1", EnterpriseID: "E1", EnterpriseName: "Example", Teams: []string{"T9", "T1"}}})
	got := w.ok(t, "users.info", object{"user": eli})["user"].(object)
	require.Equal(t, "W1", got["id"])
	require.Equal(t, "T9", got["team_id"])
	require.Equal(t, "eli", got["name"])
	require.Equal(t, "America/New_York", got["tz"])
	require.EqualValues(t, -5*3600, got["tz_offset"])
	require.Equal(t, "eli@example.com", got["profile"].(object)["email"])
	require.Equal(t, object{"id": "W1", "enterprise_id": "E1", "enterprise_name": "Example", "is_admin": false, "is_owner": false,
		"teams": []any{"T9", "T1"}}, got["enterprise_user"])
	w.refused(t, "user_not_found", "users.info", object{"user": "U404"})
}

func TestTheEmailTakesAScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *slack.Options) { o.Scopes = []string{"users:read"} })
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	require.NotContains(t, w.ok(t, "users.info", object{"user": eli})["user"].(object)["profile"], "email")
}

func TestLookupByEmail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	require.Equal(t, eli, w.ok(t, "users.lookupByEmail", object{"email": "ELI@example.com"})["user"].(object)["id"])
	require.Equal(t, eli, w.UserByEmail("eli@example.com"))
	w.refused(t, "users_not_found", "users.lookupByEmail", object{"email": "nobody@example.com"})
	w.refused(t, "users_not_found", "users.lookupByEmail", object{})
	require.Empty(t, w.UserByEmail("nobody@example.com"))
	require.NoError(t, w.ChangeUser(eli, func(u *slack.User) { u.Deleted = slack.Yes }))
	w.refused(t, "users_not_found", "users.lookupByEmail", object{"email": "eli@example.com"})
	require.ErrorIs(t, w.ChangeUser("U404", func(*slack.User) {}), slack.ErrRefused)

	lenient := newWorld(t, func(o *slack.Options) { o.Switches.LookupFindsDeleted = true })
	lenient.AddUser(slack.User{Email: "eli@example.com", Deleted: slack.Yes})
	lenient.ok(t, "users.lookupByEmail", object{"email": "eli@example.com"})
}

func TestUserGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	group := w.AddGroup(slack.Group{Handle: "sales-ops", Members: []string{"U1", "U2"}})
	require.Equal(t, []any{"U1", "U2"}, w.ok(t, "usergroups.users.list", object{"usergroup": group})["users"])
	w.refused(t, "no_such_subteam", "usergroups.users.list", object{"usergroup": "S404"})
	off := w.AddGroup(slack.Group{Members: []string{"U1"}, Disabled: true})
	require.Empty(t, w.ok(t, "usergroups.users.list", object{"usergroup": off})["users"])
	require.Equal(t, []any{"U1"}, w.ok(t, "usergroups.users.list", object{"usergroup": off, "include_disabled": true})["users"])

	free := newWorld(t, func(o *slack.Options) { o.Switches.PlanUpgradeRequired = true })
	free.refused(t, "plan_upgrade_required", "usergroups.users.list", object{"usergroup": group})
}

func TestConversationsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	gone := w.AddUser(slack.User{Deleted: slack.Yes})
	hidden := w.AddUser(slack.User{Hidden: true})
	bot := w.AddUser(slack.User{IsBot: slack.Yes})
	first := w.ok(t, "conversations.open", object{"users": eli})
	require.NotContains(t, first, "already_open")
	id := first["channel"].(object)["id"]
	require.Equal(t, w.DM(eli), id)
	again := w.ok(t, "conversations.open", object{"users": eli, "return_im": true})
	require.Equal(t, true, again["already_open"])
	require.Equal(t, eli, again["channel"].(object)["user"])
	require.Equal(t, id, w.ok(t, "conversations.open", object{"channel": id})["channel"].(object)["id"])
	for name, c := range map[string]struct {
		in   object
		code string
	}{
		"nobody":   {object{}, "users_list_not_supplied"},
		"unknown":  {object{"users": "U404"}, "user_not_found"},
		"deleted":  {object{"users": gone}, "user_disabled"},
		"hidden":   {object{"users": hidden}, "user_not_visible"},
		"a bot":    {object{"users": bot}, "cannot_dm_bot"},
		"no place": {object{"channel": "D404"}, "channel_not_found"},
		"too many": {object{"users": "1,2,3,4,5,6,7,8,9"}, "too_many_users"},
	} {
		require.Equal(t, c.code, w.call(t, "conversations.open", c.in)["error"], name)
	}
}
