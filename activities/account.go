package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"handover/domain"
)

// armAge is how old the listing may be on which an armed cut-off is decided. With
// the time that it is armed ahead it stays under domain.MaxListingAge.
const armAge = 20 * time.Second

// DeactivateAccount ends the access of an account: guards and claim, the act,
// the read-back and the record of it in one call. Without a door it answers
// unsupported with the reason and has changed nothing. Called ahead of the moment
// (NotBefore) it prepares everything, waits for the moment in this process, looks
// once more whether it is still wanted, and then only the call is left.
func (s *Set) DeactivateAccount(ctx context.Context, in AccountInput) (ActResult, error) {
	ctx = in.urgent(ctx)
	armed := in.NotBefore.After(s.now())
	age := time.Duration(0)
	if armed && firstTry(ctx) {
		age = armAge
	}
	c, listing, err := s.listed(ctx, in.App, age)
	if err != nil {
		return ActResult{}, err
	}
	choice := s.channelFor(ctx, in.App, c, domain.CanDeactivate)
	door := s.deactivator(in.StepRef, c, choice.Channel)
	gone := listing.AccountPresence(in.Account) == domain.Absent
	if gone && !armed {
		return s.foundGone(ctx, in, choice.Channel, listing.RequestID)
	}
	if door == nil {
		return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: choice.Why}, nil
	}
	finding, err := s.claim(ctx, in.StepRef, in.guardFacts(), listing)
	if err != nil {
		return ActResult{}, s.fail(ctx, in.App, err)
	}
	if finding.State == domain.GuardShut {
		return ActResult{Outcome: OutcomeShut, Channel: choice.Channel, Guard: finding, Why: finding.Why}, s.recordShut(ctx, in.StepRef, finding)
	}
	s.crash("guard-passed-not-written")
	account := s.known(ctx, c, in, listing)
	if armed {
		held, err := s.awaitMoment(ctx, in)
		if err != nil || held != "" {
			return ActResult{Outcome: OutcomeHeld, Channel: choice.Channel, Why: held}, err
		}
		if gone || s.now().Sub(listing.StartedAt) > domain.MaxListingAge {
			return s.DeactivateAccount(ctx, in) // on a listing of now
		}
	}
	return s.deactivate(ctx, door, in, account, choice.Channel)
}

// urgent ranks a cut-off: a security termination passes those of a last moment.
func (in AccountInput) urgent(ctx context.Context) context.Context {
	if in.CutNow {
		return domain.AtUrgency(ctx, domain.UrgencyNow)
	}
	return domain.WithUrgency(ctx)
}

// firstTry tells that no earlier attempt may have reached the door: after one,
// only a listing of now shows what it did.
func firstTry(ctx context.Context) bool {
	return !activity.IsActivity(ctx) || activity.GetInfo(ctx).Attempt <= 1
}

// known is the account as it is listed, with the id by which the door knows it
// where that was found when the run began, or can be found ahead. Without it the
// door is asked when the moment comes.
func (s *Set) known(ctx context.Context, c Connector, in AccountInput, l domain.Listing) domain.Account {
	account, _ := l.ByID(in.Account)
	finder, ok := c.(DoorFinder)
	if !ok {
		return account
	}
	if snap, err := s.Ledger.Snapshot(ctx, in.Run, in.App); err == nil && snap.Account.ID == in.Account {
		account.Door = snap.Account.Door
	}
	if account.Door == "" && in.NotBefore.After(s.now()) {
		account.Door, _ = finder.FindDoor(ctx, account) // else it is found at the moment, and what fails then is told
	}
	return account
}

