package main

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/app"
	sim "handover/internal/sim/apollo"
)

// rosterCSV knows the demo team: jonas left long ago, hugo left last month and is
// still active, grace is on leave, carla is in no line.
const rosterCSV = `email,name,status,last_day,start_date,manager_email
priya.nair@example.com,Priya Nair,active,,2022-03-03,
sam.okafor@example.com,Sam Okafor,active,,2022-09-03,priya.nair@example.com
finn.walsh@example.com,Finn Walsh,active,,2023-01-03,
eli.park@example.com,Eli Park,active,,2023-02-03,
dana.reyes@example.com,Dana Reyes,active,,2023-06-03,eli.park@example.com
aiko.mori@example.com,Aiko Mori,active,,2023-08-03,eli.park@example.com
bruno.costa@example.com,Bruno Costa,active,,2023-11-03,eli.park@example.com
dmitri.volkov@example.com,Dmitri Volkov,active,,2024-04-03,eli.park@example.com
esther.boateng@example.com,Esther Boateng,active,,2024-09-03,eli.park@example.com
faisal.haddad@example.com,Faisal Haddad,active,,2025-02-03,eli.park@example.com
grace.liu@example.com,Grace Liu,on_leave,,2025-05-03,eli.park@example.com
hugo.martin@example.com,Hugo Martin,left,2026-10-30,2025-10-03,eli.park@example.com
ivy.stone@example.com,Ivy Stone,active,,2026-02-03,eli.park@example.com
jonas.berg@example.com,Jonas Berg,left,2026-05-03,2023-04-03,eli.park@example.com
`

// bench is an empty folder with a roster, and a simulated team behind the environment.
type assessBench struct {
	t   *testing.T
	dir string
	sim *sim.Simulator
}

func newAssessBench(t *testing.T, roster string, grants ...string) *assessBench {
	t.Helper()
	b := &assessBench{t: t, dir: t.TempDir(), sim: sim.New(sim.Options{APIKey: "key", Plan: sim.PlanProfessional, Grants: grants})}
	require.NoError(t, b.sim.Seed(sim.DemoTenant()))
	server := httptest.NewServer(b.sim.Handler())
	t.Cleanup(server.Close)
	t.Chdir(b.dir)
	t.Setenv("APOLLO_API_KEY", "key")
	t.Setenv("APOLLO_BASE_URL", server.URL+"/api/v1")
	require.NoError(t, os.WriteFile("roster.csv", []byte(roster), 0o600))
	return b
}

func (b *assessBench) run(args ...string) (stdout, stderr string, err error) {
	b.t.Helper()
	root := newRoot()
	var out, told bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&told)
	root.SetArgs(append([]string{"assess"}, args...))
	err = root.ExecuteContext(b.t.Context())
	return out.String(), told.String(), err
}

// files are what lies in the folder.
func (b *assessBench) files() []string {
	b.t.Helper()
	found, err := os.ReadDir(b.dir)
	require.NoError(b.t, err)
	var names []string
	for _, f := range found {
		names = append(names, f.Name())
	}
	return names
}

// withPolicy says what the profiles mean and what was bought.
func (b *assessBench) withPolicy() {
	b.t.Helper()
	text := `version: 1
company: {name: Example, time_zone: UTC}
apps:
  apollo:
    kind: apollo.io
    plan: organization
    owner: priya.nair@example.com
    profiles:
      "` + sim.ProfileAdmin + `": {name: Admin, admin: "yes", full_seat: "yes", seat: full}
      "` + sim.ProfileStandard + `": {name: Non-Admin, admin: "no", full_seat: "yes", seat: full}
      "` + sim.ProfileBilling + `": {name: Billing, admin: "yes", full_seat: "no", seat: billing}
      "` + sim.ProfileCallAssistant + `": {name: Call Assistant, admin: "no", full_seat: "no", seat: call_assistant}
    seats: {bought: 16, as_of: "2026-11-01", said_by: Finance, billing: annual, renewal: "2027-06-30"}
approvals:
  handover: {stages: [{name: manager, who: [manager]}]}
`
	require.NoError(b.t, os.WriteFile(filepath.Join(b.dir, "handover.yaml"), []byte(text), 0o600))
}

func emails(users []app.AssessedUser) []string {
	var all []string
	for _, u := range users {
		all = append(all, u.Email)
	}
	return all
}

