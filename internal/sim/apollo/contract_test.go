package apollo

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/openapicheck"
)

// contractCall is one request that the simulator must answer in a way Apollo's document allows.
type contractCall struct {
	method, path string
	body         any
	status       int
}

func contractCalls(r *rig) []contractCall {
	contact, account, dealID := r.owned(KindContact, dana), r.owned(KindAccount, dana), r.owned(KindDeal, dana)[0]
	sequences, taskID, heir := r.owned(KindSequence, dana), r.owned(KindTask, dana)[0], r.id(eli)
	campaign, box := "/emailer_campaigns/"+sequences[0], r.mailbox(dana).ID
	nobody := "5f0a00000000000000000bad"
	one := func(name string) string {
		return url.Values{name: {contact[0], contact[1]}, "owner_id": {heir}}.Encode()
	}
	enrol := url.Values{"emailer_campaign_id": {sequences[0]}, "contact_ids[]": {contact[200]}, "send_email_from_email_account_id": {box}}.Encode()
	return []contractCall{
		{"GET", "/users/search", nil, 200},
		{"GET", "/users/search?page=1&per_page=100", nil, 200},
		{"GET", "/users/api_profile", nil, 200},
		{"GET", "/users/api_profile?include_credit_usage=true", nil, 200},
		{"GET", "/email_accounts", nil, 200},
		{"GET", "/emailer_messages/search?emailer_message_stats[]=scheduled&user_ids[]=" + r.id(dana), nil, 200},
		{"GET", "/emailer_messages/search?per_page=0", nil, 422},
		{"POST", "/emailer_messages/search", object{"user_ids": []string{heir}}, 200},
		{"POST", "/contacts/search", object{"contact_owner_ids": []string{r.id(dana)}, "per_page": 100, "page": 23}, 200},
		{"POST", "/contacts/search", object{"emailer_campaign_ids": sequences[:1], "sort_by_field": "contact_updated_at", "sort_ascending": true}, 200},
		{"POST", "/contacts/search", object{"page": 501, "per_page": 100}, 422},
		{"POST", "/contacts/update_owners?" + one("contact_ids[]"), nil, 200},
		{"POST", "/contacts/bulk_update", object{"contact_ids": contact[:100], "owner_id": heir, "async": false}, 200},
		{"POST", "/contacts/bulk_update", object{"contact_ids": contact[:101], "owner_id": heir}, 200},
		{"POST", "/contacts/bulk_update", object{"contact_attributes": []object{{"id": contact[0], "title": "x"}}}, 200},
		{"POST", "/contacts/bulk_update", object{"contact_ids": contact[:1001], "owner_id": heir}, 422},
		{"GET", "/contacts/" + contact[0], nil, 200},
		{"GET", "/contacts/" + nobody, nil, 422},
		{"PATCH", "/contacts/" + contact[0], object{"title": "Buyer"}, 200},
		{"POST", "/accounts/search", object{"account_owner_ids": []string{heir}, "sort_by_field": "account_created_at"}, 200},
		{"POST", "/accounts/search", object{"page": 501, "per_page": 100}, 422},
		{"POST", "/accounts/update_owners?" + url.Values{"account_ids[]": account[:2], "owner_id": {heir}}.Encode(), nil, 200},
		{"POST", "/accounts/bulk_update", object{"account_ids": account[:2], "owner_id": heir}, 200},
		{"POST", "/accounts/bulk_update", object{"account_attributes": []object{{"id": account[0]}}, "async": true}, 422},
		{"GET", "/accounts/" + account[0], nil, 200},
		{"GET", "/accounts/" + nobody, nil, 422},
		{"GET", "/contact_stages", nil, 200},
		{"GET", "/account_stages", nil, 200},
		{"POST", "/emailer_campaigns/search?per_page=100", nil, 200},
		{"GET", "/emailer_campaigns/search", nil, 200},
		{"GET", campaign, nil, 200},
		{"PUT", "/sequences/" + sequences[0], object{"user_id": heir}, 200},
		{"PUT", "/sequences/" + nobody, object{"user_id": heir}, 404},
		{"POST", campaign + "/add_contact_ids?" + enrol, nil, 200},
		{"POST", "/emailer_campaigns/remove_or_stop_contact_ids?" + url.Values{"emailer_campaign_ids[]": sequences[:1],
			"contact_ids[]": contact[200:201], "mode": {"remove"}}.Encode(), nil, 200},
		{"POST", campaign + "/abort", nil, 200},
		{"POST", campaign + "/abort", nil, 422},
		{"POST", campaign + "/approve", nil, 200},
		{"POST", campaign + "/archive", nil, 200},
		{"GET", "/opportunities/search?sort_by_field=amount&page=1&per_page=100", nil, 200},
		{"GET", "/opportunities/search?page=3&per_page=100", nil, 200},
		{"POST", "/opportunities/search", object{"owner_id": heir}, 200},
		{"GET", "/opportunities/" + dealID, nil, 200},
		{"GET", "/opportunities/" + nobody, nil, 404},
		{"PATCH", "/opportunities/" + dealID, object{"owner_id": heir}, 200},
		{"PATCH", "/opportunities/" + nobody, object{"owner_id": heir}, 422},
		{"POST", "/tasks/search?page=1&per_page=100&sort_by_field=task_due_at", object{"user_ids": []string{r.id(dana)}}, 200},
		{"POST", "/tasks/search?per_page=101", nil, 422},
		{"GET", "/tasks/search?user_id=" + heir, nil, 200},
		{"GET", "/tasks/" + taskID, nil, 200},
		{"PATCH", "/tasks/" + taskID, object{"user_id": heir, "priority": "high", "creator_id": heir}, 200},
		{"PATCH", "/tasks/" + nobody, object{}, 422},
		{"GET", "/labels", nil, 200},
		{"GET", "/phone_calls/search?page=1&per_page=5&date_range[min]=2026-01-01&user_ids[]=" + r.id(dana), nil, 200},
		{"POST", "/usage_stats/api_usage_stats", nil, 200},
		{"POST", "/usage_stats/credit_usage_stats", nil, 200},
		{"POST", "/reports/sync_report", reportRequest("last_30_days"), 200},
	}
}

