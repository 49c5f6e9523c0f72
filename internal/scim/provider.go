package scim

import (
	"context"

	"handover/domain"
)

// Provider is what a server says about itself (RFC 7643 section 5). It is
// optional: what is not said is unknown.
type Provider struct {
	Patch, Filter, ETag domain.Tri
}

// Provider reads the service provider configuration, once. A server that has
// none says nothing; any other fault is passed on.
func (c *Connector) Provider(ctx context.Context) (Provider, error) {
	if p := c.provider.Load(); p != nil {
		return *p, nil
	}
	type supported struct {
		Supported flag `json:"supported"`
	}
	var said struct {
		Patch  supported `json:"patch"`
		Filter supported `json:"filter"`
		ETag   supported `json:"etag"`
	}
	got, err := c.call(ctx, opProvider, arguments{})
	switch {
	case err != nil && domain.KindOf(err).Retryable():
		return Provider{}, err // not said this time
	case err == nil && c.decode(opProvider, got, &said) != nil:
		said.Patch, said.Filter, said.ETag = supported{}, supported{}, supported{}
	}
	p := Provider{Patch: said.Patch.Supported.tri(), Filter: said.Filter.Supported.tri(), ETag: said.ETag.Supported.tri()}
	c.provider.Store(&p)
	return p, nil
}

// Probe checks at start-up that the app answers, knows the token and lists
// users. Its fault says what to do.
func (c *Connector) Probe(ctx context.Context) error {
	_, _, err := c.page(ctx, opList, "", 1, 1)
	return err
}

// Unmapped names the roles of active users that the policy does not explain, so
// that `handover doctor` can say which to map before a guard stays shut on one.
func (c *Connector) Unmapped(l domain.Listing) []string {
	var names []string
	seen := map[string]bool{}
	for _, a := range l.Accounts {
		if a.Active != domain.No && a.Admin == domain.Unknown && !seen[a.ProfileID] {
			seen[a.ProfileID] = true
			names = append(names, a.ProfileID)
		}
	}
	return names
}
