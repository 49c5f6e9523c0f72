package slackapp

import (
	"context"
	"strings"

	"handover/domain"
	"handover/internal/desk"
)

// say tells somebody what came of what they did, where they did it and so that
// nobody else reads it. It is the last thing that happens to an act; when Slack
// is away the words are lost and the outcome stands on the card all the same.
func (x *Door) say(ctx context.Context, a act, text string) {
	x.tell(ctx, a, message{text: escaped(text, maxText)})
}

// tell shows a message to whoever acted.
func (x *Door) tell(ctx context.Context, a act, m message) {
	if err := x.deliver(ctx, a, m); err != nil {
		x.Log.WarnContext(ctx, "answer not shown in Slack", "kind", a.Kind, "verb", a.Verb, "fault", domain.KindOf(err))
	}
}

// deliver tries the ways to reach somebody: the response URL of a command, a
// message in the channel that only they see, a direct message.
func (x *Door) deliver(ctx context.Context, a act, m message) error {
	if a.Kind == actCommand && a.Response != "" {
		if err := x.Client.respond(ctx, a.Response, m); err == nil {
			return nil
		}
	}
	if a.Channel != "" {
		if err := x.Client.postEphemeral(ctx, a.Channel, a.User, m); err == nil {
			return nil
		}
	}
	to := a.User
	if strings.HasPrefix(a.Channel, "D") {
		to = a.Channel
	}
	_, _, err := x.Client.postMessage(ctx, to, m)
	return err
}

// direct tells somebody in a direct message, which stays.
func (x *Door) direct(ctx context.Context, a act, text string) {
	if _, _, err := x.Client.postMessage(ctx, a.User, message{text: escaped(text, maxText)}); err != nil {
		x.Log.WarnContext(ctx, "answer not sent in Slack", "kind", a.Kind, "verb", a.Verb, "fault", domain.KindOf(err))
	}
}

// tellCard shows how something stands now, after a word about why.
func (x *Door) tellCard(ctx context.Context, a act, text string, card desk.Card) {
	m := render(card)
	m.blocks = append(m.blocks[:0:0], append(blocksOf(text), m.blocks...)...)
	if len(m.blocks) > maxBlocks {
		m = plainMessage(card)
	}
	m.text = escaped(text+"\n"+card.Title, maxText)
	x.tell(ctx, a, m)
}
