package slackapp

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/slack-go/slack"

	"handover/domain"
)

// message is what is shown: blocks, and the text for notifications and for
// whatever cannot show blocks.
type message struct {
	text   string
	blocks []slack.Block
	ref    string // opaque, for the metadata
	thread string
}

// metadataType marks the app's messages; the payload holds nothing but the
// reference.
const metadataType = "handover"

func (m message) options() []slack.MsgOption {
	// Empty blocks are sent as such: an edit without any leaves the old ones.
	o := []slack.MsgOption{slack.MsgOptionText(m.text, false), slack.MsgOptionBlocks(m.blocks...), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	if m.ref != "" {
		o = append(o, slack.MsgOptionMetadata(slack.SlackMetadata{EventType: metadataType, EventPayload: map[string]any{"ref": m.ref}}))
	}
	if m.thread != "" {
		o = append(o, slack.MsgOptionTS(m.thread))
	}
	return o
}

// postMessage posts to a channel or a person and tells where the message stands.
func (c *Client) postMessage(ctx context.Context, to string, m message) (channel, ts string, err error) {
	claims := []claim{{"chat.postMessage", perTeam}, {"channel:" + c.placeOf(to), perChannel}}
	err = c.call(ctx, "chat.postMessage", true, func(ctx context.Context) error {
		var err error
		channel, ts, err = c.api.PostMessageContext(ctx, to, m.options()...)
		return err
	}, claims...)
	if err == nil && channel != to {
		c.mu.Lock()
		c.alias[channel] = to
		c.mu.Unlock()
	}
	return channel, ts, err
}

// placeOf gives a person and the direct messages with them one name: Slack
// counts them together.
func (c *Client) placeOf(to string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if user, ok := c.alias[to]; ok {
		return user
	}
	return to
}

func (c *Client) updateMessage(ctx context.Context, channel, ts string, m message) error {
	return c.call(ctx, "chat.update", false, func(ctx context.Context) error {
		_, _, _, err := c.api.UpdateMessageContext(ctx, channel, ts, m.options()...)
		return err
	}, claim{"chat.update", tier3})
}

// postEphemeral shows something to one member of a channel only.
func (c *Client) postEphemeral(ctx context.Context, channel, user string, m message) error {
	return c.call(ctx, "chat.postEphemeral", false, func(ctx context.Context) error {
		_, err := c.api.PostEphemeralContext(ctx, channel, user, m.options()...)
		return err
	}, claim{"chat.postEphemeral", tier4})
}

// respond answers through a response URL, to the one who acted only. The URL is
// good for 30 minutes and five times.
func (c *Client) respond(ctx context.Context, address string, m message) error {
	if !c.isSlack(address) {
		return domain.NewFault(domain.FaultInvalid, "response_url", "", "the address to answer to is not Slack's", nil)
	}
	body, err := json.Marshal(map[string]any{"response_type": "ephemeral", "replace_original": false, "text": m.text, "blocks": slack.Blocks{BlockSet: m.blocks}})
	if err != nil {
		return domain.NewFault(domain.FaultInternal, "response_url", "", "the answer cannot be encoded", err)
	}
	return c.call(ctx, "response_url", false, func(ctx context.Context) error {
		return c.post(ctx, address, "application/json; charset=utf-8", string(body), nil)
	}, claim{"response_url", hundreds})
}

// isSlack tells whether an address is one that answers go to: nobody shall make
// this program call somewhere else.
func (c *Client) isSlack(address string) bool {
	if strings.HasPrefix(address, "https://hooks.slack.com/") || strings.HasPrefix(address, "https://hooks.slack-gov.com/") {
		return true
	}
	if c.url == defaultURL {
		return false
	}
	own, _, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(c.url, "https://"), "http://"), "/")
	return ok && (strings.HasPrefix(address, "https://"+own+"/") || strings.HasPrefix(address, "http://"+own+"/"))
}

// reaches asks whether the app may write to a channel, without writing: it edits
// a message that is not there. Only the answer that the message is missing says
// that the channel is within reach.
func (c *Client) reaches(ctx context.Context, channel string) error {
	err := c.updateMessage(ctx, channel, "1.000001", message{text: "-"})
	if codeOf(err) == "message_not_found" || codeOf(err) == "cant_update_message" {
		return nil
	}
	return err
}
