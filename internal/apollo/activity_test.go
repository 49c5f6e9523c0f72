package apollo_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/apollo"
	sim "handover/internal/sim/apollo"
)

// since is ninety days before the tests' clock.
var since = time.Date(2026, 8, 22, 9, 0, 0, 0, time.UTC)

// team has one user for each way of being seen, and one who did nothing.
func team(more ...sim.UserSpec) sim.TenantSpec {
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 12, 0, 0, 0, time.UTC) }
	box := func(name string) []string { return []string{name + "@example.com"} }
	user := func(name string, at time.Time) sim.UserSpec {
		return sim.UserSpec{Email: name + "@example.com", First: name, Last: "Test", Created: day(1, 5), LastActive: at, Mailboxes: box(name), Contacts: 1, Accounts: 1, ActiveSequences: 1}
	}
	admin := user("admin", day(11, 1))
	admin.Profile, admin.SentEmails = sim.ProfileAdmin, 1
	mails, calls, tasks, old, idle := user("mails", day(11, 10)), user("calls", day(10, 2)), user("tasks", day(1, 6)), user("old", day(8, 1)), user("idle", day(1, 6))
	mails.SentEmails, calls.Calls, tasks.CompletedTasks, old.SentEmails, old.Calls, idle.ScheduledTasks = 3, 2, 1, 4, 2, 2
	return sim.TenantSpec{Seed: 3, Users: append([]sim.UserSpec{admin, mails, calls, tasks, old, idle}, more...)}
}

func (w *world) lastActivity(names ...string) map[string]domain.LastSeen {
	w.t.Helper()
	var ids []domain.AccountID
	for _, name := range names {
		ids = append(ids, w.id(name+"@example.com"))
	}
	found, err := w.LastActivity(w.t.Context(), ids, since)
	require.NoError(w.t, err)
	require.Len(w.t, found, len(ids), "everybody who was asked about is answered for")
	out := map[string]domain.LastSeen{}
	for i, id := range ids {
		out[names[i]] = found[id]
	}
	return out
}

func TestLastActivityIsThreeValued(t *testing.T) {
	t.Parallel()
	w := newWorld(t, team())
	seen := w.lastActivity("mails", "calls", "tasks", "old", "idle")
	for name, source := range map[string]string{"mails": "emails", "calls": "calls", "tasks": "tasks"} {
		require.Equal(t, domain.Yes, seen[name].Seen, name)
		require.Equal(t, source, seen[name].Source)
		require.False(t, seen[name].At.Before(since), name)
	}
	require.Equal(t, time.Date(2026, 11, 10, 9, 0, 0, 0, time.UTC), seen["mails"].At)
	require.Equal(t, domain.NotSeen(since), seen["old"], "what is older than the moment asked about does not count")
	require.Equal(t, domain.NotSeen(since), seen["idle"], "a task that waits is no activity")
}

// A key that is no master key may not read calls: nobody is idle then, and who was
// seen elsewhere is seen.
func TestCallsThatMayNotBeReadMakeUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, team(), func(o *sim.Options, _ *apollo.Config) {
		o.Grants = []string{"api/v1/users/search", "api/v1/emailer_messages/search", "api/v1/tasks/search", "api/v1/phone_calls/search"}
	})
	seen := w.lastActivity("mails", "calls", "tasks", "idle")
	require.Equal(t, domain.Yes, seen["mails"].Seen)
	require.Equal(t, domain.Yes, seen["tasks"].Seen)
	for _, name := range []string{"calls", "idle"} {
		require.Equal(t, domain.Unknown, seen[name].Seen, name)
		require.Contains(t, seen[name].Why, "phone_calls")
	}
}

// A filter that the app ignores shows other people's tasks: they are nobody else's
// activity, and what was not read to its end proves nothing.
func TestTasksOfOthersAreNobodysActivity(t *testing.T) {
	t.Parallel()
	busy := sim.UserSpec{Email: "busy@example.com", First: "Busy", Last: "Test", CompletedTasks: 450}
	w := newWorld(t, team(busy), with(func(s *sim.Switches) { s.IgnoreTaskUserFilter = true }))
	seen := w.lastActivity("idle")
	require.Equal(t, domain.Unknown, seen["idle"].Seen)
	require.Contains(t, seen["idle"].Why, "more tasks")

	w = newWorld(t, team(), with(func(s *sim.Switches) { s.IgnoreTaskUserFilter = true }))
	require.Equal(t, domain.NotSeen(since), w.lastActivity("idle")["idle"], "few tasks are read to their end, and none is theirs")
}

