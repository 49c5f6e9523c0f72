package activities

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"handover/domain"
)

// ReconcileInput is one app and what it is judged by.
type ReconcileInput struct {
	App        domain.AppID        `json:"app"`
	Owner      domain.PersonID     `json:"owner"`
	InviteLife time.Duration       `json:"invite_life"`
	Contract   domain.SeatContract `json:"contract"`
	Roles      []domain.AppRole    `json:"roles"`
	Named      []domain.PersonID   `json:"named"`   // whom the policy names
	Uploads    bool                `json:"uploads"` // people upload its list, which tells what changed
	Records    int                 `json:"records"` // accounts of the gone whose records are counted, at most
}

// ReconcileResult is what the reading came to.
type ReconcileResult struct {
	Reading domain.Reading `json:"reading"`
}

// Findings is where readings and findings are kept.
type Findings interface {
	// LastReading is the newest reading of an app, or the newest complete one.
	LastReading(ctx context.Context, app domain.AppID, complete bool) (domain.Reading, error)
	// EndReading keeps what a reading came to and, in the same transaction, what is told
	// of it: tell gets the open findings, by kind, that were first seen since the
	// complete reading before, by this one or by attempts at it that died. It may be
	// called more than once, and is not called where the reading is not complete.
	EndReading(ctx context.Context, r domain.Reading, e domain.AuditEvent, tell func(fresh map[domain.FindingKind]int) []domain.Notice) error
	// HRSpokeOf is of how many people HR told.
	HRSpokeOf(ctx context.Context) (int, error)
	// KnownPeople tells whose some accounts are.
	KnownPeople(ctx context.Context, app domain.AppID, accounts []domain.AccountID, emails []string, now time.Time) (domain.Directory, error)
	// OpenInvites lists invitations of ours that can still be accepted.
	OpenInvites(ctx context.Context, app domain.AppID) ([]domain.Invite, error)
	// Superiors are those who manage or sponsor somebody.
	Superiors(ctx context.Context) (map[domain.PersonID]bool, error)
	// SeenAccounts tells how accounts stood at the last complete reading.
	SeenAccounts(ctx context.Context, app domain.AppID, ids []domain.AccountID) (map[domain.AccountID]domain.SeenAccount, error)
	// MissingAccounts lists accounts that a reading begun at an instant did not show.
	MissingAccounts(ctx context.Context, app domain.AppID, read time.Time, limit int) ([]domain.SeenAccount, error)
	// UnusedAccounts lists accounts that nobody can use or should.
	UnusedAccounts(ctx context.Context, app domain.AppID, limit int) ([]domain.SeenAccount, error)
	// NoteCounted notes when the records of accounts were counted.
	NoteCounted(ctx context.Context, app domain.AppID, accounts []domain.AccountID, now time.Time) error
	// AccountActs lists what Handover knows of accounts from a moment on.
	AccountActs(ctx context.Context, app domain.AppID, since time.Time) ([]domain.MemberAct, error)
	// OpenLeavings tells which open runs end people's access to an app.
	OpenLeavings(ctx context.Context, app domain.AppID, people []domain.PersonID) (map[domain.PersonID]string, error)
	// SaveSeen keeps a stretch of a reading whole, and answers how many findings it closed.
	SaveSeen(ctx context.Context, read time.Time, seen []domain.SeenAccount, j domain.Judgement, events []domain.AuditEvent) (int, error)
	// CloseFindings closes what a complete reading no longer shows.
	CloseFindings(ctx context.Context, app domain.AppID, kinds []domain.FindingKind, read time.Time) (int, error)
	// EndExceptions opens what is no longer excepted.
	EndExceptions(ctx context.Context, app domain.AppID, now time.Time) (int, error)
}

// MailboxSurveyor lists the linked mailboxes of everybody.
type MailboxSurveyor interface {
	SurveyMailboxes(ctx context.Context) ([]domain.Mailbox, error)
}

// RecordCounter counts what accounts own, by kind, in as few requests as the app
// allows. A kind that is missing is not known.
type RecordCounter interface {
	CountRecords(ctx context.Context, owners []domain.AccountID) (map[domain.AccountID]map[domain.RecordKind]int, error)
}

