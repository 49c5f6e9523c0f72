package slackapp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"handover/domain"
)

// methodScopes are the scopes of the methods that are called, by method. What is
// not named here needs none. Commands are no method; their scope stands by the
// name of the feature.
var methodScopes = map[string][]string{
	"chat.postMessage":      {"chat:write"},
	"chat.postEphemeral":    {"chat:write"},
	"chat.update":           {"chat:write"},
	"users.info":            {"users:read", "users:read.email"},
	"users.lookupByEmail":   {"users:read.email"},
	"usergroups.users.list": {"usergroups:read"},
	"slash commands":        {"commands"},
}

// Scopes are the scopes that the app needs under a policy. User groups are only
// read where the policy names one.
func Scopes(p *domain.Policy) []string {
	var needed []string
	for method, scopes := range methodScopes {
		if method == "usergroups.users.list" && len(p.SlackGroups()) == 0 {
			continue
		}
		needed = append(needed, scopes...)
	}
	slices.Sort(needed)
	return slices.Compact(needed)
}

// Finding is one thing that was looked at: an error, or what is fine.
type Finding struct {
	What string
	Err  error
	Fine string
}

// Examine looks at the installation in Slack. It only reads, and names nobody.
func (x *Door) Examine(ctx context.Context) []Finding {
	self, err := x.Client.AuthTest(ctx)
	found := []Finding{{What: "slack", Err: err, Fine: "takes the token, for workspace " + self.Team}}
	if err != nil {
		return found
	}
	policy := x.Desk.Policy()
	found = append(found, x.examineScopes(self, policy))
	if channel := policy.Slack.Channel; channel != "" {
		found = append(found, Finding{What: "slack channel " + channel, Err: x.Client.reaches(ctx, channel), Fine: "is within reach"})
	}
	for _, group := range policy.SlackGroups() {
		users, err := x.Client.groupMembers(ctx, group, self.Team)
		if err == nil && len(users) == 0 {
			err = errors.New("the user group has no members: nobody would be asked")
		}
		found = append(found, Finding{What: "slack group " + group, Err: err, Fine: fmt.Sprintf("has %d members", len(users))})
	}
	return append(found, x.examinePeople(ctx, self, policy))
}

func (x *Door) examineScopes(self Self, policy *domain.Policy) Finding {
	f := Finding{What: "slack scopes", Fine: "are all granted"}
	if self.Scopes == nil {
		f.Fine = "Slack did not say which are granted"
		return f
	}
	var missing []string
	for _, scope := range Scopes(policy) {
		if !slices.Contains(self.Scopes, scope) {
			missing = append(missing, scope)
		}
	}
	if len(missing) > 0 {
		f.Err = fmt.Errorf("the app lacks %s: add them under OAuth & Permissions and install it again", strings.Join(missing, ", "))
	}
	return f
}

// examinePeople counts the people of the policy file who cannot be found in
// Slack.
func (x *Door) examinePeople(ctx context.Context, self Self, policy *domain.Policy) Finding {
	f := Finding{What: "slack people"}
	bound, missing := 0, 0
	for i, p := range policy.People {
		ok, err := x.findable(ctx, self, p)
		switch {
		case domain.KindOf(err) == domain.FaultRateLimited && err != nil:
			f.Fine = fmt.Sprintf("%d of %d looked at: all of them can be found (Slack's limit ends it here)", i, len(policy.People))
			if missing > 0 {
				f.Err = fmt.Errorf("%d of %d people looked at cannot be found in Slack: name their Slack ids in the policy file, or let them decide by CLI", missing, i)
			}
			return f
		case err != nil:
			f.Err = err
			return f
		case ok:
			bound++
		default:
			missing++
		}
	}
	f.Fine = fmt.Sprintf("all %d of the policy file can be found", bound)
	if missing > 0 {
		f.Err = fmt.Errorf("%d of %d people of the policy file cannot be found in Slack: name their Slack ids there, or let them decide by CLI", missing, len(policy.People))
	}
	return f
}

func (x *Door) findable(ctx context.Context, self Self, p domain.PersonPolicy) (bool, error) {
	if person, err := x.Desk.Store.PersonByEmail(ctx, p.Email); err == nil {
		if _, err := x.Desk.Store.ChatOf(ctx, self.Home(), person.ID); err == nil {
			return true, nil
		}
	}
	if p.Slack != "" {
		facts, err := x.factsWithin(ctx, p.Slack, addressAge)
		return err == nil && facts.refused(self) == "", err
	}
	facts, err := x.Client.userByEmail(ctx, p.Email)
	if errors.Is(err, domain.ErrNotFound) {
		return false, nil
	}
	return err == nil && facts.refusedToBind(self, p.Email) == "", err
}
