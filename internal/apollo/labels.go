package apollo

import (
	"context"

	"handover/domain"
)

// CountOwned counts the lists of an account, in all under "lists" and by what
// they hold under "lists:contacts" and so on. Apollo shows a list's owner and
// has no call to change it (documented). Workflows are not in the API at all,
// so they are missing from the answer, which means unknown.
func (c *Connector) CountOwned(ctx context.Context, account domain.AccountID) (domain.OwnedCounts, error) {
	var rows []struct {
		UserID   text `json:"user_id"`
		Modality text `json:"modality"`
	}
	tr, err := c.call(ctx, opLabels, arguments{}, &rows)
	if err == nil && rows == nil {
		err = c.strange(opLabels, tr, nil)
	}
	if err != nil {
		return domain.OwnedCounts{}, err
	}
	lists := string(domain.StepLists)
	counts := map[string]int{lists: 0}
	for _, row := range rows {
		if domain.AccountID(row.UserID) == account {
			counts[lists]++
			counts[lists+":"+string(row.Modality)]++
		}
	}
	return domain.OwnedCounts{Counts: counts, RequestID: tr.requestID}, nil
}
