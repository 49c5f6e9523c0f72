package apollo

import (
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/go-resty/resty/v2"

	"handover/domain"
)

// Connector is one tenant of Apollo.io.
type Connector struct {
	cfg  Config
	rest *resty.Client
	log  *slog.Logger
	// dealFilterIgnored remembers that the deals search took no filter, so that
	// it is not tried for every listing.
	dealFilterIgnored atomic.Bool
}

// maxAnswer bounds an answer. A page of a hundred contacts is under a megabyte.
const maxAnswer = 32 << 20

// New makes a connector. It sends nothing; see Probe.
func New(cfg Config, gate Gate, log *slog.Logger) (*Connector, error) {
	cfg = cfg.withDefaults()
	if wrong := cfg.check(); wrong != "" {
		return nil, domain.NewFault(domain.FaultInvalid, "configure", cfg.App, wrong, nil)
	}
	transport := &gated{
		app: cfg.App, gate: gate, next: cfg.Transport, timeout: cfg.HTTPTimeout,
		windows: cfg.Windows, now: cfg.Clock, log: log,
	}
	// A client of its own: resty's default one shares a cookie jar. Redirects are
	// not followed, because they would carry the key to wherever they point.
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	rest := resty.NewWithClient(client).
		SetRetryCount(0). // Temporal retries; a write is never repeated blindly
		SetResponseBodyLimit(maxAnswer).
		SetContentLength(true). // else a POST without a body goes out chunked
		SetDisableWarn(true).
		SetLogger(silent{}). // resty's own messages quote URLs
		SetHeader("Accept", "application/json").
		SetHeader("Cache-Control", "no-cache")
	return &Connector{cfg: cfg, rest: rest, log: log}, nil
}

// Kind is the name the connector is registered under.
func (c *Connector) Kind() string { return domain.KindApolloIO }

type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
