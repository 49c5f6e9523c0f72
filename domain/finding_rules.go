package domain

import (
	"fmt"
	"slices"
	"time"
)

// KnownPerson is what HR, a sponsor and the policy say of whoever an account belongs
// to. The zero value is an account of nobody.
type KnownPerson struct {
	ID      PersonID
	State   PersonState
	Manager PersonID
	Sponsor PersonID
	Ends    time.Time // of somebody with a sponsor
	Told    bool      // HR told of an employment
	GoesOn  bool      // one of HR's employments has begun and goes on
	LastEnd time.Time // of HR's employments that ended
	Joined  time.Time // when the newest of HR's employments began; zero is unknown
	Named   bool      // the policy names them, or they manage or sponsor somebody
}

// Gone tells whether HR says that somebody left, or their last moment passed.
// Somebody on leave is not gone, and whoever was hired again is not either.
func (k KnownPerson) Gone(now time.Time) bool {
	if k.ID == "" || k.GoesOn {
		return false
	}
	ended := !k.LastEnd.IsZero() && !k.LastEnd.After(now)
	external := !k.Told && k.Sponsor != "" && !k.Ends.IsZero() && !k.Ends.After(now)
	return k.State == PersonLeft || ended || external
}

// Known tells whether anybody answers for an account.
func (k KnownPerson) Known() bool {
	return k.ID != "" && (k.Told || k.Sponsor != "" || k.Named)
}

// Facts are what a hint about somebody's use of a seat needs.
func (k KnownPerson) Facts(account Account) UserFacts {
	joined := k.Joined
	if account.CreatedAt.After(joined) {
		joined = account.CreatedAt
	}
	state := k.State
	if !k.Known() {
		state = ""
	}
	return UserFacts{State: state, Joined: joined}
}

// HRKnowsEnough tells whether somebody whom HR did not name may be called unknown to
// it: it told of at least half as many people as the app has accounts. An HR system
// that tells of leavers alone would make strangers of everybody else.
func HRKnowsEnough(people, accounts int) bool { return people > 0 && 2*people >= accounts }

// Judgement is what one complete reading says about an account or an app: what it
// shows, and of what it does not tell.
type Judgement struct {
	Found []Finding
	Held  []string // ids of findings of which the reading tells nothing: they stay as they are
	Gone  []string // ids of findings that it shows to be no more, beside those of whole kinds
}

// Add takes what another judgement says.
func (j *Judgement) Add(o Judgement) {
	j.Found, j.Held, j.Gone = append(j.Found, o.Found...), append(j.Held, o.Held...), append(j.Gone, o.Gone...)
}

func (j *Judgement) add(f Finding, shown Tri) {
	switch shown {
	case Yes:
		j.Found = append(j.Found, f)
	case Unknown:
		j.Held = append(j.Held, f.ID)
	}
}

// Rules are what findings of one app are judged by.
type Rules struct {
	App        AppID
	Owner      PersonID      // of the app
	InviteLife time.Duration // 0: nobody says
	HRSpoke    bool          // HR told of enough people that others are unknown to it: see HRKnowsEnough
	OwnerRoles []string      // keys of the roles that own the app
	At         time.Time     // when the reading began
}

// usable tells whether somebody can come in by an account, or accept its invite.
func usable(a Account) Tri {
	if a.Invited {
		return Yes
	}
	return a.Active
}

// JudgeAccount holds one account of a complete listing against what is known of its
// person.
func (r Rules) JudgeAccount(a Account, who KnownPerson) Judgement {
	var j Judgement
	can := usable(a)
	severity := SeverityMedium
	if a.Admin == Yes {
		severity = SeverityHigh
	}
	left := NewFinding(r.App, FoundLeftButActive, SeverityHigh, a.ID, who.ID, "HR says that they left, and the account can be used", r.At)
	if a.Invited {
		left.Why = "HR says that they left, and an invite of theirs can be accepted"
	}
	left.Owner = r.Owner
	j.add(left, can.And(TriOf(who.Gone(r.At))))
	if r.HRSpoke {
		stranger := NewFinding(r.App, FoundUnknownToHR, severity, a.ID, who.ID, "the account can be used, and neither HR nor a sponsor nor the policy knows whose it is", r.At)
		stranger.Owner = r.Owner
		j.add(stranger, can.And(TriOf(!who.Known() && !who.Gone(r.At))))
	}
	stale := NewFinding(r.App, FoundStaleInvite, SeverityLow, a.ID, who.ID, fmt.Sprintf("the invite is older than its life of %s", days(r.InviteLife)), r.At)
	stale.Owner = r.Owner
	j.add(stale, r.stale(a))
	return j
}

// JudgeInvite tells of an invitation of ours that is older than its life, for apps
// that list none.
func (r Rules) JudgeInvite(i Invite) Judgement {
	var j Judgement
	ends := i.ExpiresAt
	if ends.IsZero() && r.InviteLife > 0 && !i.SentAt.IsZero() {
		ends = i.SentAt.Add(r.InviteLife)
	}
	f := NewFinding(r.App, FoundStaleInvite, SeverityLow, "", i.Person, "an invite of ours is older than its life, and nobody accepted it", r.At)
	f.Owner = r.Owner
	j.add(f, TriOf(i.Open() && !ends.IsZero() && !ends.After(r.At)))
	return j
}

