package desk

import (
	"context"
	"fmt"

	"handover/domain"
	"handover/internal/store"
)

// externalSource is the source of the leavings that the policy file itself
// announces.
const externalSource = "externals"

// syncExternals brings those whom HR does not know into the directory, with who
// answers for them. Their end date is announced like HR's word: they leave on
// that day unless the file gives them longer.
func (d *Desk) syncExternals(ctx context.Context, p *domain.Policy) error {
	for _, entry := range p.HR.Externals {
		if err := d.syncExternal(ctx, p, entry); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) syncExternal(ctx context.Context, p *domain.Policy, entry domain.ExternalPolicy) error {
	person, err := d.Store.UpsertPerson(ctx, entry.Email, entry.Name)
	if err != nil {
		return err
	}
	sponsor, err := d.Store.UpsertPerson(ctx, entry.Sponsor, "")
	if err != nil {
		return err
	}
	moment := domain.LastMoment{Local: entry.Ends + "T23:59:00", Zone: p.Company.TimeZone}
	ends, err := moment.Instant()
	if err != nil {
		return err
	}
	facts := person.PersonFacts
	facts.Kind, facts.Sponsor, facts.Ends = string(entry.Kind), sponsor.ID, ends
	if _, err := d.Store.LearnPerson(ctx, person.ID, entry.Email, entry.Name, facts, d.now()); err != nil {
		return err
	}
	if ends.Before(d.now().Add(-longAgo)) || moment.CheckFromHR(d.now()) != nil && ends.Before(d.now()) {
		return nil // over for long
	}
	key := string(person.ID)
	e := domain.HREvent{Source: externalSource, Type: domain.HREnding, Employment: key, Email: entry.Email, Name: entry.Name,
		Manager: entry.Sponsor, Kind: string(entry.Kind), OccurredAt: d.now(), LastMoment: &moment}
	before, err := d.Store.HREvents(ctx, store.HRFilter{Source: externalSource, Employment: key})
	if err != nil || len(before) > 0 && before[0].Event.LastMoment != nil && *before[0].Event.LastMoment == moment {
		return err // the file said so last
	}
	e.ID = fmt.Sprintf("%s/%s/%d", key, entry.Ends, len(before)) // it may go back to a date that it named once
	_, err = d.Store.KeepHREvent(ctx, e)
	return err
}
