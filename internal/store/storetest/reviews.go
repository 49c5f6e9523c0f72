package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

// reviewOf makes a review of the app apollo for a period, with its run.
func reviewOf(t *testing.T, s *store.Store, period string, rows ...domain.ReviewRow) domain.Review {
	t.Helper()
	began := noon.Truncate(time.Microsecond)
	want := domain.Review{App: "apollo", Period: period, State: domain.ReviewCollecting, Requester: "ada", StartedAt: began, PolicyHash: "h",
		Settings:   domain.ReviewSettings{Owner: "olga", Silence: domain.SilenceKeep, Due: 14 * 24 * time.Hour, Money: []string{"fay@example.com"}},
		Population: domain.Population{Source: domain.SourceApp, Total: -1}}
	run, created, err := s.CreateRun(t.Context(), domain.Run{ID: "access-review:apollo:" + period, Kind: domain.RunReview, Requester: "ada", Apps: []domain.AppID{"apollo"},
		StartedAt: began}, func(r domain.Run) (store.RunStart, error) {
		return store.RunStart{Input: []byte("{}"), Review: &want, Rows: rows, Events: []domain.AuditEvent{event(r, domain.EventRunStarted, "started")}}, nil
	})
	require.NoError(t, err)
	require.True(t, created)
	want.ID = run.ID
	got, err := s.Review(t.Context(), run.ID)
	require.NoError(t, err)
	require.Equal(t, want, got)
	return got
}

// reviewLine is a line of a person with the number's name; every third is
// privileged.
func reviewLine(no int) domain.ReviewLine {
	return domain.ReviewLine{No: no, Account: domain.AccountID(fmt.Sprintf("u%06d", no)), Person: domain.PersonID(fmt.Sprintf("p%d", no)), Email: fmt.Sprintf("n%d@example.com", no),
		Name: fmt.Sprintf("Name %d", no), Role: "member", RoleName: "Member", Seat: "full", Active: domain.Yes, Admin: domain.No, Privileged: no%3 == 0, Seen: domain.Unknown,
		Hints: []domain.ReviewHint{domain.HintNew}, Reviewer: domain.PersonID([]string{"mia", "noa"}[no%2]), Because: domain.BecauseManager, State: domain.LineOpen}
}

// opened makes a review with lines that reviewers decide.
func opened(t *testing.T, s *store.Store, period string, lines int) domain.Review {
	t.Helper()
	r := reviewOf(t, s, period)
	var all []domain.ReviewLine
	for no := range lines {
		all = append(all, reviewLine(no+1))
	}
	require.NoError(t, s.AddReviewLines(t.Context(), r.ID, all))
	return moved(t, s, r.ID, domain.ReviewCollecting, domain.ReviewDeciding, domain.EventReviewOpened)
}

func moved(t *testing.T, s *store.Store, id string, from, to domain.ReviewState, kind domain.EventKind) domain.Review {
	t.Helper()
	r, err := s.MoveReview(t.Context(), id, domain.ReviewMove{From: []domain.ReviewState{from}, To: to, OpenedAt: noon.Truncate(time.Microsecond)},
		domain.Entry{Run: id, Events: []domain.AuditEvent{{Key: id + "/" + string(to), Run: id, Kind: kind, Actor: domain.SystemActor, App: "apollo", At: noon}}})
	require.NoError(t, err)
	require.Equal(t, to, r.State)
	return r
}

// closed ends a review.
func closed(t *testing.T, s *store.Store, id string) domain.Review {
	t.Helper()
	moved(t, s, id, domain.ReviewDeciding, domain.ReviewCarryingOut, domain.EventReviewSilence)
	return moved(t, s, id, domain.ReviewCarryingOut, domain.ReviewComplete, domain.EventReviewClosed)
}

// say is a decision and the mark that goes with it.
func say(no int, verdict domain.ReviewVerdict, from, to domain.LineState) (domain.ReviewDecision, domain.LineMark) {
	return domain.ReviewDecision{Line: no, Verdict: verdict, Reason: "because", By: "mia", At: noon.Truncate(time.Microsecond), Channel: "page", Seconds: 4},
		domain.LineMark{Line: no, From: from, To: to}
}

func decideLine(t *testing.T, s *store.Store, id string, no int, verdict domain.ReviewVerdict, from, to domain.LineState) int {
	t.Helper()
	d, m := say(no, verdict, from, to)
	n, err := s.Decide(t.Context(), id, []domain.ReviewDecision{d}, []domain.LineMark{m}, domain.Entry{Run: id})
	require.NoError(t, err)
	return n
}

