package apollo

import (
	"fmt"
	"time"
)

// State is the team as an all-seeing observer finds it, whatever the API would show.
type State struct {
	Now       time.Time       `json:"now"`
	Acting    string          `json:"acting_user_id"`
	CRMUser   string          `json:"crm_user_id"`
	KeyMaker  string          `json:"key_creator_id"`
	Plan      Subscription    `json:"plan"`
	Occupied  int             `json:"seats_occupied"`
	Users     []UserState     `json:"users"`
	Mailboxes []MailboxState  `json:"mailboxes"`
	Emails    []EmailState    `json:"emails"`
	Workflows []OwnedState    `json:"workflows"`
	Lists     []OwnedState    `json:"lists"`
	Sequences []SequenceState `json:"sequences"`
	Invites   []InviteState   `json:"invites"`
	// Counts has, per kind of record, the number that each user owns. Kinds are contacts, accounts, deals_open,
	// deals_closed, tasks_scheduled, tasks_completed, tasks_skipped, sequences (not archived) and sequences_archived.
	Counts map[string]map[string]int `json:"counts"`
}

// UserState is one user.
type UserState struct {
	ID          string     `json:"id"`
	SCIMID      string     `json:"scim_id"`
	Email       string     `json:"email"`
	Name        string     `json:"name"`
	Profile     string     `json:"permission_set_id"`
	ProfileName string     `json:"profile"`
	Active      bool       `json:"active"`
	Created     time.Time  `json:"created_at"`
	Deactivated *time.Time `json:"deactivated_at,omitempty"`
}

// MailboxState is one mailbox.
type MailboxState struct {
	ID        string `json:"id"`
	UserID    string `json:"user_id"`
	Email     string `json:"email"`
	Linked    bool   `json:"linked"`
	ForwardTo string `json:"forward_to,omitempty"`
}

// EmailState is one email. Fate is scheduled, completed, failed or cancelled.
type EmailState struct {
	ID          string    `json:"id"`
	UserID      string    `json:"user_id"`
	MailboxID   string    `json:"email_account_id"`
	RehomedFrom string    `json:"rehomed_from,omitempty"`
	SequenceID  string    `json:"emailer_campaign_id"`
	Fate        string    `json:"fate"`
	Reason      string    `json:"not_sent_reason,omitempty"`
	Due         time.Time `json:"due_at"`
}

// OwnedState is a workflow or a list.
type OwnedState struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Owner string `json:"owner_id"`
}

// SequenceState is one sequence.
type SequenceState struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Owner    string `json:"user_id"`
	Active   bool   `json:"active"`
	Archived bool   `json:"archived"`
}

// InviteState is one invite.
type InviteState struct {
	ID      string    `json:"id"`
	Email   string    `json:"email"`
	Profile string    `json:"permission_set_id"`
	Status  string    `json:"status"`
	Created time.Time `json:"created_at"`
}

// State looks at everything at once.
func (s *Simulator) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.settle()
	out := State{
		Now: now, CRMUser: s.t.crmUser, KeyMaker: s.t.keyMaker, Plan: s.t.plan, Occupied: s.occupiedSeats(), Counts: s.ownedCounts(),
	}
	if u := s.t.acting(); u != nil {
		out.Acting = u.id
	}
	for _, u := range s.t.users.rows {
		out.Users = append(out.Users, u.state())
	}
	for _, m := range s.t.mailboxes.rows {
		out.Mailboxes = append(out.Mailboxes, MailboxState{m.id, m.userID, m.email, m.linked, m.forwardTo})
	}
	for _, m := range s.t.emails.rows {
		out.Emails = append(out.Emails, EmailState{m.id, m.userID, m.mailboxID, m.rehomedFrom, m.sequenceID, m.status, m.reason, m.due})
	}
	for _, w := range s.t.workflows.rows {
		out.Workflows = append(out.Workflows, OwnedState{w.id, w.name, w.owner})
	}
	for _, l := range s.t.lists.rows {
		out.Lists = append(out.Lists, OwnedState{l.id, l.name, l.userID})
	}
	for _, q := range s.t.sequences.rows {
		out.Sequences = append(out.Sequences, SequenceState{q.id, q.name, q.userID, q.active, q.archived})
	}
	for _, i := range s.t.invites.rows {
		out.Invites = append(out.Invites, InviteState{i.id, i.email, i.profile, i.status, i.created})
	}
	return out
}

func (u *user) state() UserState {
	p, _ := profileByID(u.profile)
	out := UserState{
		ID: u.id, SCIMID: scimID(u.id), Email: u.email, Name: u.name(), Profile: u.profile, ProfileName: p.Name,
		Active: !u.deleted, Created: u.created,
	}
	if u.deleted {
		out.Deactivated = &u.deactivated
	}
	return out
}

func (s *Simulator) ownedCounts() map[string]map[string]int {
	counts := map[string]map[string]int{}
	add := func(kind, owner string, n int) {
		if counts[kind] == nil {
			counts[kind] = map[string]int{}
		}
		if n > 0 {
			counts[kind][owner] += n
		}
	}
	for owner, rows := range s.t.contacts.byOwner {
		add("contacts", owner, len(rows))
	}
	for owner, rows := range s.t.accounts.byOwner {
		add("accounts", owner, len(rows))
	}
	for _, d := range s.t.deals.rows {
		kind := "deals_closed"
		if d.open() {
			kind = "deals_open"
		}
		add(kind, d.owner, 1)
	}
	for _, r := range s.t.tasks.rows {
		if r != nil {
			add("tasks_"+r.status, r.userID, 1)
		}
	}
	for _, q := range s.t.sequences.rows {
		kind := "sequences"
		if q.archived {
			kind = "sequences_archived"
		}
		add(kind, q.userID, 1)
	}
	return counts
}

// UserID finds a user by email address.
func (s *Simulator) UserID(email string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.t.userByEmail(email)
	if u == nil {
		return "", fmt.Errorf("user %s: %w", email, ErrUnknown)
	}
	return u.id, nil
}

// Owned lists the ids of the records of one kind (contact, account, deal, task, sequence, list, workflow) that a user
// (id or email address) owns, in order of creation.
func (s *Simulator) Owned(kind Kind, userRef string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	u := s.t.findUser(userRef)
	if u == nil {
		return nil, fmt.Errorf("user %s: %w", userRef, ErrUnknown)
	}
	switch kind {
	case KindContact:
		return ownedIDs(s.t.contacts, u.id), nil
	case KindAccount:
		return ownedIDs(s.t.accounts, u.id), nil
	case KindDeal:
		return ownedIDs(s.t.deals, u.id), nil
	case KindTask:
		return ownedIDs(s.t.tasks, u.id), nil
	case KindSequence:
		return ownedIDs(s.t.sequences, u.id), nil
	case KindList:
		return ownedIDs(s.t.lists, u.id), nil
	case KindWorkflow:
		return ownedIDs(s.t.workflows, u.id), nil
	}
	return nil, fmt.Errorf("records of kind %s have no owner: %w", kind, ErrUnknown)
}

func ownedIDs[T any](t *table[T], owner string) []string {
	ids := make([]string, 0, len(t.byOwner[owner]))
	for _, row := range t.byOwner[owner] {
		ids = append(ids, t.idOf(t.rows[row]))
	}
	return ids
}
