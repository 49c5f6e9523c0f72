package apollo

import (
	"net/http"
	"slices"
)

func (a *admin) usersPage(_ *http.Request, p *page) bool {
	p.Title = "Users"
	p.countDeactivated()
	return true
}

func (p *page) countDeactivated() {
	for _, u := range p.State.Users {
		if !u.Active {
			p.Deactivated++
		}
	}
}

// pickUser finds the user that the path names.
func (p *page) pickUser(r *http.Request) bool {
	i := slices.IndexFunc(p.State.Users, func(u UserState) bool { return u.ID == r.PathValue("id") })
	if i < 0 {
		return false
	}
	p.User = p.State.Users[i]
	p.Title = p.User.Name
	return true
}

func (a *admin) userPage(r *http.Request, p *page) bool {
	if !p.pickUser(r) {
		return false
	}
	for _, m := range p.State.Mailboxes {
		if m.UserID == p.User.ID {
			p.Mailboxes = append(p.Mailboxes, m)
		}
	}
	for _, m := range p.State.Emails {
		if m.Fate == emailScheduled && slices.ContainsFunc(p.Mailboxes, func(b MailboxState) bool { return b.ID == m.MailboxID }) {
			p.Scheduled++
		}
	}
	for _, kind := range []string{"contacts", "accounts", "deals_open", "deals_closed", "tasks_scheduled", "sequences"} {
		p.Owned = append(p.Owned, ownedCount{kind, p.State.Counts[kind][p.User.ID]})
	}
	return true
}

// confirmPage is the second step of shutting a user out or letting one in.
func (a *admin) confirmPage(r *http.Request, p *page) bool {
	p.Act = r.PathValue("act")
	return (p.Act == "deactivate" || p.Act == "reactivate") && p.pickUser(r)
}

func (a *admin) planPage(_ *http.Request, p *page) bool {
	p.Title = "Plan overview"
	p.MinSeats = minSeats(p.State.Plan.Plan)
	p.countDeactivated()
	return true
}

func (a *admin) plainPage(title string) func(*http.Request, *page) bool {
	return func(_ *http.Request, p *page) bool {
		p.Title = title
		return true
	}
}

// NameOf is for templates: who an id stands for.
func (p *page) NameOf(id string) string {
	for _, u := range p.State.Users {
		if u.ID == id {
			return u.Name
		}
	}
	return "nobody"
}

// ActiveUsers is for templates: who can be given something.
func (p *page) ActiveUsers() []UserState {
	return slices.DeleteFunc(slices.Clone(p.State.Users), func(u UserState) bool { return !u.Active })
}

// Forwardable is for templates: the mailboxes that can take over from one that is unlinked.
func (p *page) Forwardable(except string) []MailboxState {
	active := map[string]bool{}
	for _, u := range p.ActiveUsers() {
		active[u.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(p.State.Mailboxes), func(m MailboxState) bool {
		return !m.Linked || m.ID == except || !active[m.UserID]
	})
}

// Waiting is for templates: the emails not sent yet.
func (p *page) Waiting() []EmailState {
	return slices.DeleteFunc(slices.Clone(p.State.Emails), func(m EmailState) bool { return m.Fate != emailScheduled })
}

// PendingInvites is for templates: the invites nobody has answered.
func (p *page) PendingInvites() []InviteState {
	return slices.DeleteFunc(slices.Clone(p.State.Invites), func(i InviteState) bool { return i.Status != invitePending })
}

// ProfileName is for templates.
func (p *page) ProfileName(id string) string {
	known, _ := profileByID(id)
	return known.Name
}

// Address is for templates: a mailbox's address.
func (p *page) Address(id string) string {
	for _, m := range p.State.Mailboxes {
		if m.ID == id {
			return m.Email
		}
	}
	return ""
}

// FreeSeats is for templates: bought and not occupied.
func (p *page) FreeSeats() int { return p.State.Plan.Seats - p.State.Occupied }
