package entra

import (
	"context"
	"net/url"
	"strings"

	"handover/domain"
)

// person finds somebody by work email. The address is compared with mail and the
// sign-in name. Where neither has it, it may be a former address that is kept as a
// proxy address, which is unique in a tenant and so names the same person; or an
// alternate address (otherMails), which anybody may enter and which proves nothing:
// that is for a person to look at, because "nobody has this address" would let a
// door count as closed that stands open.
func (a *App) person(ctx context.Context, email string) (u user, got answer, found bool, err error) {
	text := quote(email)
	hits, got, err := a.users(ctx, "mail eq "+text+" or userPrincipalName eq "+text, func(u user) bool {
		return strings.EqualFold(u.Mail, email) || strings.EqualFold(u.UPN, email)
	})
	if err != nil {
		return u, got, false, err
	}
	if len(hits) == 0 {
		if hits, got, err = a.users(ctx, "proxyAddresses/any(p:p eq "+quote("smtp:"+email)+")", anybody); err != nil {
			return u, got, false, err
		}
	}
	if len(hits) == 0 {
		others, got, err := a.users(ctx, "otherMails/any(m:m eq "+text+")", anybody)
		if err == nil && len(others) > 0 {
			err = a.fault(domain.FaultConflict, opFind, got, "a user in Entra has the work email only as an alternate address, which proves nothing: give the user the right mail address, or HR the right one", nil)
		}
		return u, got, false, err
	}
	if len(hits) > 1 {
		return u, got, false, a.fault(domain.FaultConflict, opFind, got, "several users in Entra have this work email: make it unique there", nil)
	}
	return hits[0], got, true, nil
}

func anybody(user) bool { return true }

// users lists whom a filter finds, and keeps whom it should have found.
func (a *App) users(ctx context.Context, filter string, keep func(user) bool) ([]user, answer, error) {
	rows, got, err := list[user](ctx, a, opFind, "/users", url.Values{"$filter": {filter}, "$select": {userFields}})
	if err != nil {
		return nil, got, err
	}
	var hits []user
	for _, u := range rows {
		if !guid.MatchString(u.ID) {
			return nil, got, a.strange(opFind, got, nil)
		}
		if keep(u) {
			hits = append(hits, u)
		}
	}
	return hits, got, nil
}

// quote writes an OData string: a quote in it is doubled, so that an address never
// ends the string it stands in.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
