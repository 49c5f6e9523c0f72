package desk_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/desk"
	"handover/workflows"
)

// asking keeps what workers were asked.
type asking struct {
	*cluster
	saw []workflows.PreviewInput
}

func (a *asking) ExecuteWorkflow(ctx context.Context, o client.StartWorkflowOptions, name any, args ...any) (client.WorkflowRun, error) {
	if in, ok := args[0].(workflows.PreviewInput); ok {
		a.saw = append(a.saw, in)
	}
	return a.cluster.ExecuteWorkflow(ctx, o, name, args...)
}

// seatWorld is an app with a contract, and one of which nothing is known.
func seatWorld(t *testing.T) (*world, *asking) {
	t.Helper()
	w := newWorld(t)
	apollo := w.policy.Apps["apollo"]
	apollo.Plan = domain.PlanProfessional
	apollo.Profiles = map[string]domain.ProfilePolicy{"b": {Seat: domain.SeatBilling}}
	apollo.Seats.Billing, apollo.Seats.Renewal, apollo.Seats.AsOf = domain.BillingAnnual, "2027-03-31", "2026-11-20"
	w.policy.Apps["vault"] = &domain.AppPolicy{Kind: domain.KindManual, Queue: "own", Owner: "ada@example.com"}
	ask := &asking{cluster: w.tmp}
	w.Temporal = ask
	return w, ask
}

func (w *world) seats(t *testing.T) map[domain.AppID]desk.SeatReport {
	t.Helper()
	reports, err := w.Seats(t.Context(), w.as("finn"))
	require.NoError(t, err)
	require.Len(t, reports, 2)
	return map[domain.AppID]desk.SeatReport{reports[0].App: reports[0], reports[1].App: reports[1]}
}

func counted(app string, n domain.SeatCount, hints ...domain.SeatHint) workflows.PreviewAnswer {
	return workflows.PreviewAnswer{App: app, Result: workflows.PreviewResult{Seats: &workflows.CountResult{Count: n, Hints: hints}}}
}

func TestSeatsAreReadByTheWorkers(t *testing.T) {
	t.Parallel()
	w, ask := seatWorld(t)
	run := w.start("ada", leaving("dana"))
	ask.saw = nil
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, Seats: []domain.SeatEntry{
		{ID: "s1", App: "apollo", Kind: domain.SeatFreed, Run: run.ID, Person: run.Person, Account: "a1", Reusable: domain.Yes, At: morning},
		{ID: "s2", App: "apollo", Kind: domain.SeatPromise, Run: run.ID, Person: "joiner", At: morning}}}))
	hint := domain.SeatHint{Email: "finn@example.com", Text: "only here for billing?"}
	full := domain.SeatCount{Complete: true, ReadAt: morning, Paid: 9, Unpaid: 1, ByType: map[string]int{"full": 9, "call_assistant": 1}}
	w.tmp.previews = func() ([]workflows.PreviewAnswer, error) {
		return []workflows.PreviewAnswer{counted("vault", domain.SeatCount{Hidden: true}), counted("apollo", full, hint)}, nil
	}
	reports := w.seats(t)
	r := reports["apollo"]
	require.Empty(t, r.Unread)
	require.Equal(t, []int{12, 3, 2, 2, 1, 1}, []int{r.Standing.Contract.Bought, r.Standing.Free, r.Standing.Reusable, r.Standing.Spare, r.Standing.Promised, r.Standing.Freed})
	require.Equal(t, "2844.00 USD", r.Standing.Idle.String(), "three times twelve months at 79 dollars")
	require.Equal(t, full, r.Standing.Count)
	require.Equal(t, []domain.SeatHint{hint}, r.Hints)
	require.Len(t, r.Ledger, 2)
	require.Equal(t, domain.PriceFromGuide, r.Prices[domain.SeatFull].Source)
	require.False(t, r.Prices[domain.SeatCallAssistant].Known())
	require.NotContains(t, r.Prices, domain.SeatBilling, "nobody sits on one")
	require.Contains(t, r.Warnings[0], "prices change", "the guide's price is nine months old")

	vault := reports["vault"]
	require.Equal(t, "the app shows Handover no users", vault.Unread)
	require.Equal(t, -1, vault.Standing.Free)
	require.Empty(t, vault.Warnings)

	require.Len(t, ask.saw, 1, "all apps are asked at once")
	require.Equal(t, []workflows.PreviewApp{
		{Queue: "apps", Input: workflows.PreviewRequest{App: "apollo", Kind: domain.KindApolloIO, Seats: &workflows.CountRequest{Money: []string{"finn@example.com"}}}},
		{Queue: "own", Input: workflows.PreviewRequest{App: "vault", Kind: domain.KindManual, Seats: &workflows.CountRequest{}}}}, ask.saw[0].Apps)
}

