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

// unassign takes the app away from the person at the identity provider. How they
// had it is kept before anything goes, because a second look may find it half gone:
// that is what undo gives back, and no more.
func (s *Set) unassign(ctx context.Context, in StepRef) (domain.Assignment, domain.Receipt, error) {
	door := s.signIn(in.App)
	if door == nil {
		return domain.Assignment{}, domain.Receipt{}, domain.NewFault(domain.FaultUnsupported, "sign_in.close", in.App, "no identity provider is connected in front of this app: a person closes the sign-in", nil)
	}
	had, err := s.assignment(ctx, door, in)
	switch {
	case err != nil:
		return had, domain.Receipt{}, err
	case had.Presence == domain.Absent:
		receipt := domain.Receipt{RequestID: had.RequestID, At: s.now(), Already: true}
		if kept, err := s.Ledger.SignIn(ctx, in.Run, in.App); err == nil {
			had = kept // an earlier try took it away
		} else if !errors.Is(err, domain.ErrNotFound) {
			return had, receipt, err
		}
		return had, receipt, nil
	}
	ref := in
	ref.Step = domain.StepSignIn
	e := s.event(ref, domain.EventSnapshotTaken, "sign-in")
	e.Channel, e.RequestID, e.Facts = domain.ChannelIDP, had.RequestID, map[string]string{"ways": ways(had)}
	if err := s.Ledger.Record(ctx, domain.Entry{Run: in.Run, SignIn: &domain.KeptSignIn{Run: in.Run, App: in.App, Assignment: had}, Events: []domain.AuditEvent{e}}); err != nil {
		return had, domain.Receipt{}, err
	}
	receipt, err := door.Unassign(ctx, had)
	return had, receipt, err
}

// assignment reads how the person has the app. Whom the run knows by the provider's
// id is read by that: an address that was changed there hides nobody. Nobody with
// the email is no proof where the run never found them there: they may have another
// one.
func (s *Set) assignment(ctx context.Context, door SignIn, in StepRef) (domain.Assignment, error) {
	user, looked, err := s.providerUser(ctx, in)
	if err != nil {
		return domain.Assignment{}, err
	}
	if user != "" {
		return door.ReadAssignment(ctx, user)
	}
	p, err := s.Ledger.Person(ctx, in.Person)
	if err != nil {
		return domain.Assignment{}, err
	}
	a, err := door.FindAssignment(ctx, p.Email)
	if err == nil && a.User == "" && a.Presence == domain.Absent && !looked {
		err = domain.NewFault(domain.FaultNotFound, "sign_in.find", in.App,
			fmt.Sprintf("%s knows nobody with this person's work email, who may have another one there: a person looks them up and closes the sign-in", door.Provider()), nil)
	}
	return a, err
}

// providerUser is the provider's id of the person as the run found it, "" where it
// found nobody, and whether it looked before.
func (s *Set) providerUser(ctx context.Context, in StepRef) (user string, looked bool, err error) {
	kept, err := s.Ledger.SignIn(ctx, in.Run, in.App)
	if err == nil {
		return kept.User, true, nil
	}
	if !errors.Is(err, domain.ErrNotFound) {
		return "", false, err
	}
	snap, err := s.Ledger.Snapshot(ctx, in.Run, in.App)
	if err == nil && snap.SignIn != nil {
		return snap.SignIn.User, true, nil
	}
	return "", false, ignoreNotFound(err)
}

