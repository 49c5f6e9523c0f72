package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// passBrake weighs one more leaving against the limits. What exceeds them is
// held, and people are asked; it answers whether it is.
func (d *Desk) passBrake(ctx context.Context, r store.HRRecord, person domain.Person, apps []domain.AppID) (bool, error) {
	heads, err := d.headcount(ctx)
	if err != nil {
		return false, err
	}
	limits := d.Policy().Brake.Limits()
	next := domain.Start{At: d.now(), Source: r.Event.Source, Department: department(person, r.Event), Apps: apps, Urgent: r.Event.Type == domain.HREndedNow}
	b, err := d.Store.PassBrake(ctx, r, next, func(past []domain.Start, held bool) domain.BrakeFinding {
		if r.Event.Hold != "" {
			return domain.BrakeFinding{Limit: "roster", Why: r.Event.Hold}
		}
		return limits.Check(next, past, heads, held)
	})
	if err != nil || b.Finding.Free() {
		return false, err
	}
	d.crash("held-not-asked")
	if err := d.askAboutBatch(ctx, b); err != nil {
		return true, err
	}
	return true, d.Store.HeldAndAsked(ctx, r.Event.Source, r.Event.ID)
}

func department(p domain.Person, e domain.HREvent) string {
	if e.Department != "" {
		return e.Department
	}
	return p.Department
}

// headcount is how many people there are: as the policy says, or as HR told.
func (d *Desk) headcount(ctx context.Context) (domain.Headcount, error) {
	h, err := d.Store.Headcount(ctx)
	h.Company = max(h.Company, d.Policy().Company.People)
	return h, err
}

// askAboutBatch starts the questions about a batch, once.
func (d *Desk) askAboutBatch(ctx context.Context, b store.Braked) error {
	p := d.Policy()
	c := &cast{d: d, ctx: ctx, requester: domain.SystemActor, app: &domain.AppPolicy{}}
	in := workflows.HeldBatchInput{Run: b.Batch, Canary: p.Brake.First(), Why: b.Finding.Why, Admins: c.withRole(domain.RoleAdmin), Timings: timings(p.Leaving), PolicyHash: p.Hash,
		Approval: c.brakeApproval(p)}
	in.Tell = in.Admins
	run := domain.Run{ID: b.Batch, Kind: domain.RunHeldBatch, Authority: domain.AuthorityHR, Requester: domain.SystemActor, PolicyHash: p.Hash, StartedAt: d.now()}
	if c.err != nil {
		return c.err
	}
	_, created, err := d.Store.CreateRun(ctx, run, func(r domain.Run) (store.RunStart, error) {
		payload, err := json.Marshal(in)
		if err != nil {
			return store.RunStart{}, fmt.Errorf("encode input: %w", err)
		}
		e := domain.AuditEvent{Key: r.ID + "/held", Run: r.ID, Kind: domain.EventBrakeHeld, Actor: domain.SystemActor, At: r.StartedAt, PolicyHash: p.Hash,
			Facts: map[string]string{"limit": b.Finding.Limit, "why": b.Finding.Why}}
		return store.RunStart{Input: payload, Events: []domain.AuditEvent{e},
			Command: store.Command{ID: "start:" + r.ID, Kind: store.CommandStart, Run: r.ID, Name: workflows.HeldBatchType, Payload: payload}}, nil
	})
	switch {
	case err != nil:
		return err
	case created:
		d.deliverNow(ctx, "start:"+b.Batch)
		return nil
	default:
		return d.tellGrown(ctx, b.Batch)
	}
}

// tellGrown tells the questions about a batch that it holds more, once between two
// weighings: the run weighs all again when it hears of one.
func (d *Desk) tellGrown(ctx context.Context, batch string) error {
	weighed, err := d.Store.Setting(ctx, domain.BatchWeighed(batch))
	if err != nil {
		return err
	}
	id := fmt.Sprintf("grew:%s:%s", batch, weighed)
	_, err = d.Store.EnqueueCommand(ctx, store.Command{ID: id, Kind: store.CommandSignal, Run: batch, Name: workflows.SignalGrew, Payload: []byte(`""`)})
	return err
}

// brakeWait is how long an answer is waited for before others are asked: access
// that should end is held meanwhile.
const brakeWait = time.Hour

// brakeApproval is who says go on: whom the policy names, else HR and security,
// else the administrators. Silence asks others and denies nothing: leavers would
// keep their access.
func (c *cast) brakeApproval(p *domain.Policy) domain.ApprovalPolicy {
	var asks domain.ApprovalPolicy
	if p.Brake.Approval != "" {
		asks = c.approval(p.Brake.Approval)
	} else {
		asks = c.freeze("brake", &domain.ApprovalSetting{Reminder: brakeWait, Clock: domain.ClockWall,
			Stages: []domain.StageSetting{{Name: "brake", Who: []string{"role:hr", "role:security"}, Backup: []string{"role:admin"}, Timeout: brakeWait}}})
	}
	for i := range asks.Stages {
		asks.Stages[i].OnTimeout = domain.TimeoutEscalate
	}
	return c.onWallClock(asks, brakeWait)
}
