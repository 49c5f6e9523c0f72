package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"time"

	"handover/domain"
)

const stepColumns = "run, app, step, position, title, phase, state, channel, why, request_id, done, of_records, started_at, settled_at, resume_at, owner"

func scanStep(row scanner) (domain.StepRecord, error) {
	var r domain.StepRecord
	var started, settled, resume int64
	err := row.Scan(&r.Run, &r.App, &r.Key, &r.Order, &r.Title, &r.Phase, &r.State, &r.Channel, &r.Why, &r.RequestID, &r.Done, &r.Of,
		&started, &settled, &resume, &r.Owner)
	r.StartedAt, r.SettledAt, r.ResumeAt = at(started), at(settled), at(resume)
	return r, err
}

func (w *entryWriter) steps(ctx context.Context) error {
	for _, next := range w.entry.Steps {
		old, err := scanStep(w.tx.QueryRowContext(ctx, "SELECT "+stepColumns+" FROM steps WHERE run = $1 AND app = $2 AND step = $3",
			next.Run, string(next.App), string(next.Key)))
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if !w.stepMayMove(old.State, next.State) {
			w.noteIgnored(old, next)
			continue
		}
		merged := mergeStep(old, next)
		if merged.State != old.State || merged.Why != old.Why {
			w.about = append(w.about, AboutStep(next.Run, next.App, next.Key))
		}
		if err := putStep(ctx, w.tx, merged); err != nil {
			return err
		}
	}
	return nil
}

// stepMayMove keeps a step from going backwards. An impossible move is ignored,
// and a settled step is unsettled only by an entry with news: the progress of
// an attempt that was given up, or a repeat, comes too late.
func (w *entryWriter) stepMayMove(old, next domain.StepState) bool {
	if !old.MayBecome(next) {
		return false
	}
	return old == next || !old.Settled() || (len(w.fresh) > 0 && !w.repeat)
}

// noteIgnored marks the events of a step whose row was not moved: what they say
// happened, but the step stands where it stood.
func (w *entryWriter) noteIgnored(old, next domain.StepRecord) {
	for i, e := range w.fresh {
		if e.App != next.App || e.Step != next.Key {
			continue
		}
		facts := maps.Clone(e.Facts)
		if facts == nil {
			facts = map[string]string{}
		}
		facts["ignored_move"] = string(old.State) + " to " + string(next.State)
		w.fresh[i].Facts = facts
	}
}

// mergeStep keeps what an earlier record said and the next one leaves open.
func mergeStep(old, next domain.StepRecord) domain.StepRecord {
	if old.State == "" {
		return next
	}
	next.Order, next.Done, next.Of = orOld(next.Order, old.Order), orOld(next.Done, old.Done), orOld(next.Of, old.Of)
	next.Title, next.Phase, next.Channel = orOld(next.Title, old.Title), orOld(next.Phase, old.Phase), orOld(next.Channel, old.Channel)
	next.Owner, next.Why = orOld(next.Owner, old.Owner), orOld(next.Why, old.Why)
	if !old.StartedAt.IsZero() {
		next.StartedAt = old.StartedAt
	}
	switch {
	case next.State != old.State:
	case next.State.Settled(): // the audit chain names the channel and the request that settled it
		next.Channel, next.RequestID = orOld(old.Channel, next.Channel), orOld(old.RequestID, next.RequestID)
	default:
		next.RequestID = orOld(next.RequestID, old.RequestID)
	}
	switch {
	case !next.State.Settled():
		next.SettledAt = time.Time{}
	case next.State == old.State && !old.SettledAt.IsZero():
		next.SettledAt = old.SettledAt
	}
	return next
}

func orOld[T comparable](next, old T) T {
	var none T
	if next == none {
		return old
	}
	return next
}

func putStep(ctx context.Context, tx *sql.Tx, r domain.StepRecord) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO steps ("+stepColumns+") VALUES ("+list(1, 16)+`)
		ON CONFLICT (run, app, step) DO UPDATE SET position = excluded.position, title = excluded.title, phase = excluded.phase, state = excluded.state,
			channel = excluded.channel, why = excluded.why, request_id = excluded.request_id, done = excluded.done, of_records = excluded.of_records,
			started_at = excluded.started_at, settled_at = excluded.settled_at, resume_at = excluded.resume_at, owner = excluded.owner`,
		r.Run, string(r.App), string(r.Key), r.Order, text(r.Title), string(r.Phase), string(r.State), string(r.Channel), text(r.Why), text(r.RequestID),
		r.Done, r.Of, micros(r.StartedAt), micros(r.SettledAt), micros(r.ResumeAt), string(r.Owner))
	return err
}
