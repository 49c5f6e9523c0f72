package workflows

import (
	"go.temporal.io/sdk/workflow"

	"handover/activities"
)

// ObservationInput asks to look at one app.
type ObservationInput struct {
	App     AppInput `json:"app"`
	Timings Timings  `json:"timings"`
}

// Observation lists an app once and wakes the runs whose open tasks the app
// already satisfies, so that somebody who never clicks Done is seen too. A
// schedule starts it for each app.
func Observation(ctx workflow.Context, in ObservationInput) (activities.ObserveResult, error) {
	result, err := execute(ctx, in.Timings, in.App.Queue, activities.ObserveApp, activities.ObserveInput{App: in.App.App})
	if err != nil {
		return result, err
	}
	for _, run := range result.Runs {
		// A run that has ended meanwhile needs no signal.
		_ = workflow.SignalExternalWorkflow(ctx, run, "", SignalObserved, "").Get(ctx, nil)
	}
	return result, nil
}

// PreviewInput asks what a leaving would do in each app.
type PreviewInput struct {
	Apps    []PreviewApp `json:"apps"`
	Timings Timings      `json:"timings"`
}

// PreviewRequest is what is asked of one app, under a name of this package for
// those who start a preview.
type PreviewRequest = activities.PreviewInput

// CountResult is what one app answers to it.
type CountResult = activities.CountResult

// CountRequest asks one app for its seats in place of a leaving.
type CountRequest = activities.CountInput

// SeatUses is who of those on paid seats uses an app.
type SeatUses = activities.SeatUses

// PreviewResult is what one app answers.
type PreviewResult = activities.PreviewResult

// PreviewApp is one app of a preview.
type PreviewApp struct {
	Queue string         `json:"queue"`
	Input PreviewRequest `json:"input"`
}

// PreviewAnswer is the answer of one app: a result, or why there is none.
type PreviewAnswer struct {
	App    string        `json:"app"`
	Result PreviewResult `json:"result"`
	Fault  string        `json:"fault"`
	Text   string        `json:"text"`
}

// Preview reads what a leaving would do and changes nothing.
func Preview(ctx workflow.Context, in PreviewInput) ([]PreviewAnswer, error) {
	answers := make([]PreviewAnswer, len(in.Apps))
	sideBySide(ctx, in.Apps, func(ctx workflow.Context, i int, app PreviewApp) {
		result, err := execute(ctx, in.Timings, app.Queue, activities.PreviewLeaving, app.Input)
		fault, text := faultWords(err)
		answers[i] = PreviewAnswer{App: string(app.Input.App), Result: result, Fault: fault, Text: text}
	})
	return answers, nil
}

// sideBySide asks all apps at once and waits for each: one that does not answer keeps
// no other one waiting.
func sideBySide[App any](ctx workflow.Context, apps []App, ask func(ctx workflow.Context, i int, app App)) {
	wg := workflow.NewWaitGroup(ctx)
	for i, app := range apps {
		wg.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer wg.Done()
			ask(ctx, i, app)
		})
	}
	wg.Wait(ctx)
}

// faultWords are the kind and the text of a fault for an answer; nothing where there
// is none.
func faultWords(err error) (kind, text string) {
	if err == nil {
		return "", ""
	}
	k, text := faultOf(err)
	return string(k), text
}
