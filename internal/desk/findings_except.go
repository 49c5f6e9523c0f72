package desk

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"handover/domain"
)

// Except asks for a finding to be let be until a moment. It is, when a second person
// agrees.
func (d *Desk) Except(ctx context.Context, a Actor, id string, until time.Time, reason string) (domain.Exception, error) {
	f, err := d.judged(ctx, a, id)
	if err != nil {
		return domain.Exception{}, err
	}
	reason = strings.TrimSpace(reason)
	if r := domain.CheckException(f, until, reason, d.now()); r != nil {
		return domain.Exception{}, d.refuse(ctx, a, "", r)
	}
	x := domain.Exception{ID: "x" + strings.ToLower(rand.Text()[:15]), Finding: f.ID, App: f.App, Until: until.UTC().Truncate(time.Microsecond), Reason: reason,
		AskedBy: a.Person.ID, AskedAt: d.now()}
	err = d.Store.AskException(ctx, x, exceptionEvent(a, f, x, domain.EventExceptionAsked, x.AskedAt))
	if domain.KindOf(err) == domain.FaultConflict {
		err = d.refuse(ctx, a, "", domain.Refuse(domain.RefusedState, "an exception of this finding waits for a second person already"))
	}
	return x, err
}

// judged finds a finding about which the actor may decide: nobody decides about what
// is found of themselves.
func (d *Desk) judged(ctx context.Context, a Actor, id string) (domain.Finding, error) {
	if err := d.allow(ctx, a, mayReconcile, ""); err != nil {
		return domain.Finding{}, err
	}
	f, err := d.finding(ctx, a, id)
	if err == nil && f.Person != "" && f.Person == a.Person.ID {
		err = d.refuse(ctx, a, "", domain.Refuse(domain.RefusedSelf, "this is about yourself: somebody else decides"))
	}
	return f, err
}

// DecideException is the second person's word about the exception of a finding that
// waits. Whoever asked for it does not decide.
func (d *Desk) DecideException(ctx context.Context, a Actor, id string, agree bool) (domain.Exception, error) {
	f, err := d.judged(ctx, a, id)
	if err != nil {
		return domain.Exception{}, err
	}
	waiting, err := d.Store.Exceptions(ctx, f.ID, true, 1)
	if err != nil {
		return domain.Exception{}, err
	}
	switch {
	case len(waiting) == 0 || !waiting[0].Until.After(d.now()):
		return domain.Exception{}, d.refuse(ctx, a, "", domain.Refuse(domain.RefusedState, "no exception of this finding waits for a decision"))
	case waiting[0].AskedBy == a.Person.ID || a.ActingFor != "" && waiting[0].AskedBy == a.ActingFor:
		return domain.Exception{}, d.refuse(ctx, a, "", domain.Refuse(domain.RefusedSelf, "you asked for it yourself: a second person agrees"))
	case f.State == domain.FindingClosed:
		return domain.Exception{}, d.refuse(ctx, a, "", domain.Refuse(domain.RefusedState, "the finding is closed meanwhile: there is nothing to let be"))
	}
	x := waiting[0]
	x.DecidedBy, x.DecidedAt, x.Agreed = a.Person.ID, d.now(), agree
	kind := domain.EventExceptionRefused
	if agree {
		kind = domain.EventExceptionAgreed
	}
	counted, err := d.Store.DecideException(ctx, x, exceptionEvent(a, f, x, kind, x.DecidedAt))
	if err == nil && !counted {
		err = d.refuse(ctx, a, "", domain.Refuse(domain.RefusedState, "somebody decided in the same moment: look at the finding again"))
	}
	return x, err
}

func exceptionEvent(a Actor, f domain.Finding, x domain.Exception, kind domain.EventKind, now time.Time) domain.AuditEvent {
	e := domain.AuditEvent{Key: string(kind) + "/" + x.ID, Kind: kind, Actor: a.Person.ID, ActingFor: a.ActingFor, Subject: f.Person, App: f.App, Target: f.ID, At: now,
		Facts: map[string]string{"exception": x.ID, "finding": string(f.Kind), "until": x.Until.Format(time.RFC3339), "door": a.Channel}}
	if kind == domain.EventExceptionAsked {
		e.Reason = x.Reason
	}
	return e
}

// Exceptions lists the register of exceptions, the newest first.
func (d *Desk) Exceptions(ctx context.Context, a Actor, limit int) ([]domain.Exception, error) {
	if err := d.allow(ctx, a, mayFind, ""); err != nil {
		return nil, err
	}
	return d.Store.Exceptions(ctx, "", false, limit)
}