// stretch is how many accounts are looked up and written at a time.
const stretch = 500

// actMemory is how long ago an invite may have been sent that somebody accepts.
const actMemory = 60 * 24 * time.Hour

// ReconcileApp lists an app once and holds it against HR, the identity provider, how
// it stood at the last complete reading, and what runs did since. A list that is
// hidden or was cut short says nothing, and closes nothing.
func (s *Set) ReconcileApp(ctx context.Context, in ReconcileInput) (ReconcileResult, error) {
	c, listing, err := s.list(ctx, in.App)
	if err != nil {
		return ReconcileResult{}, err
	}
	r := &reconciler{s: s, in: in, connector: c, listing: listing, out: domain.Reading{App: in.App, BeganAt: listing.StartedAt.UTC().Truncate(time.Microsecond),
		Accounts: len(listing.Accounts), Total: listing.Total, Assigned: -1, Request: listing.RequestID}}
	if r.last, err = s.Findings.LastReading(ctx, in.App, true); err != nil {
		return ReconcileResult{}, err
	}
	if !r.last.BeganAt.IsZero() && !r.out.BeganAt.After(r.last.BeganAt) {
		return ReconcileResult{r.last}, nil // somebody compared this very list
	}
	switch {
	case listing.Hidden:
		r.out.Why = "the app shows Handover no users: nothing is claimed and nothing is closed"
	case !listing.Complete:
		r.out.Why = "the list of users was cut short: nothing is claimed and nothing is closed"
	default:
		r.out.Complete = true
		if err := r.compare(ctx); err != nil {
			return ReconcileResult{}, err
		}
	}
	r.out.EndedAt = s.now()
	e := domain.AuditEvent{Key: fmt.Sprintf("reconciled/%s/%d", in.App, r.out.BeganAt.UnixMicro()), Kind: domain.EventReconciled, Actor: domain.SystemActor, App: in.App,
		RequestID: listing.RequestID, At: r.out.EndedAt, Facts: map[string]string{"complete": strconv.FormatBool(r.out.Complete), "accounts": strconv.Itoa(r.out.Accounts),
			"found": strconv.Itoa(r.out.Found), "closed": strconv.Itoa(r.out.Closed), "outside": strconv.Itoa(r.out.Outside)}}
	if err := s.Findings.EndReading(ctx, r.out, e, r.tell); err != nil {
		return ReconcileResult{}, err
	}
	return ReconcileResult{r.out}, nil
}

// reconciler is one comparison while it goes on. It holds the listing, and of
// everything else a stretch at a time.
type reconciler struct {
	s         *Set
	in        ReconcileInput
	connector Connector
	listing   domain.Listing
	last      domain.Reading // the complete one before
	rules     domain.Rules
	named     map[domain.PersonID]bool // who is known beside HR's word
	acts      []domain.MemberAct       // since then
	invites   []domain.MemberAct       // the same, and invites of long before
	count     domain.AppCount
	pending   int // invites that the app itself lists
	out       domain.Reading
}

// compare is the whole of it. What only other sources tell comes last: an app whose
// mailboxes cannot be read is reconciled all the same.
func (r *reconciler) compare(ctx context.Context) error {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	for part := range slices.Chunk(r.listing.Accounts, stretch) {
		if err := r.accounts(ctx, part); err != nil {
			return err
		}
	}
	if err := r.missing(ctx); err != nil {
		return err
	}
	kinds := []domain.FindingKind{domain.FoundOneAdmin, domain.FoundTooManyOwners, domain.FoundStaleInvite, domain.FoundUnexplainedAccount, domain.FoundUnexplainedRole, domain.FoundIdleSeat}
	if r.rules.HRSpoke {
		kinds = append(kinds, domain.FoundUnknownToHR)
	}
	assigned, err := r.assigned(ctx)
	if err != nil {
		return err
	}
	if assigned {
		kinds = append(kinds, domain.FoundLeftButActive)
	}
	if err := r.whole(ctx); err != nil {
		return err
	}
	surveyed, err := r.mailboxes(ctx)
	if err != nil {
		return err
	}
	if surveyed {
		kinds = append(kinds, domain.FoundLinkedMailbox)
	}
	if err := r.records(ctx); err != nil {
		return err
	}
	closed, err := r.s.Findings.CloseFindings(ctx, r.in.App, kinds, r.out.BeganAt)
	r.out.Closed += closed
	return err
}

