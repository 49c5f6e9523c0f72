package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"handover/domain"
	"handover/internal/store"
)

var mayFix = right{[]domain.Role{domain.RoleAdmin}, "start what fixes findings"}

// fixMemory is how far back runs count that show that fixing a kind of finding works.
const fixMemory = 30 * 24 * time.Hour

// FixRequest names one finding, or all open ones of a kind in an app.
type FixRequest struct {
	ID   string
	App  domain.AppID
	Kind domain.FindingKind
}

// FixReport is what was started, and why the rest was not.
type FixReport struct {
	Started []Fixed
	Refused []Fixed // findings for which nothing could be started, and why
	Open    int     // findings that still wait
	Why     string  // why they wait; "" where none does
}

// Fixed is one finding of a report.
type Fixed struct {
	Finding string
	Run     string
	Why     string
}

// Fix starts the leaving that fixes one finding, or those of a kind: a few first, and
// the rest, a few at a time, only when the cut-offs of the first ones are verified.
// Nothing goes on by itself: whoever wants the rest says so again, having seen what
// the first ones did. What no leaving fixes is refused with the command that does.
func (d *Desk) Fix(ctx context.Context, a Actor, req FixRequest) (FixReport, error) {
	if err := d.allow(ctx, a, mayFix, ""); err != nil {
		return FixReport{}, err
	}
	if req.ID != "" {
		return d.fixOne(ctx, a, req.ID)
	}
	app := d.Policy().Apps[req.App]
	sample := domain.NewFinding(req.App, req.Kind, "", "account", "", "", time.Time{})
	switch {
	case app == nil:
		return FixReport{}, d.refuse(ctx, a, "", domain.Refuse(domain.RefusedUnknown, "the policy file names no such app: check the name"))
	case !domain.FixFor(sample).Bulk:
		return FixReport{}, d.refuse(ctx, a, "", domain.Refuse(domain.RefusedState, "findings of this kind are not fixed in bulk: look at each of them"))
	}
	return d.fixAll(ctx, a, req)
}

func (d *Desk) fixOne(ctx context.Context, a Actor, id string) (FixReport, error) {
	f, err := d.finding(ctx, a, id)
	if err != nil {
		return FixReport{}, err
	}
	fix := domain.FixFor(f)
	switch {
	case f.State == domain.FindingClosed:
		return FixReport{}, d.refuse(ctx, a, "", domain.Refuse(domain.RefusedState, "the finding is closed already"))
	case !fix.Starts:
		return FixReport{}, d.refuse(ctx, a, "", domain.Refuse(domain.RefusedState, "no leaving fixes this: "+fix.Command))
	}
	run, err := d.fixBy(ctx, a, f)
	if err != nil {
		return FixReport{}, err
	}
	return FixReport{Started: []Fixed{{Finding: f.ID, Run: run}}}, nil
}

// fixBy starts the leaving of a finding's account and notes that it is at it. The
// account is linked to its person first: the run takes the one that was found, also
// where several have the email.
func (d *Desk) fixBy(ctx context.Context, a Actor, f domain.Finding) (string, error) {
	if err := d.linkFound(ctx, f); err != nil {
		return "", err
	}
	run, _, err := d.Offboard(ctx, a, OffboardRequest{Account: f.Account, Apps: []domain.AppID{f.App}, Now: true,
		Reason: fmt.Sprintf("reconciliation, finding %s: %s", f.ID, f.Why)})
	if err != nil {
		return "", err
	}
	e := domain.AuditEvent{Key: "fix/" + f.ID + "/" + run.ID, Kind: domain.EventFixStarted, Actor: a.Person.ID, ActingFor: a.ActingFor, Subject: run.Person, App: f.App,
		Target: f.ID, At: d.now(), Facts: map[string]string{"run": run.ID, "kind": string(f.Kind), "door": a.Channel}}
	_, err = d.Store.FixFinding(ctx, f.ID, run.ID, e)
	return run.ID, err
}

// linkFound links the account of a finding to the person whom the finding is about;
// where it names nobody, to whoever has the email under which the account was seen.
func (d *Desk) linkFound(ctx context.Context, f domain.Finding) error {
	if f.Person != "" {
		return d.Store.LinkAccount(ctx, f.App, f.Person, f.Account)
	}
	emails, err := d.Store.EmailsSeen(ctx, f.App, []domain.AccountID{f.Account})
	if email := emails[f.Account]; err == nil && domain.LooksLikeEmail(email) {
		person, err := d.Store.UpsertPerson(ctx, email, "")
		if err != nil {
			return err
		}
		return d.Store.LinkAccount(ctx, f.App, person.ID, f.Account)
	}
	return err
}

func (d *Desk) fixAll(ctx context.Context, a Actor, req FixRequest) (FixReport, error) {
	found, err := d.Store.ListFindings(ctx, store.FindingFilter{App: req.App, Kind: req.Kind, Viewer: a.Person.ID, Gravest: true, Limit: findingsShown})
	if err != nil {
		return FixReport{}, err
	}
	var open []domain.Finding
	for _, f := range found {
		if f.StateAt(d.now()) == domain.FindingOpen && domain.FixFor(f).Bulk {
			open = append(open, f)
		}
	}
	runs, err := d.Store.FixRuns(ctx, req.App, req.Kind, d.now().Add(-fixMemory))
	if err != nil {
		return FixReport{}, err
	}
	_, canary, atOnce := d.Policy().Reconcile.Most()
	most, why := mayFixNow(runs, canary, atOnce, req.Kind)
	var r FixReport
	for _, f := range open {
		if len(r.Started) >= most {
			break
		}
		run, err := d.fixBy(ctx, a, f)
		var refused *domain.Refusal
		switch {
		case errors.As(err, &refused):
			r.Refused = append(r.Refused, Fixed{Finding: f.ID, Why: refused.Text})
		case err != nil:
			return r, err
		default:
			r.Started = append(r.Started, Fixed{Finding: f.ID, Run: run})
		}
	}
	if r.Open = len(open) - len(r.Started); r.Open > len(r.Refused) {
		r.Why = why
	}
	return r, nil
}

// mayFixNow tells how many more may be started, and why no more.
func mayFixNow(runs []store.FixRun, canary, atOnce int, kind domain.FindingKind) (int, string) {
	proven, under := 0, 0
	for _, r := range runs {
		proof := r.State == domain.RunClosed
		if kind == domain.FoundLeftButActive {
			proof = r.CutOff == domain.StepVerified || r.CutOff == domain.StepAttested
		}
		switch {
		case r.Waiting:
			return 0, "a run that was started before needs attention: see to it first (" + r.Run + ")"
		case proof:
			proven++
		case !r.State.Ended():
			under++
		}
	}
	if proven < canary {
		n := max(0, canary-proven-under)
		return n, fmt.Sprintf("the first %d go before the rest: when they are verified, give the command again", canary)
	}
	return max(0, atOnce-under), fmt.Sprintf("at most %d are open at the same time: when some are done, give the command again", atOnce)
}
