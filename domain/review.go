package domain

import (
	"strconv"
	"time"
)

// ReviewState is where an access review stands.
type ReviewState string

// States of a review. One that privileged lines keep open is never called complete.
const (
	ReviewCollecting  ReviewState = "collecting"   // who is there is read and written down
	ReviewBlocked     ReviewState = "blocked"      // what it would rest on is stale or cut short
	ReviewDeciding    ReviewState = "deciding"     // reviewers decide
	ReviewCarryingOut ReviewState = "carrying_out" // removals and changes are under way, or lines are overdue
	ReviewComplete    ReviewState = "complete"     // every line decided, every decision carried out and read back
	ReviewExceptions  ReviewState = "ended_with_exceptions"
	ReviewRetracted   ReviewState = "retracted" // taken back before anybody was asked to decide
)

// Ended tells whether nothing of a review may change any more.
func (s ReviewState) Ended() bool {
	return s == ReviewComplete || s == ReviewExceptions || s == ReviewRetracted
}

// Review is one campaign: everybody in one app, frozen at one moment, decided
// line by line. Its id is that of its run.
type Review struct {
	ID         string         `json:"id"`
	App        AppID          `json:"app"`
	Period     string         `json:"period"` // "2026-Q4", "2026-11", or the date on which somebody asked for it
	State      ReviewState    `json:"state"`
	Why        string         `json:"why"`
	Requester  PersonID       `json:"requester"` // system where a schedule asked
	Settings   ReviewSettings `json:"settings"`
	Population Population     `json:"population"`
	StartedAt  time.Time      `json:"started_at"`
	OpenedAt   time.Time      `json:"opened_at"`
	DueAt      time.Time      `json:"due_at"`
	ClosedAt   time.Time      `json:"closed_at"`
	PolicyHash string         `json:"policy_hash"`
	Frozen     string         `json:"frozen"` // digest of the lines as reviewers got them
	Digest     string         `json:"digest"` // digest of lines and decisions at the end
}

// SilenceRule is what becomes of an ordinary line that nobody decided.
type SilenceRule string

// Silence rules. There is none that removes: a reviewer on holiday must not cost a
// department its access.
const (
	SilenceKeep SilenceRule = "keep" // kept, flagged as undecided
	SilenceOpen SilenceRule = "open" // stays open like a privileged line
)

// ReviewSettings are the rules of one review, frozen when it starts.
type ReviewSettings struct {
	Roles      []AppRole       `json:"roles"` // what a line's role may be changed to
	Owner      PersonID        `json:"owner"` // of the app: reviews whom nobody else can
	Backup     PersonID        `json:"backup"`
	Second     PersonID        `json:"second"`     // confirms where the reviewer also provisions
	Provision  []PersonID      `json:"provision"`  // give and take access themselves
	Fallback   []PersonID      `json:"fallback"`   // after manager, sponsor and owner
	Money      []string        `json:"money"`      // emails of those who may be here for the bills alone
	Due        time.Duration   `json:"due"`        // from opening to the end of deciding
	Reminders  []time.Duration `json:"reminders"`  // after opening
	Escalate   time.Duration   `json:"escalate"`   // after opening: managers and owner hear who is silent
	Silence    SilenceRule     `json:"silence"`    // of ordinary lines
	PeopleAge  time.Duration   `json:"people_age"` // how old HR's newest word may be
	ListAge    time.Duration   `json:"list_age"`   // how old an uploaded list may be
	Canary     int             `json:"canary"`     // so many removals go first and are verified
	AtOnce     int             `json:"at_once"`    // open runs at most
	Idle       time.Duration   `json:"idle"`       // without a trace of use for so long is idle, where use is known
	AdminsWant int             `json:"admins_want"`
}

// PopulationSource is where the people of a review come from.
type PopulationSource string

// Sources.
const (
	SourceApp    PopulationSource = "app"    // the app's own list, read through its interface
	SourceUpload PopulationSource = "upload" // a list that somebody read off the screen, with the count it showed
)

// Population proves that nobody was left out: the app's own total against the rows
// captured, and how they were read.
type Population struct {
	Source    PopulationSource `json:"source"`
	Query     string           `json:"query"` // what was asked, in the app's words
	ReadAt    time.Time        `json:"read_at"`
	Total     int              `json:"total"`    // the app's own; -1 where it gives none
	Captured  int              `json:"captured"` // rows
	Left      int              `json:"left"`     // rows that are no lines: they cannot log in
	Lines     int              `json:"lines"`
	RequestID string           `json:"request_id"`
	By        PersonID         `json:"by"`        // who uploaded it
	PeopleAt  time.Time        `json:"people_at"` // HR's newest word on anybody
	People    int              `json:"people"`    // known to HR
}

