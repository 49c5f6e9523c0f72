package desk

import (
	"context"
	"errors"
	"sync"
	"time"

	"handover/domain"
	"handover/internal/store"
)

const (
	notifyEvery      = 250 * time.Millisecond
	notifyBatch      = 16
	substitutesEvery = 20 // rounds
	notifyLease      = 60 * time.Second
	notifyPause      = 30 * time.Second // longest wait while the messenger is away
	unreachable      = 5 * time.Minute  // until what an administrator has to mend is tried again
	unsureRepeats    = 2                // attempts of which nobody knows whether they arrived
)

// notifier sends what was written for people and keeps it up to date.
type notifier struct {
	d       *Desk
	m       Messenger
	mu      sync.Mutex
	awayFor time.Duration // how long nothing is tried, because the messenger is away
	awayTo  time.Time
}

// Notify sends notices and edits messages until the context ends. Several
// processes may do so at once. While the messenger is away everything is kept
// and sent later.
func (d *Desk) Notify(ctx context.Context, m Messenger) {
	n := &notifier{d: d, m: m}
	tick := time.NewTicker(notifyEvery)
	defer tick.Stop()
	shown := map[string]bool{}
	for round := 0; ; round++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if round%substitutesEvery == 0 {
			shown = d.tellSubstitutes(ctx, shown)
		}
		n.round(ctx)
	}
}

func (n *notifier) round(ctx context.Context) {
	if n.away() {
		return
	}
	n.each(ctx, "notices", n.d.Store.LeaseNotices, n.send)
	n.each(ctx, "messages", n.d.Store.LeaseEdits, n.edit)
}

func (n *notifier) each(ctx context.Context, what string, lease func(context.Context, int, time.Duration) ([]store.Delivery, error), do func(context.Context, store.Delivery)) {
	batch, err := lease(ctx, notifyBatch, notifyLease)
	if err != nil {
		if ctx.Err() == nil {
			n.d.Log.WarnContext(ctx, what+" not read", "error", err)
		}
		return
	}
	var wg sync.WaitGroup
	for _, x := range batch {
		wg.Go(func() { do(ctx, x) })
	}
	wg.Wait()
}

// send posts one notice to one person. The attempt is noted before it is made:
// a process that dies in it repeats the message once, never more.
func (n *notifier) send(ctx context.Context, x store.Delivery) {
	if x.Unsure >= unsureRepeats {
		n.sent(ctx, x, "", false) // it went out twice; a reminder asks again if it never arrived
		return
	}
	to, card, thread, err := n.compose(ctx, x)
	if err == nil && card == nil {
		n.sent(ctx, x, "", false)
		return
	}
	if err == nil {
		err = n.d.Store.NoticeTried(ctx, x.Notice.ID, x.Person)
	}
	if err != nil {
		n.failed(ctx, x, err)
		return
	}
	ref, err := n.m.Post(ctx, to, *card, thread)
	if thread != "" && domain.KindOf(err) == domain.FaultNotFound {
		ref, err = n.m.Post(ctx, to, *card, "") // the message it would reply to was deleted
	}
	n.d.crash("posted-not-recorded")
	if err != nil {
		n.failed(ctx, x, err)
		return
	}
	n.answered()
	n.sent(ctx, x, ref, thread == "" && card.Kind != CardNote && !card.Settled)
}

func (n *notifier) sent(ctx context.Context, x store.Delivery, ref string, live bool) {
	if err := n.d.Store.NoticeSent(context.WithoutCancel(ctx), x.Notice.ID, x.Person, ref, live, x.Wanted); err != nil {
		n.d.Log.WarnContext(ctx, "message not noted", "error", err)
	}
}

// compose makes the card of a notice, and finds the message that it replies to.
// No card means that there is nothing left to say.
func (n *notifier) compose(ctx context.Context, x store.Delivery) (to domain.Person, card *Card, thread string, err error) {
	to, full, err := n.cardFor(ctx, x)
	if err != nil {
		return to, nil, "", err
	}
	reminder := reminds(x.Notice.Kind)
	switch {
	case full.Ref == "", reminder && full.Settled:
		return to, nil, "", nil // it was answered before the reminder could go out
	case to.State != domain.PersonLeft:
	case reminder || full.Settled:
		return to, nil, "", nil
	default: // somebody else has to hear what waits
		return to, nil, "", domain.NewFault(domain.FaultNotFound, "notify", "", "this person has left", nil)
	}
	if x.Person != "" && full.Kind != CardNote {
		if thread, err = n.d.Store.Standing(ctx, x.About, x.Person); err != nil {
			return to, nil, "", err
		}
	}
	if thread != "" {
		full = replyTo(full, x.Notice)
	}
	return to, &full, thread, nil
}

