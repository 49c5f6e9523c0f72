package evidence_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/internal/evidence"
	"handover/internal/pgtest"
	"handover/internal/store"
)

var (
	_ evidence.Ledger  = (*store.Store)(nil)
	_ activities.Packs = (*evidence.Packer)(nil)
)

// TestPackOfAStoredRun builds the pack of a run from a real database, before and
// after its subject is erased.
func TestPackOfAStoredRun(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := store.OpenPostgres(ctx, pgtest.Database(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(ctx))
	run := storedRun(t, s)

	key, err := evidence.ParseSigningKey(evidence.NewSigningKey())
	require.NoError(t, err)
	p := evidence.Packer{Source: s, Signer: key, Dir: t.TempDir()}
	path, err := p.BuildPack(ctx, run.ID)
	require.NoError(t, err)
	report, err := evidence.VerifyFile(path, key.Public())
	require.NoError(t, err)
	require.Equal(t, "Dana Reyes", report.Name)
	require.Equal(t, 2, report.Entries)
	require.Equal(t, map[domain.ItemState]int{domain.ItemCollected: 1}, report.Records)
	kept, err := s.Run(ctx, run.ID)
	require.NoError(t, err)
	require.Equal(t, path, kept.EvidencePath)

	require.NoError(t, s.ErasePerson(ctx, run.Person))
	path, err = p.BuildPack(ctx, run.ID)
	require.NoError(t, err)
	report, err = evidence.VerifyFile(path, key.Public())
	require.NoError(t, err)
	require.Empty(t, report.Name)
	require.Equal(t, 3, report.Entries, "that the first pack was built is an entry")
}

func storedRun(t *testing.T, s *store.Store) domain.Run {
	t.Helper()
	ctx := t.Context()
	dana, err := s.UpsertPerson(ctx, "dana@example.com", "Dana Reyes")
	require.NoError(t, err)
	job, err := s.UpsertEmployment(ctx, "emp-1", domain.Employment{Person: dana.ID})
	require.NoError(t, err)
	event := func(r domain.Run, kind domain.EventKind) domain.AuditEvent {
		return domain.AuditEvent{Key: string(kind), Run: r.ID, Kind: kind, Actor: domain.SystemActor, Subject: dana.ID, To: string(domain.RunClosed), At: time.Now(), Reason: "Dana said so"}
	}
	run, _, err := s.CreateRun(ctx, domain.Run{Kind: domain.RunOffboarding, Person: dana.ID, Employment: job.ID, AllApps: true},
		func(r domain.Run) (store.RunStart, error) {
			return store.RunStart{Events: []domain.AuditEvent{event(r, domain.EventRunStarted)}}, nil
		})
	require.NoError(t, err)
	tr, err := s.OpenTransfer(ctx, domain.TransferKey{Run: run.ID, App: "apollo", Kind: domain.Deals})
	require.NoError(t, err)
	_, err = s.SaveCollected(ctx, tr, []domain.TransferItem{{Record: domain.Record{ID: "d1", Owner: "a0"}, To: "a1"}}, false)
	require.NoError(t, err)
	require.NoError(t, s.Record(ctx, domain.Entry{Run: run.ID, RunState: domain.RunClosed, Events: []domain.AuditEvent{event(run, domain.EventRunClosed)}}))
	return run
}
