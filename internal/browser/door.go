package browser

import (
	"context"
	"net/url"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// What the door does with a request that does more than read.
const (
	doorShut  = iota // it does not leave the browser
	doorHolds        // it waits for what becomes of the click that acts
	doorOpen         // it goes
)

// door stands between the browser and the network. Before the click that acts
// nothing leaves but requests that read (RFC 9110, 9.2.1: GET, HEAD, OPTIONS) and
// those that the recipe names. While that click is on its way everything it sets
// off waits, navigations too; it goes on when the click went through as it was
// checked, and never leaves otherwise.
type door struct {
	tab    context.Context
	reads  map[string]bool
	mu     sync.Mutex
	state  int
	held   []*fetch.EventRequestPaused
	flying map[network.RequestID]bool // sent after the act, not answered yet
	barred int                        // requests that were not let out
	form   bool                       // one of them was a form of the page
}

func newDoor(tab context.Context, reads []string) *door {
	d := &door{tab: tab, reads: map[string]bool{}, flying: map[network.RequestID]bool{}}
	for _, address := range reads {
		d.reads[withoutQuery(address)] = true
	}
	return d
}

func withoutQuery(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + clean(u.Path)
}

// stand takes the requests of every frame. Service workers would send some past
// it, and so would shared workers and sockets: none is used.
func (d *door) stand() error {
	if _, err := chromedp.Call(d.tab, network.Enable, network.EnableParams{}); err != nil {
		return err
	}
	if _, err := chromedp.Call(d.tab, network.SetBypassServiceWorker, network.SetBypassServiceWorkerParams{Bypass: true}); err != nil {
		return err
	}
	if _, err := chromedp.Call(d.tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: ways}); err != nil {
		return err
	}
	_, err := chromedp.Call(d.tab, fetch.Enable, fetch.EnableParams{})
	return err
}

// ways takes from pages what would lead past the door. A page that needs one of
// them cannot be played.
const ways = "for (const way of ['SharedWorker', 'WebSocket', 'WebSocketStream', 'WebTransport', 'RTCPeerConnection', 'webkitRTCPeerConnection']) delete globalThis[way]"

// event is called for everything the browser says, and does not wait.
func (d *door) event(ev any) {
	switch ev := ev.(type) {
	case *fetch.EventRequestPaused:
		d.paused(ev)
	case *network.EventResponseReceived:
		d.landed(ev.RequestID)
	case *network.EventLoadingFailed:
		d.landed(ev.RequestID)
	}
}

func reading(method string) bool {
	return method == "GET" || method == "HEAD" || method == "OPTIONS"
}

func (d *door) paused(ev *fetch.EventRequestPaused) {
	d.mu.Lock()
	defer d.mu.Unlock()
	page := ev.ResourceType == network.ResourceTypeDocument
	switch {
	case d.state == doorHolds && (page || !reading(ev.Request.Method)):
		d.held = append(d.held, ev)
	case d.state == doorOpen || reading(ev.Request.Method) || d.reads[withoutQuery(ev.Request.URL)] && !page:
		d.pass(ev)
	default:
		d.bar(ev)
	}
}

// pass and bar are called with the lock held. What the browser no longer knows
// needs no answer.
func (d *door) pass(ev *fetch.EventRequestPaused) {
	if d.state == doorOpen && (ev.ResourceType == network.ResourceTypeDocument || !reading(ev.Request.Method)) && ev.NetworkID != "" {
		d.flying[ev.NetworkID] = true
	}
	go answer(d.tab, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: ev.RequestID})
}

func (d *door) bar(ev *fetch.EventRequestPaused) {
	d.barred++
	d.form = d.form || ev.ResourceType == network.ResourceTypeDocument
	go answer(d.tab, fetch.FailRequest, fetch.FailRequestParams{RequestID: ev.RequestID, ErrorReason: network.ErrorReasonAborted})
}

func answer[P any](tab context.Context, cmd cdp.Command[P, cdp.Empty], params P) {
	ctx, cancel := context.WithTimeout(tab, callTime)
	defer cancel()
	_, _ = chromedp.Call(ctx, cmd, params) // a page that is gone takes its requests with it
}

func (d *door) landed(id network.RequestID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.flying, id)
}

// hold makes everything wait that does more than read.
func (d *door) hold() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state = doorHolds
}

// decide lets what waits go, and all that follows; or bars it.
func (d *door) decide(through bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	held := d.held
	d.held, d.state = nil, doorShut
	if through {
		d.state = doorOpen
	}
	for _, ev := range held {
		switch {
		case through:
			d.pass(ev)
		default:
			d.bar(ev)
		}
	}
}

// kept tells how many requests were not let out, and whether one was a form.
func (d *door) kept() (n int, form bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.barred, d.form
}

// settled waits, for a bounded time, until what the act sent is answered: the
// browser's end would take it along.
func (d *door) settled(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	quiet := 0
	for {
		d.mu.Lock()
		n := len(d.flying)
		d.mu.Unlock()
		if quiet++; n > 0 {
			quiet = 0
		}
		if quiet > 1 {
			return true
		}
		if pause(ctx, pollEvery) != nil {
			return false
		}
	}
}
