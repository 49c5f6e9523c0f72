package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

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
		moved(t, s, r.ID, domain.ReviewDeciding, domain.ReviewCarryingOut, domain.EventReviewSilence)
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
	"a confirmation is about one decision, and counts for no other": oneDecisionConfirmed,
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
			ByVerdict: map[domain.ReviewVerdict]int{domain.ReviewKeep: 5}, Done: map[domain.ReviewVerdict]int{domain.ReviewKeep: 5}, Silent: 4, Privileged: 2, OpenAdmins: 2}, c)
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
		require.Equal(t, []any{1, 0, 4}, []any{c.ByVerdict[domain.ReviewRemove], c.Done[domain.ReviewRemove], c.Done[domain.ReviewKeep]}, "what is decided is not done")
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
		require.Equal(t, r, moved(t, s, r.ID, domain.ReviewCarryingOut, domain.ReviewExceptions, domain.EventReviewClosed))
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
	"a review with a line that is not done is not complete": func(t *testing.T, s *store.Store) {
		r := opened(t, s, "2026-Q4", 2)
		decideLine(t, s, r.ID, 1, domain.ReviewKeep, domain.LineOpen, domain.LineDone)
		moved(t, s, r.ID, domain.ReviewDeciding, domain.ReviewCarryingOut, domain.EventReviewSilence)
		complete := func() error {
			_, err := s.MoveReview(t.Context(), r.ID, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewCarryingOut}, To: domain.ReviewComplete}, domain.Entry{Run: r.ID,
				RunState: domain.RunClosed, Events: []domain.AuditEvent{{Key: r.ID + "/closed", Run: r.ID, Kind: domain.EventReviewClosed, Actor: domain.SystemActor, At: noon}}})
			return err
		}
		state := domain.LineOpen
		for _, next := range []domain.LineState{domain.LineException, domain.LineConfirm, domain.LineDecided, domain.LineCarrying, domain.LineFailed, domain.LineDone} {
			require.Equal(t, domain.FaultConflict, domain.KindOf(complete()), state)
			now, err := s.Review(t.Context(), r.ID)
			require.NoError(t, err)
			require.Equal(t, []any{domain.ReviewCarryingOut, ""}, []any{now.State, now.Digest})
			require.NoError(t, s.MarkLines(t.Context(), r.ID, []domain.LineMark{{Line: 2, From: state, To: next}}, domain.Entry{Run: r.ID}))
			state = next
		}
		for _, e := range whole(t, s, r.ID) {
			require.NotEqual(t, domain.EventReviewClosed, e.Event.Kind, "nothing says that it ended")
		}
		require.NoError(t, complete())
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
