package domain

import "time"

// The steps of joining and of changing role. They are the same in every app; what
// an app cannot do is a person's task, and what it does not show is attested.
const (
	StepFindSeat   StepKey = "find-seat"
	StepInvite     StepKey = "invite"
	StepOpenSignIn StepKey = "open-sign-in"
	StepAccept     StepKey = "accept"
	StepRole       StepKey = "role"
	StepBookSeat   StepKey = "book-seat"
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
			StepSpec{Key: StepRole, Title: "See that the role is the one that was granted", Phase: PhaseRole, Capability: CanChangeRole, ReadBack: ReadBackRole, Instruction: words.role})
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
		Destructive: true, Undo: true, Instruction: words.role})
	if words.seats {
		book.Steps = append(book.Steps, StepSpec{Key: StepBookSeat, Title: "Book the seat", Phase: PhaseSeats, ReadBack: ReadBackNone})
	}
	return book, true
}

// StepOf finds a step of any of an app's procedures. Keys mean the same in all.
func StepOf(kind string, key StepKey) (StepSpec, bool) {
	for _, of := range []func(string) (Runbook, bool){RunbookFor, JoiningFor, RoleChangeFor} {
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
	KindManual: {hidden: true,
		invite: "Give the person access to this app with the role named here.",
		role:   "Give the person the role named here.",
		look:   "Look first, because Handover cannot: whether the person has a user here already. If so, set the role instead of inviting them. Say in the proof what you saw."},
}

// InviteState is where an invite stands.
type InviteState string

// States of an invite.
const (
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
func (i Invite) Open() bool { return i.State == InvitePending || i.State == InviteExpired }

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
