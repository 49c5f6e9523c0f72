package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/internal/store"
)

// The store is what reconciliation works on.
var _ activities.Findings = (*store.Store)(nil)

var findingTests = map[string]func(t *testing.T, s *store.Store){
	"a finding is opened, refreshed, closed and opened again":   findingLife,
	"a reading that tells nothing closes nothing":               findingHeld,
	"an older reading changes nothing":                          findingOlder,
	"two people let a finding be until a date":                  findingExcepted,
	"one wish at a time, one word each":                         exceptionOnce,
	"what a run is at stays its own until it ends":              findingFixed,
	"accounts are compared with the reading before":             seenAccounts,
	"whose an account is, and what HR says of them":             knownPeople,
	"acts explain: events, steps under way, and what is undone": accountActs,
	"whoever is erased is erased here too":                      findingErased,
	"the newest reading and the newest complete one":            readings,
	"what is found first is told once, with its reading":        readingTells,
	"two readings that end at once tell nothing twice":          readingsAtOnce,
	"a confidential run hides what is found of its person":      findingHidden,
	"runs that fix a kind":                                      fixRuns,
}

// later is a reading so many hours after noon.
func later(hours int) time.Time {
	return noon.Truncate(time.Microsecond).Add(time.Duration(hours) * time.Hour)
}

func found(kind domain.FindingKind, account string, at time.Time) domain.Finding {
	f := domain.NewFinding("apollo", kind, domain.SeverityHigh, domain.AccountID(account), "", "why", at)
	f.Counts = map[string]int{"n": 1}
	return f
}

func save(t *testing.T, s *store.Store, at time.Time, j domain.Judgement) int {
	t.Helper()
	closed, err := s.SaveSeen(t.Context(), at, nil, j, nil)
	require.NoError(t, err)
	return closed
}

func closeKinds(t *testing.T, s *store.Store, at time.Time, kinds ...domain.FindingKind) int {
	t.Helper()
	n, err := s.CloseFindings(t.Context(), "apollo", kinds, at)
	require.NoError(t, err)
	return n
}

func findingOf(t *testing.T, s *store.Store, id string) domain.Finding {
	t.Helper()
	f, err := s.Finding(t.Context(), id)
	require.NoError(t, err)
	return f
}

func findingLife(t *testing.T, s *store.Store) {
	f := found(domain.FoundLeftButActive, "a1", later(0))
	save(t, s, later(0), domain.Judgement{Found: []domain.Finding{f}})
	require.Equal(t, f, findingOf(t, s, f.ID))

	again := found(domain.FoundLeftButActive, "a1", later(24))
	again.Why, again.Counts = "another reason", map[string]int{"n": 2}
	save(t, s, later(24), domain.Judgement{Found: []domain.Finding{again}})
	got := findingOf(t, s, f.ID)
	require.Equal(t, later(0), got.FirstSeen, "its age counts from the first reading")
	require.Equal(t, later(24), got.LastSeen)
	require.Equal(t, []any{"another reason", map[string]int{"n": 2}}, []any{got.Why, got.Counts})

	require.Zero(t, closeKinds(t, s, later(48), domain.FoundOneAdmin), "another kind")
	require.Equal(t, 1, closeKinds(t, s, later(48), domain.FoundLeftButActive))
	got = findingOf(t, s, f.ID)
	require.Equal(t, domain.FindingClosed, got.State)
	require.False(t, got.ClosedAt.IsZero())
	require.Zero(t, closeKinds(t, s, later(49), domain.FoundLeftButActive), "it is closed once")
	open, err := s.ListFindings(t.Context(), store.FindingFilter{})
	require.NoError(t, err)
	require.Empty(t, open)

	save(t, s, later(72), domain.Judgement{Found: []domain.Finding{found(domain.FoundLeftButActive, "a1", later(72))}})
	got = findingOf(t, s, f.ID)
	require.Equal(t, domain.FindingOpen, got.State)
	require.Equal(t, later(72), got.FirstSeen, "it began anew")
	require.True(t, got.ClosedAt.IsZero())

	require.Equal(t, 1, save(t, s, later(73), domain.Judgement{Gone: []string{f.ID}}), "closed by id")
	require.Equal(t, domain.FindingClosed, findingOf(t, s, f.ID).State)
	counts, err := s.CountFindings(t.Context())
	require.NoError(t, err)
	require.Empty(t, counts)
}