// CloseSignIn takes the app away from the leaver at the identity provider, ends
// their sessions there where they leave altogether, and reads back from the
// provider. It stands under the guards of the cut-off: a last admin who cannot sign
// in is no admin. A security termination does not wait for an app that shows no
// list to guard by.
func (s *Set) CloseSignIn(ctx context.Context, in AccountInput) (ActResult, error) {
	ctx = in.urgent(ctx)
	finding, err := s.guardSignIn(ctx, in)
	if err != nil {
		return ActResult{}, err
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
	seen, err := s.seeSignIn(ctx, in.StepRef)
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

// guardSignIn checks the guards of the cut-off on a listing of the app.
func (s *Set) guardSignIn(ctx context.Context, in AccountInput) (domain.GuardFinding, error) {
	_, listing, err := s.listed(ctx, in.App, armAge)
	if err == nil {
		finding, cerr := s.claim(ctx, in.StepRef, in.guardFacts(), listing)
		if cerr == nil {
			return finding, nil
		}
		err = s.fail(ctx, in.App, cerr)
	}
	if !in.CutNow {
		return domain.GuardFinding{}, err
	}
	e := s.event(in.StepRef, domain.EventStepChanged, "unguarded")
	e.Facts = map[string]string{"why": "the app showed no list to guard by, and a security termination does not wait for it: " + safeText(err)}
	return domain.GuardFinding{State: domain.GuardWarn}, s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Events: []domain.AuditEvent{e}})
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

// signInClosed records that the provider itself no longer gives the app. The claim
// stays until the deactivation is settled too: the app still lists an admin who can
// no longer come in, and nobody else may count on them.
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
	entry := domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}, Events: []domain.AuditEvent{e}}
	if in.Account == "" {
		entry.Claims = []domain.Claim{s.settled(in.Run, in.App, in.Step)}
	}
	err := s.Ledger.Record(ctx, entry)
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

// seeSignIn reads from the identity provider whether it gives the app. A provider
// that does not answer, or refuses us, shows nothing: it is neither the app's
// trouble nor a reason to look at nothing else.
func (s *Set) seeSignIn(ctx context.Context, in StepRef) (sight, error) {
	door := s.signIn(in.App)
	if door == nil {
		return notShown("no identity provider is connected that could show it"), nil
	}
	a, err := s.assignment(ctx, door, in)
	var f *domain.Fault
	switch {
	case errors.As(err, &f) && f.App == in.App || err != nil && domain.KindOf(err) == domain.FaultNotFound:
		// Whom the provider does not know it can never show: two people stand for that.
		nobody := domain.KindOf(err) == domain.FaultNotFound
		return sight{presence: domain.PresenceUnknown, hidden: nobody, why: fmt.Sprintf("%s does not show it: %s", door.Provider(), safeText(err))}, nil
	case err != nil:
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

// ReopenSignIn gives the app back at the identity provider as it was right before
// the run took it away. Where it took nothing, there is nothing to give back.
func (s *Set) ReopenSignIn(ctx context.Context, in AccountInput) (ActResult, error) {
	door := s.signIn(in.App)
	if door == nil {
		return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: "no identity provider is connected any more"}, nil
	}
	kept, err := s.Ledger.SignIn(ctx, in.Run, in.App)
	if errors.Is(err, domain.ErrNotFound) {
		return s.reopened(ctx, in, "", "nothing was taken away at the identity provider")
	}
	if err != nil {
		return ActResult{}, err
	}
	if _, err := door.Assign(ctx, kept); err != nil {
		if why, shut := doorShut(err); shut {
			return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: why}, nil
		}
		return ActResult{}, err
	}
	seen, err := s.seeSignIn(ctx, in.StepRef)
	if err != nil {
		return ActResult{}, err
	}
	if seen.presence != domain.Present {
		return ActResult{Outcome: OutcomeUnverified, Channel: domain.ChannelIDP, Why: seen.why}, nil
	}
	return s.reopened(ctx, in, seen.requestID, "the identity provider gives the app as before")
}

func (s *Set) reopened(ctx context.Context, in AccountInput, requestID, why string) (ActResult, error) {
	step := s.step(in.StepRef, domain.StepUndone, domain.ChannelIDP, why)
	step.RequestID = requestID
	e := s.event(in.StepRef, domain.EventUndone, "sign-in-back")
	e.From, e.To, e.Channel, e.RequestID, e.Facts = "not assigned", "assigned", domain.ChannelIDP, requestID, map[string]string{"why": why}
	err := s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}, Claims: []domain.Claim{s.released(in.Run, in.App, in.Step)}, Events: []domain.AuditEvent{e}})
	return ActResult{Outcome: OutcomeVerified, Channel: domain.ChannelIDP, RequestID: requestID}, err
}
