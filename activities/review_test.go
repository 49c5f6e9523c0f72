package activities_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
	"handover/internal/store"
)

const finn = "finn.walsh@example.com"

// reviewWorld is a team under review: everybody is hired, Eli manages Dana and Aiko,
// Sam manages Eli, and Priya looks after the app.
type reviewWorld struct {
	*world
	id     string
	people map[string]domain.PersonID
	tell   []domain.PersonID
}

func newReviewWorld(t *testing.T, options ...option) *reviewWorld {
	w := &reviewWorld{world: newWorld(t, options...), people: map[string]domain.PersonID{}}
	w.Reviews, w.Packs = w.store, paperPacks{}
	for _, email := range []string{priya, sam, finn, eli, dana, aiko} {
		w.people[email] = w.hire(email)
	}
	for who, manager := range map[string]string{dana: eli, aiko: eli, eli: sam, sam: priya, finn: priya} {
		require.NoError(t, w.store.SetManager(t.Context(), w.people[who], w.people[manager]))
	}
	w.tell = []domain.PersonID{w.people[priya]}
	w.begin("2026-Q4", nil)
	return w
}

// paperPacks builds nothing.
type paperPacks struct{}

func (paperPacks) BuildPack(context.Context, string) (string, error) { return "review.pack", nil }

// hire lets HR say who somebody is and since when.
func (w *reviewWorld) hire(email string) domain.PersonID {
	p := w.person(email)
	_, err := w.store.LearnPerson(w.t.Context(), p.ID, email, "", domain.PersonFacts{Department: "Sales"}, w.Now().Add(-time.Hour))
	require.NoError(w.t, err)
	_, err = w.store.UpsertEmployment(w.t.Context(), "hire-"+email, domain.Employment{Person: p.ID, Starts: w.Now().AddDate(-2, 0, 0)})
	require.NoError(w.t, err)
	return p.ID
}

func (w *reviewWorld) settings() domain.ReviewSettings {
	roles := []domain.AppRole{}
	for key, p := range profiles() {
		roles = append(roles, domain.AppRole{Key: key, Name: p.Name, Admin: p.Admin, FullSeat: p.FullSeat, Seat: p.SeatType})
	}
	return domain.ReviewSettings{Roles: roles, Owner: w.people[priya], Second: w.people[finn], Provision: []domain.PersonID{w.people[priya], w.people[sam]},
		Money: []string{eli}, Due: 14 * 24 * time.Hour, PeopleAge: 35 * 24 * time.Hour, ListAge: 24 * time.Hour, Silence: domain.SilenceKeep, Canary: 3, AtOnce: 10, AdminsWant: 1}
}

// begin makes a review and its run, as the desk does.
func (w *reviewWorld) begin(period string, rows []domain.ReviewRow) {
	w.t.Helper()
	w.id = fmt.Sprintf("access-review:%s:%s", app, period)
	r := domain.Review{ID: w.id, App: app, Period: period, State: domain.ReviewCollecting, Requester: domain.SystemActor, Settings: w.settings(), StartedAt: w.Now()}
	if rows != nil {
		r.Population = domain.Population{Source: domain.SourceUpload, ReadAt: w.Now().Add(-time.Hour), Total: len(rows), By: w.people[priya]}
	}
	run := domain.Run{ID: w.id, Kind: domain.RunReview, Apps: []domain.AppID{app}, Requester: domain.SystemActor, StartedAt: w.Now()}
	_, created, err := w.store.CreateRun(w.t.Context(), run, func(domain.Run) (store.RunStart, error) {
		return store.RunStart{Review: &r, Rows: rows, Events: []domain.AuditEvent{{Key: w.id + "/started", Run: w.id, Kind: domain.EventRunStarted, Actor: domain.SystemActor, At: w.Now()}}}, nil
	})
	require.NoError(w.t, err)
	require.True(w.t, created)
	w.run.ID = w.id
}

func (w *reviewWorld) in(kind string, n int) activities.ReviewInput {
	return activities.ReviewInput{Run: w.id, App: app, Kind: kind, Count: n, To: w.tell}
}

