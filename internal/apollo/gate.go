package apollo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"handover/domain"
)

// Gate keeps the rate windows of all endpoints, shared by every process that
// uses the key.
type Gate interface {
	// Acquire gives a permit for one request, waiting up to a minute for it. A
	// longer wait is a fault of kind rate_limited with RetryAt.
	Acquire(ctx context.Context, app domain.AppID, endpoint string, urgent bool) (domain.RatePermit, error)
	// Observe books what became of a permit.
	Observe(ctx context.Context, permit domain.RatePermit, seen domain.RateObservation) error
}

type endpointKey struct{}

// withEndpoint says under which key the request of a context is counted.
func withEndpoint(ctx context.Context, endpoint string) context.Context {
	return context.WithValue(ctx, endpointKey{}, endpoint)
}

var errNoEndpoint = errors.New("request without a rate key")

// gated lets no request out without a permit.
type gated struct {
	app     domain.AppID
	gate    Gate
	next    http.RoundTripper
	timeout time.Duration
	windows [3]time.Duration
	now     func() time.Time
	log     *slog.Logger
}

// RoundTrip waits for a permit, sends, and reports what the headers say. The
// time limit begins with the permit: waiting for one is no failure of the app.
func (g *gated) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	endpoint, ok := ctx.Value(endpointKey{}).(string)
	if !ok {
		return nil, errors.Join(errNoEndpoint, closeBody(req))
	}
	permit, err := g.gate.Acquire(ctx, g.app, endpoint, domain.Urgent(ctx))
	if err != nil {
		return nil, errors.Join(err, closeBody(req))
	}
	limited, cancel := context.WithTimeout(ctx, g.timeout)
	resp, err := g.next.RoundTrip(req.WithContext(limited))
	if err != nil {
		cancel()
		g.observe(ctx, permit, domain.RateObservation{ReceivedAt: g.now(), Lost: true})
		return nil, err
	}
	now := g.now()
	seen := domain.RateObservation{ReceivedAt: now, Windows: readRates(resp.Header, g.windows)}
	if resp.StatusCode == http.StatusTooManyRequests && !peekErrorBody(resp).sequenceLock() {
		seen.Refused, seen.RetryAfter = true, readRetryAfter(resp.Header, now)
	}
	g.observe(ctx, permit, seen)
	resp.Body = &cancelOnClose{resp.Body, cancel}
	return resp, nil
}

// observe must not lose the answer of a request that was sent: without it the
// permit expires as used, which is safe.
func (g *gated) observe(ctx context.Context, permit domain.RatePermit, seen domain.RateObservation) {
	if err := g.gate.Observe(context.WithoutCancel(ctx), permit, seen); err != nil {
		g.log.WarnContext(ctx, "rate window not updated", "app", g.app, "endpoint", permit.Endpoint, "fault", domain.KindOf(err))
	}
}

const maxErrorBody = 64 << 10

// peekErrorBody reads an error's body and puts it back.
func peekErrorBody(resp *http.Response) errorBody {
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	rest := io.Reader(resp.Body)
	if err != nil {
		rest = failing{err}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(raw), rest), resp.Body}
	return readErrorBody(raw)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type cancelOnClose struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (c *cancelOnClose) Close() error {
	defer c.cancel()
	return c.ReadCloser.Close()
}

func closeBody(req *http.Request) error {
	if req.Body == nil {
		return nil
	}
	return req.Body.Close()
}
