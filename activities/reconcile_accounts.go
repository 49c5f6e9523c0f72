package activities

import (
	"context"
	"fmt"
	"slices"

	"handover/domain"
)

// directory is what is known of the people behind accounts, with those who are known
// beside HR's word.
type directory struct {
	domain.Directory
	named map[domain.PersonID]bool
}

func (d directory) Of(account domain.AccountID, email string) domain.KnownPerson {
	who := d.Directory.Of(account, email)
	who.Named = who.Named || d.named[who.ID]
	return who
}

func (r *reconciler) people(ctx context.Context, accounts []domain.AccountID, emails []string) (directory, error) {
	known, err := r.s.Findings.KnownPeople(ctx, r.in.App, accounts, emails, r.out.BeganAt)
	return directory{known, r.named}, err
}

// accounts judges a stretch of the list.
func (r *reconciler) accounts(ctx context.Context, part []domain.Account) error {
	ids, emails := make([]domain.AccountID, 0, len(part)), make([]string, 0, len(part))
	for _, a := range part {
		ids, emails = append(ids, a.ID), append(emails, domain.NormalEmail(a.Email))
	}
	people, err := r.people(ctx, ids, emails)
	if err != nil {
		return err
	}
	before, err := r.s.Findings.SeenAccounts(ctx, r.in.App, ids)
	if err != nil {
		return err
	}
	var j domain.Judgement
	var events []domain.AuditEvent
	seen := make([]domain.SeenAccount, 0, len(part))
	for _, a := range part {
		who := people.Of(a.ID, a.Email)
		j.Add(r.rules.JudgeAccount(a, who))
		was, known := before[a.ID]
		now := domain.SeenAs(r.in.App, a, who.ID, r.out.BeganAt)
		if known {
			now.FirstSeen, now.CountedAt, now.Unexplained = was.FirstSeen, was.CountedAt, was.Unexplained
		}
		events = append(events, r.changes(was, known, &now)...)
		j.Add(r.rules.JudgeUnexplained(now))
		if a.Active == domain.Yes && !who.Gone(r.out.BeganAt) {
			j.Gone = append(j.Gone, domain.FindingID(r.in.App, domain.FoundOrphanedRecords, string(a.ID))) // somebody uses what it owns
		}
		r.count.Add(a, r.rules.OwnerRoles)
		if a.Invited {
			r.pending++
		}
		seen = append(seen, now)
	}
	return r.save(ctx, seen, j, events)
}

// changes tells what happened to an account outside, and notes what of it no run
// explains. The first reading is where everything begins: it changes nothing.
func (r *reconciler) changes(was domain.SeenAccount, known bool, now *domain.SeenAccount) []domain.AuditEvent {
	if r.last.BeganAt.IsZero() || r.in.Uploads {
		return nil
	}
	var events []domain.AuditEvent
	for _, c := range domain.ChangesOf(was, known, *now, r.in.InviteLife) {
		acts := r.acts
		if c.Kind == domain.EventInviteAccepted {
			acts = r.invites
		}
		now.Unexplained = ""
		if c.Explain(acts, r.in.Roles) {
			continue
		}
		now.Unexplained = c.Unexplained()
		events = append(events, domain.AuditEvent{Key: fmt.Sprintf("seen/%s/%s/%s/%d", r.in.App, c.Account, c.Kind, r.out.BeganAt.UnixMicro()), Kind: c.Kind, Actor: domain.UnknownActor,
			Subject: c.Person, App: r.in.App, Target: string(c.Account), From: c.From, To: c.To, RequestID: r.listing.RequestID, At: r.out.BeganAt,
			Facts: map[string]string{"seen": "reconciliation"}})
	}
	if now.Unexplained != "" && len(events) == 0 && r.explained(*now) {
		now.Unexplained = ""
	}
	return events
}

// explained tells that a run has given since what stood there without one.
func (r *reconciler) explained(now domain.SeenAccount) bool {
	c := domain.AccountChange{Kind: domain.EventInviteAccepted, Account: now.Account, Person: now.Person, To: now.Role}
	if now.Unexplained == domain.FoundUnexplainedRole {
		c.Kind = domain.EventRoleChanged
	}
	return c.Explain(r.acts, r.in.Roles)
}

// missing tells of accounts that the list shows no more.
func (r *reconciler) missing(ctx context.Context) error {
	for {
		gone, err := r.s.Findings.MissingAccounts(ctx, r.in.App, r.out.BeganAt, stretch)
		if err != nil || len(gone) == 0 {
			return err
		}
		var events []domain.AuditEvent
		for i, was := range gone {
			now := was
			now.Gone, now.Unexplained, now.LastSeen = true, "", r.out.BeganAt
			events = append(events, r.changes(was, true, &now)...)
			now.Unexplained = ""
			gone[i] = now
		}
		if err := r.save(ctx, gone, domain.Judgement{}, events); err != nil {
			return err
		}
	}
}

// assigned judges who has the app at the identity provider. It answers whether all of
// that could be read, where there is one.
func (r *reconciler) assigned(ctx context.Context) (bool, error) {
	if r.s.Doors == nil {
		return true, nil
	}
	door := r.s.Doors.SignIn(r.in.App)
	if door == nil {
		return true, nil
	}
	given, err := door.ListAssigned(ctx)
	if err != nil {
		if r.why("the identity provider could not be read", err) {
			return false, nil
		}
		return false, err
	}
	if !given.Complete {
		r.out.Why = join(r.out.Why, "the identity provider's list was cut short")
		return false, nil
	}
	r.out.Assigned = len(given.People)
	emails := make([]string, 0, len(r.listing.Accounts))
	for _, a := range r.listing.Accounts {
		if a.Active != domain.No {
			emails = append(emails, domain.NormalEmail(a.Email))
		}
	}
	slices.Sort(emails)
	for part := range slices.Chunk(given.People, stretch) {
		if err := r.holders(ctx, part, emails); err != nil {
			return false, err
		}
	}
	return true, nil
}

func join(text, more string) string {
	if text == "" {
		return more
	}
	return text + "; " + more
}

func (r *reconciler) holders(ctx context.Context, part []domain.Assigned, listed []string) error {
	emails := make([]string, 0, len(part))
	for _, p := range part {
		emails = append(emails, domain.NormalEmail(p.Email))
	}
	people, err := r.people(ctx, nil, emails)
	if err != nil {
		return err
	}
	var j domain.Judgement
	for i, p := range part {
		_, there := slices.BinarySearch(listed, emails[i])
		j.Add(r.rules.JudgeAssigned(p, people.Of("", p.Email), there))
	}
	return r.save(ctx, nil, j, nil)
}

// whole judges what only the whole list shows.
func (r *reconciler) whole(ctx context.Context) error {
	entries, err := r.s.Ledger.SeatEntries(ctx, r.in.App)
	if err != nil {
		return err
	}
	standing := domain.Stand(r.in.Contract, domain.CountSeats(r.listing), entries)
	j := r.rules.JudgeApp(r.count, standing.Free)
	if r.pending == 0 { // an app that lists invites tells their age itself
		invites, err := r.s.Findings.OpenInvites(ctx, r.in.App)
		if err != nil {
			return err
		}
		for _, i := range invites {
			j.Add(r.rules.JudgeInvite(i))
		}
	}
	return r.save(ctx, nil, j, nil)
}
