package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"handover/domain"
	"handover/internal/store"
)

// RunDetail is a run with everything a reader wants to see of it.
type RunDetail struct {
	Run       domain.Run
	Subject   domain.Person
	Steps     []domain.StepRecord
	CutOffs   []domain.CutOffTime
	Approvals []domain.Approval
	Tasks     []domain.Task
	Transfers []domain.Transfer
}

// Runs lists the runs that the actor may see, the newest first.
func (d *Desk) Runs(ctx context.Context, a Actor, f store.RunFilter) ([]domain.Run, error) {
	if err := d.allow(ctx, a, mayRead, ""); err != nil {
		return nil, err
	}
	f.Viewer = a.Person.ID
	runs, err := d.Store.ListRuns(ctx, f)
	for i := range runs {
		steps, serr := d.Store.Steps(ctx, runs[i].ID, "")
		if serr != nil {
			return nil, serr
		}
		runs[i].State = runs[i].StateFromSteps(steps)
	}
	return runs, err
}

// RunDetail shows one run.
func (d *Desk) RunDetail(ctx context.Context, a Actor, id string) (RunDetail, error) {
	run, err := d.visible(ctx, a, id)
	if err != nil {
		return RunDetail{}, err
	}
	mine, err := d.part(ctx, a, id)
	if err != nil {
		return RunDetail{}, err
	}
	if !mine && !run.Confidential { // whoever is named in a confidential run may see it
		if err := d.allow(ctx, a, mayRead, id); err != nil {
			return RunDetail{}, err
		}
	}
	return d.detail(ctx, run)
}

// part tells whether the actor has something to decide or do in a run, for
// themselves or for somebody else.
func (d *Desk) part(ctx context.Context, a Actor, run string) (bool, error) {
	f := store.RequestFilter{Run: run, Limit: 1000}
	approvals, err := d.Approvals(ctx, a, f, false)
	if err != nil || len(approvals) > 0 {
		return err == nil, err
	}
	tasks, err := d.Tasks(ctx, a, f, false)
	return len(tasks) > 0, err
}

func (d *Desk) detail(ctx context.Context, run domain.Run) (RunDetail, error) {
	r := RunDetail{Run: run}
	var err error
	if run.Person != "" {
		if r.Subject, err = d.Store.Person(ctx, run.Person); err != nil {
			return r, err
		}
	}
	if r.Steps, err = d.Store.Steps(ctx, run.ID, ""); err != nil {
		return r, err
	}
	r.Run.State = run.StateFromSteps(r.Steps)
	if r.CutOffs, err = d.Store.CutOffs(ctx, run.ID); err != nil {
		return r, err
	}
	if r.Transfers, err = d.Store.Transfers(ctx, run.ID); err != nil {
		return r, err
	}
	if r.Approvals, err = d.Store.ListApprovals(ctx, store.RequestFilter{Run: run.ID, Limit: 1000}); err != nil {
		return r, err
	}
	r.Tasks, err = d.Store.ListTasks(ctx, store.RequestFilter{Run: run.ID, Limit: 1000})
	return r, err
}

// Approvals lists requests: the actor's own and those of whom the actor stands in
// for, or all that the actor may see.
func (d *Desk) Approvals(ctx context.Context, a Actor, f store.RequestFilter, all bool) ([]domain.Approval, error) {
	filters, err := d.requestFilters(ctx, a, f, all)
	if err != nil {
		return nil, err
	}
	rows, err := joined(ctx, filters, d.Store.ListApprovals, func(x domain.Approval) (time.Time, string) { return x.OpenedAt, x.ID })
	if !all { // nobody stands in for somebody in their own leaving
		rows = slices.DeleteFunc(rows, func(x domain.Approval) bool { return x.Subject == a.Person.ID })
	}
	return rows, err
}

// Tasks lists tasks: the actor's own and those of whom the actor stands in for,
// or all that the actor may see.
func (d *Desk) Tasks(ctx context.Context, a Actor, f store.RequestFilter, all bool) ([]domain.Task, error) {
	filters, err := d.requestFilters(ctx, a, f, all)
	if err != nil {
		return nil, err
	}
	rows, err := joined(ctx, filters, d.Store.ListTasks, func(x domain.Task) (time.Time, string) { return x.OpenedAt, x.ID })
	if !all {
		rows = slices.DeleteFunc(rows, func(x domain.Task) bool { return x.Subject == a.Person.ID })
	}
	return rows, err
}

func (d *Desk) requestFilters(ctx context.Context, a Actor, f store.RequestFilter, all bool) ([]store.RequestFilter, error) {
	if err := d.admit(ctx, a, f.Run); err != nil {
		return nil, err
	}
	if !all {
		return d.ownLists(ctx, a, f)
	}
	f.Viewer = a.Person.ID
	return []store.RequestFilter{f}, d.allow(ctx, a, mayRead, f.Run)
}

