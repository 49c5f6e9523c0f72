package domain_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

type gives = map[domain.AppID]string

func TestBirthright(t *testing.T) {
	t.Parallel()
	sales := domain.PersonFacts{Department: "Sales", Title: "Account Executive", Location: "Berlin"}
	all := func(apps gives) domain.BirthrightPolicy { return domain.BirthrightPolicy{Everybody: true, Apps: apps} }
	in := func(department string, apps gives) domain.BirthrightPolicy {
		return domain.BirthrightPolicy{Department: department, Apps: apps}
	}
	type rights = []domain.BirthrightApp
	type conflicts = []domain.BirthrightConflict
	for name, c := range map[string]struct {
		rules     []domain.BirthrightPolicy
		facts     domain.PersonFacts
		grants    rights
		conflicts conflicts
	}{
		"no rule":                 {nil, sales, nil, nil},
		"everybody":               {[]domain.BirthrightPolicy{all(gives{"vault": "User"})}, domain.PersonFacts{}, rights{{"vault", "User"}}, nil},
		"case and spaces":         {[]domain.BirthrightPolicy{in(" sales", gives{"apollo": "Rep"})}, sales, rights{{"apollo", "Rep"}}, nil},
		"another department":      {[]domain.BirthrightPolicy{in("Finance", gives{"apollo": "Rep"})}, sales, nil, nil},
		"part of a word is not":   {[]domain.BirthrightPolicy{in("Sale", gives{"apollo": "Rep"})}, sales, nil, nil},
		"unknown is not the same": {[]domain.BirthrightPolicy{in("Sales", gives{"apollo": "Rep"})}, domain.PersonFacts{Title: "Sales"}, nil, nil},
		"every condition must hold": {[]domain.BirthrightPolicy{{Department: "Sales", Location: "Lisbon", Apps: gives{"apollo": "Rep"}},
			{Department: "Sales", Title: "account executive", Location: "Berlin", Apps: gives{"space": ""}}}, sales, rights{{"space", ""}}, nil},
		"rules add up": {[]domain.BirthrightPolicy{in("Sales", gives{"space": "Member", "apollo": "Rep"}), all(gives{"vault": "User", "space": "member"})}, sales,
			rights{{"apollo", "Rep"}, {"space", "Member"}, {"vault", "User"}}, nil},
		"two roles are a question": {[]domain.BirthrightPolicy{all(gives{"space": "Member", "vault": "User"}), in("Sales", gives{"space": "Viewer"})}, sales,
			rights{{"vault", "User"}}, conflicts{{"space", []string{"Member", "Viewer"}}}},
		"the starting role is a role": {[]domain.BirthrightPolicy{all(gives{"space": ""}), in("Sales", gives{"space": "Viewer"})}, sales,
			nil, conflicts{{"space", []string{"", "Viewer"}}}},
		"no condition is nobody": {[]domain.BirthrightPolicy{{Apps: gives{"vault": "User"}}, {Department: "  ", Apps: gives{"vault": "User"}}}, domain.PersonFacts{}, nil, nil},
		"everybody in Sales":     {[]domain.BirthrightPolicy{{Everybody: true, Department: "Sales", Apps: gives{"vault": "User"}}}, sales, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			grants, apart := domain.Birthright(c.rules, c.facts)
			require.Equal(t, c.grants, grants)
			require.Equal(t, c.conflicts, apart)
		})
	}
}

// The key of a role, its name, and the starting role that nobody wrote are one
// role: only what gives something else is a conflict.
func TestBirthrightKnowsWhatWordsMean(t *testing.T) {
	t.Parallel()
	p := &domain.Policy{Apps: map[domain.AppID]*domain.AppPolicy{"people-app": {Roles: map[string]domain.RolePolicy{
		"r-1": {Name: "Member", Admin: domain.No}, "r-2": {Name: "Viewer", Admin: domain.No}}, Joining: domain.JoiningPolicy{Role: "Member"}}},
		Birthright: []domain.BirthrightPolicy{{Everybody: true, Apps: gives{"people-app": ""}}, {Department: "Sales", Apps: gives{"people-app": "R-1"}},
			{Title: "Seller", Apps: gives{"people-app": "member"}}, {Location: "Lisbon", Apps: gives{"people-app": "Viewer"}}}}
	grants, apart := p.BirthrightOf(domain.PersonFacts{Department: "Sales", Title: "Seller"})
	require.Equal(t, []domain.BirthrightApp{{App: "people-app", Role: "r-1"}}, grants)
	require.Empty(t, apart)
	grants, apart = p.BirthrightOf(domain.PersonFacts{Department: "Sales", Location: "Lisbon"})
	require.Empty(t, grants)
	require.Equal(t, []domain.BirthrightConflict{{App: "people-app", Roles: []string{"r-1", "r-2"}}}, apart)
	require.Empty(t, p.Birthright[0].Apps["people-app"], "the policy itself stays as it was written")
}

// Whatever the rules: each app is granted with the one role that every fitting
// rule gives, or it is in conflict with all of them; never both, never more; and
// the order of the rules, and rules about others, change nothing.
func TestBirthrightNeverChooses(t *testing.T) {
	t.Parallel()
	words, apps, roles := []string{"", "", "a", "b"}, []domain.AppID{"x", "y", "z"}, []string{"", "Member", "Viewer"}
	granted, apart := 0, 0
	seeds(t, 4000, func(t require.TestingT, r *rand.Rand) {
		facts := domain.PersonFacts{Department: pick(r, "", "a"), Title: "a", Location: pick(r, "a", "b")}
		var rules, fitting []domain.BirthrightPolicy
		for range r.IntN(6) {
			rule := domain.BirthrightPolicy{Department: pick(r, words...), Title: pick(r, words...), Location: pick(r, words...), Everybody: r.IntN(4) == 0, Apps: gives{}}
			for range 1 + r.IntN(2) {
				rule.Apps[pick(r, apps...)] = pick(r, roles...)
			}
			if rules = append(rules, rule); rule.Fits(facts) {
				fitting = append(fitting, rule)
			}
		}
		grants, conflicts := domain.Birthright(rules, facts)
		want := map[domain.AppID]map[string]bool{}
		for _, rule := range fitting {
			for app, role := range rule.Apps {
				if want[app] == nil {
					want[app] = map[string]bool{}
				}
				want[app][role] = true
			}
		}
		require.Len(t, want, len(grants)+len(conflicts))
		for _, g := range grants {
			require.Equal(t, map[string]bool{g.Role: true}, want[g.App])
		}
		for _, c := range conflicts {
			require.Greater(t, len(c.Roles), 1)
			require.Len(t, want[c.App], len(c.Roles))
			for _, role := range c.Roles {
				require.True(t, want[c.App][role])
			}
		}
		slices.Reverse(rules)
		mirrored, alike := domain.Birthright(rules, facts)
		require.Equal(t, grants, mirrored)
		require.Equal(t, conflicts, alike)
		granted, apart = granted+len(grants), apart+len(conflicts)
	})
	require.Greater(t, granted, 1000)
	require.Greater(t, apart, 100)
}
