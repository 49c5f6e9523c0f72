package domain

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever was to be removed and is there is said to be back only where the last review
// took their access: a removal that never began before it ended removed nobody, however
// firmly it was decided.
func TestARemovalThatWasNotCarriedOutIsNotCalledOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		state LineState
		step  StepState // of the run that went on
		want  ReviewHint
	}{
		"the app showed it":                  {LineDone, "", HintBack},
		"decided, and never begun":           {LineDecided, "", HintRole},
		"begun, and nothing is known of it":  {LineCarrying, "", HintRole},
		"begun, and denied since":            {LineCarrying, StepPlanned, HintRole},
		"begun, and verified since":          {LineCarrying, StepVerified, HintBack},
		"begun, and attested since":          {LineCarrying, StepAttested, HintBack},
		"begun, verified and undone since":   {LineCarrying, StepUndone, HintRole},
		"failed":                             {LineFailed, "", HintRole},
		"failed, whatever became of the run": {LineFailed, StepVerified, HintRole},
		"sent back":                          {LineOpen, "", HintRole},
		"nobody confirmed it":                {LineConfirm, "", HintRole},
		"overdue":                            {LineException, "", HintRole},
	} {
		before := ReviewLine{Role: "r-admin", Verdict: ReviewRemove, State: c.state}
		l := reviewSettings().Line(Account{ID: "a", Active: Yes, Admin: No, ProfileID: "r-user"},
			LineFacts{Now: reviewNow, Person: Person{ID: "p", State: PersonActive}, Before: &before, Run: Standing{Step: c.step}})
		require.Equal(t, []ReviewHint{c.want}, l.Hints, name)
		require.Equal(t, c.want == HintBack, l.Suggest == ReviewRemove, name)
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