// joined lists what any of some filters finds, once, the oldest first.
func joined[T any](ctx context.Context, filters []store.RequestFilter, list func(context.Context, store.RequestFilter) ([]T, error), place func(T) (time.Time, string)) ([]T, error) {
	var all []T
	for _, f := range filters {
		rows, err := list(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	if len(filters) == 1 {
		return all, nil
	}
	slices.SortFunc(all, func(x, y T) int {
		at, id := place(x)
		at2, id2 := place(y)
		return cmp.Or(at.Compare(at2), cmp.Compare(id, id2))
	})
	return slices.CompactFunc(all, func(x, y T) bool {
		_, id := place(x)
		_, id2 := place(y)
		return id == id2
	}), nil
}

// Approval shows one request with its plan.
func (d *Desk) Approval(ctx context.Context, a Actor, id string) (domain.Approval, *domain.Plan, error) {
	row, err := d.openApproval(ctx, a, id)
	if err != nil {
		return row, nil, err
	}
	mine, _, err := d.concerns(ctx, a, row)
	if err == nil && !mine {
		err = d.allow(ctx, a, mayRead, row.Run)
	}
	if err != nil {
		return row, nil, err
	}
	if row.Digest == "" || row.App == "" {
		return row, nil, nil
	}
	plan, err := d.Store.Plan(ctx, row.Run, row.App, row.Digest)
	if err != nil {
		return row, nil, err
	}
	return row, &plan, nil
}

// Audit reads the audit log. subject and actor are work emails, the words
// system and unknown, or empty.
func (d *Desk) Audit(ctx context.Context, a Actor, subject, actor string, f store.AuditFilter) ([]store.AuditLine, error) {
	if err := d.allow(ctx, a, mayAudit, ""); err != nil {
		return nil, err
	}
	var err error
	if f.Subject, err = d.whose(ctx, subject); err != nil {
		return nil, err
	}
	if f.Actor, err = d.whose(ctx, actor); err != nil {
		return nil, err
	}
	f.Viewer = a.Person.ID
	return d.Store.Audit(ctx, f)
}

// whose finds the opaque id behind an email.
func (d *Desk) whose(ctx context.Context, email string) (domain.PersonID, error) {
	if email == "" || email == string(domain.SystemActor) || email == string(domain.UnknownActor) {
		return domain.PersonID(email), nil
	}
	p, err := d.Store.PersonByEmail(ctx, email)
	if errors.Is(err, domain.ErrNotFound) {
		return "", domain.Refuse(domain.RefusedUnknown, unknownHere)
	}
	return p.ID, err
}

// Evidence opens the evidence pack of a run, made anew when there is none or
// when the run has gone on since.
func (d *Desk) Evidence(ctx context.Context, a Actor, id string) (io.ReadCloser, error) {
	if err := d.allow(ctx, a, mayAudit, id); err != nil {
		return nil, err
	}
	run, err := d.visible(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if run.EvidencePath != "" && run.State.Ended() {
		// The worker that built the pack may have another disk: then it is built
		// here from the same rows.
		if file, err := os.Open(run.EvidencePath); err == nil {
			return file, nil
		}
	}
	path, err := d.Packs.BuildPack(ctx, id)
	if errors.Is(err, domain.ErrUnproven) {
		return nil, domain.Refuse(domain.RefusedState, "no pack is handed out: "+err.Error())
	}
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path) //nolint:gosec // the packer's own path
	if err != nil {
		return nil, fmt.Errorf("open evidence pack: %w", err)
	}
	return file, nil
}

// Name shows who a person is, to those who may see runs at all.
func (d *Desk) Name(ctx context.Context, id domain.PersonID) string {
	if id == domain.SystemActor || id == domain.UnknownActor || id == "" {
		return string(id)
	}
	p, err := d.Store.Person(ctx, id)
	if err != nil || p.Email == "" {
		return string(id)
	}
	return p.Email
}

// Apps names the apps of the policy in a fixed order.
func (d *Desk) Apps() []domain.AppID {
	ids, _, _ := appsOf(d.Policy(), nil)
	return ids
}

// Ready tells whether the desk can take commands: the store answers and knows
// its schema. Temporal may be away; commands are kept until it is back.
func (d *Desk) Ready(ctx context.Context) error {
	if err := d.Store.Ping(ctx); err != nil {
		return err
	}
	have, want, err := d.Store.SchemaVersion(ctx)
	if err == nil && have != want {
		return domain.NewFault(domain.FaultUnavailable, "desk.ready", "", "the database has another schema: run handover migrate", nil)
	}
	return err
}
