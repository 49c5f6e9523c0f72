package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

const (
	leaseFor     = 30 * time.Second
	deliverLimit = 20 * time.Second // under the lease, so that nobody delivers it twice at once
	pollEvery    = 500 * time.Millisecond
	retryAfter   = 2 * time.Second
)

// reply is what Temporal said to a command, as it is kept in the outbox.
type reply struct {
	Result  json.RawMessage `json:"result,omitempty"`
	Refused string          `json:"refused,omitempty"` // code
	Text    string          `json:"text,omitempty"`
}

// Deliver carries the outbox to Temporal until the context ends. Several
// processes may do so at once; a lease keeps them apart.
func (d *Desk) Deliver(ctx context.Context) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	told := map[domain.Departure]bool{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			d.routeDepartures(ctx, told)
			d.deliverDue(ctx)
		}
	}
}

func (d *Desk) deliverDue(ctx context.Context) {
	for {
		commands, err := d.Store.LeaseCommands(ctx, 20, leaseFor)
		if err != nil {
			if ctx.Err() == nil {
				d.Log.WarnContext(ctx, "outbox not read", "error", err)
			}
			return
		}
		for _, c := range commands {
			d.deliver(ctx, c)
		}
		if len(commands) < 20 {
			return
		}
	}
}

// deliverNow tries a command at once; what fails is left to Deliver.
func (d *Desk) deliverNow(ctx context.Context, id string) {
	c, err := d.Store.Command(ctx, id)
	if err != nil || c.Done() {
		return
	}
	if start, err := d.Store.Command(ctx, "start:"+c.Run); c.Kind != store.CommandStart && (err != nil || !start.Done()) {
		return // Temporal does not know the run yet, and would say that it has ended
	}
	d.deliver(ctx, c)
}

// deliver gives one command to Temporal and records the answer. Delivering it
// twice is harmless: the workflow id and the update id make it the same command.
func (d *Desk) deliver(ctx context.Context, c store.Command) {
	limited, cancel := context.WithTimeout(ctx, deliverLimit)
	defer cancel()
	answer, err := d.send(limited, c)
	if err != nil {
		d.Log.WarnContext(ctx, "command not delivered yet", "command", c.Kind, "name", c.Name, "run", c.Run, "attempt", c.Attempts)
		_ = d.Store.CommandFailed(context.WithoutCancel(ctx), c.ID, d.now().Add(backoff(c.Attempts)), "temporal did not answer")
		return
	}
	d.crash("delivered-not-recorded")
	// Whoever asked may have hung up by now: what Temporal answered is kept all
	// the same.
	if err := d.keep(context.WithoutCancel(ctx), c, answer); err != nil {
		d.Log.ErrorContext(ctx, "answer not recorded", "name", c.Name, "run", c.Run, "error", err)
	}
}

// keep writes an answer together with what follows from it, or nothing: then the
// command is delivered again, and answered the same.
func (d *Desk) keep(ctx context.Context, c store.Command, answer reply) error {
	entry, err := d.aftermath(ctx, c, answer)
	if err != nil {
		return err
	}
	if c.Name == workflows.UpdateReschedule && answer.Refused == "" {
		if err := d.personMoved(ctx, c); err != nil {
			return err
		}
	}
	if c.Name == workflows.SignalEmployment && answer.Refused != "" {
		source, id, _ := strings.Cut(strings.TrimPrefix(c.ID, "hr:"+c.Run+":"), ":")
		if err := d.Store.HREventAgain(ctx, source, id); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return d.Store.CommandDone(ctx, c.ID, raw, entry)
}

func backoff(attempts int) time.Duration {
	return min(retryAfter<<min(attempts, 5), time.Minute)
}

func (d *Desk) send(ctx context.Context, c store.Command) (reply, error) {
	switch c.Kind {
	case store.CommandStart:
		_, err := d.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: c.Run, TaskQueue: workflows.QueueHandover,
			WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING}, c.Name, json.RawMessage(c.Payload))
		var started *serviceerror.WorkflowExecutionAlreadyStarted
		if errors.As(err, &started) {
			err = nil
		}
		return reply{}, err
	case store.CommandSignal:
		err := d.Temporal.SignalWorkflow(ctx, c.Run, "", c.Name, json.RawMessage(c.Payload))
		return settled(err)
	default:
		return d.sendUpdate(ctx, c)
	}
}

func (d *Desk) sendUpdate(ctx context.Context, c store.Command) (reply, error) {
	handle, err := d.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{WorkflowID: c.Run, UpdateID: c.ID, UpdateName: c.Name,
		Args: []any{json.RawMessage(c.Payload)}, WaitForStage: client.WorkflowUpdateStageCompleted})
	if err != nil {
		return settled(err)
	}
	var result json.RawMessage
	if err := handle.Get(ctx, &result); err != nil {
		return settled(err)
	}
	return reply{Result: result}, nil
}

// settled tells an answer from trouble on the way: a refusal by the workflow and
// a run that has ended are answers.
func settled(err error) (reply, error) {
	if err == nil {
		return reply{}, nil
	}
	var refused *temporal.ApplicationError
	if errors.As(err, &refused) {
		return reply{Refused: refused.Type(), Text: refused.Message()}, nil
	}
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return reply{Refused: domain.RefusedState, Text: "the run has ended: nothing was changed"}, nil
	}
	return reply{}, fmt.Errorf("deliver command: %w", err)
}
