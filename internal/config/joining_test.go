package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/config"
)

const joiningPolicy = `version: 1
apps:
  apollo:
    kind: apollo.io
    plan: organization
    owner: ada@example.com
    profiles:
      p-1: {name: Admin, admin: yes, full_seat: yes, seat: full}
      p-2: {name: Rep, admin: no, full_seat: yes, seat: full}
      p-3: {name: Biller, full_seat: no, seat: billing}
      p-4: {name: Twin, admin: no}
      p-5: {name: Twin, admin: no}
    seats:
      bought: 15
      billing: annual
      notice_days: 30
      prices:
        - {plan: organization, billing: annual, price_minor: 120000}
        - {seat: call_assistant, plan: organization, billing: annual, price_minor: 24000}
      currency: USD
      price_date: 2026-11-01
    joining: {role: rep, approval: handover, role_approval: admins, invite_life: 336h}
  space: {kind: apollo.space, owner: ada@example.com, second: bo@example.com, space: {owners: [ada@example.com]}}
  vault:
    kind: manual
    owner: ada@example.com
    second: bo@example.com
    instructions: {deactivate: Suspend the person.}
    roles: {User: {admin: no}, Keeper: {owner: true, admin: yes}}
birthright:
  - everybody: true
    apps: {vault: User}
  - department: Sales
    apps: {apollo: "", space: Viewer}
approvals:
  handover: {stages: [{who: [manager]}]}
  admins: {stages: [{who: [security]}]}
`

func TestHowPeopleJoinIsRead(t *testing.T) {
	t.Parallel()
	p, err := config.ParsePolicy("handover.yaml", []byte(joiningPolicy))
	require.NoError(t, err)
	require.Equal(t, domain.JoiningPolicy{Role: "rep", Approval: "handover", RoleApproval: "admins", InviteLife: 14 * 24 * time.Hour}, p.Apps["apollo"].Joining)
	require.Equal(t, domain.JoiningPolicy{Role: "member", InviteLife: 7 * 24 * time.Hour}, p.Apps["space"].Joining, "the guide's")
	require.Zero(t, p.Apps["vault"].Joining, "no guide says anything of it")
	grants, conflicts := p.BirthrightOf(domain.PersonFacts{Department: "sales"})
	require.Empty(t, conflicts)
	require.Equal(t, []domain.BirthrightApp{{App: "apollo", Role: "p-2"}, {App: "space", Role: "viewer"}, {App: "vault", Role: "User"}}, grants)
	require.Equal(t, domain.Money{Minor: 120000, Currency: "USD"}, p.Apps["apollo"].Contract().PricePerSeat)
}

func TestAStartingRoleOfApolloIOIsOnlyOneThatIsWritten(t *testing.T) {
	t.Parallel()
	p, err := config.ParsePolicy("handover.yaml", []byte(smallPolicy))
	require.NoError(t, err)
	for _, app := range p.Apps {
		require.Equal(t, domain.KindApolloIO, app.Kind)
		require.Zero(t, app.Joining)
	}
}

func TestMistakesAboutJoiningNameFileLineAndKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, want string }{
		"no such role":               {"role: rep,", "role: reps,", `handover.yaml:22: apps.apollo.joining.role: "reps" is no role of this app`},
		"which of two":               {"role: rep,", "role: twin,", `handover.yaml:22: apps.apollo.joining.role: "twin" is no role of this app, or two roles have this name: use a key`},
		"starts as an admin":         {"role: rep,", "role: p-1,", `handover.yaml:22: apps.apollo.joining.role: "p-1" may administer users: nobody starts with that`},
		"starts as an owner":         {"    roles: {User", "    joining: {role: Keeper}\n    roles: {User", `handover.yaml:29: apps.vault.joining.role: "Keeper" may administer users`},
		"starts with who knows":      {"role: rep,", "role: Biller,", `handover.yaml:22: apps.apollo.joining.role: whether "Biller" may administer users is unknown`},
		"starts as Space's admin":    {"kind: apollo.space,", "kind: apollo.space, joining: {role: Admin},", `handover.yaml:23: apps.space.joining.role: "Admin" may administer users`},
		"approval of joiners":        {"approval: handover, role", "approval: handovers, role", `handover.yaml:22: apps.apollo.joining.approval: approvals has no entry "handovers"`},
		"approval of roles":          {"role_approval: admins", "role_approval: admin", `handover.yaml:22: apps.apollo.joining.role_approval: approvals has no entry "admin"`},
		"an invite that never lived": {"invite_life: 336h", "invite_life: -1h", "handover.yaml:22: apps.apollo.joining.invite_life: must lie between"},
		"a typo":                     {"invite_life", "invite_live", "handover.yaml:22:"},
		"roles of Apollo.io":         {"    seats:\n", "    roles: {Rep: {admin: no}}\n    seats:\n", "handover.yaml:13: apps.apollo.roles: only an app of kind scim or manual has them"},
		"roles of Space":             {"kind: apollo.space,", "kind: apollo.space, roles: {Guest: {admin: no}},", "handover.yaml:23: apps.space.roles: only an app of kind scim or manual"},
		"an owner without rights":    {"{owner: true, admin: yes}", "{owner: true, admin: no}", "handover.yaml:29: apps.vault.roles.Keeper.owner"},
		"a role's seat":              {"{admin: no}, Keeper", "{admin: no, full_seat: si}, Keeper", `handover.yaml:29: apps.vault.roles.User.full_seat: "si" is not one of`},
		"a seat of Apollo.io":        {"seat: billing}", "seat: biling}", `handover.yaml:10: apps.apollo.profiles.p-3.seat: "biling" is not one of full, billing, call_assistant`},
		"a free seat that is paid":   {"full_seat: no, seat: billing", "full_seat: yes, seat: billing", "handover.yaml:10: apps.apollo.profiles.p-3.full_seat: is yes and the seat is billing"},
		"a paid seat that is free":   {"{name: Rep, admin: no, full_seat: yes", "{name: Rep, admin: no, full_seat: no", "handover.yaml:9: apps.apollo.profiles.p-2.full_seat: is no and the seat is full"},
		"everybody by accident":      {"  - everybody: true\n    apps", "  - apps", "handover.yaml:31: birthright[0]: has no condition"},
		"nobody by accident":         {"everybody: true", "everybody: false", "birthright[0]: has no condition"},
		"everybody in Sales":         {"  - department: Sales\n", "  - department: Sales\n    everybody: true\n", "handover.yaml:34: birthright[1].everybody: stands beside a condition"},
		"gives nothing":              {"    apps: {vault: User}\n", "", "birthright[0].apps: names no app"},
		"gives an unknown app":       {"{vault: User}", "{vaults: User}", `handover.yaml:32: birthright[0].apps.vaults: apps has no entry "vaults"`},
		"gives an unknown role":      {"{vault: User}", "{vault: Users}", `handover.yaml:32: birthright[0].apps.vault: "Users" is no role of this app, or two roles have this name: use a key, or a name that is used once, of Keeper, User`},
		"gives rights to administer": {"space: Viewer", "space: owner", `handover.yaml:34: birthright[1].apps.space: "owner" may administer users`},
		"gives no role":              {"{vault: User}", `{vault: ""}`, "handover.yaml:32: birthright[0].apps.vault: names no role, and the app has no starting role"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.ParsePolicy("handover.yaml", []byte(replaceOnce(t, joiningPolicy, c.from, c.to)))
			require.ErrorContains(t, err, c.want)
			require.Equal(t, 1, strings.Count(err.Error(), "handover.yaml"), "one mistake is told once: %s", err)
		})
	}
}