// awaitMoment shows that everything is prepared, and waits. It comes back with a
// reason where nothing is to be done after all.
func (s *Set) awaitMoment(ctx context.Context, in AccountInput) (string, error) {
	step := s.step(in.StepRef, domain.StepRunning, "", "everything is prepared: it waits for the last moment")
	if err := s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}}); err != nil {
		return "", err
	}
	if activity.IsActivity(ctx) {
		// The run asks to be heard before it writes that it held this back: what it
		// wrote before our record is told by the answer, what comes after it is seen.
		activity.RecordHeartbeat(ctx)
	}
	s.crash("armed")
	armory := s.Armory
	if armory == nil {
		armory = NewArmory()
	}
	return armory.wait(ctx, s, in)
}

// deactivate asks the door and reads back. From here on nothing but the end of
// the process breaks it off: what became of it has to be known.
func (s *Set) deactivate(ctx context.Context, door Deactivator, in AccountInput, account domain.Account, channel domain.Channel) (ActResult, error) {
	ctx = context.WithoutCancel(ctx)
	receipt, err := door.DeactivateAccount(ctx, account)
	if err != nil {
		if why, shut := doorShut(err); shut {
			return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: why}, nil
		}
		return ActResult{}, s.fail(ctx, in.App, err)
	}
	s.crash("write-applied-not-recorded")
	_, after, err := s.list(ctx, in.App)
	if err != nil {
		return ActResult{}, err
	}
	if after.AccountPresence(in.Account) == domain.Absent {
		return s.cutOffVerified(ctx, in, channel, after.RequestID, "deactivated", domain.SystemActor)
	}
	step := s.step(in.StepRef, domain.StepDoneUnverified, channel, "the door accepted the deactivation; the app does not show it yet")
	step.RequestID = receipt.RequestID
	e := s.event(in.StepRef, domain.EventStepChanged, "done-unverified")
	e.To, e.Channel, e.RequestID, e.Digest, e.Target = string(domain.StepDoneUnverified), channel, receipt.RequestID, in.Digest, string(in.Account)
	err = s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}, Events: []domain.AuditEvent{e}})
	return ActResult{Outcome: OutcomeUnverified, Channel: channel, Why: step.Why, RequestID: receipt.RequestID}, err
}

func safeText(err error) string {
	var f *domain.Fault
	if errors.As(err, &f) {
		return f.SafeMessage
	}
	return "it cannot be told whether it is still wanted"
}

// doorShut tells that the door will not open by itself for this account, and
// why: a cut-off does not wait for a new token, a person does it at once.
func doorShut(err error) (string, bool) {
	var f *domain.Fault
	if !errors.As(err, &f) {
		return "", false
	}
	switch f.Kind {
	case domain.FaultUnsupported, domain.FaultUnauthenticated, domain.FaultForbidden, domain.FaultNotFound, domain.FaultConflict:
		return f.SafeMessage, true
	}
	return "", false
}

// foundGone records an account that was unusable before this call acted. It is
// our own doing where our claim is open: an earlier attempt got as far as the
// door. Else nobody knows who did it.
func (s *Set) foundGone(ctx context.Context, in AccountInput, channel domain.Channel, requestID string) (ActResult, error) {
	claims, err := s.Ledger.Claims(ctx, in.App)
	if err != nil {
		return ActResult{}, err
	}
	id := domain.IdempotencyKey(in.Run, in.App, in.Step, "claim")
	if slices.ContainsFunc(claims, func(c domain.Claim) bool { return c.ID == id && !c.Released }) {
		return s.cutOffVerified(ctx, in, channel, requestID, "deactivated", domain.SystemActor)
	}
	return s.cutOffVerified(ctx, in, "", requestID, "already", domain.UnknownActor)
}

// cutOffVerified records that the app itself shows no usable account, and how
// long after the last moment that was.
func (s *Set) cutOffVerified(ctx context.Context, in AccountInput, channel domain.Channel, requestID, how string, actor domain.PersonID) (ActResult, error) {
	why := "the app lists the user as deactivated, or no longer at all"
	entry := s.cutOffEntry(in.StepRef, in.Account, channel, requestID, why, in.Due, in.Class, in.Zone, in.Returned)
	entry.CutOff.Limit, entry.Events[0].Facts["limit"] = in.Limit, in.Limit.String()
	entry.Events[0].Facts["how"], entry.Events[0].Actor = how, actor
	entry.Events[0].Digest = in.Digest
	return ActResult{Outcome: OutcomeVerified, Channel: channel, RequestID: requestID, Why: why}, s.Ledger.Record(ctx, entry)
}

