package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/workflows"
)

// previewTimeout bounds how long a person at a terminal waits for the apps.
const previewTimeout = 2 * time.Minute

// PreviewOffboard tells what a leaving would do and writes nothing anywhere.
func (d *Desk) PreviewOffboard(ctx context.Context, a Actor, req OffboardRequest) ([]workflows.PreviewAnswer, error) {
	if err := d.allow(ctx, a, mayStart, ""); err != nil {
		return nil, err
	}
	answers, err := d.previewOffboard(ctx, req)
	return answers, d.refused(ctx, a, "", err)
}

func (d *Desk) previewOffboard(ctx context.Context, req OffboardRequest) ([]workflows.PreviewAnswer, error) {
	if _, _, err := d.moment(req); err != nil {
		return nil, domain.Refuse(domain.RefusedReason, err.Error())
	}
	apps, _, err := appsOf(d.Policy(), req.Apps)
	if err != nil {
		return nil, err
	}
	answers, err := d.preview(ctx, req, apps, false)
	if err != nil {
		return nil, err
	}
	email, _, err := agree(req, answers)
	if err == nil && email == "" {
		err = domain.Refuse(domain.RefusedUnknown, "nobody with this email is known to any app of the policy: check the spelling")
	}
	return answers, err
}

// preview asks the workers, because only they hold the apps' keys.
func (d *Desk) preview(ctx context.Context, req OffboardRequest, apps []domain.AppID, quick bool) ([]workflows.PreviewAnswer, error) {
	p := d.Policy()
	var in workflows.PreviewInput
	for _, id := range apps {
		app := p.Apps[id]
		one := workflows.PreviewRequest{App: id, Kind: app.Kind, Email: req.Email, Account: req.Account, Heirs: req.Heirs, Scopes: app.Scopes,
			Drift: app.Drift, Order: app.Order, Emails: app.Emails, Hold: req.LegalHold, Quick: quick,
			SignIn: app.SignIn.Provider != "", Instructions: app.Instructions}
		for _, email := range app.Protected {
			one.Protect = one.Protect || domain.NormalEmail(email) == domain.NormalEmail(req.Email)
		}
		in.Apps = append(in.Apps, workflows.PreviewApp{Queue: app.Queue, Input: one})
	}
	return d.askWorkers(ctx, in, previewTimeout)
}

// askWorkers has the workers read their apps, and changes nothing anywhere.
func (d *Desk) askWorkers(ctx context.Context, in workflows.PreviewInput, within time.Duration) ([]workflows.PreviewAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	in.Timings = workflows.Timings{RetryInitial: 500 * time.Millisecond, RetryMax: 2 * time.Second, Attempts: 2}
	run, err := d.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "preview:" + rand.Text(), TaskQueue: workflows.QueueHandover,
		WorkflowExecutionTimeout: within}, workflows.PreviewType, in)
	if err != nil {
		return nil, d.unreachable(err)
	}
	var answers []workflows.PreviewAnswer
	if err := run.Get(ctx, &answers); err != nil {
		return nil, d.unreachable(err)
	}
	return answers, nil
}

func (d *Desk) unreachable(err error) error {
	text := "Temporal did not answer: check that it runs and that TEMPORAL_ADDRESS names it"
	if errors.Is(err, context.DeadlineExceeded) {
		text = "no worker answered in time: check that a worker runs with the app's key"
	}
	return domain.NewFault(domain.FaultUnavailable, "desk.preview", "", text, err)
}