// tell writes to whoever looks after an app what was found for the first time, in one
// message. What a run is at already, or people have let be, is no news.
func (r *reconciler) tell(fresh map[domain.FindingKind]int) []domain.Notice {
	if len(fresh) == 0 || r.in.Owner == "" {
		return nil
	}
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(fresh)) {
		parts = append(parts, fmt.Sprintf("%d %s", fresh[kind], strings.ReplaceAll(string(kind), "_", " ")))
	}
	key := fmt.Sprintf("reconciled/%s/%d/found", r.in.App, r.out.BeganAt.UnixMicro())
	return []domain.Notice{{ID: key, App: r.in.App, Kind: "findings", To: []domain.PersonID{r.in.Owner}, At: r.s.now(),
		Text: fmt.Sprintf("%s does not agree with HR, or with what is known of it: %s. `handover reconcile list` shows each, and what puts it right.", r.in.App, strings.Join(parts, ", "))}}
}

func (r *reconciler) prepare(ctx context.Context) error {
	people, err := r.s.Findings.HRSpokeOf(ctx)
	if err != nil {
		return err
	}
	if r.named, err = r.s.Findings.Superiors(ctx); err != nil {
		return err
	}
	for _, id := range r.in.Named {
		r.named[id] = true
	}
	r.rules = domain.Rules{App: r.in.App, Owner: r.in.Owner, InviteLife: r.in.InviteLife, HRSpoke: domain.HRKnowsEnough(people, len(r.listing.Accounts)), At: r.out.BeganAt}
	for _, role := range r.in.Roles {
		if role.Owner {
			r.rules.OwnerRoles = append(r.rules.OwnerRoles, role.Key)
		}
	}
	if _, err := r.s.Findings.EndExceptions(ctx, r.in.App, r.s.now()); err != nil || r.last.BeganAt.IsZero() || r.in.Uploads {
		return err
	}
	acts, err := r.s.Findings.AccountActs(ctx, r.in.App, r.last.BeganAt.Add(-actMemory))
	for _, act := range acts {
		recent := act.At.IsZero() || !act.At.Before(r.last.BeganAt) // a step that is under way has no moment
		if recent {
			r.acts = append(r.acts, act)
		}
		if recent || act.Kind == domain.EventInviteSent {
			r.invites = append(r.invites, act)
		}
	}
	return err
}

// why notes what could not be read, for a reader.
func (r *reconciler) why(what string, err error) bool {
	var fault *domain.Fault
	if !errors.As(err, &fault) {
		return false
	}
	if r.out.Why != "" {
		r.out.Why += "; "
	}
	r.out.Why += what + ": " + fault.SafeMessage
	return true
}

// save keeps a stretch, with the runs that are at what was found already.
func (r *reconciler) save(ctx context.Context, seen []domain.SeenAccount, j domain.Judgement, events []domain.AuditEvent) error {
	var people []domain.PersonID
	for _, f := range j.Found {
		if f.Person != "" && domain.FixFor(f).Bulk {
			people = append(people, f.Person)
		}
	}
	runs, err := r.s.Findings.OpenLeavings(ctx, r.in.App, people)
	if err != nil {
		return err
	}
	for i := range j.Found {
		if f := &j.Found[i]; domain.FixFor(*f).Bulk && runs[f.Person] != "" {
			f.State, f.Run = domain.FindingFixing, runs[f.Person]
		}
	}
	closed, err := r.s.Findings.SaveSeen(ctx, r.out.BeganAt, seen, j, events)
	r.out.Found += len(j.Found)
	r.out.Closed += closed
	r.out.Outside += len(events)
	return err
}