// freeze freezes, twice, as a repeated activity does.
func (w *reviewWorld) freeze() activities.FreezeResult {
	w.t.Helper()
	first, err := w.FreezeReview(w.t.Context(), w.in("", 1))
	require.NoError(w.t, err)
	again, err := w.FreezeReview(w.t.Context(), w.in("", 1))
	require.NoError(w.t, err)
	require.Equal(w.t, first, again)
	return first
}

func (w *reviewWorld) lines() map[string]domain.ReviewLine {
	w.t.Helper()
	all, err := w.store.ReviewLines(w.t.Context(), domain.ReviewFilter{Review: w.id})
	require.NoError(w.t, err)
	found := map[string]domain.ReviewLine{}
	for i, l := range all {
		require.Equal(w.t, i+1, l.No)
		found[l.Email] = l
	}
	return found
}

// decide records a decision, as the desk does.
func (w *reviewWorld) decide(email string, verdict domain.ReviewVerdict, role string, to domain.LineState) {
	w.t.Helper()
	l := w.lines()[email]
	n, err := w.store.Decide(w.t.Context(), w.id, []domain.ReviewDecision{{Line: l.No, Verdict: verdict, Role: role, By: l.Reviewer, At: w.Now(), Channel: "page"}},
		[]domain.LineMark{{Line: l.No, From: l.State, To: to}}, domain.Entry{Run: w.id})
	require.NoError(w.t, err)
	require.Equal(w.t, 1, n)
}

// carries binds a decided line to a run that is about it.
func (w *reviewWorld) carries(email string) string {
	w.t.Helper()
	run := w.leaving(email)
	bound, err := w.store.BindReviewRun(w.t.Context(), w.id, w.lines()[email].No, run.ID, domain.Entry{Run: w.id})
	require.NoError(w.t, err)
	require.True(w.t, bound)
	return run.ID
}

func (w *reviewWorld) look(n int) activities.ReviewStanding {
	w.t.Helper()
	var s activities.ReviewStanding
	for range 2 {
		var err error
		s, err = w.ReadBackReview(w.t.Context(), w.in("", n))
		require.NoError(w.t, err)
	}
	return s
}

func (w *reviewWorld) review() domain.Review {
	w.t.Helper()
	r, err := w.store.Review(w.t.Context(), w.id)
	require.NoError(w.t, err)
	return r
}

func TestAReviewFreezesEverybodyOnce(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	require.NoError(t, w.sim.Deactivate(finn))
	f := w.freeze()
	require.Equal(t, activities.FreezeResult{Lines: 5, DueAt: w.Now().Add(14 * 24 * time.Hour)}, f)
	r := w.review()
	require.Equal(t, domain.ReviewDeciding, r.State)
	require.NotEmpty(t, r.Frozen)
	require.True(t, r.Population.AddsUp())
	require.Equal(t, []any{domain.SourceApp, 5, 6}, []any{r.Population.Source, r.Population.Lines, r.Population.People})
	lines := w.lines()
	for who, reviewer := range map[string]string{dana: eli, aiko: eli, eli: sam, sam: priya} {
		require.Equal(t, []any{w.people[reviewer], domain.BecauseManager}, []any{lines[who].Reviewer, lines[who].Because}, who)
	}
	require.Equal(t, domain.BecauseNobody, lines[priya].Because, "she looks after the app, and nobody is above her: nobody decides about themselves")
	require.Equal(t, w.people[finn], lines[sam].Second, "Priya gives and takes access herself")
	require.Empty(t, lines[dana].Second)
	require.True(t, lines[sam].Privileged)
	require.Contains(t, lines[sam].Hints, domain.HintAdmins)
	require.Contains(t, lines[eli].Hints, domain.HintBilling)
	opened := w.events(domain.EventReviewOpened)
	require.Len(t, opened, 1)
	require.Equal(t, "5", opened[0].Facts["lines"])
	require.NotEmpty(t, opened[0].RequestID)
}

// Whoever has left confirms nothing: the next one does, if there is one.
func TestALineIsSecondedBySomebodyWhoStays(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	require.NoError(t, w.store.SetPersonState(t.Context(), w.people[finn], domain.PersonLeft))
	w.freeze()
	l := w.lines()[eli]
	require.Equal(t, []domain.PersonID{w.people[sam], w.people[priya]}, []domain.PersonID{l.Reviewer, l.Second})
	l = w.lines()[sam]
	require.Equal(t, []domain.PersonID{w.people[priya], ""}, []domain.PersonID{l.Reviewer, l.Second}, "nobody is left")
}

