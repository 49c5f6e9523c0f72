package evidence

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

// A leaving that somebody asked for long after HR's end is measured against that too:
// from the asking alone it would look as if it had been in time.
func TestAPeriodTellsHowLongAfterHRsEndAccessWas(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	w.leaver("dana", false, time.Minute)
	late := w.leaver("ivy", false, time.Minute)
	_, stands, err := w.s.SayEmployment(t.Context(), late.Employment, store.Said{State: domain.EmploymentEnded, At: noon.Add(-time.Hour), Ends: noon.AddDate(0, 0, -12)})
	require.NoError(t, err)
	require.True(t, stands)
	pack := w.period(key, asIs)
	_, err = verify(pack, key)
	require.NoError(t, err)
	sheet, page := string(parts(t, pack)["period/leavers.csv"]), string(parts(t, pack)["period/period.html"])
	require.Contains(t, sheet, "HR's end, UTC")
	require.Contains(t, sheet, ",2026-11-08T12:00:00Z,")
	require.Contains(t, sheet, ",1m0s,288h1m0s,")
	require.Contains(t, sheet, ",1m0s,1m0s,", "of whom HR announced it is the same")
	require.Contains(t, page, "<td>288h1m0s<td>")
}
