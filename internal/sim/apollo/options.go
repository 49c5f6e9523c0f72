package apollo

import (
	"net/http"
	"time"
)

// Plans whose published request limits the simulator knows. PlanUnlimited switches the limiter off.
const (
	PlanFree         = "free"
	PlanBasic        = "basic"
	PlanProfessional = "professional"
	PlanOrganization = "organization"
	PlanUnlimited    = "unlimited"
)

// Options configures a Simulator. The zero value is an organization tenant with an empty API key, which admits nobody.
type Options struct {
	// Plan names the row of the published limits table; empty means PlanOrganization.
	Plan string
	// Limits replaces the plan's limits, so that a test can shorten the windows.
	Limits *Limits
	// Clock is what the simulator takes for now; nil means time.Now.
	Clock func() time.Time
	// Switches picks a world among those the documentation leaves open.
	Switches Switches
	// APIKey is the key requests must carry in x-api-key.
	APIKey string
	// Grants lists the endpoints the key may use; nil makes it a master key.
	Grants []string
	// SCIMToken opens the SCIM door; empty keeps it shut (404).
	SCIMToken string
	// SCIMLimit bounds SCIM requests in one window; zero means no bound.
	SCIMLimit Window
	// AdminToken opens the administration pages and the control API; empty keeps both shut.
	AdminToken string
	// OnExchange sees every REST exchange after it was answered. Exchanges cut off by a fault have status 0.
	OnExchange func(req *http.Request, reqBody []byte, status int, respBody []byte)
}

// Window is a number of requests admitted in a stretch of time. A Count of zero means unlimited.
type Window struct {
	Length time.Duration
	Count  int
}

// Limits are the three windows that each endpoint has for itself. They open at the endpoint's first request.
type Limits struct {
	Minute, Hour, Day Window
	// Aligned starts windows at multiples of their length instead of at the first request.
	Aligned bool
	// PerEndpoint replaces the windows of single endpoints, by endpoint key.
	PerEndpoint map[string]Limits
}

// LimitsOf gives the published limits of a plan. Unknown plans get those of PlanOrganization.
func LimitsOf(plan string) Limits {
	counts := map[string][3]int{
		PlanFree:         {50, 200, 600},
		PlanBasic:        {200, 400, 2000},
		PlanProfessional: {200, 400, 2000},
		PlanOrganization: {200, 600, 6000},
		PlanUnlimited:    {0, 0, 0},
	}
	c, known := counts[plan]
	if !known {
		c = counts[PlanOrganization]
	}
	limits := Limits{
		Minute: Window{time.Minute, c[0]},
		Hour:   Window{time.Hour, c[1]},
		Day:    Window{24 * time.Hour, c[2]},
	}
	if plan != PlanUnlimited {
		report := limits
		report.Hour.Count = 5
		limits.PerEndpoint = map[string]Limits{keySyncReport: report}
	}
	return limits
}

// of gives the limits that hold for one endpoint.
func (l Limits) of(key string) Limits {
	own, found := l.PerEndpoint[key]
	if !found {
		return l
	}
	own.Aligned = l.Aligned
	return own
}