func lineOf(t *testing.T, s *store.Store, id string, no int) domain.ReviewLine {
	t.Helper()
	lines, err := s.ReviewLines(t.Context(), domain.ReviewFilter{Review: id, After: no - 1, Limit: 1})
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.Equal(t, no, lines[0].No)
	return lines[0]
}

var reviewTests = map[string]func(t *testing.T, s *store.Store){
	"there is one open review of an app for a period": func(t *testing.T, s *store.Store) {
		reviewOf(t, s, "2026-Q4")
		reviewOf(t, s, "2027-Q1")
		_, _, err := s.CreateRun(t.Context(), domain.Run{ID: "access-review:other", Kind: domain.RunReview}, func(domain.Run) (store.RunStart, error) {
			return store.RunStart{Review: &domain.Review{App: "apollo", Period: "2026-Q4"}}, nil
		})
		require.Equal(t, domain.FaultConflict, domain.KindOf(err))
		_, err = s.Run(t.Context(), "access-review:other")
		require.ErrorIs(t, err, domain.ErrNotFound, "the run is not there without its review")
		list, err := s.ListReviews(t.Context(), store.ReviewsFilter{App: "apollo", States: []domain.ReviewState{domain.ReviewCollecting}, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, "2027-Q1", list[0].Period)
		list, err = s.ListReviews(t.Context(), store.ReviewsFilter{After: list[0].ID})
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, "2026-Q4", list[0].Period)
	},
	"an uploaded list is kept": func(t *testing.T, s *store.Store) {
		rows := []domain.ReviewRow{{No: 2, Account: "a", Email: "x@example.com", Name: "X", Role: "Admin", Active: domain.Yes}, {No: 3, Email: "y@example.com", Invited: true, Active: domain.Unknown}}
		r := reviewOf(t, s, "2026-Q4", rows...)
		got, err := s.ReviewRows(t.Context(), r.ID, 0, 1)
		require.NoError(t, err)
		require.Equal(t, rows[:1], got)
		got, err = s.ReviewRows(t.Context(), r.ID, 2, 10)
		require.NoError(t, err)
		require.Equal(t, rows[1:], got)
	},
	"lines come back as they were written, once": func(t *testing.T, s *store.Store) {
		r := reviewOf(t, s, "2026-Q4")
		lines := []domain.ReviewLine{reviewLine(1), reviewLine(2), reviewLine(3)}
		require.NoError(t, s.AddReviewLines(t.Context(), r.ID, lines[:2]))
		require.NoError(t, s.ResetReviewLines(t.Context(), r.ID))
		for range 2 {
			require.NoError(t, s.AddReviewLines(t.Context(), r.ID, lines))
		}
		got, err := s.ReviewLines(t.Context(), domain.ReviewFilter{Review: r.ID})
		require.NoError(t, err)
		require.Len(t, got, 3)
		require.NotEmpty(t, got[0].NameID)
		want := lines[0]
		want.Review, want.NameID, want.Given = r.ID, got[0].NameID, domain.GivenTo{Reviewer: "noa", Because: domain.BecauseManager}
		require.Equal(t, want, got[0])
		of, err := s.ReviewLinesOf(t.Context(), r.ID, []domain.AccountID{"u000003", "none", "u000001"})
		require.NoError(t, err)
		require.Equal(t, []domain.ReviewLine{got[0], got[2]}, of)
		moved(t, s, r.ID, domain.ReviewCollecting, domain.ReviewDeciding, domain.EventReviewOpened)
		require.Equal(t, domain.FaultConflict, domain.KindOf(s.AddReviewLines(t.Context(), r.ID, lines)))
		require.Equal(t, domain.FaultConflict, domain.KindOf(s.ResetReviewLines(t.Context(), r.ID)))
	},
	"lines are filtered": func(t *testing.T, s *store.Store) {
		r := opened(t, s, "2026-Q4", 6)
		require.Equal(t, 1, decideLine(t, s, r.ID, 2, domain.ReviewRemove, domain.LineOpen, domain.LineConfirm))
		require.NoError(t, s.Reassign(t.Context(), r.ID, []domain.ReviewAssignment{{Line: 2, To: "kim", By: "mia", At: noon}}, map[int]domain.PersonID{2: "sam"}, domain.Entry{Run: r.ID}))
		for _, c := range []struct {
			f    domain.ReviewFilter
			want string
		}{
			{domain.ReviewFilter{}, "[1 2 3 4 5 6]"}, {domain.ReviewFilter{Reviewer: "noa"}, "[1 3 5]"}, {domain.ReviewFilter{Reviewer: "sam"}, "[2]"},
			{domain.ReviewFilter{States: []domain.LineState{domain.LineConfirm}}, "[2]"}, {domain.ReviewFilter{Verdicts: []domain.ReviewVerdict{domain.ReviewRemove}}, "[2]"},
			{domain.ReviewFilter{After: 3, Limit: 2}, "[4 5]"}, {domain.ReviewFilter{Reviewer: "nobody"}, "[]"},
		} {
			c.f.Review = r.ID
			lines, err := s.ReviewLines(t.Context(), c.f)
			require.NoError(t, err)
			numbers := []int{}
			for _, l := range lines {
				numbers = append(numbers, l.No)
			}
			require.Equal(t, c.want, fmt.Sprint(numbers), "%+v", c.f)
		}
	},
	"decisions are added, the newest holds, and who was slower is left out": func(t *testing.T, s *store.Store) {
		r := opened(t, s, "2026-Q4", 3)
		require.Equal(t, 1, decideLine(t, s, r.ID, 1, domain.ReviewRemove, domain.LineOpen, domain.LineDecided))
		require.Equal(t, 0, decideLine(t, s, r.ID, 1, domain.ReviewKeep, domain.LineOpen, domain.LineDone), "somebody was faster")
		require.Equal(t, 1, decideLine(t, s, r.ID, 1, domain.ReviewKeep, domain.LineDecided, domain.LineDone))
		l := lineOf(t, s, r.ID, 1)
		require.Equal(t, []any{domain.LineDone, domain.ReviewKeep}, []any{l.State, l.Verdict})
		history, err := s.ReviewDecisions(t.Context(), r.ID, 1)
		require.NoError(t, err)
		require.Len(t, history, 2)
		require.Equal(t, domain.ReviewDecision{Review: r.ID, Line: 1, N: 1, Verdict: domain.ReviewRemove, Reason: "because", ReasonID: history[0].ReasonID, By: "mia",
			At: noon.Truncate(time.Microsecond), Channel: "page", Seconds: 4}, history[0])
		require.NotEmpty(t, history[0].ReasonID)
		require.NotEqual(t, history[0].ReasonID, history[1].ReasonID, "the same words have another salt")
		d, m := say(2, domain.ReviewKeep, domain.LineOpen, domain.LineDone)
		for _, bad := range [][]domain.ReviewDecision{{d, d}, {}} {
			_, err = s.Decide(t.Context(), r.ID, bad, []domain.LineMark{m}, domain.Entry{Run: r.ID})
			require.Equal(t, domain.FaultInvalid, domain.KindOf(err))
		}
		all, err := s.AllReviewDecisions(t.Context(), r.ID, 1, 1, 10)
		require.NoError(t, err)
		require.Len(t, all, 1, "the page begins behind the place")
	},
	"eight deciders of one line make one decision": func(t *testing.T, s *store.Store) {
		r := opened(t, s, "2026-Q4", 2)
		done := make([]int, 8)
		allFine(t, together(8, func(i int) error {
			d, m := say(1, domain.ReviewKeep, domain.LineOpen, domain.LineDone)
			var err error
			done[i], err = s.Decide(t.Context(), r.ID, []domain.ReviewDecision{d}, []domain.LineMark{m}, domain.Entry{Run: r.ID,
				Events: []domain.AuditEvent{{Key: name(i), Run: r.ID, Kind: domain.EventReviewDecided, Actor: "mia", At: noon}}})
			return err
		}))
		sum := 0
		for _, n := range done {
			sum += n
		}
		require.Equal(t, 1, sum)
		require.Len(t, whole(t, s, r.ID), 3, "who was slower leaves no event")
	},
	"a line goes to another reviewer with its history": func(t *testing.T, s *store.Store) {
		r := opened(t, s, "2026-Q4", 2)
		for _, to := range []domain.PersonID{"kim", "lou"} {
			require.NoError(t, s.Reassign(t.Context(), r.ID, []domain.ReviewAssignment{{Line: 2, From: "lies", To: to, By: "mia", Reason: "not mine", At: noon}},
				map[int]domain.PersonID{2: "sam"}, domain.Entry{Run: r.ID}))
		}
		l := lineOf(t, s, r.ID, 2)
		require.Equal(t, []any{domain.PersonID("lou"), domain.BecauseReassign, domain.PersonID("sam"), domain.PersonID("mia")}, []any{l.Reviewer, l.Because, l.Second, l.Given.Reviewer})
		got, err := s.ReviewAssignments(t.Context(), r.ID, 0, 0, 10)
		require.NoError(t, err)
		require.Len(t, got, 2)
		require.Equal(t, domain.ReviewAssignment{Review: r.ID, Line: 2, N: 2, From: "kim", To: "lou", By: "mia", Reason: "not mine", ReasonID: got[1].ReasonID, At: noon.Truncate(time.Microsecond)}, got[1])
		require.ErrorIs(t, s.Reassign(t.Context(), r.ID, []domain.ReviewAssignment{{Line: 9, To: "kim"}}, nil, domain.Entry{Run: r.ID}), domain.ErrNotFound)
	},
	"a decided line gets one run": func(t *testing.T, s *store.Store) {
		r := opened(t, s, "2026-Q4", 4)
		decideLine(t, s, r.ID, 1, domain.ReviewRemove, domain.LineOpen, domain.LineDecided)
		decideLine(t, s, r.ID, 2, domain.ReviewKeep, domain.LineOpen, domain.LineDecided)
		none, err := s.ReviewsToCarry(t.Context())
		require.NoError(t, err)
		require.Empty(t, none, "reviewers still decide")
		moved(t, s, r.ID, domain.ReviewDeciding, domain.ReviewCarryingOut, domain.EventReviewSilence)
		ids, err := s.ReviewsToCarry(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{r.ID}, ids)
		run := leaving(t, s, "dana")
		record(t, s, domain.Entry{Run: run.ID, Steps: []domain.StepRecord{step(run, domain.StepVerified)}})
		bound := make([]bool, 4)
		allFine(t, together(4, func(i int) error {
			var err error
			bound[i], err = s.BindReviewRun(t.Context(), r.ID, 1, run.ID, domain.Entry{Run: r.ID})
			return err
		}))
		require.ElementsMatch(t, []bool{true, false, false, false}, bound)
		keep, err := s.BindReviewRun(t.Context(), r.ID, 2, run.ID, domain.Entry{Run: r.ID})
		require.NoError(t, err)
		require.False(t, keep, "there is nothing to carry out")
		ids, err = s.ReviewsToCarry(t.Context())
		require.NoError(t, err)
		require.Empty(t, ids)
		runs, err := s.RunsOfReview(t.Context(), r.ID, []domain.LineState{domain.LineCarrying})
		require.NoError(t, err)
		require.Len(t, runs, 1)
		require.Equal(t, []any{1, run.ID, domain.RunStarting}, []any{runs[0].Line, runs[0].Run, runs[0].RunState})
		require.Len(t, runs[0].Steps, 1)
		require.Equal(t, domain.StepVerified, runs[0].Steps[0].State)
	},
	"lines are marked where they stand as expected": func(t *testing.T, s *store.Store) {
		r := opened(t, s, "2026-Q4", 3)
		at := noon.Truncate(time.Microsecond)
		require.NoError(t, s.MarkLines(t.Context(), r.ID, []domain.LineMark{{Line: 1, From: domain.LineOpen, To: domain.LineFailed, Run: "x", Why: "it is back", SettledAt: at},
			{Line: 2, From: domain.LineDone, To: domain.LineFailed}}, domain.Entry{Run: r.ID}))
		l := lineOf(t, s, r.ID, 1)
		require.Equal(t, []any{domain.LineFailed, "x", "it is back", at}, []any{l.State, l.Run, l.Why, l.SettledAt})
		require.Equal(t, domain.LineOpen, lineOf(t, s, r.ID, 2).State)
	},
	"silence keeps ordinary lines and leaves privileged ones": func(t *testing.T, s *store.Store) {
		r := opened(t, s, "2026-Q4", 7)
		decideLine(t, s, r.ID, 1, domain.ReviewKeep, domain.LineOpen, domain.LineDone)
		took := 0
		for {
			n, err := s.SettleSilence(t.Context(), r.ID, true, noon, 4)
			require.NoError(t, err)
			if took += n; n == 0 {
				break
			}
		}
		require.Equal(t, 6, took)
		c, err := s.ReviewCounts(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, domain.ReviewCounts{Lines: 7, ByState: map[domain.LineState]int{domain.LineDone: 5, domain.LineException: 2},
			ByVerdict: map[domain.ReviewVerdict]int{domain.ReviewKeep: 5}, Silent: 4, Privileged: 2, OpenAdmins: 2}, c)
		history, err := s.ReviewDecisions(t.Context(), r.ID, 2)
		require.NoError(t, err)
		require.Equal(t, []any{domain.RuleSilenceKeep, domain.SystemActor, "rule", -1}, []any{history[0].Rule, history[0].By, history[0].Channel, history[0].Seconds})
		none, err := s.ReviewDecisions(t.Context(), r.ID, 3)
		require.NoError(t, err)
		require.Empty(t, none, "nobody decided an exception")
		require.Equal(t, 1, decideLine(t, s, r.ID, 2, domain.ReviewRemove, domain.LineDone, domain.LineDecided))
		c, err = s.ReviewCounts(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, 3, c.Silent, "a person decided after all")
	},
	"reviewers are counted": func(t *testing.T, s *store.Store) {
		r := opened(t, s, "2026-Q4", 5)
		require.NoError(t, s.Reassign(t.Context(), r.ID, []domain.ReviewAssignment{{Line: 2, To: "mia", At: noon}}, map[int]domain.PersonID{2: "sam"}, domain.Entry{Run: r.ID}))
		decideLine(t, s, r.ID, 2, domain.ReviewRemove, domain.LineOpen, domain.LineConfirm)
		got, err := s.ReviewProgress(t.Context(), r.ID, "", 10)
		require.NoError(t, err)
		require.Equal(t, []domain.ReviewerProgress{{Reviewer: "mia", Lines: 2, Open: 1, LastAt: noon.Truncate(time.Microsecond)}, {Reviewer: "noa", Lines: 3, Open: 3}, {Reviewer: "sam", Confirm: 1}}, got)
		got, err = s.ReviewProgress(t.Context(), r.ID, "mia", 1)
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Equal(t, domain.PersonID("noa"), got[0].Reviewer)
	},
	"a move is made once, and its events carry the digests": func(t *testing.T, s *store.Store) {
		r := opened(t, s, "2026-Q4", 3)
		require.Regexp(t, `^v1:[0-9a-f]{64}$`, r.Frozen)
		_, err := s.MoveReview(t.Context(), r.ID, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewCollecting}, To: domain.ReviewComplete}, domain.Entry{Run: r.ID})
		require.Equal(t, domain.FaultConflict, domain.KindOf(err))
		again := moved(t, s, r.ID, domain.ReviewCollecting, domain.ReviewDeciding, domain.EventReviewOpened)
		require.Equal(t, r, again)
		frozen := r.Frozen
		r = closed(t, s, r.ID)
		require.Equal(t, r, moved(t, s, r.ID, domain.ReviewCarryingOut, domain.ReviewComplete, domain.EventReviewClosed))
		require.Equal(t, frozen, r.Frozen)
		require.Regexp(t, `^v1:[0-9a-f]{64}$`, r.Digest)
		digests := map[domain.EventKind]string{}
		for _, e := range whole(t, s, r.ID) {
			digests[e.Event.Kind] = e.Event.Digest
		}
		require.Equal(t, map[domain.EventKind]string{domain.EventRunStarted: "", domain.EventReviewOpened: r.Frozen, domain.EventReviewSilence: "", domain.EventReviewClosed: r.Digest}, digests)
		got, err := s.Review(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, r, got)
	},
	"what was decided does not change what was frozen": func(t *testing.T, s *store.Store) {
		r := opened(t, s, "2026-Q4", 3)
		decideLine(t, s, r.ID, 1, domain.ReviewKeep, domain.LineOpen, domain.LineDone)
		require.NoError(t, s.Reassign(t.Context(), r.ID, []domain.ReviewAssignment{{Line: 2, To: "kim", At: noon}}, nil, domain.Entry{Run: r.ID}))
		lines, err := s.ReviewLines(t.Context(), domain.ReviewFilter{Review: r.ID})
		require.NoError(t, err)
		d := domain.FrozenReview(r)
		for _, l := range lines {
			d.Line(l)
		}
		require.Equal(t, r.Frozen, d.Sum())
	},
	"a review is compared with the last one": func(t *testing.T, s *store.Store) {
		first := opened(t, s, "2026-Q3", 3)
		_, err := s.LastReview(t.Context(), "apollo", first.ID)
		require.ErrorIs(t, err, domain.ErrNotFound)
		closed(t, s, first.ID)
		second := reviewOf(t, s, "2026-Q4")
		lines := []domain.ReviewLine{reviewLine(2), reviewLine(3), reviewLine(4)}
		lines[1].Role = "admin"
		require.NoError(t, s.AddReviewLines(t.Context(), second.ID, lines))
		last, err := s.LastReview(t.Context(), "apollo", second.ID)
		require.NoError(t, err)
		require.Equal(t, first.ID, last.ID)
		d, err := s.CompareReviews(t.Context(), first.ID, second.ID)
		require.NoError(t, err)
		require.Len(t, d.Added, 1)
		require.Len(t, d.Gone, 1)
		require.Len(t, d.Changed, 1)
		require.Equal(t, []any{4, 1, 3, "admin", "Member", 1}, []any{d.Added[0].No, d.Gone[0].No, d.Changed[0].Line.No, d.Changed[0].Line.Role, d.Changed[0].From, d.Same})
	},
	"people are found in bulk, and HR's newest word": func(t *testing.T, s *store.Store) {
		dana, e := leaver(t, s, "dana")
		eli, err := s.UpsertPerson(t.Context(), "eli@example.com", "Eli")
		require.NoError(t, err)
		found, err := s.PeopleByEmail(t.Context(), []string{"DANA@example.com", "dana@example.com", "none@example.com", ""})
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, dana.ID, found[0].ID)
		found, err = s.PeopleByID(t.Context(), []domain.PersonID{dana.ID, eli.ID, "nobody"})
		require.NoError(t, err)
		require.Len(t, found, 2)
		began := noon.Truncate(time.Microsecond)
		_, err = s.UpsertEmployment(t.Context(), "emp-dana", domain.Employment{Person: dana.ID, Starts: began})
		require.NoError(t, err)
		dates, err := s.StartDates(t.Context(), []domain.PersonID{dana.ID, eli.ID})
		require.NoError(t, err)
		require.Equal(t, map[domain.PersonID]time.Time{dana.ID: began}, dates)
		_, _, err = s.SayEmployment(t.Context(), e.ID, store.Said{State: domain.EmploymentOpen, At: began.Add(time.Hour)})
		require.NoError(t, err)
		heard, n, err := s.HeardOfPeople(t.Context())
		require.NoError(t, err)
		require.Equal(t, began.Add(time.Hour), heard)
		require.Equal(t, 1, n, "nobody at HR told of Eli")
	},
	"whoever is erased is gone from reviews, and what is sealed stays whole": func(t *testing.T, s *store.Store) {
		p, _ := leaver(t, s, "dana")
		r := reviewOf(t, s, "2026-Q4", domain.ReviewRow{No: 1, Email: "dana@example.com", Name: "Dana"})
		named, emailed := reviewLine(1), reviewLine(2)
		named.Person, emailed.Person, emailed.Email = p.ID, "", "dana@example.com"
		require.NoError(t, s.AddReviewLines(t.Context(), r.ID, []domain.ReviewLine{named, emailed, reviewLine(3)}))
		moved(t, s, r.ID, domain.ReviewCollecting, domain.ReviewDeciding, domain.EventReviewOpened)
		decideLine(t, s, r.ID, 1, domain.ReviewKeep, domain.LineOpen, domain.LineDone)
		decideLine(t, s, r.ID, 3, domain.ReviewKeep, domain.LineOpen, domain.LineDone)
		r = closed(t, s, r.ID)
		require.NoError(t, s.ErasePerson(t.Context(), p.ID))
		for _, no := range []int{1, 2} {
			l := lineOf(t, s, r.ID, no)
			require.Empty(t, l.Email+l.Name)
			require.NotEmpty(t, l.NameID)
		}
		require.Equal(t, "Name 3", lineOf(t, s, r.ID, 3).Name)
		rows, err := s.ReviewRows(t.Context(), r.ID, 0, 10)
		require.NoError(t, err)
		require.Empty(t, rows[0].Email+rows[0].Name)
		for line, want := range map[int]string{1: "", 3: "because"} {
			history, err := s.ReviewDecisions(t.Context(), r.ID, line)
			require.NoError(t, err)
			require.Equal(t, want, history[0].Reason)
		}
		require.Equal(t, r.Digest, digestOf(t, s, r))
	},
	"thousands of lines are written, counted, decided and closed": func(t *testing.T, s *store.Store) {
		const lines, chunk = 6000, 3000
		r := reviewOf(t, s, "2026-Q4")
		for first := 0; first < lines; first += chunk {
			part := make([]domain.ReviewLine, 0, chunk)
			for no := range chunk {
				part = append(part, reviewLine(first+no+1))
			}
			require.NoError(t, s.AddReviewLines(t.Context(), r.ID, part))
		}
		moved(t, s, r.ID, domain.ReviewCollecting, domain.ReviewDeciding, domain.EventReviewOpened)
		var said []domain.ReviewDecision
		var marks []domain.LineMark
		for no := range lines / 2 {
			d, m := say(no+1, domain.ReviewKeep, domain.LineOpen, domain.LineDone)
			said, marks = append(said, d), append(marks, m)
		}
		n, err := s.Decide(t.Context(), r.ID, said, marks, domain.Entry{Run: r.ID})
		require.NoError(t, err)
		require.Equal(t, lines/2, n)
		for n := 1; n > 0; {
			n, err = s.SettleSilence(t.Context(), r.ID, true, noon, 5000)
			require.NoError(t, err)
		}
		c, err := s.ReviewCounts(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, lines, c.Lines)
		closed(t, s, r.ID)
	},
}