func TestAnswersFitTheOpenAPIDocument(t *testing.T) {
	t.Parallel()
	document := openapicheck.ApolloDocument(t)
	r := demo(t)
	driven := map[string]bool{}
	for _, c := range contractCalls(r) {
		a := r.do(c.method, "/api/v1"+c.path, c.body)
		require.Equal(t, c.status, a.status, "%s %s: %s", c.method, c.path, a.raw)
		request := httptest.NewRequest(c.method, "/api/v1"+c.path, http.NoBody)
		require.Empty(t, document.CheckResponse(c.method, request.URL.Path, a.status, a.header.Get("Content-Type"), a.raw), "%s %s", c.method, c.path)
		if c.status == 200 {
			driven[r.patternOf(request)] = true
		}
	}
	for _, e := range r.endpoints() {
		require.True(t, driven[e.pattern], "%s is not in the contract test", e.pattern)
	}
}

// patternOf finds which endpoint a request belongs to.
func (r *rig) patternOf(request *http.Request) string {
	mux := http.NewServeMux()
	for _, e := range r.endpoints() {
		mux.HandleFunc(e.pattern, func(http.ResponseWriter, *http.Request) {})
	}
	request = request.Clone(request.Context())
	request.URL.Path = request.URL.Path[len("/api/v1"):]
	_, pattern := mux.Handler(request)
	return pattern
}

func TestRefusalsFitTheOpenAPIDocument(t *testing.T) {
	t.Parallel()
	document := openapicheck.ApolloDocument(t)
	for _, form := range []string{ErrorsLegacy, ErrorsStructured} {
		r := demo(t, with(func(w *Switches) { w.Errors = form }), func(o *Options) {
			o.Limits = short(1, 0, 0)
			o.Grants = []string{"api/v1/users/search"}
		})
		check := func(a answer, path string, status int) {
			require.Equal(t, status, a.status)
			require.Empty(t, document.CheckResponse("GET", path, a.status, a.header.Get("Content-Type"), a.raw))
		}
		check(r.send("GET", "/api/v1/users/search", nil, nil), "/users/search", 401)
		check(r.do("GET", "/api/v1/email_accounts", nil), "/email_accounts", 403)
		check(r.do("GET", "/api/v1/users/search", nil), "/users/search", 200)
		check(r.do("GET", "/api/v1/users/search", nil), "/users/search", 429)
	}
}
