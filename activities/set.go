package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"handover/domain"
)

// Set is the implementation of all activities behind their ports.
type Set struct {
	Connectors Connectors
	Ledger     Ledger
	Transfers  Transfers
	Packs      Packs
	Doors      Doors // nil: nothing stands beside the connectors
	Batches    Batches
	Findings   Findings // of reconciliation
	Reviews    Reviews
	Listings   *Listings // nil: nothing is shared
	Armory     *Armory   // nil: everybody waits alone
	Now        func() time.Time
	// Crash is called at named points between an effect and its record. It does
	// nothing in production; the kill tests end the process there.
	Crash func(point string)
}

func (s *Set) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

func (s *Set) crash(point string) {
	if s.Crash != nil {
		s.Crash(point)
	}
}

// step makes the record of a step as it stands now.
func (s *Set) step(in StepRef, state domain.StepState, channel domain.Channel, why string) domain.StepRecord {
	r := domain.StepRecord{Run: in.Run, App: in.App, Key: in.Step, State: state, Channel: channel, Why: why}
	if state.Settled() {
		r.SettledAt = s.now()
	} else {
		r.StartedAt = s.now()
	}
	return r
}

// event makes the audit event of a step's change. Its key is derived from what
// happened, so that a repeated activity writes it once.
func (s *Set) event(in StepRef, kind domain.EventKind, key string) domain.AuditEvent {
	return domain.AuditEvent{
		Key: domain.IdempotencyKey(in.Run, in.App, in.Step, key), Run: in.Run, Kind: kind,
		Actor: domain.SystemActor, Subject: in.Person, App: in.App, Step: in.Step, At: s.now(),
	}
}

// fail turns an error from a connector into what the interceptor expects, and
// notes an app that refuses our credentials.
func (s *Set) fail(ctx context.Context, app domain.AppID, err error) error {
	var f *domain.Fault
	if !errors.As(err, &f) || f.Kind != domain.FaultUnauthenticated {
		return err
	}
	key := fmt.Sprintf("app-paused/%s/%d", app, s.now().Unix())
	notice := domain.Notice{ID: key, App: app, Kind: "app-paused", Urgent: true, At: s.now(),
		Text: fmt.Sprintf("%s refuses the credentials: its steps wait. Put a working key in place; they go on by themselves.", app)}
	event := domain.AuditEvent{Key: key, Kind: domain.EventAppPaused, Actor: domain.SystemActor, App: app, At: s.now()}
	if perr := s.Ledger.PauseApp(ctx, app, notice, event); perr != nil {
		return errors.Join(err, perr)
	}
	return err
}

// works notes that an app answered, which ends a pause.
func (s *Set) works(ctx context.Context, app domain.AppID) error {
	event := domain.AuditEvent{Key: fmt.Sprintf("app-resumed/%s/%d", app, s.now().Unix()), Kind: domain.EventAppResumed,
		Actor: domain.SystemActor, App: app, At: s.now()}
	return s.Ledger.ResumeApp(ctx, app, event)
}

// list reads all accounts of an app as they are after this call.
func (s *Set) list(ctx context.Context, app domain.AppID) (Connector, domain.Listing, error) {
	return s.listed(ctx, app, 0)
}

// listed gives the accounts of an app as a listing showed them that began at most
// age ago, and after this call where age is zero. Callers of one process share
// listings.
func (s *Set) listed(ctx context.Context, app domain.AppID, age time.Duration) (Connector, domain.Listing, error) {
	c, err := s.Connectors.Connector(app)
	if err != nil {
		return nil, domain.Listing{}, err
	}
	read := func(ctx context.Context) (domain.Listing, error) {
		l, err := c.ListAccounts(ctx)
		if err != nil {
			return domain.Listing{}, s.fail(ctx, app, err)
		}
		return l, s.works(ctx, app)
	}
	if s.Listings == nil {
		l, err := read(ctx)
		return c, l, err
	}
	l, err := s.Listings.Read(ctx, app, age, read)
	return c, l, err
}
