package evidence

import (
	"context"
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"handover/domain"
)

func (b *periodBuilder) name(ctx context.Context, id domain.PersonID) (string, error) {
	if said, ok := b.names[id]; ok {
		return said, nil
	}
	said, err := nameOf(ctx, b.from, id)
	b.names[id] = said
	return said, err
}

// named are the names of several people in one cell.
func (b *periodBuilder) named(ctx context.Context, ids []domain.PersonID) (string, error) {
	var all []string
	for _, id := range ids {
		said, err := b.name(ctx, id)
		if err != nil {
			return "", err
		}
		all = append(all, said)
	}
	return strings.Join(all, "; "), nil
}

// sheets writes the tables that people read.
func (b *periodBuilder) sheets(ctx context.Context) error {
	for _, t := range []table{
		{"period/leavers.csv", []string{"run", "person", "termination, local", "zone", "termination, UTC", "HR's end, UTC", "run state", "why", "app", "outcome", "ended, UTC", "state", "through", "done by", "elapsed", "after HR's end", "limit", "class",
			"in time", "reason", "request id", "requested by", "approved by", "inherited by", "secrets", "in the sample", "last hash of the audit chain"}, b.leaverRows},
		{"period/retracted.csv", []string{"run", "person", "last moment, local", "zone", "last moment, UTC", "run state", "why", "started", "ended", "requested by", "access ended in", "last hash of the audit chain"}, b.retractedRows},
		{"period/joiners_and_movers.csv", []string{"run", "kind", "person", "apps", "started", "ended", "state", "requested by"}, b.moverRows},
		{"period/hr_population.csv", []string{"employment", "person", "starts", "ends", "last moment, local", "zone", "state", "HR's own time", "kind", "leaving", "joining"}, b.hireRows},
		{"period/exceptions.csv", []string{"run", "app", "step", "what", "why", "who", "at"}, b.exceptionRows},
		{"period/register.csv", []string{"at", "event", "who", "on behalf of", "about", "app", "target", "from", "to", "facts", "reason", "run"}, b.registerRows},
		{"period/apps.csv", []string{"run", "person", "app", "outcome"}, b.appRows},
		{"period/hr_events.csv", []string{"said", "received", "source", "id", "type", "person", "department", "title", "outcome", "why", "run"}, b.hrRows},
	} {
		if err := b.pack.writeTable(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (b *periodBuilder) leaverRows(ctx context.Context, row func(...string) error) error {
	for _, l := range b.leavers {
		people := make([]string, 0, 3)
		for _, ids := range [][]domain.PersonID{{l.Person}, {l.Requester}, l.Approvers} {
			said, err := b.named(ctx, ids)
			if err != nil {
				return err
			}
			people = append(people, said)
		}
		for _, m := range l.Removals {
			done, err := b.named(ctx, m.DoneBy)
			if err != nil {
				return err
			}
			heirs, err := b.heirsIn(ctx, l, m.App)
			if err != nil {
				return err
			}
			elapsed, limit, inTime := "", "", string(m.Outcome)
			if !m.VerifiedAt.IsZero() {
				elapsed, limit, inTime = m.Elapsed.String(), m.Limit.String(), yes(m.InTime)
			}
			if err := row(l.Run, people[0], l.Moment.Local, l.Moment.Zone, stamp(l.Due), stamp(l.HREnd), string(l.State), l.Why, string(m.App), string(m.Outcome), stamp(m.EndedAt()), string(m.Step), m.Through(), done, elapsed, l.AfterHR(m), limit,
				m.Class, inTime, m.Reason, m.RequestID, people[1], people[2], heirs, secretsIn(l, m.App), yes(slices.Contains(b.sample.Runs, l.Run)), l.Chain); err != nil {
				return err
			}
		}
	}
	return nil
}

// EndedAt is when the app showed that the access had ended, or two people said so.
func (m AppRemoval) EndedAt() time.Time {
	if m.VerifiedAt.IsZero() {
		return m.AttestedAt
	}
	return m.VerifiedAt
}

// Through tells by which door an access ended.
func (m AppRemoval) Through() string {
	if m.VerifiedAt.IsZero() || m.Outcome == OutcomeBack {
		return string(m.Channel)
	}
	return first(string(m.CutChannel), "not by Handover")
}

// retractedRows are the leavings that were taken back or denied: no leavers.
func (b *periodBuilder) retractedRows(ctx context.Context, row func(...string) error) error {
	for _, l := range b.retracted {
		people, err := b.namedEach(ctx, l.Person, l.Requester)
		if err != nil {
			return err
		}
		var ended []string
		for _, m := range l.Removals {
			if !m.VerifiedAt.IsZero() {
				ended = append(ended, string(m.App))
			}
		}
		if err := row(l.Run, people[0], l.Moment.Local, l.Moment.Zone, stamp(l.Due), string(l.State), l.Why, stamp(l.StartedAt), stamp(l.ClosedAt), people[1], strings.Join(ended, " "), l.Chain); err != nil {
			return err
		}
	}
	return nil
}

// namedEach are the names of some people, one cell each.
func (b *periodBuilder) namedEach(ctx context.Context, ids ...domain.PersonID) ([]string, error) {
	cells := make([]string, 0, len(ids))
	for _, id := range ids {
		said, err := b.name(ctx, id)
		if err != nil {
			return nil, err
		}
		cells = append(cells, said)
	}
	return cells, nil
}

func (b *periodBuilder) heirsIn(ctx context.Context, l LeaverPart, app domain.AppID) (string, error) {
	var all []string
	for _, h := range l.Heirs {
		if h.App != app {
			continue
		}
		who, err := b.name(ctx, h.Heir)
		if err != nil {
			return "", err
		}
		all = append(all, strconv.Itoa(h.Count)+" "+string(h.Kind)+" to "+who)
	}
	return strings.Join(all, "; "), nil
}

func secretsIn(l LeaverPart, app domain.AppID) string {
	var all []string
	for _, s := range l.Secrets {
		if s.App == app {
			all = append(all, s.Title+": "+string(s.State))
		}
	}
	return strings.Join(all, "; ")
}

func (b *periodBuilder) moverRows(ctx context.Context, row func(...string) error) error {
	for _, m := range b.movers {
		who, err := b.name(ctx, m.Person)
		if err != nil {
			return err
		}
		asked, err := b.name(ctx, m.Requester)
		if err != nil {
			return err
		}
		apps := make([]string, 0, len(m.Apps))
		for _, a := range m.Apps {
			apps = append(apps, string(a))
		}
		if err := row(m.Run, string(m.Kind), who, strings.Join(apps, " "), stamp(m.StartedAt), stamp(m.ClosedAt), string(m.State), asked); err != nil {
			return err
		}
	}
	return nil
}

func (b *periodBuilder) hireRows(ctx context.Context, row func(...string) error) error {
	for _, h := range b.hires {
		who, err := b.name(ctx, h.Person)
		if err != nil {
			return err
		}
		if err := row(h.Employment, who, stamp(h.Starts), stamp(h.Ends), h.Local, h.Zone, string(h.State), stamp(h.SaidAt), h.Kind, h.Run, h.Joined); err != nil {
			return err
		}
	}
	return nil
}

func (b *periodBuilder) exceptionRows(ctx context.Context, row func(...string) error) error {
	for _, e := range b.exceptions {
		who, err := b.name(ctx, e.Who)
		if err != nil {
			return err
		}
		if err := row(e.Run, string(e.App), string(e.Step), e.What, e.Why, who, stamp(e.At)); err != nil {
			return err
		}
	}
	return nil
}

//go:embed period.html
var periodHTML string

var printablePeriod = template.Must(template.New("period").Funcs(template.FuncMap{"when": printedTime, "day": func(t any) string { return printedTime(t)[:len("2006-01-02")] }}).Parse(periodHTML))

// periodPage is what the printable page shows.
type periodPage struct {
	PeriodPart
	Sample     SamplePart
	Sampled    []LeaverPart
	Exceptions []ExceptionPart
	Signer     string
	who        func(domain.PersonID) (string, error)
}

// Who says whom an id stands for.
func (p periodPage) Who(id domain.PersonID) (string, error) { return p.who(id) }

func (b *periodBuilder) print(ctx context.Context) error {
	p := periodPage{PeriodPart: b.part, Sample: b.sample, Exceptions: b.exceptions[:min(len(b.exceptions), mostPrinted)], Signer: PublicText(b.pack.key.Public()),
		who: func(id domain.PersonID) (string, error) { return b.name(ctx, id) }}
	for _, run := range b.sample.Runs {
		i := slices.IndexFunc(b.leavers, func(l LeaverPart) bool { return l.Run == run })
		p.Sampled = append(p.Sampled, b.leavers[i])
	}
	return b.pack.part("period/period.html", func(w io.Writer) error { return printablePeriod.Execute(w, p) })
}
