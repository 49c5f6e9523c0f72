package slackapp

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"time"

	"github.com/slack-go/slack/socketmode"

	"handover/domain"
)

// largestMessage bounds what comes over the socket, and ackLimit what goes back:
// Slack drops answers of 20 KB and more without a word.
const (
	largestMessage = maxBody
	ackLimit       = 20 << 10
	socketPause    = 10 * time.Second
)

// Listen takes what people do over Socket Mode until the context ends. Slack
// renews connections as it likes; what comes twice is the same click.
func (x *Door) Listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := x.connect(ctx)
		if ctx.Err() != nil {
			return
		}
		x.Log.WarnContext(ctx, "connection to Slack lost", "fault", domain.KindOf(translate("apps.connections.open", err, &exchange{}, x.Desk.Now(), false)))
		timer := time.NewTimer(socketPause)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
	}
}

func (x *Door) connect(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silent := log.New(io.Discard, "", 0)
	socket := socketmode.New(x.Client.api, socketmode.OptionReadLimit(largestMessage), socketmode.OptionLog(silent))
	x.running.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case event := <-socket.Events:
				x.running.Go(func() { x.socketEvent(ctx, socket, event) })
			}
		}
	})
	return socket.RunContext(ctx)
}

func (x *Door) socketEvent(ctx context.Context, socket *socketmode.Client, event socketmode.Event) {
	request := event.Request
	if bad, ok := event.Data.(*socketmode.ErrorBadMessage); ok && request == nil {
		// slack-go did not understand all of it; we may need less.
		var again socketmode.Request
		if json.Unmarshal(bad.Message, &again) == nil {
			request = &again
		}
	}
	if request == nil || request.EnvelopeID == "" {
		if event.Type == socketmode.EventTypeConnectionError || event.Type == socketmode.EventTypeInvalidAuth {
			x.Log.WarnContext(ctx, "Slack does not take the connection", "event", string(event.Type))
		}
		return
	}
	a, known, err := readRequest(request)
	if err != nil {
		x.unreadable(ctx, request.Type)
	}
	answer := reply{status: http.StatusOK}
	if known && err == nil {
		answer = x.take(ctx, a)
	}
	if answer.status != http.StatusOK {
		return // not kept: Slack tells the person that it did not work
	}
	if raw, err := json.Marshal(answer.body); err != nil || len(raw) >= ackLimit-1024 {
		answer.body = nil
	}
	if err := socket.AckCtx(ctx, request.EnvelopeID, answer.body); err != nil {
		x.Log.WarnContext(ctx, "acknowledgement not sent")
	}
}

// readRequest reads an act of what came over the socket; false is something that
// is only acknowledged.
func readRequest(r *socketmode.Request) (act, bool, error) {
	var a act
	var err error
	switch r.Type {
	case socketmode.RequestTypeInteractive:
		a, err = decodeInteraction(r.Payload)
	case socketmode.RequestTypeSlashCommands:
		a, err = decodeCommandJSON(r.Payload)
	default:
		return a, false, nil
	}
	return a, true, err
}
