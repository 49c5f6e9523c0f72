package desk

import (
	"context"
	"time"
)

// Tender makes rounds of TendReviews, one at a time.
func (d *Desk) Tender() func(ctx context.Context) error {
	return (&tender{d: d, since: map[string]time.Time{}}).round
}
