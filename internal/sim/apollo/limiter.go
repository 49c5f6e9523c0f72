package apollo

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// limiter counts admitted requests per endpoint in three fixed windows. Refused requests are not counted.
type limiter struct {
	open map[string]*[3]opened
}

type opened struct {
	since time.Time
	used  int
}

var windowNames = [3]string{"minute", "hour", "day"}

func newLimiter() *limiter { return &limiter{open: map[string]*[3]opened{}} }

func (l Limits) windows() [3]Window { return [3]Window{l.Minute, l.Hour, l.Day} }

// refusal names the window that was exhausted, and when it opens again.
type refusal struct {
	window int
	limit  int
	wait   time.Duration
}

// admit counts one request, or says why not. When several windows are exhausted the one that lasts longest is named.
func (l *limiter) admit(key string, limits Limits, now time.Time) *refusal {
	windows := l.current(key, limits, now)
	var refused *refusal
	for i, w := range limits.windows() {
		if w.Count == 0 || windows[i].used < w.Count {
			continue
		}
		wait := windows[i].since.Add(w.Length).Sub(now)
		if refused == nil || wait > refused.wait {
			refused = &refusal{window: i, limit: w.Count, wait: wait}
		}
	}
	if refused == nil {
		l.use(key, limits, now, 1)
	}
	return refused
}

// use counts n requests without asking.
func (l *limiter) use(key string, limits Limits, now time.Time, n int) {
	windows := l.current(key, limits, now)
	for i := range windows {
		windows[i].used += n
	}
}

// current gives the endpoint's windows, opening those that are over.
func (l *limiter) current(key string, limits Limits, now time.Time) *[3]opened {
	windows, found := l.open[key]
	if !found {
		windows = &[3]opened{}
		l.open[key] = windows
	}
	for i, w := range limits.windows() {
		if windows[i].used > 0 && now.Sub(windows[i].since) < w.Length {
			continue
		}
		windows[i] = opened{since: now}
		if limits.Aligned && w.Length > 0 {
			windows[i].since = now.Truncate(w.Length)
		}
	}
	return windows
}

var rateHeaders = [3][3]string{
	{"x-rate-limit-minute", "x-minute-usage", "x-minute-requests-left"},
	{"x-rate-limit-hourly", "x-hourly-usage", "x-hourly-requests-left"},
	{"x-rate-limit-24-hour", "x-24-hour-usage", "x-24-hour-requests-left"},
}

// setHeaders writes the nine headers. An unlimited window has an empty limit and no usage.
func (l *limiter) setHeaders(h http.Header, key string, limits Limits, now time.Time) {
	windows := l.current(key, limits, now)
	for i, w := range limits.windows() {
		names := rateHeaders[i]
		if w.Count == 0 {
			h.Set(names[0], "")
			continue
		}
		h.Set(names[0], strconv.Itoa(w.Count))
		h.Set(names[1], strconv.Itoa(windows[i].used))
		h.Set(names[2], strconv.Itoa(max(0, w.Count-windows[i].used)))
	}
}

// seconds rounds a wait up, as retry-after has whole seconds and coming back early would be refused.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}

func quotaReply(e endpoint, r *refusal) reply {
	text := fmt.Sprintf("The maximum number of api calls allowed for %s is %d times per %s. Please upgrade your plan from %s",
		e.path(), r.limit, windowNames[r.window], "https://app.apollo.io/#/settings/plans/upgrade.")
	return reply{status: http.StatusTooManyRequests, body: object{"message": text}, retryAfter: r.wait}
}

// Consume counts n requests on an endpoint that somebody else made with the same team's quota.
func (s *Simulator) Consume(endpointKey string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limiter.use(endpointKey, s.limits.of(endpointKey), s.now(), n)
}
