package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/evidence"
	"handover/internal/pgtest"
	"handover/internal/store"
)

func TestEvidenceVerify(t *testing.T) {
	t.Parallel()
	key, err := evidence.ParseSigningKey(evidence.NewSigningKey())
	require.NoError(t, err)
	other, err := evidence.ParseSigningKey(evidence.NewSigningKey())
	require.NoError(t, err)
	path := packOf(t, key)
	s := handover(t, "evidence", "verify", path, "--key", evidence.PublicText(key.Public()))
	require.Equal(t, exitDone, s.status, s.err)
	require.Contains(t, s.out, "whole and signed")
	s = handover(t, "evidence", "verify", path, "--key", evidence.PublicText(other.Public()))
	require.Equal(t, exitFail, s.status)

	anchors := filepath.Join(t.TempDir(), "anchors.jsonl")
	report, err := evidence.VerifyFile(path, key.Public())
	require.NoError(t, err)
	for hash, want := range map[string]int{report.Head.Hash: exitDone, "another": exitFail} {
		anchor, err := key.Anchor(report.Head.Seq, hash, time.Now())
		require.NoError(t, err)
		line, err := json.Marshal(anchor)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(anchors, line, 0o600))
		s = handover(t, "evidence", "verify", path, "--anchors", anchors, "--key", evidence.PublicText(key.Public()))
		require.Equal(t, want, s.status, s.out+s.err)
	}
	s = handover(t, "evidence", "verify", path, "--anchors", t.TempDir(), "--key", evidence.PublicText(key.Public()))
	require.Equal(t, exitFail, s.status, "an empty folder compares nothing")
	require.Contains(t, s.err, "there is none")
	s = handover(t, "evidence", "period", "--from", "2026-10-01")
	require.Equal(t, exitUsage, s.status)

	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	flipped := filepath.Join(t.TempDir(), "flipped.pack")
	for _, at := range []int{0, len(raw) / 3, len(raw) / 2, len(raw) - 1} {
		bad := append([]byte{}, raw...)
		bad[at] ^= 1
		require.NoError(t, os.WriteFile(flipped, bad, 0o600))
		s = handover(t, "evidence", "verify", flipped, "--key", evidence.PublicText(key.Public()))
		require.Equal(t, exitFail, s.status, "byte %d", at)
	}
	s = handover(t, "evidence", "verify", filepath.Join(t.TempDir(), "none.pack"), "--key", evidence.PublicText(key.Public()))
	require.Equal(t, exitFail, s.status)
}

// packOf builds the pack of a run that has only begun.
func packOf(t *testing.T, key evidence.Signer) string {
	t.Helper()
	st, err := store.OpenPostgres(t.Context(), pgtest.Database(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = st.Close() })
	require.NoError(t, st.Migrate(t.Context()))
	p, err := st.UpsertPerson(t.Context(), "dana@example.com", "Dana")
	require.NoError(t, err)
	job, err := st.UpsertEmployment(t.Context(), "emp-1", domain.Employment{Person: p.ID})
	require.NoError(t, err)
	run, _, err := st.CreateRun(t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: p.ID, Employment: job.ID, AllApps: true},
		func(r domain.Run) (store.RunStart, error) {
			return store.RunStart{Events: []domain.AuditEvent{{Key: "started", Run: r.ID, Kind: domain.EventRunStarted, Actor: domain.SystemActor, Subject: r.Person, At: time.Now()}}}, nil
		})
	require.NoError(t, err)
	path, err := (&evidence.Packer{Source: st, Signer: key, Dir: t.TempDir()}).BuildPack(t.Context(), run.ID)
	require.NoError(t, err)
	return path
}
