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
	// form and roleForm are the ways of writing that this server took last, provider
	// is what it says about itself, noCreate that it offers no making of users. They
	// only spare requests: a process that starts anew finds them again.
	form, roleForm atomic.Int32
	provider       atomic.Pointer[Provider]
	noCreate       atomic.Bool
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
	return append(c.joiningChannels(),
		domain.ChannelChoice{Capability: domain.CanListAccounts, Channel: scim, Why: "SCIM lists the app's users"},
		domain.ChannelChoice{Capability: domain.CanDeactivate, Channel: scim, Why: remove},
		back,
		domain.ChannelChoice{Capability: domain.CanReduceSeats, Channel: person, Why: "SCIM carries no contract: seats are changed in the app's billing settings"},
		domain.ChannelChoice{Capability: domain.CanRotateSecrets, Channel: person, Why: "SCIM carries no keys: an admin changes them in the app"},
	)
}

// joiningChannels tells how people come in and change role. Which attribute carries
// the role is the app's own choice (RFC 7643 section 4.1.2 gives it no meaning), so
// that nothing is written where the policy does not say.
func (c *Connector) joiningChannels() []domain.ChannelChoice {
	invite := domain.ChannelChoice{Capability: domain.CanInvite, Channel: domain.ChannelSCIM}
	role := domain.ChannelChoice{Capability: domain.CanChangeRole, Channel: domain.ChannelSCIM}
	_, none := c.cfg.Roles[domain.RoleNone]
	switch {
	case c.noCreate.Load():
		invite.Channel, invite.Why = domain.ChannelPerson, "the app's SCIM does not make users: an admin adds them in the app"
	case c.cfg.RoleAttribute != "":
		invite.Why = "SCIM makes the user with their role under " + c.cfg.RoleAttribute + ", and reads them back; the app may still write to them itself"
	case none:
		invite.Why = "SCIM makes users without a role; for any other an admin adds them in the app, as the policy does not say which attribute carries it"
	default:
		invite.Channel, invite.Why = domain.ChannelPerson, "the policy does not say which attribute of SCIM carries the role: an admin adds people in the app"
	}
	role.Why = "SCIM writes the role under " + c.cfg.RoleAttribute + ", and reads it back"
	if c.cfg.RoleAttribute == "" {
		role.Channel, role.Why = domain.ChannelPerson, "SCIM shows roles, and the policy does not say which attribute writes them: an admin changes them in the app"
	}
	return []domain.ChannelChoice{invite, role}
}
