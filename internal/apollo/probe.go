package apollo

import (
	"context"
	"net/url"

	"handover/domain"
)

// Probe checks at start-up, with one call, that the app answers and knows the
// API key. Its fault says what to do: unreachable, key refused, grant missing.
func (c *Connector) Probe(ctx context.Context) error {
	_, err := c.ActingAccount(ctx)
	return err
}

// noRecord is an id that no record has, to ask whether single records may be
// read.
const noRecord = "000000000000000000000000"

// CheckGrants tries each call that reads, with the least it can ask for, and
// names the grants that the key lacks. Grants for writing show only in a write.
// Any fault but a missing grant ends the check.
func (c *Connector) CheckGrants(ctx context.Context) ([]string, error) {
	one := url.Values{"page": {"1"}, "per_page": {"1"}}
	least := map[string]any{"page": 1, "per_page": 1}
	checks := []struct {
		op   operation
		args arguments
	}{
		{opUsersSearch, arguments{query: one}},
		{opAPIProfile, arguments{}},
		{opMailboxes, arguments{}},
		{opEmailsSearch, arguments{query: one}},
		{opContactsSearch, arguments{body: least}},
		{opContactShow, arguments{id: noRecord}},
		{opAccountsSearch, arguments{body: least}},
		{opAccountShow, arguments{id: noRecord}},
		{opDealsSearch, arguments{query: one}},
		{opDealShow, arguments{id: noRecord}},
		{opTasksSearch, arguments{query: one}},
		{opTaskShow, arguments{id: noRecord}},
		{opSequencesSearch, arguments{query: one}},
		{opLabels, arguments{}},
	}
	var missing []string
	for _, check := range checks {
		var anything any
		_, err := c.call(ctx, check.op, check.args, &anything)
		unknownRecord := check.args.id != "" && (domain.KindOf(err) == domain.FaultNotFound || domain.KindOf(err) == domain.FaultInvalid)
		switch {
		case err == nil, unknownRecord:
		case domain.KindOf(err) == domain.FaultForbidden:
			missing = append(missing, check.op.grant)
		default:
			return missing, err
		}
	}
	return missing, nil
}
