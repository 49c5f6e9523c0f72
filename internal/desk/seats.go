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

// seatCheckEvery is how often contracts are compared with the calendar.
const seatCheckEvery = time.Hour

// ReleaseSeats starts the seat release of each app when its notice lead is
// reached, once for each renewal, until the context ends.
func (d *Desk) ReleaseSeats(ctx context.Context) error {
	ticker := time.NewTicker(seatCheckEvery)
	defer ticker.Stop()
	for {
		for id := range d.Policy().Apps {
			if _, err := d.StartSeatRelease(ctx, id); err != nil && ctx.Err() == nil {
				d.Log.WarnContext(ctx, "seat release not started", "app", id, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// StartSeatRelease starts the release for an app's next renewal when it is time.
// It answers "" when it is not.
func (d *Desk) StartSeatRelease(ctx context.Context, id domain.AppID) (string, error) {
	p := d.Policy()
	app := p.Apps[id]
	contract := app.Contract()
	ask, now := contract.AskAt(), d.now()
	if ask.IsZero() || now.Before(ask) || now.After(contract.LastCall()) {
		return "", nil
	}
	c := &cast{d: d, ctx: ctx, app: app}
	in := workflows.SeatReleaseInput{App: c.appInput(id, app, false), Admins: c.withRole(domain.RoleAdmin), Timings: timings(p.Leaving), PolicyHash: p.Hash}
	in.App.Approval = c.financePolicy(app)
	in.Tell = in.Admins
	if c.err != nil {
		return "", c.err
	}
	run := domain.Run{ID: fmt.Sprintf("%s:%s:%s", workflows.SeatReleaseType, id, contract.Renewal.Format(time.DateOnly)), Kind: domain.RunSeatRelease,
		Apps: []domain.AppID{id}, Requester: domain.SystemActor, Authority: domain.AuthorityPerson, PolicyHash: p.Hash, StartedAt: now}
	made, created, err := d.Store.CreateRun(ctx, run, func(r domain.Run) (store.RunStart, error) { return seatStart(r, in) })
	if err == nil && created {
		d.deliverNow(ctx, "start:"+made.ID)
	}
	return made.ID, err
}

func seatStart(r domain.Run, in workflows.SeatReleaseInput) (store.RunStart, error) {
	in.Run = r.ID
	payload, err := json.Marshal(in)
	if err != nil {
		return store.RunStart{}, fmt.Errorf("encode input: %w", err)
	}
	e := domain.AuditEvent{Key: r.ID + "/started", Run: r.ID, Kind: domain.EventRunStarted, Actor: domain.SystemActor, App: r.Apps[0],
		PolicyHash: r.PolicyHash, At: r.StartedAt}
	return store.RunStart{Input: payload, Events: []domain.AuditEvent{e},
		Command: store.Command{ID: "start:" + r.ID, Kind: store.CommandStart, Run: r.ID, Name: workflows.SeatReleaseType, Payload: payload}}, nil
}

// financePolicy names who decides about money.
func (c *cast) financePolicy(app *domain.AppPolicy) domain.ApprovalPolicy {
	if c.d.Policy().Approvals[app.SeatApproval] != nil {
		return c.approval(app.SeatApproval)
	}
	return c.freeze("", &domain.ApprovalSetting{Stages: []domain.StageSetting{{Name: "finance", Who: []string{"role:finance"}, Backup: []string{"role:admin"},
		Timeout: 3 * workingDay}}, Reminder: workingDay, Gains: &[]domain.RecordKind{}})
}
