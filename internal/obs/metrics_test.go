package obs_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/obs"
)

func scrape(t *testing.T, read func(context.Context) (obs.Figures, error)) string {
	t.Helper()
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	w := httptest.NewRecorder()
	obs.Metrics(read, func() time.Time { return now }).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, w.Code)
	return w.Body.String()
}

func TestFiguresAreScraped(t *testing.T) {
	t.Parallel()
	text := scrape(t, func(context.Context) (obs.Figures, error) {
		return obs.Figures{Runs: map[string]int{"closed": 3}, Steps: map[string]int{"needs_attention": 2}, Approvals: 1, Tasks: 4, Paused: 1,
			Commands: 5, CommandAt: time.Date(2026, 12, 1, 8, 59, 0, 0, time.UTC)}, nil
	})
	for _, line := range []string{`handover_runs{state="closed"} 3`, `handover_open_steps{state="needs_attention"} 2`, "handover_open_approvals 1",
		"handover_open_tasks 4", "handover_paused_apps 1", "handover_outbox_commands 5", "handover_outbox_age_seconds 60", "handover_store_up 1"} {
		require.Contains(t, text, line)
	}
}

func TestAStoreThatIsAwayIsSaid(t *testing.T) {
	t.Parallel()
	text := scrape(t, func(context.Context) (obs.Figures, error) { return obs.Figures{}, errors.New("away") })
	require.Contains(t, text, "handover_store_up 0")
	require.NotContains(t, text, "handover_open_tasks")
}
