package api

import "time"

// Review is one access review. Counts and population are shown to those who see all
// of its lines.
type Review struct {
	ID         string             `json:"id"`
	App        string             `json:"app"`
	Period     string             `json:"period"`
	State      string             `json:"state" doc:"collecting, blocked, deciding, carrying_out, complete, ended_with_exceptions or retracted"`
	Why        string             `json:"why,omitempty"`
	Requester  Person             `json:"requester"`
	StartedAt  time.Time          `json:"started_at"`
	OpenedAt   *time.Time         `json:"opened_at,omitempty"`
	DueAt      *time.Time         `json:"due_at,omitempty"`
	ClosedAt   *time.Time         `json:"closed_at,omitempty"`
	PolicyHash string             `json:"policy_hash"`
	Frozen     string             `json:"frozen,omitempty" doc:"digest of the lines as reviewers got them"`
	Digest     string             `json:"digest,omitempty" doc:"digest of lines and decisions at the end"`
	Roles      []ReviewRole       `json:"roles" doc:"what a line's role may be changed to"`
	Population *ReviewPopulation  `json:"population,omitempty"`
	Counts     *ReviewCounts      `json:"counts,omitempty"`
	Progress   []ReviewerProgress `json:"progress" doc:"of all reviewers, or your own"`
}

// ReviewRole is a role of the app.
type ReviewRole struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// ReviewPopulation proves that nobody was left out.
type ReviewPopulation struct {
	Source    string     `json:"source" doc:"app, or upload"`
	Query     string     `json:"query"`
	ReadAt    time.Time  `json:"read_at"`
	Total     int        `json:"total" doc:"the app's own number; -1 where it gives none"`
	Captured  int        `json:"captured"`
	Left      int        `json:"left" doc:"cannot log in, and are no lines"`
	Lines     int        `json:"lines"`
	AddsUp    bool       `json:"adds_up"`
	RequestID string     `json:"request_id,omitempty"`
	By        *Person    `json:"by,omitempty" doc:"who uploaded it"`
	PeopleAt  *time.Time `json:"people_at,omitempty" doc:"HR's newest word on anybody"`
	People    int        `json:"people"`
}

// ReviewCounts is how the lines stand.
type ReviewCounts struct {
	Lines      int            `json:"lines"`
	ByState    map[string]int `json:"by_state"`
	ByVerdict  map[string]int `json:"by_verdict"`
	Silent     int            `json:"silent" doc:"kept because nobody answered"`
	Privileged int            `json:"privileged"`
	OpenAdmins int            `json:"open_admins" doc:"privileged and undecided"`
	Nobody     int            `json:"nobody" doc:"without a reviewer"`
}

// ReviewerProgress is how one reviewer stands.
type ReviewerProgress struct {
	Reviewer Person     `json:"reviewer"`
	Lines    int        `json:"lines"`
	Open     int        `json:"open"`
	Confirm  int        `json:"confirm" doc:"to confirm as second person"`
	LastAt   *time.Time `json:"last_at,omitempty"`
}

// ReviewLine is one account in a review.
type ReviewLine struct {
	Line       int        `json:"line"`
	Account    string     `json:"account"`
	Person     string     `json:"person,omitempty" doc:"id, where HR knows them"`
	Email      string     `json:"email"`
	Name       string     `json:"name,omitempty"`
	Role       string     `json:"role"`
	RoleName   string     `json:"role_name"`
	Seat       string     `json:"seat,omitempty"`
	Privileged bool       `json:"privileged"`
	Invited    bool       `json:"invited"`
	LastUse    string     `json:"last_use" doc:"in words; never more than the app shows"`
	Hints      []string   `json:"hints"`
	Suggest    string     `json:"suggest,omitempty"`
	Reviewer   Person     `json:"reviewer"`
	Because    string     `json:"because" doc:"why this reviewer"`
	Second     *Person    `json:"second,omitempty" doc:"confirms, because the reviewer also gives access"`
	Confirms   bool       `json:"confirms" doc:"you are the second person of this line"`
	State      string     `json:"state"`
	Verdict    string     `json:"verdict,omitempty"`
	NewRole    string     `json:"new_role,omitempty"`
	Decision   int        `json:"decision,omitempty" doc:"of a line that you confirm, or that was sent back to you: n of the decision that stands; confirm and send_back name it as seen"`
	DecidedBy  string     `json:"decided_by,omitempty" doc:"who made this decision"`
	Reason     string     `json:"reason,omitempty" doc:"of this decision"`
	Run        string     `json:"run,omitempty" doc:"carries the decision out"`
	Why        string     `json:"why,omitempty"`
	SettledAt  *time.Time `json:"settled_at,omitempty"`
}

// ReviewLines is a page of lines.
type ReviewLines struct {
	Lines []ReviewLine `json:"lines"`
	Next  int          `json:"next" doc:"ask again with after=this; 0 at the end"`
}

// ReviewDecision is one entry of a line's history; the newest one holds.
type ReviewDecision struct {
	N         int       `json:"n"`
	Verdict   string    `json:"verdict"`
	Role      string    `json:"role,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	By        Person    `json:"by"`
	ActingFor *Person   `json:"acting_for,omitempty"`
	Confirms  bool      `json:"confirms" doc:"a second person's word on the decision before it"`
	At        time.Time `json:"at"`
	Channel   string    `json:"channel"`
	Bulk      bool      `json:"bulk"`
	Seconds   int       `json:"seconds" doc:"on this line; -1 where nobody counted"`
	Rule      string    `json:"rule,omitempty" doc:"by what rule, where no person decided"`
}

// ReviewBody asks for an access review. A list goes with apps that show Handover
// nobody.
type ReviewBody struct {
	App    string    `json:"app" maxLength:"100"`
	Period string    `json:"period,omitempty" maxLength:"40" pattern:"^[A-Za-z0-9-]*$" doc:"today's date when empty"`
	Reason string    `json:"reason,omitempty" maxLength:"2000"`
	CSV    string    `json:"csv,omitempty" doc:"with a header: email, name, role, and where shown status, account"`
	Count  int       `json:"count,omitempty" minimum:"0" doc:"the number of users that the screen shows"`
	ReadAt time.Time `json:"read_at,omitempty,omitzero" doc:"when it was read off the screen; now when empty"`
}

// ReviewStarted is the review that stands for a request.
type ReviewStarted struct {
	Review  Review `json:"review"`
	Created bool   `json:"created" doc:"false when a review of this app was open before"`
}

// ReviewChoice decides one line.
type ReviewChoice struct {
	Line    int    `json:"line" minimum:"1"`
	Verdict string `json:"verdict" enum:"keep,remove,change_role,confirm,send_back" doc:"the last two are a second person's word"`
	Role    string `json:"role,omitempty" maxLength:"200" doc:"key or name, for change_role"`
	Reason  string `json:"reason,omitempty" maxLength:"2000"`
	Bulk    bool   `json:"bulk,omitempty" doc:"decided together with others, with one reason"`
	Seen    int    `json:"seen,omitempty" minimum:"0" doc:"confirm and send_back need it: number of the decision that you looked at (decision of the line); where another one stands it is refused"`
}

// ReviewAnswer tells what came of decisions.
type ReviewAnswer struct {
	Applied int             `json:"applied"`
	Refused []ReviewRefusal `json:"refused"`
	Left    int             `json:"left" doc:"lines that still wait for you"`
}

// ReviewRefusal is a line that was not decided.
type ReviewRefusal struct {
	Line int    `json:"line" doc:"0 where it is about several"`
	Why  string `json:"why"`
}
