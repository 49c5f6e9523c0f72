package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"handover/domain"
)

// SweepApp reads everything of one app back again: access returns through
// provisioning and just-in-time logins, and records find their way back through
// CRM syncs. Steps whose read-back no longer holds need attention.
func (s *Set) SweepApp(ctx context.Context, in SweepInput) (SweepResult, error) {
	c, listing, err := s.list(ctx, in.App)
	if err != nil {
		return SweepResult{}, err
	}
	steps, err := s.Ledger.Steps(ctx, in.Run, in.App)
	if err != nil {
		return SweepResult{}, err
	}
	book, _ := domain.RunbookFor(in.Kind)
	result, entry := SweepResult{Clean: true, RequestID: listing.RequestID}, domain.Entry{Run: in.Run}
	again, err := s.hiredAgain(ctx, in.StepRef)
	if err != nil {
		return SweepResult{}, err
	}
	if again {
		steps = nil // what the person has in the app now is the new employment's
	}
	for _, row := range steps {
		spec, _ := book.Step(row.Key)
		if row.State != domain.StepVerified || !readAgain(spec) {
			continue
		}
		seen, err := s.seeAgain(ctx, c, listing, spec, in)
		if err != nil {
			return s.sweepLater(ctx, in.App, err)
		}
		s.weigh(&result, &entry, in, row, seen)
	}
	if err := s.recheckEmails(ctx, c, in, &entry); err != nil {
		return s.sweepLater(ctx, in.App, err)
	}
	s.sweepEvents(&result, &entry, in, listing)
	return result, s.Ledger.Record(ctx, entry)
}

// readAgain tells whether a sweep can see a step: another admin may have left
// since for reasons of their own, and what the app never showed it does not show
// now.
func readAgain(spec domain.StepSpec) bool {
	return spec.ReadBack != domain.ReadBackAdmin && spec.ReadBack != domain.ReadBackNone && spec.ReadBack != ""
}

func (s *Set) sweepLater(ctx context.Context, app domain.AppID, err error) (SweepResult, error) {
	var f *domain.Fault
	if errors.As(err, &f) && f.Kind == domain.FaultRateLimited && !f.RetryAt.IsZero() {
		return SweepResult{ResumeAt: f.RetryAt}, nil
	}
	return SweepResult{}, s.fail(ctx, app, err)
}

func (s *Set) seeAgain(ctx context.Context, c Connector, l domain.Listing, spec domain.StepSpec, in SweepInput) (sight, error) {
	mover, ok := c.(RecordMover)
	if spec.ReadBack != domain.ReadBackRecords || !ok {
		back := ReadBackInput{StepRef: in.StepRef, Account: in.Account}
		if spec.ReadBack == domain.ReadBackMailboxes {
			boxes, err := activeMailboxes(ctx, c, in.Account)
			return sight{presence: presenceOf(len(boxes)), why: fmt.Sprintf("%d mailboxes are linked", len(boxes))}, err
		}
		return s.see(ctx, c, l, spec, back)
	}
	for _, rule := range mover.RecordRules() {
		if rule.Kind == spec.Kind {
			n, truncated, err := countKind(ctx, mover, rule, in.Scopes[spec.Kind], in.Account)
			seen := sight{presence: presenceOf(n), why: fmt.Sprintf("%d records are the leaver's", n)}
			if n == 0 && truncated {
				seen.presence = domain.PresenceUnknown
			}
			return seen, err
		}
	}
	return sight{presence: domain.PresenceUnknown}, nil
}

func presenceOf(n int) domain.Presence {
	if n > 0 {
		return domain.Present
	}
	return domain.Absent
}

func (s *Set) weigh(result *SweepResult, entry *domain.Entry, in SweepInput, row domain.StepRecord, seen sight) {
	switch seen.presence {
	case domain.Absent:
		return
	case domain.PresenceUnknown:
		result.Unknown = append(result.Unknown, row.Key)
		result.Clean = false
		return
	}
	result.Clean = false
	result.Left = append(result.Left, row.Key)
	result.Returned = result.Returned || row.Key == domain.StepDeactivate
	ref := in.StepRef
	ref.Step = row.Key
	back := s.step(ref, domain.StepNeedsAttention, "", "it came back: "+seen.why)
	back.RequestID = seen.requestID
	entry.Steps = append(entry.Steps, back)
	kind := domain.EventStepChanged
	if row.Key == domain.StepDeactivate {
		kind = domain.EventAccessReturned
	}
	e := s.event(ref, kind, "sweep-"+in.Name)
	e.Actor, e.From, e.To, e.RequestID = domain.UnknownActor, string(row.State), string(domain.StepNeedsAttention), seen.requestID
	e.Facts = map[string]string{"why": seen.why}
	entry.Events = append(entry.Events, e)
}

// recheckEmails tells, at each sweep, which emails were not sent after all:
// some are only marked when their time comes.
func (s *Set) recheckEmails(ctx context.Context, c Connector, in SweepInput, entry *domain.Entry) error {
	if in.Hold {
		return nil
	}
	seen := sight{facts: map[string]string{}}
	back := ReadBackInput{StepRef: in.StepRef, Account: in.Account}
	if err := s.countEmails(ctx, c, back, &seen); err != nil {
		return err
	}
	if n := seen.facts["emails_lost"]; n != "" && n != "0" {
		ref := in.StepRef
		ref.Step = domain.StepUnlink
		e := s.event(ref, domain.EventEmailsLost, "emails-lost-"+in.Name)
		e.Facts = seen.facts
		entry.Events = append(entry.Events, e)
	}
	return nil
}

func (s *Set) sweepEvents(result *SweepResult, entry *domain.Entry, in SweepInput, l domain.Listing) {
	ref := in.StepRef
	ref.Step = domain.StepSweep
	e := s.event(ref, domain.EventSweep, "sweep-"+in.Name)
	e.RequestID = l.RequestID
	e.Facts = map[string]string{"name": in.Name, "clean": fmt.Sprint(result.Clean), "left": joinKeys(result.Left), "unknown": joinKeys(result.Unknown)}
	entry.Events = append(entry.Events, e)
	state, why := domain.StepRunning, "read back "+in.Name+": everything holds"
	if !result.Clean {
		why = fmt.Sprintf("read back %s: %d came back, %d cannot be seen", in.Name, len(result.Left), len(result.Unknown))
	}
	row := s.step(ref, state, domain.ChannelAPI, why)
	row.RequestID = l.RequestID
	entry.Steps = append(entry.Steps, row)
}

func joinKeys(keys []domain.StepKey) string {
	names := make([]string, 0, len(keys))
	for _, k := range keys {
		names = append(names, string(k))
	}
	return strings.Join(names, ",")
}