// digestOf computes the digest of a review's rows as they are now.
func digestOf(t *testing.T, s *store.Store, r domain.Review) string {
	t.Helper()
	d := domain.ClosedReview(r)
	lines, err := s.ReviewLines(t.Context(), domain.ReviewFilter{Review: r.ID})
	require.NoError(t, err)
	for _, l := range lines {
		d.Line(l)
	}
	decisions, err := s.AllReviewDecisions(t.Context(), r.ID, 0, 0, 1000)
	require.NoError(t, err)
	for _, e := range decisions {
		d.Decision(e)
	}
	assignments, err := s.ReviewAssignments(t.Context(), r.ID, 0, 0, 1000)
	require.NoError(t, err)
	for _, a := range assignments {
		d.Assignment(a)
	}
	return d.Sum()
}

// sealedStatements are ways around the store, one for each table and verb. Each has
// the review's id for %[1]s.
var sealedStatements = map[string]string{
	"reopen a review":           "UPDATE reviews SET state = 'deciding' WHERE id = '%[1]s'",
	"change its digest":         "UPDATE reviews SET digest = 'v1:x' WHERE id = '%[1]s'",
	"delete a review":           "DELETE FROM reviews WHERE id = '%[1]s'",
	"copy a review as ended":    "INSERT INTO reviews SELECT 'copy', app, period, state, why, requester, settings, population, started_at, opened_at, due_at, closed_at, policy_hash, frozen, digest FROM reviews",
	"change a line":             "UPDATE review_lines SET verdict = 'keep' WHERE review = '%[1]s'",
	"change who decided":        "UPDATE review_lines SET reviewer = 'eve' WHERE no = 1",
	"move a line away":          "UPDATE review_lines SET review = 'elsewhere' WHERE review = '%[1]s'",
	"delete a line":             "DELETE FROM review_lines WHERE review = '%[1]s' AND no = 2",
	"add a line":                "INSERT INTO review_lines SELECT review, 99, account, person, name_id, role, role_name, seat, active, admin, privileged, invited, seen, seen_at, hints, suggest, given_reviewer, given_because, given_second, reviewer, because, second, state, verdict, new_role, run, why, settled_at, ruled FROM review_lines WHERE no = 1",
	"change a decision":         "UPDATE review_decisions SET verdict = 'keep' WHERE review = '%[1]s'",
	"delete a decision":         "DELETE FROM review_decisions WHERE review = '%[1]s'",
	"add a decision":            "INSERT INTO review_decisions SELECT review, line, 9, verdict, role, reason_id, by_person, acting_for, confirms, at, channel, bulk, seconds, by_rule FROM review_decisions WHERE review = '%[1]s'",
	"change an assignment":      "UPDATE review_assignments SET to_person = 'eve' WHERE review = '%[1]s'",
	"delete an assignment":      "DELETE FROM review_assignments WHERE review = '%[1]s'",
	"add an assignment":         "INSERT INTO review_assignments SELECT review, line, 9, from_person, to_person, by_person, reason_id, at FROM review_assignments WHERE review = '%[1]s'",
	"change a name":             "UPDATE review_names SET name = 'Eve' WHERE review = '%[1]s'",
	"empty half of a name":      "UPDATE review_names SET name = '' WHERE review = '%[1]s'",
	"delete a name":             "DELETE FROM review_names WHERE review = '%[1]s'",
	"add a name":                "INSERT INTO review_names SELECT review, 99, person, email, name, salt FROM review_names WHERE line = 1",
	"change a reason":           "UPDATE review_texts SET body = 'fine' WHERE review = '%[1]s'",
	"delete a reason":           "DELETE FROM review_texts WHERE review = '%[1]s'",
	"add a reason":              "INSERT INTO review_texts SELECT review, line, kind, 9, salt, body FROM review_texts WHERE review = '%[1]s'",
	"change an uploaded row":    "UPDATE review_rows SET role = 'member' WHERE review = '%[1]s'",
	"delete an uploaded row":    "DELETE FROM review_rows WHERE review = '%[1]s'",
	"add an uploaded row":       "INSERT INTO review_rows SELECT review, 99, account, email, name, role, active, invited FROM review_rows WHERE review = '%[1]s'",
	"delete all lines":          "DELETE FROM review_lines",
	"delete all decisions":      "DELETE FROM review_decisions",
	"put a line in place of it": "INSERT INTO review_lines SELECT review, no, account, person, name_id, role, role_name, seat, active, admin, privileged, invited, seen, seen_at, hints, suggest, given_reviewer, given_because, given_second, 'eve', because, second, state, verdict, new_role, run, why, settled_at, ruled FROM review_lines WHERE no = 1 ON CONFLICT (review, no) DO UPDATE SET reviewer = 'eve'",
}

