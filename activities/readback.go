package activities

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"handover/domain"
)

// ReadBackSteps asks the app itself about steps that a person did, and records
// what it says. What the app cannot show is attested where somebody said done
// with a proof and a second person stood for it.
func (s *Set) ReadBackSteps(ctx context.Context, in ReadBackInput) (ReadBackResult, error) {
	if slices.Contains(in.Steps, domain.StepDeactivate) {
		ctx = domain.WithUrgency(ctx)
	}
	if _, ok := domain.RunbookFor(in.Kind); !ok {
		return ReadBackResult{}, domain.NewFault(domain.FaultUnsupported, "step.read_back", in.App, "no runbook is known for this kind of app", nil)
	}
	c, listing, err := s.list(ctx, in.App)
	if err != nil {
		return ReadBackResult{}, err
	}
	result := ReadBackResult{States: map[domain.StepKey]domain.StepState{}, Whys: map[domain.StepKey]string{}, Settled: true}
	entry := domain.Entry{Run: in.Run}
	for _, key := range in.Steps {
		spec, _ := domain.StepOf(in.Kind, key)
		seen, err := s.see(ctx, c, listing, spec, in)
		if err != nil {
			return ReadBackResult{}, s.fail(ctx, in.App, err)
		}
		state := in.judge(seen)
		result.States[key], result.Whys[key] = state, seen.why
		result.Settled = result.Settled && state.Settled()
		s.addStep(&entry, in, key, state, seen)
	}
	if err := s.settleTask(ctx, in, result.Settled, &entry); err != nil {
		return ReadBackResult{}, err
	}
	return result, s.Ledger.Record(ctx, entry)
}

// sight is what the app said about one step.
type sight struct {
	presence  domain.Presence // of what the step removes
	why       string
	requestID string
	facts     map[string]string
	hidden    bool // the app has no way to show it: a proof and a second person have to do
}

// judge turns what was seen and said into a state. Nothing is verified that the
// app did not show, and nothing attested without a second person.
func (in ReadBackInput) judge(seen sight) domain.StepState {
	switch {
	case seen.presence == domain.Absent:
		return domain.StepVerified
	case seen.hidden && in.DoneBy != "" && in.Confirmed != "" && in.Confirmed != in.DoneBy && in.Proof != "":
		return domain.StepAttested
	case in.DoneBy != "" && seen.presence == domain.PresenceUnknown:
		return domain.StepDoneUnverified
	default:
		return domain.StepWaiting
	}
}

func (s *Set) see(ctx context.Context, c Connector, l domain.Listing, spec domain.StepSpec, in ReadBackInput) (sight, error) {
	switch spec.ReadBack {
	case domain.ReadBackAccount:
		return seeAccount(l, in.Account), nil
	case domain.ReadBackAdmin:
		return s.seeAdmin(ctx, l, in)
	case domain.ReadBackMailboxes:
		return s.seeMailboxes(ctx, c, in)
	case domain.ReadBackSignIn:
		return s.seeSignIn(ctx, in.StepRef)
	case domain.ReadBackInvited, domain.ReadBackJoined:
		return s.seeMember(ctx, c, spec, in)
	case domain.ReadBackRole:
		return seeRole(l, in), nil
	case domain.ReadBackGiven:
		return s.seeGiven(ctx, in.StepRef)
	case domain.ReadBackOwned:
		return seeOwned(ctx, c, spec.Key, in.Account)
	default:
		return notShown("the app does not show this"), nil
	}
}

func notShown(why string) sight {
	return sight{presence: domain.PresenceUnknown, why: why, hidden: true}
}

func seeAccount(l domain.Listing, id domain.AccountID) sight {
	if l.Hidden {
		return notShown(domain.WhyHidden)
	}
	seen := sight{presence: l.AccountPresence(id), requestID: l.RequestID}
	switch seen.presence {
	case domain.Absent:
		seen.why = "the app lists the user as deactivated, or no longer at all"
	case domain.Present:
		seen.why = "the app still lists the user as active"
	default:
		seen.why = "the list of users was cut short: it proves nothing"
	}
	return seen
}

