package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/config"
)

const peoplePolicy = `version: 1
company: {name: Example Ltd, time_zone: Europe/Berlin, calendar: office}
slack: {channel: C024BE91L}
calendars:
  office:
    days: [mon, tue, wed, thu]
    holidays: [2026-12-25]
  support: {time_zone: America/New_York, hours: 08:00-20:00}
people:
  - email: ada@example.com
    calendar: support
    slack: U024BE7LH
    away:
      - {from: 2026-12-21, until: 2026-12-24, substitute: bo@example.com}
      - {from: 2027-02-01T12:00, until: 2027-02-01T18:00, substitute: gil@example.com}
  - {email: bo@example.com, slack: U0BO}
apps:
  apollo:
    kind: apollo.io
    owner: ada@example.com
    approval: handover
    start_approval: two-people
approvals:
  handover:
    stages:
      - {name: manager, who: [manager, "role:hr"], backup: [app_owner, security, "slack:U0BO"]}
      - name: money
        who: [finance, "slack_group:S012"]
        timeout: 4h
        on_timeout: deny
  two-people:
    clock: wall
    gains: []
    default_heir_decides: false
    high_risk: true
    stages:
      - {name: both, who: [ada@example.com, bo@example.com], quorum: 2, backup: [app_backup]}
`

func peoplesPolicy(t *testing.T) *domain.Policy {
	t.Helper()
	p, err := config.ParsePolicy("handover.yaml", []byte(peoplePolicy))
	require.NoError(t, err)
	return p
}

func TestApprovalsAreReadWithDefaults(t *testing.T) {
	t.Parallel()
	p := peoplesPolicy(t)
	require.Equal(t, "C024BE91L", p.Slack.Channel)
	app := p.Apps["apollo"]
	require.Equal(t, "two-people", app.StartApproval)
	require.Equal(t, "handover", app.DriftApproval, "as for plans")
	usual, both := p.Approvals["handover"], p.Approvals["two-people"]
	require.Equal(t, domain.ClockWorking, usual.Clock)
	require.Equal(t, 8*time.Hour, usual.Reminder, "a working day")
	require.Equal(t, 8*time.Hour, usual.Stages[0].Timeout, "there is a backup to be asked")
	require.Equal(t, domain.TimeoutEscalate, usual.Stages[0].OnTimeout)
	require.Equal(t, domain.TimeoutDeny, usual.Stages[1].OnTimeout)
	require.Equal(t, []domain.RecordKind{domain.Deals}, *usual.Gains)
	require.True(t, *usual.Heir)
	require.False(t, usual.HighRisk)
	require.Equal(t, 24*time.Hour, both.Reminder, "the wall clock counts a whole day")
	require.Equal(t, 24*time.Hour, both.Stages[0].Timeout)
	require.Empty(t, *both.Gains, "none is a choice too")
	require.False(t, *both.Heir)
	require.True(t, both.HighRisk)
}

func TestCalendarsAreFound(t *testing.T) {
	t.Parallel()
	p := peoplesPolicy(t)
	own, err := p.CalendarOf("Ada@Example.com")
	require.NoError(t, err)
	week := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	require.Equal(t, domain.Calendar{Zone: "America/New_York", Days: week, From: 8 * 60, Until: 20 * 60}, own)
	company, err := p.CalendarOf("nobody@example.com")
	require.NoError(t, err)
	require.Equal(t, domain.Calendar{Zone: "Europe/Berlin", Days: week[:4], From: 9 * 60, Until: 17 * 60, Holidays: []string{"2026-12-25"}}, company)
	p.Company.Calendar = ""
	usual, err := p.CalendarOf("nobody@example.com")
	require.NoError(t, err)
	require.Equal(t, domain.Calendar{Zone: "Europe/Berlin", Days: week, From: 9 * 60, Until: 17 * 60}, usual, "nobody has to write one")

	from, until, err := p.People[0].Away[0].Span(own.Zone)
	require.NoError(t, err)
	require.Equal(t, "2026-12-21T05:00:00Z 2026-12-25T05:00:00Z", from.Format(time.RFC3339)+" "+until.Format(time.RFC3339), "in their own zone, the last day included")
	from, until, err = p.People[0].Away[1].Span(own.Zone)
	require.NoError(t, err)
	require.Equal(t, 6*time.Hour, until.Sub(from))
}

