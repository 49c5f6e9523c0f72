package apollo

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func short(minute, hour, day int) *Limits {
	return &Limits{
		Minute: Window{3 * time.Second, minute}, Hour: Window{30 * time.Second, hour}, Day: Window{300 * time.Second, day},
	}
}

func TestPublishedLimits(t *testing.T) {
	t.Parallel()
	for plan, want := range map[string][3]int{
		PlanFree: {50, 200, 600}, PlanBasic: {200, 400, 2000}, PlanProfessional: {200, 400, 2000},
		PlanOrganization: {200, 600, 6000}, PlanUnlimited: {0, 0, 0}, "custom": {200, 600, 6000},
	} {
		l := LimitsOf(plan)
		require.Equal(t, want, [3]int{l.Minute.Count, l.Hour.Count, l.Day.Count}, plan)
	}
	require.Equal(t, 5, LimitsOf(PlanBasic).of(keySyncReport).Hour.Count)
}

func TestRateHeadersAndQuota(t *testing.T) {
	t.Parallel()
	r := demo(t, func(o *Options) { o.Limits = short(2, 3, 4) })
	first := r.do("GET", "/api/v1/users/search", nil)
	for name, want := range map[string]string{
		"x-rate-limit-minute": "2", "x-minute-usage": "1", "x-minute-requests-left": "1",
		"x-rate-limit-hourly": "3", "x-hourly-usage": "1", "x-hourly-requests-left": "2",
		"x-rate-limit-24-hour": "4", "x-24-hour-usage": "1", "x-24-hour-requests-left": "3",
	} {
		require.Equal(t, want, first.header.Get(name), name)
	}
	require.Equal(t, 200, r.do("GET", "/api/v1/users/search", nil).status)

	refused := r.do("GET", "/api/v1/users/search", nil)
	require.Equal(t, http.StatusTooManyRequests, refused.status)
	require.Equal(t, "The maximum number of api calls allowed for api/v1/users/search is 2 times per minute. "+
		"Please upgrade your plan from https://app.apollo.io/#/settings/plans/upgrade.", refused.body["message"])
	require.Equal(t, "3", refused.header.Get("Retry-After"))
	require.Equal(t, "0", refused.header.Get("x-minute-requests-left"))
	require.Equal(t, "2", refused.header.Get("x-hourly-usage"), "refused requests are not counted")

	require.Equal(t, 200, r.do("GET", "/api/v1/email_accounts", nil).status, "each endpoint has its own windows")

	r.clock.Advance(3 * time.Second)
	require.Equal(t, 200, r.do("GET", "/api/v1/users/search", nil).status)
	r.clock.Advance(3 * time.Second)
	hourly := r.do("GET", "/api/v1/users/search", nil)
	require.Equal(t, http.StatusTooManyRequests, hourly.status)
	require.Contains(t, hourly.body["message"], "3 times per hour")
	require.Equal(t, "24", hourly.header.Get("Retry-After"), "until the exhausted window is over")
	require.Equal(t, 2, r.Counts().Quota)
}

func TestRetryAfterCanBeMissing(t *testing.T) {
	t.Parallel()
	r := demo(t, func(o *Options) { o.Limits = short(1, 0, 0) }, with(func(w *Switches) { w.NoRetryAfter = true }))
	r.do("GET", "/api/v1/users/search", nil)
	a := r.do("GET", "/api/v1/users/search", nil)
	require.Equal(t, http.StatusTooManyRequests, a.status)
	require.Empty(t, a.header.Get("Retry-After"))
	limit, there := a.header["X-Rate-Limit-Hourly"]
	require.True(t, there)
	require.Equal(t, []string{""}, limit, "an unlimited window has an empty limit")
	require.NotContains(t, a.header, "X-Hourly-Usage")
}

func TestForeignUseCounts(t *testing.T) {
	t.Parallel()
	r := demo(t, func(o *Options) { o.Limits = short(10, 0, 0) })
	r.Consume("api/v1/users/search", 9)
	require.Equal(t, "10", r.do("GET", "/api/v1/users/search", nil).header.Get("x-minute-usage"))
	require.Equal(t, 429, r.do("GET", "/api/v1/users/search", nil).status)
}

func TestAlignedWindowsEndAtMultiples(t *testing.T) {
	t.Parallel()
	r := demo(t, func(o *Options) { o.Limits = short(1, 0, 0); o.Limits.Aligned = true })
	r.clock.Advance(2 * time.Second)
	require.Equal(t, 200, r.do("GET", "/api/v1/users/search", nil).status)
	r.clock.Advance(time.Second)
	require.Equal(t, 200, r.do("GET", "/api/v1/users/search", nil).status, "the window ended one second after it opened")
}

