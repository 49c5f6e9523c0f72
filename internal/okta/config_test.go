package okta_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/okta"
)

func TestConfigurationsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*okta.Config)
		says string
	}{
		"no app":              {func(c *okta.Config) { c.App = "" }, "no name"},
		"no provider":         {func(c *okta.Config) { c.Provider = "" }, "no name"},
		"no gate":             {func(c *okta.Config) { c.Gate = nil }, "gate"},
		"no id":               {func(c *okta.Config) { c.AppID = "" }, "0oa"},
		"an id with a slash":  {func(c *okta.Config) { c.AppID = "0oa/../x" }, "0oa"},
		"no address":          {func(c *okta.Config) { c.URL = "" }, "address"},
		"with a path":         {func(c *okta.Config) { c.URL += "/api/v1" }, "org alone"},
		"with a password":     {func(c *okta.Config) { c.URL = "https://a:b@acme.okta.com" }, "org alone"},
		"in the clear":        {func(c *okta.Config) { c.URL = "http://acme.okta.com" }, "https"},
		"looks like loopback": {func(c *okta.Config) { c.URL = "http://localhost.example.com" }, "https"},
		"the admin console":   {func(c *okta.Config) { c.URL = "https://acme-admin.okta.com" }, "without -admin"},
		"no credentials":      {func(c *okta.Config) { c.Token = "" }, "or an API token"},
		"half a service app":  {func(c *okta.Config) { c.Token, c.ClientID, c.KeyID = "", "0oaS", "k" }, "or an API token"},
		"both":                {func(c *okta.Config) { c.ClientID = "0oaS" }, "one of them"},
		"a key that is none":  {func(c *okta.Config) { c.Token, c.ClientID, c.KeyID, c.Key = "", "0oaS", "k", secret }, "PEM"},
		"too patient":         {func(c *okta.Config) { c.Timeout = time.Hour }, "timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := okta.Config{App: "crm", Provider: "acme", URL: "https://acme.okta.com", AppID: "0oa1", Token: secret, Gate: &memoryGate{}}
			_, err := okta.New(cfg)
			require.NoError(t, err)
			c.edit(&cfg)
			_, err = okta.New(cfg)
			f := faultOf(t, err)
			require.Equal(t, domain.FaultInvalid, f.Kind)
			require.Contains(t, f.SafeMessage, c.says)
			require.NotContains(t, f.Error(), secret)
		})
	}
}

func TestAddressesThatAreTaken(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"https://acme.okta.com/", "https://login.example.com", "http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"} {
		_, err := okta.New(okta.Config{App: "crm", Provider: "acme", URL: address, AppID: "0oa1", Token: secret, Gate: &memoryGate{}})
		require.NoError(t, err, address)
	}
}
