package evidence

import (
	"context"

	"handover/domain"
)

// Source is where a pack's contents come from. The store is behind it.
type Source interface {
	Run(ctx context.Context, id string) (domain.Run, error)
	PersonProofs(ctx context.Context, id domain.PersonID) ([]domain.PersonProof, error)
	Steps(ctx context.Context, run string, app domain.AppID) ([]domain.StepRecord, error)
	Snapshots(ctx context.Context, run string) ([]domain.Snapshot, error)
	Plans(ctx context.Context, run string) ([]domain.Plan, error)
	ApprovalsOf(ctx context.Context, run string) ([]domain.Approval, error)
	TasksOf(ctx context.Context, run string) ([]domain.Task, error)
	CutOffs(ctx context.Context, run string) ([]domain.CutOffTime, error)
	RunSeats(ctx context.Context, run string) ([]domain.SeatEntry, error)
	Transfers(ctx context.Context, run string) ([]domain.Transfer, error)
	Items(ctx context.Context, key domain.TransferKey, afterID string, limit int) ([]domain.TransferItem, error)
	Pictures(ctx context.Context, run string, after domain.StepPicture, limit int) ([]domain.StepPicture, error)
	ChainEntries(ctx context.Context, chain string, after int64, limit int) ([]domain.ChainEntry, error)
	Reasons(ctx context.Context, chain string) ([]domain.ReasonProof, error)
	GlobalEntriesOf(ctx context.Context, chain string, after int64, limit int) ([]domain.GlobalEntry, error)
	// GlobalEntries lists the global chain from one number to another, both included, a
	// page of it.
	GlobalEntries(ctx context.Context, from, to int64) ([]domain.GlobalEntry, error)
	Head(ctx context.Context) (seq int64, hash string, err error)
	// ConfidentialRuns lists the runs of which only those named in them may know.
	ConfidentialRuns(ctx context.Context) ([]string, error)
	// Setting is a value that the installation keeps, such as the newest anchor; "" is none.
	Setting(ctx context.Context, name string) (string, error)
}

// page is how many rows are asked for at a time: a pack of any size is built in
// the memory of one page.
const page = 500
