package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"handover/activities"
	"handover/domain"
	"handover/internal/config"
)

// Holder is one person who has an app: in the app itself, at the identity provider
// in front of it, or in both.
type Holder struct {
	Email      string             `json:"email"`
	Name       string             `json:"name"`
	Account    domain.AccountID   `json:"account,omitempty"`
	InApp      domain.Tri         `json:"in_app"` // can log in there; unknown where the app does not tell
	Admin      domain.Tri         `json:"admin"`
	AtProvider domain.Tri         `json:"at_provider"` // the provider gives the app
	Group      string             `json:"group,omitempty"`
	LastSignIn *domain.LastSignIn `json:"last_sign_in,omitempty"`
	Note       string             `json:"note,omitempty"` // where the two do not fit together
	user       string             // the provider's id
}

// Access is who has an app, as the app and its identity provider show it.
type Access struct {
	App      domain.AppID           `json:"app"`
	Provider string                 `json:"provider,omitempty"`
	Complete bool                   `json:"complete"` // both lists were read to their end
	ReadAt   time.Time              `json:"read_at"`
	Channels []domain.ChannelChoice `json:"channels"`
	Holders  []Holder               `json:"holders"`
}

// ReadAccess reads who has an app, from the environment. With signIns it also asks
// the provider about each person's last sign-in, one call or two each; told is
// called after each of them. It only reads.
func ReadAccess(ctx context.Context, id domain.AppID, signIns bool, told func(done, of int)) (Access, error) {
	env, vars, err := config.ReadEnv(ctx, nil)
	if err != nil {
		return Access{}, err
	}
	policy, _, err := config.ReadPolicy(env.PolicyFile)
	if err != nil {
		return Access{}, err
	}
	if policy.Apps[id] == nil {
		return Access{}, fmt.Errorf("read access: the policy names no app %q", id)
	}
	quiet := slog.New(slog.DiscardHandler)
	c, err := newConnector(id, policy.Apps[id], vars, freeGate{}, noLists{}, quiet)
	if err != nil {
		return Access{}, err
	}
	doors := noDoors()
	defer func() { _ = doors.Close() }() // nothing was played
	if err := doors.openSignIn(policy, id, vars, freeGate{}, quiet); err != nil {
		return Access{}, err
	}
	_ = doors.openRecipes(policy, id, env, quiet) // doctor tells what is wrong there
	a := Access{App: id, ReadAt: time.Now().UTC(), Channels: activities.Choices(ctx, c, doors.SignIn(id), doors.Recipes(id))}
	listing, err := c.ListAccounts(ctx)
	if err != nil {
		return Access{}, err
	}
	door := doors.SignIn(id)
	if door == nil {
		a.Complete, a.Holders = listing.Complete && !listing.Hidden, holders(listing, nil)
		return a, nil
	}
	given, err := door.ListAssigned(ctx)
	if err != nil {
		return Access{}, err
	}
	a.Provider, a.Complete = door.Provider(), listing.Complete && !listing.Hidden && given.Complete
	a.Holders = holders(listing, &given)
	if signIns {
		err = lastSignIns(ctx, door, a.Holders, told)
	}
	return a, err
}

// holders brings both lists together by email, and names what does not fit. Of a
// person who is missing from a list that was cut short nothing is said.
func holders(in domain.Listing, at *domain.AssignedListing) []Holder {
	var all []Holder
	by := map[string][]domain.Assigned{}
	if at != nil {
		for _, p := range at.People {
			by[domain.NormalEmail(p.Email)] = append(by[domain.NormalEmail(p.Email)], p)
		}
	}
	listed := map[string]bool{}
	for _, acc := range in.Accounts {
		email := domain.NormalEmail(acc.Email)
		listed[email] = true
		h := Holder{Email: email, Name: acc.Name, Account: acc.ID, InApp: acc.Active, Admin: acc.Admin, AtProvider: domain.Unknown}
		if at != nil {
			h.meet(by[email], at.Complete)
		}
		all = append(all, h)
	}
	for email, people := range by {
		if listed[email] {
			continue
		}
		h := Holder{Email: email, InApp: domain.Unknown, Admin: domain.Unknown}
		if in.Complete && !in.Hidden {
			h.InApp = domain.No
		}
		h.meet(people, at.Complete)
		h.Name = people[0].Name
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b Holder) int { return cmp.Or(cmp.Compare(a.Email, b.Email), cmp.Compare(a.Account, b.Account)) })
	return all
}

// meet adds what the provider says of somebody.
func (h *Holder) meet(people []domain.Assigned, complete bool) {
	switch {
	case len(people) > 1:
		h.AtProvider, h.Note = domain.Unknown, "several people there have this email"
		return
	case len(people) == 1:
		h.AtProvider, h.Group, h.user = domain.Yes, people[0].Group, people[0].User
	case complete:
		h.AtProvider = domain.No
	default:
		return
	}
	switch {
	case h.InApp == domain.Yes && h.AtProvider == domain.No:
		h.Note = "can log in to the app past the provider"
	case h.InApp == domain.No && h.AtProvider == domain.Yes && people[0].Active != domain.No:
		h.Note = "the provider still lets them in: their next log-in may make a user"
	case h.InApp == domain.Yes && people[0].Active == domain.No:
		h.Note = "is switched off at the provider, and has a user in the app"
	}
}

// longestRest bounds how long one refusal for too many requests is waited out.
const longestRest = time.Minute

// lastSignIns asks about one after the other, at the provider's own pace. What
// cannot be told of one person is unknown of them, and keeps nobody else from being
// asked about.
func lastSignIns(ctx context.Context, door activities.SignIn, all []Holder, told func(done, of int)) error {
	for i := range all {
		if all[i].user != "" {
			last, err := patiently(ctx, func() (domain.LastSignIn, error) { return door.LastSignIn(ctx, all[i].user) })
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var f *domain.Fault
			if errors.As(err, &f) {
				last = domain.LastSignIn{Seen: domain.Unknown, Why: f.SafeMessage}
			} else if err != nil {
				return err
			}
			all[i].LastSignIn = &last
		}
		told(i+1, len(all))
	}
	return nil
}

// patiently asks again when too many requests were refused, as long as the provider
// says when.
func patiently(ctx context.Context, ask func() (domain.LastSignIn, error)) (domain.LastSignIn, error) {
	for {
		last, err := ask()
		var f *domain.Fault
		if !errors.As(err, &f) || f.Kind != domain.FaultRateLimited || f.RetryAt.IsZero() || time.Until(f.RetryAt) > longestRest {
			return last, err
		}
		select {
		case <-ctx.Done():
			return last, err
		case <-time.After(time.Until(f.RetryAt)):
		}
	}
}
