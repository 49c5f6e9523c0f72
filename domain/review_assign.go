package domain

import "slices"

// longestLine bounds the way up a line of managers: two people who report to each
// other are nobody's managers.
const longestLine = 8

// Assign finds who reviews a line, by the order of the product: the manager, else
// the sponsor, else who looks after the app, else those whom the policy names last.
// Nobody reviews themselves, and nobody who is leaving or has left reviews anybody.
// person finds somebody by id; the zero person stands for nobody.
func (s ReviewSettings) Assign(subject Person, person func(PersonID) Person) (PersonID, ReviewerReason) {
	fits := func(id PersonID) bool { return id != "" && id != subject.ID && stays(person(id)) }
	id := subject.Manager
	for range longestLine {
		if fits(id) {
			return id, BecauseManager
		}
		if id == "" {
			break
		}
		id = person(id).Manager
	}
	if fits(subject.Sponsor) {
		return subject.Sponsor, BecauseSponsor
	}
	if fits(s.Owner) {
		return s.Owner, BecauseOwner
	}
	if fits(s.Backup) {
		return s.Backup, BecauseBackup
	}
	for _, id := range s.Fallback {
		if fits(id) {
			return id, BecauseFallback
		}
	}
	return "", BecauseNobody
}

// SecondAmong is the second pair of eyes for a line whose reviewer also gives and
// takes access: the app's second person, else its owner and backup, else one of
// the last; those who do not provision first. Nobody who is leaving or has left
// confirms anything. "" where the reviewer is independent, or where nobody else is
// left, which the review's pack says. person finds somebody by id; the zero person
// stands for nobody.
func (s ReviewSettings) SecondAmong(reviewer, subject PersonID, person func(PersonID) Person) PersonID {
	if !slices.Contains(s.Provision, reviewer) {
		return ""
	}
	fits := func(id PersonID) bool { return id != reviewer && id != subject && stays(person(id)) }
	named := s.Seconds()
	for _, id := range named {
		if fits(id) && !slices.Contains(s.Provision, id) {
			return id
		}
	}
	for _, id := range named {
		if fits(id) {
			return id
		}
	}
	return ""
}

// Seconds are those among whom SecondAmong looks, in its order.
func (s ReviewSettings) Seconds() []PersonID {
	return slices.Concat([]PersonID{s.Second, s.Owner, s.Backup}, s.Fallback, s.Provision)
}

// stays tells that somebody is known and neither leaving nor gone.
func stays(p Person) bool {
	return p.ID != "" && p.State != PersonLeft && p.State != PersonLeaving
}

// Alone tells that a reviewer who provisions decides without a second pair of eyes,
// because there is nobody: an exception that the pack lists.
func (s ReviewSettings) Alone(l ReviewLine) bool {
	return l.Second == "" && slices.Contains(s.Provision, l.Reviewer)
}
