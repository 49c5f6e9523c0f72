package desk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// SignalWorkflow keeps what runs were told.
func (f *cluster) SignalWorkflow(_ context.Context, run, _, name string, arg any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.signals = append(f.signals, signal{run, name, string(arg.(json.RawMessage))})
	return nil
}

type signal struct{ run, name, payload string }

func (w *world) signals(run, name string) []string {
	w.tmp.mu.Lock()
	defer w.tmp.mu.Unlock()
	var found []string
	for _, s := range w.tmp.signals {
		if s.run == run && s.name == name {
			found = append(found, s.payload)
		}
	}
	return found
}

// said is an event of HR about Dana's hire, said so many hours after the morning.
func said(id string, kind domain.HREventType, hours int, change ...func(*domain.HREvent)) domain.HREvent {
	e := domain.HREvent{ID: id, Source: "hr", Type: kind, Employment: "emp-1", Email: "dana@example.com", OccurredAt: morning.Add(-100*time.Hour + time.Duration(hours)*time.Hour)}
	if kind == domain.HREnding || kind == domain.HRMoved {
		e.LastMoment = &domain.LastMoment{Local: fmt.Sprintf("2026-12-%02dT17:30:00", 10+hours), Zone: "Europe/Berlin"}
	}
	for _, c := range change {
		c(&e)
	}
	return e
}

// hears has the desk receive events and carry them out.
func (w *world) hears(events ...domain.HREvent) {
	w.t.Helper()
	for _, e := range events {
		_, err := w.ReceiveHR(w.t.Context(), e)
		require.NoError(w.t, err)
		w.HRDue(w.t.Context())
		w.Deliveries(w.t.Context())
	}
}

func (w *world) leavings(employment string) []domain.Run {
	w.t.Helper()
	e, err := w.st.EmploymentByKey(w.t.Context(), employment)
	require.NoError(w.t, err)
	runs, err := w.st.ListRuns(w.t.Context(), store.RunFilter{Employment: e.ID})
	require.NoError(w.t, err)
	return runs
}

func (w *world) outcome(id string) store.HRRecord {
	w.t.Helper()
	rows, err := w.st.HREvents(w.t.Context(), store.HRFilter{Limit: 1000})
	require.NoError(w.t, err)
	at := slices.IndexFunc(rows, func(r store.HRRecord) bool { return r.Event.ID == id })
	require.GreaterOrEqual(w.t, at, 0, id)
	return rows[at]
}

func TestTheSameEventTenTimesIsOneRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 10 {
		w.hears(said("e1", domain.HREnding, 1), said(fmt.Sprintf("repeat-%d", n), domain.HREnding, 1))
		w.Desk = w.with(w.st).Desk // another process
	}
	runs := w.leavings("emp-1")
	require.Len(t, runs, 1)
	require.Equal(t, domain.AuthorityHR, runs[0].Authority)
	require.Equal(t, domain.HRStarted, w.outcome("e1").Outcome)
	require.Equal(t, domain.HRStands, w.outcome("repeat-0").Outcome)
	require.Empty(t, w.signals(runs[0].ID, workflows.SignalEmployment))
}

// What HR said last, by its own time, stands, in whatever order it arrives and
// however often.
func TestEventsInAnyOrder(t *testing.T) {
	t.Parallel()
	ending, moved, back := said("a", domain.HREnding, 1), said("b", domain.HRMoved, 2), said("c", domain.HRRetracted, 3)
	for name, c := range map[string]struct {
		events []domain.HREvent
		moment string // of the run that stands at the end; "" for none
	}{
		"ending, then moved":             {[]domain.HREvent{ending, moved}, moved.LastMoment.Local},
		"ending, then taken back":        {[]domain.HREvent{ending, back}, ""},
		"ending, moved, taken back":      {[]domain.HREvent{ending, moved, back}, ""},
		"taken back before it was moved": {[]domain.HREvent{ending, said("r", domain.HRRetracted, 2), said("m", domain.HRMoved, 3)}, "2026-12-13T17:30:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(6) {
				w := newWorld(t)
				dice := rand.New(rand.NewPCG(seed, 1))
				events := slices.Concat(c.events, c.events)
				dice.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
				for _, e := range events {
					w.hears(e)
					w.obey("emp-1")
				}
				for range 12 { // what waited for a run to end
					w.later(2 * time.Minute)
					w.HRDue(t.Context())
					w.Deliveries(t.Context())
					w.obey("emp-1")
				}
				require.Equal(t, c.moment, w.standing("emp-1"), "seed %d: %v", seed, ids(events))
			}
		})
	}
}

