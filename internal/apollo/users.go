package apollo

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"handover/domain"
)

// perPage is the documented maximum of all paged calls.
const perPage = 100

// maxUserPages ends a listing that never ends: a hundred thousand users.
const maxUserPages = 1000

type userRow struct {
	ID        text   `json:"id"`
	Email     text   `json:"email"`
	Name      text   `json:"name"`
	Deleted   *bool  `json:"deleted"`
	ProfileID text   `json:"permission_set_id"`
	CreatedAt moment `json:"created_at"`
}

// ListAccounts reads every page of the team's users. The documented search
// takes no filter. Whether it still shows deactivated users, with deleted set,
// is unknown; the listing says enough either way. It is complete when as many
// users were read as Apollo says there are.
func (c *Connector) ListAccounts(ctx context.Context) (domain.Listing, error) {
	listing := domain.Listing{Total: -1, StartedAt: c.cfg.Clock()}
	seen := map[text]bool{}
	for page := 1; page <= maxUserPages; page++ {
		rows, pages, tr, err := c.usersPage(ctx, page)
		if err != nil {
			return domain.Listing{}, err
		}
		for _, row := range rows {
			if row.ID == "" {
				return domain.Listing{}, c.strange(opUsersSearch, tr, nil)
			}
			if !seen[row.ID] {
				seen[row.ID] = true
				listing.Accounts = append(listing.Accounts, c.account(row))
			}
		}
		listing.RequestID, listing.Total = tr.requestID, pages.TotalEntries.or(listing.Total)
		if len(rows) == 0 || listing.Total >= 0 && page*perPage >= listing.Total {
			break
		}
	}
	listing.Complete = listing.Total >= 0 && len(listing.Accounts) >= listing.Total
	return listing, nil
}

func (c *Connector) usersPage(ctx context.Context, page int) ([]userRow, pagination, trace, error) {
	var answer struct {
		Users      []userRow  `json:"users"`
		Pagination pagination `json:"pagination"`
	}
	tr, err := c.call(ctx, opUsersSearch, arguments{query: pageQuery(page)}, &answer)
	if err == nil && answer.Users == nil {
		err = c.strange(opUsersSearch, tr, nil)
	}
	return answer.Users, answer.Pagination, tr, err
}

func pageQuery(page int) url.Values {
	return url.Values{"page": {strconv.Itoa(page)}, "per_page": {strconv.Itoa(perPage)}}
}

func (c *Connector) account(row userRow) domain.Account {
	a := domain.Account{
		ID: domain.AccountID(row.ID), Email: string(row.Email), Name: string(row.Name), ProfileID: string(row.ProfileID),
		Active: domain.Unknown, Admin: domain.Unknown, FullSeat: domain.Unknown, CreatedAt: time.Time(row.CreatedAt),
	}
	if row.Deleted != nil {
		a.Active = domain.TriOf(!*row.Deleted)
	}
	if p, known := c.cfg.Profiles[a.ProfileID]; known {
		a.Admin, a.FullSeat, a.SeatType = told(p.Admin), told(p.FullSeat), p.SeatType
	}
	return a
}

func told(t domain.Tri) domain.Tri {
	if t.Known() {
		return t
	}
	return domain.Unknown
}

// UnknownProfiles names the permission profiles in a listing that the policy
// does not explain, so that a shut guard can say which ids to map. Profiles of
// deactivated users do not count.
func (c *Connector) UnknownProfiles(l domain.Listing) []string {
	var ids []string
	for _, a := range l.Accounts {
		p, known := c.cfg.Profiles[a.ProfileID]
		explained := known && p.Admin.Known() && p.FullSeat.Known()
		if a.Active != domain.No && !explained && !slices.Contains(ids, a.ProfileID) {
			ids = append(ids, a.ProfileID)
		}
	}
	slices.Sort(ids)
	return ids
}

// ActingAccount tells as whom the API key acts: the workspace's longest-standing
// active admin, not the key's maker (documented).
func (c *Connector) ActingAccount(ctx context.Context) (domain.AccountID, error) {
	var profile struct {
		ID text `json:"id"`
	}
	tr, err := c.call(ctx, opAPIProfile, arguments{}, &profile)
	if err != nil {
		return "", err
	}
	if profile.ID == "" {
		return "", c.strange(opAPIProfile, tr, nil)
	}
	return domain.AccountID(profile.ID), nil
}
