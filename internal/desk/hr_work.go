package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/store"
)

const (
	hrEvery = 200 * time.Millisecond
	hrLease = 60 * time.Second
	hrBatch = 20
)

// WorkHR carries out what HR said, in the order of its own time, until the
// context ends. Several processes may do so at once: what HR said last about an
// employment stands, in whatever order it is looked at.
func (d *Desk) WorkHR(ctx context.Context) {
	tick := time.NewTicker(hrEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.hrDue(ctx)
		}
	}
}

func (d *Desk) hrDue(ctx context.Context) {
	for {
		events, err := d.Store.LeaseHREvents(ctx, hrBatch, hrLease)
		if err != nil {
			if ctx.Err() == nil {
				d.Log.WarnContext(ctx, "what HR said is not read", "error", err)
			}
			return
		}
		for _, r := range events {
			d.workHR(ctx, r)
		}
		if len(events) < hrBatch {
			return
		}
	}
}

// workHR carries out one event. Doing it twice is harmless: starts, signals and
// what HR said of an employment are keyed.
func (d *Desk) workHR(ctx context.Context, r store.HRRecord) {
	done, entry, err := d.applyHR(ctx, r)
	if errors.Is(err, errHeld) {
		return // the brake keeps it, and says what came of it
	}
	var refused *domain.Refusal
	switch {
	case errors.As(err, &refused):
		done.Outcome, done.Why = domain.HRRefused, refused.Text
	case domain.KindOf(err) == domain.FaultConflict || domain.KindOf(err) == domain.FaultInvalid:
		done.Outcome, done.Why = domain.HRRefused, safeText(err)
	case err != nil:
		d.Log.WarnContext(ctx, "what HR said is not carried out yet", "type", r.Event.Type, "attempt", r.Attempts, "fault", domain.KindOf(err))
		_ = d.Store.HREventFailed(context.WithoutCancel(ctx), r.Event.Source, r.Event.ID, d.now().Add(backoff(r.Attempts)), string(domain.KindOf(err)))
		d.tellDelayed(context.WithoutCancel(ctx), r)
		return
	}
	if done.Outcome == domain.HRRefused {
		entry = d.refusedByHR(done)
	}
	d.crash("hr-applied-not-recorded")
	if err := d.Store.HREventDone(context.WithoutCancel(ctx), done, entry); err != nil {
		d.Log.ErrorContext(ctx, "outcome of an HR event not recorded", "error", err)
	}
}

// longTried is after how many attempts, some minutes, people hear that something HR
// said is not carried out: somebody may keep access by it.
const longTried = 15

func (d *Desk) tellDelayed(ctx context.Context, r store.HRRecord) {
	if r.Attempts < longTried {
		return
	}
	n := domain.Notice{ID: fmt.Sprintf("hr/%s/%s/delayed", r.Event.Source, r.Event.ID), Kind: "hr-delayed", Urgent: true, At: d.now(),
		Text: fmt.Sprintf("HR said something that is not carried out for some minutes (%s from %s); it is tried again and again. `handover hr events --outcome waiting` shows it.", r.Event.Type, r.Event.Source)}
	if err := d.Store.Record(ctx, domain.Entry{Notices: []domain.Notice{n}}); err != nil {
		d.Log.ErrorContext(ctx, "delay of an HR event not told", "error", err)
	}
}

func safeText(err error) string {
	var f *domain.Fault
	if errors.As(err, &f) {
		return f.SafeMessage
	}
	return "it could not be carried out"
}

// refusedByHR records what could not be carried out and tells those who look
// after HR's feed.
func (d *Desk) refusedByHR(r store.HRRecord) domain.Entry {
	key := fmt.Sprintf("hr/%s/%s/refused", r.Event.Source, r.Event.ID)
	e := domain.AuditEvent{Key: key, Kind: domain.EventRefused, Actor: domain.SystemActor, Subject: r.Person, At: d.now(),
		Facts: map[string]string{"code": "hr-event", "door": "hr", "source": r.Event.Source, "type": string(r.Event.Type)}}
	n := domain.Notice{ID: key, Kind: "hr-refused", Urgent: true, At: d.now(),
		Text: fmt.Sprintf("HR said something that could not be carried out (%s from %s): %s. `handover hr events` shows it.", r.Event.Type, r.Event.Source, r.Why)}
	return domain.Entry{Events: []domain.AuditEvent{e}, Notices: []domain.Notice{n}}
}

// HREvents lists what HR said and what came of it. Of confidential leavings only
// those named in them are shown more than that there was an event, and nobody
// else finds them by what they are about.
func (d *Desk) HREvents(ctx context.Context, a Actor, f store.HRFilter) ([]store.HRRecord, error) {
	if err := d.allow(ctx, a, mayRead, ""); err != nil {
		return nil, err
	}
	rows, err := d.Store.HREvents(ctx, f)
	if err != nil {
		return nil, err
	}
	asked := f.Employment != "" || f.Outcome != "" || f.Batch != "" || f.Run != ""
	found := rows[:0]
	for _, r := range rows {
		hidden, err := d.hiddenEvent(ctx, a, r)
		if err != nil {
			return nil, err
		}
		switch {
		case !hidden:
			found = append(found, r)
		case !asked:
			found = append(found, store.HRRecord{Event: domain.HREvent{ID: r.Event.ID, Source: r.Event.Source, Confidential: true}, ReceivedAt: r.ReceivedAt, DoneAt: r.DoneAt})
		}
	}
	return found, nil
}

// hiddenEvent tells whether an event is about a leaving that an actor may not
// know of.
func (d *Desk) hiddenEvent(ctx context.Context, a Actor, r store.HRRecord) (bool, error) {
	run, err := d.Store.Run(ctx, r.Run)
	if err == nil {
		return !run.VisibleTo(a.Person), nil
	}
	if !errors.Is(err, domain.ErrNotFound) {
		return true, err
	}
	return d.saidInConfidence(ctx, r.Event)
}

// saidInConfidence tells whether HR ever called the end of an employment
// confidential: what it says of it before or afterwards is so too, also where a
// later event leaves the word out.
func (d *Desk) saidInConfidence(ctx context.Context, e domain.HREvent) (bool, error) {
	if e.Confidential {
		return true, nil
	}
	names := []string{e.Employment}
	if own := strings.TrimPrefix(e.Key, e.Source+"/"); own != "" {
		names = append(names, own)
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		rows, err := d.Store.HREvents(ctx, store.HRFilter{Source: e.Source, Employment: name, Limit: mostSecrets})
		if err != nil {
			return true, err
		}
		if slices.ContainsFunc(rows, func(r store.HRRecord) bool { return r.Event.Confidential }) {
			return true, nil
		}
	}
	return false, nil
}
