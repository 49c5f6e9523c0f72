package apollo

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"handover/domain"
)

// rateHeaders are the names of limit, usage and rest per window (observed). The
// day's had other names once (old documentation).
var rateHeaders = [3][][3]string{
	{{"X-Rate-Limit-Minute", "X-Minute-Usage", "X-Minute-Requests-Left"}},
	{{"X-Rate-Limit-Hourly", "X-Hourly-Usage", "X-Hourly-Requests-Left"}},
	{{"X-Rate-Limit-24-Hour", "X-24-Hour-Usage", "X-24-Hour-Requests-Left"},
		{"X-Rate-Limit-Daily", "X-Daily-Usage", "X-Daily-Requests-Left"}},
}

// readRates reads what an answer's headers say about the three windows. An
// empty limit means an unlimited window; no header, as on 401 and 403, means
// nothing (documented).
func readRates(h http.Header, lengths [3]time.Duration) []domain.RateReading {
	var readings []domain.RateReading
	for i, forms := range rateHeaders {
		for _, names := range forms {
			if r, ok := readRate(h, names); ok {
				r.Length = lengths[i]
				readings = append(readings, r)
				break
			}
		}
	}
	return readings
}

func readRate(h http.Header, names [3]string) (domain.RateReading, bool) {
	values, present := h[http.CanonicalHeaderKey(names[0])]
	if !present || len(values) == 0 {
		return domain.RateReading{}, false
	}
	if strings.TrimSpace(values[0]) == "" {
		return domain.RateReading{Unlimited: true}, true
	}
	limit, err := strconv.Atoi(strings.TrimSpace(values[0]))
	if err != nil || limit <= 0 {
		return domain.RateReading{}, false
	}
	used := -1
	if left, err := strconv.Atoi(h.Get(names[2])); err == nil {
		used = limit - left
	}
	if usage, err := strconv.Atoi(h.Get(names[1])); err == nil {
		used = max(used, usage)
	}
	return domain.RateReading{Limit: limit, Used: used}, true
}

// readRetryAfter reads how long the app wants to be left alone, 0 when it does
// not say. Apollo documents seconds; the standard also allows a date.
func readRetryAfter(h http.Header, now time.Time) time.Duration {
	raw := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.Atoi(raw); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(raw); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