func TestAReviewIsBlockedByWhatIsStale(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.clock.advance(60 * 24 * time.Hour)
	f := w.freeze()
	require.Contains(t, f.Blocked, "import a roster")
	require.Equal(t, domain.ReviewBlocked, w.review().State)
	require.Empty(t, w.lines(), "nothing of it is kept")
	require.Len(t, w.events(domain.EventReviewBlocked), 1)
	require.Len(t, w.notices("review-attention"), 1, "one message, however often it is tried")
	w.hire("ines.roth@example.com")
	_, err := w.store.LearnPerson(t.Context(), w.people[dana], dana, "", domain.PersonFacts{Department: "Sales"}, w.Now())
	require.NoError(t, err)
	again, err := w.FreezeReview(t.Context(), w.in("", 2))
	require.NoError(t, err)
	require.Empty(t, again.Blocked)
	require.Equal(t, 6, again.Lines)
}

// A worker that dies between writing the lines and opening the review begins anew,
// and nobody is twice in it.
func TestAFreezingThatDiedBeginsAnew(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.Crash = func(point string) {
		if point == "review-frozen-not-open" {
			panic("died")
		}
	}
	require.Panics(t, func() { _, _ = w.FreezeReview(t.Context(), w.in("", 1)) })
	require.Len(t, w.lines(), 6)
	require.Equal(t, domain.ReviewCollecting, w.review().State)
	w.Crash = nil
	require.NoError(t, w.sim.Deactivate(aiko))
	require.Equal(t, 5, w.freeze().Lines)
	require.Len(t, w.lines(), 5)
}

func TestOnlyThoseWhoAreNotFinishedAreReminded(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.freeze()
	told := func(kind string, n int) map[domain.PersonID]string {
		for range 2 {
			_, err := w.TellReviewers(t.Context(), w.in(kind, n))
			require.NoError(t, err)
		}
		found := map[domain.PersonID]string{}
		for _, x := range w.notices("review-" + kind) {
			require.Len(t, x.To, 1)
			require.NotContains(t, found, x.To[0], "one message for each")
			require.NotContains(t, x.Text, "@")
			found[x.To[0]] = x.Text
		}
		return found
	}
	require.Len(t, told(activities.ReviewTold, 2), 3, "Eli, Sam and Priya")
	require.Contains(t, w.notices("review-attention")[0].Text, "nobody is left who may decide: 1.")
	w.decide(dana, domain.ReviewKeep, "", domain.LineDone)
	w.decide(aiko, domain.ReviewKeep, "", domain.LineDone)
	w.decide(sam, domain.ReviewKeep, "", domain.LineConfirm)
	reminded := told(activities.ReviewReminded, 3)
	require.NotContains(t, reminded, w.people[eli], "finished")
	require.Contains(t, reminded, w.people[finn], "somebody waits for the second person")
	require.Contains(t, reminded, w.people[sam])
	escalated := told(activities.ReviewEscalated, 4)
	require.Equal(t, []domain.PersonID{w.people[priya]}, slices.Collect(func(yield func(domain.PersonID) bool) {
		for id := range escalated {
			if !yield(id) {
				return
			}
		}
	}))
	require.Contains(t, escalated[w.people[priya]], "3 reviewers")
}

func TestSilenceKeepsOrdinaryLinesAndNoOthers(t *testing.T) {
	t.Parallel()
	for _, rule := range []domain.SilenceRule{domain.SilenceKeep, domain.SilenceOpen} {
		w := newReviewWorld(t)
		if rule == domain.SilenceOpen {
			t.Log("the rule is frozen with the review: this one is made anew")
			w.beginWith("2027-Q1", func(s *domain.ReviewSettings) { s.Silence = rule })
		}
		w.freeze()
		w.decide(dana, domain.ReviewRemove, "", domain.LineDecided)
		var s activities.ReviewStanding
		for range 2 {
			var err error
			s, err = w.EndDeciding(t.Context(), w.in("", 5))
			require.NoError(t, err)
		}
		lines := w.lines()
		for _, admin := range []string{priya, sam, finn} {
			require.Equal(t, domain.LineException, lines[admin].State, "%s may administer: silence settles nothing", admin)
		}
		require.Equal(t, domain.LineDecided, lines[dana].State)
		require.Equal(t, domain.ReviewCarryingOut, w.review().State)
		want := domain.LineException
		if rule == domain.SilenceKeep {
			want = domain.LineDone
			require.Equal(t, 2, s.Silent)
			history, err := w.store.ReviewDecisions(t.Context(), w.id, lines[aiko].No)
			require.NoError(t, err)
			require.Equal(t, []any{domain.RuleSilenceKeep, domain.ReviewKeep, 1}, []any{history[0].Rule, history[0].Verdict, len(history)})
		}
		require.Equal(t, want, lines[aiko].State)
		require.Len(t, w.events(domain.EventReviewSilence), 1)
	}
}

