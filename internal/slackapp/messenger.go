package slackapp

import (
	"context"
	"errors"
	"strings"

	"handover/domain"
	"handover/internal/desk"
)

// Messenger posts cards as messages of the app.
type Messenger struct{ door *Door }

var _ desk.Messenger = Messenger{}

// Messenger is how the desk posts through this door.
func (x *Door) Messenger() Messenger { return Messenger{door: x} }

// Post implements desk.Messenger.
func (m Messenger) Post(ctx context.Context, to domain.Person, card desk.Card, thread string) (string, error) {
	address, err := m.address(ctx, to)
	if err != nil {
		return "", err
	}
	msg := render(card)
	if channel, ts, ok := splitRef(thread); ok {
		// A reply goes where the message is; elsewhere its thread is not known.
		address, msg.thread = channel, ts
	}
	channel, ts, err := m.post(ctx, address, msg, card)
	if err != nil {
		return "", err
	}
	return channel + "/" + ts, nil
}

// post posts a card, as plain text where Slack takes no blocks of ours, and on
// its own where what it replies to is gone.
func (m Messenger) post(ctx context.Context, address string, msg message, card desk.Card) (string, string, error) {
	c := m.door.Client
	channel, ts, err := c.postMessage(ctx, address, msg)
	if msg.thread != "" && codeOf(err) == "thread_not_found" {
		msg.thread = ""
		channel, ts, err = c.postMessage(ctx, address, msg)
	}
	if asText(err) {
		m.door.Log.ErrorContext(ctx, "card not shown as blocks", "kind", card.Kind, "error", err)
		thread := msg.thread
		msg = plainMessage(card)
		msg.thread = thread
		channel, ts, err = c.postMessage(ctx, address, msg)
	}
	return channel, ts, err
}

// asText tells whether Slack took offence at how a message looks. A conflict is
// of no such kind.
func asText(err error) bool {
	return err != nil && domain.KindOf(err) == domain.FaultInvalid && codeOf(err) != ""
}

// Edit implements desk.Messenger.
func (m Messenger) Edit(ctx context.Context, ref string, card desk.Card) error {
	channel, ts, ok := splitRef(ref)
	if !ok {
		return domain.NewFault(domain.FaultNotFound, "chat.update", "", "the message is not one of ours", nil)
	}
	err := m.door.Client.updateMessage(ctx, channel, ts, render(card))
	if asText(err) {
		m.door.Log.ErrorContext(ctx, "card not shown as blocks", "kind", card.Kind, "error", err)
		err = m.door.Client.updateMessage(ctx, channel, ts, plainMessage(card))
	}
	return err
}

// address finds where a person, or the channel of operations, is written to.
func (m Messenger) address(ctx context.Context, to domain.Person) (string, error) {
	if to.ID == "" {
		channel := m.door.Desk.Policy().Slack.Channel
		if channel == "" {
			return "", domain.NewFault(domain.FaultNotFound, "chat.postMessage", "", "no channel is named: set slack.channel in the policy file", nil)
		}
		return channel, nil
	}
	return m.door.addressOf(ctx, to)
}

// splitRef reads where a message stands.
func splitRef(ref string) (channel, ts string, ok bool) {
	channel, ts, ok = strings.Cut(ref, "/")
	return channel, ts, ok && isID(channel) && ts != "" && isTS(ts)
}

// addressOf finds the Slack user of a person: the pinned one, else the one with
// their email, who is pinned then. Somebody who is no longer there is not
// written to: Slack would take the message, and nobody would read it.
func (x *Door) addressOf(ctx context.Context, to domain.Person) (string, error) {
	self, err := x.Client.Self(ctx)
	if err != nil {
		return "", err
	}
	pinned, err := x.Desk.Store.ChatOf(ctx, self.Home(), to.ID)
	if err == nil {
		facts, err := x.factsWithin(ctx, pinned.User, addressAge)
		if err != nil {
			return "", err
		}
		if why := facts.refused(self); why != "" {
			return "", domain.NewFault(domain.FaultNotFound, "chat.postMessage", "", why.text(), nil)
		}
		return pinned.User, nil
	}
	if !errors.Is(err, domain.ErrNotFound) {
		return "", err
	}
	facts, err := x.Client.userByEmail(ctx, to.Email)
	if err != nil {
		return "", err
	}
	if why := facts.refusedToBind(self, to.Email); why != "" {
		return "", domain.NewFault(domain.FaultNotFound, "chat.postMessage", "", why.text(), nil)
	}
	if _, err := x.Desk.BindChat(ctx, self.chatUser(facts.ID), to.Email); err != nil {
		var refused *domain.Refusal
		if errors.As(err, &refused) {
			return "", domain.NewFault(domain.FaultNotFound, "chat.postMessage", "", "this person's account in Slack is bound otherwise: an administrator can free it", err)
		}
		return "", err
	}
	return facts.ID, nil
}
