package demo

import (
	"errors"
	"fmt"
	"slices"

	sim "handover/internal/sim/apollo"
)

// Picture is what a simulator held before somebody left, to compare the end with.
type Picture struct {
	app    *sim.Simulator
	counts map[string]map[string]int
	refs   []sim.Ref // of what the leavers own
	hash   string    // of everything else
	emails map[string]bool
	own    []sim.Kind // that the story itself changes

	leavers []string // the app's ids
}

// inScope are the counts of what runs move; untouched those of what must stay.
var (
	inScope   = []string{"contacts", "accounts", "deals_open", "tasks_scheduled", "sequences"}
	untouched = []string{"deals_closed", "tasks_completed", "tasks_skipped", "sequences_archived"}
)

// Take looks at a simulator before the leavers, by email, leave.
func Take(app *sim.Simulator, leavers ...string) (*Picture, error) {
	state := app.State()
	p := &Picture{app: app, counts: state.Counts, emails: map[string]bool{}}
	for _, email := range leavers {
		for _, kind := range []sim.Kind{sim.KindContact, sim.KindAccount, sim.KindDeal, sim.KindTask, sim.KindSequence, sim.KindList, sim.KindWorkflow} {
			ids, err := app.Owned(kind, email)
			if err != nil {
				return p, fmt.Errorf("look at %s: %w", kind, err)
			}
			for _, id := range ids {
				p.refs = append(p.refs, sim.Ref{Kind: kind, ID: id})
			}
		}
		id := userID(app, email)
		p.leavers = append(p.leavers, id)
		boxes := map[string]bool{}
		for _, m := range state.Mailboxes {
			boxes[m.ID] = m.UserID == id
		}
		for _, e := range state.Emails {
			if boxes[e.MailboxID] && e.Fate == "scheduled" {
				p.emails[e.ID] = true
			}
		}
	}
	p.hash = p.others()
	return p, nil
}

// others hashes every record that is no leaver's. Users, mailboxes, emails,
// seats, the CRM's user, and what the story names change by its own acts and are
// looked at one by one.
func (p *Picture) others() string {
	return p.app.HashExcept(sim.HashFilter{Except: p.refs,
		Kinds: append([]sim.Kind{sim.KindUser, sim.KindMailbox, sim.KindEmail, sim.KindPlan, sim.KindCRM}, p.own...)})
}

// Except leaves kinds of records to the story, which changes them itself.
func (p *Picture) Except(kinds []sim.Kind) {
	p.own = kinds
	p.hash = p.others()
}

// CheckOthers wants every record that is no leaver's as it was.
func (p *Picture) CheckOthers() error {
	if p.others() != p.hash {
		return errors.New("a record that is no leaver's was changed")
	}
	return nil
}

// CheckLeaver wants nothing in scope left with a leaver, everything else of
// theirs as it was, and no way in.
func (p *Picture) CheckLeaver(email string) error {
	state, id := p.app.State(), userID(p.app, email)
	var errs []error
	for _, kind := range inScope {
		if n := state.Counts[kind][id]; n != 0 {
			errs = append(errs, fmt.Errorf("%d %s are still the leaver's", n, kind))
		}
	}
	for _, kind := range untouched {
		if got, was := state.Counts[kind][id], p.counts[kind][id]; got != was {
			errs = append(errs, fmt.Errorf("%s went from %d to %d though they stay", kind, was, got))
		}
	}
	for _, u := range state.Users {
		if u.ID == id && u.Active {
			errs = append(errs, errors.New("the leaver can still log in"))
		}
	}
	for _, m := range state.Mailboxes {
		if m.UserID == id && m.Linked {
			errs = append(errs, errors.New("a mailbox of the leaver is still linked"))
		}
	}
	return errors.Join(errs...)
}

// Lost names the emails that were scheduled from a leaver's mailbox and will
// never be sent.
func (p *Picture) Lost() []string {
	var lost []string
	for _, e := range p.app.State().Emails {
		if p.emails[e.ID] && (e.Fate == "failed" || e.Fate == "cancelled") {
			lost = append(lost, e.ID)
		}
	}
	return lost
}

// Owned tells whether a record was a leaver's.
func (p *Picture) Owned(kind sim.Kind, id string) bool {
	return slices.Contains(p.refs, sim.Ref{Kind: kind, ID: id})
}

// Moves is how many records of the leavers are to change hands through the API.
func (p *Picture) Moves() int {
	n := 0
	for _, kind := range inScope {
		for _, leaver := range p.leavers {
			n += p.counts[kind][leaver]
		}
	}
	return n
}
