package desk

import (
	"context"
	"errors"
	"slices"

	"handover/domain"
	"handover/internal/store"
)

// tellUnreachable gives what could not be said to somebody to those who look
// after the run, so that nothing waits for a message that never arrived.
func (d *Desk) tellUnreachable(ctx context.Context, x store.Delivery) error {
	if x.Notice.Kind == "unreachable" || x.Notice.Data["person"] != "" {
		return nil // those who look after a run are asked in turn by reminders
	}
	to, err := d.caretakers(ctx, x.Notice.Run)
	if err != nil {
		return err
	}
	to = slices.DeleteFunc(to, func(id domain.PersonID) bool { return id == x.Person })
	if len(to) == 0 {
		return nil
	}
	notice := x.Notice
	notice.ID, notice.To, notice.At = x.Notice.ID+"/unreachable/"+string(x.Person), to, d.now()
	if notice.Kind != "needs-attention" { // which is answered by whoever looks after the run as well
		notice.Kind = "unreachable"
	}
	if x.Person != "" {
		notice.Data = map[string]string{"person": string(x.Person)}
	}
	return d.Store.Record(ctx, domain.Entry{Run: notice.Run, Notices: []domain.Notice{notice}})
}

// caretakers are the people who look after a run: its administrators, or those
// named in a confidential one.
func (d *Desk) caretakers(ctx context.Context, id string) ([]domain.PersonID, error) {
	run, err := d.Store.Run(ctx, id)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return nil, err
	}
	if run.Confidential {
		named := append([]domain.PersonID{run.Requester}, run.Readers...)
		return slices.DeleteFunc(unique(named), func(id domain.PersonID) bool { return id == run.Person || id == domain.SystemActor }), nil
	}
	c := &cast{d: d, ctx: ctx, leaver: domain.Person{ID: run.Person}}
	admins := c.people([]string{"role:admin"})
	return admins, c.err
}
