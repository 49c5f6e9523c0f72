package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func TestWhatElseGoesWithASignIn(t *testing.T) {
	t.Parallel()
	group := func(known domain.Tri, gives ...string) domain.Way {
		return domain.Way{Group: "g1", Name: "Sales", Gives: gives, GivesKnown: known}
	}
	fixed := group(domain.Yes, "Zoom")
	fixed.Fixed = "is filled by a rule"
	for name, c := range map[string]struct {
		ways []domain.Way
		want string
	}{
		"given directly":             {[]domain.Way{{Assignment: "a1"}}, ""},
		"a group for this app alone": {[]domain.Way{group(domain.Yes)}, ""},
		"a group that gives more":    {[]domain.Way{group(domain.Yes, "Zoom", "Wiki")}, `the group "Sales", which also gives Zoom, Wiki: leaving it takes that away too`},
		"a group half known":         {[]domain.Way{group(domain.Unknown, "Zoom")}, "Zoom, and perhaps more"},
		"a group nobody knows":       {[]domain.Way{group(domain.Unknown)}, "not known what else"},
		"a group that is not left":   {[]domain.Way{fixed}, ""},
		"two":                        {[]domain.Way{group(domain.Yes, "Zoom"), {Group: "g2", Name: "All", Gives: []string{"Mail"}, GivesKnown: domain.Yes}}, `, and by the group "All", which also gives Mail`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := domain.Assignment{Ways: c.ways}.Warning()
			if c.want == "" {
				require.Empty(t, got)
				return
			}
			require.Contains(t, got, c.want)
		})
	}
}
