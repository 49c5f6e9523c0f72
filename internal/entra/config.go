package entra

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/gated"
)

// Where Microsoft's public cloud answers. National clouds have addresses of their
// own (Graph, "national cloud deployments").
const (
	DefaultLoginURL = "https://login.microsoftonline.com"
	DefaultGraphURL = "https://graph.microsoft.com/v1.0"
)

// DefaultTimeout bounds one exchange, from the permit to the last byte.
const DefaultTimeout = 30 * time.Second

// Config is what one enterprise application in one tenant needs.
type Config struct {
	App      domain.AppID      // Handover's name of the app, for faults
	Provider domain.ProviderID // under which requests are counted: apps of one tenant share its limits
	Tenant   string            // directory id or a verified domain
	ClientID string            // of the app registration that Handover signs in with
	Secret   domain.Secret     // its client secret
	AppID    string            // object id of the app's service principal (Enterprise applications, Object ID)
	// ReadOnly never writes. AppRoleAssignment.ReadWrite.All, which writing needs, can
	// grant any right of any app (Graph): not every company gives it away.
	ReadOnly  bool
	LoginURL  string // "" means DefaultLoginURL
	GraphURL  string // "" means DefaultGraphURL
	Gate      gated.Gate
	Transport http.RoundTripper // nil means a transport of its own
	// Timeout bounds one exchange; 0 means DefaultTimeout. It must stay under
	// domain.RatePermitLife.
	Timeout time.Duration
	Now     func() time.Time // nil means time.Now
	Log     *slog.Logger     // nil means none
}

func (c Config) withDefaults() Config {
	if c.LoginURL == "" {
		c.LoginURL = DefaultLoginURL
	}
	if c.GraphURL == "" {
		c.GraphURL = DefaultGraphURL
	}
	c.LoginURL, c.GraphURL = strings.TrimRight(c.LoginURL, "/"), strings.TrimRight(c.GraphURL, "/")
	c.ClientID, c.AppID = strings.ToLower(c.ClientID), strings.ToLower(c.AppID)
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// What ids look like. Whatever goes into a path is checked against these.
var (
	guid     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	tenantID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$`)
	rowID    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
)

// check says what is wrong with a configuration, in terms of what to set.
func (c Config) check() string {
	switch {
	case c.App == "" || c.Provider == "":
		return "the app or its identity provider has no name"
	case c.Gate == nil:
		return "there is no gate to count requests at"
	case !tenantID.MatchString(c.Tenant):
		return "the tenant is neither a directory id nor a domain: Entra shows it as Tenant ID under Overview"
	case !guid.MatchString(c.ClientID):
		return "the client id has not the form of one: the app registration shows it as Application (client) ID"
	case c.Secret == "":
		return "there is no client secret: set the variable that the policy file names under credentials"
	case !guid.MatchString(c.AppID):
		return "the app's object id has not the form of one: Enterprise applications show it as Object ID, which is not the Application ID"
	case !safeURL(c.LoginURL) || !safeURL(c.GraphURL):
		return "the login and Graph addresses must be absolute https URLs"
	case c.Timeout < 0 || c.Timeout >= domain.RatePermitLife:
		return "the HTTP timeout must lie between zero and " + domain.RatePermitLife.String()
	}
	return ""
}

// safeURL takes https, and http to this computer alone: the secret goes there.
func safeURL(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	if u.Scheme == "http" {
		ip := net.ParseIP(u.Hostname())
		return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	}
	return u.Scheme == "https"
}
