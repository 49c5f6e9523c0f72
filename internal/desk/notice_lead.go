package desk

import (
	"context"
	"time"

	"handover/domain"
)

// defaultNotice is how many working days before the last moment people are asked
// who inherits.
const defaultNotice = 5

// noticeAt is when people are asked who inherits: some working days before the
// last moment, so that the plan is approved before the minute comes. Of a
// confidential leaving nobody is told ahead.
func (d *Desk) noticeAt(ctx context.Context, run domain.Run, due time.Time) time.Time {
	if run.Confidential {
		return due
	}
	days := defaultNotice
	if n := d.Policy().Leaving.NoticeDays; n != nil {
		days = *n
	}
	leaver, err := d.Store.Person(ctx, run.Person)
	if err != nil {
		return time.Time{} // at once: too early does no harm
	}
	email := leaver.Email
	if manager, err := d.Store.Person(ctx, leaver.Manager); err == nil {
		email = manager.Email
	}
	calendar, err := d.Policy().CalendarOf(email)
	if err != nil {
		return time.Time{}
	}
	return calendar.DaysBefore(due, days)
}
