package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

func TestTheSecondPersonIsOneWhoStays(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	ctx := t.Context()
	r, err := w.st.Review(ctx, w.id)
	require.NoError(t, err)
	second := func() domain.PersonID {
		t.Helper()
		who, err := w.SecondFor(ctx, r.Settings, w.id_("ada"), w.id_("finn"))
		require.NoError(t, err)
		return who
	}
	require.Equal(t, w.id_("gil"), second())
	require.NoError(t, w.st.SetPersonState(ctx, w.id_("gil"), domain.PersonLeaving))
	require.NotEqual(t, w.id_("gil"), second())
	require.NotEmpty(t, second())
	none, err := w.SecondFor(ctx, r.Settings, w.id_("eli"), w.id_("finn"))
	require.NoError(t, err)
	require.Empty(t, none, "an independent reviewer")

	_, _, err = w.st.CreateRun(ctx, domain.Run{ID: "offboarding:gil:1", Kind: domain.RunOffboarding, Person: w.id_("gil"), AllApps: true, Confidential: true},
		func(domain.Run) (store.RunStart, error) { return store.RunStart{}, nil })
	require.NoError(t, err)
	require.Equal(t, w.id_("gil"), second(), "that a line goes past somebody would tell of a confidential leaving")
	require.NoError(t, w.st.SetPersonState(ctx, w.id_("gil"), domain.PersonLeft))
	require.NotEqual(t, w.id_("gil"), second(), "everybody sees who is gone")
}