func TestAssessNeedsAKeyAndARosterAndWritesNothing(t *testing.T) {
	b := newAssessBench(t, rosterCSV)
	out, told, err := b.run("--roster", "roster.csv", "--format", "json")
	require.NoError(t, err, told)
	var a app.Assessment
	require.NoError(t, json.Unmarshal([]byte(out), &a))
	require.Equal(t, []string{"hugo.martin@example.com"}, emails(a.Leavers))
	require.Equal(t, "left on 2026-10-30", a.Leavers[0].Why)
	require.Equal(t, []string{"carla.jensen@example.com"}, emails(a.Nobodys))
	require.Len(t, a.Orphans, 2)
	owned := map[string]map[domain.RecordKind]int{}
	for _, o := range a.Orphans {
		owned[o.Email] = o.Counts
	}
	require.Equal(t, map[domain.RecordKind]int{domain.Contacts: 85, domain.Accounts: 9, domain.Deals: 2, domain.Sequences: 2}, owned["jonas.berg@example.com"])
	require.Equal(t, 90, owned["hugo.martin@example.com"][domain.Contacts])
	require.Equal(t, []string{"hugo.martin@example.com"}, a.Boxes[0].Addresses)
	require.Empty(t, a.Admins.Working, "without a policy no profile is explained")
	require.Empty(t, a.Admins.Note)
	require.Positive(t, a.Admins.Maybe)
	require.Equal(t, []int{-1, -1, -1, -1}, []int{a.Seats.Bought, a.Seats.Occupied, a.Seats.Free, a.Seats.Leavers})
	require.Equal(t, "unknown", a.Seats.Wasted)
	require.Contains(t, strings.Join(a.Unknown, "\n"), "say admin and full_seat in the policy file")
	require.Contains(t, a.Commands, "handover offboard "+string(a.Leavers[0].Account)+" --app apollo --now")
	require.Contains(t, told, "reading the app's users")

	require.Empty(t, b.sim.Effects(), "nothing was written in the app")
	require.Equal(t, []string{"roster.csv"}, b.files(), "and nothing here")
}

// With a policy the admins, the seats and the money are known too; last activity is
// three-valued, and nobody on leave is called idle.
func TestAssessWithAPolicyKnowsSeatsAndAdmins(t *testing.T) {
	b := newAssessBench(t, rosterCSV)
	b.withPolicy()
	out, told, err := b.run("--roster", "roster.csv", "--format", "json", "-o", "report.json")
	require.NoError(t, err, told)
	require.Equal(t, "written to report.json\n", out)
	raw, err := os.ReadFile("report.json")
	require.NoError(t, err)
	var a app.Assessment
	require.NoError(t, json.Unmarshal(raw, &a))
	require.Equal(t, []string{"priya.nair@example.com", "sam.okafor@example.com"}, emails(a.Admins.Working))
	require.Equal(t, []int{16, 12, 4, 1}, []int{a.Seats.Bought, a.Seats.Occupied, a.Seats.Free, a.Seats.Leavers})
	require.Equal(t, "1428.00 USD", a.Seats.Wasted, "one seat of 119 dollars a month for a year")
	require.Equal(t, "5712.00 USD", a.Seats.Idle)
	uses := map[string]app.AssessedUse{}
	for _, u := range a.Activity {
		uses[u.Email] = u
	}
	require.Len(t, uses, 12, "those on paid seats who can log in")
	require.Equal(t, domain.Yes, uses["priya.nair@example.com"].Idle, "no email, call or task in 90 days")
	require.Equal(t, domain.No, uses["dana.reyes@example.com"].Idle)
	require.Equal(t, domain.No, uses["grace.liu@example.com"].Idle)
	require.Less(t, a.Requests(), 60, "well under one minute's window of any endpoint")
	for endpoint, n := range a.Calls {
		require.LessOrEqual(t, n, 20, endpoint)
	}
	require.Empty(t, b.sim.Effects())
	require.ElementsMatch(t, []string{"roster.csv", "handover.yaml", "report.json"}, b.files())
}

func TestAssessmentAsAPageAndAsATable(t *testing.T) {
	b := newAssessBench(t, strings.Replace(rosterCSV, "Hugo Martin", `"<script>alert(1)</script>"`, 1))
	page, told, err := b.run("--roster", "roster.csv", "--format", "html")
	require.NoError(t, err, told)
	require.True(t, strings.HasPrefix(page, "<!doctype html>"))
	for _, outside := range []string{"http://", "https://", "src=", "<link", "@import", "<script"} {
		require.NotContains(t, page, outside, "the page needs nothing from outside")
	}
	require.Contains(t, page, "hugo.martin@example.com")
	require.Contains(t, page, "@media print")
	table, _, err := b.run("--roster", "roster.csv")
	require.NoError(t, err)
	for _, want := range []string{"LEAVERS STILL ACTIVE", "hugo.martin@example.com", "TO CLEAN UP", "handover offboard ", "NOT KNOWN"} {
		require.Contains(t, table, want)
	}
}

