package storetest

import (
	"fmt"
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

// closed ends a review, whatever is still open of it.
func closed(t *testing.T, s *store.Store, id string) domain.Review {
	t.Helper()
	moved(t, s, id, domain.ReviewDeciding, domain.ReviewCarryingOut, domain.EventReviewSilence)
	return moved(t, s, id, domain.ReviewCarryingOut, domain.ReviewExceptions, domain.EventReviewClosed)
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
