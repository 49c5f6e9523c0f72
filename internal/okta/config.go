package okta

import (
	"crypto/rsa"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"handover/domain"
	"handover/internal/gated"
)

// DefaultTimeout bounds one exchange, from the permit to the last byte.
const DefaultTimeout = 30 * time.Second

// Config is what one app at one Okta org needs: an API token, or a service app
// with its key.
type Config struct {
	App      domain.AppID      // Handover's name of the app, for faults
	Provider domain.ProviderID // under which rate windows are counted, one for all apps of the org
	URL      string            // of the org, for example https://acme.okta.com
	AppID    string            // Okta's id of the app instance, 0oa…
	Token    domain.Secret     // an API token, with the rights of its owner; or
	ClientID string            // of a service app, with
	Key      domain.Secret     // its private key, an RSA key as PEM, and
	KeyID    string            // that key's id at Okta
	// ReadOnly makes every write a fault of kind unsupported, so that a person does
	// it, and leaves the scopes for writing out of what is missing.
	ReadOnly  bool
	Gate      gated.Gate
	Transport http.RoundTripper // nil means a transport of its own
	// Timeout bounds one exchange; 0 means DefaultTimeout. It must stay under
	// domain.RatePermitLife.
	Timeout time.Duration
	Now     func() time.Time // nil means time.Now
	Log     *slog.Logger     // nil means none
}

func (c Config) withDefaults() Config {
	c.URL = strings.TrimRight(c.URL, "/")
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

// check says what is wrong with a configuration, in terms of what to set. The
// key is read on the way; it is nil where an API token stands for it.
func (c Config) check() (key *rsa.PrivateKey, wrong string) {
	switch {
	case c.App == "" || c.Provider == "":
		return nil, "the app or its identity provider has no name"
	case c.Gate == nil:
		return nil, "there is no gate that keeps Okta's rate windows"
	case c.AppID == "" || gated.PlainID(c.AppID) != c.AppID:
		return nil, "Okta's id of the app is missing or has a wrong form: it begins with 0oa and stands in the address of the app's page in Okta's admin console"
	case c.Timeout < 0 || c.Timeout >= domain.RatePermitLife:
		return nil, "the HTTP timeout must lie between zero and " + domain.RatePermitLife.String()
	}
	if wrong := wrongAddress(c.URL); wrong != "" {
		return nil, wrong
	}
	service := c.ClientID != "" || c.Key != "" || c.KeyID != ""
	switch {
	case c.Token != "" && service:
		return nil, "Okta is given an API token and a service app: set one of them"
	case c.Token != "":
		return nil, ""
	case c.ClientID == "" || c.Key == "" || c.KeyID == "":
		return nil, "Okta needs a service app's client id, its private key and the key's id, or an API token"
	}
	key, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(string(c.Key)))
	if err != nil {
		return nil, "the service app's private key is no RSA key in PEM form: make one in Okta, under the service app's public keys"
	}
	return key, ""
}

// wrongAddress refuses what would send a token in the clear, or elsewhere.
func wrongAddress(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "":
		return "Okta's address is that of the org alone, as https://acme.okta.com"
	case strings.Contains(u.Hostname(), "-admin."):
		return "this is the address of Okta's admin console: the interface stands at the org's own address, without -admin"
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return ""
	}
	return "Okta's address must begin with https"
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