// Whatever keeps an app from being listed, what policy and ledger say is shown, and
// nothing that hangs on the listing is a number.
func TestSeatsThatCannotBeReadAreUnknown(t *testing.T) {
	t.Parallel()
	w, _ := seatWorld(t)
	for name, c := range map[string]struct {
		answers []workflows.PreviewAnswer
		err     error
		away    bool
		want    string
	}{
		"Temporal is away":    {away: true, want: "check that it runs"},
		"no worker":           {err: context.DeadlineExceeded, want: "no worker answered in time"},
		"something else":      {err: errors.New("dana@example.com"), want: "Temporal did not answer"},
		"the key was revoked": {answers: []workflows.PreviewAnswer{{App: "apollo", Fault: "unauthenticated", Text: "make a new key"}}, want: "make a new key"},
		"an old worker":       {answers: []workflows.PreviewAnswer{{App: "apollo"}}, want: "older version"},
		"half a list":         {answers: []workflows.PreviewAnswer{counted("apollo", domain.SeatCount{Paid: 3})}, want: "cut short"},
	} {
		w.tmp.set(c.away)
		w.tmp.previews = func() ([]workflows.PreviewAnswer, error) { return c.answers, c.err }
		r := w.seats(t)["apollo"]
		require.Contains(t, r.Unread, c.want, name)
		require.NotContains(t, r.Unread, "@", name)
		require.Equal(t, 12, r.Standing.Contract.Bought, name)
		require.Equal(t, []int{-1, -1, -1}, []int{r.Standing.Free, r.Standing.Reusable, r.Standing.Spare}, name)
		require.Equal(t, "unknown", r.Standing.Idle.String(), name)
		require.Equal(t, "948.00 USD", r.Prices[domain.SeatFull].PerSeat.String(), name)
	}
}

// Whose promise it was is hidden from whoever may not see the run; that it was one
// is counted all the same, and one person's seat taken is not another's promise kept.
func TestSeatsOfConfidentialRunsAreCountedRight(t *testing.T) {
	t.Parallel()
	w, _ := seatWorld(t)
	run := secretRun(w)
	line := func(id string, kind domain.SeatEntryKind, who string, after time.Duration) domain.SeatEntry {
		return domain.SeatEntry{ID: id, App: "apollo", Kind: kind, Run: run.ID, Person: domain.PersonID(who), Account: domain.AccountID(who), At: morning.Add(after)}
	}
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, Seats: []domain.SeatEntry{
		line("1", domain.SeatPromise, "p1", 0), line("2", domain.SeatTaken, "p2", time.Hour), line("3", domain.SeatFreed, "p3", 2*time.Hour), line("4", domain.SeatFreed, "p4", 3*time.Hour)}}))
	r := w.seats(t)["apollo"]
	require.Equal(t, []int{1, 2}, []int{r.Standing.Promised, r.Standing.Freed})
	for _, e := range r.Ledger {
		require.Empty(t, string(e.Person)+string(e.Account)+e.Run)
	}
}

// Who uses the seats is asked for by itself, because it takes the apps longer.
func TestSeatsInUseAskForActivity(t *testing.T) {
	t.Parallel()
	w, ask := seatWorld(t)
	answer := counted("apollo", domain.SeatCount{Complete: true, ReadAt: morning})
	answer.Result.Seats.Uses = &workflows.SeatUses{Asked: 3, Unknown: 2, Why: "no master key"}
	w.tmp.previews = func() ([]workflows.PreviewAnswer, error) { return []workflows.PreviewAnswer{answer}, nil }
	reports, err := w.SeatsInUse(t.Context(), w.as("finn"))
	require.NoError(t, err)
	require.Equal(t, 3, reports[0].Uses.Asked)
	require.True(t, ask.saw[0].Apps[0].Input.Seats.Activity)
	w.seats(t)
	require.False(t, ask.saw[1].Apps[0].Input.Seats.Activity)
	_, err = w.SeatsInUse(t.Context(), w.as("eli"))
	require.Equal(t, domain.RefusedRight, code(err))
}
