package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/evidence"
	"handover/internal/store"
)

// asked keeps what a pack was asked for.
type asked struct {
	packs
	got *domain.EvidencePeriod
}

func (a asked) BuildPeriod(_ context.Context, q domain.EvidencePeriod, _ time.Time) (io.ReadCloser, error) {
	*a.got = q
	return io.NopCloser(bytes.NewReader([]byte("the period"))), nil
}

func TestAPeriodsEvidenceIsDownloaded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var got domain.EvidencePeriod
	w.desk.Packs = asked{packs{t.TempDir()}, &got}
	const path = "/api/v1/evidence/period?from=2026-10-01&to=2026-10-31"
	require.Equal(t, answer{200, "application/octet-stream", "the period"}, w.call("ada", "GET", path+"&app=apollo&seed=s", ""))
	require.Equal(t, []any{"2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z", domain.AppID("apollo"), "s"},
		[]any{got.From.Format(time.RFC3339), got.To.Format(time.RFC3339), got.App, got.Seed}, "days of the company's time zone, the last one included")
	require.Equal(t, got.Asked, got.Viewer.ID)
	lines, err := w.st.Audit(t.Context(), store.AuditFilter{Kind: domain.EventEvidenceBuilt})
	require.NoError(t, err)
	require.Len(t, lines, 1, "that somebody took it is an event")
	require.Equal(t, got.Asked, lines[0].Entry.Event.Actor)
	for _, who := range []string{"bo", "sec", "finn"} {
		require.Equal(t, 403, w.call(who, "GET", path, "").status, who)
	}
	require.Equal(t, 401, w.callWith("", "", "GET", path, "").status)
	for _, bad := range []string{"?from=2026-10-31&to=2026-10-01", "?from=x&to=2026-10-01", "?from=2026-10-01", "?from=2026-10-01&to=2026-10-02&app=none"} {
		status := w.call("ada", "GET", "/api/v1/evidence/period"+bad, "").status
		require.True(t, status >= 400 && status < 500, "%s: %d", bad, status)
	}
	key, err := evidence.ParseSigningKey(evidence.NewSigningKey())
	require.NoError(t, err)
	w.desk.Packs = &evidence.Packer{Source: w.st, Signer: key, Dir: t.TempDir()}
	a := w.call("ada", "GET", path, "")
	require.Equal(t, 200, a.status)
	report, err := evidence.Verify(bytes.NewReader([]byte(a.body)), int64(len(a.body)), key.Public())
	require.NoError(t, err)
	require.Zero(t, report.Period.Leavers)
}

// gone is a packer whose pack nothing proves.
type gone struct{ packs }

func (gone) BuildPeriod(context.Context, domain.EvidencePeriod, time.Time) (io.ReadCloser, error) {
	return nil, domain.NewFault(domain.FaultConflict, "evidence.period", "", "a run is missing", nil)
}

func (gone) BuildPack(context.Context, string) (string, error) {
	return "", fmt.Errorf("build evidence pack: %w: %w", domain.ErrUnproven, errors.New("entry 7 of the audit chain was changed"))
}

func TestARunThatNothingProvesIsNotHandedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.desk.Packs = gone{packs{t.TempDir()}}
	a := w.call("ada", "GET", "/api/v1/evidence/"+w.start().ID, "")
	require.Equal(t, 409, a.status)
	require.Contains(t, a.body, "the database does not say what the audit log says: entry 7 of the audit chain was changed")
}

func TestAPeriodThatNothingProvesIsNotHandedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.desk.Packs = gone{packs{t.TempDir()}}
	a := w.call("ada", "GET", "/api/v1/evidence/period?from=2026-10-01&to=2026-10-31", "")
	require.Equal(t, 409, a.status)
	require.Contains(t, a.body, "the database does not say what the audit log says: a run is missing")
}