// cardFor makes the card of a delivery for whoever it is for. The channel of
// operations gets none of a confidential run.
func (n *notifier) cardFor(ctx context.Context, x store.Delivery) (to domain.Person, card Card, err error) {
	if x.Person == "" {
		run, err := n.d.Store.Run(ctx, x.Notice.Run)
		if err != nil && !errors.Is(err, domain.ErrNotFound) || run.Confidential {
			return to, Card{Settled: true}, err
		}
	} else if to, err = n.d.Store.Person(ctx, x.Person); err != nil {
		return to, card, err
	}
	card, err = n.d.cardOf(ctx, to, x.Notice)
	return to, card, err
}

// replyTo says something new about what a person has before them already.
func replyTo(c Card, n domain.Notice) Card {
	return Card{Ref: c.Ref, Kind: CardNote, About: c.About, Run: c.Run, App: c.App, Title: c.Title, Lead: n.Text, Urgent: n.Urgent}
}

// failed gives a delivery back, or to somebody else where it can never arrive.
func (n *notifier) failed(ctx context.Context, x store.Delivery, err error) {
	kept, now := context.WithoutCancel(ctx), n.d.now()
	kind := domain.KindOf(err)
	n.d.Log.WarnContext(ctx, "message not sent", "kind", x.Notice.Kind, "attempt", x.Attempts, "fault", kind, "unsure", errors.Is(err, ErrUnsure))
	switch {
	case errors.Is(err, ErrUnsure):
		n.pause(err)
		_ = n.d.Store.NoticeFailed(kept, x.Notice.ID, x.Person, now.Add(10*time.Second), "the answer was lost", false)
	case kind == domain.FaultNotFound || kind == domain.FaultInvalid, kind == domain.FaultForbidden && x.Person == "":
		if terr := n.d.tellUnreachable(kept, x); terr != nil {
			_ = n.d.Store.NoticeFailed(kept, x.Notice.ID, x.Person, now.Add(notifyPause), "nobody else could be told", true)
			return
		}
		n.sent(kept, x, "", false)
	default:
		_ = n.d.Store.NoticeFailed(kept, x.Notice.ID, x.Person, n.retryAt(err, x.Attempts), string(kind), true)
		n.pause(err)
	}
}

func (n *notifier) retryAt(err error, attempts int) time.Time {
	now := n.d.now()
	var f *domain.Fault
	switch errors.As(err, &f); {
	case f != nil && f.Kind == domain.FaultRateLimited && f.RetryAt.After(now):
		return f.RetryAt
	case f != nil && (f.Kind == domain.FaultUnauthenticated || f.Kind == domain.FaultForbidden):
		return now.Add(unreachable)
	default:
		return now.Add(min(time.Second<<min(attempts, 8), unreachable))
	}
}

// edit makes one message show what it is about as it is now. One that was
// deleted is posted anew while it still asks for something.
func (n *notifier) edit(ctx context.Context, x store.Delivery) {
	to, card, err := n.cardFor(ctx, x)
	if to.State == domain.PersonLeft {
		card = Card{Ref: card.Ref, Kind: CardNote, About: card.About, Run: card.Run, Title: "No longer yours", Lead: "Your rights here ended with your last moment.", Settled: true}
	}
	ref := x.Ref
	if err == nil {
		err = n.m.Edit(ctx, ref, card)
	}
	if domain.KindOf(err) == domain.FaultNotFound && err != nil {
		if ref, err = "", nil; !card.Settled {
			ref, err = n.m.Post(ctx, to, card, "")
		}
	}
	kept := context.WithoutCancel(ctx)
	switch kind := domain.KindOf(err); {
	case err == nil, errors.Is(err, ErrUnsure), kind == domain.FaultNotFound, kind == domain.FaultInvalid:
		n.answered()
		_ = n.d.Store.EditDone(kept, x.Notice.ID, x.Person, ref, x.Wanted, !card.Settled && ref != "")
	default:
		n.d.Log.WarnContext(ctx, "message not edited", "fault", kind)
		_ = n.d.Store.EditFailed(kept, x.Notice.ID, x.Person, n.retryAt(err, 3), string(kind))
		n.pause(err)
	}
}

// pause keeps off a messenger that does not answer, longer each time.
func (n *notifier) pause(err error) {
	if kind := domain.KindOf(err); kind != domain.FaultUnavailable && !errors.Is(err, ErrUnsure) {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.d.now()
	if now.Before(n.awayTo) {
		return
	}
	n.awayFor = min(max(2*n.awayFor, time.Second), notifyPause)
	n.awayTo = now.Add(n.awayFor)
}

func (n *notifier) answered() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.awayFor, n.awayTo = 0, time.Time{}
}

func (n *notifier) away() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.d.now().Before(n.awayTo)
}
