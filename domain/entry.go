package domain

import "time"

// Entry is what one activity, or one command, leaves in the store, written
// whole in one transaction or not at all. Writing the same entry twice changes
// nothing: rows are keyed by derived ids and events by their key.
type Entry struct {
	RunState   RunState // "" leaves the run's state alone
	RunWhy     string
	Run        string
	LastMoment *LastMoment
	CutNow     bool
	Steps      []StepRecord
	Plan       *Plan
	Snapshot   *Snapshot
	Approvals  []Approval
	Tasks      []Task
	Notices    []Notice
	Claims     []Claim // only to settle or release; making one goes through the guard's own transaction
	Seats      []SeatEntry
	CutOff     *CutOffTime
	Departure  *Departure
	Pictures   []StepPicture
	SignIn     *KeptSignIn // the first one of a run and app stays
	Invites    []Invite
	Grants     []Grant
	Links      []AccountLink // accounts that were found to be people's
	Events     []AuditEvent
	About      []string // what else changed, as the messages about it name it
}

// AccountLink ties a person to their account in an app, by the app's own id.
type AccountLink struct {
	App     AppID
	Person  PersonID
	Account AccountID
}

// TransferKey names the movement of one kind of record in one app of one run.
// Undo and From separate it from the transfers that put the records back.
type TransferKey struct {
	Run  string     `json:"run"`
	App  AppID      `json:"app"`
	Kind RecordKind `json:"kind"`
	Undo bool       `json:"undo"`
	From AccountID  `json:"from,omitempty"` // for undo: from whom they are taken back
}

// TransferPhase is where a transfer stands.
type TransferPhase string

// Phases of a transfer.
const (
	TransferCollecting TransferPhase = "collecting"
	TransferWriting    TransferPhase = "writing"
	TransferClosing    TransferPhase = "closing"
	TransferDone       TransferPhase = "done"
)

// Transfer is the progress of a transfer. Ids and cursor live in the store,
// never in history.
type Transfer struct {
	Key       TransferKey   `json:"key"`
	Phase     TransferPhase `json:"phase"`
	Cursor    string        `json:"cursor"`
	Total     int           `json:"total"` // the app's own total at the first page, -1 none
	Seen      int           `json:"seen"`  // rows read while collecting
	Collected int           `json:"collected"`
	Sent      int           `json:"sent"` // written without a known answer
	MovedN    int           `json:"moved"`
	Foreign   int           `json:"foreign"` // no longer the leaver's when read again
	Round     int           `json:"round"`   // closing listings that found something left
	Empty     int           `json:"empty"`   // closing listings in a row that found nothing
	EmptyAt   time.Time     `json:"empty_at"`
	Canary    bool          `json:"canary"` // the first few were moved and checked
	RequestID string        `json:"request_id"`
}

// ItemState is where one record of a transfer stands.
type ItemState string

// States of a record in a transfer.
const (
	ItemCollected ItemState = "collected"
	ItemSent      ItemState = "sent"  // the call went out; whether it was applied is not known
	ItemMoved     ItemState = "moved" // the app's echo or listing says so
	ItemForeign   ItemState = "foreign"
)

// TransferItem is one record of a transfer with what undo needs.
type TransferItem struct {
	Record Record    `json:"record"`
	To     AccountID `json:"to"`
	State  ItemState `json:"state"`
}
