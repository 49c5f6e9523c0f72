package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	slacksim "handover/internal/sim/slack"
)

// Hand clicks in the simulated Slack as the people of the story: it sees what
// they see and can press only what is there.
type Hand struct {
	Slack *slacksim.Simulator
	Say   func(format string, args ...any)
}

// patience is how long a person looks for something before they give up.
const patience = 60 * time.Second

// see waits until somebody has a message before them that fits.
func (h *Hand) see(ctx context.Context, who, what string, fits func(slacksim.Message) bool) (slacksim.Message, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		messages := h.Slack.Messages(slackID(who))
		for i := len(messages) - 1; i >= 0; i-- {
			if !messages[i].Deleted && fits(messages[i]) {
				return messages[i], nil
			}
		}
		select {
		case <-limited.Done():
			return slacksim.Message{}, fmt.Errorf("look at %s's messages: %s did not come", who, what)
		case <-tick.C:
		}
	}
}

// Offered is the newest message of somebody that has a button for something.
func (h *Hand) Offered(who, verb string) (slacksim.Message, bool) {
	messages := h.Slack.Messages(slackID(who))
	for i := len(messages) - 1; i >= 0; i-- {
		if !messages[i].Deleted && offers(messages[i], verb, "") {
			return messages[i], true
		}
	}
	return slacksim.Message{}, false
}

// offers tells whether a message has a button for something.
func offers(m slacksim.Message, verb, about string) bool {
	e, ok := m.Element("handover:" + verb)
	if !ok {
		return false
	}
	if about == "" {
		return true
	}
	values, err := url.ParseQuery(strings.TrimPrefix(e.Value, "v1."))
	return err == nil && values.Get("r") == about
}

// Press clicks a button of somebody's message about a thing, and fills in the
// form that opens; fill holds what is put into fields of a type.
func (h *Hand) Press(ctx context.Context, who, verb, about string, fill map[string]string) error {
	m, err := h.see(ctx, who, "a button to "+verb, func(m slacksim.Message) bool { return offers(m, verb, about) })
	if err != nil {
		return err
	}
	return h.PressOn(ctx, who, verb, m, fill)
}

// PressOn clicks a button of one message.
func (h *Hand) PressOn(ctx context.Context, who, verb string, m slacksim.Message, fill map[string]string) error {
	seen := map[string]bool{}
	for _, v := range h.Slack.Views(slackID(who)) {
		seen[v.ID] = true
	}
	reply, err := h.Slack.Click(ctx, slacksim.Click{User: slackID(who), Channel: m.Channel, TS: m.TS, ActionID: "handover:" + verb})
	if err != nil {
		return fmt.Errorf("click %s as %s: %w", verb, who, err)
	}
	if !reply.OK() {
		return fmt.Errorf("click %s as %s: Slack shows an error (status %d, late: %t)", verb, who, reply.Status, reply.Late)
	}
	h.Say("  slack    %s clicks %s", who, verb)
	if fill == nil {
		return nil
	}
	view, err := h.form(ctx, who, seen)
	if errors.Is(err, errNoForm) && verb == "done" {
		return nil // nothing needs to be said about it
	}
	if err != nil {
		return err
	}
	return h.submit(ctx, who, view, fill)
}

var errNoForm = errors.New("no form opened")

func (h *Hand) form(ctx context.Context, who string, seen map[string]bool) (slacksim.View, error) {
	limited, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, v := range h.Slack.Views(slackID(who)) {
			if !seen[v.ID] {
				return v, nil
			}
		}
		select {
		case <-limited.Done():
			return slacksim.View{}, errNoForm
		case <-tick.C:
		}
	}
}

func (h *Hand) submit(ctx context.Context, who string, view slacksim.View, fill map[string]string) error {
	values := map[string]string{}
	for _, e := range view.Elements {
		if text, ok := fill[e.Type]; ok && values[e.BlockID] == "" {
			values[e.BlockID+"/"+e.ActionID] = text
			delete(fill, e.Type) // the first field of a type
		}
	}
	reply, err := h.Slack.Submit(ctx, slackID(who), view.ID, values)
	if err != nil {
		return fmt.Errorf("submit %q as %s: %w", view.Title, who, err)
	}
	if !reply.OK() || strings.Contains(string(reply.Body), "errors") {
		return fmt.Errorf("submit %q as %s: refused: %s", view.Title, who, reply.Body)
	}
	h.Say("  slack    %s sends %q", who, view.Title)
	return nil
}
