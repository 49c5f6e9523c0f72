package slackapp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"syscall"
	"time"
)

// largestAnswer bounds what is read of an answer.
const largestAnswer = 4 << 20

type exchangeKey struct{}

// watched notes in the context what becomes of the next request.
func watched(ctx context.Context) (context.Context, *exchange) {
	x := &exchange{}
	ctx = context.WithValue(ctx, exchangeKey{}, x)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(info httptrace.WroteRequestInfo) {
		// A request that broke off on its way is not complete, and Slack acts on
		// none that is not.
		x.written.Store(info.Err == nil)
	}}), x
}

// transport bounds answers and reads Retry-After, which Slack also sends with
// status 200.
type transport struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return resp, err
	}
	if x, ok := r.Context().Value(exchangeKey{}).(*exchange); ok {
		if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
			x.retryAfter = time.Duration(n) * time.Second
		}
	}
	resp.Body = bounded{io.LimitReader(resp.Body, largestAnswer), resp.Body}
	return resp, nil
}

type bounded struct {
	io.Reader
	io.Closer
}

// cut tells whether a connection ended before the answer was whole.
func cut(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
