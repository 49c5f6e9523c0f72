package domain

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The steps of joining and of changing role. They are the same in every app; what
// an app cannot do is a person's task, and what it does not show is attested.
const (
	StepFindSeat   StepKey = "find-seat"
	StepInvite     StepKey = "invite"
	StepOpenSignIn StepKey = "open-sign-in"
	StepAccept     StepKey = "accept"
	StepRole       StepKey = "role"
	StepBookSeat   StepKey = "book-seat"
	StepRevoke     StepKey = "revoke-invite"
)

// The phases of joining and of changing role.
const (
	PhaseSeatFirst Phase = "seat_first" // is there one, and what does it cost
	PhaseInvite    Phase = "invite"
	PhaseRole      Phase = "role"
)

// Ways to read back that somebody is there.
const (
	ReadBackInvited ReadBack = "invited" // an invite is pending, or the account is there
	ReadBackJoined  ReadBack = "joined"  // the account is there and can log in
	ReadBackRole    ReadBack = "role"    // the account has the role
	ReadBackGiven   ReadBack = "given"   // the identity provider gives the app
)

// Capabilities of joining.
const (
	CanInvite     Capability = "account.invite"
	CanListInvite Capability = "invite.list"
	CanGiveSignIn Capability = "sign_in.give"
)

// JoiningFor is the procedure of joining one kind of app.
func JoiningFor(kind string) (Runbook, bool) {
	words, ok := joinWords[kind]
	if !ok {
		return Runbook{}, false
	}
	book := Runbook{Kind: kind}
	if words.seats {
		book.Steps = append(book.Steps, StepSpec{Key: StepFindSeat, Title: "Find a seat", Phase: PhaseSeatFirst, ReadBack: ReadBackNone, Instruction: words.buy})
	}
	book.Steps = append(book.Steps,
		StepSpec{Key: StepOpenSignIn, Title: "Open the sign-in", Phase: PhaseInvite, Capability: CanGiveSignIn, ReadBack: ReadBackGiven, Optional: true,
			Instruction: "In the identity provider's admin console give this app to the person."},
		StepSpec{Key: StepInvite, Title: "Invite", Phase: PhaseInvite, Capability: CanInvite, ReadBack: words.shown(ReadBackInvited), Instruction: words.invite, LookFirst: words.look})
	if !words.hidden {
		book.Steps = append(book.Steps,
			StepSpec{Key: StepAccept, Title: "Wait until the invite is accepted", Phase: PhaseInvite, ReadBack: ReadBackJoined},
			StepSpec{Key: StepRole, Title: "See that the role is the one that was granted", Phase: PhaseRole, Capability: CanChangeRole, ReadBack: ReadBackRole, Instruction: words.role, LookFirst: words.last})
	}
	return book, true
}

// RoleChangeFor is the procedure of changing somebody's role in one kind of app.
func RoleChangeFor(kind string) (Runbook, bool) {
	words, ok := joinWords[kind]
	if !ok {
		return Runbook{}, false
	}
	book := Runbook{Kind: kind}
	if words.seats {
		book.Steps = append(book.Steps, StepSpec{Key: StepFindSeat, Title: "Find a seat", Phase: PhaseSeatFirst, ReadBack: ReadBackNone, Instruction: words.buy})
	}
	if words.crm != "" {
		book.Steps = append(book.Steps, StepSpec{Key: StepCRM, Title: "Move the CRM sync credentials", Phase: PhaseRole, Capability: CanMoveCRMCredentials, ReadBack: ReadBackNone, Instruction: words.crm})
	}
	book.Steps = append(book.Steps, StepSpec{Key: StepRole, Title: "Change the role", Phase: PhaseRole, Capability: CanChangeRole, ReadBack: words.shown(ReadBackRole),
		Destructive: true, Undo: true, Instruction: words.role, LookFirst: words.last})
	if words.seats {
		book.Steps = append(book.Steps, StepSpec{Key: StepBookSeat, Title: "Book the seat", Phase: PhaseSeats, ReadBack: ReadBackNone})
	}
	return book, true
}