func ids(events []domain.HREvent) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.ID)
	}
	return out
}

// obey has open runs do what they were told, as the workflow does.
func (w *world) obey(employment string) {
	w.t.Helper()
	if _, err := w.st.EmploymentByKey(w.t.Context(), employment); err != nil {
		return
	}
	for _, r := range w.leavings(employment) {
		for _, raw := range w.signals(r.ID, workflows.SignalEmployment) {
			var change workflows.EmploymentChange
			require.NoError(w.t, json.Unmarshal([]byte(raw), &change))
			if change.Kind == workflows.EmploymentRetracted && !r.State.Ended() {
				require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: r.ID, RunState: domain.RunRetracted}))
			}
		}
	}
}

// standing is the last moment of the run that stands, "" when none does.
func (w *world) standing(employment string) string {
	w.t.Helper()
	moment, open := "", 0
	for _, r := range w.leavings(employment) {
		if !r.State.Ended() {
			moment = r.LastMoment.Local
			open++
		}
	}
	require.LessOrEqual(w.t, open, 1, "one run at most")
	return moment
}

func TestEndedNowReachesTheRunAtOnceOrStartsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("a", domain.HREnding, 1), said("n", domain.HREndedNow, 5))
	run := w.leavings("emp-1")[0]
	var change workflows.EmploymentChange
	told := w.signals(run.ID, workflows.SignalEmployment)
	require.Len(t, told, 1)
	require.NoError(t, json.Unmarshal([]byte(told[0]), &change))
	require.Equal(t, workflows.EmploymentEndedNow, change.Kind)
	other := func(e *domain.HREvent) { e.Employment, e.Email, e.CutNow = "emp-2", "bo@example.com", true }
	w.hears(said("x", domain.HREndedNow, 1, other))
	cut := w.leavings("emp-2")[0]
	require.True(t, cut.CutNow)
	require.Equal(t, domain.AuthoritySecurity, cut.Authority)
}

func TestTheManagerWhoChangedIsHeardOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("a", domain.HREnding, 1))
	run := w.leavings("emp-1")[0]
	w.hears(said("p", domain.HRChanged, 2, func(e *domain.HREvent) { e.Manager, e.Department = "gil@example.com", "Sales" }))
	told := w.signals(run.ID, workflows.SignalManager)
	require.Len(t, told, 1)
	require.JSONEq(t, fmt.Sprintf(`{"from":%q,"to":%q}`, w.id("eli"), w.id("gil")), told[0])
	w.hears(said("old", domain.HRChanged, 1, func(e *domain.HREvent) { e.Manager, e.Department = "eli@example.com", "Support" }))
	require.Equal(t, domain.HRSuperseded, w.outcome("old").Outcome)
	dana := w.as("dana").Person
	require.Equal(t, "Sales", dana.Department)
	require.Equal(t, w.id("gil"), dana.Manager)
}

func TestARehireIsAnotherEmploymentAndLetsThePersonInAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("a", domain.HREnding, 1))
	first := w.leavings("emp-1")[0]
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: first.ID, RunState: domain.RunClosed,
		Departure: &domain.Departure{Run: first.ID, Person: w.id("dana"), At: w.now()}}))
	require.Equal(t, domain.PersonLeft, w.as("dana").Person.State)
	again := func(e *domain.HREvent) { e.Employment, e.Starts = "emp-9", "2026-12-20" }
	w.hears(said("s", domain.HRStarting, 50, again))
	require.Equal(t, domain.PersonActive, w.as("dana").Person.State)
	w.hears(said("e", domain.HREnding, 15, again))
	require.Len(t, w.leavings("emp-9"), 1, "the old employment's run does not swallow it")
	require.Len(t, w.leavings("emp-1"), 1)
}

func TestTwoPeopleWithOneEmailAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("a", domain.HRStarting, 1, func(e *domain.HREvent) { e.Starts = "2026-01-01" }))
	w.hears(said("b", domain.HRChanged, 2, func(e *domain.HREvent) { e.Email = "bo@example.com" }))
	b := w.outcome("b")
	require.Equal(t, domain.HRRefused, b.Outcome)
	require.Contains(t, b.Why, "two people cannot share one")
	require.Equal(t, w.id("dana"), b.Person, "it is erased with the person")
}

// What HR said and what cannot be carried out for long is told, once.
func TestWhatWaitsForLongIsToldOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("a", domain.HREnding, 1), said("b", domain.HRRetracted, 2), said("c", domain.HREnding, 3)) // the run never hears b
	require.Equal(t, domain.HRWaiting, w.outcome("c").Outcome)
	for range 20 {
		w.later(2 * time.Minute)
		w.HRDue(t.Context())
	}
	require.Len(t, w.notices("hr-delayed"), 1)
}

func TestAManagerWhoLeavesTooIsNotAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.st.SetManager(t.Context(), w.id("eli"), w.id("gil")))
	require.NoError(t, w.st.SetPersonState(t.Context(), w.id("eli"), domain.PersonLeaving))
	w.hears(said("a", domain.HREnding, 1))
	in := w.input(w.leavings("emp-1")[0].ID)
	require.Equal(t, w.id("gil"), in.Heirs[""])
	require.Contains(t, in.Apps[0].Approval.Stages[0].Approvers, w.id("gil"))
	require.NotContains(t, in.Apps[0].Approval.Stages[0].Approvers, w.id("eli"))
}

func TestPeopleAreAskedSomeWorkingDaysAhead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("a", domain.HREnding, 8)) // Friday 18 December
	in := w.input(w.leavings("emp-1")[0].ID)
	require.Equal(t, time.Date(2026, 12, 11, 8, 0, 0, 0, time.UTC), in.NoticeAt, "five working days before, at nine in Berlin")
	w.hears(said("b", domain.HREnding, 8, func(e *domain.HREvent) {
		e.Employment, e.Email, e.Confidential, e.Reason = "emp-2", "bo@example.com", true, "secret"
	}))
	run := w.leavings("emp-2")[0]
	require.True(t, run.Confidential)
	require.Equal(t, in.Due, w.input(run.ID).NoticeAt, "of a confidential leaving nobody is told ahead")
	require.ElementsMatch(t, w.ids("sec", "sid"), run.Readers)
	require.Empty(t, w.outcome("b").Event.Reason, "no reason is kept")
}

func TestAnExternalHasASponsorAndLeavesOnTheDateOfTheFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agency := domain.ExternalPolicy{Email: "agency@example.com", Name: "Agency", Kind: domain.ExternalPerson, Sponsor: "gil@example.com", Ends: "2026-12-23"}
	old := agency
	old.Email, old.Ends = "gone@example.com", "2025-01-31"
	w.policy.HR.Externals = []domain.ExternalPolicy{agency, old}
	for range 3 {
		require.NoError(t, w.SyncPeople(t.Context(), w.policy))
		w.HRDue(t.Context())
	}
	p, err := w.st.PersonByEmail(t.Context(), agency.Email)
	require.NoError(t, err)
	require.Equal(t, w.id("gil"), p.Sponsor)
	runs, err := w.st.ListRuns(t.Context(), store.RunFilter{})
	require.NoError(t, err)
	require.Len(t, runs, 1, "one leaving, and none for who is gone for long")
	require.Equal(t, domain.LastMoment{Local: "2026-12-23T23:59:00", Zone: "Europe/Berlin"}, runs[0].LastMoment)
	require.Equal(t, w.id("gil"), w.input(runs[0].ID).Heirs[""], "who answers for them inherits")
	w.policy.HR.Externals[0].Ends = "2027-02-26"
	require.NoError(t, w.SyncPeople(t.Context(), w.policy))
	w.HRDue(t.Context())
	w.Deliveries(t.Context())
	require.Len(t, w.signals(runs[0].ID, workflows.SignalEmployment), 1, "the file gives them longer")
}

