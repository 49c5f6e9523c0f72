package bench

import (
	"time"

	sim "handover/internal/sim/apollo"
)

// perCall is how many records one page shows and one bulk write moves at most
// (documented by the vendor).
const perCall = 100

func calls(n int) int { return (n + perCall - 1) / perCall }

// pages is what a listing of n rows costs: an empty one costs a request too.
func pages(n int) int { return max(1, calls(n)) }

// The endpoints, by the names under which the vendor counts requests.
const (
	contactsSearch  = "api/v1/contacts/search"
	contactsOwners  = "api/v1/contacts/update_owners"
	accountsSearch  = "api/v1/accounts/search"
	accountsOwners  = "api/v1/accounts/update_owners"
	dealsSearch     = "deals/api/v1/opportunities/search"
	dealsUpdate     = "deals/api/v1/opportunities/update"
	sequencesSearch = "api/v1/emailer_campaigns/search"
	sequencesUpdate = "api/v1/sequences/update"
	tasksSearch     = "api/v1/tasks/search"
	tasksUpdate     = "api/v1/tasks/update"
)

func isTransfer(endpoint string) bool {
	switch endpoint {
	case contactsSearch, contactsOwners, accountsSearch, accountsOwners, dealsSearch, dealsUpdate, sequencesSearch, sequencesUpdate, tasksSearch, tasksUpdate:
		return true
	}
	return false
}

// least is the fewest requests, by endpoint, with which a leaving can be done
// and proven. For each kind of record that is
//
//   - one count for the plan that people approve,
//   - one listing for the ids, on the day of the move: the plan may be days old,
//   - the writes: a hundred records each where the vendor takes many, else one,
//   - two closing listings, since done means that a complete listing was empty
//     twice,
//   - one listing for a sweep (the policy of the benchmark has a single one).
//
// Where the vendor confirms a filter on the owner and every record is in scope,
// a count is its own total on one page, and a closing listing one empty page.
// Deals and tasks have no filter on open ones: what is closed is listed along.
// Sequences have no filter on the owner: everybody's are listed.
//
// The rest is what the account itself needs: each thing is read for the plan,
// read back when it was done and read again by the sweep.
func least(s size) map[string]int {
	sequences := pages(s.sequences + s.archived + ofColleagues)
	deals, closed := pages(s.deals+s.closedDeals), pages(s.closedDeals)
	tasks, done := pages(s.tasks+s.doneTasks), pages(s.doneTasks)
	const count, closing, sweep = 1, 2, 1
	return map[string]int{
		// One more: whom the leaver's mailboxes write to in other people's sequences.
		contactsSearch:  count + pages(s.contacts) + closing + sweep + 1,
		contactsOwners:  calls(s.contacts),
		accountsSearch:  count + pages(s.accounts) + closing + sweep,
		accountsOwners:  calls(s.accounts),
		dealsSearch:     deals + deals + closing*closed + sweep*closed,
		dealsUpdate:     s.deals,
		sequencesSearch: (count + 1 + closing + sweep) * sequences,
		sequencesUpdate: s.sequences,
		tasksSearch:     tasks + tasks + closing*done + sweep*done,
		tasksUpdate:     s.tasks,
		// Before the plan, at most a minute before the cut-off, after it, and swept.
		"api/v1/users/search":         4,
		"api/v1/users/api_profile":    1, // as whom the key acts
		"api/v1/email_accounts/index": 3,
		// This search tells no total: a listing ends with an empty page. Reading back
		// and sweeping may end when every email was seen.
		"api/v1/emailer_messages/search": pages(s.emails) + 1 + 2*pages(s.emails),
		"api/v1/labels/index":            3,
		"scim/v2/users/search":           1,
		"scim/v2/users/patch":            1,
	}
}

func sum(counts map[string]int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

// floor is how long the windows make n requests of one endpoint take at least:
// the last of them can go no sooner, however fast the others went.
func floor(l sim.Limits, n int) time.Duration {
	var wait time.Duration
	for _, w := range []sim.Window{l.Day, l.Hour, l.Minute} {
		if w.Count > 0 && n > 0 {
			wait += time.Duration((n-1)/w.Count) * w.Length
			n = (n-1)%w.Count + 1
		}
	}
	return wait
}

// floorOf is the floor of the transfers: endpoints have windows of their own and
// go side by side, so the slowest one counts.
func floorOf(l sim.Limits, s size) (time.Duration, string) {
	var slowest time.Duration
	var which string
	for name, n := range map[string]int{
		contactsSearch: pages(s.contacts) + 2, contactsOwners: calls(s.contacts), accountsSearch: pages(s.accounts) + 2, accountsOwners: calls(s.accounts),
		dealsUpdate: s.deals, sequencesUpdate: s.sequences, tasksUpdate: s.tasks,
	} {
		if f := floor(l, n); f > slowest {
			slowest, which = f, name
		}
	}
	return slowest, which
}