func findingHeld(t *testing.T, s *store.Store) {
	held, gone := found(domain.FoundUnknownToHR, "a1", later(0)), found(domain.FoundUnknownToHR, "a2", later(0))
	save(t, s, later(0), domain.Judgement{Found: []domain.Finding{held, gone}})
	save(t, s, later(24), domain.Judgement{Held: []string{held.ID}})
	require.Equal(t, 1, closeKinds(t, s, later(24), domain.FoundUnknownToHR))
	require.Equal(t, domain.FindingOpen, findingOf(t, s, held.ID).State)
	require.Equal(t, later(0), findingOf(t, s, held.ID).LastSeen, "nobody saw it since")
	require.Equal(t, domain.FindingClosed, findingOf(t, s, gone.ID).State)
}

func findingOlder(t *testing.T, s *store.Store) {
	f := found(domain.FoundOneAdmin, "", later(0))
	save(t, s, later(0), domain.Judgement{Found: []domain.Finding{f}})
	closeKinds(t, s, later(10), domain.FoundOneAdmin)
	save(t, s, later(5), domain.Judgement{Found: []domain.Finding{found(domain.FoundOneAdmin, "", later(5))}})
	require.Equal(t, domain.FindingClosed, findingOf(t, s, f.ID).State, "a reading begun before the one that closed it")
	save(t, s, later(20), domain.Judgement{Found: []domain.Finding{found(domain.FoundOneAdmin, "", later(20))}})
	require.Zero(t, closeKinds(t, s, later(15), domain.FoundOneAdmin))
	require.Equal(t, domain.FindingOpen, findingOf(t, s, f.ID).State)
}

func ask(t *testing.T, s *store.Store, f domain.Finding, id string, until time.Time) (domain.Exception, error) {
	t.Helper()
	x := domain.Exception{ID: id, Finding: f.ID, App: f.App, Until: until, Reason: "the vendor migrates it", AskedBy: "ada", AskedAt: later(1)}
	return x, s.AskException(t.Context(), x, domain.AuditEvent{Key: "ask/" + id, Kind: domain.EventExceptionAsked, Actor: "ada", Subject: f.Person, Target: f.ID, Reason: x.Reason, At: later(1)})
}

func agree(t *testing.T, s *store.Store, x domain.Exception, agreed bool) bool {
	t.Helper()
	x.DecidedBy, x.DecidedAt, x.Agreed = "sec", later(2), agreed
	counted, err := s.DecideException(t.Context(), x, domain.AuditEvent{Key: fmt.Sprint("decide/", x.ID, agreed), Kind: domain.EventExceptionAgreed, Actor: "sec", At: later(2)})
	require.NoError(t, err)
	return counted
}

func findingExcepted(t *testing.T, s *store.Store) {
	f := found(domain.FoundUnknownToHR, "a1", later(0))
	save(t, s, later(0), domain.Judgement{Found: []domain.Finding{f}})
	x, err := ask(t, s, f, "x1", later(100))
	require.NoError(t, err)
	require.Equal(t, domain.FindingOpen, findingOf(t, s, f.ID).State, "one person is not enough")
	require.True(t, agree(t, s, x, true))
	save(t, s, later(24), domain.Judgement{Found: []domain.Finding{found(domain.FoundUnknownToHR, "a1", later(24))}})
	require.Equal(t, domain.FindingExcepted, findingOf(t, s, f.ID).State, "a reading that still shows it opens it not")

	n, err := s.EndExceptions(t.Context(), "apollo", later(99))
	require.NoError(t, err)
	require.Zero(t, n)
	for _, want := range []int{1, 0} {
		n, err = s.EndExceptions(t.Context(), "apollo", later(100))
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	require.Equal(t, domain.FindingOpen, findingOf(t, s, f.ID).State)
	entries := whole(t, s, "")
	require.Equal(t, domain.EventExceptionEnded, entries[len(entries)-1].Event.Kind)
	all, err := s.Exceptions(t.Context(), "", false, 0)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, []any{"sec", true, "the vendor migrates it", later(100)}, []any{string(all[0].DecidedBy), all[0].Agreed, all[0].Reason, all[0].Until}, "the register keeps it")
}

