package gated

import (
	"context"
	"errors"
	"net/url"
	"os"
	"time"

	"github.com/go-resty/resty/v2"

	"handover/domain"
)

// Lost classifies a call without a readable answer. It is never invalid: nobody
// judged the request. The gate's own fault comes back as it is; else kind and
// message are for a fault of the caller's making, and cause holds no URL, whose
// query may name people. Again says what a caller does after an answer that was
// lost.
func Lost(ctx context.Context, err error, timeout time.Duration, again string) (own *domain.Fault, kind domain.FaultKind, message string, cause error) {
	if errors.As(err, &own) {
		return own, "", "", nil
	}
	var inURL *url.Error
	if errors.As(err, &inURL) {
		err = inURL.Err
	}
	switch {
	case errors.Is(err, resty.ErrResponseBodyTooLarge):
		return nil, domain.FaultInternal, "the answer is larger than any page of users", err
	case ctx.Err() != nil:
		return nil, domain.FaultUnavailable, "the call was stopped before its answer came: " + again, ctx.Err()
	case os.IsTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return nil, domain.FaultUnavailable, "no answer within " + timeout.String() + ": " + again, err
	default:
		return nil, domain.FaultUnavailable, "no connection, or it broke: " + again, err
	}
}

// PlainID takes an outside system's id of a request when it has the form of an
// id: what else stands in a header may be anything.
func PlainID(id string) string {
	if len(id) > 64 {
		return ""
	}
	for _, r := range id {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_') {
			return ""
		}
	}
	return id
}
