package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"handover/domain"
)

// pushed cuts access by taking the app away at the identity provider, which
// deactivates the user in the app. What became of it the app's own list shows.
type pushed struct {
	set *Set
	in  StepRef
}

// DeactivateAccount takes away every way to the app that can be taken away.
func (p pushed) DeactivateAccount(ctx context.Context, _ domain.Account) (domain.Receipt, error) {
	_, receipt, err := p.set.unassign(ctx, p.in)
	return receipt, err
}

// unassign takes the app away from the person at the identity provider, and
// answers with how they had it.
func (s *Set) unassign(ctx context.Context, in StepRef) (domain.Assignment, domain.Receipt, error) {
	door := s.signIn(in.App)
	if door == nil {
		return domain.Assignment{}, domain.Receipt{}, domain.NewFault(domain.FaultUnsupported, "sign_in.close", in.App, "no identity provider is connected in front of this app: a person closes the sign-in", nil)
	}
	email, err := s.emailOf(ctx, in.Person)
	if err != nil {
		return domain.Assignment{}, domain.Receipt{}, err
	}
	had, err := door.FindAssignment(ctx, email)
	switch {
	case err != nil:
		return had, domain.Receipt{}, err
	case had.Presence == domain.Absent:
		return had, domain.Receipt{RequestID: had.RequestID, At: s.now(), Already: true}, nil
	}
	receipt, err := door.Unassign(ctx, had)
	return had, receipt, err
}

func (s *Set) emailOf(ctx context.Context, person domain.PersonID) (string, error) {
	p, err := s.Ledger.Person(ctx, person)
	return p.Email, err
}

// CloseSignIn takes the app away from the leaver at the identity provider, ends
// their sessions there where they leave altogether, and reads back from the
// provider. It stands under the guards of the cut-off: a last admin who cannot sign
// in is no admin.
func (s *Set) CloseSignIn(ctx context.Context, in AccountInput) (ActResult, error) {
	ctx = in.urgent(ctx)
	_, listing, err := s.listed(ctx, in.App, armAge)
	if err != nil {
		return ActResult{}, err
	}
	finding, err := s.claim(ctx, in.StepRef, in.guardFacts(), listing)
	if err != nil {
		return ActResult{}, s.fail(ctx, in.App, err)
	}
	if finding.State == domain.GuardShut {
		return ActResult{Outcome: OutcomeShut, Channel: domain.ChannelIDP, Guard: finding, Why: finding.Why}, nil // the deactivation tells people
	}
	had, receipt, err := s.unassign(ctx, in.StepRef)
	if err != nil {
		if why, shut := doorShut(err); shut {
			return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: why}, nil
		}
		return ActResult{}, err
	}
	s.crash("sign-in-closed-not-recorded")
	if err := s.endSessions(ctx, in, had); err != nil {
		return ActResult{}, err
	}
	seen, err := s.seeSignIn(ctx, in.App, in.Person)
	if err != nil {
		return ActResult{}, err
	}
	if fixed := fixedWays(had); seen.presence != domain.Absent && fixed != "" {
		return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: fixed}, nil
	}
	if seen.presence != domain.Absent {
		return s.signInPending(ctx, in, had, seen, receipt)
	}
	return s.signInClosed(ctx, in, had, seen, receipt)
}

// endSessions ends the sessions at the provider where the person leaves altogether.
// Where we may not, the step goes on and the evidence says so.
func (s *Set) endSessions(ctx context.Context, in AccountInput, had domain.Assignment) error {
	if !in.EndSessions || had.User == "" {
		return nil
	}
	receipt, err := s.signIn(in.App).EndSessions(ctx, had.User)
	e := s.event(in.StepRef, domain.EventSessionsEnded, "sessions-ended")
	e.Channel, e.RequestID = domain.ChannelIDP, receipt.RequestID
	if why, shut := doorShut(err); shut {
		e.Key, e.Kind = domain.IdempotencyKey(in.Run, in.App, in.Step, "sessions-kept"), domain.EventStepChanged
		e.Facts = map[string]string{"why": "sessions at the identity provider go on until they expire: " + why}
		err = nil
	}
	if err != nil {
		return err
	}
	return s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Events: []domain.AuditEvent{e}})
}

// signInClosed records that the provider itself no longer gives the app.
func (s *Set) signInClosed(ctx context.Context, in AccountInput, had domain.Assignment, seen sight, receipt domain.Receipt) (ActResult, error) {
	step := s.step(in.StepRef, domain.StepVerified, domain.ChannelIDP, seen.why)
	step.RequestID = seen.requestID
	key := "closed"
	if in.Returned > 0 {
		key = fmt.Sprintf("closed-%d", in.Returned)
	}
	e := s.event(in.StepRef, domain.EventSignInClosed, key)
	e.From, e.To, e.Channel, e.RequestID, e.Zone = "assigned", "not assigned", domain.ChannelIDP, seen.requestID, in.Zone
	e.Facts = map[string]string{"ways": ways(had), "elapsed": s.now().Sub(in.Due).String(), "already": fmt.Sprint(receipt.Already)}
	claim := domain.Claim{ID: domain.IdempotencyKey(in.Run, in.App, in.Step, "claim"), App: in.App, SettledAt: s.now()}
	err := s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}, Claims: []domain.Claim{claim}, Events: []domain.AuditEvent{e}})
	return ActResult{Outcome: OutcomeVerified, Channel: domain.ChannelIDP, RequestID: seen.requestID, Why: seen.why}, err
}