// sealTests are about access reviews that somebody changes without the store.
var sealTests = map[string]func(t *testing.T, d Database){
	"direct SQL on what ended is refused": func(t *testing.T, d Database) {
		r := Ended(t, d.Store)
		require.NoError(t, d.Store.Migrate(t.Context()), "the seal is put on once")
		TrySealed(t, r.ID, d.Exec)
		require.Equal(t, r.Digest, digestOf(t, d.Store, r))
	},
	"decisions are append-only from the first one": func(t *testing.T, d Database) {
		r := opened(t, d.Store, "2026-Q4", 3)
		decideLine(t, d.Store, r.ID, 1, domain.ReviewRemove, domain.LineOpen, domain.LineDecided)
		for _, s := range []string{"UPDATE review_decisions SET verdict = 'keep'", "DELETE FROM review_decisions", "UPDATE review_lines SET role = 'x'",
			"UPDATE reviews SET frozen = 'v1:x'", "DELETE FROM review_lines WHERE no = 3", "DELETE FROM reviews"} {
			require.Error(t, d.Exec(t.Context(), s), s)
		}
	},
	"every route of the store is refused": func(t *testing.T, d Database) {
		s, r := d.Store, Ended(t, d.Store)
		dec, mark := say(1, domain.ReviewKeep, domain.LineDone, domain.LineOpen)
		for what, err := range map[string]error{
			"add":      s.AddReviewLines(t.Context(), r.ID, []domain.ReviewLine{reviewLine(9)}),
			"reset":    s.ResetReviewLines(t.Context(), r.ID),
			"mark":     s.MarkLines(t.Context(), r.ID, []domain.LineMark{mark}, domain.Entry{Run: r.ID}),
			"reassign": s.Reassign(t.Context(), r.ID, []domain.ReviewAssignment{{Line: 1, To: "kim"}}, nil, domain.Entry{Run: r.ID}),
			"decide":   second(s.Decide(t.Context(), r.ID, []domain.ReviewDecision{dec}, []domain.LineMark{mark}, domain.Entry{Run: r.ID})),
			"silence":  second(s.SettleSilence(t.Context(), r.ID, true, noon, 10)),
			"bind":     second(s.BindReviewRun(t.Context(), r.ID, 1, "x", domain.Entry{Run: r.ID})),
			"move":     second(s.MoveReview(t.Context(), r.ID, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewComplete}, To: domain.ReviewDeciding}, domain.Entry{Run: r.ID})),
		} {
			require.Equal(t, domain.FaultConflict, domain.KindOf(err), what)
		}
		require.Equal(t, r.Digest, digestOf(t, s, r))
	},
}

