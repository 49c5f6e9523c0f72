package desk

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"handover/domain"
)

var mayUpload = right{[]domain.Role{domain.RoleAdmin}, "upload member lists"}

// clockSlack is how far ahead of ours the clock of somebody who read a list may be.
const clockSlack = time.Minute

// inviteMemory is how long ago an invite may have been sent that somebody accepts:
// its life, a resending or two, and the time until a list shows it.
const inviteMemory = 60 * 24 * time.Hour

// historyShown is how many earlier lists are told.
const historyShown = 20

// MemberUpload is a member list as somebody read it off an app's screen.
type MemberUpload struct {
	App     domain.AppID
	CSV     string
	Members int       // the count on the screen
	Pending int       // the same
	ReadAt  time.Time // zero is now
}

// MemberReport is what is known of an app's members, and what the newest list
// changed.
type MemberReport struct {
	List     domain.MemberList // the newest; without id there is none
	Outdated string            // why it says nothing about now; "" where it does
	Changes  []domain.MemberChange
	Returned []domain.MemberRow // removed before, and there again or still
	Hints    []string
	History  []domain.MemberList // the newest first, without rows
	Problems []string            // why a list was refused; nothing of it was kept
}

// Unexplained counts the changes that nothing known here explains.
func (r MemberReport) Unexplained() int {
	n := 0
	for _, c := range r.Changes {
		if !c.Explained {
			n++
		}
	}
	return n
}

// ImportMembers keeps a member list, or tells all that is wrong with it and keeps
// nothing. What it shows that no run of ours explains, since the list before,
// becomes an event with an unknown actor, and the app's owner hears of it.
func (d *Desk) ImportMembers(ctx context.Context, a Actor, up MemberUpload) (MemberReport, error) {
	if err := d.allow(ctx, a, mayUpload, ""); err != nil {
		return MemberReport{}, err
	}
	app, err := d.spaceApp(up.App)
	if err != nil {
		return MemberReport{}, d.refused(ctx, a, "", err)
	}
	before, err := d.Store.NewestMemberList(ctx, up.App)
	if err != nil {
		return MemberReport{}, err
	}
	now := d.now()
	if up.ReadAt.IsZero() {
		up.ReadAt = now
	}
	if err := up.check(before, now, app.Space.Fresh()); err != nil {
		return MemberReport{}, d.refused(ctx, a, "", err)
	}
	rows, problems := up.read()
	if len(problems) > 0 {
		_ = d.refuse(ctx, a, "", domain.Refuse(domain.RefusedReason, ""))
		return MemberReport{Problems: problems}, nil
	}
	if err := d.Store.IdentifyMembers(ctx, up.App, rows); err != nil {
		return MemberReport{}, err
	}
	list := domain.MemberList{ID: strings.ToLower(rand.Text()), App: up.App, ReadAt: up.ReadAt.UTC().Truncate(time.Microsecond), UploadedAt: now, UploadedBy: a.Person.ID,
		Members: up.Members, Pending: up.Pending, Rows: rows}
	r := MemberReport{List: list, Hints: memberHints(app, list)}
	if r.Changes, err = d.memberChanges(ctx, before, list); err != nil {
		return r, err
	}
	var seen []domain.AuditEvent
	if r.Returned, seen, err = d.returned(ctx, list, r.Changes); err != nil {
		return r, err
	}
	entry := d.memberEntry(ctx, a, app, r)
	entry.Events = append(entry.Events, seen...)
	err = d.Store.AddMemberList(ctx, list, before.ID, entry)
	if domain.KindOf(err) == domain.FaultConflict {
		err = d.refuse(ctx, a, "", domain.Refuse(domain.RefusedState, "somebody else uploaded a list of this app in the same moment: look at it, then upload yours again"))
	}
	return r, err
}

// spaceApp finds an app whose members are known by uploaded lists.
func (d *Desk) spaceApp(id domain.AppID) (*domain.AppPolicy, error) {
	app := d.Policy().Apps[id]
	switch {
	case app == nil:
		return nil, domain.Refuse(domain.RefusedUnknown, "the policy file names no such app: check the name")
	case app.Kind != domain.KindApolloSpace:
		return nil, domain.Refuse(domain.RefusedState, "the members of this app are not uploaded: that is for apps of kind "+domain.KindApolloSpace)
	}
	return app, nil
}

// check refuses a list that cannot say anything about now.
func (up MemberUpload) check(before domain.MemberList, now time.Time, fresh time.Duration) error {
	switch {
	case up.Members < 0 || up.Pending < 0:
		return domain.Refuse(domain.RefusedReason, "give the two counts that the screen shows: of members, and of pending invites")
	case up.ReadAt.After(now.Add(clockSlack)):
		return domain.Refuse(domain.RefusedReason, "the list was read in the future: check the time and its zone")
	case now.Sub(up.ReadAt) > fresh:
		return domain.Refuse(domain.RefusedState, fmt.Sprintf("the list is older than %s, which the policy lets it be: read it off the screen again", fresh))
	case !up.ReadAt.After(before.ReadAt):
		return domain.Refuse(domain.RefusedState, "a list that was read later, or in the same moment, is here already")
	}
	return nil
}