// seeAdmin looks for a working admin beside the leaver who is not about to leave
// as well. "Absent" means that the danger is gone.
func (s *Set) seeAdmin(ctx context.Context, l domain.Listing, in ReadBackInput) (sight, error) {
	claims, err := s.Ledger.Claims(ctx, in.App)
	if err != nil {
		return sight{}, err
	}
	finding := domain.CheckSoleAdmin(l, claims, in.Account, s.now())
	seen := sight{presence: domain.Present, why: finding.Why, requestID: l.RequestID}
	if finding.State != domain.GuardShut {
		seen.presence = domain.Absent
	}
	return seen, nil
}

// seeMailboxes wants every mailbox unlinked, and tells what became of the emails
// that were scheduled.
func (s *Set) seeMailboxes(ctx context.Context, c Connector, in ReadBackInput) (sight, error) {
	lister, ok := c.(MailboxLister)
	if !ok {
		return notShown("the app does not show mailboxes"), nil
	}
	listing, err := lister.ListMailboxes(ctx, in.Account)
	if err != nil {
		return sight{}, err
	}
	seen := sight{presence: domain.Absent, why: "the app lists no linked mailbox", requestID: listing.RequestID, facts: map[string]string{}}
	if boxes := linked(listing); len(boxes) > 0 {
		seen.presence, seen.why = domain.Present, fmt.Sprintf("%d mailboxes are still linked", len(boxes))
		return seen, nil
	}
	err = s.countEmails(ctx, c, in, &seen)
	return seen, err
}

// countEmails compares the scheduled emails of the snapshot with what they are
// now. What was lost is listed, never hidden.
func (s *Set) countEmails(ctx context.Context, c Connector, in ReadBackInput, seen *sight) error {
	lister, ok := c.(ScheduledEmailLister)
	if !ok {
		return nil
	}
	snap, err := s.Ledger.Snapshot(ctx, in.Run, in.App)
	if err != nil || len(snap.Emails) == 0 {
		return ignoreNotFound(err)
	}
	ids := make([]string, 0, len(snap.Emails))
	for _, m := range snap.Emails {
		ids = append(ids, m.ID)
	}
	now, err := lister.ReadEmails(ctx, in.Account, ids)
	if err != nil {
		return err
	}
	kept, lost := map[string]bool{}, 0
	for _, m := range now {
		if m.Status == "scheduled" || m.Status == "completed" {
			kept[m.ID] = true
		}
	}
	for _, id := range ids {
		if !kept[id] {
			lost++
			seen.facts["lost_"+id] = "not sent"
		}
	}
	seen.facts["emails"], seen.facts["emails_lost"] = strconv.Itoa(len(ids)), strconv.Itoa(lost)
	if lost > 0 {
		seen.why = fmt.Sprintf("no mailbox is linked; %d of %d scheduled emails were lost, they are listed in the evidence", lost, len(ids))
	}
	return nil
}

func seeOwned(ctx context.Context, c Connector, step domain.StepKey, id domain.AccountID) (sight, error) {
	owner, ok := c.(OwnedThings)
	if !ok {
		return notShown("the app does not show this"), nil
	}
	owned, err := owner.CountOwned(ctx, id)
	if err != nil {
		return sight{}, err
	}
	n, known := owned.Counts[string(step)]
	seen := sight{presence: domain.Absent, why: "the app lists none of them with the leaver", requestID: owned.RequestID}
	switch {
	case !known:
		seen.presence, seen.why, seen.hidden = domain.PresenceUnknown, "the app does not show this", true
	case n > 0:
		seen.presence, seen.why = domain.Present, fmt.Sprintf("%d are still the leaver's", n)
	}
	return seen, nil
}

