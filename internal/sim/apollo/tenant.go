package apollo

import (
	"slices"
	"strings"
	"time"
)

// tenant is the state of one Apollo team. All access happens under the simulator's lock.
type tenant struct {
	ids       idMaker
	plan      Subscription
	users     *table[user]
	mailboxes *table[mailbox]
	contacts  *table[contact]
	accounts  *table[account]
	deals     *table[deal]
	tasks     *table[task]
	sequences *table[sequence]
	emails    *table[message]
	lists     *table[list]
	workflows *table[workflow]
	invites   *table[invite]
	calls     *table[phoneCall]
	crmUser   string
	keyMaker  string

	// due lists the rows of scheduled emails by due time; dueNext is the first one not settled yet.
	due     []int32
	dueNext int
	held    []string
	later   []postponed
}

// postponed is a change that happens by itself when its time has come.
type postponed struct {
	at time.Time
	do func(now time.Time)
}

func nobody[T any](*T) string { return "" }

func newTenant(seed uint64) *tenant {
	return &tenant{
		ids:       idMaker{seed: seed},
		users:     newTable(KindUser, func(r *user) string { return r.id }, nobody[user]),
		mailboxes: newTable(KindMailbox, func(r *mailbox) string { return r.id }, func(r *mailbox) string { return r.userID }),
		contacts:  newTable(KindContact, func(r *contact) string { return r.id }, func(r *contact) string { return r.owner }),
		accounts:  newTable(KindAccount, func(r *account) string { return r.id }, func(r *account) string { return r.owner }),
		deals:     newTable(KindDeal, func(r *deal) string { return r.id }, func(r *deal) string { return r.owner }),
		tasks:     newTable(KindTask, func(r *task) string { return r.id }, func(r *task) string { return r.userID }),
		sequences: newTable(KindSequence, func(r *sequence) string { return r.id }, func(r *sequence) string { return r.userID }),
		emails:    newTable(KindEmail, func(r *message) string { return r.id }, func(r *message) string { return r.userID }),
		lists:     newTable(KindList, func(r *list) string { return r.id }, func(r *list) string { return r.userID }),
		workflows: newTable(KindWorkflow, func(r *workflow) string { return r.id }, func(r *workflow) string { return r.owner }),
		invites:   newTable(KindInvite, func(r *invite) string { return r.id }, nobody[invite]),
		calls:     newTable(KindCall, func(r *phoneCall) string { return r.id }, func(r *phoneCall) string { return r.userID }),
	}
}

// keepReplaced makes every table remember replaced records that long.
func (t *tenant) keepReplaced(d time.Duration) {
	t.users.keep, t.mailboxes.keep, t.contacts.keep, t.accounts.keep = d, d, d, d
	t.deals.keep, t.tasks.keep, t.sequences.keep, t.emails.keep, t.lists.keep = d, d, d, d, d
}

func (t *tenant) userByEmail(email string) *user {
	for _, u := range t.users.rows {
		if u != nil && strings.EqualFold(u.email, email) {
			return u
		}
	}
	return nil
}

// findUser takes an id or an email address.
func (t *tenant) findUser(ref string) *user {
	if u := t.users.get(ref); u != nil {
		return u
	}
	return t.userByEmail(ref)
}

func (t *tenant) mailboxByRef(ref string) *mailbox {
	if m := t.mailboxes.get(ref); m != nil {
		return m
	}
	for _, m := range t.mailboxes.rows {
		if m != nil && strings.EqualFold(m.email, ref) {
			return m
		}
	}
	return nil
}

// acting is the user an API key acts as: the active admin of longest standing; nil when there is none.
func (t *tenant) acting() *user {
	var oldest *user
	for _, u := range t.users.rows {
		if u.deleted || u.profile != ProfileAdmin {
			continue
		}
		if oldest == nil || u.created.Before(oldest.created) {
			oldest = u
		}
	}
	return oldest
}

func (t *tenant) canSend(m *mailbox) bool {
	if m == nil || !m.linked {
		return false
	}
	u := t.users.get(m.userID)
	return u != nil && !u.deleted
}

// after asks for a change at a later time.
func (t *tenant) after(at time.Time, do func(now time.Time)) {
	i, _ := slices.BinarySearchFunc(t.later, at, func(p postponed, at time.Time) int {
		if p.at.After(at) {
			return 1
		}
		return -1
	})
	t.later = slices.Insert(t.later, i, postponed{at, do})
}

// schedule puts an email among those that go out by themselves.
func (t *tenant) schedule(m *message, now time.Time) {
	t.emails.add(m, now)
	row := t.emails.at[m.id]
	tail := t.due[t.dueNext:]
	i, _ := slices.BinarySearchFunc(tail, m.due, func(row int32, due time.Time) int {
		if t.emails.rows[row].due.After(due) {
			return 1
		}
		return -1
	})
	t.due = slices.Insert(t.due, t.dueNext+i, row)
}
