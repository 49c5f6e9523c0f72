package okta

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"handover/domain"
)

// window is what Okta's buckets count over: its limits are per minute
// (documented).
const window = time.Minute

// busyPause is how long to stay away after a breach of concurrency that names no
// moment: what runs meanwhile is over in a moment (documented: transactions are
// short-lived).
const busyPause = 2 * time.Second

// readRates reads what an answer's headers tell of the limits. A breach of
// concurrency shows limit and rest as 0 (documented), which is no limit of the
// window: nothing is learnt from it but to wait.
func readRates(resp *http.Response, now time.Time) domain.RateObservation {
	seen := domain.RateObservation{ReceivedAt: now}
	limit, left, told := limits(resp.Header)
	if told && limit > 0 {
		seen.Windows = []domain.RateReading{{Length: window, Limit: limit, Used: max(0, limit-left)}}
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		seen.Refused, seen.RetryAfter = true, pause(resp.Header, now)
	}
	return seen
}

func limits(h http.Header) (limit, left int, told bool) {
	limit, err := strconv.Atoi(strings.TrimSpace(h.Get("X-Rate-Limit-Limit")))
	if err != nil || limit < 0 {
		return 0, 0, false
	}
	left, err = strconv.Atoi(strings.TrimSpace(h.Get("X-Rate-Limit-Remaining")))
	return limit, left, err == nil && left >= 0
}

// pause is how long Okta wants to be left alone after a refusal. X-Rate-Limit-Reset
// is a moment by Okta's clock in seconds since 1970 (documented), so it is measured
// from the answer's own Date; for a breach of concurrency it is only a hint (issue).
func pause(h http.Header, now time.Time) time.Duration {
	from := now
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		from = at
	}
	limit, left, told := limits(h)
	busy := told && limit == 0 && left == 0
	reset, err := strconv.ParseInt(strings.TrimSpace(h.Get("X-Rate-Limit-Reset")), 10, 64)
	until := time.Unix(reset, 0).Sub(from)
	switch {
	case err == nil && until >= 0 && until <= 2*window:
		return max(until, time.Second) // both clocks count whole seconds
	case busy:
		return busyPause
	}
	return window
}
