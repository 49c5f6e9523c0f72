package okta

import (
	"crypto/rsa"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"

	"handover/domain"
	"handover/internal/gated"
)

// App is one app at one Okta org.
type App struct {
	cfg  Config
	key  *rsa.PrivateKey // nil with an API token
	rest *resty.Client

	mu     sync.Mutex
	tokens map[string]token // by scope
	rights rights
}

// maxAnswer bounds an answer: a page of five hundred app users with what is
// embedded stays well under it.
const maxAnswer = 16 << 20

// New makes the door of an app. It sends nothing; see Describe. What is wrong with
// the configuration is a fault of kind invalid.
func New(cfg Config) (*App, error) {
	cfg = cfg.withDefaults()
	key, wrong := cfg.check()
	if wrong != "" {
		return nil, domain.NewFault(domain.FaultInvalid, "okta.configure", cfg.App, wrong, nil)
	}
	rest := gated.Client(&gated.Transport{App: domain.AppID(cfg.Provider), Gate: cfg.Gate, Next: cfg.Transport, Timeout: cfg.Timeout, Now: cfg.Now, Log: cfg.Log,
		Endpoint: counted, Read: readRates}, maxAnswer).SetHeader("Accept", "application/json")
	return &App{cfg: cfg, key: key, rest: rest, tokens: map[string]token{}}, nil
}

// Provider is the kind of identity provider.
func (a *App) Provider() string { return domain.ProviderOkta }

// counted is the key under which a request is counted: its method and its path
// without ids. Okta counts in buckets of paths (documented) that are never finer.
func counted(req *http.Request) string {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(req.URL.Path, "/api/v1"), "/"), "/")
	for i := range parts {
		if i%2 == 1 && strings.HasPrefix(req.URL.Path, "/api/") && parts[i] != "rules" {
			parts[i] = "id"
		}
	}
	return "okta/" + strings.ToLower(req.Method) + "/" + strings.Join(parts, "/")
}

func (a *App) now() time.Time { return a.cfg.Now().UTC() }