// signInPending records that the provider accepted it and does not show it yet.
func (s *Set) signInPending(ctx context.Context, in AccountInput, had domain.Assignment, seen sight, receipt domain.Receipt) (ActResult, error) {
	step := s.step(in.StepRef, domain.StepDoneUnverified, domain.ChannelIDP, seen.why)
	step.RequestID = receipt.RequestID
	e := s.event(in.StepRef, domain.EventStepChanged, "done-unverified")
	e.To, e.Channel, e.RequestID, e.Facts = string(domain.StepDoneUnverified), domain.ChannelIDP, receipt.RequestID, map[string]string{"ways": ways(had)}
	err := s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}, Events: []domain.AuditEvent{e}})
	return ActResult{Outcome: OutcomeUnverified, Channel: domain.ChannelIDP, RequestID: receipt.RequestID, Why: seen.why}, err
}

// fixedWays tells a person what only they can take away, and why.
func fixedWays(a domain.Assignment) string {
	var parts []string
	for _, w := range a.Fixed() {
		if w.Direct() {
			parts = append(parts, w.Name+": "+w.Fixed)
		} else {
			parts = append(parts, fmt.Sprintf("the group %q gives the app and %s", w.Name, w.Fixed))
		}
	}
	return strings.Join(parts, "; ")
}

// ways tells by which ways somebody had an app: group ids, "direct", or that it is
// open to everybody.
func ways(a domain.Assignment) string {
	var parts []string
	for _, w := range a.Ways {
		switch {
		case w.Direct() && w.Fixed != "":
			parts = append(parts, "open to everybody")
		case w.Direct():
			parts = append(parts, "direct")
		default:
			parts = append(parts, "group "+w.Group)
		}
	}
	return strings.Join(parts, ", ")
}

// seeSignIn reads from the identity provider whether it gives the app.
func (s *Set) seeSignIn(ctx context.Context, app domain.AppID, person domain.PersonID) (sight, error) {
	door := s.signIn(app)
	if door == nil {
		return notShown("no identity provider is connected that could show it"), nil
	}
	email, err := s.emailOf(ctx, person)
	if err != nil {
		return sight{}, err
	}
	a, err := door.FindAssignment(ctx, email)
	if err != nil {
		return sight{}, err
	}
	seen := sight{presence: a.Presence, requestID: a.RequestID}
	switch a.Presence {
	case domain.Absent:
		seen.why = fmt.Sprintf("%s no longer gives this person the app", door.Provider())
	case domain.Present:
		seen.why = fmt.Sprintf("%s still gives this person the app (%s)", door.Provider(), ways(a))
	default:
		seen.why = fmt.Sprintf("%s does not tell for certain", door.Provider())
	}
	return seen, nil
}

// ReopenSignIn gives the app back at the identity provider, as it was captured
// before the run closed it.
func (s *Set) ReopenSignIn(ctx context.Context, in AccountInput) (ActResult, error) {
	door := s.signIn(in.App)
	snap, err := s.Ledger.Snapshot(ctx, in.Run, in.App)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return ActResult{}, err
	}
	if door == nil || snap.SignIn == nil {
		return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: "how the person had the app before was not captured"}, nil
	}
	if snap.SignIn.Presence == domain.Present {
		if _, err := door.Assign(ctx, *snap.SignIn); err != nil {
			if why, shut := doorShut(err); shut {
				return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: why}, nil
			}
			return ActResult{}, err
		}
	}
	seen, err := s.seeSignIn(ctx, in.App, in.Person)
	if err != nil {
		return ActResult{}, err
	}
	if seen.presence != snap.SignIn.Presence {
		return ActResult{Outcome: OutcomeUnverified, Channel: domain.ChannelIDP, Why: seen.why}, nil
	}
	step := s.step(in.StepRef, domain.StepUndone, domain.ChannelIDP, "the identity provider gives the app as before")
	step.RequestID = seen.requestID
	e := s.event(in.StepRef, domain.EventUndone, "sign-in-back")
	e.From, e.To, e.Channel, e.RequestID = "not assigned", "assigned", domain.ChannelIDP, seen.requestID
	err = s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}, Claims: []domain.Claim{s.released(in.Run, in.App, in.Step)}, Events: []domain.AuditEvent{e}})
	return ActResult{Outcome: OutcomeVerified, Channel: domain.ChannelIDP, RequestID: seen.requestID}, err
}
