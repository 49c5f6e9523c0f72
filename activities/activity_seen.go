package activities

import (
	"context"
	"time"

	"handover/domain"
)

// ActivityReader tells what an app shows of the use of accounts, where it shows any.
// The answer has every account that was asked for. A source that the credentials may
// not read makes its share unknown and is no fault; one call bounds how much it
// reads, and what lies beyond is unknown too. An app without this capability shows
// nothing, and nobody in it is ever called idle.
type ActivityReader interface {
	LastActivity(ctx context.Context, accounts []domain.AccountID, since time.Time) (map[domain.AccountID]domain.LastSeen, error)
}