// left has the leaving of an employment be over.
func (w *world) left(run domain.Run) {
	w.t.Helper()
	require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: run.ID, RunState: domain.RunClosed,
		Departure: &domain.Departure{Run: run.ID, Person: run.Person, At: w.now()}}))
}

// late are the notices that HR spoke too late.
func (w *world) late() []domain.Notice { return w.notices("hr-too-late") }

func (w *world) notices(kind string) []domain.Notice {
	w.t.Helper()
	rows, err := w.st.ListNotices(w.t.Context(), store.NoticeFilter{Limit: 1000})
	require.NoError(w.t, err)
	var found []domain.Notice
	for _, r := range rows {
		if r.Notice.Kind == kind {
			found = append(found, r.Notice)
		}
	}
	return slices.CompactFunc(found, func(a, b domain.Notice) bool { return a.ID == b.ID })
}

// A hire that has ended, and that HR or a roster names once more, brings nobody
// back, nor their rights in Handover.
func TestWhoLeftStaysGoneWhenTheOldHireIsNamedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	starts := func(e *domain.HREvent) { e.Starts = "2020-01-01" }
	w.hears(said("s", domain.HRStarting, 0, starts), said("a", domain.HREndedNow, 1))
	w.left(w.leavings("emp-1")[0])
	w.later(9 * 24 * time.Hour)
	w.hears(said("again", domain.HRStarting, 90, starts))
	require.Equal(t, domain.PersonLeft, w.as("dana").Person.State, "the webhook once more")
	w.apply([]domain.RosterRow{{Line: 2, Employment: "emp-1", Email: "dana@example.com", Status: domain.RosterLeft, Starts: "2020-01-01", LastDay: "2026-12-01"}}, true)
	require.Equal(t, domain.PersonLeft, w.as("dana").Person.State, "the roster of next week")
}

// Of a leaving that HR called confidential once, a later word without it is so too.
func TestAConfidentialLeavingStaysConfidentialWhenTheWordIsLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := func(e *domain.HREvent) { e.Confidential = true }
	w.hears(said("a", domain.HREnding, 1, secret), said("m", domain.HRMoved, 5))
	for _, outcome := range []domain.HROutcome{"", domain.HRTold} {
		for _, f := range []store.HRFilter{{Outcome: outcome}, {Outcome: outcome, Employment: "emp-1"}} {
			seen, err := w.HREvents(t.Context(), w.as("hana"), f)
			require.NoError(t, err)
			for _, r := range seen {
				require.Empty(t, r.Event.Email)
				require.Empty(t, r.Outcome)
			}
			if f.Employment != "" || f.Outcome != "" {
				require.Empty(t, seen, "nobody finds it by what it is about")
			}
		}
	}
	named, err := w.HREvents(t.Context(), w.as("sec"), store.HRFilter{Employment: "emp-1"})
	require.NoError(t, err)
	require.Len(t, named, 2)
	// The word came with what was said first, and arrives after what was said next.
	w.policy.Brake.PerHour = new(int)
	*w.policy.Brake.PerHour = 1
	other := func(e *domain.HREvent) { e.Employment, e.Email = "emp-2", "bo@example.com" }
	w.hears(said("x", domain.HREnding, 1, other, secret), said("y", domain.HRMoved, 2, other))
	b := w.batch()
	held, err := w.HREvents(t.Context(), w.as("hana"), store.HRFilter{Outcome: domain.HRHeld})
	require.NoError(t, err)
	require.Empty(t, held, "nor what was said next, while both are held")
	require.NoError(t, w.st.ReleaseHeld(t.Context(), "held-batch:1", b.Held, domain.AuditEvent{Key: "go", Run: "held-batch:1", Kind: domain.EventBrakeReleased, Actor: w.id("hana"), At: w.now()}))
	w.HRDue(t.Context())
	require.True(t, w.leavings("emp-2")[0].Confidential)
	plan, err := w.PreviewRoster(t.Context(), w.as("hana"), "hr", []domain.RosterRow{{Line: 2, Employment: "emp-1", Email: "dana@example.com", LastDay: "2026-12-30"}}, false)
	require.NoError(t, err)
	require.Equal(t, "start", plan.Leaving[0].What, "a roster does not tell that a leaving is under way")
}