func (w *reviewWorld) beginWith(period string, change func(*domain.ReviewSettings)) {
	w.t.Helper()
	w.id = fmt.Sprintf("access-review:%s:%s", app, period)
	s := w.settings()
	change(&s)
	r := domain.Review{ID: w.id, App: app, Period: period, State: domain.ReviewCollecting, Requester: domain.SystemActor, Settings: s, StartedAt: w.Now()}
	_, _, err := w.store.CreateRun(w.t.Context(), domain.Run{ID: w.id, Kind: domain.RunReview, Apps: []domain.AppID{app}, Requester: domain.SystemActor}, func(domain.Run) (store.RunStart, error) {
		return store.RunStart{Review: &r}, nil
	})
	require.NoError(w.t, err)
	w.run.ID = w.id
}

// What was decided is done when the app shows it, and never before; what is back is
// said aloud, and the review stays open until it is gone again.
func TestALineIsDoneWhenTheAppShowsIt(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.freeze()
	for _, who := range []string{dana, aiko} {
		w.decide(who, domain.ReviewRemove, "", domain.LineDecided)
	}
	for _, who := range []string{eli, sam, priya, finn} {
		w.decide(who, domain.ReviewKeep, "", domain.LineDone)
	}
	_, err := w.EndDeciding(t.Context(), w.in("", 1))
	require.NoError(t, err)
	w.carries(dana)
	failing := w.carries(aiko)
	require.Equal(t, 2, w.look(2).Moving, "a run that says nothing, and an app that shows both")
	require.NoError(t, w.sim.Deactivate(dana))
	require.NoError(t, w.store.Record(t.Context(), domain.Entry{Run: failing, RunState: domain.RunDenied}))
	s := w.look(3)
	require.Equal(t, []int{1, 1}, []int{s.Moving, s.Failed})
	require.Equal(t, domain.LineDone, w.lines()[dana].State)
	require.Contains(t, w.lines()[aiko].Why, "denied")
	s = w.close(domain.ReviewComplete)
	require.Equal(t, domain.ReviewCarryingOut, s.State, "it is not called complete")

	require.NoError(t, w.sim.Deactivate(aiko))
	require.NoError(t, w.sim.Reactivate(dana))
	s = w.look(4)
	require.Equal(t, []int{1, 1}, []int{s.Moving, s.Failed})
	require.Contains(t, w.lines()[dana].Why, "undone again")
	require.NoError(t, w.sim.Deactivate(dana))
	require.Zero(t, w.look(5).Moving)
	require.Equal(t, domain.ReviewComplete, w.close(domain.ReviewComplete).State)
	require.NotEmpty(t, w.review().Digest)
	require.Len(t, w.events(domain.EventReviewFailed), 2)
	require.Len(t, w.events(domain.EventReviewClosed), 1)
	require.Equal(t, w.review().Digest, w.events(domain.EventReviewClosed)[0].Digest, "the chain binds what was decided")
}

func (w *reviewWorld) close(state domain.ReviewState) activities.ReviewStanding {
	w.t.Helper()
	var s activities.ReviewStanding
	for range 2 {
		var err error
		s, err = w.CloseReview(w.t.Context(), activities.CloseInput{Run: w.id, State: state, Why: "because", To: w.tell})
		require.NoError(w.t, err)
	}
	return s
}

// lastMoment lets something happen to a review between the look at it and its end.
type lastMoment struct {
	activities.Reviews
	before func()
}

func (r lastMoment) MoveReview(ctx context.Context, id string, m domain.ReviewMove, e domain.Entry) (domain.Review, error) {
	r.before()
	return r.Reviews.MoveReview(ctx, id, m, e)
}

