package slackapp

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"handover/internal/desk"
)

// mostReviews is how many reviews one answer shows: each takes several blocks.
const mostReviews = 5

// reviews shows whoever types it their open reviews, each with a link that is good
// now. Nobody else sees the answer.
func (x *Door) reviews(ctx context.Context, actor desk.Actor, a act) error {
	cards, err := x.Desk.ReviewCards(ctx, actor)
	if err != nil {
		return err
	}
	if len(cards) == 0 {
		x.say(ctx, a, "No access review waits for you.")
		return nil
	}
	var m message
	var texts []string
	for i, card := range cards[:min(len(cards), mostReviews)] {
		one := render(card)
		for _, b := range one.blocks {
			if actions, ok := b.(*slack.ActionBlock); ok {
				actions.BlockID = fmt.Sprintf("verbs-%d", i) // ids are unique within a message
			}
		}
		m.blocks = append(m.blocks, one.blocks...)
		texts = append(texts, one.text)
	}
	if more := len(cards) - mostReviews; more > 0 {
		texts = append(texts, "There are more: `handover review list`.")
		m.blocks = append(m.blocks, section("There are more: `handover review list`."))
	}
	m.text = strings.Join(texts, "\n")
	x.tell(ctx, a, m)
	return nil
}
