package slack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// ackWithin is how long Slack waits for the app (docs.slack.dev, acknowledging interactions).
const ackWithin = 3 * time.Second

// patience is how long the simulator waits in real time for an app that hangs, so that a test ends.
const patience = 30 * time.Second

// Ways a request reached the app.
const (
	ViaHTTP   = "http"
	ViaSocket = "socket"
)

// Reply is what came of a person's act.
type Reply struct {
	// Status and Body are the app's answer. Over a socket Status is 200 and Body the acknowledgement's payload.
	Status int
	Body   []byte
	Via    string
	// Took is how long the app needed, by Options.Clock; Late says that it was more than three seconds, so that Slack
	// showed the person an error and ignored the answer.
	Took time.Duration
	Late bool
	// Shown is what Slack itself shows the person when something went wrong; empty otherwise.
	Shown string
	// TriggerID and ResponseURL are those that were sent.
	TriggerID   string
	ResponseURL string
	// Sent is the request, for Replay and Forge. It is empty over a socket.
	Sent Sent
}

// OK says that the app acknowledged in time.
func (r Reply) OK() bool { return r.Status >= 200 && r.Status < 300 && !r.Late }

// Sent is a request as it went to the app.
type Sent struct {
	URL    string
	Header http.Header
	Body   []byte
}

// longestAnswer bounds what is read of an answer.
const longestAnswer = 1 << 20

func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
		// Slack does not follow redirects of request URLs (memory).
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// post sends a request to the app and times the answer.
func (s *Simulator) post(ctx context.Context, sent Sent) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	reply := Reply{Via: ViaHTTP, Sent: sent}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, sent.URL, bytes.NewReader(sent.Body))
	if err != nil {
		return reply, fmt.Errorf("the app's request URL %q cannot be used: call SetEndpoints: %w", sent.URL, ErrDelivery)
	}
	req.Header = sent.Header.Clone()
	began := s.now()
	resp, err := s.client.Do(req)
	if err == nil {
		defer resp.Body.Close()
		reply.Status = resp.StatusCode
		reply.Body, err = io.ReadAll(io.LimitReader(resp.Body, longestAnswer))
	}
	reply.Took = s.now().Sub(began)
	reply.Late = reply.Took > ackWithin
	if err != nil {
		return reply, fmt.Errorf("post to the app: %w: %w", err, ErrDelivery)
	}
	return reply, nil
}

// interaction is something a person did that the app is told of.
type interaction struct {
	payload object // of interactivity: sent as payload=
	command url.Values
	trigger string
	respond string
}

// deliver tells the app: over a socket when one is connected, else with a signed post.
func (s *Simulator) deliver(ctx context.Context, in interaction) (Reply, error) {
	if s.isDown() {
		return Reply{}, fmt.Errorf("slack is down: %w", ErrRefused)
	}
	reply, err := s.deliverOver(ctx, in)
	reply.TriggerID, reply.ResponseURL = in.trigger, in.respond
	return reply, err
}

func (s *Simulator) deliverOver(ctx context.Context, in interaction) (Reply, error) {
	if conn := s.pickSocket(); conn != nil {
		return s.overSocket(ctx, conn, in)
	}
	s.mu.Lock()
	target, form := s.interactions, url.Values{"payload": {string(encode(in.payload))}}
	if in.command != nil {
		target, form = s.commands, in.command
	}
	s.mu.Unlock()
	if target == "" {
		return Reply{Via: ViaHTTP}, fmt.Errorf("the app has no request URL: call SetEndpoints or connect a socket: %w", ErrDelivery)
	}
	body := []byte(form.Encode())
	return s.post(ctx, Sent{URL: target, Header: signed(s.opt.SigningSecret, s.opt.SignClock(), body), Body: body})
}

// Replay sends a request once more, with the same signature. Slack would not; somebody who saw it could.
func (s *Simulator) Replay(ctx context.Context, sent Sent) (Reply, error) {
	if sent.URL == "" {
		return Reply{}, errors.New("replay: nothing was sent over HTTP")
	}
	return s.post(ctx, sent)
}

// Forgery is a way to spoil a signed request.
type Forgery string

// Forgeries. Those with a time, and the one in the query, have a signature that fits; the others do not.
const (
	ForgeWrongSecret Forgery = "wrong_secret"
	ForgeChangedBody Forgery = "changed_body"
	ForgeNoSignature Forgery = "no_signature"
	ForgeNoTimestamp Forgery = "no_timestamp"
	// ForgeOldTimestamp and ForgeFutureTimestamp are signed well for a moment ten minutes away.
	ForgeOldTimestamp    Forgery = "old_timestamp"
	ForgeFutureTimestamp Forgery = "future_timestamp"
	// ForgeFreshTimestamp keeps the old signature under a new timestamp.
	ForgeFreshTimestamp Forgery = "fresh_timestamp"
	// ForgeQuery repeats the payload in the URL's query, signed well with an empty body.
	ForgeQuery Forgery = "query"
)

// Forge sends a spoiled copy of a request that was sent before.
func (s *Simulator) Forge(ctx context.Context, sent Sent, how Forgery) (Reply, error) {
	if sent.URL == "" {
		return Reply{}, errors.New("forge: nothing was sent over HTTP")
	}
	now, secret := s.opt.SignClock(), s.opt.SigningSecret
	out := Sent{URL: sent.URL, Header: sent.Header.Clone(), Body: bytes.Clone(sent.Body)}
	switch how {
	case ForgeWrongSecret:
		out.Header = signed(secret+"x", now, out.Body)
	case ForgeChangedBody:
		out.Header = signed(secret, now, out.Body)
		out.Body = append(out.Body, "&forged=1"...)
	case ForgeNoSignature:
		out.Header.Del(headerSignature)
	case ForgeNoTimestamp:
		out.Header.Del(headerTimestamp)
	case ForgeOldTimestamp:
		out.Header = signed(secret, now.Add(-10*time.Minute), out.Body)
	case ForgeFutureTimestamp:
		out.Header = signed(secret, now.Add(10*time.Minute), out.Body)
	case ForgeFreshTimestamp:
		signature := out.Header.Get(headerSignature)
		out.Header = signed(secret, now.Add(time.Second), out.Body)
		out.Header.Set(headerSignature, signature)
	case ForgeQuery:
		out.URL += "?" + string(out.Body)
		out.Body = nil
		out.Header = signed(secret, now, nil)
	default:
		return Reply{}, fmt.Errorf("forge: unknown way %q", how)
	}
	return s.post(ctx, out)
}
