package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/store"
)

// longestAbsence is how long somebody may stand in: beyond it a duty has moved
// for good, and the policy should name somebody else.
const longestAbsence = 400 * 24 * time.Hour

// SetAbsence lets somebody stand in for a person from one moment to another, also
// in what was asked of that person before. An empty email is the actor; for
// others an administrator does it. A from that is zero, or past, is now.
func (d *Desk) SetAbsence(ctx context.Context, a Actor, email string, from, until time.Time, substitute string) (domain.Absence, error) {
	absence, err := d.newAbsence(ctx, a, email, from, until, substitute)
	if err != nil {
		return absence, d.refused(ctx, a, "", err)
	}
	e := domain.AuditEvent{Key: "absence/" + absence.ID + "/set", Kind: domain.EventAbsenceSet, Actor: a.Person.ID, Subject: absence.Person, Target: absence.ID,
		At: d.now(), Facts: map[string]string{"substitute": string(absence.Substitute), "from": absence.From.Format(time.RFC3339),
			"until": absence.Until.Format(time.RFC3339), "door": a.Channel}}
	err = d.Store.AddAbsence(ctx, absence, e)
	if domain.KindOf(err) == domain.FaultConflict {
		err = d.refuse(ctx, a, "", overlapping)
	}
	return absence, err
}

var overlapping = domain.Refuse(domain.RefusedState, "somebody stands in at that time already: end that first")

func (d *Desk) newAbsence(ctx context.Context, a Actor, email string, from, until time.Time, substitute string) (domain.Absence, error) {
	if err := here(a); err != nil {
		return domain.Absence{}, err
	}
	person := a.Person
	if email != "" && domain.NormalEmail(email) != domain.NormalEmail(a.Person.Email) {
		if !a.Person.Has(domain.RoleAdmin) {
			return domain.Absence{}, domain.Refuse(domain.RefusedRight, "you may name a substitute for yourself: for others an administrator does it")
		}
		var err error
		if person, err = d.somebody(ctx, email); err != nil {
			return domain.Absence{}, err
		}
	}
	second, err := d.somebody(ctx, substitute)
	if err != nil {
		return domain.Absence{}, err
	}
	switch second.ID {
	case person.ID:
		return domain.Absence{}, domain.Refuse(domain.RefusedSelf, "nobody stands in for themselves: name somebody else")
	case a.Person.ID: // else one administrator could take any decision that is somebody else's
		return domain.Absence{}, domain.Refuse(domain.RefusedSelf, "nobody puts themselves in somebody else's place: name another, or have another administrator name you")
	}
	now := d.now()
	if err := ordered(from, until, now); err != nil {
		return domain.Absence{}, err
	}
	if from.Before(now) {
		from = now // nobody stood in before somebody said so
	}
	absence := domain.Absence{ID: rand.Text(), Person: person.ID, Substitute: second.ID, From: from.UTC(), Until: until.UTC(), SetBy: a.Person.ID}
	return absence, d.standsFree(ctx, absence, second)
}

// ordered refuses a time that cannot be meant. A zero from is now.
func ordered(from, until, now time.Time) error {
	if from.IsZero() {
		from = now
	}
	switch {
	case !until.After(now):
		return domain.Refuse(domain.RefusedReason, "the absence is over already: check the dates")
	case !until.After(from):
		return domain.Refuse(domain.RefusedReason, "the absence ends before it begins: check the dates")
	case until.Sub(from) > longestAbsence:
		return domain.Refuse(domain.RefusedReason, "that is more than 400 days: name somebody else in the policy file instead")
	}
	return nil
}