func exceptionOnce(t *testing.T, s *store.Store) {
	f := found(domain.FoundUnknownToHR, "a1", later(0))
	save(t, s, later(0), domain.Judgement{Found: []domain.Finding{f}})
	errs := together(4, func(i int) error { _, err := ask(t, s, f, fmt.Sprint("x", i), later(100)); return err })
	refused := slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil })
	require.Len(t, refused, 3)
	for _, err := range refused {
		require.Equal(t, domain.FaultConflict, domain.KindOf(err))
	}
	open, err := s.Exceptions(t.Context(), f.ID, true, 0)
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.True(t, agree(t, s, open[0], false))
	require.False(t, agree(t, s, open[0], true), "what was decided stays")
	require.Equal(t, domain.FindingOpen, findingOf(t, s, f.ID).State)
	_, err = ask(t, s, f, "x9", later(100))
	require.NoError(t, err, "after a refusal somebody may ask again")
}

func findingFixed(t *testing.T, s *store.Store) {
	run := leaving(t, s, "dana")
	f := found(domain.FoundLeftButActive, "a1", later(0))
	save(t, s, later(0), domain.Judgement{Found: []domain.Finding{f}})
	e := domain.AuditEvent{Key: "fix", Kind: domain.EventFixStarted, Actor: "ada", Target: f.ID, At: later(1)}
	ok, err := s.FixFinding(t.Context(), f.ID, run.ID, e)
	require.NoError(t, err)
	require.True(t, ok)
	save(t, s, later(24), domain.Judgement{Found: []domain.Finding{found(domain.FoundLeftButActive, "a1", later(24))}})
	got := findingOf(t, s, f.ID)
	require.Equal(t, []any{domain.FindingFixing, run.ID}, []any{got.State, got.Run})
	record(t, s, domain.Entry{Run: run.ID, RunState: domain.RunDenied, RunWhy: "no", Events: []domain.AuditEvent{event(run, domain.EventRunClosed, "denied")}})
	save(t, s, later(48), domain.Judgement{Found: []domain.Finding{found(domain.FoundLeftButActive, "a1", later(48))}})
	require.Equal(t, domain.FindingOpen, findingOf(t, s, f.ID).State, "the run ended, and it is still there")
	closeKinds(t, s, later(72), domain.FoundLeftButActive)
	ok, err = s.FixFinding(t.Context(), f.ID, run.ID, e)
	require.NoError(t, err)
	require.False(t, ok, "nothing is left to fix")
}

func seenAccounts(t *testing.T, s *store.Store) {
	var all []domain.SeenAccount
	for i := range 1203 {
		a := domain.Account{ID: domain.AccountID(name(i)), Email: name(i) + "@Example.com", Active: domain.Yes, Admin: domain.Unknown, ProfileID: "p", Invited: i == 7}
		all = append(all, domain.SeenAs("apollo", a, "", later(0)))
	}
	_, err := s.SaveSeen(t.Context(), later(0), all, domain.Judgement{}, nil)
	require.NoError(t, err)
	ids := []domain.AccountID{"n00007", "n01202", "nobody"}
	got, err := s.SeenAccounts(t.Context(), "apollo", ids)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, all[7], got["n00007"])
	other, err := s.SeenAccounts(t.Context(), "vault", ids)
	require.NoError(t, err)
	require.Empty(t, other)

	next := slices.Clone(all[:1200])
	for i := range next {
		next[i].LastSeen = later(24)
	}
	next[3].Active = domain.No
	e := domain.AuditEvent{Key: "seen/1", Kind: domain.EventMemberRemoved, Actor: domain.UnknownActor, App: "apollo", Target: "n00003", At: later(24)}
	for range 2 { // after a crash the same stretch comes again
		_, err = s.SaveSeen(t.Context(), later(24), next, domain.Judgement{}, []domain.AuditEvent{e})
		require.NoError(t, err)
	}
	require.Len(t, whole(t, s, ""), 1)
	missing, err := s.MissingAccounts(t.Context(), "apollo", later(24), 2)
	require.NoError(t, err)
	require.Equal(t, []domain.AccountID{"n01200", "n01201"}, []domain.AccountID{missing[0].Account, missing[1].Account})
	missing[0].Gone, missing[0].LastSeen = true, later(24)
	_, err = s.SaveSeen(t.Context(), later(24), missing[:1], domain.Judgement{}, nil)
	require.NoError(t, err)
	missing, err = s.MissingAccounts(t.Context(), "apollo", later(24), 10)
	require.NoError(t, err)
	require.Len(t, missing, 2)

	unused, err := s.UnusedAccounts(t.Context(), "apollo", 10)
	require.NoError(t, err)
	require.Equal(t, []domain.AccountID{"n00003", "n01200"}, []domain.AccountID{unused[0].Account, unused[1].Account}, "deactivated, and no longer listed")
	require.NoError(t, s.NoteCounted(t.Context(), "apollo", []domain.AccountID{"n00003"}, later(25)))
	unused, err = s.UnusedAccounts(t.Context(), "apollo", 1)
	require.NoError(t, err)
	require.Equal(t, domain.AccountID("n01200"), unused[0].Account, "what was counted longest ago comes first")
	emails, err := s.EmailsSeen(t.Context(), "apollo", ids)
	require.NoError(t, err)
	require.Equal(t, map[domain.AccountID]string{"n00007": "n00007@example.com", "n01202": "n01202@example.com"}, emails)
}

