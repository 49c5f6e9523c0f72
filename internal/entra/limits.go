package entra

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/gated"
)

// The keys under which requests are counted, as Microsoft counts them apart.
const (
	countTokens  = "entra/token"
	countReads   = "entra/read"
	countWrites  = "entra/write"
	countSignIns = "entra/sign-ins"
)

// Graph counts resource units for each app and tenant: 3500 in ten seconds in the
// smallest tenants, and 3000 writes in 150 seconds; sign-in logs are five requests
// in ten seconds (Graph, "throttling limits"). A request costs one unit at least,
// so that the unit limit is the most that could ever be sent.
const (
	unitWindow   = 10 * time.Second
	leastUnits   = 3500
	writeWindow  = 150 * time.Second
	writes       = 3000
	signInWindow = 10 * time.Second
	signInReads  = 5
)

// Limits are the windows that Microsoft documents for an endpoint as this package
// counts it, nil where none is documented.
func Limits(endpoint string) domain.RateLimits {
	switch endpoint {
	case countReads:
		return domain.RateLimits{{Length: unitWindow, Limit: leastUnits}}
	case countWrites:
		return domain.RateLimits{{Length: writeWindow, Limit: writes}}
	case countSignIns:
		return domain.RateLimits{{Length: signInWindow, Limit: signInReads}}
	}
	return nil
}

func counted(req *http.Request) string {
	switch {
	case strings.HasSuffix(req.URL.Path, tokenPath):
		return countTokens
	case strings.Contains(req.URL.Path, "/auditLogs/"):
		return countSignIns
	case req.Method == http.MethodGet:
		return countReads
	}
	return countWrites
}

// usage reads what an answer tells of the limits. Graph shows how much of the units
// is used only from eight tenths on, as a share (x-ms-throttle-limit-percentage,
// 0.8 to 1.8): taken of the smallest tenant's units, so that others who use the
// same app registration are made room for.
func usage(resp *http.Response, now time.Time) domain.RateObservation {
	seen := gated.Refusal(resp, now)
	share, err := strconv.ParseFloat(resp.Header.Get("x-ms-throttle-limit-percentage"), 64)
	if err == nil && share > 0 && share <= 10 && resp.Request != nil && counted(resp.Request) == countReads {
		seen.Windows = []domain.RateReading{{Length: unitWindow, Limit: leastUnits, Used: int(math.Ceil(share * leastUnits))}}
	}
	return seen
}
