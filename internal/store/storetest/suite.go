// Package storetest is the suite that every database under the store passes.
package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

// Database is an empty database with a way to change it behind the store's back.
type Database struct {
	Store *store.Store
	Exec  func(ctx context.Context, statement string) error
}

// Run opens an empty database for each test and runs the suite on it.
func Run(t *testing.T, open func(t *testing.T) Database) {
	suites := map[string]map[string]func(t *testing.T, s *store.Store){
		"migrate":   migrateTests,
		"people":    peopleTests,
		"runs":      runTests,
		"record":    recordTests,
		"chain":     chainTests,
		"claims":    claimTests,
		"outbox":    outboxTests,
		"transfers": transferTests,
		"erase":     eraseTests,
		"tokens":    tokenTests,
		"gate":      gateTests,
		"absences":  absenceTests,
		"chat":      chatTests,
		"clicks":    clickTests,
		"departs":   departureTests,
		"edits":     editTests,
		"members":   memberTests,
		"settings":  settingTests,
		"findings":  findingTests,
		"grants":    grantTests,
		"reviews":   reviewTests,
		"evidence":  evidenceTests,
	}
	for suite, tests := range suites {
		for name, test := range tests {
			t.Run(suite+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := open(t).Store
				require.NoError(t, s.Migrate(t.Context()))
				test(t, s)
			})
		}
	}
	for name, test := range outsiders() {
		t.Run("outsider/"+name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			require.NoError(t, d.Store.Migrate(t.Context()))
			test(t, d)
		})
	}
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 123456789, time.UTC)

// leaver makes a person with an employment.
func leaver(t *testing.T, s *store.Store, name string) (domain.Person, domain.Employment) {
	t.Helper()
	p, err := s.UpsertPerson(t.Context(), name+"@example.com", name)
	require.NoError(t, err)
	e, err := s.UpsertEmployment(t.Context(), "emp-"+name, domain.Employment{Person: p.ID})
	require.NoError(t, err)
	return p, e
}

// leaving makes a run that ends all access of a person.
func leaving(t *testing.T, s *store.Store, name string) domain.Run {
	t.Helper()
	p, e := leaver(t, s, name)
	r, created, err := s.CreateRun(t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: p.ID, Employment: e.ID, AllApps: true,
		Apps: []domain.AppID{"apollo"}, Authority: domain.AuthorityHR, Requester: domain.SystemActor, StartedAt: noon}, start)
	require.NoError(t, err)
	require.True(t, created)
	return r
}

// start is what goes with a new run.
func start(r domain.Run) (store.RunStart, error) {
	return store.RunStart{
		Input:   []byte(`{"run":"` + r.ID + `"}`),
		Command: store.Command{ID: "start/" + r.ID, Kind: store.CommandStart, Run: r.ID, Name: "offboarding", Payload: []byte("{}")},
		Events:  []domain.AuditEvent{event(r, domain.EventRunStarted, "started")},
	}, nil
}

func event(r domain.Run, kind domain.EventKind, key string) domain.AuditEvent {
	return domain.AuditEvent{Key: r.ID + "/" + key, Run: r.ID, Kind: kind, Actor: domain.SystemActor, Subject: r.Person, App: "apollo", At: noon}
}

func record(t *testing.T, s *store.Store, e domain.Entry) {
	t.Helper()
	require.NoError(t, s.Record(t.Context(), e))
}

// whole checks a run's chain and the global chain from their first entries.
func whole(t *testing.T, s *store.Store, chain string) []domain.ChainEntry {
	t.Helper()
	entries, err := s.ChainEntries(t.Context(), chain, 0, 100000)
	require.NoError(t, err)
	_, err = domain.VerifyChain(entries)
	require.NoError(t, err)
	broken, err := s.VerifyGlobal(t.Context())
	require.NoError(t, err, "at global entry %d", broken)
	return entries
}

// together runs do n times at once and gives the errors.
func together(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			errs[i] = do(i)
		})
	}
	done.Wait()
	return errs
}

func allFine(t *testing.T, errs []error) {
	t.Helper()
	for i, err := range errs {
		require.NoError(t, err, "number %d", i)
	}
}

func name(i int) string { return fmt.Sprintf("n%05d", i) }