func knownPeople(t *testing.T, s *store.Store) {
	spoke, err := s.HRSpokeOf(t.Context())
	require.NoError(t, err)
	require.Zero(t, spoke)
	hire := func(name, key string, e domain.Employment) domain.Person {
		p, err := s.UpsertPerson(t.Context(), name+"@example.com", name)
		require.NoError(t, err)
		e.Person = p.ID
		_, err = s.UpsertEmployment(t.Context(), key, e)
		require.NoError(t, err)
		return p
	}
	stays := hire("stays", "emp-1", domain.Employment{Starts: later(-900)})
	made := hire("made", store.MadeUpKey("x"), domain.Employment{Ends: later(-5)})
	spoke, err = s.HRSpokeOf(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, spoke, "what a person's request made up is not HR's word")
	stranger, err := s.UpsertPerson(t.Context(), "stranger@example.com", "")
	require.NoError(t, err)
	boss, err := s.UpsertPerson(t.Context(), "boss@example.com", "")
	require.NoError(t, err)
	require.NoError(t, s.SetManager(t.Context(), stays.ID, boss.ID))
	require.NoError(t, s.LinkAccount(t.Context(), "apollo", stays.ID, "a-linked"))

	known, err := s.KnownPeople(t.Context(), "apollo", []domain.AccountID{"a-linked", "a-none"},
		[]string{"stays@example.com", "made@example.com", "stranger@example.com", "boss@example.com", "", "nobody@example.com"}, later(0))
	require.NoError(t, err)
	require.Equal(t, stays.ID, known.Of("a-linked", "renamed@example.com").ID, "the link outlives an email")
	got := known.Of("", "Stays@example.com")
	require.Equal(t, domain.KnownPerson{ID: stays.ID, State: domain.PersonActive, Manager: boss.ID, Told: true, GoesOn: true, Joined: later(-900)}, got)
	require.False(t, got.Gone(later(0)))
	require.False(t, known.Of("", "made@example.com").Told, "what a person's request made up is not HR's word: "+string(made.ID))
	require.False(t, known.Of("", "stranger@example.com").Known(), string(stranger.ID))
	superiors, err := s.Superiors(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[domain.PersonID]bool{boss.ID: true}, superiors, "whoever manages somebody is known")
	require.Equal(t, domain.KnownPerson{}, known.Of("a-none", "nobody@example.com"))
	require.Equal(t, domain.KnownPerson{}, known.Of("", ""))
}

func accountActs(t *testing.T, s *store.Store) {
	run := leaving(t, s, "dana")
	undone, removed := event(run, domain.EventUndone, "undone"), event(run, domain.EventMemberRemoved, "removed")
	undone.Step, undone.At = domain.StepDeactivate, later(3)
	outside := event(run, domain.EventMemberRemoved, "outside")
	outside.Actor = domain.UnknownActor
	record(t, s, domain.Entry{Run: run.ID, Events: []domain.AuditEvent{undone, removed, outside},
		Steps: []domain.StepRecord{{Run: run.ID, App: "apollo", Key: domain.StepDeactivate, State: domain.StepRunning, StartedAt: noon}}})
	acts, err := s.AccountActs(t.Context(), "apollo", later(-1))
	require.NoError(t, err)
	require.Equal(t, []domain.MemberAct{
		{Person: run.Person, Kind: domain.EventMemberRemoved, At: noon.Truncate(time.Microsecond)},
		{Person: run.Person, Kind: domain.EventUndone, Steps: []domain.StepKey{domain.StepDeactivate}, At: later(3)},
		{Person: run.Person, Steps: []domain.StepKey{domain.StepDeactivate}},
	}, acts, "what was seen outside explains nothing")
	acts, err = s.AccountActs(t.Context(), "apollo", later(4))
	require.NoError(t, err)
	require.Len(t, acts, 1, "a step under way has no age")
	runs, err := s.OpenLeavings(t.Context(), "apollo", []domain.PersonID{run.Person, "nobody"})
	require.NoError(t, err)
	require.Equal(t, map[domain.PersonID]string{run.Person: run.ID}, runs)
	runs, err = s.OpenLeavings(t.Context(), "vault", []domain.PersonID{run.Person})
	require.NoError(t, err)
	require.Empty(t, runs)
}