func (r Rules) stale(a Account) Tri {
	switch {
	case !a.Invited || r.InviteLife <= 0:
		return No
	case a.CreatedAt.IsZero():
		return Unknown
	}
	return TriOf(r.At.Sub(a.CreatedAt) > r.InviteLife)
}

func days(d time.Duration) string {
	if d < 48*time.Hour {
		return d.String()
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}

// JudgeAssigned holds somebody who has the app at the identity provider against HR.
// Whoever has an account is judged by that; listed tells that they do.
func (r Rules) JudgeAssigned(a Assigned, who KnownPerson, listed bool) Judgement {
	var j Judgement
	if who.ID == "" || listed {
		return j
	}
	f := NewFinding(r.App, FoundLeftButActive, SeverityHigh, "", who.ID, "HR says that they left, and the identity provider still gives them the app", r.At)
	f.Owner = r.Owner
	j.add(f, a.Active.And(TriOf(who.Gone(r.At))))
	return j
}

// AppCount counts what findings about a whole app hang on, while its accounts pass.
type AppCount struct {
	Accounts int
	Admins   int // who can work
	MaybeAdm int // of whom it is not known
	Owners   int
	MaybeOwn int // hold an owner's role, and whether they can log in is not known
}

// Add counts one account.
func (c *AppCount) Add(a Account, ownerRoles []string) {
	c.Accounts++
	if !a.Invited {
		switch a.WorkingAdmin() {
		case Yes:
			c.Admins++
		case Unknown:
			c.MaybeAdm++
		}
		if slices.Contains(ownerRoles, a.ProfileID) {
			switch a.Active {
			case Yes:
				c.Owners++
			case Unknown:
				c.MaybeOwn++
			}
		}
	}
}

// JudgeApp judges what only the whole of a complete listing shows. free is the number
// of paid seats that nobody sits on, -1 where that is not known.
func (r Rules) JudgeApp(c AppCount, free int) Judgement {
	var j Judgement
	one := NewFinding(r.App, FoundOneAdmin, SeverityHigh, "", "", "only one admin can work: name a second one, or losing them locks everybody out", r.At)
	if c.Admins == 0 {
		one.Why = "no admin is seen who can work: recovery goes through the vendor's support"
	}
	one.Counts = map[string]int{"admins": c.Admins}
	shown := TriOf(c.Accounts > 0 && c.Admins <= 1)
	if shown == Yes && c.MaybeAdm > 0 {
		shown = Unknown
	}
	one.Owner = r.Owner
	j.add(one, shown)
	many := NewFinding(r.App, FoundTooManyOwners, SeverityMedium, "", "", fmt.Sprintf("%d Owners, and %d should be enough: each of them can delete everything", c.Owners, MostOwners), r.At)
	many.Counts, many.Owner = map[string]int{"owners": c.Owners}, r.Owner
	shown = TriOf(c.Owners > MostOwners)
	if shown == No && c.Owners+c.MaybeOwn > MostOwners {
		shown = Unknown
	}
	j.add(many, shown)
	idle := NewFinding(r.App, FoundIdleSeat, SeverityLow, "", "", fmt.Sprintf("%d paid seats that nobody sits on", free), r.At)
	idle.Counts, idle.Owner = map[string]int{"seats": free}, r.Owner
	shown = TriOf(free > 0)
	if free < 0 {
		shown = Unknown
	}
	j.add(idle, shown)
	return j
}

// JudgeMailboxes judges the mailboxes of an account that is deactivated, or whose
// person is gone.
func (r Rules) JudgeMailboxes(account AccountID, who KnownPerson, linked int) Finding {
	f := NewFinding(r.App, FoundLinkedMailbox, SeverityMedium, account, who.ID, fmt.Sprintf("%d mailboxes are still linked to an account that nobody uses", linked), r.At)
	f.Counts, f.Owner = map[string]int{"mailboxes": linked}, r.sees(who)
	return f
}

// JudgeRecords judges what such an account owns, by kind. Kinds that are missing are
// not known. It tells whether records are shown, not shown, or not known.
func (r Rules) JudgeRecords(account AccountID, who KnownPerson, counts map[RecordKind]int, all []RecordKind) (Finding, Tri) {
	f := NewFinding(r.App, FoundOrphanedRecords, SeverityMedium, account, who.ID, "records belong to an account that nobody uses", r.At)
	f.Counts, f.Owner = map[string]int{}, r.sees(who)
	shown := TriOf(false)
	for _, kind := range all {
		n, known := counts[kind]
		switch {
		case known && n > 0:
			f.Counts[string(kind)], shown = n, Yes
		case !known && shown == No:
			shown = Unknown
		}
	}
	return f, shown
}

// sees names who is to see to what somebody left behind: their manager, else the
// app's owner.
func (r Rules) sees(who KnownPerson) PersonID {
	if who.Manager != "" {
		return who.Manager
	}
	return r.Owner
}

// Directory tells whose an account is, as far as HR, sponsors and the policy say.
type Directory interface {
	// Of is whose an account is, by id or email; the zero value is nobody.
	Of(account AccountID, email string) KnownPerson
}
