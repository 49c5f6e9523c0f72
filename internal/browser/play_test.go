//go:build e2e

package browser_test

import (
	"bytes"
	"image/png"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func TestTheLifeOfAUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t).signedIn()
	in := w.input()
	dry := in
	dry.Dry = true
	got, err := w.Play(t.Context(), domain.CanDeactivate, dry)
	require.NoError(t, err)
	require.False(t, got.Acted)
	require.Empty(t, w.acts(), "a dry run does everything but the act")
	require.Equal(t, 7, len(got.Pictures))

	got, err = w.Play(t.Context(), domain.CanDeactivate, in)
	require.NoError(t, err)
	require.True(t, got.Acted)
	require.False(t, got.Already)
	require.Equal(t, []string{"users.deactivate " + dana}, w.acts())
	require.Equal(t, 8, len(got.Pictures), "one after each step")
	require.Equal(t, begin, got.At)
	for i, p := range got.Pictures {
		require.Equal(t, i+1, p.Step)
		require.NotContains(t, p.What, dana)
		_, err := png.Decode(bytes.NewReader(p.PNG))
		require.NoError(t, err)
	}

	got, err = w.Play(t.Context(), domain.CanDeactivate, in)
	require.NoError(t, err)
	require.True(t, got.Already)
	require.False(t, got.Acted)
	require.Len(t, w.acts(), 1)

	got, err = w.Play(t.Context(), domain.CanUnlinkMailbox, in)
	require.NoError(t, err)
	require.True(t, got.Acted)
	require.Equal(t, "mailboxes.unlink "+dana, w.acts()[1])
	for _, m := range w.sim.State().Mailboxes {
		if m.Email == dana {
			require.False(t, m.Linked)
			require.NotEmpty(t, m.ForwardTo)
		}
	}
	got, err = w.Play(t.Context(), domain.CanUnlinkMailbox, in)
	require.NoError(t, err)
	require.True(t, got.Already)

	got, err = w.Play(t.Context(), domain.CanReactivate, in)
	require.NoError(t, err)
	require.True(t, got.Acted)
	require.True(t, w.user(dana).Active)

	got, err = w.Play(t.Context(), canSeats, domain.RecipeInput{})
	require.NoError(t, err)
	state := w.sim.State()
	require.Equal(t, []string{strconv.Itoa(state.Plan.Seats), strconv.Itoa(state.Occupied)}, got.Read)
	got, err = w.Play(t.Context(), canInvites, domain.RecipeInput{})
	require.NoError(t, err)
	require.Equal(t, []string{"kim.novak@example.com"}, got.Read)
	require.NotContains(t, w.logs.String(), "@")
}
