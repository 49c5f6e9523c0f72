package workflows

import (
	"go.temporal.io/sdk/workflow"

	"handover/activities"
)

// ReconciliationType is the name on the wire.
const ReconciliationType = "reconciliation"

// ReconciliationInput starts a reconciliation of some apps. It is frozen in the
// schedule until a worker starts again.
type ReconciliationInput struct {
	Apps    []ReconcileApp `json:"apps"`
	Timings Timings        `json:"timings"`
}

// ReconcileRequest is what one app is judged by, under a name of this package for
// those who start a reconciliation.
type ReconcileRequest = activities.ReconcileInput

// ReconcileApp is one app and the queue of its workers.
type ReconcileApp struct {
	Queue string           `json:"queue"`
	Input ReconcileRequest `json:"input"`
}

// ReconcileAnswer is what became of one app: a reading, or why there is none.
type ReconcileAnswer struct {
	App    string                     `json:"app"`
	Result activities.ReconcileResult `json:"result"`
	Fault  string                     `json:"fault,omitempty"`
	Text   string                     `json:"text,omitempty"`
}

// Reconciliation compares apps with HR and their identity providers, each once and
// side by side. An app that does not answer keeps no other one waiting; what was
// found there before stays as it is, and its age tells that nobody looked.
func Reconciliation(ctx workflow.Context, in ReconciliationInput) ([]ReconcileAnswer, error) {
	answers := make([]ReconcileAnswer, len(in.Apps))
	sideBySide(ctx, in.Apps, func(ctx workflow.Context, i int, app ReconcileApp) {
		result, err := execute(ctx, in.Timings, app.Queue, activities.ReconcileApp, app.Input)
		fault, text := faultWords(err)
		answers[i] = ReconcileAnswer{App: string(app.Input.App), Result: result, Fault: fault, Text: text}
	})
	return answers, nil
}
