package slackapp

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"handover/internal/desk"
)

// labels are what the buttons say.
var labels = map[desk.Verb]struct {
	text  string
	style slack.Style
}{
	desk.VerbApprove:  {"Approve", slack.StylePrimary},
	desk.VerbDeny:     {"Deny", slack.StyleDanger},
	desk.VerbChoose:   {"Choose successor", ""},
	desk.VerbPlan:     {"Show plan", ""},
	desk.VerbDone:     {"Done", slack.StylePrimary},
	desk.VerbCannot:   {"Can't", ""},
	desk.VerbHandOver: {"Hand over", ""},
	desk.VerbConfirm:  {"Confirm", slack.StylePrimary},
	desk.VerbRetry:    {"Retry", slack.StylePrimary},
	desk.VerbSkip:     {"Skip", slack.StyleDanger},
	desk.VerbOpen:     {"Open my lines", slack.StylePrimary},
}

// render makes a message of a card. Around what must be seen (title, lead, why,
// outcome, reference, buttons) the facts and lines get the room that is left.
func render(card desk.Card) message {
	head := []slack.Block{&slack.HeaderBlock{Type: slack.MBTHeader, Text: plainText(title(card), maxHeader)}}
	if lead := escaped(card.Lead, maxSection); lead != "" {
		head = append(head, section(lead))
	}
	tail := contexts(card)
	if buttons := buttons(card); len(buttons) > 0 {
		tail = append(tail, &slack.ActionBlock{Type: slack.MBTAction, BlockID: "verbs", Elements: &slack.BlockElements{ElementSet: buttons}})
	}
	body := facts(card.Facts)
	if room := maxBlocks - len(head) - len(tail) - 1; len(body) > room {
		body = body[:room]
	}
	body = append(body, lines(card, maxBlocks-len(head)-len(tail)-len(body))...)
	return message{text: fallback(card), blocks: append(append(head, body...), tail...), ref: card.Ref}
}

func title(card desk.Card) string {
	switch {
	case bare(card.Title) == "":
		return "Handover"
	case card.Urgent && !card.Settled:
		return "Urgent: " + card.Title
	}
	return card.Title
}

func plainText(s string, n int) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: shortened(bare(s), n)}
}

// mrkdwn makes a text object of a text that is escaped already. Verbatim keeps
// Slack from finding names of people and channels in it.
func mrkdwn(s string) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: s, Verbatim: true}
}

func section(text string) slack.Block {
	return &slack.SectionBlock{Type: slack.MBTSection, Text: mrkdwn(text)}
}

func facts(all []desk.Fact) []slack.Block {
	var blocks []slack.Block
	for len(all) > 0 {
		n := min(len(all), maxFields)
		var fields []*slack.TextBlockObject
		for _, f := range all[:n] {
			fields = append(fields, mrkdwn("*"+escaped(f.Label, 200)+"*\n"+escaped(f.Value, maxField-250)))
		}
		blocks, all = append(blocks, &slack.SectionBlock{Type: slack.MBTSection, Fields: fields}), all[n:]
	}
	return blocks
}

// longestLines bounds instructions or a plan in a message. Who wants all of it
// asks for the plan.
const longestLines = 6

// lines packs lines into as few sections as they need, at most room of them, and
// says how many are left out.
func lines(card desk.Card, room int) []slack.Block {
	var packed []string
	room = min(room, longestLines)
	for i, line := range card.Lines {
		text := escaped(line, maxSection/2)
		if text == "" {
			continue
		}
		last := len(packed) - 1
		if last >= 0 && utf8.RuneCountInString(packed[last])+utf8.RuneCountInString(text)+1 <= maxSection-200 {
			packed[last] += "\n" + text
			continue
		}
		if len(packed) >= room {
			if last >= 0 {
				packed[last] += fmt.Sprintf("\n… and %d more: `handover runs show %s`", len(card.Lines)-i, escaped(card.Run, 100))
			}
			break
		}
		packed = append(packed, text)
	}
	var blocks []slack.Block
	for _, text := range packed {
		blocks = append(blocks, section(text))
	}
	return blocks
}

