package slackapp

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	slacksim "handover/internal/sim/slack"
	"handover/internal/store"
)

const member = `"id":"U1","team_id":"T1","deleted":false,"is_bot":false,"is_restricted":false,"is_ultra_restricted":false`

func TestWhoMayActIsToldByEachFact(t *testing.T) {
	t.Parallel()
	plain := Self{Team: "T1"}
	grid := Self{Team: "T1", Enterprise: "E1"}
	for name, c := range map[string]struct {
		self Self
		user string
		why  why
	}{
		"an ordinary member":                   {plain, member, ""},
		"an app's user is no ground":           {plain, member + `,"is_app_user":true`, ""},
		"an administrator":                     {plain, member + `,"is_admin":true,"is_owner":true`, ""},
		"deactivated":                          {plain, `"id":"U1","team_id":"T1","deleted":true`, whyDeleted},
		"a bot":                                {plain, member + `,"is_bot":true`, whyBot},
		"Slackbot, which is no bot":            {plain, `"id":"USLACKBOT","team_id":"T1","deleted":false,"is_bot":false,"is_restricted":false,"is_ultra_restricted":false`, whyBot},
		"a workflow's bot":                     {plain, member + `,"is_workflow_bot":true`, whyBot},
		"a connector's bot":                    {plain, member + `,"is_connector_bot":true`, whyBot},
		"a guest of channels":                  {plain, member + `,"is_restricted":true`, whyGuest},
		"a guest of one channel":               {plain, member + `,"is_ultra_restricted":true`, whyGuest},
		"somebody of another company":          {plain, member + `,"is_stranger":true`, whyStranger},
		"not said to be of another company":    {plain, member + `,"team_id":"T2"`, whyElsewhere},
		"no workspace":                         {plain, `"id":"U1","deleted":false,"is_bot":false,"is_restricted":false,"is_ultra_restricted":false`, whyElsewhere},
		"nobody":                               {plain, `"team_id":"T1"`, whyMissing},
		"no word about deactivation":           {plain, `"id":"U1","team_id":"T1","is_bot":false,"is_restricted":false,"is_ultra_restricted":false`, whyUnclear},
		"no word about bots":                   {plain, `"id":"U1","team_id":"T1","deleted":false,"is_restricted":false,"is_ultra_restricted":false`, whyUnclear},
		"no word about guests":                 {plain, `"id":"U1","team_id":"T1","deleted":false,"is_bot":false,"is_ultra_restricted":false`, whyUnclear},
		"no word about guests of one channel":  {plain, `"id":"U1","team_id":"T1","deleted":false,"is_bot":false,"is_restricted":false`, whyUnclear},
		"null is no word":                      {plain, member + `,"is_restricted":null`, whyUnclear},
		"of the organisation, with access":     {grid, member + `,"team_id":"T9","enterprise_user":{"enterprise_id":"E1","teams":["T9","T1"]}`, ""},
		"of the organisation, without access":  {grid, member + `,"team_id":"T9","enterprise_user":{"enterprise_id":"E1","teams":["T9"]}`, whyElsewhere},
		"of another organisation":              {grid, member + `,"team_id":"T9","enterprise_user":{"enterprise_id":"E2","teams":["T1"]}`, whyElsewhere},
		"an organisation where there is none":  {plain, member + `,"team_id":"T9","enterprise_user":{"enterprise_id":"","teams":["T1"]}`, whyElsewhere},
		"of the workspace itself in a grid":    {grid, member, ""},
		"a guest of the organisation":          {grid, member + `,"is_restricted":true,"team_id":"T9","enterprise_user":{"enterprise_id":"E1","teams":["T1"]}`, whyGuest},
		"deactivated counts before all others": {plain, member + `,"deleted":true,"is_bot":true`, whyDeleted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var u slackUser
			require.NoError(t, json.Unmarshal([]byte("{"+c.user+"}"), &u))
			got := u.refused(c.self)
			require.Equal(t, c.why, got)
			if got != "" {
				require.NotEmpty(t, got.text(), "whoever is refused hears why")
				require.Equal(t, got, u.refusedToBind(c.self, ""))
			}
		})
	}
}

