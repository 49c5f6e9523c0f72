package apollo

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Stages are what a long listing is read by, so together they must hold every record that has one.
func TestStagesPartitionTheSearches(t *testing.T) {
	t.Parallel()
	r := demo(t)
	for _, c := range []struct{ stages, member, search, filter string }{
		{"contact_stages", "contact_stages", "contacts/search", "contact_stage_ids"},
		{"account_stages", "account_stages", "accounts/search", "account_stage_ids"},
	} {
		list := rows(r.ok("GET", "/api/v1/"+c.stages, nil), c.member)
		require.NotEmpty(t, list)
		whole, sum := total(r.ok("POST", "/api/v1/"+c.search, nil)), 0
		for i, st := range list {
			require.Equal(t, float64(i), st["display_order"])
			body := r.ok("POST", "/api/v1/"+c.search, object{c.filter: []any{st["id"]}})
			require.Equal(t, []any{c.filter}, column(rows(body, "breadcrumbs"), "signal_field_name"))
			require.Positive(t, total(body))
			sum += total(body)
		}
		require.Equal(t, whole, sum, c.search)
	}
}

func TestShowAccount(t *testing.T) {
	t.Parallel()
	r := demo(t)
	id := r.owned(KindAccount, dana)[3]
	account := r.ok("GET", "/api/v1/accounts/"+id, nil)["account"].(map[string]any)
	require.Equal(t, id, account["id"])
	require.Equal(t, r.id(dana), account["owner_id"])

	require.NoError(t, r.SetOwner(KindAccount, id, eli))
	require.Equal(t, r.id(eli), r.ok("GET", "/api/v1/accounts/"+id, nil)["account"].(map[string]any)["owner_id"])

	unknown := r.do("GET", "/api/v1/accounts/5f0a00000000000000000bad", nil)
	require.Equal(t, 422, unknown.status)
	require.Equal(t, "Parameters misconfigured. 5f0a00000000000000000bad is not a valid ID", unknown.body["error"])
}