// standsFree refuses a substitute who will not be there, without a word about
// why, and a time for which somebody stands in already.
func (d *Desk) standsFree(ctx context.Context, a domain.Absence, substitute domain.Person) error {
	leaving, err := d.Store.Leaving(ctx, substitute.ID, "")
	if err != nil {
		return err
	}
	if leaving || substitute.State == domain.PersonLeft || substitute.State == domain.PersonLeaving {
		return domain.Refuse(domain.RefusedState, "this substitute does not fit: choose somebody else")
	}
	others, err := d.absences(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(others, func(o domain.Absence) bool {
		return o.Person == a.Person && o.From.Before(a.Until) && a.From.Before(o.Until)
	}) {
		return overlapping
	}
	return nil
}

const unknownHere = "nobody with this email is known here: check the spelling"

// somebody finds a person whom Handover knows.
func (d *Desk) somebody(ctx context.Context, email string) (domain.Person, error) {
	p, err := d.Store.PersonByEmail(ctx, email)
	if errors.Is(err, domain.ErrNotFound) {
		return p, domain.Refuse(domain.RefusedUnknown, unknownHere)
	}
	return p, err
}

// EndAbsence ends a substitution now: that of the actor, or as an administrator
// that of anybody.
func (d *Desk) EndAbsence(ctx context.Context, a Actor, id string) error {
	return d.refused(ctx, a, "", d.endAbsence(ctx, a, id))
}

func (d *Desk) endAbsence(ctx context.Context, a Actor, id string) error {
	if err := here(a); err != nil {
		return err
	}
	all, err := d.absences(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(o domain.Absence) bool { return o.ID == id })
	if i < 0 || all[i].Person != a.Person.ID && !a.Person.Has(domain.RoleAdmin) {
		return domain.Refuse(domain.RefusedUnknown, "there is no such absence of yours that has not ended: see `handover away list`")
	}
	if strings.HasPrefix(id, fromPolicy) {
		return domain.Refuse(domain.RefusedState, "this absence stands in the policy file: change it there")
	}
	now := d.now()
	e := domain.AuditEvent{Key: "absence/" + id + "/ended", Kind: domain.EventAbsenceEnded, Actor: a.Person.ID, Subject: all[i].Person, Target: id, At: now,
		Facts: map[string]string{"substitute": string(all[i].Substitute), "door": a.Channel}}
	_, err = d.Store.EndAbsence(ctx, id, now, e)
	return err
}

// Absences lists the substitutions that have not ended: those of the actor, and
// for those who may see runs those of everybody.
func (d *Desk) Absences(ctx context.Context, a Actor) ([]domain.Absence, error) {
	if err := d.admit(ctx, a, ""); err != nil {
		return nil, err
	}
	all, err := d.absences(ctx)
	if err != nil || slices.ContainsFunc(mayRead.roles, a.Person.Has) {
		return all, err
	}
	return slices.DeleteFunc(all, func(o domain.Absence) bool { return o.Person != a.Person.ID && o.Substitute != a.Person.ID }), nil
}

// fromPolicy begins the id of an absence that stands in the policy file.
const fromPolicy = "policy."

// absences are all substitutions that have not ended: those set here and those of
// the policy file, by beginning. Nobody who left is in them.
func (d *Desk) absences(ctx context.Context) ([]domain.Absence, error) {
	now := d.now()
	all, err := d.Store.Absences(ctx, now)
	if err != nil {
		return nil, err
	}
	for _, entry := range d.Policy().People {
		written, err := d.writtenAbsences(ctx, entry, now)
		if err != nil {
			return nil, err
		}
		all = append(all, written...)
	}
	slices.SortStableFunc(all, func(x, y domain.Absence) int { return x.From.Compare(y.From) })
	return all, nil
}

func (d *Desk) writtenAbsences(ctx context.Context, entry domain.PersonPolicy, now time.Time) ([]domain.Absence, error) {
	var found []domain.Absence
	for i, away := range entry.Away {
		calendar, err := d.Policy().CalendarOf(entry.Email)
		if err != nil {
			return nil, err
		}
		from, until, err := away.Span(calendar.Zone)
		if err != nil || !until.After(now) {
			continue // the file was checked when it was read
		}
		person, err1 := d.Store.PersonByEmail(ctx, entry.Email)
		second, err2 := d.Store.PersonByEmail(ctx, away.Substitute)
		if errors.Is(err1, domain.ErrNotFound) || errors.Is(err2, domain.ErrNotFound) {
			continue
		}
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		if person.State != domain.PersonLeft && second.State != domain.PersonLeft {
			found = append(found, domain.Absence{ID: fmt.Sprintf("%s%s.%d", fromPolicy, person.ID, i), Person: person.ID, Substitute: second.ID, From: from, Until: until,
				SetBy: domain.SystemActor})
		}
	}
	return found, nil
}

// standsFor lists for whom the actor may act in a run at this moment. A
// confidential run is no matter of a substitute who is not named in it, and
// nobody acts for somebody else in their own leaving.
func (d *Desk) standsFor(ctx context.Context, a Actor, run string) ([]domain.PersonID, []domain.Absence, error) {
	away, err := d.absences(ctx)
	if err != nil {
		return nil, nil, err
	}
	people := domain.StandsInFor(away, a.Person.ID, d.now())
	if len(people) == 0 {
		return nil, nil, nil
	}
	row, err := d.Store.Run(ctx, run)
	if err != nil || row.Person == a.Person.ID || !row.VisibleTo(a.Person) {
		return nil, nil, err
	}
	return people, away, nil
}

// Asking tells, for any request, why the actor is asked now and in whose place;
// nothing where somebody else decides.
func (d *Desk) Asking(ctx context.Context, a Actor) func(row domain.Approval) (why string, actingFor domain.PersonID) {
	away, err := d.absences(ctx)
	stands := err == nil && len(domain.StandsInFor(away, a.Person.ID, d.now())) > 0
	return func(row domain.Approval) (string, domain.PersonID) {
		now, mine := d.now(), []domain.Absence(nil)
		if row.State != domain.ApprovalOpen {
			return "", ""
		}
		if stands {
			if people, _, err := d.standsFor(ctx, a, row.Run); err == nil && len(people) > 0 {
				mine = away
			}
		}
		who, voice := a.Person.ID, row.VoiceFor(a.Person.ID, mine, now)
		if voice != "" {
			who = voice
		}
		if !row.MayDecide(who, now) {
			return "", ""
		}
		return because(row, who), voice
	}
}

// MomentOf reads a date, or a local date and time, in the zone of somebody's
// calendar; without an email, the actor's. The end of a date is its last moment.
func (d *Desk) MomentOf(a Actor, email, text string, end bool) (time.Time, error) {
	if email == "" {
		email = a.Person.Email
	}
	calendar, err := d.Policy().CalendarOf(email)
	if err != nil {
		return time.Time{}, err
	}
	zone, err := time.LoadLocation(calendar.Zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("read zone: %w", err)
	}
	at, err := domain.LocalMoment(text, zone, end)
	if err != nil {
		return at, domain.Refuse(domain.RefusedReason, err.Error())
	}
	return at, nil
}

// ownLists gives a filter for what is the actor's own and one for each person
// whom the actor stands in for.
func (d *Desk) ownLists(ctx context.Context, a Actor, f store.RequestFilter) ([]store.RequestFilter, error) {
	f.Person = a.Person.ID
	filters := []store.RequestFilter{f}
	away, err := d.absences(ctx)
	for _, absent := range domain.StandsInFor(away, a.Person.ID, d.now()) {
		f.Person, f.Viewer = absent, a.Person.ID
		filters = append(filters, f)
	}
	return filters, err
}