// RevokingFor takes an invite back. Two people stand for it: a list in which an
// invite is missing does not prove that its link is dead.
func RevokingFor(kind string) (Runbook, bool) {
	_, ok := joinWords[kind]
	return Runbook{Kind: kind, Steps: []StepSpec{{Key: StepRevoke, Title: "Revoke the invite", Phase: PhaseInvite, ReadBack: ReadBackNone,
		Instruction: "Look first, whether an invite of this person is pending, and take it back, so that it can no longer be accepted. If they have accepted already, say that it cannot be done."}}}, ok
}

// StepOf finds a step of any of an app's procedures. Keys mean the same in all.
func StepOf(kind string, key StepKey) (StepSpec, bool) {
	for _, of := range []func(string) (Runbook, bool){RunbookFor, JoiningFor, RoleChangeFor, RevokingFor} {
		if book, ok := of(kind); ok {
			if spec, ok := book.Step(key); ok {
				return spec, true
			}
		}
	}
	return StepSpec{}, false
}

// joinWord is what differs between kinds of apps when somebody joins.
type joinWord struct {
	seats                        bool // seats are paid and counted
	hidden                       bool // the app shows Handover nobody
	buy, invite, role, look, crm string
	last                         string // what a person looks at before a role is taken away, where no guard can
}

func (w joinWord) shown(r ReadBack) ReadBack {
	if w.hidden {
		return ReadBackNone
	}
	return r
}

// What people do, from the vendors' own guides, in our words.
var joinWords = map[string]joinWord{
	KindApolloIO: {seats: true,
		buy:    "Settings > Plan overview > Manage subscription: add one paid seat. It is charged at once. Note the number that the page shows afterwards as proof.",
		invite: "Settings > Users > New user: choose the permission profile named here, enter the person's work email, Send invites. To send it once more, do the same again.",
		role:   "Settings > Users: open the person, set the permission profile named here and save.",
		crm:    "Integrations: if the person is the team's sync user, connect somebody with a full seat instead, before the role changes."},
	KindSCIM: {
		invite: "In the app's own settings for users add the person with the role named here.",
		role:   "In the app's own settings for users give the person the role named here."},
	KindApolloSpace: {
		invite: "Settings > Members > Invite: enter the person's work email, choose the role named here, Send invite; only Owners and Admins see the button. The link can be used once and for seven days. Look in Pending first: on a row that is there, Resend makes a new link and ends the old one, changing the role does the same with the new role, and Cancel revokes it. Then upload both lists: `handover members import`.",
		role:   "Settings > Members: choose the role named here in the menu of the person's row, and confirm. Only an Owner makes somebody an Owner, or changes the role of one. Then upload the member list: `handover members import`.",
		last:   spaceRoleLookFirst},
	KindManual: {hidden: true,
		invite: "Give the person access to this app with the role named here.",
		role:   "Give the person the role named here.",
		look:   "Look first, because Handover cannot: whether the person has a user here already. If so, set the role instead of inviting them. Say in the proof what you saw.",
		last:   "Look first, because Handover cannot: whether the person is the last one with the right to administer users. If they would lose it, give that right to somebody else before you go on. Say in the proof what you saw."},
}

// InviteState is where an invite stands.
type InviteState string

// States of an invite.
const (
	InviteSending  InviteState = "sending" // about to be sent: after a crash nobody knows whether it was
	InvitePending  InviteState = "pending"
	InviteAccepted InviteState = "accepted"
	InviteRevoked  InviteState = "revoked"
	InviteExpired  InviteState = "expired"
)

// Invite is somebody's invitation to an app. There is one for a person and an app
// in a run, however often it is sent again: each sending makes a new link and ends
// the old one where the app says so.
type Invite struct {
	ID        string      `json:"id"` // run and app
	Run       string      `json:"run"`
	App       AppID       `json:"app"`
	Person    PersonID    `json:"person"`
	Role      string      `json:"role"` // key
	RoleName  string      `json:"role_name"`
	State     InviteState `json:"state"`
	Link      int         `json:"link"` // how often it was sent
	Channel   Channel     `json:"channel"`
	SentBy    PersonID    `json:"sent_by"`
	SentAt    time.Time   `json:"sent_at"`
	ExpiresAt time.Time   `json:"expires_at"` // zero where the app does not say
	SettledAt time.Time   `json:"settled_at"`
}

