package scim

import (
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/go-resty/resty/v2"

	"handover/domain"
	"handover/internal/gated"
)

// Connector is one tenant of an app that speaks SCIM.
type Connector struct {
	cfg  Config
	rest *resty.Client
	log  *slog.Logger
	// form is the way of writing that this server took last, provider what it
	// says about itself. Both only spare requests: a process that starts anew
	// finds them again.
	form     atomic.Int32
	provider atomic.Pointer[Provider]
}

// maxAnswer bounds an answer. A page of a hundred users is well under a megabyte.
const maxAnswer = 16 << 20

// The keys under which requests are counted. The RFC knows no limits; Slack
// counts writes apart from reads, which is the finest that any document names.
const (
	countReads  = "scim/read"
	countWrites = "scim/write"
)

func counted(req *http.Request) string {
	if req.Method == http.MethodGet {
		return countReads
	}
	return countWrites
}

// New makes a connector. It sends nothing; see Probe.
func New(cfg Config, gate gated.Gate, log *slog.Logger) (*Connector, error) {
	cfg = cfg.withDefaults()
	if wrong := cfg.check(); wrong != "" {
		return nil, domain.NewFault(domain.FaultInvalid, "configure", cfg.App, wrong, nil)
	}
	rest := gated.Client(&gated.Transport{App: cfg.App, Gate: gate, Next: cfg.Transport, Timeout: cfg.HTTPTimeout, Now: cfg.Clock, Log: log, Endpoint: counted}, maxAnswer).
		SetHeader("Accept", "application/scim+json, application/json")
	return &Connector{cfg: cfg, rest: rest, log: log}, nil
}

// Kind is the name the connector is registered under.
func (c *Connector) Kind() string { return domain.KindSCIM }

// Channels tells how this tenant can carry out each capability of the runbook.
func (c *Connector) Channels() []domain.ChannelChoice {
	scim, person := domain.ChannelSCIM, domain.ChannelPerson
	remove := "the app's SCIM address and token are set; users are deactivated, and read back over SCIM"
	back := domain.ChannelChoice{Capability: domain.CanReactivate, Channel: scim, Why: "SCIM sets the user active again, where the app still knows them"}
	if c.cfg.Delete {
		remove = "the policy file says that users are deleted over SCIM; they are read back over SCIM"
		back.Channel, back.Why = person, "a deleted user does not come back over SCIM: invite the person anew in the app"
	}
	return []domain.ChannelChoice{
		{Capability: domain.CanListAccounts, Channel: scim, Why: "SCIM lists the app's users"},
		{Capability: domain.CanDeactivate, Channel: scim, Why: remove},
		back,
		{Capability: domain.CanChangeRole, Channel: person, Why: "SCIM shows roles, and each app writes them in a form of its own: an admin changes them in the app"},
		{Capability: domain.CanReduceSeats, Channel: person, Why: "SCIM carries no contract: seats are changed in the app's billing settings"},
		{Capability: domain.CanRotateSecrets, Channel: person, Why: "SCIM carries no keys: an admin changes them in the app"},
	}
}
