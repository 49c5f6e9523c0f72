package slackapp

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

// slackUser is a person as users.info tells of them. A flag that is absent stays
// nil: it is not the same as no.
type slackUser struct {
	ID               string `json:"id"`
	Team             string `json:"team_id"`
	Deleted          *bool  `json:"deleted"`
	IsBot            *bool  `json:"is_bot"`
	IsRestricted     *bool  `json:"is_restricted"`
	IsUltra          *bool  `json:"is_ultra_restricted"`
	IsStranger       *bool  `json:"is_stranger"`
	IsWorkflowBot    *bool  `json:"is_workflow_bot"`
	IsConnectorBot   *bool  `json:"is_connector_bot"`
	IsEmailConfirmed *bool  `json:"is_email_confirmed"`
	Profile          struct {
		Email string `json:"email"`
	} `json:"profile"`
	EnterpriseUser *struct {
		Enterprise string   `json:"enterprise_id"`
		Teams      []string `json:"teams"`
	} `json:"enterprise_user"`
}

// why is a word for the audit log: the reason for which somebody in Slack is not
// taken for a person here.
type why string

const (
	whyMissing    why = "not-in-slack"
	whyDeleted    why = "deactivated"
	whyBot        why = "bot"
	whyGuest      why = "guest"
	whyStranger   why = "external"
	whyElsewhere  why = "other-workspace"
	whyUnclear    why = "facts-missing"
	whyUnverified why = "email-unverified"
)

var whyTexts = map[why]string{
	whyMissing:    "Slack does not know your account: nothing was done",
	whyDeleted:    "this account in Slack is deactivated: nothing was done",
	whyBot:        "bots cannot decide here: nothing was done",
	whyGuest:      "guests of this workspace cannot decide here: ask somebody who is asked as well, or an administrator",
	whyStranger:   "people of other companies cannot decide here: nothing was done",
	whyElsewhere:  "your account belongs to another workspace: use the one where Handover is installed",
	whyUnclear:    "Slack does not tell enough about your account, so nothing was done: ask an administrator",
	whyUnverified: "the email of your account in Slack is not verified: verify it, or ask an administrator to name your Slack id in the policy file",
}

func (w why) text() string { return whyTexts[w] }

func is(flag *bool) bool { return flag != nil && *flag }

// refused tells why this user cannot be taken for a person here, whoever they
// are, or "". What Slack does not say about deactivation, bots and guests counts
// against them: unknown is not no. is_stranger, is_workflow_bot and
// is_connector_bot are only sent where they hold; strangers are told by their
// workspace.
func (u slackUser) refused(self Self) why {
	switch {
	case u.ID == "":
		return whyMissing
	case is(u.Deleted):
		return whyDeleted
	case is(u.IsBot), u.ID == "USLACKBOT", is(u.IsWorkflowBot), is(u.IsConnectorBot):
		return whyBot
	case is(u.IsStranger):
		return whyStranger
	case !u.ofHome(self):
		return whyElsewhere
	case is(u.IsRestricted), is(u.IsUltra):
		return whyGuest
	case u.Deleted == nil, u.IsBot == nil, u.IsRestricted == nil, u.IsUltra == nil:
		return whyUnclear
	}
	return ""
}

// ofHome tells whether a user belongs to the workspace of the installation, or
// to its organisation with access to that workspace.
func (u slackUser) ofHome(self Self) bool {
	if u.Team != "" && u.Team == self.Team {
		return true
	}
	e := u.EnterpriseUser
	return self.Enterprise != "" && e != nil && e.Enterprise == self.Enterprise && slices.Contains(e.Teams, self.Team)
}

// refusedToBind adds what counts only the first time: that Slack has verified
// the email. An absent flag is not a verification.
func (u slackUser) refusedToBind(self Self, email string) why {
	if w := u.refused(self); w != "" {
		return w
	}
	if !is(u.IsEmailConfirmed) || u.Profile.Email == "" || email != "" && domain.NormalEmail(u.Profile.Email) != domain.NormalEmail(email) {
		return whyUnverified
	}
	return ""
}

func (s Self) chatUser(id string) store.ChatUser { return store.ChatUser{Team: s.Home(), User: id} }

// How old facts about a user may be: for a decision, and for sending something.
const (
	clickAge   = 60 * time.Second
	addressAge = 10 * time.Minute
)

// known keeps facts about users for a short time. Whoever was refused is looked
// at anew each time.
type known struct {
	mu    sync.Mutex
	facts map[string]knownUser
	asked [64]sync.Mutex // so that many clicks of one person ask once
}

type knownUser struct {
	user slackUser
	at   time.Time
}

func (k *known) get(id string, age time.Duration) (slackUser, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	found, ok := k.facts[id]
	return found.user, ok && time.Since(found.at) < age
}

func (k *known) put(u slackUser) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.facts == nil || len(k.facts) > 10000 {
		k.facts = map[string]knownUser{}
	}
	k.facts[u.ID] = knownUser{user: u, at: time.Now()}
}

// asking is the lock under which Slack is asked about a user.
func (k *known) asking(id string) *sync.Mutex {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return &k.asked[h.Sum32()%uint32(len(k.asked))]
}

func (k *known) drop(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.facts, id)
}

// factsWithin asks Slack about a user, unless that was done lately and nothing
// spoke against them.
func (x *Door) factsWithin(ctx context.Context, id string, age time.Duration) (slackUser, error) {
	if u, ok := x.known.get(id, age); ok {
		return u, nil
	}
	self, err := x.Client.Self(ctx)
	if err != nil {
		return slackUser{}, err
	}
	lock := x.known.asking(id)
	lock.Lock()
	defer lock.Unlock()
	if u, ok := x.known.get(id, age); ok {
		return u, nil
	}
	u, err := x.Client.user(ctx, id)
	if errors.Is(err, domain.ErrNotFound) {
		x.known.drop(id)
		return slackUser{}, nil
	}
	if err != nil {
		return u, err
	}
	if u.ID != id || u.refused(self) != "" {
		x.known.drop(id)
		if u.ID != id { // an answer about somebody else says nothing about this one
			return slackUser{}, nil
		}
		return u, nil
	}
	x.known.put(u)
	return u, nil
}

// who finds out which person acted, from the id in what Slack delivered, at this
// moment. A refusal is in the audit log already; any other error says that
// nobody can tell now, and nothing is decided.
func (x *Door) who(ctx context.Context, a act) (desk.Actor, error) {
	self, err := x.Client.Self(ctx)
	if err != nil {
		return desk.Actor{}, err
	}
	chat := self.chatUser(a.User)
	refuse := func(w why) (desk.Actor, error) {
		return desk.Actor{}, x.Desk.RefuseStranger(ctx, chat, string(w), w.text())
	}
	if a.Team != self.Team && (self.Enterprise == "" || a.Enterprise != self.Enterprise) {
		return refuse(whyElsewhere)
	}
	facts, err := x.factsWithin(ctx, a.User, clickAge)
	if err != nil {
		return desk.Actor{}, err
	}
	if w := facts.refused(self); w != "" {
		return refuse(w)
	}
	person, err := x.Desk.PersonByChat(ctx, chat)
	if errors.Is(err, domain.ErrNotFound) {
		if w := facts.refusedToBind(self, ""); w != "" {
			return refuse(w)
		}
		person, err = x.Desk.BindChat(ctx, chat, facts.Profile.Email)
	}
	return desk.Actor{Person: person, Channel: domain.ChannelSlack}, err
}