func (s *Set) cutOffEntry(ref StepRef, account domain.AccountID, channel domain.Channel, requestID, why string, due time.Time, class, zone string, returned int) domain.Entry {
	now := s.now()
	step := s.step(ref, domain.StepVerified, channel, why)
	step.RequestID = requestID
	key := "removed"
	if returned > 0 {
		key = fmt.Sprintf("removed-%d", returned)
	}
	removed := s.event(ref, domain.EventMemberRemoved, key)
	removed.Target, removed.From, removed.To = string(account), "active", "deactivated"
	removed.Channel, removed.RequestID, removed.Zone = channel, requestID, zone
	removed.Facts = map[string]string{"elapsed": now.Sub(due).String(), "class": class}
	claims := []domain.Claim{s.settled(ref.Run, ref.App, ref.Step), s.settled(ref.Run, ref.App, domain.StepSignIn)}
	cut := domain.CutOffTime{Run: ref.Run, App: ref.App, Channel: channel, Due: due, VerifiedAt: now, Class: class}
	return domain.Entry{Run: ref.Run, Steps: []domain.StepRecord{step}, Claims: claims, CutOff: &cut,
		Events: []domain.AuditEvent{removed}}
}

// ReactivateAccount gives access back when a run is undone.
func (s *Set) ReactivateAccount(ctx context.Context, in AccountInput) (ActResult, error) {
	c, listing, err := s.list(ctx, in.App)
	if err != nil {
		return ActResult{}, err
	}
	choice := s.channelFor(ctx, in.App, c, domain.CanReactivate)
	if listing.AccountPresence(in.Account) == domain.Present {
		return s.reactivated(ctx, in, choice.Channel, listing.RequestID)
	}
	door := s.reactivator(in.StepRef, c, choice.Channel)
	if door == nil {
		return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: choice.Why}, nil
	}
	account, ok := listing.ByID(in.Account)
	if !ok {
		snap, err := s.Ledger.Snapshot(ctx, in.Run, in.App)
		if err != nil {
			return ActResult{}, err
		}
		account = snap.Account
	}
	receipt, err := door.ReactivateAccount(ctx, account)
	if why, shut := doorShut(err); shut {
		return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: why}, nil
	}
	if err != nil {
		return ActResult{}, s.fail(ctx, in.App, err)
	}
	_, after, err := s.list(ctx, in.App)
	if err != nil {
		return ActResult{}, err
	}
	if after.AccountPresence(in.Account) == domain.Present {
		return s.reactivated(ctx, in, choice.Channel, after.RequestID)
	}
	return ActResult{Outcome: OutcomeUnverified, Channel: choice.Channel, RequestID: receipt.RequestID, Why: "the app does not show the user as active yet"}, nil
}

func (s *Set) reactivated(ctx context.Context, in AccountInput, channel domain.Channel, requestID string) (ActResult, error) {
	step := s.step(in.StepRef, domain.StepUndone, channel, "the app lists the user as active again")
	step.RequestID = requestID
	e := s.event(in.StepRef, domain.EventUndone, "reactivated")
	e.Target, e.From, e.To, e.Channel, e.RequestID = string(in.Account), "deactivated", "active", channel, requestID
	claim := s.released(in.Run, in.App, in.Step)
	err := s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}, Claims: []domain.Claim{claim}, Events: []domain.AuditEvent{e}})
	return ActResult{Outcome: OutcomeVerified, Channel: channel, RequestID: requestID}, err
}
