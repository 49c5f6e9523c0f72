package domain

import (
	"slices"
	"time"
)

// starterFor is how long somebody counts as new: a quarter, as reviews do.
const starterFor = IdleAfter

// LineFacts are what is known of an account beside its row, when a review is frozen.
type LineFacts struct {
	Now     time.Time
	Person  Person    // zero where HR and the policy know nobody with this email
	Started time.Time // of the newest employment; zero is unknown
	Admins  int       // working admins in the app
	Seen    LastSeen
	First   bool        // there was no review before
	Before  *ReviewLine // the same account in the last review
	Run     Standing    // of the run that went on with Before when that review had ended; zero where there is none
}

// Line makes the line of an account: what it may do, what a reviewer should know,
// and what seems right. It assigns nobody.
func (s ReviewSettings) Line(a Account, f LineFacts) ReviewLine {
	role, explained := FindRole(s.Roles, a.ProfileID)
	l := ReviewLine{Account: a.ID, Person: f.Person.ID, Email: NormalEmail(a.Email), Name: orText(f.Person.Name, a.Name), Role: a.ProfileID,
		RoleName: orText(role.Name, orText(a.ProfileID, "not shown")), Seat: a.SeatType, Active: a.Active, Admin: a.Admin, Invited: a.Invited,
		Seen: f.Seen.Seen, SeenAt: f.Seen.At, State: LineOpen}
	if l.Seen == "" {
		l.Seen = Unknown
	}
	l.Privileged = a.Admin != No || role.Owner
	l.Hints = s.hints(a, f, explained)
	l.Suggest = l.suggestion()
	return l
}

func (s ReviewSettings) hints(a Account, f LineFacts, explained bool) []ReviewHint {
	var all []ReviewHint
	hint := func(is bool, h ReviewHint) {
		if is {
			all = append(all, h)
		}
	}
	hint(f.Person.State == PersonLeft, HintLeft)
	hint(f.Person.State == PersonLeaving, HintLeaving)
	hint(f.Person.ID == "", HintUnknown)
	hint(f.Person.State == PersonOnLeave, HintOnLeave)
	hint(f.starter(), HintStarter)
	hint(a.Invited, HintNever)
	hint(a.Admin == Yes && s.AdminsWant > 0 && f.Admins > s.AdminsWant, HintAdmins)
	hint(a.FullSeat == Yes && slices.Contains(s.Money, NormalEmail(a.Email)), HintBilling)
	idle, _ := IdleHint(f.Seen, UserFacts{State: f.Person.State, Joined: latest(f.Started, a.CreatedAt)}, f.Now)
	hint(idle == Yes && !a.Invited, HintIdle)
	hint(!explained || a.Admin == Unknown, HintUnmapped)
	switch before := f.Before; {
	case f.First:
	case before == nil:
		all = append(all, HintNew)
	case before.removed(f.Run):
		all = append(all, HintBack)
	case before.Role != a.ProfileID:
		all = append(all, HintRole)
	}
	return all
}

// removed tells that the last review took this line's access: the app showed it, or, of
// a run that went on when the review ended, the run proved it since. A removal that
// failed, that never began, or that nobody confirmed took nobody's access.
func (l ReviewLine) removed(run Standing) bool {
	return l.Verdict == ReviewRemove && (l.State == LineDone || l.State == LineCarrying && run.proven())
}

// starter tells that somebody began not long ago.
func (f LineFacts) starter() bool {
	return !f.Started.IsZero() && f.Now.Before(f.Started.Add(starterFor))
}

// suggestion never removes somebody on leave or who has just begun, whatever else
// is seen; a person may.
func (l ReviewLine) suggestion() ReviewVerdict {
	has := func(h ReviewHint) bool { return slices.Contains(l.Hints, h) }
	switch {
	case has(HintLeft):
		return ReviewRemove
	case has(HintOnLeave), has(HintStarter):
		return ""
	case has(HintBack), has(HintIdle):
		return ReviewRemove
	case has(HintBilling):
		return ReviewChange
	}
	return ""
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
