package activities_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/internal/store"
)

// book is an app whose list of users a test writes.
type book struct {
	listing domain.Listing
	boxes   []domain.Mailbox
	owned   map[domain.AccountID]map[domain.RecordKind]int
	asked   []domain.AccountID
	fails   map[string]error
}

func (b *book) Kind() string                     { return "book" }
func (b *book) Channels() []domain.ChannelChoice { return nil }
func (b *book) ListAccounts(context.Context) (domain.Listing, error) {
	return b.listing, b.fails["list"]
}
func (b *book) SurveyMailboxes(context.Context) ([]domain.Mailbox, error) {
	return b.boxes, b.fails["mailboxes"]
}

func (b *book) CountRecords(_ context.Context, owners []domain.AccountID) (map[domain.AccountID]map[domain.RecordKind]int, error) {
	b.asked = append(b.asked, owners...)
	return b.owned, b.fails["records"]
}

func (b *book) RecordRules() []domain.RecordRule {
	return []domain.RecordRule{{Kind: domain.Contacts}, {Kind: domain.Deals}}
}

func (b *book) RecordPage(context.Context, domain.RecordKind, domain.AccountID, string) (domain.RecordPage, error) {
	return domain.RecordPage{}, nil
}

func (b *book) MoveRecords(context.Context, domain.RecordKind, []domain.Record, domain.AccountID) (domain.Moved, error) {
	return domain.Moved{}, nil
}

func (b *book) ReadRecords(context.Context, domain.RecordKind, []string) ([]domain.Record, error) {
	return nil, nil
}

// front is the identity provider before it.
type front struct {
	activities.SignIn
	given domain.AssignedListing
	err   error
}

func (f *front) ListAssigned(context.Context) (domain.AssignedListing, error) { return f.given, f.err }

type frontDoors struct{ f *front }

func (d frontDoors) Recipes(domain.AppID) activities.Recipes { return nil }
func (d frontDoors) SignIn(domain.AppID) activities.SignIn {
	if d.f == nil {
		return nil
	}
	return d.f
}

// nights is reconciliation over a store, one call a night.
type nights struct {
	t     *testing.T
	set   *activities.Set
	store *store.Store
	book  *book
	front *front
	now   time.Time
	in    activities.ReconcileInput
}

func newNights(t *testing.T) *nights {
	t.Helper()
	n := &nights{t: t, store: newStore(t), book: &book{fails: map[string]error{}}, now: time.Date(2026, 12, 1, 2, 30, 0, 0, time.UTC),
		in: activities.ReconcileInput{App: app, Owner: "p-owner", InviteLife: 7 * 24 * time.Hour, Contract: domain.SeatContract{Bought: -1}, Records: 10,
			Roles: []domain.AppRole{{Key: "r-admin", Name: "Admin"}, {Key: "r-user", Name: "User"}, {Key: "r-owner", Name: "Owner", Owner: true}}}}
	n.set = &activities.Set{Connectors: connectors{n.book}, Ledger: n.store, Findings: n.store, Now: func() time.Time { return n.now }}
	n.hire("boss", "", domain.Employment{Starts: n.now.AddDate(-2, 0, 0)})
	return n
}

// hire tells HR's word of somebody.
func (n *nights) hire(name, manager string, e domain.Employment) domain.Person {
	n.t.Helper()
	p, err := n.store.UpsertPerson(n.t.Context(), name+"@example.com", "")
	require.NoError(n.t, err)
	e.Person = p.ID
	_, err = n.store.UpsertEmployment(n.t.Context(), "emp-"+name, e)
	require.NoError(n.t, err)
	if manager != "" {
		m, err := n.store.PersonByEmail(n.t.Context(), manager+"@example.com")
		require.NoError(n.t, err)
		require.NoError(n.t, n.store.SetManager(n.t.Context(), p.ID, m.ID))
	}
	return p
}