// AddsUp tells whether the rows captured are as many as the app says there are,
// and each became a line or was left for a stated reason.
func (p Population) AddsUp() bool {
	return (p.Total < 0 || p.Total == p.Captured) && p.Captured == p.Lines+p.Left
}

// ReviewVerdict is what a reviewer says of a line.
type ReviewVerdict string

// Verdicts.
const (
	ReviewKeep   ReviewVerdict = "keep"
	ReviewChange ReviewVerdict = "change_role"
	ReviewRemove ReviewVerdict = "remove"
)

// LineState is where a line of a review stands.
type LineState string

// States of a line. Exception lines are privileged and were not decided in time.
const (
	LineOpen      LineState = "open"
	LineConfirm   LineState = "confirm" // decided; a second person looks at it
	LineDecided   LineState = "decided" // and nothing is to be done, or it waits its turn
	LineCarrying  LineState = "carrying_out"
	LineDone      LineState = "done"   // carried out and read back, or kept
	LineFailed    LineState = "failed" // its run ended without it, or what was removed is back
	LineException LineState = "exception"
)

// ReviewHint is something that a reviewer sees beside a line.
type ReviewHint string

// Hints. None of them decides anything.
const (
	HintLeft     ReviewHint = "left"
	HintLeaving  ReviewHint = "leaving"
	HintUnknown  ReviewHint = "unknown_person" // HR knows nobody with this email
	HintNever    ReviewHint = "never_accepted"
	HintAdmins   ReviewHint = "many_admins" // more than the policy wants
	HintBilling  ReviewHint = "billing_only"
	HintIdle     ReviewHint = "idle" // only where the app's traces of use are known
	HintOnLeave  ReviewHint = "on_leave"
	HintStarter  ReviewHint = "new_starter"
	HintUnmapped ReviewHint = "role_unexplained" // nobody said what this role may do: it counts as privileged
	HintNew      ReviewHint = "new_since_last"
	HintRole     ReviewHint = "role_changed_since_last"
	HintBack     ReviewHint = "removed_last_time" // the last review removed this account
)

// ReviewLine is one account in a review. Email and Name are kept apart from the
// rest, so that a person can be erased.
type ReviewLine struct {
	Review     string         `json:"review"`
	No         int            `json:"no"` // from 1, in the order of the app's ids
	Account    AccountID      `json:"account"`
	Person     PersonID       `json:"person"` // "" where HR knows nobody with this email
	Email      string         `json:"email"`
	Name       string         `json:"name"`
	NameID     string         `json:"name_id"`   // salted commitment to email and name, set by the store
	Role       string         `json:"role"`      // key, as the app names it
	RoleName   string         `json:"role_name"` // as the policy calls it
	Seat       string         `json:"seat"`
	Active     Tri            `json:"active"`
	Admin      Tri            `json:"admin"`
	Privileged bool           `json:"privileged"` // admin or owner, or nobody knows that it is not
	Invited    bool           `json:"invited"`
	Seen       Tri            `json:"seen"` // used within the policy's time; unknown where the app does not show it
	SeenAt     time.Time      `json:"seen_at"`
	Hints      []ReviewHint   `json:"hints"`
	Suggest    ReviewVerdict  `json:"suggest"` // "" suggests nothing
	Reviewer   PersonID       `json:"reviewer"`
	Because    ReviewerReason `json:"because"`
	Second     PersonID       `json:"second"` // must confirm; "" where the reviewer is independent
	State      LineState      `json:"state"`
	Verdict    ReviewVerdict  `json:"verdict"` // of the newest decision
	NewRole    string         `json:"new_role"`
	Run        string         `json:"run"` // carries the decision out
	Why        string         `json:"why"` // of the state, for a reader
	SettledAt  time.Time      `json:"settled_at"`
	Given      GivenTo        `json:"given"` // with whom it lay when it was written, set by the store
}

// GivenTo is with whom a line lay when the review opened. Assignments tell how it
// came to the reviewer of now.
type GivenTo struct {
	Reviewer PersonID       `json:"reviewer"`
	Because  ReviewerReason `json:"because"`
	Second   PersonID       `json:"second"`
}

