package workflows_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

// Each app is compared, and one that does not answer keeps no other one waiting.
func TestReconciliationReadsEachAppOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mu sync.Mutex // they are compared side by side
	var asked []domain.AppID
	play(w, activities.ReconcileApp, func(in activities.ReconcileInput, _ int) (activities.ReconcileResult, error) {
		mu.Lock()
		asked = append(asked, in.App)
		mu.Unlock()
		if in.App == "vault" {
			return activities.ReconcileResult{}, temporalFault(domain.FaultForbidden, "the key lacks the grant")
		}
		return activities.ReconcileResult{Reading: domain.Reading{App: in.App, Complete: true, Found: 3}}, nil
	})
	in := workflows.ReconciliationInput{Timings: input().Timings}
	for _, app := range []domain.AppID{"apollo", "vault", "wiki"} {
		in.Apps = append(in.Apps, workflows.ReconcileApp{Queue: "apps", Input: workflows.ReconcileRequest{App: app}})
	}
	w.env.RegisterWorkflow(workflows.Reconciliation)
	w.env.ExecuteWorkflow(workflows.Reconciliation, in)
	require.True(t, w.env.IsWorkflowCompleted())
	require.NoError(t, w.env.GetWorkflowError())
	var answers []workflows.ReconcileAnswer
	require.NoError(t, w.env.GetWorkflowResult(&answers))
	require.ElementsMatch(t, []domain.AppID{"apollo", "vault", "wiki"}, asked)
	require.Len(t, answers, 3)
	require.Equal(t, 3, answers[0].Result.Reading.Found)
	require.Equal(t, []string{"vault", "forbidden", "the key lacks the grant"}, []string{answers[1].App, answers[1].Fault, answers[1].Text})
	require.True(t, answers[2].Result.Reading.Complete)
}
