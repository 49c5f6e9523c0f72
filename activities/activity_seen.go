package activities

import (
	"context"
	"time"

	"handover/domain"
)

// ActivityReader tells what an app shows of the use of accounts, where it shows any.
// The answer has every account that was asked for. A source that the credentials may
// not read makes its share unknown and is no fault; one call bounds how much it
// reads, and what lies beyond is unknown too. An app without this capability shows
// nothing, and nobody in it is ever called idle.
type ActivityReader interface {
	LastActivity(ctx context.Context, accounts []domain.AccountID, since time.Time) (map[domain.AccountID]domain.LastSeen, error)
}

// SeatUses is who of those on paid seats uses an app, as far as it shows use.
type SeatUses struct {
	Asked   int               `json:"asked"`
	Idle    []domain.SeatHint `json:"idle"`
	Unknown int               `json:"unknown"`
	Why     string            `json:"why"` // of the first of whom it is not known
}

// seatUses asks of those who can log in and may sit on a paid seat when they were last
// seen. An app that shows no use makes all of them unknown, and nobody idle.
func (s *Set) seatUses(ctx context.Context, c Connector, app domain.AppID, l domain.Listing) (*SeatUses, error) {
	var ids []domain.AccountID
	var asked []domain.Account
	var emails []string
	for _, a := range l.Accounts {
		if a.Active == domain.Yes && a.FullSeat != domain.No {
			asked, ids, emails = append(asked, a), append(ids, a.ID), append(emails, domain.NormalEmail(a.Email))
		}
	}
	u := &SeatUses{Asked: len(asked)}
	reader, ok := c.(ActivityReader)
	if !ok || s.Findings == nil {
		u.Unknown, u.Why = len(asked), "the app does not show when somebody was last there"
		return u, nil
	}
	now := s.now()
	seen, err := reader.LastActivity(ctx, ids, now.Add(-domain.IdleAfter))
	if err != nil {
		return nil, s.fail(ctx, app, err)
	}
	people, err := s.Findings.KnownPeople(ctx, app, ids, emails, now)
	if err != nil {
		return nil, err
	}
	for _, a := range asked {
		idle, why := domain.IdleHint(seen[a.ID], people.Of(a.ID, a.Email).Facts(a), now)
		switch idle {
		case domain.Yes:
			u.Idle = append(u.Idle, domain.SeatHint{Email: domain.NormalEmail(a.Email), Text: why})
		case domain.Unknown:
			u.Unknown++
			if u.Why == "" {
				u.Why = why
			}
		}
	}
	return u, nil
}