// What cannot be meant is refused whole, before the app is asked anything.
func TestAssessRefusesWhole(t *testing.T) {
	b := newAssessBench(t, "email,status\nada@example.com,active\nnobody,maybe\n")
	_, told, err := b.run("--roster", "roster.csv")
	require.Error(t, err)
	require.Contains(t, told, "roster.csv:3: ")
	_, _, err = b.run()
	require.ErrorAs(t, err, &usageError{})
	_, _, err = b.run("--roster", "roster.csv", "--format", "xml")
	require.ErrorAs(t, err, &usageError{})
	require.NoError(t, os.WriteFile("roster.csv", []byte(rosterCSV), 0o600))
	_, _, err = b.run("--roster", "roster.csv", "--app", "other")
	require.ErrorContains(t, err, `no app "other"`)
	require.Empty(t, b.sim.Requests(), "the app was not asked")
	t.Setenv("APOLLO_API_KEY", "wrong")
	_, _, err = b.run("--roster", "roster.csv")
	require.ErrorContains(t, err, "API key is refused")
	require.Equal(t, []string{"roster.csv"}, b.files())
}

// Without a master key calls are not read, and nobody is idle.
func TestAssessClaimsNoIdlenessItCannotSee(t *testing.T) {
	b := newAssessBench(t, rosterCSV)
	narrow := sim.New(sim.Options{APIKey: "key", Grants: []string{"api/v1/users/search", "api/v1/emailer_messages/search", "api/v1/tasks/search"}})
	require.NoError(t, narrow.Seed(sim.DemoTenant()))
	server := httptest.NewServer(narrow.Handler())
	t.Cleanup(server.Close)
	t.Setenv("APOLLO_BASE_URL", server.URL+"/api/v1")
	out, told, err := b.run("--roster", "roster.csv", "--format", "json")
	require.NoError(t, err, told)
	var a app.Assessment
	require.NoError(t, json.Unmarshal([]byte(out), &a))
	for _, u := range a.Activity {
		require.NotEqual(t, domain.Yes, u.Idle, u.Email)
	}
	text := strings.Join(a.Unknown, "\n")
	for _, grant := range []string{"api/v1/phone_calls/search", "api/v1/email_accounts/index", "api/v1/contacts/search"} {
		require.Contains(t, text, grant, "what to do is said")
	}
	require.Len(t, a.Leavers, 1, "the rest of the report stands")
	require.WithinDuration(t, time.Now(), a.ReadAt, time.Minute)
}

// Where the key may not read a part, nothing is said of it: no number, and no "none".
func TestAssessNeverSaysNoneWhereItCouldNotLook(t *testing.T) {
	b := newAssessBench(t, rosterCSV, "api/v1/users/search", "api/v1/auth/health")
	out, told, err := b.run("--roster", "roster.csv", "--format", "json")
	require.NoError(t, err, told)
	var a app.Assessment
	require.NoError(t, json.Unmarshal([]byte(out), &a))
	require.Equal(t, app.KnownWhole, a.Known.Leavers)
	require.Equal(t, []app.Knowledge{app.KnownNot, app.KnownNot, app.KnownPartly}, []app.Knowledge{a.Known.Mailboxes, a.Known.Orphans, a.Known.Admins})
	require.Contains(t, out, `"orphaned_records": []`, "a list, also where it is empty")
	page, _, err := b.run("--roster", "roster.csv", "--format", "html")
	require.NoError(t, err)
	require.Contains(t, page, "<b>unknown</b>accounts of the gone that own records")
	require.Contains(t, page, "<b>unknown</b>with mailboxes still linked")
	require.NotContains(t, page, "None found.")
	table, _, err := b.run("--roster", "roster.csv")
	require.NoError(t, err)
	for _, part := range []string{"RECORDS OF THE GONE", "MAILBOXES STILL LINKED", "ADMINS WHO CAN WORK"} {
		require.Regexp(t, part+` +unknown`, table)
	}
}

// A status that says more than the last day is one that was entered ahead.
func TestAssessLeavesPeopleOnNoticeAlone(t *testing.T) {
	ahead := time.Now().AddDate(0, 2, 0).Format(time.DateOnly)
	b := newAssessBench(t, strings.Replace(rosterCSV, "left,2026-10-30", "terminated,"+ahead, 1))
	out, told, err := b.run("--roster", "roster.csv", "--format", "json")
	require.NoError(t, err, told)
	var a app.Assessment
	require.NoError(t, json.Unmarshal([]byte(out), &a))
	require.Empty(t, a.Leavers)
	require.Equal(t, []string{"hugo.martin@example.com"}, emails(a.Leaving))
	require.Equal(t, "leaves on "+ahead, a.Leaving[0].Why)
	require.Equal(t, []int{1, 1}, []int{a.Roster.Left, a.Roster.Leaving})
	for _, text := range a.Commands {
		require.NotContains(t, text, string(a.Leaving[0].Account))
	}
	_, told, err = b.run("--roster", "-")
	require.Error(t, err)
	require.NotContains(t, err.Error()+told, "import")
}
