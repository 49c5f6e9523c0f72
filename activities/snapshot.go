package activities

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"go.temporal.io/sdk/activity"

	"handover/domain"
)

// SnapshotAccount reads the state of one person in one app before anything is
// written, keeps it in the store and links the account by id. Quick leaves the
// records uncounted, for when access must go first; they do not change by it and
// are counted afterwards with Counts.
func (s *Set) SnapshotAccount(ctx context.Context, in SnapshotInput) (SnapshotResult, error) {
	person, err := s.Ledger.Person(ctx, in.Person)
	if err != nil {
		return SnapshotResult{}, err
	}
	began := s.now()
	c, listing, err := s.listed(ctx, in.App, armAge)
	if err != nil {
		return SnapshotResult{}, err
	}
	account, found, ambiguous, err := s.findAccount(ctx, in, listing, person)
	if err == nil && listing.StartedAt.Before(began) && (!found || account.Active != domain.Yes) {
		// Only a listing of now shows that somebody has no account.
		if _, listing, err = s.list(ctx, in.App); err == nil {
			account, found, ambiguous, err = s.findAccount(ctx, in, listing, person)
		}
	}
	if err != nil {
		return SnapshotResult{}, err
	}
	snap := domain.Snapshot{Run: in.Run, App: in.App, Account: account, Found: found, Complete: listing.Complete,
		ActingUser: domain.Unknown, TakenAt: s.now(), RequestID: listing.RequestID, AccountTotal: len(listing.Accounts), Enrolments: -1}
	if in.Counts {
		if found { // what belongs to nobody is nobody's to leave
			err = countRecords(ctx, c, in, &snap)
		}
		return snapshotResult(snap, listing.Hidden, ambiguous, s.choices(ctx, in.App, c)), s.fail(ctx, in.App, err)
	}
	if found {
		if err := s.captureAccount(ctx, c, in, &snap); err != nil {
			return SnapshotResult{}, s.fail(ctx, in.App, err)
		}
		snap.Account.Door = doorOf(ctx, c, in, account)
	}
	if snap.SignIn, err = s.captureSignIn(ctx, in, person); err != nil {
		return SnapshotResult{}, err
	}
	// The first snapshot stays. One that found nobody in half a list would hide
	// the account for good.
	if ambiguous == 0 && (found || listing.Complete) {
		if err := s.Ledger.Record(ctx, s.snapshotEntry(in, snap)); err != nil {
			return SnapshotResult{}, err
		}
	}
	return snapshotResult(snap, listing.Hidden, ambiguous, s.choices(ctx, in.App, c)), nil
}

// doorOf finds ahead by what id the door for cutting access knows the account.
// Where it cannot be asked now it is asked when access is cut.
func doorOf(ctx context.Context, c Connector, in SnapshotInput, account domain.Account) string {
	finder, ok := c.(DoorFinder)
	if !ok || in.Quick || account.Active != domain.Yes || choiceOf(c.Channels(), domain.CanDeactivate).Channel == domain.ChannelPerson {
		return ""
	}
	id, _ := finder.FindDoor(ctx, account)
	return id
}

// captureSignIn reads how the identity provider gives the app, for the plan and for
// undo. Where access must go first, or the provider cannot be asked now, the plan
// says that it is not known: no leaving waits for a provider that is away.
func (s *Set) captureSignIn(ctx context.Context, in SnapshotInput, p domain.Person) (*domain.Assignment, error) {
	door := s.signIn(in.App)
	if door == nil || in.Quick {
		return nil, nil
	}
	a, err := door.FindAssignment(ctx, p.Email)
	if err != nil {
		if domain.KindOf(err).Retryable() && firstTry(ctx) {
			return nil, err
		}
		return nil, nil // the step itself tells what is wrong there
	}
	return &a, nil
}

