package activities

import (
	"context"

	"handover/domain"
)

// lastSeen asks the app what it shows of the use of accounts. An app that shows
// none, or will not answer now, leaves it unknown: a hint is not worth waiting for.
func (s *Set) lastSeen(ctx context.Context, r domain.Review, accounts []domain.Account) map[domain.AccountID]domain.LastSeen {
	c, err := s.Connectors.Connector(r.App)
	reader, ok := c.(ActivityReader)
	if err != nil || !ok || r.Settings.Idle <= 0 || r.Population.Source == domain.SourceUpload {
		return nil
	}
	ids := make([]domain.AccountID, 0, len(accounts))
	for _, a := range accounts {
		if a.Active == domain.Yes && !a.Invited {
			ids = append(ids, a.ID)
		}
	}
	seen, err := reader.LastActivity(ctx, ids, s.now().Add(-max(r.Settings.Idle, domain.IdleAfter)))
	if err != nil {
		return nil
	}
	return seen
}