// ReviewerReason says why a line lies with its reviewer.
type ReviewerReason string

// Reasons, in the order in which somebody is looked for.
const (
	BecauseManager  ReviewerReason = "manager"
	BecauseSponsor  ReviewerReason = "sponsor"
	BecauseOwner    ReviewerReason = "app_owner"
	BecauseBackup   ReviewerReason = "app_backup"
	BecauseFallback ReviewerReason = "fallback"
	BecauseReassign ReviewerReason = "reassigned"
	BecauseNobody   ReviewerReason = "nobody" // stays open until somebody is named
)

// DecisionRule says by what rule a decision was made where no person made it.
type DecisionRule string

// Rules.
const (
	RuleSilenceKeep DecisionRule = "silence_keep"
)

// ReviewDecision is one entry of a line's history, which is only ever added to. The
// newest one holds.
type ReviewDecision struct {
	Review    string        `json:"review"`
	Line      int           `json:"line"`
	N         int           `json:"n"` // from 1
	Verdict   ReviewVerdict `json:"verdict"`
	Role      string        `json:"role"` // for change_role
	Reason    string        `json:"reason"`
	ReasonID  string        `json:"reason_id"` // salted commitment to the reason, set by the store
	By        PersonID      `json:"by"`
	ActingFor PersonID      `json:"acting_for"`
	Confirms  bool          `json:"confirms"` // the second person's word on the decision before it
	At        time.Time     `json:"at"`
	Channel   string        `json:"channel"` // page, cli, csv, api, rule
	Bulk      bool          `json:"bulk"`
	Seconds   int           `json:"seconds"` // on this line, as the page counted; -1 where nobody did
	Rule      DecisionRule  `json:"rule"`
}

// ReviewAssignment is a line that went from one reviewer to another.
type ReviewAssignment struct {
	Review string    `json:"review"`
	Line   int       `json:"line"`
	N      int       `json:"n"`
	From   PersonID  `json:"from"`
	To     PersonID  `json:"to"`
	By     PersonID  `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`

	ReasonID string `json:"reason_id"` // salted commitment to the reason, set by the store
}

// ReviewerProgress is how one reviewer stands.
type ReviewerProgress struct {
	Reviewer PersonID  `json:"reviewer"`
	Lines    int       `json:"lines"`
	Open     int       `json:"open"`    // theirs to decide
	Confirm  int       `json:"confirm"` // theirs to confirm as second person
	LastAt   time.Time `json:"last_at"` // of their newest decision
}

// ReviewCounts is how the lines of a review stand. Done, Waiting and Moving add up to
// all of them: each line is in one.
type ReviewCounts struct {
	Lines      int                   `json:"lines"`
	ByState    map[LineState]int     `json:"by_state"`
	ByVerdict  map[ReviewVerdict]int `json:"by_verdict"`  // as decided, whatever came of it
	Done       map[ReviewVerdict]int `json:"done"`        // kept, or carried out and read back
	Silent     int                   `json:"silent"`      // kept by the silence rule
	Privileged int                   `json:"privileged"`  // all of them
	OpenAdmins int                   `json:"open_admins"` // privileged and undecided
	Nobody     int                   `json:"nobody"`      // without a reviewer
}

// Waiting is how many lines a person still has to say something about.
func (c ReviewCounts) Waiting() int {
	return c.ByState[LineOpen] + c.ByState[LineConfirm] + c.ByState[LineException]
}

// Moving is how many decisions are still to be carried out.
func (c ReviewCounts) Moving() int {
	return c.ByState[LineDecided] + c.ByState[LineCarrying] + c.ByState[LineFailed]
}

// Closing is what came of a review: of all lines, those kept, removed and changed, which
// the app showed or a run stands for, those that nobody decided, and those that were
// decided and are not proven. Each line counts in one. Silent are those of the kept that
// nobody decided.
func (c ReviewCounts) Closing() map[string]string {
	return map[string]string{"lines": strconv.Itoa(c.Lines), "kept": strconv.Itoa(c.Done[ReviewKeep]), "removed": strconv.Itoa(c.Done[ReviewRemove]),
		"changed": strconv.Itoa(c.Done[ReviewChange]), "undecided": strconv.Itoa(c.Waiting()), "unproven": strconv.Itoa(c.Moving()), "silent": strconv.Itoa(c.Silent)}
}
