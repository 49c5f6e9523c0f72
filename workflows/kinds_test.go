package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

// Workflows know no app by name: every kind goes through the same leaving, and
// what differs is its runbook.
func TestEveryKindPassesTheSameLeaving(t *testing.T) {
	t.Parallel()
	for _, kind := range domain.Kinds() {
		for name, words := range map[string]map[domain.StepKey]string{"plain": nil, "with words": {domain.StepHandOver: "move what is theirs", domain.StepDeactivate: "end it"}} {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				in := input()
				in.Apps[0].Kind, in.Apps[0].Instructions = kind, words
				hidden := kind == domain.KindManual
				if kind != domain.KindApolloIO {
					w.snapshot.Counts, w.snapshot.Owned, w.snapshot.Mailboxes = nil, nil, 0
				}
				if hidden {
					w.snapshot.Hidden, w.snapshot.Complete, w.snapshot.Channels = true, false, nil
					w.snapshot.Active, w.snapshot.Admin = domain.Unknown, domain.Unknown
					w.deactivate = func(int) (activities.ActResult, error) {
						return activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: "no interface"}, nil
					}
					w.readBack = func(in activities.ReadBackInput, _ int) activities.ReadBackResult { return attestedOnly(in) }
				}
				w.decide(time.Hour, "apollo", eli, domain.Approve)
				w.robot(2*time.Hour, 48*time.Hour)
				r := w.run(in)
				require.Equal(t, domain.RunClosed, r.State)
				require.Empty(t, w.attention)
				book, _ := domain.RunbookFor(kind)
				_, sweeps := book.Step(domain.StepSweep)
				require.Equal(t, sweeps, w.calls[activities.SweepApp.Name] > 0)
				_, seats := book.Step(domain.StepSeat)
				require.Equal(t, seats, w.calls[activities.BookSeat.Name] > 0)
				wantsPlan := kind == domain.KindApolloIO || kind == domain.KindApolloSpace || words != nil
				require.Equal(t, wantsPlan, len(w.proposals) > 0, "nobody is asked about nothing")
				if hidden {
					require.Contains(t, w.tasks[0].Instructions[0], "Look first")
					require.True(t, w.tasks[0].Attest)
				}
			})
		}
	}
}

// attestedOnly answers like an app that shows nothing.
func attestedOnly(in activities.ReadBackInput) activities.ReadBackResult {
	r := activities.ReadBackResult{States: map[domain.StepKey]domain.StepState{}, Settled: true}
	for _, key := range in.Steps {
		switch {
		case in.Confirmed != "":
			r.States[key] = domain.StepAttested
		case in.DoneBy != "":
			r.States[key] = domain.StepDoneUnverified
		default:
			r.States[key] = domain.StepWaiting
		}
		r.Settled = r.Settled && r.States[key].Settled()
	}
	return r
}

// What two people ended, people give back: undo asks, and takes a reason.
func TestUndoOfAManualApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Apps[0].Kind, in.Apps[0].Instructions = domain.KindManual, map[domain.StepKey]string{domain.StepHandOver: "move"}
	w.snapshot = activities.SnapshotResult{Found: true, Hidden: true, Account: danaA, Active: domain.Unknown, Admin: domain.Unknown}
	w.deactivate = func(int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: "no interface"}, nil
	}
	w.readBack = func(in activities.ReadBackInput, _ int) activities.ReadBackResult { return attestedOnly(in) }
	w.reactivate = func() (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: "no interface"}, nil
	}
	w.robot(2*time.Hour, 12*time.Hour)
	w.update(20*time.Hour, workflows.UpdateUndo, workflows.ReasonRequest{Person: ada, Reason: "the wrong person"})
	w.update(30*time.Hour, workflows.UpdateSkip, workflows.StepRequest{App: "apollo", Step: domain.StepDeactivate, Person: ada, Reason: "given back by hand"})
	r := w.run(in)
	require.Equal(t, domain.RunRetracted, r.State)
	require.NotEmpty(t, w.attention)
	require.Contains(t, w.attention[len(w.attention)-1].Why, "give the access back by hand")
}