func TestMistakesAboutPeopleAndApprovalsNameFileLineAndKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, want string }{
		"no channel":                   {"C024BE91L", `"#ops"`, "handover.yaml:3: slack.channel: \"#ops\" is no id of a channel"},
		"unknown company calendar":     {"calendar: office}", "calendar: offices}", "handover.yaml:2: company.calendar: calendars has no entry \"offices\""},
		"unknown calendar of a person": {"calendar: support", "calendar: sport", "handover.yaml:11: people[0].calendar: calendars has no entry \"sport\""},
		"no weekday":                   {"[mon, tue, wed, thu]", "[mon, Tuesday]", "handover.yaml:6: calendars.office: \"Tuesday\" is no day"},
		"no day at all":                {"[mon, tue, wed, thu]", "[]", "calendars.office: no working day"},
		"no hours":                     {"08:00-20:00", "8-20", "handover.yaml:8: calendars.support: \"8-20\" are no working hours"},
		"hours that end first":         {"08:00-20:00", "20:00-08:00", "calendars.support: working hours must begin before they end"},
		"no zone":                      {"America/New_York", "New York", "calendars.support: time zone \"New York\" is no IANA name"},
		"no holiday":                   {"2026-12-25", "Christmas", "calendars.office: \"Christmas\" is no date"},
		"no chat user":                 {"U024BE7LH", "\"@ada\"", "handover.yaml:12: people[0].slack: \"@ada\" is no user id"},
		"one chat user, two people":    {"slack: U0BO}", "slack: U024BE7LH}", "handover.yaml:16: people[1].slack: stands twice"},
		"their own substitute":         {"substitute: bo@example.com}", "substitute: Ada@example.com}", "handover.yaml:14: people[0].away[0].substitute: is the person"},
		"no substitute":                {", substitute: bo@example.com}", "}", "handover.yaml:14: people[0].away[0].substitute: must be an email address"},
		"away backwards":               {"until: 2026-12-24,", "until: 2026-12-20,", "handover.yaml:14: people[0].away[0].until: lies before from"},
		"away for years":               {"until: 2027-02-01T18:00,", "until: 2029-12-24,", "handover.yaml:15: people[0].away[1].until: is more than 400 days"},
		"away on no date":              {"from: 2026-12-21", "from: Monday", "handover.yaml:14: people[0].away[0]: \"Monday\" is neither a date"},
		"away twice at once":           {"from: 2027-02-01T12:00", "from: 2026-12-24T23:59", "handover.yaml:15: people[0].away[1]: overlaps with away[0]"},
		"missing start approval":       {"start_approval: two-people", "start_approval: three", "handover.yaml:22: apps.apollo.start_approval: approvals has no entry \"three\""},
		"missing drift approval":       {"start_approval: two-people", "drift_approval: three", "handover.yaml:22: apps.apollo.drift_approval: approvals has no entry \"three\""},
		"missing approval, once":       {"approval: handover\n    start", "approval: other\n    start", "handover.yaml:21: apps.apollo.approval: approvals has no entry \"other\""},
		"unknown clock":                {"clock: wall", "clock: sun", "handover.yaml:32: approvals.two-people.clock: \"sun\" is not one of working, wall"},
		"unknown gain":                 {"gains: []", "gains: [money]", "handover.yaml:33: approvals.two-people.gains: \"money\" is not one of"},
		"a word that is none":          {"who: [manager, ", "who: [boss, ", "handover.yaml:26: approvals.handover.stages[0].who: \"boss\" is neither"},
		"a role that is none":          {"role:hr", "role:boss", "approvals.handover.stages[0].who: \"role:boss\" is neither"},
		"a backup that is none":        {"slack:U0BO", "slack:bo", "approvals.handover.stages[0].backup: \"slack:bo\" is neither"},
		"a group that is none":         {"slack_group:S012", "slack_group:ops", "approvals.handover.stages[1].who: \"slack_group:ops\" is neither"},
		"silence is no consent":        {"on_timeout: deny", "on_timeout: proceed", "handover.yaml:30: approvals.handover.stages[1].on_timeout: cannot be proceed: nothing that gains access or money"},
		"no outcome":                   {"on_timeout: deny", "on_timeout: page", "handover.yaml:30: approvals.handover.stages[1].on_timeout: \"page\" is not one of escalate, deny"},
		"denied when":                  {"        timeout: 4h\n", "", "approvals.handover.stages[1].on_timeout: is deny and there is no timeout"},
		"late for nobody":              {"        on_timeout: deny\n", "", "handover.yaml:29: approvals.handover.stages[1].timeout: leads to nobody"},
		"a backup that is never asked": {"        on_timeout: deny\n", "        on_timeout: deny\n        backup: [manager]\n", "approvals.handover.stages[1].backup: would never be asked"},
		"too many":                     {"quorum: 2, backup: [app_backup]", "quorum: 3", "handover.yaml:37: approvals.two-people.stages[0].quorum: is 3 and 2 people are named"},
		"one person under two emails":  {"bo@example.com], quorum: 2, backup: [app_backup]", "ADA@example.com], quorum: 2", "quorum: is 2 and 1 people are named"},
		"a negative quorum":            {"quorum: 2, b", "quorum: -2, b", "approvals.two-people.stages[0].quorum: must be at least 1"},
		"a wait without an end":        {"timeout: 4h", "timeout: 4000h", "handover.yaml:29: approvals.handover.stages[1].timeout: must lie between"},
		"a typo in a key":              {"high_risk", "highrisk", "handover.yaml:35:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.ParsePolicy("handover.yaml", []byte(replaceOnce(t, peoplePolicy, c.from, c.to)))
			require.ErrorContains(t, err, c.want)
			require.Equal(t, 1, strings.Count(err.Error(), "handover.yaml"), "one mistake is told once: %s", err)
		})
	}
}

func TestAllMistakesAreToldAtOnceInOneOrder(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("on_timeout: deny", "on_timeout: proceed", "clock: wall", "clock: sun", "U0BO}", "bo}").Replace(peoplePolicy)
	_, first := config.ParsePolicy("handover.yaml", []byte(text))
	require.Equal(t, 2, strings.Count(first.Error(), "\n"), first)
	for range 20 {
		_, again := config.ParsePolicy("handover.yaml", []byte(text))
		require.Equal(t, first.Error(), again.Error())
	}
}