// findAccount prefers the account id: given, or linked earlier. An id stays
// right when the app stops listing the user. Without one the email decides, and
// two users with one email decide nothing.
func (s *Set) findAccount(ctx context.Context, in SnapshotInput, l domain.Listing, p domain.Person) (domain.Account, bool, int, error) {
	id := in.Account
	if id == "" {
		linked, err := s.Ledger.AccountLink(ctx, in.App, in.Person)
		if err != nil {
			return domain.Account{}, false, 0, err
		}
		id = linked
	}
	if id != "" {
		if a, ok := l.ByID(id); ok {
			return a, true, 0, nil
		}
		gone := domain.Account{ID: id, Email: p.Email, Active: domain.Unknown, Admin: domain.Unknown, FullSeat: domain.Unknown}
		if l.Complete {
			gone.Active = domain.No
		}
		return gone, true, 0, nil
	}
	switch hits := l.ByEmail(p.Email); len(hits) {
	case 0:
		if l.Hidden {
			return assumed(p), true, 0, nil
		}
		return domain.Account{}, false, 0, nil
	case 1:
		return hits[0], true, 0, nil
	default:
		return domain.Account{}, false, len(hits), nil
	}
}

// assumed is the user that a person may have in an app that shows none: somebody
// has to look.
func assumed(p domain.Person) domain.Account {
	return domain.Account{ID: domain.AccountID("person:" + string(p.ID)), Email: p.Email, Active: domain.Unknown, Admin: domain.Unknown, FullSeat: domain.Unknown}
}

// captureAccount fills in everything that hangs on the account.
func (s *Set) captureAccount(ctx context.Context, c Connector, in SnapshotInput, snap *domain.Snapshot) error {
	id := snap.Account.ID
	if a, ok := c.(ActingUser); ok {
		acting, err := a.ActingAccount(ctx)
		if err != nil {
			return err
		}
		snap.ActingUser = domain.TriOf(acting == id)
	}
	boxes, err := activeMailboxes(ctx, c, id)
	if err != nil {
		return err
	}
	snap.Mailboxes = boxes
	if e, ok := c.(ScheduledEmailLister); ok {
		if snap.Emails, err = e.ListScheduledEmails(ctx, id, mailboxIDs(boxes)); err != nil {
			return err
		}
	}
	if o, ok := c.(OwnedThings); ok {
		owned, err := o.CountOwned(ctx, id)
		if err != nil {
			return err
		}
		snap.Owned = owned.Counts
	}
	if e, ok := c.(EnrolmentCounter); ok && len(boxes) > 0 {
		if snap.Enrolments, err = e.CountForeignEnrolments(ctx, id, mailboxIDs(boxes)); err != nil {
			return err
		}
	}
	return countRecords(ctx, c, in, snap)
}

// countRecords counts what the plan would move. Where the app confirms the owner
// filter and every record is in scope, its own total on the first page is
// enough; otherwise all pages are read.
func countRecords(ctx context.Context, c Connector, in SnapshotInput, snap *domain.Snapshot) error {
	mover, ok := c.(RecordMover)
	if !ok || in.Quick {
		return nil
	}
	snap.Counts = map[domain.RecordKind]int{}
	for _, rule := range mover.RecordRules() {
		scope := in.Scopes[rule.Kind]
		if scope == domain.ScopeNone {
			continue
		}
		n, truncated, err := countKind(ctx, mover, rule, scope, snap.Account.ID)
		if err != nil {
			return fmt.Errorf("count %s: %w", rule.Kind, err)
		}
		snap.Counts[rule.Kind] = n
		if truncated {
			snap.Truncated = append(snap.Truncated, rule.Kind)
		}
	}
	return nil
}