func TestTheFirstTimeTheEmailMustBeVerified(t *testing.T) {
	t.Parallel()
	self := Self{Team: "T1"}
	for name, c := range map[string]struct {
		more, email string
		why         why
	}{
		"verified":                    {`,"is_email_confirmed":true,"profile":{"email":"Eli@Example.com"}`, "", ""},
		"verified, and the one":       {`,"is_email_confirmed":true,"profile":{"email":"Eli@Example.com"}`, "eli@example.com", ""},
		"another's":                   {`,"is_email_confirmed":true,"profile":{"email":"bo@example.com"}`, "eli@example.com", whyUnverified},
		"not verified":                {`,"is_email_confirmed":false,"profile":{"email":"eli@example.com"}`, "", whyUnverified},
		"no word about it":            {`,"profile":{"email":"eli@example.com"}`, "", whyUnverified},
		"no email":                    {`,"is_email_confirmed":true,"profile":{}`, "", whyUnverified},
		"no email to compare with is": {`,"is_email_confirmed":true`, "eli@example.com", whyUnverified},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var u slackUser
			require.NoError(t, json.Unmarshal([]byte("{"+member+c.more+"}"), &u))
			require.Equal(t, c.why, u.refusedToBind(self, c.email))
		})
	}
}

// Everybody who is refused at the click hears it, stands in the audit log, and
// decides nothing.
func TestTheFactsAreLookedAtWhenSomebodyClicks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*slacksim.User)
		why    string
		says   string
	}{
		"deactivated guest of yesterday": {func(u *slacksim.User) { u.IsRestricted = slacksim.Yes }, "guest", "guests of this workspace"},
		"external":                       {func(u *slacksim.User) { u.IsStranger = slacksim.Yes }, "external", "other companies"},
		"other workspace":                {func(u *slacksim.User) { u.TeamID = "T0OTHER" }, "other-workspace", "another workspace"},
		"absent flags":                   {func(u *slacksim.User) { u.IsUltraRestricted = slacksim.Absent }, "facts-missing", "does not tell enough"},
		"unverified":                     {func(u *slacksim.User) { u.IsEmailConfirmed = slacksim.No }, "email-unverified", "not verified"},
		"unverified, absent":             {func(u *slacksim.User) { u.IsEmailConfirmed = slacksim.Absent }, "email-unverified", "not verified"},
		"unknown email":                  {func(u *slacksim.User) { u.Email = "nobody@example.com" }, "unknown-email", "nobody with your email"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.request()
			w.policy.Slack.Channel = w.sim.AddChannel(slacksim.Channel{HasApp: true, Members: []string{w.users["eli"]}})
			m := w.post("", cardOf(a, desk.VerbApprove))
			require.NoError(t, w.sim.ChangeUser(w.users["eli"], c.change))
			w.click("eli", m, desk.VerbApprove)
			w.hears("eli", c.says)
			require.Equal(t, []string{c.why}, w.refusedWhy())
			require.Empty(t, w.tmp.got())
			require.Empty(t, w.events(domain.EventIdentityBound))
		})
	}
}

func TestOnceBoundTheEmailDoesNotMatter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.post("eli", cardOf(w.request(), desk.VerbApprove))
	require.NoError(t, w.sim.ChangeUser(w.users["eli"], func(u *slacksim.User) { u.Email, u.IsEmailConfirmed = "ada@example.com", slacksim.No }))
	w.known.drop(w.users["eli"])
	w.click("eli", m, desk.VerbApprove)
	w.eventually(func() bool { return len(w.tmp.got()) == 1 }, "not decided")
	require.Equal(t, w.person("eli").ID, w.tmp.decided(t, 1).Person, "an email that somebody gave themselves makes them nobody else")
}

func TestAnotherAccountWithTheEmailOfSomebodyBoundIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.request()
	w.post("eli", cardOf(a, desk.VerbApprove)) // binds
	second := w.sim.AddUser(slacksim.User{Name: "eli2", Email: "eli@example.com"})
	w.users["second"] = second
	w.policy.Slack.Channel = w.sim.AddChannel(slacksim.Channel{HasApp: true, Members: []string{second}})
	m := w.post("", cardOf(a, desk.VerbApprove))
	w.click("second", m, desk.VerbApprove)
	w.hears("second", "bound to somebody else")
	require.Equal(t, []string{"bound-otherwise"}, w.refusedWhy())
	require.Empty(t, w.tmp.got())
}

func TestWhoHasLeftHasNoSayAnyMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.post("eli", cardOf(w.request(), desk.VerbApprove))
	require.NoError(t, w.st.SetPersonState(t.Context(), w.person("eli").ID, domain.PersonLeft))
	w.click("eli", m, desk.VerbApprove)
	w.hears("eli", "your rights here ended")
	require.Empty(t, w.tmp.got())
	require.NotEmpty(t, w.events(domain.EventRefused))
}

// A card that was passed on is decided by nobody but those who are asked: the
// one who clicks counts, whoever it was sent to.
func TestTheOneWhoClicksCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.request()
	w.policy.Slack.Channel = w.sim.AddChannel(slacksim.Channel{HasApp: true, Members: []string{w.users["bo"]}})
	m := w.post("", cardOf(a, desk.VerbApprove))
	w.click("bo", m, desk.VerbApprove)
	w.eventually(func() bool { return len(w.tmp.got()) == 1 }, "not delivered")
	require.Equal(t, w.person("bo").ID, w.tmp.decided(t, 1).Person)
}

func TestNothingIsDecidedOnStaleFacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.post("eli", cardOf(w.request(), desk.VerbApprove))
	w.known.drop(w.users["eli"])
	w.sim.SetFaults(slacksim.Fault{Method: "users.info", Kind: slacksim.FaultUnavailable})
	require.Equal(t, 200, w.click("eli", m, desk.VerbApprove).Status)
	w.eventually(func() bool { return w.sim.Counts().Faulted > 0 }, "not asked")
	w.eventually(func() bool { return strings.Contains(w.log.String(), "click not carried out yet") }, "not given back")
	require.Empty(t, w.tmp.got(), "nobody can tell who this is now")
	w.sim.SetFaults()
	w.eventually(func() bool { return len(w.tmp.got()) == 1 }, "not decided when Slack was back")
}

func TestAPayloadOfAnotherWorkspaceIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	for name, a := range map[string]act{
		"workspace":    {Team: "T0OTHER", User: w.users["eli"]},
		"organisation": {Team: "T0OTHER", Enterprise: "E0OTHER", User: w.users["eli"]},
	} {
		_, err := w.who(t.Context(), a)
		var refused *domain.Refusal
		require.ErrorAs(t, err, &refused, name)
		require.Equal(t, domain.RefusedIdentity, refused.Code)
	}
	require.Equal(t, []string{"other-workspace", "other-workspace"}, w.refusedWhy())
	actor, err := w.who(t.Context(), act{Team: "T0EXAMPLE", User: w.users["eli"]})
	require.NoError(t, err)
	require.Equal(t, desk.Actor{Person: w.person("eli"), Channel: domain.ChannelSlack}, actor)
}

func TestInAnOrganisationIdsAreItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle, s.options.EnterpriseID = true, "E0GRID" })
	require.NoError(t, w.sim.ChangeUser(w.users["eli"], func(u *slacksim.User) {
		u.TeamID, u.Enterprise = "T0OTHER", &slacksim.EnterpriseUser{ID: "W1", EnterpriseID: "E0GRID", Teams: []string{"T0EXAMPLE"}}
	}))
	_, err := w.who(t.Context(), act{Team: "T0OTHER", Enterprise: "E0GRID", User: w.users["eli"]})
	require.NoError(t, err)
	_, err = w.st.PersonByChat(t.Context(), store.ChatUser{Team: "E0GRID", User: w.users["eli"]})
	require.NoError(t, err)
}

func TestManyClicksOfOnePersonAskOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := w.who(t.Context(), act{Team: "T0EXAMPLE", User: w.users["eli"]}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, w.sim.Counts().PerMethod["users.info"])
	require.Len(t, w.events(domain.EventIdentityBound), 1)
}

func TestAGuestIsShownNoForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.sim.ChangeUser(w.users["eli"], func(u *slacksim.User) { u.IsRestricted = slacksim.Yes }))
	w.types("eli", "", "offboard @dana")
	w.hears("eli", "guests of this workspace")
	require.Empty(t, w.sim.Views(w.users["eli"]))
	require.Equal(t, []string{"guest"}, w.refusedWhy())
}
