package apollo

import (
	"net/http"
	"strings"
)

// operation is one call of the API. Its grant is what a narrow API key must
// hold (documented on each operation's page), and at the same time the key
// under which Apollo counts requests.
type operation struct {
	name   string // as faults and logs name it
	grant  string
	method string
	path   string
	write  bool
}

// The operations that this package uses, all documented unless said otherwise.
var (
	opUsersSearch     = operation{"users.search", "api/v1/users/search", http.MethodGet, "/users/search", false}
	opAPIProfile      = operation{"users.api_profile", "api/v1/users/api_profile", http.MethodGet, "/users/api_profile", false}
	opMailboxes       = operation{"email_accounts.index", "api/v1/email_accounts/index", http.MethodGet, "/email_accounts", false}
	opEmailsSearch    = operation{"emailer_messages.search", "api/v1/emailer_messages/search", http.MethodGet, "/emailer_messages/search", false}
	opContactsSearch  = operation{"contacts.search", "api/v1/contacts/search", http.MethodPost, "/contacts/search", false}
	opContactShow     = operation{"contacts.show", "api/v1/contacts/show", http.MethodGet, "/contacts/{id}", false}
	opContactsOwners  = operation{"contacts.update_owners", "api/v1/contacts/update_owners", http.MethodPost, "/contacts/update_owners", true}
	opAccountsSearch  = operation{"accounts.search", "api/v1/accounts/search", http.MethodPost, "/accounts/search", false}
	opAccountShow     = operation{"accounts.show", "api/v1/accounts/show", http.MethodGet, "/accounts/{id}", false}
	opAccountsOwners  = operation{"accounts.update_owners", "api/v1/accounts/update_owners", http.MethodPost, "/accounts/update_owners", true}
	opContactStages   = operation{"contact_stages.index", "api/v1/contact_stages/index", http.MethodGet, "/contact_stages", false}
	opAccountStages   = operation{"account_stages.index", "api/v1/account_stages/index", http.MethodGet, "/account_stages", false}
	opDealsSearch     = operation{"opportunities.search", "deals/api/v1/opportunities/search", http.MethodGet, "/opportunities/search", false}
	opDealShow        = operation{"opportunities.show", "deals/api/v1/opportunities/show", http.MethodGet, "/opportunities/{id}", false}
	opDealUpdate      = operation{"opportunities.update", "deals/api/v1/opportunities/update", http.MethodPatch, "/opportunities/{id}", true}
	opTasksSearch     = operation{"tasks.search", "api/v1/tasks/search", http.MethodPost, "/tasks/search", false}
	opTaskShow        = operation{"tasks.show", "api/v1/tasks/show", http.MethodGet, "/tasks/{id}", false}
	opTaskUpdate      = operation{"tasks.update", "api/v1/tasks/update", http.MethodPatch, "/tasks/{id}", true}
	opSequencesSearch = operation{"emailer_campaigns.search", "api/v1/emailer_campaigns/search", http.MethodPost, "/emailer_campaigns/search", false}
	opSequenceUpdate  = operation{"sequences.update", "api/v1/sequences/update", http.MethodPut, "/sequences/{id}", true}
	opCallsSearch     = operation{"phone_calls.search", "api/v1/phone_calls/search", http.MethodGet, "/phone_calls/search", false} // a master key's alone
	opLabels          = operation{"labels.index", "api/v1/labels/index", http.MethodGet, "/labels", false}
)

// opDealsFilter is the form of the deals search that takes a filter on owner.
// Apollo's own command-line tool uses it; the documentation does not show it.
var opDealsFilter = operation{"opportunities.search", "deals/api/v1/opportunities/search", http.MethodPost, "/opportunities/search", false}

// scimPrefix begins the grants of SCIM calls, scimDoor is the key under which all
// of them are counted: a door counts requests, whatever they are.
const (
	scimPrefix = "scim/"
	scimDoor   = scimPrefix + "v2"
)

// counted is the key under which the app counts an operation's requests.
func (op operation) counted() string {
	if strings.HasPrefix(op.grant, scimPrefix) {
		return scimDoor
	}
	return op.grant
}

// The calls of the SCIM door (RFC 7644).
var (
	opSCIMFind  = operation{"scim.find_user", scimPrefix + "find", http.MethodGet, "/Users", false}
	opSCIMPatch = operation{"scim.patch_user", scimPrefix + "patch", http.MethodPatch, "/Users/{id}", true}
)