// A line that somebody decides anew while the review is being ended keeps it open.
func TestALineDecidedAtTheLastMomentKeepsAReviewOpen(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.freeze()
	for who := range w.lines() {
		w.decide(who, domain.ReviewKeep, "", domain.LineDone)
	}
	_, err := w.EndDeciding(t.Context(), w.in("", 1))
	require.NoError(t, err)
	w.Reviews = lastMoment{w.store, func() {
		if w.lines()[dana].State == domain.LineDone {
			w.decide(dana, domain.ReviewRemove, "", domain.LineDecided)
		}
	}}
	require.Equal(t, activities.ReviewStanding{State: domain.ReviewCarryingOut, Moving: 1}, w.close(domain.ReviewComplete))
	require.Equal(t, domain.ReviewCarryingOut, w.review().State)
	require.Empty(t, w.events(domain.EventReviewClosed))
	require.Empty(t, w.notices("review-closed"))
}

func TestAnUploadedListIsReviewed(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	row := func(no int, email, role string) domain.ReviewRow {
		return domain.ReviewRow{No: no, Account: domain.AccountID(email), Email: email, Role: role, Active: domain.Yes}
	}
	w.begin("2027-Q1", []domain.ReviewRow{row(2, dana, "Non-Admin"), row(3, "guest@example.com", "Odd"), row(4, sam, "Admin")})
	require.Equal(t, 3, w.freeze().Lines)
	lines := w.lines()
	require.False(t, lines[dana].Privileged)
	require.Equal(t, sim.ProfileStandard, lines[dana].Role)
	require.True(t, lines["guest@example.com"].Privileged, "nobody explained the role")
	require.Contains(t, lines["guest@example.com"].Hints, domain.HintUnknown)
	require.Equal(t, w.people[priya], lines["guest@example.com"].Reviewer)
	require.Equal(t, []any{domain.SourceUpload, w.people[priya]}, []any{w.review().Population.Source, w.review().Population.By})
	w.clock.advance(48 * time.Hour)
	w.begin("2027-Q2", []domain.ReviewRow{row(2, dana, "Non-Admin")})
	require.NotContains(t, w.freeze().Blocked, "read it anew", "it was read an hour before")
}

// The next review knows what the last one did: a removal that was shown, or that its
// run proved when the review had ended, and none that never began.
func TestTheNextReviewKnowsTheLast(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.freeze()
	for _, who := range []string{dana, aiko, eli, finn} {
		w.decide(who, domain.ReviewRemove, "", domain.LineDecided)
	}
	_, err := w.EndDeciding(t.Context(), w.in("", 1))
	require.NoError(t, err)
	proven, denied := w.carries(aiko), w.carries(eli)
	w.carries(dana)
	require.NoError(t, w.sim.Deactivate(dana))
	w.look(2)
	require.Equal(t, domain.LineDone, w.lines()[dana].State)
	require.Equal(t, domain.ReviewExceptions, w.close(domain.ReviewExceptions).State)
	require.NoError(t, w.store.Record(t.Context(), domain.Entry{Run: denied, RunState: domain.RunDenied}))
	require.NoError(t, w.store.Record(t.Context(), domain.Entry{Run: proven, Steps: []domain.StepRecord{{Run: proven, App: app, Key: domain.StepDeactivate, State: domain.StepVerified}}}))
	require.NoError(t, w.sim.Reactivate(dana))
	first := w.id
	w.begin("2027-Q1", nil)
	w.freeze()
	for who, want := range map[string]bool{dana: true, aiko: true, eli: false, finn: false} {
		l := w.lines()[who]
		require.Equal(t, want, slices.Contains(l.Hints, domain.HintBack), who)
		require.Equal(t, want, l.Suggest == domain.ReviewRemove, who)
	}
	require.NotContains(t, w.lines()[aiko].Hints, domain.HintNew)
	d, err := w.store.CompareReviews(t.Context(), first, w.id)
	require.NoError(t, err)
	require.Equal(t, []int{0, 0, 0, 6}, []int{len(d.Added), len(d.Gone), len(d.Changed), d.Same})
}