func TestMistakesAboutSeatsNameFileLineAndKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, want string }{
		"no plan of Apollo.io":    {"plan: organization\n", "plan: organisation\n", `handover.yaml:5: apps.apollo.plan: "organisation" is not one of free, basic`},
		"fewer than none":         {"bought: 15", "bought: -1", "handover.yaml:14: apps.apollo.seats.bought: must be 0 or more"},
		"notice before":           {"notice_days: 30", "notice_days: -30", "handover.yaml:16: apps.apollo.seats.notice_days: must be 0 or more"},
		"billing":                 {"billing: annual\n", "billing: yearly\n", `handover.yaml:15: apps.apollo.seats.billing: "yearly" is not one of monthly, annual`},
		"no currency":             {"      currency: USD\n", "", "apps.apollo.seats.currency: is missing"},
		"no currency of the bank": {"currency: USD", "currency: Dollar", `handover.yaml:20: apps.apollo.seats.currency: "Dollar" is no currency`},
		"a price without a date":  {"      price_date: 2026-11-01\n", "", "apps.apollo.seats.price_date: is missing: prices change"},
		"no date":                 {"price_date: 2026-11-01", "price_date: November", "handover.yaml:21: apps.apollo.seats.price_date"},
		"two prices":              {"      currency: USD\n", "      currency: USD\n      price_minor: 1\n", "handover.yaml:18: apps.apollo.seats.prices[0]: is the price of a full seat as price_minor is"},
		"two prices in the table": {"- {seat: call_assistant, plan", "- {seat: full, plan", "handover.yaml:19: apps.apollo.seats.prices[1]: stands twice"},
		"a price of no period":    {"{plan: organization, billing: annual,", "{plan: organization,", "handover.yaml:18: apps.apollo.seats.prices[0].billing"},
		"a price of no plan":      {"{plan: organization,", "{plan: enterprise,", `handover.yaml:18: apps.apollo.seats.prices[0].plan: "enterprise" is not one of`},
		"a price of no seat":      {"seat: call_assistant", "seat: callers", `handover.yaml:19: apps.apollo.seats.prices[1].seat: "callers" is not one of`},
		"a price below nothing":   {"price_minor: 24000", "price_minor: -24000", "handover.yaml:19: apps.apollo.seats.prices[1].price_minor: must be 0 or more"},
		"a currency of nothing": {"      prices:\n        - {plan: organization, billing: annual, price_minor: 120000}\n        - {seat: call_assistant, plan: organization, billing: annual, price_minor: 24000}\n", "",
			"apps.apollo.seats.price_minor: is missing: currency and price_date stand alone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.ParsePolicy("handover.yaml", []byte(replaceOnce(t, joiningPolicy, c.from, c.to)))
			require.ErrorContains(t, err, c.want)
			require.Equal(t, 1, strings.Count(err.Error(), "handover.yaml"), "one mistake is told once: %s", err)
		})
	}
}

func TestAStartingRoleNeedsRolesThatAreExplained(t *testing.T) {
	t.Parallel()
	text := replaceOnce(t, doorsPolicy, "    kind: manual\n", "    kind: manual\n    joining: {role: Rep}\n")
	_, err := config.ParsePolicy("handover.yaml", []byte(text))
	require.ErrorContains(t, err, `joining.role: "Rep" is no role: the policy explains none of this app's roles`)
}
