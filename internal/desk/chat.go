package desk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"handover/domain"
	"handover/internal/store"
)

// KeepClick keeps what a person did in a chat system before it is acknowledged.
// It answers false for a repeated delivery of the same act.
func (d *Desk) KeepClick(ctx context.Context, id string, body []byte) (bool, error) {
	fresh, err := d.Store.KeepClick(ctx, store.Click{ID: id, Body: body})
	d.crash("click-kept-not-acknowledged")
	return fresh, err
}

const (
	clickLease   = 60 * time.Second
	clickWorkers = 32
	clickRetry   = 2 * time.Second
)

// WorkClicks hands kept clicks to a door's handler until the context ends. A
// handler that fails gets the click again; what it did before must be harmless
// to repeat. The outcome holds nothing personal.
func (d *Desk) WorkClicks(ctx context.Context, handle func(ctx context.Context, body []byte) (outcome string, err error)) {
	slots := make(chan struct{}, clickWorkers)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		free := clickWorkers - len(slots)
		if free == 0 {
			continue
		}
		clicks, err := d.Store.LeaseClicks(ctx, free, clickLease)
		if err != nil && ctx.Err() == nil {
			d.Log.WarnContext(ctx, "clicks not read", "error", err)
		}
		for _, c := range clicks {
			slots <- struct{}{}
			go func() {
				defer func() { <-slots }()
				d.workClick(ctx, c, handle)
			}()
		}
	}
}

func (d *Desk) workClick(ctx context.Context, c store.Click, handle func(context.Context, []byte) (string, error)) {
	limited, cancel := context.WithTimeout(ctx, clickLease-5*time.Second)
	defer cancel()
	outcome, err := handle(limited, c.Body)
	if err != nil {
		d.Log.WarnContext(ctx, "click not carried out yet", "attempt", c.Attempts, "fault", domain.KindOf(err))
		_ = d.Store.ClickFailed(context.WithoutCancel(ctx), c.ID, d.now().Add(clickRetry<<min(c.Attempts, 5)))
		return
	}
	d.crash("clicked-not-recorded")
	if err := d.Store.ClickDone(context.WithoutCancel(ctx), c.ID, outcome); err != nil {
		d.Log.WarnContext(ctx, "click not settled", "error", err)
	}
}

// PersonByChat finds who a chat user was bound to. Somebody whose rights ended
// is refused.
func (d *Desk) PersonByChat(ctx context.Context, u store.ChatUser) (domain.Person, error) {
	p, err := d.Store.PersonByChat(ctx, u)
	if err != nil {
		return p, err
	}
	if p.State == domain.PersonLeft {
		return p, d.refuse(ctx, Actor{Person: p, Channel: domain.ChannelSlack}, "", domain.Refuse(domain.RefusedLeft, "your rights here ended with your last moment"))
	}
	return p, nil
}

// BindChat pins a chat user to the person with an email that the chat system has
// verified. Only people whom Handover knows are bound: an email alone makes
// nobody. It is done once; afterwards the email does not matter any more.
func (d *Desk) BindChat(ctx context.Context, u store.ChatUser, email string) (domain.Person, error) {
	p, err := d.Store.PersonByEmail(ctx, email)
	if errors.Is(err, domain.ErrNotFound) {
		return p, d.RefuseStranger(ctx, u, "unknown-email", "nobody with your email is known here: ask an administrator to name you in the policy file")
	}
	if err != nil {
		return p, err
	}
	if p.State == domain.PersonLeft {
		return p, d.RefuseStranger(ctx, u, "left", "your rights here ended with your last moment")
	}
	// Who the user is stands in a row that can be erased, never in the chain.
	now := d.now()
	e := domain.AuditEvent{Key: fmt.Sprintf("chat-bound/%s/%d", p.ID, now.UnixMicro()), Kind: domain.EventIdentityBound, Actor: domain.SystemActor, Subject: p.ID,
		At: now, Facts: map[string]string{"door": domain.ChannelSlack, "team": u.Team}}
	_, err = d.Store.BindChat(ctx, u, p.ID, e)
	if domain.KindOf(err) == domain.FaultConflict {
		return domain.Person{}, d.RefuseStranger(ctx, u, "bound-otherwise", "your account here is bound to somebody else, or you to another account: ask an administrator to free it")
	}
	return p, err
}

// FreeChat undoes a person's bindings, so that they can be bound anew.
func (d *Desk) FreeChat(ctx context.Context, a Actor, email string) (int, error) {
	if err := d.allow(ctx, a, mayOperate, ""); err != nil {
		return 0, err
	}
	p, err := d.Store.PersonByEmail(ctx, email)
	if err != nil {
		return 0, d.refused(ctx, a, "", unknownIf(err))
	}
	now := d.now()
	e := domain.AuditEvent{Key: fmt.Sprintf("chat-freed/%s/%d", p.ID, now.UnixMicro()), Kind: domain.EventIdentityFreed, Actor: a.Person.ID, Subject: p.ID, At: now}
	return d.Store.UnbindChat(ctx, p.ID, e)
}

func unknownIf(err error) error {
	if errors.Is(err, domain.ErrNotFound) {
		return domain.Refuse(domain.RefusedUnknown, unknownHere)
	}
	return err
}

// RefuseStranger records an attempt of somebody who could not be told to be a
// person here, and gives back what they hear. why is a word for the audit log.
func (d *Desk) RefuseStranger(ctx context.Context, u store.ChatUser, why, text string) error {
	now := d.now()
	e := domain.AuditEvent{Key: fmt.Sprintf("refused/%s/%s/%s/%d", u.Team, u.User, why, now.UnixMicro()), Kind: domain.EventRefused, Actor: domain.UnknownActor,
		At: now, Target: u.Team + "/" + u.User, Facts: map[string]string{"code": domain.RefusedIdentity, "why": why, "door": domain.ChannelSlack}}
	if err := d.Store.Record(ctx, domain.Entry{Events: []domain.AuditEvent{e}}); err != nil {
		d.Log.ErrorContext(ctx, "refusal not recorded", "error", err)
	}
	return domain.Refuse(domain.RefusedIdentity, text)
}

// SetGroup keeps the members of a user group that the policy names.
func (d *Desk) SetGroup(ctx context.Context, name string, members []domain.PersonID) error {
	return d.Store.SetGroup(ctx, name, members)
}

// NoteForged records that requests came to a door without a good signature. The
// door counts them: one event stands for all of a while.
func (d *Desk) NoteForged(ctx context.Context, door string, count int) {
	now := d.now()
	e := domain.AuditEvent{Key: fmt.Sprintf("forged/%s/%d", door, now.UnixMicro()), Kind: domain.EventRefused, Actor: domain.UnknownActor, At: now,
		Facts: map[string]string{"code": domain.RefusedIdentity, "why": "forged", "door": door, "count": strconv.Itoa(count)}}
	if err := d.Store.Record(ctx, domain.Entry{Events: []domain.AuditEvent{e}}); err != nil {
		d.Log.ErrorContext(ctx, "forged requests not recorded", "error", err)
	}
}
