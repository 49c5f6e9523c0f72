package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"handover/activities"
	"handover/domain"
)

// An attempt to ask may have opened the request though nobody heard of it. Where
// another request takes its place it is closed: nobody is asked for ever.
func TestARequestWhoseOpeningWasLostIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	play(w, activities.ProposePlan, func(in activities.ProposeInput, n int) (activities.ProposeResult, error) {
		w.mu.Lock()
		w.proposals = append(w.proposals, in)
		w.mu.Unlock()
		if n <= 3 { // all attempts: a person is told, and it is tried again later
			return activities.ProposeResult{}, temporal.NewApplicationError("away", string(domain.FaultUnavailable))
		}
		r := w.propose(in)
		r.Clock = w.clock(in.Approval)
		return r, nil
	})
	w.decide(3*time.Hour, "apollo", eli, domain.Approve)
	w.robot(9*time.Hour, 18*time.Hour)
	require.Equal(t, domain.RunClosed, w.run(input()).State)
	lost, asked := w.proposals[0].Approval.ID, w.proposals[len(w.proposals)-1].Approval.ID
	require.NotEqual(t, lost, asked)
	require.True(t, slices.ContainsFunc(w.chased, func(in activities.ChaseInput) bool {
		return in.Kind == "close" && in.About == lost && in.Approval != nil && in.Approval.State == domain.ApprovalClosed
	}), "the request that nobody heard of is closed")
}
