// Package apollospace is the connector for Apollo Space, an app without any public
// interface. People do everything there; what the app shows is the member list that
// an administrator reads off its screen and uploads.
//
// Every fact about the app is documented in the vendor's member guide; nothing here
// was observed or assumed beyond it.
package apollospace

import (
	"context"
	"time"

	"handover/domain"
)

// Lists is where uploaded member lists are kept.
type Lists interface {
	// NewestMemberList is the list of an app that was uploaded last, with its rows.
	// Without one it has no id.
	NewestMemberList(ctx context.Context, app domain.AppID) (domain.MemberList, error)
	// MembersChangedAt is when somebody last said, from a moment on, that they changed
	// who is a member of an app; zero where nobody did.
	MembersChangedAt(ctx context.Context, app domain.AppID, since time.Time) (time.Time, error)
}

// Config is what the policy file says of one organisation.
type Config struct {
	App   domain.AppID
	Fresh time.Duration // how old a list may be and still count
	Now   func() time.Time
}

// Connector is one organisation of Apollo Space.
type Connector struct {
	cfg   Config
	lists Lists
}

// New makes a connector. Without a clock it takes the system's.
func New(cfg Config, lists Lists) *Connector {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Fresh <= 0 {
		cfg.Fresh = domain.DefaultMembersFresh
	}
	return &Connector{cfg: cfg, lists: lists}
}

// Kind is the name the connector is registered under.
func (c *Connector) Kind() string { return domain.KindApolloSpace }

// ListAccounts shows the newest list while it says something about now: it is
// whole, young enough, and nobody said since it was read that they changed who is a
// member. Otherwise the app shows nobody: people look where no guard and no
// read-back can, and two of them stand for what was done.
//
// The listing begins now, because it takes in all that Handover knows until now;
// when the list itself was read stands beside the id in RequestID.
func (c *Connector) ListAccounts(ctx context.Context) (domain.Listing, error) {
	now := c.cfg.Now()
	list, err := c.lists.NewestMemberList(ctx, c.cfg.App)
	if err != nil {
		return domain.Listing{}, err
	}
	var changed time.Time
	if list.ID != "" {
		if changed, err = c.lists.MembersChangedAt(ctx, c.cfg.App, list.ReadAt); err != nil {
			return domain.Listing{}, err
		}
	}
	if list.Outdated(now, changed, c.cfg.Fresh) != "" {
		return domain.Listing{Hidden: true, Total: -1, StartedAt: now}, nil
	}
	return list.Listing(now), nil
}

// Channels tells that people do everything, and who may.
func (c *Connector) Channels() []domain.ChannelChoice {
	const none = "Apollo Space publishes no interface: "
	var choices []domain.ChannelChoice
	for _, x := range []struct {
		can domain.Capability
		why string
	}{
		{domain.CanListAccounts, none + "an administrator reads the lists off the screen and uploads them with `handover members import`"},
		{domain.CanListInvite, none + "the pending invites come with the same upload"},
		{domain.CanInvite, none + "an Owner or an Admin sends the invite"},
		{domain.CanDeactivate, none + "an Owner or an Admin removes the member; an Owner is removed by another Owner"},
		{domain.CanReactivate, none + "whoever was removed is invited again by an Owner or an Admin"},
		{domain.CanChangeRole, none + "an Owner or an Admin changes the role; only an Owner makes or changes an Owner"},
		{domain.CanRotateSecrets, none + "whoever knows the secret changes it"},
	} {
		choices = append(choices, domain.ChannelChoice{Capability: x.can, Channel: domain.ChannelPerson, Why: x.why})
	}
	return choices
}
