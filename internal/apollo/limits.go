package apollo

import (
	"strings"
	"time"

	"handover/domain"
)

// Plan is what the tenant bought. Empty means not told.
type Plan string

// The plans (documented).
const (
	PlanFree         Plan = "free"
	PlanBasic        Plan = "basic"
	PlanProfessional Plan = "professional"
	PlanOrganization Plan = "organization"
	PlanCustom       Plan = "custom"
)

func (p Plan) known() bool {
	switch p {
	case "", PlanFree, PlanBasic, PlanProfessional, PlanOrganization, PlanCustom:
		return true
	}
	return false
}

// Limits gives the requests that a plan admits on an endpoint per minute, hour
// and day (documented; the paid plans' numbers also observed). Each endpoint
// counts for itself. The headers of answers replace these numbers, so a plan
// that is not told gets the smallest. What SCIM admits is published nowhere and
// stands in no header: scim is the requests a minute that the policy file tells,
// all kinds together, 0 for none.
func Limits(plan Plan, scim int, endpoint string) domain.RateLimits {
	if strings.HasPrefix(endpoint, scimPrefix) {
		if scim <= 0 {
			return nil
		}
		return domain.RateLimits{{Length: time.Minute, Limit: scim}}
	}
	counts := [3]int{50, 200, 600}
	switch plan {
	case PlanBasic, PlanProfessional:
		counts = [3]int{200, 400, 2000}
	case PlanOrganization, PlanCustom:
		counts = [3]int{200, 600, 6000}
	}
	return domain.RateLimits{
		{Length: time.Minute, Limit: counts[0]},
		{Length: time.Hour, Limit: counts[1]},
		{Length: 24 * time.Hour, Limit: counts[2]},
	}
}
