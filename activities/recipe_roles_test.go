package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
)

// Inviting and changing a role can be recorded like everything else that people do
// in an app's own pages; a door of the app's own goes first.
func TestRecipesOfJoiningAreChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acts := []domain.Capability{domain.CanInvite, domain.CanChangeRole}
	for _, recipes := range []activities.Recipes{nil, &recipeBook{has: acts}} {
		want := domain.ChannelPerson
		if recipes != nil {
			want = domain.ChannelBrowser
		}
		seen := 0
		for _, c := range activities.Choices(t.Context(), w.apollo, nil, recipes) {
			if c.Capability == domain.CanInvite || c.Capability == domain.CanChangeRole {
				seen++
				require.Equal(t, want, c.Channel)
				require.Contains(t, c.Why, "an admin", "what people would do stays said")
			}
		}
		require.Equal(t, 2, seen)
	}
	for name, can := range domain.RecipeActs {
		book := &recipeBook{has: []domain.Capability{can}}
		played := false
		for _, c := range activities.Choices(t.Context(), w.apollo, nil, book) {
			played = played || c.Capability == can && c.Channel == domain.ChannelBrowser
		}
		require.True(t, played, "%s can be named in the policy and would never be played", name)
	}
}
