package domain

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever was to be removed and is there is said to be back only where the last
// review stood by it.
func TestARemovalThatFailedOrWasSentBackIsNotCalledOne(t *testing.T) {
	t.Parallel()
	for state, want := range map[LineState]ReviewHint{LineDone: HintBack, LineDecided: HintBack, LineCarrying: HintBack, LineFailed: HintRole, LineOpen: HintRole, LineConfirm: HintRole,
		LineException: HintRole} {
		before := ReviewLine{Role: "r-admin", Verdict: ReviewRemove, State: state}
		l := reviewSettings().Line(Account{ID: "a", Active: Yes, Admin: No, ProfileID: "r-user"}, LineFacts{Now: reviewNow, Person: Person{ID: "p", State: PersonActive}, Before: &before})
		require.Equal(t, []ReviewHint{want}, l.Hints, state)
		require.Equal(t, want == HintBack, l.Suggest == ReviewRemove, state)
	}
}

func TestNobodyWhoLeavesConfirms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		gone, going []PersonID
		want        PersonID
	}{
		"everybody stays":                 {nil, nil, "second"},
		"the second person left":          {[]PersonID{"second"}, nil, "backup"},
		"and the backup is leaving":       {[]PersonID{"second"}, []PersonID{"backup"}, "other"},
		"who provisions is the last":      {[]PersonID{"second", "other"}, []PersonID{"backup"}, "admin"},
		"and is leaving too: nobody does": {[]PersonID{"second", "other"}, []PersonID{"backup", "admin"}, ""},
	} {
		people := []Person{{ID: "owner"}}
		for _, id := range []PersonID{"second", "backup", "other", "admin"} {
			p := Person{ID: id, State: PersonActive}
			if slices.Contains(c.gone, id) {
				p.State = PersonLeft
			}
			if slices.Contains(c.going, id) {
				p.State = PersonLeaving
			}
			people = append(people, p)
		}
		require.Equal(t, c.want, reviewSettings().SecondAmong("owner", "p", castOf(people...)), name)
	}
	require.Empty(t, reviewSettings().SecondAmong("owner", "p", castOf()), "nobody knows any of them")
}