// A person who moves the last moment forward is not held back by what HR said
// before; what HR says next counts.
func TestAPersonWhoMovesALastMomentIsHeardBeforeTheCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("a", domain.HREnding, 8))
	run := w.leavings("emp-1")[0]
	earlier := domain.LastMoment{Local: "2026-12-15T12:00:00", Zone: "Europe/Berlin"}
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) { return workflows.Answer{}, nil }
	_, err := w.Reschedule(t.Context(), w.as("ada"), run.ID, earlier)
	require.NoError(t, err)
	stands, err := w.st.SaidOf(t.Context(), run.Employment)
	require.NoError(t, err)
	require.Equal(t, earlier, stands.Moment)
	w.hears(said("b", domain.HRMoved, 9))
	stands, err = w.st.SaidOf(t.Context(), run.Employment)
	require.NoError(t, err)
	require.Equal(t, "2026-12-19T17:30:00", stands.Moment.Local)
}

// An employment id that is used again swallows no leaving in silence.
func TestALeavingUnderAnEmploymentThatHasEndedIsToldOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("a", domain.HREndedNow, 1))
	run := w.leavings("emp-1")[0]
	w.left(run)
	w.hears(said("repeat", domain.HREndedNow, 2))
	require.Empty(t, w.late())
	w.later(60 * 24 * time.Hour)
	w.hears(said("s", domain.HRStarting, 3, func(e *domain.HREvent) { e.Starts = "2027-01-15" }))
	require.Equal(t, domain.PersonActive, w.as("dana").Person.State)
	w.hears(said("b", domain.HREndedNow, 4))
	require.Len(t, w.late(), 1)
	require.Contains(t, w.late()[0].Text, "nothing was started")
	require.ElementsMatch(t, w.ids("ada", "amy"), w.late()[0].To)
}

func TestTheFileMayGoBackToADateThatItNamedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy.HR.Externals = []domain.ExternalPolicy{{Email: "agency@example.com", Name: "Agency", Kind: domain.ExternalPerson, Sponsor: "gil@example.com"}}
	for _, ends := range []string{"2026-12-23", "2027-02-26", "2026-12-23"} {
		w.policy.HR.Externals[0].Ends = ends
		for range 2 {
			require.NoError(t, w.SyncPeople(t.Context(), w.policy))
			w.HRDue(t.Context())
		}
		w.later(time.Hour)
	}
	runs, err := w.st.ListRuns(t.Context(), store.RunFilter{})
	require.NoError(t, err)
	require.Len(t, runs, 1)
	require.Equal(t, "2026-12-23T23:59:00", runs[0].LastMoment.Local)
	rows, err := w.st.HREvents(t.Context(), store.HRFilter{Source: "externals"})
	require.NoError(t, err)
	require.Len(t, rows, 3, "and a restart says nothing anew")
}

// Another process hears HR take the leaving back between our look for a run and our
// making of one: the run is told all the same.
func TestTwoProcessesMissNothingBetweenThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, policy, done := w.with(w.st), w.Policy, false
	w.Policy = func() *domain.Policy {
		e, err := w.st.EmploymentByKey(t.Context(), "emp-1")
		if err == nil && !e.SaidAt.IsZero() && !done {
			done = true
			_, err := other.ReceiveHR(t.Context(), said("b", domain.HRRetracted, 2))
			require.NoError(t, err)
			other.HRDue(t.Context())
			require.Equal(t, domain.HRNoted, w.outcome("b").Outcome, "there is no run yet")
		}
		return policy()
	}
	w.hears(said("a", domain.HREnding, 1))
	require.True(t, done)
	require.Len(t, w.signals(w.leavings("emp-1")[0].ID, workflows.SignalEmployment), 1)
}
