package apollo

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"handover/domain"
)

// DefaultBaseURL is the documented server of the REST API.
const DefaultBaseURL = "https://api.apollo.io/api/v1"

// DefaultHTTPTimeout bounds one exchange, from the permit to the last byte.
const DefaultHTTPTimeout = 30 * time.Second

// sideBySide is how many requests a burst has on their way at the same time.
const sideBySide = 64

// Secret is a credential. Printed, logged or marshalled it shows nothing.
type Secret string

const hidden = "[secret]"

// String hides the value.
func (Secret) String() string { return hidden }

// GoString hides the value from %#v.
func (Secret) GoString() string { return hidden }

// LogValue hides the value from structured logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value from JSON.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Profile says what a permission profile means. Apollo's API shows a profile's
// id alone (documented), so the policy file has to name it.
type Profile struct {
	Name     string
	Admin    domain.Tri // may administer users
	FullSeat domain.Tri // sits on a paid seat that can work records
	SeatType string     // full, billing, call_assistant
}

// Config is what one tenant needs.
type Config struct {
	App     domain.AppID
	BaseURL string // empty: DefaultBaseURL
	APIKey  Secret
	// SCIMURL and SCIMToken open the direct SCIM door; both or neither. Apollo
	// publishes neither the address nor the dialect; RFC 7644 is assumed.
	SCIMURL   string
	SCIMToken Secret
	Plan      Plan
	// Profiles by permission_set_id. A profile that is missing here makes every
	// fact about it unknown, and guards stay shut.
	Profiles map[string]Profile
	// HTTPTimeout bounds one exchange; 0 means DefaultHTTPTimeout. It must stay
	// under domain.RatePermitLife.
	HTTPTimeout time.Duration
	// Windows are the lengths that the minute, hour and day headers stand for;
	// zero values mean just that. Only a simulator with shortened windows differs.
	Windows [3]time.Duration
	// Transport carries the requests; nil means a transport of its own.
	Transport http.RoundTripper
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
}

func (c Config) withDefaults() Config {
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	c.SCIMURL = strings.TrimRight(c.SCIMURL, "/")
	if c.HTTPTimeout == 0 {
		c.HTTPTimeout = DefaultHTTPTimeout
	}
	if c.Transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConnsPerHost = sideBySide // else most connections of a burst are made anew
		c.Transport = own
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	for i, length := range []time.Duration{time.Minute, time.Hour, 24 * time.Hour} {
		if c.Windows[i] == 0 {
			c.Windows[i] = length
		}
	}
	return c
}

// check says what is wrong with a configuration, in terms of what to set.
func (c Config) check() string {
	switch {
	case c.App == "":
		return "the app has no name"
	case c.APIKey == "":
		return "the app has no API key: set the variable that the policy file names for it"
	case !absolute(c.BaseURL):
		return "the base URL is not an absolute http or https URL"
	case (c.SCIMURL == "") != (c.SCIMToken == ""):
		return "SCIM needs both an address and a token: set both or none"
	case c.SCIMURL != "" && !absolute(c.SCIMURL):
		return "the SCIM address is not an absolute http or https URL"
	case c.HTTPTimeout < 0 || c.HTTPTimeout >= domain.RatePermitLife:
		return "the HTTP timeout must lie between zero and " + domain.RatePermitLife.String()
	case !c.Plan.known():
		return "the plan is not one of free, basic, professional, organization, custom"
	}
	return ""
}

func absolute(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}
