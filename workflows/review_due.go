package workflows

import (
	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// ReviewDueInput is what a schedule asks for.
type ReviewDueInput struct {
	App     domain.AppID `json:"app"`
	Timings Timings      `json:"timings"`
}

// ReviewDue notes that an app is due for a review. The desk starts it, under the id
// of its period, so that the clock and a person who asks get one and the same.
func ReviewDue(ctx workflow.Context, in ReviewDueInput) (activities.Nothing, error) {
	return execute(ctx, in.Timings, QueueHandover, activities.AskReview, activities.ReviewInput{App: in.App})
}
