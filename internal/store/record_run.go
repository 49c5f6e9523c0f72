package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"handover/domain"
)

// run moves the run's row. A run that has ended stays as it ended, and a
// repeated entry moves it only to its end.
func (w *entryWriter) run(ctx context.Context) error {
	e := w.entry
	if e.RunState == "" && e.RunWhy == "" && e.LastMoment == nil && !e.CutNow {
		return nil
	}
	r, err := readRun(ctx, w.tx, e.Run)
	if err != nil {
		return err
	}
	if r.State.Ended() || (w.repeat && !e.RunState.Ended()) {
		return nil
	}
	if e.RunState != "" {
		r.State = e.RunState
	}
	if e.RunWhy != "" {
		r.Why = e.RunWhy
	}
	if e.LastMoment != nil {
		r.LastMoment = *e.LastMoment
	}
	closed := int64(0)
	if r.State.Ended() {
		closed = w.endedAt()
	}
	_, err = w.tx.ExecContext(ctx, `UPDATE runs SET state = $1, why = $2, moment_local = $3, moment_zone = $4, cut_now = $5, closed_at = $6 WHERE id = $7`,
		string(r.State), text(r.Why), r.LastMoment.Local, r.LastMoment.Zone, r.CutNow || e.CutNow, closed, e.Run)
	return err
}

// endedAt is when the entry's newest event happened, or now.
func (w *entryWriter) endedAt() int64 {
	var last int64
	for _, e := range w.entry.Events {
		last = max(last, micros(e.At))
	}
	if last == 0 {
		return micros(w.now)
	}
	return last
}

// plan keeps a proposal under its digest. One that cannot be approved yet is
// kept as well, for a reader: nobody can approve it, because no request names
// its digest.
func (w *entryWriter) plan(ctx context.Context) error {
	p := w.entry.Plan
	if p == nil {
		return nil
	}
	body, err := encode(p)
	if err != nil {
		return err
	}
	_, err = w.tx.ExecContext(ctx, `INSERT INTO plans (run, app, digest, version, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (run, app, digest) DO NOTHING`, p.Run, string(p.App), p.Digest(), p.Version, body)
	return err
}

// snapshot keeps the first reading of an app: it is the state before anything
// was written. A user it found is linked by id, because emails change.
func (w *entryWriter) snapshot(ctx context.Context) error {
	snap := w.entry.Snapshot
	if snap == nil {
		return nil
	}
	body, err := encode(snap)
	if err != nil {
		return err
	}
	first, err := touched(w.tx.ExecContext(ctx, "INSERT INTO snapshots (run, app, body) VALUES ($1, $2, $3) ON CONFLICT (run, app) DO NOTHING",
		snap.Run, string(snap.App), body))
	if err != nil || !first || !snap.Found {
		return err
	}
	var person string
	err = w.tx.QueryRowContext(ctx, "SELECT person FROM runs WHERE id = $1", snap.Run).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && person == "") {
		return nil
	}
	if err != nil {
		return err
	}
	return linkAccount(ctx, w.tx, snap.App, domain.PersonID(person), snap.Account.ID)
}

func (w *entryWriter) cutOff(ctx context.Context) error {
	c := w.entry.CutOff
	if c == nil {
		return nil
	}
	_, err := w.tx.ExecContext(ctx, `INSERT INTO cut_offs (run, app, channel, due, verified_at, limit_ns, class) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (run, app) DO NOTHING`, c.Run, string(c.App), string(c.Channel), micros(c.Due), micros(c.VerifiedAt), int64(c.Limit), c.Class)
	return err
}

func (w *entryWriter) seats(ctx context.Context) error {
	for _, e := range w.entry.Seats {
		var err error
		if e.At, err = w.booked(ctx, e); err != nil {
			return err
		}
		if _, err := w.tx.ExecContext(ctx, `INSERT INTO seat_entries (id, app, kind, run, person, account, reusable, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (id) DO NOTHING`, e.ID, string(e.App), string(e.Kind), e.Run, string(e.Person), string(e.Account), string(e.Reusable), micros(e.At)); err != nil {
			return err
		}
	}
	return nil
}

// booked is the moment of a line, later than all that the app's ledger holds: which
// of two promises came first is decided by the order in which they were kept, not by
// the clocks of those who made them.
func (w *entryWriter) booked(ctx context.Context, e domain.SeatEntry) (time.Time, error) {
	if err := lockApp(ctx, w.tx, e.App); err != nil {
		return e.At, err
	}
	var last int64
	err := w.tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(at), 0) FROM seat_entries WHERE app = $1", string(e.App)).Scan(&last)
	return at(max(micros(e.At), last+1)), err
}

// appSet is the apps of a run in one order, by which two runs are compared.
func appSet(apps []domain.AppID) string {
	names := make([]string, 0, len(apps))
	for _, a := range apps {
		names = append(names, string(a))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ",")
}