func second[T any](_ T, err error) error { return err }

// Ended makes a review that has ended, with a row in every table.
func Ended(t *testing.T, s *store.Store) domain.Review {
	t.Helper()
	r := reviewOf(t, s, "2026-Q4", domain.ReviewRow{No: 1, Email: "x@example.com", Active: domain.Yes})
	require.NoError(t, s.AddReviewLines(t.Context(), r.ID, []domain.ReviewLine{reviewLine(1), reviewLine(2)}))
	moved(t, s, r.ID, domain.ReviewCollecting, domain.ReviewDeciding, domain.EventReviewOpened)
	require.NoError(t, s.Reassign(t.Context(), r.ID, []domain.ReviewAssignment{{Line: 2, To: "kim", By: "mia", Reason: "not mine", At: noon}}, nil, domain.Entry{Run: r.ID}))
	require.Equal(t, 1, decideLine(t, s, r.ID, 1, domain.ReviewRemove, domain.LineOpen, domain.LineDone))
	require.Equal(t, 1, decideLine(t, s, r.ID, 2, domain.ReviewKeep, domain.LineOpen, domain.LineDone))
	return closed(t, s, r.ID)
}

// TrySealed tries every statement on a review that has ended.
func TrySealed(t *testing.T, id string, exec func(context.Context, string) error) {
	t.Helper()
	for what, statement := range sealedStatements {
		require.ErrorContains(t, exec(t.Context(), strings.ReplaceAll(statement, "%[1]s", id)), "sealed", what)
	}
}
