package apollo_test

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/sim/openapicheck"
)

// undocumented are the parts of our requests that Apollo's OpenAPI document
// does not show, each with where it was seen. Nothing else is sent.
var undocumented = []openapicheck.Departure{
	{Operation: "POST /contacts/search", Where: `request\.body\.contact_owner_ids`, Why: "a production client sends it; breadcrumbs confirm it"},
	{Operation: "POST /contacts/search", Where: `request\.body\.emailer_campaign_ids`, Why: "observed to filter, August 2026"},
	{Operation: "POST /accounts/search", Where: `request\.body\.account_owner_ids`, Why: "by analogy with contacts; breadcrumbs confirm it"},
	{Operation: "POST /tasks/search", Where: `request\.body(\.user_ids)?`, Why: "observed to filter in production"},
	{Operation: "POST /opportunities/search", Where: "operation", Why: "Apollo's own command-line tool; breadcrumbs confirm its filter"},
}

// mustOccur are the calls that a leaver's whole handover makes. A contract test
// that sent nothing would pass.
var mustOccur = []string{
	"GET /users/search", "GET /users/api_profile", "GET /email_accounts", "GET /emailer_messages/search",
	"POST /contacts/search", "GET /contacts/{contact_id}", "POST /contacts/update_owners",
	"POST /accounts/search", "GET /accounts/{id}", "POST /accounts/update_owners",
	"GET /opportunities/search", "GET /opportunities/{opportunity_id}", "PATCH /opportunities/{opportunity_id}",
	"POST /tasks/search", "GET /tasks/{id}", "PATCH /tasks/{id}",
	"POST /emailer_campaigns/search", "PUT /sequences/{id}", "GET /labels",
}

func openAPI(t *testing.T) *openapicheck.Document {
	t.Helper()
	path := os.Getenv("APOLLO_OPENAPI")
	if path == "" {
		path = filepath.Join("..", "..", "..", "shared", "apollo-openapi.json")
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("Apollo's OpenAPI document is not here: set APOLLO_OPENAPI to where https://docs.apollo.io/openapi/apollo-rest-api.json is kept")
	}
	doc, err := openapicheck.Load(path)
	require.NoError(t, err)
	return doc
}

func TestEveryRequestFitsApollosOwnDocument(t *testing.T) {
	t.Parallel()
	doc := openAPI(t)
	require.NoError(t, doc.Except(undocumented...))
	w := demo(t)
	useEverything(t, w)

	occurred := map[string]bool{}
	for _, s := range w.wire.log {
		path := strings.TrimPrefix(s.path, "/api/v1")
		for _, v := range doc.CheckRequest(s.method, path, url.Values(s.query), s.body) {
			t.Error(v)
		}
		occurred[doc.Operation(s.method, path)] = true
	}
	for _, op := range mustOccur {
		require.True(t, occurred[op], "%s did not occur", op)
	}
}

func TestNothingThatSendsOrDeletes(t *testing.T) {
	t.Parallel()
	w := demo(t)
	useEverything(t, w)
	for _, s := range w.wire.log {
		require.NotEqual(t, "DELETE", s.method)
		require.NotContains(t, s.path, "send_now")
		require.NotContains(t, string(s.body), "emailer_steps")
	}
}

// useEverything calls all of the connector once.
func useEverything(t *testing.T, w *world) {
	t.Helper()
	ctx := t.Context()
	_, err := w.CheckGrants(ctx)
	require.NoError(t, err)
	account := w.account(leaver)
	_, err = w.ActingAccount(ctx)
	require.NoError(t, err)
	listing, err := w.ListMailboxes(ctx, account.ID)
	require.NoError(t, err)
	boxes := listing.Mailboxes
	emails, err := w.ListScheduledEmails(ctx, account.ID, []string{boxes[0].ID})
	require.NoError(t, err)
	_, err = w.ReadEmails(ctx, account.ID, []string{emails[0].ID, "0123456789abcdef01234567"})
	require.NoError(t, err)
	_, err = w.CountOwned(ctx, account.ID)
	require.NoError(t, err)
	_, err = w.CountForeignEnrolments(ctx, account.ID, []string{boxes[0].ID})
	require.NoError(t, err)
	for _, rule := range w.RecordRules() {
		records, _ := w.all(rule.Kind, account.ID)
		open := slices.IndexFunc(records, func(r domain.Record) bool { return r.Open })
		_, err = w.MoveRecords(ctx, rule.Kind, records[open:open+1], w.id(manager))
		require.NoError(t, err)
		_, err = w.ReadRecords(ctx, rule.Kind, []string{records[open].ID})
		require.NoError(t, err)
	}
}
