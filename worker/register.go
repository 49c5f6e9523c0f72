package worker

import (
	"context"

	"go.temporal.io/sdk/activity"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/workflows"
)

// workflowTypes pairs each name on the wire with its code.
func workflowTypes() map[string]any {
	return map[string]any{
		workflows.OffboardingType: workflows.Offboarding,
		workflows.SeatReleaseType: workflows.SeatRelease,
		workflows.ObservationType: workflows.Observation,
		workflows.HeldBatchType:   workflows.HeldBatch,
		workflows.PreviewType:     workflows.Preview,
		workflows.OnboardingType:  workflows.Onboarding,
		workflows.RoleChangeType:  workflows.RoleChange,

		workflows.ReconciliationType: workflows.Reconciliation,

		workflows.AccessReviewType: workflows.AccessReview,
		workflows.ReviewDueType:    workflows.ReviewDue,
	}
}

// RegisterWorkflows registers every workflow under its name on the wire.
func RegisterWorkflows(r sdk.WorkflowRegistry) {
	for name, fn := range workflowTypes() {
		r.RegisterWorkflowWithOptions(fn, workflow.RegisterOptions{Name: name})
	}
}

// RegisterActivities registers the implementation of every activity. The
// compiler checks that each fits the definition that workflows call.
func RegisterActivities(r sdk.ActivityRegistry, set *activities.Set) {
	turns := make(chan struct{}, appTurns)
	register(r, turns, activities.SnapshotAccount, set.SnapshotAccount)
	register(r, turns, activities.DeactivateAccount, set.DeactivateAccount)
	register(r, turns, activities.ReactivateAccount, set.ReactivateAccount)
	register(r, turns, activities.CloseSignIn, set.CloseSignIn)
	register(r, turns, activities.ReopenSignIn, set.ReopenSignIn)
	register(r, turns, activities.PlayRecipe, set.PlayRecipe)
	register(r, turns, activities.ProposePlan, set.ProposePlan)
	register(r, turns, activities.ChaseApproval, set.ChaseApproval)
	register(r, turns, activities.OpenTask, set.OpenTask)
	register(r, turns, activities.ReadBackSteps, set.ReadBackSteps)
	register(r, turns, activities.ReportAttention, set.ReportAttention)
	register(r, turns, activities.SettleSteps, set.SettleSteps)
	register(r, turns, activities.MoveRecords, set.MoveRecords)
	register(r, turns, activities.SweepApp, set.SweepApp)
	register(r, turns, activities.BookSeat, set.BookSeat)
	register(r, turns, activities.WeighSeats, set.WeighSeats)
	register(r, turns, activities.ReduceSeats, set.ReduceSeats)
	register(r, turns, activities.ConcludeRun, set.ConcludeRun)
	register(r, turns, activities.LookAtMember, set.LookAtMember)
	register(r, turns, activities.FindSeat, set.FindSeat)
	register(r, turns, activities.WaiveSeat, set.WaiveSeat)
	register(r, turns, activities.ProposeJoin, set.ProposeJoin)
	register(r, turns, activities.SendInvite, set.SendInvite)
	register(r, turns, activities.NoteInvite, set.NoteInvite)
	register(r, turns, activities.SettleJoin, set.SettleJoin)
	register(r, turns, activities.OpenSignIn, set.OpenSignIn)
	register(r, turns, activities.ChangeRole, set.ChangeRole)
	register(r, turns, activities.GrantAccess, set.GrantAccess)
	register(r, turns, activities.ObserveApp, set.ObserveApp)
	register(r, turns, activities.EndRights, set.EndRights)
	register(r, turns, activities.WeighBatch, set.WeighBatch)
	register(r, turns, activities.ReleaseBatch, set.ReleaseBatch)
	register(r, turns, activities.CancelBatch, set.CancelBatch)
	register(r, turns, activities.CloseBatch, set.CloseBatch)
	register(r, turns, activities.PreviewLeaving, set.PreviewLeaving)
	register(r, turns, activities.ReconcileApp, set.ReconcileApp)
	register(r, turns, activities.AskReview, set.AskReview)
	register(r, turns, activities.FreezeReview, set.FreezeReview)
	register(r, turns, activities.BlockReview, set.BlockReview)
	register(r, turns, activities.TellReviewers, set.TellReviewers)
	register(r, turns, activities.LookAtReview, set.LookAtReview)
	register(r, turns, activities.EndDeciding, set.EndDeciding)
	register(r, turns, activities.ReadBackReview, set.ReadBackReview)
	register(r, turns, activities.CloseReview, set.CloseReview)
	register(r, turns, activities.PackReview, set.PackReview)
}

// register pairs an activity with its implementation. What calls an app, and
// nobody's access waits for it, takes turns: a thousand at once would only wait
// for each other, with what they read in memory each. The store alone keeps
// nobody waiting.
func register[In, Out any](r sdk.ActivityRegistry, turns chan struct{}, a activities.Activity[In, Out], fn func(context.Context, In) (Out, error)) {
	if a.Profile == activities.ProfileCut || a.Profile == activities.ProfileStore {
		r.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: a.Name})
		return
	}
	inTurn := func(ctx context.Context, in In) (Out, error) {
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			var none Out
			return none, ctx.Err()
		}
		defer func() { <-turns }()
		return fn(ctx, in)
	}
	r.RegisterActivityWithOptions(inTurn, activity.RegisterOptions{Name: a.Name})
}