// The formula of docs/assess.md: searches ask about fifty at once, and only those whom
// nothing else showed cost a request each.
func TestLastActivityAsksLittle(t *testing.T) {
	t.Parallel()
	var more []sim.UserSpec
	names := []string{"mails", "calls", "tasks", "idle"}
	for i := range 60 {
		name := fmt.Sprintf("u%02d", i)
		names = append(names, name)
		more = append(more, sim.UserSpec{Email: name + "@example.com", First: name, Last: "Test", Mailboxes: []string{name + "@example.com"}, SentEmails: 1})
	}
	w := newWorld(t, team(more...))
	w.gate.asked = nil
	w.lastActivity(names...)
	count := map[string]int{}
	for _, endpoint := range w.gate.asked {
		count[endpoint]++
	}
	require.Equal(t, map[string]int{"api/v1/emailer_messages/search": 3, "api/v1/phone_calls/search": 2, "api/v1/tasks/search": 2}, count,
		"64 users: two batches of emails, and a proof for the one in which somebody is left; one batch of calls with its proof; the tasks of two")
}

func TestActivityAndCountsFitApollosOwnDocument(t *testing.T) {
	t.Parallel()
	doc := openAPI(t)
	require.NoError(t, doc.Except(undocumented...))
	w := demo(t)
	w.lastActivity("dana.reyes", "jonas.berg")
	_, err := w.SurveyMailboxes(t.Context())
	require.NoError(t, err)
	_, err = w.CountRecords(t.Context(), []domain.AccountID{w.id("jonas.berg@example.com")})
	require.NoError(t, err)
	var occurred []string
	for _, s := range w.wire.log {
		path := strings.TrimPrefix(s.path, "/api/v1")
		for _, v := range doc.CheckRequest(s.method, path, url.Values(s.query), s.body) {
			t.Error(v)
		}
		occurred = append(occurred, doc.Operation(s.method, path))
	}
	for _, op := range []string{"GET /emailer_messages/search", "GET /phone_calls/search", "POST /tasks/search", "GET /email_accounts", "POST /contacts/search"} {
		require.True(t, slices.Contains(occurred, op), op)
	}
	require.Empty(t, w.sim.Effects(), "reading changes nothing")
}

// What stays with a leaver by the runbook is not orphaned: closed deals and archived
// sequences do not count.
func TestRecordsOfTheGoneAreCountedFromTotals(t *testing.T) {
	t.Parallel()
	w := demo(t)
	gone := w.id("jonas.berg@example.com")
	counts, err := w.CountRecords(t.Context(), []domain.AccountID{gone})
	require.NoError(t, err)
	require.Equal(t, map[domain.RecordKind]int{domain.Contacts: 85, domain.Accounts: 9, domain.Deals: 2, domain.Sequences: 2, domain.Tasks: 0}, counts[gone])
	for _, s := range w.wire.log {
		if strings.Contains(s.path, "contacts/search") || strings.Contains(s.path, "accounts/search") {
			require.InDelta(t, 1, s.fields(t)["per_page"], 0, "one row is enough for a total")
		}
	}

	w = demo(t, with(func(s *sim.Switches) { s.IgnoreContactOwnerFilter = true }))
	counts, err = w.CountRecords(t.Context(), []domain.AccountID{w.id("jonas.berg@example.com")})
	require.NoError(t, err)
	for _, kinds := range counts {
		require.NotContains(t, kinds, domain.Contacts, "without the filter a total is everybody's")
	}
}

func TestMailboxesOfTheWholeTeam(t *testing.T) {
	t.Parallel()
	w := demo(t)
	w.gate.asked = nil
	boxes, err := w.SurveyMailboxes(t.Context())
	require.NoError(t, err)
	require.Len(t, w.gate.asked, 1)
	mine := slices.DeleteFunc(boxes, func(b domain.Mailbox) bool { return b.Account != w.id(leaver) })
	require.Len(t, mine, 2)
	require.True(t, mine[0].Active)
}
