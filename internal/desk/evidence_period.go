package desk

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"handover/domain"
)

// PeriodPacks builds the evidence pack of a time.
type PeriodPacks interface {
	BuildPeriod(ctx context.Context, q domain.EvidencePeriod, now time.Time) (io.ReadCloser, error)
}

// PeriodRequest asks for everybody who left, came or changed roles between two dates
// of the company's time zone, both included.
type PeriodRequest struct {
	From string
	To   string
	App  domain.AppID
	Seed string // of the sample; "" is made of the dates
}

var mayPeriod = right{[]domain.Role{domain.RoleAdmin, domain.RoleAuditor}, "export the evidence of a period"}

// EvidencePeriod builds the evidence pack of a period. Of confidential runs it holds
// those that whoever asks may see, and says how many it leaves out. That somebody
// took it is an event.
func (d *Desk) EvidencePeriod(ctx context.Context, a Actor, req PeriodRequest) (io.ReadCloser, error) {
	if err := d.allow(ctx, a, mayPeriod, ""); err != nil {
		return nil, err
	}
	q, refusal := d.period(req)
	if refusal != nil {
		return nil, d.refused(ctx, a, "", refusal)
	}
	q.Asked, q.Viewer, q.Apps = a.Person.ID, a.Person, d.Apps()
	packs, ok := d.Packs.(PeriodPacks)
	if !ok {
		return nil, domain.NewFault(domain.FaultUnsupported, "desk.evidence_period", "", "this installation builds no packs of periods", nil)
	}
	now := d.now()
	e := domain.AuditEvent{Key: "evidence-period/" + string(a.Person.ID) + "/" + strconv.FormatInt(now.UnixMicro(), 10), Kind: domain.EventEvidenceBuilt, Actor: a.Person.ID, ActingFor: a.ActingFor,
		App: req.App, From: req.From, To: req.To, At: now, Facts: map[string]string{"door": a.Channel}}
	if err := d.Store.Record(ctx, domain.Entry{Events: []domain.AuditEvent{e}}); err != nil {
		return nil, err
	}
	pack, err := packs.BuildPeriod(ctx, q, now)
	var fault *domain.Fault
	if errors.As(err, &fault) && fault.Kind == domain.FaultConflict {
		return nil, domain.Refuse(domain.RefusedState, "no pack is handed out, because the database does not say what the audit log says: "+fault.SafeMessage)
	}
	return pack, err
}

func (d *Desk) period(req PeriodRequest) (domain.EvidencePeriod, *domain.Refusal) {
	q := domain.EvidencePeriod{App: req.App, Seed: req.Seed}
	p := d.Policy()
	if _, known := p.Apps[req.App]; req.App != "" && !known {
		return q, domain.Refuse(domain.RefusedUnknown, "the policy file names no such app: check the name")
	}
	zone, err := time.LoadLocation(p.Company.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	from, ferr := time.ParseInLocation(time.DateOnly, req.From, zone)
	to, terr := time.ParseInLocation(time.DateOnly, req.To, zone)
	if ferr != nil || terr != nil || to.Before(from) {
		return q, domain.Refuse(domain.RefusedReason, "name two dates, the first one first, for example from 2026-10-01 to 2026-12-31")
	}
	q.From, q.To = from.UTC(), to.AddDate(0, 0, 1).UTC() // the last day is included
	return q, nil
}