// contexts is the small print: what came of it, why it is this reader, and the
// reference.
func contexts(card desk.Card) []slack.Block {
	var blocks []slack.Block
	small := func(text string) {
		if text != "" {
			blocks = append(blocks, &slack.ContextBlock{Type: slack.MBTContext, ContextElements: slack.ContextElements{Elements: []slack.MixedElement{mrkdwn(text)}}})
		}
	}
	small(escaped(strings.Join(card.Outcome, "\n"), maxField))
	small(escaped(because(card), maxField))
	if card.Ref != "" {
		small(escaped(card.Ref, maxPart))
	}
	return blocks
}

func because(card desk.Card) string {
	if card.Why == "" || card.Settled || strings.HasPrefix(card.Why, "You") {
		return card.Why
	}
	return "You are asked because " + card.Why
}

func buttons(card desk.Card) []slack.BlockElement {
	if card.Settled {
		return nil
	}
	var found []slack.BlockElement
	for _, verb := range card.Verbs {
		label, ok := labels[verb]
		value := targetOf(card, verb).encode()
		if !ok || len(value) > maxValue {
			continue
		}
		button := &slack.ButtonBlockElement{Type: slack.METButton, Text: plainText(label.text, maxButton), ActionID: actionPrefix + string(verb), Value: value, Style: label.style}
		if verb == desk.VerbOpen { // Slack opens the page, and tells us that somebody clicked
			if button.URL = card.Link; button.URL == "" {
				continue
			}
		}
		found = append(found, button)
	}
	return found
}

// fallback is what notifications and screen readers get.
func fallback(card desk.Card) string {
	parts := []string{title(card)}
	if card.Lead != "" {
		parts = append(parts, card.Lead)
	}
	parts = append(parts, card.Outcome...)
	if card.Ref != "" {
		parts = append(parts, card.Ref)
	}
	return escaped(strings.Join(parts, "\n"), maxText)
}

// plainMessage is a card without blocks, for when Slack takes none of ours: it
// says how to answer without buttons.
func plainMessage(card desk.Card) message {
	parts := []string{title(card), card.Lead}
	for _, f := range card.Facts {
		parts = append(parts, f.Label+": "+f.Value)
	}
	parts = append(parts, card.Outcome...)
	parts = append(parts, because(card))
	var ends []string
	if !card.Settled {
		for _, verb := range card.Verbs {
			if command := command(card, verb); command != "" {
				ends = append(ends, command)
			}
		}
	}
	if card.Link != "" && !card.Settled {
		parts = append(parts, "Open: "+card.Link)
	}
	end := card.Ref
	if len(ends) > 0 {
		end = "To answer, run: " + strings.Join(ends, "   or   ") + "\n" + card.Ref
	}
	end = escaped(end, maxText/2)
	lines := strings.Join(append(nonEmpty(parts), card.Lines...), "\n")
	text := escaped(lines, maxText-utf8.RuneCountInString(end)-1)
	return message{text: text + "\n" + end, ref: card.Ref}
}

// command is what to type instead of a button.
func command(card desk.Card, verb desk.Verb) string {
	step := fmt.Sprintf("%s --app %s --step %s", card.Run, card.App, card.Step)
	switch verb {
	case desk.VerbApprove:
		return "handover approvals approve " + card.About
	case desk.VerbDeny:
		return "handover approvals deny " + card.About + " --reason TEXT"
	case desk.VerbDone:
		return "handover tasks done " + card.About
	case desk.VerbConfirm:
		return "handover tasks confirm " + card.About
	case desk.VerbRetry:
		return "handover runs retry-step " + step
	case desk.VerbSkip:
		return "handover runs skip-step " + step + " --reason TEXT"
	}
	return ""
}

func nonEmpty(parts []string) []string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return kept
}
