package domain

import (
	"maps"
	"slices"
	"strings"
)

// BirthrightApp is an app that a person has by right from the first day.
type BirthrightApp struct {
	App  AppID  `json:"app"`
	Role string `json:"role"` // as the rule says it, by key or name; "" is the app's starting role
}

// BirthrightConflict is an app in which the rules that fit a person give different
// roles. None of them is granted: a person decides.
type BirthrightConflict struct {
	App   AppID    `json:"app"`
	Roles []string `json:"roles"` // sorted; "" is the starting role
}

// Fits tells whether a rule is about a person. A condition that is written must be
// known of the person and be the same, without regard to case and to spaces around
// it. A rule without any condition fits nobody unless it says everybody.
func (b BirthrightPolicy) Fits(facts PersonFacts) bool {
	if b.Everybody {
		return !b.Conditional()
	}
	return b.Conditional() && sameWord(b.Department, facts.Department) && sameWord(b.Title, facts.Title) && sameWord(b.Location, facts.Location)
}

// Conditional tells whether a rule has any condition.
func (b BirthrightPolicy) Conditional() bool {
	return strings.TrimSpace(b.Department+b.Title+b.Location) != ""
}

// sameWord compares a condition with a fact; no condition is met by anything.
func sameWord(want, is string) bool {
	want = strings.TrimSpace(want)
	return want == "" || strings.EqualFold(want, strings.TrimSpace(is))
}

// Birthright merges what all rules that fit a person give. Two rules that give
// different roles in one app are a conflict and not a choice: the stronger role is
// never taken in silence, nor the weaker one. Both results are in order of apps,
// whatever the order of the rules. Roles are compared as words: see
// Policy.BirthrightOf, which knows what the words mean.
func Birthright(rules []BirthrightPolicy, facts PersonFacts) ([]BirthrightApp, []BirthrightConflict) {
	roles := map[AppID][]string{}
	for _, rule := range rules {
		if !rule.Fits(facts) {
			continue
		}
		for app, word := range rule.Apps {
			roles[app] = addWord(roles[app], strings.TrimSpace(word))
		}
	}
	var grants []BirthrightApp
	var conflicts []BirthrightConflict
	for _, app := range slices.Sorted(maps.Keys(roles)) {
		words := roles[app]
		if len(words) == 1 {
			grants = append(grants, BirthrightApp{App: app, Role: words[0]})
			continue
		}
		slices.Sort(words)
		conflicts = append(conflicts, BirthrightConflict{App: app, Roles: words})
	}
	return grants, conflicts
}

// addWord adds a word that is not there yet. Of two that differ in case alone the
// lesser one stays, so that the order of the rules does not show.
func addWord(words []string, word string) []string {
	for i, have := range words {
		if strings.EqualFold(have, word) {
			words[i] = min(have, word)
			return words
		}
	}
	return append(words, word)
}

// BirthrightOf is Birthright with the policy's rules, where a role said by its name
// in one rule, by its key in another, and as the starting role in a third is one
// role. The roles of the grants are keys where the app explains them.
func (p *Policy) BirthrightOf(facts PersonFacts) ([]BirthrightApp, []BirthrightConflict) {
	rules := slices.Clone(p.Birthright)
	for i := range rules {
		apps := map[AppID]string{}
		for id, word := range rules[i].Apps {
			apps[id] = word
			if app := p.Apps[id]; app != nil {
				apps[id] = app.roleKey(word)
			}
		}
		rules[i].Apps = apps
	}
	return Birthright(rules, facts)
}

// roleKey turns a word for a role into the app's key of it; the word itself where
// the app explains no such role.
func (a AppPolicy) roleKey(word string) string {
	word = orText(strings.TrimSpace(word), strings.TrimSpace(a.Joining.Role))
	if role, ok := FindRole(a.AllRoles(), word); ok {
		return role.Key
	}
	return word
}