func countKind(ctx context.Context, m RecordMover, rule domain.RecordRule, scope domain.RecordScope, owner domain.AccountID) (int, bool, error) {
	seen, cursor, truncated, rows, total := map[string]bool{}, "", false, 0, 0
	for {
		page, err := readPage(ctx, m, rule.Kind, owner, cursor)
		if err != nil {
			return 0, false, err
		}
		if cursor == "" && page.Filtered && page.Total >= 0 && allInScope(rule, scope) {
			return page.Total, page.Truncated, nil
		}
		for _, r := range page.Records {
			if inScope(r, scope) {
				seen[r.ID] = true
			}
		}
		truncated, rows, total = truncated || page.Truncated, rows+page.Seen, max(total, page.Total)
		if page.Next == "" && rows < total && !truncated {
			return 0, false, domain.NewFault(domain.FaultUnavailable, "records.count", "",
				fmt.Sprintf("the listing ended after %d of %d rows: it is read again", rows, total), nil)
		}
		if page.Next == "" {
			return len(seen), truncated, nil
		}
		cursor = page.Next
		if activity.IsActivity(ctx) {
			activity.RecordHeartbeat(ctx, len(seen))
		}
	}
}

// readPage reads a page and, where no answer came, once more: a long count begins
// anew when it fails, and reading twice harms nobody.
func readPage(ctx context.Context, m RecordMover, kind domain.RecordKind, owner domain.AccountID, cursor string) (domain.RecordPage, error) {
	page, err := m.RecordPage(ctx, kind, owner, cursor)
	if err != nil && domain.KindOf(err) == domain.FaultUnavailable {
		return m.RecordPage(ctx, kind, owner, cursor)
	}
	return page, err
}

// allInScope tells whether every record of a kind is in scope whatever its
// state: bulk kinds have no open or closed state.
func allInScope(rule domain.RecordRule, scope domain.RecordScope) bool {
	return scope == domain.ScopeAll || rule.Bulk
}

func inScope(r domain.Record, scope domain.RecordScope) bool {
	return scope == domain.ScopeAll || (scope != domain.ScopeNone && r.Open)
}

func activeMailboxes(ctx context.Context, c Connector, id domain.AccountID) ([]domain.Mailbox, error) {
	m, ok := c.(MailboxLister)
	if !ok {
		return nil, nil
	}
	listing, err := m.ListMailboxes(ctx, id)
	return linked(listing), err
}

// linked leaves out the rows that an app keeps for mailboxes that are unlinked.
func linked(l domain.MailboxListing) []domain.Mailbox {
	return slices.DeleteFunc(slices.Clone(l.Mailboxes), func(b domain.Mailbox) bool { return !b.Active })
}

func mailboxIDs(boxes []domain.Mailbox) []string {
	ids := make([]string, 0, len(boxes))
	for _, b := range boxes {
		ids = append(ids, b.ID)
	}
	return ids
}

func (s *Set) snapshotEntry(in SnapshotInput, snap domain.Snapshot) domain.Entry {
	e := s.event(in.StepRef, domain.EventSnapshotTaken, "snapshot")
	e.Target, e.RequestID = string(snap.Account.ID), snap.RequestID
	e.Facts = map[string]string{
		"found": strconv.FormatBool(snap.Found), "complete": strconv.FormatBool(snap.Complete),
		"mailboxes": strconv.Itoa(len(snap.Mailboxes)), "scheduled_emails": strconv.Itoa(len(snap.Emails)),
		"accounts_listed": strconv.Itoa(snap.AccountTotal),
	}
	for kind, n := range snap.Counts {
		e.Facts["count_"+string(kind)] = strconv.Itoa(n)
	}
	return domain.Entry{Run: in.Run, Snapshot: &snap, Events: []domain.AuditEvent{e}}
}

func snapshotResult(snap domain.Snapshot, hidden bool, ambiguous int, channels []domain.ChannelChoice) SnapshotResult {
	return SnapshotResult{
		Found: snap.Found, Complete: snap.Complete, Hidden: hidden, Ambiguous: ambiguous, Account: snap.Account.ID,
		Active: snap.Account.Active, Admin: snap.Account.WorkingAdmin(), ActingUser: snap.ActingUser,
		Counts: snap.Counts, Owned: snap.Owned, Enrolments: snap.Enrolments,
		Mailboxes: len(snap.Mailboxes), ScheduledEmails: len(snap.Emails),
		Channels: channels, Truncated: snap.Truncated, RequestID: snap.RequestID,
	}
}
