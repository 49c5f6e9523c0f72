package desk

import (
	"context"
	"errors"

	"handover/domain"
)

// ErrUnsure says that nobody knows whether a message arrived: the answer was
// lost. It is repeated once, under the same reference.
var ErrUnsure = errors.New("the answer was lost: the message may have arrived")

// Messenger posts cards where people read them. Its errors are faults:
// rate_limited with RetryAt and unavailable are tried again; unauthenticated and
// forbidden wait for an administrator; not_found says that the person, the
// channel or the message is not there, invalid that the card cannot be shown.
type Messenger interface {
	// Post sends a card to a person, or to the channel of operations when the
	// person is empty. thread is where an earlier message about the same thing
	// stands: then it becomes a reply to it. It answers where the message stands.
	Post(ctx context.Context, to domain.Person, card Card, thread string) (ref string, err error)
	// Edit makes a message show the card as it is now.
	Edit(ctx context.Context, ref string, card Card) error
}

// Adopt keeps a message that somebody clicked on though nobody had noted where
// it stands, so that it is kept up to date like every other copy. Doors call it
// with each click.
func (d *Desk) Adopt(ctx context.Context, about string, who domain.PersonID, ref string) {
	if _, err := d.Store.Adopt(ctx, about, who, ref); err != nil && ctx.Err() == nil {
		d.Log.WarnContext(ctx, "message not adopted", "error", err)
	}
}
