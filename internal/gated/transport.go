// Package gated is how adapters speak HTTP to an outside system: no request
// without a permit, nothing repeated, nothing personal in what it says.
package gated

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"handover/domain"
)

// Gate keeps the rate windows of all endpoints, shared by every process that
// uses the same credentials.
type Gate interface {
	// Acquire gives a permit for one request, waiting up to a minute for it. A
	// longer wait is a fault of kind rate_limited with RetryAt.
	Acquire(ctx context.Context, app domain.AppID, endpoint string, urgent bool) (domain.RatePermit, error)
	// Observe books what became of a permit.
	Observe(ctx context.Context, permit domain.RatePermit, seen domain.RateObservation) error
}

// Transport lets no request out without a permit.
type Transport struct {
	App     domain.AppID
	Gate    Gate
	Next    http.RoundTripper
	Timeout time.Duration // from the permit to the last byte; under domain.RatePermitLife
	Now     func() time.Time
	Log     *slog.Logger
	// Endpoint is the key under which a request is counted.
	Endpoint func(*http.Request) string
	// Read is what the headers of an answer tell of the limits. Nil: only refusals
	// are learnt from (429 and Retry-After).
	Read func(*http.Response, time.Time) domain.RateObservation
}

// RoundTrip waits for a permit, sends, and reports what came back. The time limit
// begins with the permit: waiting for one is no failure of the app.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	permit, err := t.Gate.Acquire(ctx, t.App, t.Endpoint(req), domain.Urgent(ctx))
	if err != nil {
		return nil, errors.Join(err, closeBody(req))
	}
	limited, cancel := context.WithTimeout(ctx, t.Timeout)
	resp, err := t.Next.RoundTrip(req.WithContext(limited))
	if err != nil {
		cancel()
		t.observe(ctx, permit, domain.RateObservation{ReceivedAt: t.Now(), Lost: true})
		return nil, err
	}
	t.observe(ctx, permit, t.seen(resp))
	resp.Body = &cancelOnClose{resp.Body, cancel}
	return resp, nil
}

func (t *Transport) seen(resp *http.Response) domain.RateObservation {
	now := t.Now()
	if t.Read != nil {
		return t.Read(resp, now)
	}
	return Refusal(resp, now)
}

// Refusal reads a refusal for too many requests, and how long to stay away.
func Refusal(resp *http.Response, now time.Time) domain.RateObservation {
	seen := domain.RateObservation{ReceivedAt: now}
	if resp.StatusCode == http.StatusTooManyRequests {
		seen.Refused, seen.RetryAfter = true, RetryAfter(resp.Header, now)
	}
	return seen
}

// observe must not lose the answer of a request that was sent: without it the
// permit expires as used, which is safe.
func (t *Transport) observe(ctx context.Context, permit domain.RatePermit, seen domain.RateObservation) {
	if err := t.Gate.Observe(context.WithoutCancel(ctx), permit, seen); err != nil {
		t.Log.WarnContext(ctx, "rate window not updated", "app", t.App, "endpoint", permit.Endpoint, "fault", domain.KindOf(err))
	}
}

// RetryAfter reads how long the app wants to be left alone, 0 when it does not
// say: seconds or a date (RFC 9110 section 10.2.3).
func RetryAfter(h http.Header, now time.Time) time.Duration {
	raw := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.Atoi(raw); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(raw); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

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

// Client is an HTTP client over a transport, with answers of at most so many
// bytes. It is a client of its own, because resty's default one shares a cookie
// jar. Redirects are not followed, because they would carry the token to wherever
// they point. Temporal retries; a write is never repeated blindly.
func Client(t *Transport, maxAnswer int) *resty.Client {
	client := &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return resty.NewWithClient(client).SetRetryCount(0).SetResponseBodyLimit(maxAnswer).SetDisableWarn(true).
		SetLogger(silent{}). // resty's own messages quote URLs
		SetHeader("Cache-Control", "no-cache")
}

type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
