package domain

import "time"

// RecordKind is a kind of thing in an app that has an owner.
type RecordKind string

// The kinds that the first connectors know. A connector may add its own.
const (
	Contacts  RecordKind = "contacts"
	Accounts  RecordKind = "accounts"
	Deals     RecordKind = "deals"
	Tasks     RecordKind = "tasks"
	Sequences RecordKind = "sequences"
)

// RecordScope says which records of a kind a plan moves.
type RecordScope string

// Scopes. "Open" leaves closed deals, finished tasks and archived sequences
// where they are, because commissions and history hang on them.
const (
	ScopeOpen RecordScope = "open"
	ScopeAll  RecordScope = "all"
	ScopeNone RecordScope = "none"
)

// RecordRule tells how a connector can move one kind of record.
type RecordRule struct {
	Kind      RecordKind    `json:"kind"`
	BatchSize int           `json:"batch_size"` // records per write call
	IndexLag  time.Duration `json:"index_lag"`  // how long a listing may lag behind a write
	Bulk      bool          `json:"bulk"`       // one call moves many
	Parallel  int           `json:"parallel"`   // write calls at once, 0 or 1 for one after the other
}

// Record is one owned thing with the state that must be known before it is
// moved: to echo what a partial update would reset, and to undo.
type Record struct {
	ID      string            `json:"id"`
	Owner   AccountID         `json:"owner"`
	Open    bool              `json:"open"`              // in ScopeOpen
	Account string            `json:"account,omitempty"` // the account record it belongs to
	Before  map[string]string `json:"before,omitempty"`  // fields that a write must repeat, by the app's names
}

// RecordPage is one page of a listing of an owner's records.
type RecordPage struct {
	Records   []Record `json:"records"`    // already filtered again on owner: an app may ignore a filter
	Next      string   `json:"next"`       // cursor of the next page, empty after the last
	Total     int      `json:"total"`      // the app's own total for what was asked, -1 when it gives none
	Seen      int      `json:"seen"`       // rows on this page before filtering again
	Filtered  bool     `json:"filtered"`   // the app confirmed that the owner filter took effect
	Truncated bool     `json:"truncated"`  // the app shows no more than this, though there is more
	RequestID string   `json:"request_id"` // the app's id of the request
}

// Moved is the app's own answer to a write: who owns what now.
type Moved struct {
	Owners    map[string]AccountID `json:"owners"` // by record id, only those the answer named
	RequestID string               `json:"request_id"`
}
