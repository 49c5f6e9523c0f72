package scim

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"handover/domain"
)

// DefaultHTTPTimeout bounds one exchange, from the permit to the last byte.
const DefaultHTTPTimeout = 30 * time.Second

// Role says what a role, an entitlement or a group of the app means. SCIM shows
// its value alone (RFC 7643 section 4.1.2).
type Role struct {
	Name  string
	Admin domain.Tri
}

// The attributes of a user that can carry a role (RFC 7643 section 4.1.2).
const (
	RolesUnder        = "roles"
	EntitlementsUnder = "entitlements"
)

// Config is what one tenant needs.
type Config struct {
	App   domain.AppID
	URL   string // the base, for example https://app.example.com/scim/v2
	Token domain.Secret
	// Delete removes users instead of deactivating them. What an app does on
	// either differs from vendor to vendor (PagerDuty deletes on active:false,
	// Slack only deactivates on DELETE), so the policy decides, never the program.
	Delete bool
	// Roles by value or display name, and domain.RoleNone for users who show none.
	// What is missing here makes the fact unknown, and guards stay shut.
	Roles map[string]Role
	// RoleAttribute is the attribute under which this app takes roles, RolesUnder or
	// EntitlementsUnder. "" means that nobody told, and nothing is written: groups
	// belong to the server (RFC 7643 section 4.1.2).
	RoleAttribute string
	// HTTPTimeout bounds one exchange; 0 means DefaultHTTPTimeout. It must stay
	// under domain.RatePermitLife.
	HTTPTimeout time.Duration
	Transport   http.RoundTripper // nil means a transport of its own
	Clock       func() time.Time  // nil means time.Now
}

func (c Config) withDefaults() Config {
	c.URL = strings.TrimRight(c.URL, "/")
	if c.HTTPTimeout == 0 {
		c.HTTPTimeout = DefaultHTTPTimeout
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return c
}

// check says what is wrong with a configuration, in terms of what to set.
func (c Config) check() string {
	u, err := url.Parse(c.URL)
	switch {
	case c.App == "":
		return "the app has no name"
	case c.URL == "" || c.Token == "":
		return "SCIM needs an address and a token: set the variables that the policy file names under credentials"
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "the SCIM address is not an absolute http or https URL"
	case c.RoleAttribute != "" && c.RoleAttribute != RolesUnder && c.RoleAttribute != EntitlementsUnder:
		return "roles are written under " + RolesUnder + " or " + EntitlementsUnder
	case c.HTTPTimeout < 0 || c.HTTPTimeout >= domain.RatePermitLife:
		return "the HTTP timeout must lie between zero and " + domain.RatePermitLife.String()
	}
	return ""
}
