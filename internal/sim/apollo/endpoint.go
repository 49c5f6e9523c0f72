package apollo

import (
	"net/http"
	"strings"
	"time"
)

// object is a JSON object whose members are few or vary.
type object map[string]any

// endpoint is one operation: how it is routed and which grant a key needs for it. The grant is also the key under which
// requests are limited and logged.
type endpoint struct {
	pattern string
	key     string
	handle  func(*call) reply
}

const (
	keyHealth     = "api/v1/auth/health"
	keySyncReport = "api/v1/reports/sync_report"
)

// path is how messages about quota name the endpoint.
func (e endpoint) path() string {
	return strings.TrimSuffix(strings.TrimPrefix(e.key, "deals/"), "/index")
}

// op is how effects name the operation: the last two parts of the key.
func (e endpoint) op() string {
	parts := strings.Split(e.key, "/")
	return strings.Join(parts[len(parts)-2:], ".")
}

// reply is an answer before it is written. The body is marshalled after the lock is released, so it must hold nothing
// that a later write changes.
type reply struct {
	status     int
	body       any
	text       string
	bare       bool // no rate headers: the key was not admitted
	retryAfter time.Duration
}

func ok(body any) reply { return reply{status: http.StatusOK, body: body} }

func fail(status int, message string) reply {
	return reply{status: status, body: object{"error": message}}
}

func unprocessable(message string) reply { return fail(http.StatusUnprocessableEntity, message) }

func invalidID(id string) reply {
	return unprocessable("Parameters misconfigured. " + id + " is not a valid ID")
}

func missing(name string) reply { return unprocessable("Required parameter '" + name + "' missing") }

// call is one admitted request on its way through an endpoint. It holds the lock.
type call struct {
	act
	params
	id   string
	asOf time.Time
}

// endpoints lists what the REST API serves.
func (s *Simulator) endpoints() []endpoint {
	return []endpoint{
		{"GET /users/search", "api/v1/users/search", s.searchUsers},
		{"GET /users/api_profile", "api/v1/users/api_profile", s.showProfile},
		{"GET /email_accounts", "api/v1/email_accounts/index", s.listMailboxes},
		{"GET /emailer_messages/search", "api/v1/emailer_messages/search", s.searchEmails},
		{"POST /emailer_messages/search", "api/v1/emailer_messages/search", s.searchEmails},
		{"POST /contacts/search", "api/v1/contacts/search", s.searchContacts},
		{"POST /contacts/update_owners", "api/v1/contacts/update_owners", s.updateContactOwners},
		{"POST /contacts/bulk_update", "api/v1/contacts/bulk_update", s.bulkUpdateContacts},
		{"GET /contacts/{id}", "api/v1/contacts/show", s.showContact},
		{"PATCH /contacts/{id}", "api/v1/contacts/update", s.patchContact},
		{"POST /accounts/search", "api/v1/accounts/search", s.searchAccounts},
		{"POST /accounts/update_owners", "api/v1/accounts/update_owners", s.updateAccountOwners},
		{"POST /accounts/bulk_update", "api/v1/accounts/bulk_update", s.bulkUpdateAccounts},
		{"GET /accounts/{id}", "api/v1/accounts/show", s.showAccount},
		{"GET /contact_stages", "api/v1/contact_stages/index", s.listContactStages},
		{"GET /account_stages", "api/v1/account_stages/index", s.listAccountStages},
		{"POST /emailer_campaigns/search", "api/v1/emailer_campaigns/search", s.searchSequences},
		{"GET /emailer_campaigns/search", "api/v1/emailer_campaigns/search", s.searchSequences},
		{"GET /emailer_campaigns/{id}", "api/v1/emailer_campaigns/show", s.showSequence},
		{"PUT /sequences/{id}", "api/v1/sequences/update", s.updateSequence},
		{"POST /emailer_campaigns/{id}/abort", "api/v1/emailer_campaigns/abort", s.abortSequence},
		{"POST /emailer_campaigns/{id}/approve", "api/v1/emailer_campaigns/approve", s.approveSequence},
		{"POST /emailer_campaigns/{id}/archive", "api/v1/emailer_campaigns/archive", s.archiveSequence},
		{"POST /emailer_campaigns/{id}/add_contact_ids", "api/v1/emailer_campaigns/add_contact_ids", s.enrol},
		{"POST /emailer_campaigns/remove_or_stop_contact_ids", "api/v1/emailer_campaigns/remove_or_stop_contact_ids", s.unenrol},
		{"GET /opportunities/search", "deals/api/v1/opportunities/search", s.searchDeals},
		{"POST /opportunities/search", "deals/api/v1/opportunities/search", s.searchDeals},
		{"GET /opportunities/{id}", "deals/api/v1/opportunities/show", s.showDeal},
		{"PATCH /opportunities/{id}", "deals/api/v1/opportunities/update", s.patchDeal},
		{"POST /tasks/search", "api/v1/tasks/search", s.searchTasks},
		{"GET /tasks/search", "api/v1/tasks/search", s.searchTasks},
		{"GET /tasks/{id}", "api/v1/tasks/show", s.showTask},
		{"PATCH /tasks/{id}", "api/v1/tasks/update", s.patchTask},
		{"GET /phone_calls/search", keyCalls, s.searchCalls},
		{"GET /labels", "api/v1/labels/index", s.listLabels},
		{"POST /usage_stats/api_usage_stats", "api/v1/usage_stats/api_usage_stats", s.usageStats},
		{"POST /usage_stats/credit_usage_stats", "api/v1/usage_stats/credit_usage_stats", s.creditStats},
		{"POST /reports/sync_report", keySyncReport, s.syncReport},
	}
}
