package apollo

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func TestAStageThatIsCutOffCutsTheListingOff(t *testing.T) {
	t.Parallel()
	at := cursor{Page: maxPages, Back: true, Stages: []string{"a", "b"}, Whole: 110_000}
	p := domain.RecordPage{Total: 100_001, Truncated: true}
	at.stagePage(&p, true)
	require.False(t, p.Truncated, "other stages are still to be read")
	next, ok := readCursor(p.Next)
	require.True(t, ok)
	require.Equal(t, cursor{Page: 1, Stages: []string{"b"}, Whole: 110_000, Reached: 100_001, Cut: true}, next)

	p = domain.RecordPage{Total: 9_999}
	next.stagePage(&p, true)
	require.Empty(t, p.Next)
	require.True(t, p.Truncated)
}

func TestAStageFilterThatIsIgnoredEndsTheListing(t *testing.T) {
	t.Parallel()
	p := domain.RecordPage{Total: 120_000, Next: "more"}
	cursor{Page: 1, Stages: []string{"a", "b"}, Whole: 120_000}.stagePage(&p, false)
	require.Empty(t, p.Next)
	require.True(t, p.Truncated)
}

func TestAListingWithoutATotalIsReadToItsEmptyPage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		page, rows int
		next       string
		cutOff     bool
	}{
		{1, 100, `{"page":2}`, false}, {2, 3, `{"page":3}`, false}, {3, 0, "", false}, {maxPages, 100, "", true},
	} {
		next, cutOff := cursor{Page: tc.page}.next(tc.rows, -1, true)
		require.Equal(t, []any{tc.next, tc.cutOff}, []any{next, cutOff})
	}
}
