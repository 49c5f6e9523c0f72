package browser

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// reportName is the function by which the guard tells what it saw. It is there in
// the probe's world only: the page cannot call it.
const reportName = "handoverSaw"

// reportTime is how long the guard's word on a click may take. It comes at once,
// even while the browser answers nothing because a navigation waits at the door.
const reportTime = 2 * time.Second

// reports is what the guards of all documents saw of one click.
type reports struct {
	mu   sync.Mutex
	seen pressed
	more chan struct{}
}

func newReports() *reports { return &reports{more: make(chan struct{}, 1)} }

func (r *reports) listen(tab context.Context) error {
	_, err := chromedp.Call(tab, cdpruntime.AddBinding, cdpruntime.AddBindingParams{Name: reportName, ExecutionContextName: worldName})
	return err
}

func (r *reports) event(ev any) {
	told, ok := ev.(*cdpruntime.EventBindingCalled)
	if !ok || told.Name != reportName {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	verdict, kind, _ := strings.Cut(told.Payload, " ")
	switch {
	case verdict == "passed":
		r.seen.Passed = append(r.seen.Passed, kind)
	case r.seen.Blocked == "":
		r.seen.Blocked = kind
	}
	select {
	case r.more <- struct{}{}:
	default:
	}
}

// begin forgets what was seen of another click.
func (r *reports) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = pressed{}
}

// verdict waits until the guard has seen the click through, or held something back.
func (r *reports) verdict(ctx context.Context) pressed {
	limit := time.NewTimer(reportTime)
	defer limit.Stop()
	for {
		r.mu.Lock()
		seen := pressed{Blocked: r.seen.Blocked, Passed: slices.Clone(r.seen.Passed)}
		r.mu.Unlock()
		if seen.through() || seen.Blocked != "" {
			return seen
		}
		select {
		case <-r.more:
		case <-limit.C:
			return seen
		case <-ctx.Done():
			return seen
		}
	}
}