// addStep puts one step's state, its event and the release of its claim into
// the entry. The key of the event names the state: the same state read twice is
// one event.
func (s *Set) addStep(entry *domain.Entry, in ReadBackInput, key domain.StepKey, state domain.StepState, seen sight) {
	ref := in.StepRef
	ref.Step = key
	if key == domain.StepDeactivate && state == domain.StepVerified {
		cut := s.cutOffEntry(ref, in.Account, in.Channel, seen.requestID, seen.why, in.Due, in.Class, in.Zone, in.Returned)
		cut.CutOff.Limit, cut.Events[0].Facts["limit"] = in.Limit, in.Limit.String()
		switch {
		case in.DoneBy != "":
			cut.Events[0].Actor = in.DoneBy
		case in.Channel == domain.ChannelPerson:
			cut.Events[0].Actor = domain.UnknownActor // seen before anybody said done
		}
		entry.CutOff = cut.CutOff
		entry.Steps = append(entry.Steps, cut.Steps...)
		entry.Claims = append(entry.Claims, cut.Claims...)
		entry.Events = append(entry.Events, cut.Events...)
		return
	}
	step := s.step(ref, state, in.Channel, seen.why)
	step.RequestID = seen.requestID
	entry.Steps = append(entry.Steps, step)
	name := string(state)
	if in.Returned > 0 && state.Settled() {
		name = fmt.Sprintf("%s-%d", state, in.Returned) // it came back, and was done again
	}
	e := s.event(ref, domain.EventStepChanged, name)
	e.To, e.Channel, e.RequestID, e.Facts = string(state), in.Channel, seen.requestID, seen.facts
	if state == domain.StepAttested {
		e.Actor, e.Reason = in.DoneBy, in.Proof
		e.Facts = map[string]string{"confirmed_by": string(in.Confirmed)}
	}
	if key == domain.StepSignIn && state.Settled() {
		e.Kind = domain.EventSignInClosed
		if in.Account == "" {
			entry.Claims = append(entry.Claims, s.settled(ref.Run, ref.App, ref.Step))
		}
	}
	if state == domain.StepAttested && key == domain.StepDeactivate {
		s.addAttestedCut(entry, ref, in)
	}
	if key == domain.StepRole && state.Settled() && in.Join != nil {
		s.addRole(entry, ref, in, seen)
	}
	entry.Events = append(entry.Events, e)
	if seen.facts["emails_lost"] != "" && seen.facts["emails_lost"] != "0" {
		lost := s.event(ref, domain.EventEmailsLost, "emails-lost")
		lost.Facts = seen.facts
		entry.Events = append(entry.Events, lost)
	}
}

// addAttestedCut books the end of an access that the app cannot show: the claim is
// settled and the removal is an event, on the word of two people. No time to
// cut-off is booked, because that is counted to what the app itself showed.
func (s *Set) addAttestedCut(entry *domain.Entry, ref StepRef, in ReadBackInput) {
	removed := s.event(ref, domain.EventMemberRemoved, "removed")
	removed.Actor, removed.Target, removed.From, removed.To = in.DoneBy, string(in.Account), "active", "deactivated"
	removed.Channel, removed.Zone, removed.Reason = in.Channel, in.Zone, in.Proof
	removed.Facts = map[string]string{"how": "attested", "confirmed_by": string(in.Confirmed), "class": in.Class}
	entry.Claims = append(entry.Claims, s.settled(ref.Run, ref.App, ref.Step), s.settled(ref.Run, ref.App, domain.StepSignIn))
	entry.Events = append(entry.Events, removed)
}

func (s *Set) settleTask(ctx context.Context, in ReadBackInput, settled bool, entry *domain.Entry) error {
	if in.Task == "" || !settled {
		return nil
	}
	task, err := s.Ledger.Task(ctx, in.Task)
	if err != nil {
		return err
	}
	task.State, task.SettledAt = domain.TaskSettled, s.now()
	task.DoneBy, task.ConfirmedBy, task.Proof = in.DoneBy, in.Confirmed, in.Proof
	entry.Tasks = append(entry.Tasks, task)
	return nil
}

func ignoreNotFound(err error) error {
	if err != nil && isNotFound(err) {
		return nil
	}
	return err
}

func isNotFound(err error) bool { return domain.KindOf(err) == domain.FaultNotFound }
