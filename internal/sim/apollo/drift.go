package apollo

import (
	"fmt"
	"math/rand/v2"
)

// Drift says what appears in a user's name while nobody looks.
type Drift struct {
	// Owner is an id or an email address.
	Owner     string `json:"owner"`
	Contacts  int    `json:"contacts,omitempty"`
	Accounts  int    `json:"accounts,omitempty"`
	Deals     int    `json:"deals,omitempty"`
	Tasks     int    `json:"tasks,omitempty"`
	Sequences int    `json:"sequences,omitempty"`
}

// AddDrift adds records: open deals, scheduled tasks, active sequences.
func (s *Simulator) AddDrift(d Drift) error {
	return s.actVia(ViaAdmin, "drift.add", func(a act) error {
		u := s.t.findUser(d.Owner)
		if u == nil {
			return fmt.Errorf("user %s: %w", d.Owner, ErrUnknown)
		}
		g := &seeder{
			t: s.t, now: a.now, dice: rand.New(rand.NewPCG(uint64(s.t.ids.next), 1)),
			// Names go on where the seed's ended; what is new is created now, as it would be.
			nth: int(s.t.ids.next), fresh: true,
		}
		for range d.Accounts {
			g.account(u)
		}
		for range d.Contacts {
			g.contact(u)
		}
		for range d.Deals {
			g.deal(u, false)
		}
		for range d.Sequences {
			g.sequence(u, true, false)
		}
		for range d.Tasks {
			g.task(u, taskScheduled)
		}
		n := d.Accounts + d.Contacts + d.Deals + d.Sequences + d.Tasks
		s.record(a, KindUser, u.id, "records", 0, n)
		return nil
	})
}

// AddContact adds one contact with a given owner and account, and gives its id; for tests that need a certain one.
func (s *Simulator) AddContact(ownerRef, accountID string) (string, error) {
	var id string
	err := s.actVia(ViaAdmin, "drift.add", func(a act) error {
		u := s.t.findUser(ownerRef)
		if u == nil {
			return fmt.Errorf("user %s: %w", ownerRef, ErrUnknown)
		}
		id = s.t.ids.make('c', a.now)
		s.t.contacts.add(&contact{id: id, first: "Nia", last: "Newcomer", email: "nia.newcomer@prospects.example.com",
			owner: u.id, creator: u.id, accountID: accountID, stage: contactStageCold, created: a.now, updated: a.now}, a.now)
		s.record(a, KindContact, id, "owner_id", "", u.id)
		return nil
	})
	return id, err
}

// SetOwner is what a colleague does in the pages meanwhile: it gives a contact, account, deal, task or sequence to
// another user.
func (s *Simulator) SetOwner(kind Kind, id, userRef string) error {
	return s.actVia(ViaAdmin, "records.set_owner", func(a act) error {
		u := s.t.findUser(userRef)
		if u == nil {
			return fmt.Errorf("user %s: %w", userRef, ErrUnknown)
		}
		switch {
		case kind == KindContact && s.t.contacts.get(id) != nil:
			s.giveContact(a, id, u.id)
		case kind == KindAccount && s.t.accounts.get(id) != nil:
			s.giveAccount(a, id, u.id)
		case kind == KindDeal && s.t.deals.get(id) != nil:
			s.giveDeal(a, id, u.id)
		case kind == KindTask && s.t.tasks.get(id) != nil:
			before, _ := s.t.tasks.change(id, a.now, func(r *task) { r.userID = u.id })
			s.record(a, KindTask, id, "user_id", before.userID, u.id)
		case kind == KindSequence && s.t.sequences.get(id) != nil:
			before, _ := s.t.sequences.change(id, a.now, func(q *sequence) { q.userID = u.id })
			s.record(a, KindSequence, id, "user_id", before.userID, u.id)
		default:
			return fmt.Errorf("%s %s: %w", kind, id, ErrUnknown)
		}
		return nil
	})
}