// left is somebody of whom HR says that they left, a month ago.
func (n *nights) left(name string) domain.Person {
	n.t.Helper()
	p := n.hire(name, "boss", domain.Employment{Starts: n.now.AddDate(-1, 0, 0)})
	e, err := n.store.EmploymentByKey(n.t.Context(), "emp-"+name)
	require.NoError(n.t, err)
	_, _, err = n.store.SayEmployment(n.t.Context(), e.ID, store.Said{State: domain.EmploymentEnding, At: n.now.AddDate(0, -2, 0), Ends: n.now.AddDate(0, -1, 0)})
	require.NoError(n.t, err)
	return p
}

func account(name string, change ...func(*domain.Account)) domain.Account {
	a := domain.Account{ID: domain.AccountID("a-" + name), Email: name + "@example.com", Active: domain.Yes, Admin: domain.No, FullSeat: domain.Yes, ProfileID: "r-user",
		CreatedAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, c := range change {
		c(&a)
	}
	return a
}

func asAdmin(a *domain.Account) { a.Admin, a.ProfileID = domain.Yes, "r-admin" }
func off(a *domain.Account)     { a.Active = domain.No }
func dim(a *domain.Account)     { a.Active = domain.Unknown }

// night reads the app as it stands with these accounts, a day after the last one.
func (n *nights) night(accounts ...domain.Account) domain.Reading {
	n.t.Helper()
	n.book.listing = domain.Listing{Accounts: accounts, Complete: true, Total: len(accounts)}
	return n.read()
}

func (n *nights) read() domain.Reading {
	n.t.Helper()
	n.now = n.now.AddDate(0, 0, 1)
	n.book.listing.StartedAt = n.now
	r, err := n.set.ReconcileApp(n.t.Context(), n.in)
	require.NoError(n.t, err)
	return r.Reading
}

// found are the findings of a kind that are not closed, by account.
func (n *nights) found(kind domain.FindingKind) map[domain.AccountID]domain.Finding {
	n.t.Helper()
	all, err := n.store.ListFindings(n.t.Context(), store.FindingFilter{App: app, Kind: kind})
	require.NoError(n.t, err)
	by := map[domain.AccountID]domain.Finding{}
	for _, f := range all {
		by[f.Account] = f
	}
	return by
}

// outside are the events that nobody of ours stands behind, the oldest first.
func (n *nights) outside() []string {
	n.t.Helper()
	lines, err := n.store.Audit(n.t.Context(), store.AuditFilter{Actor: domain.UnknownActor, Limit: 1000})
	require.NoError(n.t, err)
	var all []string
	for _, l := range lines {
		e := l.Entry.Event
		all = append(all, fmt.Sprintf("%s %s %s>%s", e.Kind, e.Target, e.From, e.To))
	}
	slices.Sort(all)
	return all
}

func TestLeftButActiveIsFoundAndClosedByReadBack(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	n.left("gone")
	n.hire("stays", "boss", domain.Employment{Starts: n.now.AddDate(-1, 0, 0)})
	away := n.hire("away", "boss", domain.Employment{Starts: n.now.AddDate(-1, 0, 0)})
	require.NoError(t, n.store.SetPersonState(t.Context(), away.ID, domain.PersonOnLeave))
	all := []domain.Account{account("gone"), account("stays"), account("away"), account("nobody", asAdmin), account("boss", asAdmin)}
	r := n.night(all...)
	require.Equal(t, []any{true, 5, 0}, []any{r.Complete, r.Accounts, r.Outside})
	left := n.found(domain.FoundLeftButActive)
	require.Len(t, left, 1)
	require.Equal(t, []any{domain.SeverityHigh, domain.FindingOpen, domain.PersonID("p-owner")}, []any{left["a-gone"].Severity, left["a-gone"].State, left["a-gone"].Owner})
	strangers := n.found(domain.FoundUnknownToHR)
	require.Len(t, strangers, 1)
	require.Equal(t, domain.SeverityHigh, strangers["a-nobody"].Severity, "an admin whom nobody knows")
	require.Empty(t, n.found(domain.FoundOneAdmin))

	first := left["a-gone"].FirstSeen
	n.night(all...)
	require.Equal(t, first, n.found(domain.FoundLeftButActive)["a-gone"].FirstSeen)
	require.True(t, n.found(domain.FoundLeftButActive)["a-gone"].LastSeen.After(first))
	r = n.night(append([]domain.Account{account("gone", off)}, all[1:]...)...)
	require.Empty(t, n.found(domain.FoundLeftButActive))
	require.Positive(t, r.Closed)
}

// What the app does not tell neither opens nor closes anything.
func TestUnknownStaysUnknown(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	n.left("gone")
	all := []domain.Account{account("gone"), account("nobody"), account("boss", asAdmin)}
	n.night(all...)
	before, err := n.store.ListFindings(t.Context(), store.FindingFilter{App: app})
	require.NoError(t, err)
	require.Len(t, before, 3, "a leaver, a stranger, and one admin alone")
	same := func(what string) {
		t.Helper()
		now, err := n.store.ListFindings(t.Context(), store.FindingFilter{App: app})
		require.NoError(t, err)
		require.Len(t, now, len(before), what)
		require.Empty(t, n.outside(), what)
	}
	n.book.listing = domain.Listing{Accounts: all[:1], Total: 3}
	r := n.read()
	require.False(t, r.Complete)
	require.Contains(t, r.Why, "cut short")
	same("half a list")
	n.book.listing = domain.Listing{Hidden: true}
	n.read()
	same("an app that shows nobody")
	n.night(account("gone", dim), account("nobody", dim), account("boss", asAdmin, dim))
	same("an app that does not say who is active")
	last, err := n.store.LastReading(t.Context(), app, true)
	require.NoError(t, err)
	require.True(t, last.Complete)
}

func TestUnknownToHRNeedsHRsWord(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	sponsored, err := n.store.UpsertPerson(t.Context(), "agency@example.com", "")
	require.NoError(t, err)
	named, err := n.store.UpsertPerson(t.Context(), "named@example.com", "")
	require.NoError(t, err)
	boss, err := n.store.PersonByEmail(t.Context(), "boss@example.com")
	require.NoError(t, err)
	_, err = n.store.LearnPerson(t.Context(), sponsored.ID, "", "", domain.PersonFacts{Kind: "external", Sponsor: boss.ID, Ends: n.now.AddDate(0, 0, 2)}, n.now)
	require.NoError(t, err)
	n.hire("other", "", domain.Employment{Starts: n.now.AddDate(-1, 0, 0)})
	n.in.Named = []domain.PersonID{named.ID}
	all := []domain.Account{account("agency"), account("named"), account("boss", asAdmin)}
	n.night(all...)
	require.Empty(t, n.found(domain.FoundUnknownToHR), "a sponsor, or the policy, answers for them")
	n.now = n.now.AddDate(0, 0, 2)
	n.night(all...)
	require.Len(t, n.found(domain.FoundLeftButActive), 1, "the sponsor's end date is over")

	silent := newNights(t)
	require.NoError(t, silent.store.ErasePerson(t.Context(), silent.boss()))
	silent.night(account("x"), account("y"))
	require.Empty(t, silent.found(domain.FoundUnknownToHR), "where HR said nothing, nobody is unknown to it")

	leaversOnly := newNights(t)
	leaversOnly.night(account("x"), account("y"), account("boss", asAdmin))
	require.Empty(t, leaversOnly.found(domain.FoundUnknownToHR), "HR told of one in three: it may tell of leavers alone")
	leaversOnly.hire("second", "", domain.Employment{})
	leaversOnly.night(account("x"), account("y"), account("boss", asAdmin))
	require.Len(t, leaversOnly.found(domain.FoundUnknownToHR), 2)
}

func (n *nights) boss() domain.PersonID {
	p, err := n.store.PersonByEmail(n.t.Context(), "boss@example.com")
	require.NoError(n.t, err)
	return p.ID
}

func TestChangesOutsideAreToldOnce(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	joiner := n.hire("joiner", "boss", domain.Employment{Starts: n.now})
	mover := n.hire("mover", "boss", domain.Employment{Starts: n.now.AddDate(-1, 0, 0)})
	base := []domain.Account{account("boss", asAdmin), account("mover"), account("away"), account("promoted")}
	n.night(base...)
	require.Empty(t, n.outside(), "the first reading is where everything begins")

	e := func(kind domain.EventKind, who domain.PersonID, to string) domain.AuditEvent {
		return domain.AuditEvent{Key: fmt.Sprint(kind, who, to), Kind: kind, Actor: domain.SystemActor, Subject: who, App: app, To: to, At: n.now.Add(time.Hour)}
	}
	require.NoError(t, n.store.Record(t.Context(), domain.Entry{Events: []domain.AuditEvent{e(domain.EventInviteAccepted, joiner.ID, "r-user"), e(domain.EventRoleChanged, mover.ID, "Admin")}}))
	next := []domain.Account{account("boss", asAdmin), account("mover", asAdmin), account("promoted", asAdmin), account("joiner"), account("sneak")}
	r := n.night(next...)
	require.Equal(t, []string{"invite_accepted a-sneak >r-user", "member_removed a-away r-user>", "role_changed a-promoted r-user>r-admin"}, n.outside())
	require.Equal(t, 3, r.Outside)
	require.Len(t, n.found(domain.FoundUnexplainedAccount), 1)
	require.Equal(t, domain.SeverityHigh, n.found(domain.FoundUnexplainedRole)["a-promoted"].Severity)

	n.night(next...)
	require.Len(t, n.outside(), 3, "what was told is not told again")
	require.Len(t, n.found(domain.FoundUnexplainedAccount), 1, "and stays found while it can be used")
	n.night(account("boss", asAdmin), account("mover", asAdmin), account("promoted"), account("joiner"), account("sneak", off))
	require.Empty(t, n.found(domain.FoundUnexplainedAccount))
	require.Len(t, n.outside(), 5, "taking it back was nobody of ours either")
}

// An app whose members people upload tells its changes by those lists.
func TestUploadedListsTellTheirOwnChanges(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	n.in.Uploads = true
	n.night(account("boss", asAdmin))
	n.night(account("boss", asAdmin), account("sneak"))
	require.Empty(t, n.outside())
	require.Empty(t, n.found(domain.FoundUnexplainedAccount))
	require.Len(t, n.found(domain.FoundUnknownToHR), 1)
}

func TestWholeAppFindings(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	owner := func(a *domain.Account) { a.Admin, a.ProfileID = domain.Yes, "r-owner" }
	invited := func(days int) func(*domain.Account) {
		return func(a *domain.Account) {
			a.Invited, a.Active, a.CreatedAt = true, domain.Unknown, n.now.AddDate(0, 0, 1-days)
		}
	}
	n.in.Contract = domain.SeatContract{Bought: 6}
	n.night(account("boss", owner), account("o2", owner), account("o3", owner), account("late", invited(8)), account("fresh", invited(6)))
	require.Equal(t, map[string]int{"owners": 3}, n.found(domain.FoundTooManyOwners)[""].Counts)
	require.Contains(t, n.found(domain.FoundStaleInvite), domain.AccountID("a-late"))
	require.Len(t, n.found(domain.FoundStaleInvite), 1)
	require.Empty(t, n.found(domain.FoundOneAdmin))
	require.Empty(t, n.found(domain.FoundIdleSeat), "whether an invited user takes a seat is not known, so no number is given")
	n.night(account("boss", owner))
	require.Equal(t, map[string]int{"seats": 5}, n.found(domain.FoundIdleSeat)[""].Counts)
	require.Equal(t, map[string]int{"admins": 1}, n.found(domain.FoundOneAdmin)[""].Counts)
	require.Empty(t, n.found(domain.FoundTooManyOwners))
}

func TestWhatTheGoneLeftBehind(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	n.left("gone")
	n.book.boxes = []domain.Mailbox{{ID: "m1", Account: "a-gone", Active: true}, {ID: "m2", Account: "a-gone", Active: true}, {ID: "m3", Account: "a-boss", Active: true},
		{ID: "m4", Account: "a-old", Active: false}, {ID: "m5", Account: "a-never", Active: true}}
	n.book.owned = map[domain.AccountID]map[domain.RecordKind]int{"a-gone": {domain.Contacts: 4, domain.Deals: 0}, "a-old": {domain.Contacts: 0}}
	all := []domain.Account{account("gone", off), account("boss", asAdmin), account("old", off)}
	n.night(all...)
	boxes := n.found(domain.FoundLinkedMailbox)
	require.Len(t, boxes, 2, "and one of an account that the app lists no more")
	require.Equal(t, map[string]int{"mailboxes": 2}, boxes["a-gone"].Counts)
	require.Equal(t, n.boss(), boxes["a-gone"].Owner, "their manager sees to it")
	orphans := n.found(domain.FoundOrphanedRecords)
	require.Len(t, orphans, 1, "of a-old the deals are not known, and nothing is claimed")
	require.Equal(t, map[string]int{"contacts": 4}, orphans["a-gone"].Counts)
	require.ElementsMatch(t, []domain.AccountID{"a-gone", "a-old"}, n.book.asked)

	n.book.fails["mailboxes"] = domain.NewFault(domain.FaultForbidden, "mailboxes", app, "the key lacks a grant", nil)
	n.book.fails["records"] = domain.NewFault(domain.FaultRateLimited, "records", app, "later", nil)
	n.book.boxes = nil
	r := n.night(all...)
	require.Contains(t, r.Why, "the key lacks a grant")
	require.Len(t, n.found(domain.FoundLinkedMailbox), 2, "what was not read closes nothing")
	require.Len(t, n.found(domain.FoundOrphanedRecords), 1)
	n.book.fails = map[string]error{}
	n.book.owned = map[domain.AccountID]map[domain.RecordKind]int{"a-gone": {domain.Contacts: 0, domain.Deals: 0}}
	n.night(all...)
	require.Empty(t, n.found(domain.FoundLinkedMailbox))
	require.Empty(t, n.found(domain.FoundOrphanedRecords))
}

func TestTheIdentityProviderIsASource(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	n.left("gone")
	n.front = &front{given: domain.AssignedListing{Complete: true, People: []domain.Assigned{{User: "u1", Email: "gone@example.com", Active: domain.Yes},
		{User: "u2", Email: "boss@example.com", Active: domain.Yes}}}}
	n.set.Doors = frontDoors{n.front}
	r := n.night(account("boss", asAdmin), account("gone", off))
	require.Equal(t, 2, r.Assigned)
	left := n.found(domain.FoundLeftButActive)
	require.Len(t, left, 1)
	require.Contains(t, left[""].Why, "identity provider")
	n.front.given = domain.AssignedListing{}
	n.night(account("boss", asAdmin), account("gone", off))
	require.Len(t, n.found(domain.FoundLeftButActive), 1, "half a list closes nothing")
	n.front.err = domain.NewFault(domain.FaultUnavailable, "list", app, "no answer", nil)
	require.Contains(t, n.night(account("boss", asAdmin), account("gone", off)).Why, "no answer")
	require.Len(t, n.found(domain.FoundLeftButActive), 1)
	n.front.err, n.front.given = nil, domain.AssignedListing{Complete: true}
	n.night(account("boss", asAdmin), account("gone", off))
	require.Empty(t, n.found(domain.FoundLeftButActive))
}

// A run that is at a leaver is named, and an exception outlives no date.
func TestFindingsKnowTheirRunAndTheirExceptions(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	gone := n.left("gone")
	n.night(account("boss", asAdmin), account("gone"))
	f := n.found(domain.FoundLeftButActive)["a-gone"]
	x := domain.Exception{ID: "x1", Finding: f.ID, App: app, Until: n.now.Add(36 * time.Hour), Reason: "a reason", AskedBy: "ada", AskedAt: n.now}
	require.NoError(t, n.store.AskException(t.Context(), x, domain.AuditEvent{Key: "x1", Kind: domain.EventExceptionAsked, Actor: "ada", At: n.now}))
	x.DecidedBy, x.DecidedAt, x.Agreed = "sec", n.now, true
	_, err := n.store.DecideException(t.Context(), x, domain.AuditEvent{Key: "x1d", Kind: domain.EventExceptionAgreed, Actor: "sec", At: n.now})
	require.NoError(t, err)
	n.night(account("boss", asAdmin), account("gone"))
	require.Equal(t, domain.FindingExcepted, n.found(domain.FoundLeftButActive)["a-gone"].State)
	n.night(account("boss", asAdmin), account("gone"))
	require.Equal(t, domain.FindingOpen, n.found(domain.FoundLeftButActive)["a-gone"].State, "its time is over")

	hire, err := n.store.EmploymentByKey(t.Context(), "emp-gone")
	require.NoError(t, err)
	run := domain.Run{Kind: domain.RunOffboarding, Person: gone.ID, Employment: hire.ID, Apps: []domain.AppID{app}, State: domain.RunRunning, StartedAt: n.now}
	run, _, err = n.store.CreateRun(t.Context(), run, func(r domain.Run) (store.RunStart, error) {
		return store.RunStart{Events: []domain.AuditEvent{{Key: "s", Run: r.ID, Kind: domain.EventRunStarted, Actor: domain.SystemActor, At: n.now}}}, nil
	})
	require.NoError(t, err)
	n.night(account("boss", asAdmin), account("gone"))
	f = n.found(domain.FoundLeftButActive)["a-gone"]
	require.Equal(t, []any{domain.FindingFixing, run.ID}, []any{f.State, f.Run})
}

// told are the messages about findings, which name nobody.
func (n *nights) told() []string {
	n.t.Helper()
	all, err := n.store.ListNotices(n.t.Context(), store.NoticeFilter{})
	require.NoError(n.t, err)
	var texts []string
	for _, d := range all {
		if d.Notice.Kind == "findings" {
			require.Equal(n.t, []domain.PersonID{"p-owner"}, d.Notice.To)
			require.NotContains(n.t, d.Notice.Text, "@")
			texts = append(texts, d.Notice.Text)
		}
	}
	return texts
}

// Whoever looks after an app hears once of what a night found first, in numbers; of
// what stands since an earlier night they have heard.
func TestOneMessageTellsWhatANightFoundFirst(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	n.left("gone")
	all := []domain.Account{account("gone"), account("boss", asAdmin), account("second", asAdmin)}
	n.hire("second", "boss", domain.Employment{Starts: n.now.AddDate(-1, 0, 0)})
	n.night(all...)
	require.Len(t, n.told(), 1)
	require.Contains(t, n.told()[0], "1 left but active")
	n.night(all...)
	require.Len(t, n.told(), 1, "nothing new")
	n.left("other")
	n.night(append(all, account("other"))...)
	require.Len(t, n.told(), 2)
}

// fragile lets a night die once, at one place.
type fragile struct {
	activities.Findings
	at   string
	died bool
}

func (f *fragile) dies(at string) bool {
	now := f.at == at && !f.died
	f.died = f.died || now
	return now
}

func (f *fragile) CloseFindings(ctx context.Context, app domain.AppID, kinds []domain.FindingKind, read time.Time) (int, error) {
	if f.dies("before the end") {
		return 0, context.Canceled
	}
	return f.Findings.CloseFindings(ctx, app, kinds, read)
}

func (f *fragile) EndReading(ctx context.Context, r domain.Reading, e domain.AuditEvent, tell func(map[domain.FindingKind]int) []domain.Notice) error {
	if f.dies("at the end") {
		return context.Canceled
	}
	if err := f.Findings.EndReading(ctx, r, e, tell); err != nil {
		return err
	}
	if f.dies("after the end") {
		return context.Canceled
	}
	return nil
}

// A night that dies is tried again with a later listing. What it had found by then is
// told once all the same, wherever it died.
func TestWhatANightFoundIsToldOnceThoughItDied(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"before the end", "at the end", "after the end"} {
		n := newNights(t)
		n.night(account("boss", asAdmin), account("gone"))
		require.Empty(t, n.found(domain.FoundLeftButActive))
		before := len(n.told())
		n.left("gone")
		night := &fragile{Findings: n.store, at: at}
		n.set.Findings = night
		n.now = n.now.AddDate(0, 0, 1)
		n.book.listing.StartedAt = n.now
		_, err := n.set.ReconcileApp(t.Context(), n.in)
		require.Error(t, err, at)
		require.True(t, night.died)
		require.Len(t, n.found(domain.FoundLeftButActive), 1, "it is kept already")
		n.read() // it is tried again, with a listing of its own
		n.read() // and the next night
		require.Len(t, n.told(), before+1, at)
		require.Contains(t, strings.Join(n.told(), "\n"), "1 left but active", at)
	}
}