// read reads the rows and holds them against the counts of the screen.
func (up MemberUpload) read() ([]domain.MemberRow, []string) {
	rows, problems := readMembers(up.CSV)
	if len(problems) > 0 {
		return nil, problems
	}
	count := func(pending bool) (n, last int) {
		for _, r := range rows {
			if r.Pending == pending {
				n, last = n+1, r.Line
			}
		}
		return n, last
	}
	members, lastMember := count(false)
	pending, lastPending := count(true)
	for _, x := range []struct {
		what            string
		n, of, lastLine int
	}{{"members", members, up.Members, lastMember}, {"pending invites", pending, up.Pending, lastPending}} {
		if x.n != x.of {
			problems = append(problems, fmt.Sprintf("line %d: the last of %d %s in the file, and the screen shows %d: read the list again to its end, and the number with it", x.lastLine, x.n, x.what, x.of))
		}
	}
	owner := slices.ContainsFunc(rows, func(r domain.MemberRow) bool { return !r.Pending && r.Role == domain.SpaceOwner })
	if !owner {
		problems = append(problems, "no member is an Owner, and an organisation always has one: the list is not whole")
	}
	return rows, problems
}

// memberChanges compares a list with the one before it. The first list is where
// everything begins: it changes nothing.
func (d *Desk) memberChanges(ctx context.Context, before, list domain.MemberList) ([]domain.MemberChange, error) {
	if before.ID == "" {
		return nil, nil
	}
	acts, err := d.Store.MemberActs(ctx, list.App, before.ReadAt.Add(-inviteMemory))
	if err != nil {
		return nil, err
	}
	open, err := d.Store.OpenTasks(ctx, list.App)
	if err != nil {
		return nil, err
	}
	var recent, invites []domain.MemberAct
	for _, act := range acts {
		if !act.At.Before(before.ReadAt) {
			recent = append(recent, act)
		}
		if act.Kind == domain.EventInviteSent {
			invites = append(invites, act)
		}
	}
	for _, t := range open { // somebody may do it and not have said so yet
		recent = append(recent, domain.MemberAct{Person: t.Subject, Steps: t.Steps})
	}
	changes := domain.CompareMembers(before, list)
	for i, c := range changes {
		changes[i].Explained = c.Explain(recent) || c.Kind == domain.EventInviteAccepted && c.Explain(invites)
	}
	return changes, nil
}

// returned finds those who were removed before the list was read, by the app's own
// word or by two people's, and stand in it all the same: what a sweep finds in apps
// that can be read at any time.
func (d *Desk) returned(ctx context.Context, list domain.MemberList, changes []domain.MemberChange) ([]domain.MemberRow, []domain.AuditEvent, error) {
	seen, err := d.Store.LastMemberships(ctx, list.App)
	if err != nil {
		return nil, nil, err
	}
	var rows []domain.MemberRow
	var events []domain.AuditEvent
	for _, r := range list.Rows {
		last := seen[r.Person]
		came := slices.ContainsFunc(changes, func(c domain.MemberChange) bool { return c.Account == r.Account && c.From == domain.SpaceNobody })
		if r.Person == "" || last.Removed.IsZero() || !last.Removed.Before(list.ReadAt) || last.Came.After(last.Removed) || came {
			continue
		}
		rows = append(rows, r)
		events = append(events, domain.AuditEvent{Key: fmt.Sprintf("members/returned/%s/%s/%d", list.App, r.Person, last.Removed.UnixMicro()), Kind: domain.EventAccessReturned,
			Actor: domain.UnknownActor, Subject: r.Person, App: list.App, Target: string(r.Account), From: "removed", To: string(r.Role), RequestID: list.Ref(), At: list.UploadedAt})
	}
	return rows, events, nil
}

// memberEntry is what an upload leaves: who uploaded what, each change that nothing
// explains, and a word to the app's owner where there is any.
func (d *Desk) memberEntry(ctx context.Context, a Actor, app *domain.AppPolicy, r MemberReport) domain.Entry {
	l := r.List
	entry := domain.Entry{Events: []domain.AuditEvent{{Key: "members/" + l.ID, Kind: domain.EventMemberList, Actor: a.Person.ID, ActingFor: a.ActingFor, App: l.App, Target: l.ID,
		RequestID: l.Ref(), At: l.UploadedAt, Facts: map[string]string{"members": fmt.Sprint(l.Members), "pending": fmt.Sprint(l.Pending), "read_at": l.ReadAt.Format(time.RFC3339),
			"changes": fmt.Sprint(len(r.Changes)), "unexplained": fmt.Sprint(r.Unexplained()), "returned": fmt.Sprint(len(r.Returned)), "door": a.Channel}}}}
	for i, c := range r.Changes {
		if c.Explained && c.Kind != domain.EventInviteExpired {
			continue
		}
		e := domain.AuditEvent{Key: fmt.Sprintf("members/%s/%d", l.ID, i), Kind: c.Kind, Actor: domain.UnknownActor, Subject: c.Person, App: l.App, Target: string(c.Account),
			From: string(c.From), To: string(c.To), RequestID: l.Ref(), At: l.UploadedAt, Facts: map[string]string{"how": "seen in a member list"}}
		if c.Kind == domain.EventInviteExpired {
			e.Actor = domain.SystemActor
		}
		entry.Events = append(entry.Events, e)
	}
	if n := r.Unexplained(); n+len(r.Returned) > 0 {
		owner, err := d.Store.PersonByEmail(ctx, app.Owner)
		if err == nil {
			entry.Notices = []domain.Notice{{ID: "members/" + l.ID, App: l.App, Kind: "members-changed", To: []domain.PersonID{owner.ID}, At: l.UploadedAt,
				Text: fmt.Sprintf("The new member list of %s shows %d changes that nothing known here explains, and %d who were removed and stand there all the same. See `handover members show %s`.",
					l.App, n, len(r.Returned), l.App)}}
		}
	}
	return entry
}
