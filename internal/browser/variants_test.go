//go:build e2e

package browser_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// outcome is what must come of a recipe on pages that changed.
type outcome struct {
	kind domain.FaultKind // "": it works
	says string
	hits bool // the person's own act was made, or was refused by the app
}

// hurried leaves little time to a recipe that fails when its time is over. That
// somebody has to sign in is told at once.
func (o outcome) hurried(raw map[domain.Capability][]byte) {
	if o.kind == "" || o.kind == domain.FaultUnauthenticated {
		return
	}
	for can, text := range raw {
		raw[can] = inTime(text, hasty)
	}
}

var outcomes = map[string]outcome{
	sim.VariantMoved:       {hits: true},
	sim.VariantDelayed:     {hits: true},
	sim.VariantCSSChanged:  {hits: true},
	sim.VariantHiddenTwin:  {hits: true},
	sim.VariantNeverIdle:   {hits: true},
	sim.VariantReordered:   {hits: true},
	sim.VariantSameName:    {hits: true}, // the row is found by the address
	sim.VariantLongerEmail: {hits: true},
	sim.VariantRenamed:     {domain.FaultConflict, "by its place in the page alone", false},
	sim.VariantDuplicated:  {domain.FaultConflict, "alternative 1 finds 2", false},
	sim.VariantStaleCSS:    {domain.FaultConflict, "different ones", false},
	sim.VariantCovered:     {domain.FaultConflict, "something lies over", false},
	// The address of a sign-in page is there before its field for the password is.
	sim.VariantLogin:         {domain.FaultUnauthenticated, "sign in to the browser profile again", false},
	sim.VariantLoginEmail:    {domain.FaultUnauthenticated, "sign-in page", false},
	sim.VariantFrame:         {domain.FaultConflict, "was not found", false},
	sim.VariantPopup:         {domain.FaultConflict, "opened another window", false},
	sim.VariantDialog:        {domain.FaultUnavailable, "may have happened", false},
	sim.VariantChallenge:     {domain.FaultUnauthenticated, "whether a person is there", false},
	sim.VariantReplaced:      {domain.FaultConflict, "does not name the person", false},
	sim.VariantReplacedPress: {domain.FaultUnavailable, "in the middle of the click", false},
	sim.VariantMoving:        {domain.FaultConflict, "keeps moving", false},
	sim.VariantDisabled:      {domain.FaultConflict, "not found", false},
	sim.VariantMixedUp:       {domain.FaultConflict, "does not name the person", false},
	sim.VariantElsewhere:     {domain.FaultConflict, "on a host that the recipe does not name", false},
	sim.VariantWithoutPeople: {domain.FaultConflict, "does not name the person", false},
	sim.VariantSmallDialog:   {domain.FaultConflict, "names somebody else", false},
	sim.VariantRefused:       {domain.FaultUnavailable, "may have happened", false},
	sim.VariantNoEffect:      {}, // the page's word: the caller reads the app
}

func TestPagesThatChanged(t *testing.T) {
	t.Parallel()
	for _, name := range sim.Variants() {
		want, known := outcomes[name]
		require.True(t, known, "nobody says what is to come of %s", name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, visiting, want.hurried)
			require.NoError(t, w.sim.SetVariant(name, dana))
			got, err := w.Play(t.Context(), domain.CanDeactivate, w.input())
			acts := w.acts()
			if want.kind == "" {
				require.NoError(t, err)
				require.True(t, got.Acted)
			} else {
				require.Error(t, err)
				require.Equal(t, want.kind, domain.KindOf(err), err.Error())
				require.Contains(t, err.Error(), want.says)
				require.NotContains(t, err.Error(), "@")
				require.NotContains(t, err.Error(), "Reyes")
				require.Contains(t, got.Pictures[len(got.Pictures)-1].What, "stopped at")
			}
			if want.kind == "" || want.kind == domain.FaultUnavailable {
				require.Equal(t, want.kind == domain.FaultUnavailable, err != nil && strings.Contains(err.Error(), "may have happened"))
			} else {
				require.Contains(t, err.Error(), "nothing was clicked that acts")
				require.False(t, got.Acted)
			}
			if want.hits {
				require.Equal(t, []string{"users.deactivate " + dana}, acts)
			} else {
				require.Empty(t, acts, "a wrong click")
			}
			require.NotContains(t, w.logs.String(), "@")
		})
	}
}

// visiting lets a recipe sign in by the way, which saves a playing.
func visiting(raw map[domain.Capability][]byte) {
	for can, text := range raw {
		raw[can] = []byte(strings.Replace(string(text), `/admin/",`, `/admin/?token=`+token+`",`, 1))
	}
}

func TestAConfirmationInAFrameThatTheRecipeNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, visiting, func(raw map[domain.Capability][]byte) {
		raw[domain.CanDeactivate] = edit(t, raw[domain.CanDeactivate], func(steps []map[string]any) {
			for i, st := range steps {
				if st["handover"] == "who" || st["handover"] == "act" || i == len(steps)-1 {
					st["frame"] = []int{0}
				}
				if st["handover"] == "act" {
					delete(st, "assertedEvents") // the page around the frame stays
				}
			}
		})
	})
	require.NoError(t, w.sim.SetVariant(sim.VariantFrame, dana))
	got, err := w.Play(t.Context(), domain.CanDeactivate, w.input())
	require.NoError(t, err)
	require.True(t, got.Acted)
	require.Equal(t, []string{"users.deactivate " + dana}, w.acts())
}

// edit changes the steps of a recipe.
func edit(t *testing.T, raw []byte, change func([]map[string]any)) []byte {
	t.Helper()
	var f struct {
		Title   string           `json:"title"`
		Timeout int              `json:"timeout"`
		Steps   []map[string]any `json:"steps"`
	}
	require.NoError(t, json.Unmarshal(raw, &f))
	change(f.Steps)
	out, err := json.Marshal(f)
	require.NoError(t, err)
	return out
}
