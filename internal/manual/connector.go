// Package manual is the connector for apps of kind "manual": apps without any
// interface, handled by their entry in the policy file alone. It reads nothing
// and does nothing; it says so, and the work goes to people.
package manual

import (
	"context"
	"time"

	"handover/domain"
)

// Connector is one app without an interface.
type Connector struct{ now func() time.Time }

// New makes a connector.
func New(now func() time.Time) *Connector { return &Connector{now: now} }

// Kind is the name the connector is registered under.
func (c *Connector) Kind() string { return domain.KindManual }

// ListAccounts shows nobody: it is Hidden, so that an empty list is never taken
// for a proof that somebody is absent.
func (c *Connector) ListAccounts(context.Context) (domain.Listing, error) {
	return domain.Listing{Hidden: true, Total: -1, StartedAt: c.now()}, nil
}

// Channels tells that people do everything.
func (c *Connector) Channels() []domain.ChannelChoice {
	const why = "the policy file names this app without an interface: a person does it, and a second one stands for it"
	var choices []domain.ChannelChoice
	for _, what := range []domain.Capability{domain.CanListAccounts, domain.CanDeactivate, domain.CanReactivate, domain.CanInvite,
		domain.CanChangeRole, domain.CanReduceSeats, domain.CanRotateSecrets} {
		choices = append(choices, domain.ChannelChoice{Capability: what, Channel: domain.ChannelPerson, Why: why})
	}
	return choices
}
