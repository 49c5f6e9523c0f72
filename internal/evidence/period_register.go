package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"handover/domain"
)

// notable tells whether an event stands in the register of its period: what was tried
// and refused, what changed without Handover, what two people let be, another policy.
func (b *periodBuilder) notable(e domain.AuditEvent) bool {
	q := b.part.Period
	if e.At.Before(q.From) || !e.At.Before(q.To) || q.App != "" && e.App != "" && e.App != q.App || b.discreet[e.Subject] {
		return false
	}
	switch e.Kind {
	case domain.EventRefused, domain.EventPolicyChanged, domain.EventExceptionAsked, domain.EventExceptionAgreed, domain.EventExceptionRefused, domain.EventExceptionEnded:
		return true
	case domain.EventMemberRemoved, domain.EventRoleChanged, domain.EventInviteSent, domain.EventInviteAccepted, domain.EventInviteRevoked, domain.EventAccessReturned:
		return e.Actor == domain.UnknownActor
	}
	return false
}

// enter puts those of a chain that belong there into the register.
func (b *periodBuilder) enter(entries []ShownEntry) {
	for _, s := range entries {
		if e := s.Entry.Event; b.notable(e) {
			b.mention(e.Actor, e.ActingFor, e.Subject)
			b.events = append(b.events, RegisterPart{Chain: e.Run, Event: e, Seq: s.Entry.Seq})
		}
	}
}

// readRegister reads the events outside of runs.
func (b *periodBuilder) readRegister(ctx context.Context) error {
	var err error
	b.outside, err = b.picked(ctx, "", b.others, func(e domain.ChainEntry) bool { return b.notable(e.Event) })
	b.enter(b.outside)
	slices.SortStableFunc(b.events, func(x, y RegisterPart) int { return x.Event.At.Compare(y.Event.At) })
	return err
}

// register writes the entries outside of runs, and what people said with them.
func (b *periodBuilder) register(ctx context.Context) error {
	err := b.pack.part(registerName, func(w io.Writer) error { return encodeAll(json.NewEncoder(w), b.outside) })
	if err != nil {
		return err
	}
	shown := map[int64]bool{}
	for _, s := range b.outside {
		shown[s.Entry.Seq] = true
	}
	said, err := b.from.Reasons(ctx, "")
	if err != nil {
		return err
	}
	said = slices.DeleteFunc(said, func(r domain.ReasonProof) bool { return !shown[r.Seq] })
	for i := range b.events {
		if at := slices.IndexFunc(said, func(r domain.ReasonProof) bool { return b.events[i].Chain == "" && r.Seq == b.events[i].Seq }); at >= 0 {
			b.events[i].Event.Reason = said[at].Text
		}
	}
	return b.pack.json(registerSaid, orEmpty(said))
}

// mostExceptions bounds how many agreements to let a finding be are read.
const mostExceptions = 100000

// readExceptions adds what two people let be in some part of the period.
func (b *periodBuilder) readExceptions(ctx context.Context) error {
	q := b.part.Period
	all, err := b.source.Exceptions(ctx, "", false, mostExceptions)
	if err != nil {
		return err
	}
	for _, x := range all {
		if !x.Agreed || !x.DecidedAt.Before(q.To) || !x.Until.After(q.From) || q.App != "" && x.App != q.App {
			continue
		}
		f, err := b.source.Finding(ctx, x.Finding)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		if b.discreet[f.Person] {
			continue
		}
		b.mention(x.AskedBy, x.DecidedBy)
		asked, err := b.name(ctx, x.AskedBy)
		if err != nil {
			return err
		}
		b.exceptions = append(b.exceptions, ExceptionPart{App: x.App, What: fmt.Sprintf("finding %s is let be until %s, as %s asked and a second person agreed", first(string(f.Kind), x.Finding), x.Until.UTC().Format(time.DateOnly), asked),
			Why: x.Reason, Who: x.DecidedBy, At: x.DecidedAt, Exception: x.ID})
	}
	return nil
}

// readApps says of each leaver and each app of the policy what became of it, so that
// no app is left out unseen.
func (b *periodBuilder) readApps(context.Context) error {
	for _, l := range b.leavers {
		found := map[domain.AppID]Outcome{}
		for _, m := range l.Removals {
			found[m.App] = m.Outcome
		}
		for _, app := range b.part.Period.Apps {
			if b.part.Period.App == "" || b.part.Period.App == app {
				b.apps = append(b.apps, AppPart{Run: l.Run, Person: l.Person, App: app, Outcome: Outcome(first(string(found[app]), string(OutcomeNotLooked)))})
			}
		}
	}
	return nil
}

// policies writes the texts of the policies that were in force in the period: limits
// and approvals are theirs.
func (b *periodBuilder) policies(ctx context.Context) error {
	changes, err := b.source.PolicyChanges(ctx)
	if err != nil {
		return err
	}
	for i, c := range changes {
		ended := i+1 < len(changes) && changes[i+1].Event.At.Before(b.part.Period.From)
		name := policiesFolder + c.Event.To + ".yaml"
		if ended || !c.Event.At.Before(b.part.Period.To) || slices.ContainsFunc(b.pack.parts, func(p Part) bool { return p.Name == name }) {
			continue
		}
		text, err := b.source.PolicyText(ctx, c.Event.To)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		if err := b.pack.part(name, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
			return err
		}
	}
	return nil
}

func (b *periodBuilder) registerRows(ctx context.Context, row func(...string) error) error {
	for _, r := range b.events {
		e := r.Event
		people, err := b.namedEach(ctx, e.Actor, e.ActingFor, e.Subject)
		if err != nil {
			return err
		}
		if err := row(stamp(e.At), string(e.Kind), people[0], people[1], people[2], string(e.App), e.Target, e.From, e.To, facts(e), e.Reason, e.Run); err != nil {
			return err
		}
	}
	return nil
}

func (b *periodBuilder) appRows(ctx context.Context, row func(...string) error) error {
	for _, a := range b.apps {
		who, err := b.name(ctx, a.Person)
		if err != nil {
			return err
		}
		if err := row(a.Run, who, string(a.App), string(a.Outcome)); err != nil {
			return err
		}
	}
	return nil
}

func (b *periodBuilder) hrRows(ctx context.Context, row func(...string) error) error {
	for _, h := range b.hr {
		who, err := b.name(ctx, h.Person)
		if err != nil {
			return err
		}
		if err := row(stamp(h.OccurredAt), stamp(h.ReceivedAt), h.Source, h.ID, string(h.Type), who, h.Department, h.Title, string(h.Outcome), h.Why, h.Run); err != nil {
			return err
		}
	}
	return nil
}

// isPolicy is the hash of the policy that a part is the text of.
func isPolicy(part string) (string, bool) {
	name, ok := strings.CutPrefix(part, policiesFolder)
	hash, yaml := strings.CutSuffix(name, ".yaml")
	return hash, ok && yaml
}
