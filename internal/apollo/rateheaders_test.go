package apollo

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func TestReadRates(t *testing.T) {
	t.Parallel()
	lengths := [3]time.Duration{time.Minute, time.Hour, 24 * time.Hour}
	for name, tc := range map[string]struct {
		headers map[string]string
		want    []domain.RateReading
	}{
		"recorded": {
			map[string]string{
				"x-rate-limit-minute": "50", "x-minute-usage": "2", "x-minute-requests-left": "48",
				"x-rate-limit-hourly": "200", "x-hourly-usage": "4", "x-hourly-requests-left": "196",
				"x-rate-limit-24-hour": "600", "x-24-hour-usage": "4", "x-24-hour-requests-left": "596",
			},
			[]domain.RateReading{{Length: time.Minute, Limit: 50, Used: 2}, {Length: time.Hour, Limit: 200, Used: 4}, {Length: 24 * time.Hour, Limit: 600, Used: 4}},
		},
		"unlimited":         {map[string]string{"x-rate-limit-minute": ""}, []domain.RateReading{{Length: time.Minute, Unlimited: true}}},
		"absent":            {map[string]string{"x-request-id": "r"}, nil},
		"old name":          {map[string]string{"x-rate-limit-daily": "600", "x-daily-requests-left": "590"}, []domain.RateReading{{Length: 24 * time.Hour, Limit: 600, Used: 10}}},
		"no usage":          {map[string]string{"x-rate-limit-hourly": "200"}, []domain.RateReading{{Length: time.Hour, Limit: 200, Used: -1}}},
		"they disagree":     {map[string]string{"x-rate-limit-minute": "50", "x-minute-usage": "2", "x-minute-requests-left": "40"}, []domain.RateReading{{Length: time.Minute, Limit: 50, Used: 10}}},
		"not numbers":       {map[string]string{"x-rate-limit-minute": "many"}, nil},
		"nothing permitted": {map[string]string{"x-rate-limit-minute": "0"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			for k, v := range tc.headers {
				h.Set(k, v)
			}
			require.Equal(t, tc.want, readRates(h, lengths))
		})
	}
}

func TestReadRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for raw, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, "-1": 0, "soon": 0,
		"Fri, 20 Nov 2026 09:02:00 GMT": 2 * time.Minute, "Fri, 20 Nov 2026 08:00:00 GMT": 0,
	} {
		require.Equal(t, want, readRetryAfter(http.Header{"Retry-After": {raw}}, now), raw)
	}
}

func TestRequestIDsAreIDs(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{"": "", "b7a4-9_Z": "b7a4-9_Z", "someone@example.com": "", "a b": ""} {
		require.Equal(t, want, requestID(http.Header{"X-Request-Id": {raw}}))
	}
}

func TestLimitsOfPlans(t *testing.T) {
	t.Parallel()
	day := func(p Plan) int { return Limits(p, 0, opTaskUpdate.grant)[2].Limit }
	require.Equal(t, []int{600, 600, 2000, 2000, 6000, 6000},
		[]int{day(""), day(PlanFree), day(PlanBasic), day(PlanProfessional), day(PlanOrganization), day(PlanCustom)})
	require.Empty(t, Limits(PlanOrganization, 0, opSCIMPatch.counted()))
	require.Equal(t, domain.RateLimits{{Length: time.Minute, Limit: 600}}, Limits(PlanOrganization, 600, opSCIMPatch.counted()), "what the policy file tells")
}
