package domain

import (
	"fmt"
	"slices"
	"time"
)

// Gate tells why a review cannot rest on what was read; "" when it can. What is
// stale, cut short or does not add up blocks it: a review of half a list proves
// nothing.
func (s ReviewSettings) Gate(p Population, complete, hidden bool, now time.Time) string {
	switch {
	case hidden:
		return "the app shows Handover no users: read the list off its screen and start the review with it (handover review start APP --list FILE.csv --count N)"
	case !complete:
		return "the list of users was cut short: try again, and see that the key may read all users"
	case p.Source == SourceUpload && now.Sub(p.ReadAt) > s.ListAge:
		return fmt.Sprintf("the list was read %s ago, and may be at most %s old: read it anew", now.Sub(p.ReadAt).Round(time.Minute), s.ListAge)
	case !p.AddsUp():
		return fmt.Sprintf("the app says %d users and %d rows were read: try again", p.Total, p.Captured)
	case p.People == 0:
		return "HR has named nobody yet: import a roster first (handover hr import FILE.csv)"
	case now.Sub(p.PeopleAt) > s.PeopleAge:
		return fmt.Sprintf("HR was last heard of on %s, more than %d days ago: import a roster first (handover hr import FILE.csv)",
			p.PeopleAt.Format(time.DateOnly), int(s.PeopleAge.Hours())/24)
	case p.Lines == 0:
		return "nobody can log in to this app: there is nothing to review"
	}
	return ""
}

// Choice is what somebody wants to decide of a line.
type Choice struct {
	Verdict  ReviewVerdict
	Role     string // key or name
	Reason   string
	Bulk     bool
	Confirms bool
	Newest   ReviewDecision // of a confirmation: the decision that stands; empty asks for the right alone
	Seen     int            // of a confirmation: number of the decision that was looked at
}

// CheckChoice tells why somebody may not decide so about a line; nil when they may.
// by is who decides, voice in whose name: themselves, or the absent reviewer.
func (s ReviewSettings) CheckChoice(l ReviewLine, c Choice, by, voice PersonID) *Refusal {
	switch {
	case l.Person != "" && (by == l.Person || voice == l.Person):
		return Refuse(RefusedSelf, "nobody decides about their own access")
	case c.Confirms:
		return checkConfirm(l, c, by, voice)
	case voice != l.Reviewer:
		return Refuse(RefusedRight, "this line lies with another reviewer")
	case !l.Undecided() && l.State != LineDecided && l.State != LineFailed && (l.State != LineDone || l.Verdict != ReviewKeep):
		return Refuse(RefusedSettled, "this decision is being carried out already")
	}
	if l.Privileged && c.Bulk {
		return Refuse(RefusedReason, "nothing is decided in bulk about an admin or owner: decide this line by itself")
	}
	switch c.Verdict {
	case ReviewKeep:
		if l.Privileged && c.Reason == "" {
			return Refuse(RefusedReason, "say why this person keeps rights to administer")
		}
	case ReviewChange:
		role, ok := FindRole(s.Roles, c.Role)
		switch {
		case !ok:
			return Refuse(RefusedUnknown, "the app has no such role: the policy file names those it has")
		case role.Key == l.Role:
			return Refuse(RefusedReason, "this is the role that the person has")
		case l.Invited:
			return Refuse(RefusedState, "an invite that nobody accepted is kept or removed")
		}
	case ReviewRemove:
	default:
		return Refuse(RefusedReason, "say keep, change_role or remove")
	}
	return nil
}

// Undecided tells that a line waits for a person.
func (l ReviewLine) Undecided() bool {
	return slices.Contains([]LineState{LineOpen, LineConfirm, LineException}, l.State)
}

// checkConfirm: the second person agrees with what was decided, or sends it back. A
// word about a decision that nobody says they looked at, or about an earlier one, is
// no second pair of eyes.
func checkConfirm(l ReviewLine, c Choice, by, voice PersonID) *Refusal {
	switch {
	case l.State != LineConfirm:
		return Refuse(RefusedState, "nothing waits for a second person here")
	case voice != l.Second || by == l.Reviewer || by == c.Newest.By:
		return Refuse(RefusedRight, "somebody else confirms this line")
	case c.Seen == 0 && c.Newest.N > 0:
		return Refuse(RefusedReason, "say by its number which decision you looked at: your page, an exported file (column decision) and `handover review decide` show it")
	case c.Seen != c.Newest.N:
		return Refuse(RefusedState, "the decision changed meanwhile: look at it again")
	case l.Privileged && c.Bulk:
		return Refuse(RefusedReason, "nothing is confirmed in bulk about an admin or owner: look at this line by itself")
	case c.Verdict != "" && c.Verdict != l.Verdict && c.Reason == "":
		return Refuse(RefusedReason, "say why you send it back")
	}
	return nil
}

// AfterChoice is the state of a line when a choice was taken: it waits for the
// second person where there is one, and goes back to its reviewer where that person
// disagrees.
func (l ReviewLine) AfterChoice(c Choice) LineState {
	switch {
	case c.Confirms && (c.Verdict == "" || c.Verdict == l.Verdict):
		return LineDecided
	case c.Confirms:
		return LineOpen
	case l.Second != "":
		return LineConfirm
	}
	return LineDecided
}

// ReadBack is the state of a line that is being carried out, by what the app shows
// now and how its run stands. Only the app makes it done; where the app cannot
// show it, the run's own read-back or attestation does. What was done and no longer
// holds has failed, and so has what its run ended without.
//
// The accounts of an uploaded list may have ids that nobody but Handover knows:
// uploaded looks such a line up by its email where no account has its id. Whoever reads
// many lines back asks for the listing's Index.
func (l ReviewLine) ReadBack(now Listing, run Standing, uploaded bool) (LineState, string) {
	if l.State == LineCarrying && l.Run == "" {
		return l.State, l.Why // its run is about to begin, or has begun and is not bound yet
	}
	switch shows := l.shown(now, uploaded); {
	case shows == Yes:
		return LineDone, "the app shows it"
	case shows == Unknown && run.proven():
		return LineDone, "the app cannot show it: its run stands for it"
	case shows == Unknown && l.State == LineDone:
		return LineDone, l.Why
	case shows == Unknown && !run.Run.State.Ended():
		return l.State, l.Why
	case shows == No && l.State == LineDone:
		return LineFailed, "it was carried out, and the app shows it undone again"
	case run.Run.ID != "" && run.Run.State.Ended():
		return LineFailed, "its run is " + string(run.Run.State) + ", and the app shows nothing changed"
	case l.State == LineFailed:
		return LineFailed, l.Why
	}
	return l.State, l.Why
}

// shown tells whether the app shows what was decided. An invite that is still there
// was not removed, though nobody can log in by it yet.
func (l ReviewLine) shown(now Listing, uploaded bool) Tri {
	a, there := now.ByID(l.Account)
	if !there && uploaded {
		hits := now.ByEmail(l.Email)
		if l.Email == "" || len(hits) > 1 {
			return Unknown // erased, or two of whom nobody can tell which
		}
		if there = len(hits) == 1; there {
			a = hits[0]
		}
	}
	switch {
	case now.Hidden, l.Verdict != ReviewRemove && !there:
		return Unknown
	case l.Verdict != ReviewRemove:
		return a.IsRole(AppRole{Key: l.NewRole})
	case there && a.Invited:
		return No
	case !there && now.Complete:
		return Yes
	case !there:
		return Unknown
	}
	switch a.Active {
	case No:
		return Yes
	case Yes:
		return No
	}
	return Unknown
}