func findingErased(t *testing.T, s *store.Store) {
	p, _ := leaver(t, s, "dana")
	f := domain.NewFinding("apollo", domain.FoundLeftButActive, domain.SeverityHigh, "a1", p.ID, "why", later(0))
	seen := domain.SeenAs("apollo", domain.Account{ID: "a1", Email: "dana@example.com", Active: domain.Yes}, "", later(0))
	_, err := s.SaveSeen(t.Context(), later(0), []domain.SeenAccount{seen}, domain.Judgement{Found: []domain.Finding{f}}, nil)
	require.NoError(t, err)
	_, err = ask(t, s, f, "x1", later(100))
	require.NoError(t, err)
	require.NoError(t, s.ErasePerson(t.Context(), p.ID))
	emails, err := s.EmailsSeen(t.Context(), "apollo", []domain.AccountID{"a1"})
	require.NoError(t, err)
	require.Equal(t, map[domain.AccountID]string{"a1": ""}, emails)
	all, err := s.Exceptions(t.Context(), f.ID, false, 0)
	require.NoError(t, err)
	require.Empty(t, all[0].Reason)
	whole(t, s, "")
}

func findingHidden(t *testing.T, s *store.Store) {
	p, e := leaver(t, s, "dana")
	run, _, err := s.CreateRun(t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: p.ID, Employment: e.ID, AllApps: true, Apps: []domain.AppID{"apollo"},
		Authority: domain.AuthorityPerson, Requester: "ada", Readers: []domain.PersonID{"sec"}, Confidential: true, StartedAt: noon}, start)
	require.NoError(t, err)
	f := domain.NewFinding("apollo", domain.FoundLeftButActive, domain.SeverityHigh, "a1", p.ID, "why", later(0))
	f.State, f.Run = domain.FindingFixing, run.ID
	save(t, s, later(0), domain.Judgement{Found: []domain.Finding{f}})
	for who, want := range map[domain.PersonID]int{"ada": 1, "sec": 1, "bo": 0, p.ID: 0} {
		all, err := s.ListFindings(t.Context(), store.FindingFilter{Viewer: who, Gravest: true})
		require.NoError(t, err)
		require.Len(t, all, want, string(who))
	}
}

func fixRuns(t *testing.T, s *store.Store) {
	run := leaving(t, s, "dana")
	f := found(domain.FoundLeftButActive, "a1", later(0))
	f.State, f.Run = domain.FindingFixing, run.ID
	save(t, s, later(0), domain.Judgement{Found: []domain.Finding{f}})
	step := domain.StepRecord{Run: run.ID, App: "apollo", Key: domain.StepDeactivate, State: domain.StepVerified, SettledAt: noon}
	stuck := domain.StepRecord{Run: run.ID, App: "apollo", Key: domain.StepLists, State: domain.StepNeedsAttention, StartedAt: noon}
	record(t, s, domain.Entry{Run: run.ID, Steps: []domain.StepRecord{step, stuck}})
	runs, err := s.FixRuns(t.Context(), "apollo", domain.FoundLeftButActive, noon.Add(-time.Hour))
	require.NoError(t, err)
	require.Len(t, runs, 1)
	require.Equal(t, []any{run.ID, domain.StepVerified, true}, []any{runs[0].Run, runs[0].CutOff, runs[0].Waiting})
	for _, none := range []struct {
		kind  domain.FindingKind
		since time.Time
	}{{domain.FoundLinkedMailbox, noon.Add(-time.Hour)}, {domain.FoundLeftButActive, noon.Add(time.Hour)}} {
		runs, err = s.FixRuns(t.Context(), "apollo", none.kind, none.since)
		require.NoError(t, err)
		require.Empty(t, runs)
	}
}
