package activities

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"handover/domain"
)

// PreviewLeaving reads what a leaving would do in one app. It only reads: the
// app, and nothing of it is kept. Asked for seats, it counts those alone.
func (s *Set) PreviewLeaving(ctx context.Context, in PreviewInput) (PreviewResult, error) {
	c, listing, err := s.list(ctx, in.App)
	if err != nil {
		return PreviewResult{}, err
	}
	if in.Seats != nil {
		r := countSeats(listing, *in.Seats)
		if in.Seats.Activity {
			r.Seats.Uses, err = s.seatUses(ctx, c, in.App, listing)
		}
		return r, err
	}
	account, found, ambiguous := pick(listing, in)
	if found {
		if err := s.checkGrants(ctx, c, in.App); err != nil {
			return PreviewResult{}, err
		}
	}
	r := PreviewResult{Found: found, Complete: listing.Complete, Hidden: listing.Hidden, Ambiguous: ambiguous, Account: account.ID, Email: account.Email,
		Name: account.Name, Active: account.Active, Channels: s.choices(ctx, in.App, c)}
	if listing.Hidden {
		return s.previewHidden(in, listing, r), nil
	}
	heirs, problem := fitHeirs(in, listing, account)
	r.Problem = problem
	if !found || in.Quick {
		return r, nil
	}
	snap := domain.Snapshot{App: in.App, Account: account, Found: true, Complete: listing.Complete, Enrolments: -1}
	if err := s.captureAccount(ctx, c, SnapshotInput{StepRef: StepRef{App: in.App}, Kind: in.Kind, Scopes: in.Scopes}, &snap); err != nil {
		return r, s.fail(ctx, in.App, err)
	}
	snap.SignIn, _ = s.captureSignIn(ctx, SnapshotInput{StepRef: StepRef{App: in.App}}, domain.Person{Email: account.Email}) // the guard says that it is not known
	r.Owned = snap.Owned
	r.Plan = previewPlan(in, snap, r.Channels, heirs)
	claims, err := s.Ledger.Claims(ctx, in.App)
	if err != nil {
		return r, err
	}
	facts := ProposeInput{StepRef: StepRef{Person: "the leaver"}, Protected: in.Protect, LegalHold: in.Hold}
	if in.KeyOwned {
		facts.KeyOwner = facts.Person
	}
	r.Plan.Guards = s.foreseeGuards(facts, snap, listing, claims)
	return r, nil
}

// previewHidden is the preview of an app that shows no users: what people will
// be asked to do, and what they will be asked to look at.
func (s *Set) previewHidden(in PreviewInput, l domain.Listing, r PreviewResult) PreviewResult {
	r.Active = domain.Unknown
	r.Plan = previewPlan(in, domain.Snapshot{App: in.App}, r.Channels, nil)
	r.Plan.Guards = []domain.GuardFinding{domain.CheckSoleAdmin(l, nil, "", s.now())}
	return r
}

// checkGrants wants credentials that may read everything a run reads: a key that
// is too narrow is told before a run starts, not in the middle of it.
func (s *Set) checkGrants(ctx context.Context, c Connector, app domain.AppID) error {
	g, ok := c.(GrantChecker)
	if !ok {
		return nil
	}
	missing, err := g.CheckGrants(ctx)
	// A call without an answer says nothing about rights, and the run itself
	// bears with an app that fails now and then.
	if err != nil && !domain.KindOf(err).Retryable() {
		return s.fail(ctx, app, err)
	}
	if len(missing) > 0 {
		return domain.NewFault(domain.FaultForbidden, "app.check_grants", app,
			fmt.Sprintf("the API key lacks the grants %s: make a key that has them and put it in place", strings.Join(missing, ", ")), nil)
	}
	return nil
}

func pick(l domain.Listing, in PreviewInput) (domain.Account, bool, int) {
	if in.Account != "" {
		a, ok := l.ByID(in.Account)
		return a, ok, 0
	}
	switch hits := l.ByEmail(in.Email); len(hits) {
	case 0:
		return domain.Account{}, false, 0
	case 1:
		return hits[0], true, 0
	default:
		return domain.Account{}, false, len(hits)
	}
}

// fitHeirs finds the heirs' accounts and says what is wrong with the first that
// does not fit. Nobody named is no problem yet: the run asks.
func fitHeirs(in PreviewInput, l domain.Listing, leaver domain.Account) (map[domain.RecordKind]domain.AccountID, string) {
	heirs := map[domain.RecordKind]domain.AccountID{}
	for _, kind := range slices.Sorted(maps.Keys(in.Heirs)) {
		email := in.Heirs[kind]
		if email == "" {
			continue
		}
		if domain.NormalEmail(email) == domain.NormalEmail(leaver.Email) {
			return heirs, "the successor is the leaver: choose somebody else"
		}
		id, problem := fitsIn(in.App, l, email)
		if problem != "" {
			return heirs, problem
		}
		heirs[kind] = id
	}
	return heirs, ""
}

// fitsIn tells whether the user with an email can work what is inherited.
func fitsIn(app domain.AppID, l domain.Listing, email string) (domain.AccountID, string) {
	hits := l.ByEmail(email)
	switch {
	case len(hits) == 0:
		return "", fmt.Sprintf("the successor has no user in %s: choose somebody who has, or invite them first", app)
	case len(hits) > 1:
		return "", fmt.Sprintf("%d users in %s have the successor's email: tidy them up or choose somebody else", len(hits), app)
	case hits[0].Active != domain.Yes:
		return "", fmt.Sprintf("the successor's user in %s is deactivated: choose somebody else", app)
	case hits[0].FullSeat == domain.No:
		return "", "the successor's seat cannot work records: choose somebody with a full seat"
	case hits[0].FullSeat == domain.Unknown:
		return "", fmt.Sprintf("whether the successor's seat can work records is unknown: map profile id %s in the policy file, or choose somebody else", hits[0].ProfileID)
	}
	return hits[0].ID, ""
}

func previewPlan(in PreviewInput, snap domain.Snapshot, channels []domain.ChannelChoice, heirs map[domain.RecordKind]domain.AccountID) domain.Plan {
	plan := domain.Plan{App: in.App, Account: snap.Account.ID, Order: in.Order, Mailboxes: len(snap.Mailboxes), ScheduledEmails: len(snap.Emails), Emails: in.Emails}
	for _, kind := range sortedKinds(snap.Counts) {
		heir, ok := heirs[kind]
		if !ok {
			heir = heirs[""]
		}
		if n := snap.Counts[kind]; n > 0 {
			plan.Rules = append(plan.Rules, domain.PlanRule{Kind: kind, Scope: in.Scopes[kind], Count: n, Ceiling: in.Drift.Ceiling(n), Successor: heir})
		}
	}
	book, _ := domain.RunbookFor(in.Kind)
	for _, step := range book.With(in.Instructions, in.SignIn).Steps {
		choice := stepChoice(channels, step)
		plan.Steps = append(plan.Steps, domain.PlannedStep{Key: step.Key, Channel: choice.Channel, Why: choice.Why})
	}
	return plan
}
