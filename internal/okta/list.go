package okta

import (
	"context"
	"net/url"

	"handover/domain"
)

// ListAssigned lists who has the app at Okta, by every page. It is complete only
// when the last page was reached; a fault on the way gives nobody.
func (a *App) ListAssigned(ctx context.Context) (domain.AssignedListing, error) {
	listing := domain.AssignedListing{StartedAt: a.now()}
	users, got, whole, err := rows[appUser](ctx, a, opAppUsers, arguments{query: url.Values{"limit": {"500"}, "expand": {"user"}}})
	if err != nil {
		return domain.AssignedListing{}, err
	}
	for _, u := range users {
		who := u.Embedded.User
		listing.People = append(listing.People, domain.Assigned{User: u.ID, Email: u.email(), Name: who.name(), Active: who.active(), Group: u.group()})
	}
	listing.Complete, listing.RequestID = whole, got.requestID
	return listing, nil
}
