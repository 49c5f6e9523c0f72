package desk

import (
	"context"

	"handover/domain"
)

// Words by which a second person answers, where others say a verdict.
const (
	WordConfirm  = "confirm"
	WordSendBack = "send_back"
)

// ReviewWord is what somebody says of a line, as doors hear it: a verdict, or a
// second person's word.
type ReviewWord struct {
	Line    int
	Word    string // keep, remove, change_role, confirm, send_back
	Role    string
	Reason  string
	Bulk    bool
	Seconds int // -1 where nobody counted
	Seen    int // of confirm and send_back: number of the decision that was looked at; refused without
}

// SayReview decides lines by words. A second person's word is about the decision
// whose number it names, and refused where another one stands.
func (d *Desk) SayReview(ctx context.Context, a Actor, id string, words []ReviewWord) (ReviewAnswer, error) {
	var own map[int]ReviewItem
	choices := make([]ReviewChoice, 0, len(words))
	for _, w := range words {
		c := ReviewChoice{Line: w.Line, Verdict: domain.ReviewVerdict(w.Word), Role: w.Role, Reason: w.Reason}
		if w.Word == WordConfirm || w.Word == WordSendBack {
			if own == nil {
				var err error
				if own, err = d.ReviewItems(ctx, a, id); err != nil {
					return ReviewAnswer{}, err
				}
			}
			c = answerOf(own[w.Line], w)
		}
		c.Bulk, c.Seconds, c.Seen = w.Bulk, w.Seconds, w.Seen
		choices = append(choices, c)
	}
	return d.decideAll(ctx, a, id, choices)
}

// decideAll decides, and counts what is left with the lines of those whom the actor
// stands in for.
func (d *Desk) decideAll(ctx context.Context, a Actor, id string, choices []ReviewChoice) (ReviewAnswer, error) {
	answer, err := d.DecideReview(ctx, a, id, choices)
	if err != nil {
		return answer, err
	}
	voices, err := d.reviewVoices(ctx, a)
	if err == nil && len(voices) > 1 {
		answer.Left, err = d.waitsFor(ctx, a, id)
	}
	return answer, err
}

func answerOf(l ReviewItem, w ReviewWord) ReviewChoice {
	l.No = w.Line // the desk refuses one that is not theirs
	if w.Word == WordConfirm {
		c := l.Agree()
		c.Reason = w.Reason
		return c
	}
	return l.SendBack(w.Reason)
}