// Whatever the arrivals, no window ever admits more than its count, and what is refused would have gone over it.
func TestLimiterNeverAdmitsTooMany(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		dice := rand.New(rand.NewPCG(seed, 1))
		limits := *short(1+dice.IntN(5), 1+dice.IntN(20), 1+dice.IntN(60))
		l := newLimiter()
		now := time.Unix(0, 0)
		since, used := [3]time.Time{}, [3]int{}
		for range 400 {
			now = now.Add(time.Duration(dice.IntN(1500)) * time.Millisecond)
			fits := true
			for i, w := range limits.windows() {
				if used[i] == 0 || now.Sub(since[i]) >= w.Length {
					since[i], used[i] = now, 0
				}
				fits = fits && used[i] < w.Count
			}
			refused := l.admit("k", limits, now)
			require.Equal(t, fits, refused == nil)
			if !fits {
				require.Positive(t, refused.wait)
				continue
			}
			for i := range used {
				used[i]++
			}
		}
	}
}

func TestUsageStats(t *testing.T) {
	t.Parallel()
	r := demo(t, func(o *Options) { o.Plan = PlanOrganization })
	r.do("GET", "/api/v1/users/search", nil)
	stats := r.ok("POST", "/api/v1/usage_stats/api_usage_stats", nil)
	require.Equal(t, map[string]any{"limit": 600.0, "consumed": 1.0, "left_over": 599.0},
		stats[`["api/v1/users", "search"]`].(map[string]any)["hour"])
	require.Contains(t, r.ok("POST", "/api/v1/usage_stats/credit_usage_stats", nil), "current_credit_cycle")

	gone := demo(t, with(func(w *Switches) { w.NoUsageStats = true }))
	require.Equal(t, 404, gone.do("POST", "/api/v1/usage_stats/api_usage_stats", nil).status)
}

func TestReportHasFiveCallsAnHour(t *testing.T) {
	t.Parallel()
	r := demo(t, func(o *Options) { o.Plan = PlanOrganization })
	body := reportRequest("last_30_days")
	for i := range 6 {
		want := 200
		if i == 5 {
			want = 429
		}
		require.Equal(t, want, r.do("POST", "/api/v1/reports/sync_report", body).status, strconv.Itoa(i))
	}
}

func reportRequest(modality string) object {
	return object{
		"metrics":  []object{{"value": "num_emails_sent", "smart_datetime_reference": "activity_datetime", "smart_user_id_reference": "user_id"}},
		"group_by": []object{{"name": "smart_user_id"}}, "pivot_group_by": []object{}, "sorts": []object{}, "filters": object{},
		"group_by_totals_selected": true, "pivot_group_by_totals_selected": false,
		"date_ranges": []object{{"modality": modality}},
	}
}

func TestReportCountsEmailsPerUser(t *testing.T) {
	t.Parallel()
	r := demo(t)
	count := func(email, modality string) float64 {
		body := r.ok("POST", "/api/v1/reports/sync_report", reportRequest(modality))
		table := body["response"].(map[string]any)["table_response"].(map[string]any)
		for _, b := range rows(table["smart_user_id"].(map[string]any), "buckets") {
			if b["key"] == r.id(email) {
				return b["num_emails_sent"].(float64)
			}
		}
		return -1
	}
	require.Positive(t, count(dana, "last_30_days"))
	require.Zero(t, count("jonas.berg@example.com", "last_30_days"))
	require.Positive(t, count("jonas.berg@example.com", "last_12_months"))
	before := count(dana, "last_30_days")
	r.clock.Advance(20 * 24 * time.Hour)
	require.NotEqual(t, before, count(dana, "last_30_days"))

	missing := reportRequest("today")
	delete(missing, "metrics")
	a := r.do("POST", "/api/v1/reports/sync_report", missing)
	require.Equal(t, 400, a.status)
	require.Equal(t, "param is missing or the value is empty: metrics", a.body["error"])
	require.Equal(t, 400, r.do("POST", "/api/v1/reports/sync_report", reportRequest("some day")).status)

	last := 0.0
	for _, modality := range []string{"today", "last_7_days", "current_month", "last_30_days", "last_3_months", "last_6_months", "last_12_months", "all_time"} {
		sent := count(aiko, modality)
		require.GreaterOrEqual(t, sent, last, modality)
		last = sent
	}
	flat := reportRequest("all_time")
	flat["group_by"] = []object{}
	sums := r.ok("POST", "/api/v1/reports/sync_report", flat)["response"].(map[string]any)["table_response"].(map[string]any)
	require.Greater(t, sums["num_emails_sent"], last)
	tasks := reportRequest("all_time")
	tasks["metrics"] = []object{{"value": "num_tasks_completed"}}
	r.ok("POST", "/api/v1/reports/sync_report", tasks)
	tasks["metrics"] = []object{{"value": "num_smiles"}}
	require.Equal(t, 400, r.do("POST", "/api/v1/reports/sync_report", tasks).status)

	custom := reportRequest("custom_range")
	custom["filters"] = object{"smart_user_id": []string{r.id(dana)}, "smart_datetime_range": object{"min": "2026-11-02", "max": "2026-11-02"}}
	table := r.ok("POST", "/api/v1/reports/sync_report", custom)["response"].(map[string]any)["table_response"].(map[string]any)
	require.Equal(t, []any{18.0}, column(rows(table["smart_user_id"].(map[string]any), "buckets"), "num_emails_sent"))
}
