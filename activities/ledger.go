package activities

import (
	"context"

	"handover/domain"
)

// Ledger is where activities leave what happened and read what was left. The
// store is behind it.
type Ledger interface {
	// Record writes an entry whole or not at all; writing it again changes nothing.
	Record(ctx context.Context, e domain.Entry) error
	// Person finds a person. An unknown id is a fault of kind not_found.
	Person(ctx context.Context, id domain.PersonID) (domain.Person, error)
	// Run finds a run. An unknown id is a fault of kind not_found.
	Run(ctx context.Context, id string) (domain.Run, error)
	// Employments lists the employments of a person, with what HR last said of each.
	Employments(ctx context.Context, person domain.PersonID) ([]domain.Employment, error)
	// Snapshot finds what was captured of an app before a run wrote anything.
	Snapshot(ctx context.Context, run string, app domain.AppID) (domain.Snapshot, error)
	// SignIn finds how somebody had an app at the identity provider before a run took
	// it away. Nothing kept is a fault of kind not_found.
	SignIn(ctx context.Context, run string, app domain.AppID) (domain.Assignment, error)
	// Plan finds a proposed plan by its digest.
	Plan(ctx context.Context, run string, app domain.AppID, digest string) (domain.Plan, error)
	// Plans lists the proposals of a run, each app's in their order.
	Plans(ctx context.Context, run string) ([]domain.Plan, error)
	// Task finds a task by id.
	Task(ctx context.Context, id string) (domain.Task, error)
	// Steps lists the steps of a run in one app.
	Steps(ctx context.Context, run string, app domain.AppID) ([]domain.StepRecord, error)
	// AccountLink finds the account that a person was linked to in an app, and
	// "" when none is.
	AccountLink(ctx context.Context, app domain.AppID, person domain.PersonID) (domain.AccountID, error)
	// Standings tells how runs stand with one step in one app, and what HR last
	// said of their people, by run. A run that is not known is missing.
	Standings(ctx context.Context, app domain.AppID, step domain.StepKey, runs []string) (map[string]domain.Standing, error)
	// Leaving tells whether some open run is ending this person's access.
	Leaving(ctx context.Context, person domain.PersonID, except string) (bool, error)
	// Left tells whether a leaving from all apps stands, open or closed, against what
	// a run gives its person: of the run's own employment, or begun by people since.
	Left(ctx context.Context, run domain.Run) (bool, error)
	// Claim runs decide on the claims of an app that may count, with the app
	// locked, and inserts the claim when the finding is not shut. The same claim
	// a second time is the same claim.
	Claim(ctx context.Context, c domain.Claim, decide func(open []domain.Claim) domain.GuardFinding) (domain.GuardFinding, error)
	// Claims lists the claims of an app that may still count.
	Claims(ctx context.Context, app domain.AppID) ([]domain.Claim, error)
	// PauseApp notes that an app refuses our credentials. The notice
	// and the event are written the first time only: one message goes out, not
	// one per run.
	PauseApp(ctx context.Context, app domain.AppID, notice domain.Notice, event domain.AuditEvent) error
	// ResumeApp notes that the credentials work again; without a pause it does nothing.
	ResumeApp(ctx context.Context, app domain.AppID, event domain.AuditEvent) error
	// OpenTasks lists the tasks that wait for a person in an app.
	OpenTasks(ctx context.Context, app domain.AppID) ([]domain.Task, error)
	// Invite finds an invitation. An unknown id is a fault of kind not_found.
	Invite(ctx context.Context, id string) (domain.Invite, error)
	// SeatEntries lists the seat ledger of an app.
	SeatEntries(ctx context.Context, app domain.AppID) ([]domain.SeatEntry, error)
}

// Transfers is where the ids and the progress of record transfers live.
type Transfers interface {
	// OpenTransfer finds a transfer or begins it.
	OpenTransfer(ctx context.Context, key domain.TransferKey) (domain.Transfer, error)
	// SaveCollected adds a page of items and the cursor behind it in one
	// transaction. An item that is there already keeps its state, unless Reopen
	// is set: then what a listing still shows goes back to collected.
	SaveCollected(ctx context.Context, t domain.Transfer, items []domain.TransferItem, reopen bool) (domain.Transfer, error)
	// TakeChunk marks up to n collected items as sent and returns them, ordered
	// by id, all with the same new owner.
	TakeChunk(ctx context.Context, key domain.TransferKey, n int) ([]domain.TransferItem, error)
	// SettleChunk records the outcome of items by id: moved, foreign, or collected
	// again where the call certainly had no effect.
	SettleChunk(ctx context.Context, key domain.TransferKey, outcome map[string]domain.ItemState, requestID string) (domain.Transfer, error)
	// SaveTransfer writes phase, counters and cursor.
	SaveTransfer(ctx context.Context, t domain.Transfer) error
	// Items pages through a transfer's items in id order.
	Items(ctx context.Context, key domain.TransferKey, afterID string, limit int) ([]domain.TransferItem, error)
	// HasItem tells whether a record id belongs to a transfer.
	HasItems(ctx context.Context, key domain.TransferKey, ids []string) (map[string]domain.ItemState, error)
}

// Packs builds the evidence pack of a run and tells where it is.
type Packs interface {
	BuildPack(ctx context.Context, run string) (path string, err error)
}