// What a review says of itself at its end counts each line once, and calls nobody
// removed who was only to be removed.
func TestTheEndOfAReviewCountsWhatWasDone(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.freeze()
	w.decide(dana, domain.ReviewRemove, "", domain.LineDecided)
	w.decide(priya, domain.ReviewKeep, "", domain.LineDone)
	_, err := w.EndDeciding(t.Context(), w.in("", 1)) // keeps Aiko and Eli by silence
	require.NoError(t, err)
	w.carries(dana)
	require.NoError(t, w.sim.Deactivate(dana))
	w.look(2)
	w.decide(finn, domain.ReviewRemove, "", domain.LineConfirm) // nobody confirms it
	w.decide(sam, domain.ReviewRemove, "", domain.LineFailed)   // its run is denied
	w.decide(eli, domain.ReviewRemove, "", domain.LineDecided)  // it never begins
	w.close(domain.ReviewExceptions)
	facts := w.events(domain.EventReviewClosed)[0].Facts
	require.Equal(t, map[string]string{"lines": "6", "kept": "2", "removed": "1", "changed": "0", "undecided": "1", "unproven": "2", "silent": "1"}, facts)
}

// A line that could not begin has no run, and is read back with the others.
func TestALineWithoutARunIsReadBack(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.freeze()
	w.decide(dana, domain.ReviewRemove, "", domain.LineFailed)
	_, err := w.EndDeciding(t.Context(), w.in("", 1))
	require.NoError(t, err)
	require.Equal(t, 1, w.look(2).Failed)
	require.NoError(t, w.sim.Deactivate(dana))
	require.Zero(t, w.look(3).Failed)
	require.Equal(t, domain.LineDone, w.lines()[dana].State)
}

// leaves has somebody leave by a run that only those named in it know of,
// or by one that anybody may see.
func (w *reviewWorld) leaves(email string, confidential bool) domain.Run {
	w.t.Helper()
	require.NoError(w.t, w.store.SetPersonState(w.t.Context(), w.people[email], domain.PersonLeaving))
	hire, err := w.store.UpsertEmployment(w.t.Context(), "leaves-"+email, domain.Employment{Person: w.people[email]})
	require.NoError(w.t, err)
	run, _, err := w.store.CreateRun(w.t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: w.people[email], Employment: hire.ID, AllApps: true, Confidential: confidential},
		func(domain.Run) (store.RunStart, error) { return store.RunStart{}, nil })
	require.NoError(w.t, err)
	return run
}

// A leaving that is told to nobody shows in no hint, and moves nobody's lines to
// somebody else.
func TestAConfidentialLeavingLeavesNoTraceInAReview(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]bool{"open": false, "confidential": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newReviewWorld(t)
			for _, who := range []string{dana, eli} {
				w.leaves(who, secret)
			}
			w.freeze()
			lines := w.lines()
			require.Equal(t, !secret, slices.Contains(lines[dana].Hints, domain.HintLeaving))
			want := w.people[eli]
			if !secret {
				want = w.people[sam] // who leaves openly decides nothing any more
			}
			require.Equal(t, want, lines[aiko].Reviewer)
		})
	}
}

// Whoever is gone gets no line, neither to decide nor to confirm, though nobody was
// told of their leaving: it would wait for them for ever.
func TestWhoeverLeftInConfidenceDecidesNothing(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	for _, who := range []string{eli, finn} {
		run := w.leaves(who, true)
		require.NoError(t, w.store.Record(t.Context(), domain.Entry{Run: run.ID, RunState: domain.RunClosed}))
		require.NoError(t, w.store.SetPersonState(t.Context(), w.people[who], domain.PersonLeft))
	}
	w.freeze()
	lines := w.lines()
	require.Equal(t, []any{w.people[sam], domain.BecauseManager}, []any{lines[dana].Reviewer, lines[dana].Because}, "the next one above")
	for who, l := range lines {
		require.NotContains(t, []domain.PersonID{w.people[eli], w.people[finn]}, l.Reviewer, who)
		require.NotContains(t, []domain.PersonID{w.people[eli], w.people[finn]}, l.Second, who)
		require.NotContains(t, l.Hints, domain.HintLeft, "%s: a hint would tell those who may not know", who)
	}
	require.Equal(t, w.people[priya], lines[dana].Second, "Sam gives and takes access, and the policy's second person is gone")
}