// Open tells whether an invite can still be accepted.
func (i Invite) Open() bool {
	return i.State == InviteSending || i.State == InvitePending || i.State == InviteExpired
}

// Membership is how a person stands in an app, as a listing and the app's invites
// showed it.
type Membership struct {
	State     MemberState `json:"state"`
	Account   Account     `json:"account"` // where there is one
	Complete  bool        `json:"complete"`
	Hidden    bool        `json:"hidden"`
	Ambiguous int         `json:"ambiguous"` // so many accounts have the email
	RequestID string      `json:"request_id"`
}

// MemberState is one of five.
type MemberState string

// States of a membership. Unknown is a listing that was cut short, or an app that
// shows nobody.
const (
	MemberActive   MemberState = "active"
	MemberInactive MemberState = "deactivated" // is reactivated rather than invited
	MemberInvited  MemberState = "invited"
	MemberNone     MemberState = "none"
	MemberUnknown  MemberState = "unknown"
)

// SeatNeed is how a joiner, or a role that takes a paid seat, stands to one.
type SeatNeed string

// Needs. Unknown is where the seats bought, or who sits on them, is not known: it
// is decided like a purchase, because it may be one.
const (
	SeatNone    SeatNeed = "none" // the role takes none
	SeatFree    SeatNeed = "free"
	SeatBuy     SeatNeed = "buy"
	SeatUnknown SeatNeed = "unknown"
)

// Costs tells that money may be charged.
func (n SeatNeed) Costs() bool { return n == SeatBuy || n == SeatUnknown }

// JoinTerms is what people approve when somebody joins or changes role.
type JoinTerms struct {
	Role      string   `json:"role"` // key
	RoleName  string   `json:"role_name"`
	From      string   `json:"from,omitempty"` // key of the role until now
	FromName  string   `json:"from_name,omitempty"`
	Seat      SeatNeed `json:"seat"`
	Price     Money    `json:"price"`      // of one seat for a billing period
	PriceDate string   `json:"price_date"` // when the price was known
	Until     string   `json:"until,omitempty"`
	Gains     []string `json:"gains,omitempty"`
	Loses     []string `json:"loses,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
}

// canonical writes everything that people read before they agree.
func (t JoinTerms) canonical(line func(name, value string)) {
	for _, field := range [][2]string{{"role", t.Role}, {"role_name", t.RoleName}, {"from", t.From}, {"from_name", t.FromName}, {"seat", string(t.Seat)},
		{"price", strconv.FormatInt(t.Price.Minor, 10)}, {"currency", t.Price.Currency}, {"price_date", t.PriceDate}, {"until", t.Until}} {
		line("join."+field[0], field[1])
	}
	for _, words := range []struct {
		name string
		all  []string
	}{{"gains", t.Gains}, {"loses", t.Loses}, {"warning", t.Warnings}} {
		for _, word := range words.all {
			line("join."+words.name, word)
		}
	}
}

// Lines tells the terms in short, each a sentence.
func (t JoinTerms) Lines() []string {
	role := "Role: " + t.RoleName
	if t.From != "" {
		role = fmt.Sprintf("Role: %s instead of %s", t.RoleName, t.FromName)
	}
	lines := []string{role + "."}
	if t.Until != "" {
		lines = append(lines, "Access ends on "+t.Until+".")
	}
	price := t.Price.String()
	if t.PriceDate != "" {
		price += " a seat and period, as known on " + t.PriceDate
	}
	switch t.Seat {
	case SeatFree:
		lines = append(lines, "A paid seat is free: nothing is bought.")
	case SeatBuy:
		lines = append(lines, "A paid seat has to be bought, and is charged at once: "+price+".")
	case SeatUnknown:
		lines = append(lines, "Whether a paid seat has to be bought is not known; it would be charged at once: "+price+".")
	}
	for _, g := range t.Gains {
		lines = append(lines, "Gains: "+g+".")
	}
	for _, l := range t.Loses {
		lines = append(lines, "Loses: "+l+".")
	}
	for _, w := range t.Warnings {
		lines = append(lines, "Note: "+strings.TrimSuffix(w, ".")+".")
	}
	return lines
}

// FactApprovedBy names, in an event of joining, those whose word stands behind it.
const FactApprovedBy = "approved_by"

// Named lists people by their opaque ids for FactApprovedBy.
func Named(ids []PersonID) string {
	words := make([]string, 0, len(ids))
	for _, id := range ids {
		words = append(words, string(id))
	}
	return strings.Join(words, ",")
}

// Approvers are those whom FactApprovedBy names.
func (e AuditEvent) Approvers() []PersonID {
	var ids []PersonID
	for word := range strings.SplitSeq(e.Facts[FactApprovedBy], ",") {
		if word != "" {
			ids = append(ids, PersonID(word))
		}
	}
	return ids
}

// Grant is access that was given, for the record of who has what by which run.
// Until, where it is set, is the last moment of access that is given for a time.
type Grant struct {
	Run    string    `json:"run"`
	App    AppID     `json:"app"`
	Person PersonID  `json:"person"`
	Role   string    `json:"role"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until"`
	Ended  string    `json:"ended"` // the leaving that was started for its end, or the run that gave longer access
}

