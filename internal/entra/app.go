package entra

import (
	"net/url"
	"sync"

	"github.com/go-resty/resty/v2"

	"handover/domain"
	"handover/internal/gated"
)

// App is one enterprise application at Entra. Its methods are safe for concurrent
// use.
type App struct {
	cfg   Config
	rest  *resty.Client
	graph *url.URL

	mu     sync.Mutex
	token  token
	rights map[string]string // names of Graph's permissions by id; they never change
}

// maxAnswer bounds an answer. A page of 999 users is well under a megabyte; Graph's
// own service principal with all its permissions is about one.
const maxAnswer = 16 << 20

// New makes the app. It sends nothing. What is wrong with the configuration is a
// fault of kind invalid that says what to set.
func New(cfg Config) (*App, error) {
	cfg = cfg.withDefaults()
	if wrong := cfg.check(); wrong != "" {
		return nil, domain.NewFault(domain.FaultInvalid, "entra.configure", cfg.App, wrong, nil)
	}
	graph, err := url.Parse(cfg.GraphURL)
	if err != nil {
		return nil, domain.NewFault(domain.FaultInvalid, "entra.configure", cfg.App, "the Graph address cannot be read", nil)
	}
	rest := gated.Client(&gated.Transport{App: domain.AppID(cfg.Provider), Gate: cfg.Gate, Next: cfg.Transport, Timeout: cfg.Timeout,
		Now: cfg.Now, Log: cfg.Log, Endpoint: counted, Read: usage}, maxAnswer).SetHeader("Accept", "application/json")
	return &App{cfg: cfg, rest: rest, graph: graph}, nil
}

// Provider is the kind of provider.
func (a *App) Provider() string { return domain.ProviderEntra }