// For leaves out what a tenant does not do: the sign-in is opened only where an
// identity provider is connected, or the policy says how a person does it.
func (r Runbook) For(instructions map[StepKey]string, signIn bool) Runbook {
	own := Runbook{Kind: r.Kind}
	for _, s := range r.Steps {
		text, told := instructions[s.Key]
		switch {
		case s.Key == StepOpenSignIn && !signIn && !told:
			continue
		case s.Key == StepOpenSignIn && !signIn:
			s.ReadBack = ReadBackNone
		}
		if told {
			s.Instruction = text
		}
		own.Steps = append(own.Steps, s)
	}
	return own
}

// MembershipOf reads from a listing how a person stands in an app. Linked is the
// account that was found to be theirs before, "" is none. Somebody who is in no
// complete listing is nobody there; in half a list that is unknown.
func MembershipOf(l Listing, email string, linked AccountID) Membership {
	m := Membership{State: MemberUnknown, Complete: l.Complete, Hidden: l.Hidden, RequestID: l.RequestID,
		Account: Account{Active: Unknown, Admin: Unknown, FullSeat: Unknown}}
	if l.Hidden {
		return m
	}
	hits := l.ByEmail(email)
	if a, ok := l.ByID(linked); ok && linked != "" {
		hits = []Account{a}
	}
	switch {
	case len(hits) > 1:
		m.Ambiguous = len(hits)
	case len(hits) == 1:
		m.Account, m.State = hits[0], memberState(hits[0])
	case l.Complete:
		m.State = MemberNone
	}
	return m
}

func memberState(a Account) MemberState {
	switch {
	case a.Invited:
		return MemberInvited
	case a.Active == No:
		return MemberInactive
	case a.Active == Yes:
		return MemberActive
	}
	return MemberUnknown
}

// JoinWarnings are what an invite means that nobody can know beforehand, from the
// vendors' guides, for whoever agrees to it and for whoever sends it. facts are what
// is known of the person.
func JoinWarnings(kind string, to AppRole, facts PersonFacts) []string {
	if kind == KindApolloSpace && facts.Outside() && !strings.EqualFold(to.Key, string(SpaceViewer)) {
		return []string{"This person is from outside the company. Lawyers, accountants, board members and consultants are Viewers in Apollo Space: they see, and change nothing."}
	}
	if kind != KindApolloIO {
		return nil
	}
	warnings := []string{"Where the person's email is a user of another Apollo workspace, Apollo asks them to switch: that deactivates them there, and moves no data."}
	switch to.Seat {
	case SeatBilling:
		warnings = append(warnings, "Five Billing and Seat Managers at most, and not on every plan.")
	case SeatCallAssistant:
		warnings = append(warnings, "A Call Assistant seat is for new users only; its price is not published, and not every account has it: where Apollo's sales team sold the account, Customer Success enables it.")
	}
	return warnings
}
