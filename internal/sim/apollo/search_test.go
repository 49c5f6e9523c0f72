package apollo

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPaginationOddities(t *testing.T) {
	t.Parallel()
	r := demo(t)
	page := func(body map[string]any) map[string]any { return body["pagination"].(map[string]any) }

	plain := page(r.ok("GET", "/api/v1/users/search", nil))
	require.Equal(t, map[string]any{"page": 1.0, "per_page": 25.0, "total_entries": 15.0, "total_pages": 1.0}, plain)
	asked := page(r.ok("GET", "/api/v1/users/search?page=2&per_page=10", nil))
	require.Equal(t, map[string]any{"page": "2", "per_page": "10", "total_entries": 15.0, "total_pages": 2.0}, asked)

	require.Equal(t, 10.0, page(r.ok("POST", "/api/v1/tasks/search", nil))["per_page"])
	require.Equal(t, 100.0, page(r.ok("POST", "/api/v1/tasks/search", object{"per_page": 100}))["per_page"])
	require.Equal(t, 25.0, page(r.ok("POST", "/api/v1/contacts/search", object{"pagination": object{"per_page": 50}}))["per_page"],
		"a nested pagination object is ignored")
	require.Equal(t, 25.0, page(r.ok("POST", "/api/v1/emailer_campaigns/search", object{"per_page": 50}))["per_page"],
		"sequences read the query only")
	require.Equal(t, 50.0, page(r.ok("POST", "/api/v1/emailer_campaigns/search?per_page=50", nil))["per_page"])
	require.NotContains(t, r.ok("GET", "/api/v1/emailer_messages/search", nil), "pagination")
}

func TestPageLimits(t *testing.T) {
	t.Parallel()
	r := demo(t)
	const threshold = "Invalid parameter passed in. Page * per page number is over threshold."
	cases := []struct {
		method, path string
		body         any
		want         string
	}{
		{"POST", "/api/v1/contacts/search", object{"page": 501, "per_page": 100}, threshold},
		{"POST", "/api/v1/accounts/search", object{"page": 501, "per_page": 100}, threshold},
		{"POST", "/api/v1/tasks/search?page=501&per_page=100", nil, threshold},
		{"POST", "/api/v1/emailer_campaigns/search?page=501&per_page=100", nil, threshold},
		{"GET", "/api/v1/emailer_messages/search?page=501&per_page=100", nil, threshold},
		{"GET", "/api/v1/emailer_messages/search?per_page=0", nil, "An error occurred. Per page cannot be 0."},
		{"POST", "/api/v1/tasks/search?per_page=101", nil, "Per page not supported"},
		{"POST", "/api/v1/accounts/search", object{"sort_by_field": "owner"}, "Invalid sort criteria"},
	}
	for _, c := range cases {
		a := r.do(c.method, c.path, c.body)
		require.Equal(t, 422, a.status, c.path)
		require.Equal(t, c.want, a.body["error"], c.path)
	}
	require.Equal(t, 200, r.do("POST", "/api/v1/contacts/search", object{"page": 500, "per_page": 100}).status)
	require.Equal(t, 200, r.do("GET", "/api/v1/opportunities/search?page=501&per_page=100", nil).status, "deals have no ceiling")
}

func TestOwnerFilters(t *testing.T) {
	t.Parallel()
	honoured, ignored := demo(t), demo(t, with(func(w *Switches) {
		w.IgnoreContactOwnerFilter, w.IgnoreAccountOwnerFilter = true, true
		w.IgnoreDealOwnerFilter, w.IgnoreTaskUserFilter = true, true
	}))
	owner := honoured.id(dana)
	cases := []struct {
		path, filter string
		value        any
		filtered     int
	}{
		{"contacts/search", "contact_owner_ids", []string{owner}, 2300},
		{"accounts/search", "account_owner_ids", []string{owner}, 180},
		{"opportunities/search", "owner_id", owner, 40},
		{"tasks/search", "user_ids", []string{owner}, 110},
	}
	for _, c := range cases {
		body := honoured.ok("POST", "/api/v1/"+c.path, object{c.filter: c.value})
		require.Equal(t, c.filtered, total(body), c.path)
		require.Equal(t, []any{c.filter}, column(rows(body, "breadcrumbs"), "signal_field_name"), c.path)

		all := ignored.ok("POST", "/api/v1/"+c.path, object{c.filter: c.value})
		require.Greater(t, total(all), c.filtered, c.path)
		require.Empty(t, rows(all, "breadcrumbs"), c.path)
	}
	require.Equal(t, 110, total(honoured.ok("GET", "/api/v1/tasks/search?user_id="+owner, nil)))
	require.Equal(t, total(honoured.ok("GET", "/api/v1/opportunities/search", nil)),
		total(honoured.ok("GET", "/api/v1/opportunities/search?owner_id="+owner, nil)), "the documented form takes no filter")
}

func TestUnknownFiltersAreIgnoredSilently(t *testing.T) {
	t.Parallel()
	r := demo(t)
	owner := r.id(dana)
	for path, filter := range map[string]object{
		"contacts/search": {"owner_ids": []string{owner}, "ownerId": owner},
		"accounts/search": {"owner_id": owner, "contact_emailer_campaign_ids": []string{"x"}},
		"tasks/search":    {"assignee_ids": []string{owner}, "task_types": []string{"call"}, "task_priority_status_cd": "scheduled"},
	} {
		all := total(r.ok("POST", "/api/v1/"+path, object{}))
		body := r.ok("POST", "/api/v1/"+path, filter)
		require.Equal(t, all, total(body), path)
		require.Empty(t, rows(body, "breadcrumbs"), path)
	}
	require.Len(t, rows(r.ok("GET", "/api/v1/emailer_messages/search?contact_ids[]=x&per_page=100", nil), "emailer_messages"),
		len(rows(r.ok("GET", "/api/v1/emailer_messages/search?per_page=100", nil), "emailer_messages")))
}

func TestFiltersThatWork(t *testing.T) {
	t.Parallel()
	r := demo(t)
	label := r.owned(KindList, dana)[0]
	sequence := r.owned(KindSequence, aiko)[0]
	r.Simulator.t.accounts.change(r.owned(KindAccount, dana)[0], r.clock.Now(), func(a *account) {
		a.labels = []string{"5f0a000000000000000000e1"}
	})
	cases := []struct {
		path, name string
		value      any
		check      func(map[string]any) bool
	}{
		{"contacts/search", "contact_label_ids", []string{label}, func(c map[string]any) bool { return fmt.Sprint(c["label_ids"]) != "[]" }},
		{"contacts/search", "contact_stage_ids", []string{contactStageCold}, func(c map[string]any) bool { return c["contact_stage_id"] == contactStageCold }},
		{"contacts/search", "emailer_campaign_ids", []string{sequence}, func(c map[string]any) bool {
			return fmt.Sprint(c["emailer_campaign_ids"]) == fmt.Sprint([]string{sequence})
		}},
		{"contacts/search", "q_keywords", "hansen", func(c map[string]any) bool { return c["last_name"] == "Hansen" }},
		{"accounts/search", "q_organization_name", "northwind", func(a map[string]any) bool { return a["domain"] != "" }},
		{"accounts/search", "account_stage_ids", []string{accountStageCurrent}, func(a map[string]any) bool {
			return a["account_stage_id"] == accountStageCurrent
		}},
		{"opportunities/search", "q_keywords", "deal 30", func(d map[string]any) bool { return d["name"] != "" }},
		{"accounts/search", "account_label_ids", []string{"5f0a000000000000000000e1"}, func(a map[string]any) bool {
			return fmt.Sprint(a["label_ids"]) != "[]"
		}},
		{"opportunities/search", "opportunity_stage_id", dealStageWon, func(d map[string]any) bool { return d["is_won"] == true }},
	}
	for _, c := range cases {
		body := r.ok("POST", "/api/v1/"+c.path, object{c.name: c.value})
		kind := map[string]string{"contacts/search": "contacts", "accounts/search": "accounts", "opportunities/search": "opportunities"}[c.path]
		found := rows(body, kind)
		require.NotEmpty(t, found, c.name)
		require.Less(t, total(body), total(r.ok("POST", "/api/v1/"+c.path, object{})), c.name)
		require.Equal(t, c.name, rows(body, "breadcrumbs")[0]["signal_field_name"], c.name)
		for _, row := range found {
			require.True(t, c.check(row), "%s: %v", c.name, row)
		}
	}
	named := r.ok("POST", "/api/v1/emailer_campaigns/search?q_name=renewal&per_page=100", nil)
	require.NotEmpty(t, rows(named, "emailer_campaigns"))
	require.Equal(t, "q_name", rows(named, "breadcrumbs")[0]["signal_field_name"])
}

func TestTaskStatusFilterSwitch(t *testing.T) {
	t.Parallel()
	r := demo(t, with(func(w *Switches) { w.HonourTaskStatusFilter = true }))
	body := r.ok("POST", "/api/v1/tasks/search", object{"user_ids": []string{r.id(dana)}, "task_priority_status_cd": "scheduled"})
	require.Equal(t, 60, total(body))
	require.Len(t, rows(body, "breadcrumbs"), 2)
}

func TestSortingAndStablePages(t *testing.T) {
	t.Parallel()
	r := demo(t)
	seen := map[any]bool{}
	for page := 1; page <= 23; page++ {
		body := r.ok("POST", "/api/v1/contacts/search", object{"contact_owner_ids": []string{r.id(dana)}, "page": page, "per_page": 100,
			"sort_by_field": "contact_created_at", "sort_ascending": true})
		last := ""
		for _, c := range rows(body, "contacts") {
			require.False(t, seen[c["id"]])
			seen[c["id"]] = true
			require.GreaterOrEqual(t, c["created_at"].(string), last)
			last = c["created_at"].(string)
		}
	}
	require.Len(t, seen, 2300)

	tasks := rows(r.ok("POST", "/api/v1/tasks/search?sort_by_field=task_due_at&per_page=100", nil), "tasks")
	for i := 1; i < len(tasks); i++ {
		require.LessOrEqual(t, tasks[i-1]["due_at"], tasks[i]["due_at"])
	}
	deals := rows(r.ok("GET", "/api/v1/opportunities/search?sort_by_field=amount&per_page=100", nil), "opportunities")
	for i := 1; i < len(deals); i++ {
		require.GreaterOrEqual(t, deals[i-1]["amount"], deals[i]["amount"])
	}
}

func TestSortFields(t *testing.T) {
	t.Parallel()
	r := demo(t)
	first := func(path, kind string, body object) map[string]any {
		return rows(r.ok("POST", "/api/v1/"+path, body), kind)[0]
	}
	require.Equal(t, "high", first("tasks/search?sort_by_field=task_priority", "tasks", nil)["priority"])
	require.Equal(t, true, first("opportunities/search", "opportunities", object{"sort_by_field": "is_closed"})["is_closed"])
	require.Equal(t, true, first("opportunities/search", "opportunities", object{"sort_by_field": "is_won"})["is_won"])

	contact, account := r.owned(KindContact, dana)[5], r.owned(KindAccount, dana)[5]
	r.clock.Advance(time.Second)
	require.NoError(t, r.SetOwner(KindContact, contact, eli))
	require.NoError(t, r.SetOwner(KindAccount, account, eli))
	require.Equal(t, contact, first("contacts/search", "contacts", object{"sort_by_field": "contact_updated_at"})["id"])
	require.Equal(t, account, first("accounts/search", "accounts", object{"sort_by_field": "account_updated_at"})["id"])
	active := first("contacts/search", "contacts", object{"sort_by_field": "contact_last_activity_date"})["last_activity_date"]
	require.GreaterOrEqual(t, active, first("contacts/search", "contacts", object{})["last_activity_date"])
	for _, path := range []string{"contacts/search", "opportunities/search", "tasks/search"} {
		require.Equal(t, 422, r.do("POST", "/api/v1/"+path, object{"sort_by_field": "luck"}).status, path)
	}
}

func TestNullsOccur(t *testing.T) {
	t.Parallel()
	r := demo(t)
	nulls := map[string]bool{}
	collect := func(method, path, kind string, body any) {
		for _, row := range rows(r.ok(method, path, body), kind) {
			for name, v := range row {
				if v == nil {
					nulls[kind+"."+name] = true
				}
			}
		}
	}
	collect("GET", "/api/v1/users/search", "users", nil)
	for page := range 10 {
		collect("POST", "/api/v1/contacts/search", "contacts", object{"per_page": 100, "page": page + 1})
		collect("GET", fmt.Sprintf("/api/v1/opportunities/search?per_page=100&page=%d", page+1), "opportunities", nil)
	}
	for _, name := range []string{
		"users.title", "contacts.first_name", "contacts.title", "contacts.email", "contacts.account_id",
		"opportunities.owner_id", "opportunities.is_closed", "opportunities.is_won",
	} {
		require.True(t, nulls[name], name)
	}
}

func TestStatsAreSometimesLoading(t *testing.T) {
	t.Parallel()
	r := demo(t)
	kinds := map[string]int{}
	for _, q := range rows(r.ok("POST", "/api/v1/emailer_campaigns/search?per_page=100", nil), "emailer_campaigns") {
		kinds[fmt.Sprintf("%T", q["unique_scheduled"])]++
	}
	require.Positive(t, kinds["string"])
	require.Positive(t, kinds["float64"])
}

func TestDeactivatedUsersInTheList(t *testing.T) {
	t.Parallel()
	for vanish, listed := range map[bool]int{false: 15, true: 13} {
		r := demo(t, with(func(w *Switches) { w.DeactivatedVanish = vanish }))
		require.NoError(t, r.Deactivate(dana))
		body := r.ok("GET", "/api/v1/users/search", nil)
		require.Equal(t, listed, total(body))
		for _, u := range rows(body, "users") {
			require.Equal(t, u["email"] == dana || u["email"] == "jonas.berg@example.com", u["deleted"])
		}
	}
}

func TestSearchLagsBehindWrites(t *testing.T) {
	t.Parallel()
	r := demo(t)
	require.NoError(t, r.SetFaults(1, Fault{Kind: FaultLag, Lag: Duration(time.Minute), Endpoint: "(contacts|users|tasks|labels)/(search|index)"}))
	owner, heir := r.id(dana), r.id(eli)
	ids := r.owned(KindContact, dana)[:50]
	count := func(id string) int {
		return total(r.ok("POST", "/api/v1/contacts/search", object{"contact_owner_ids": []string{id}}))
	}
	before := count(heir)
	r.clock.Advance(time.Hour)
	r.ok("POST", "/api/v1/contacts/update_owners", object{"contact_ids": ids, "owner_id": heir})
	require.NoError(t, r.AddDrift(Drift{Owner: dana, Contacts: 5}))
	require.NoError(t, r.Deactivate(dana))

	require.Equal(t, 2300, count(owner))
	require.Equal(t, before, count(heir))
	require.Len(t, r.owned(KindContact, dana), 2255, "the records themselves have changed")
	require.Equal(t, heir, r.ok("GET", "/api/v1/contacts/"+ids[0], nil)["contact"].(map[string]any)["owner_id"], "only searches lag")
	require.Equal(t, false, rows(r.ok("GET", "/api/v1/users/search", nil), "users")[4]["deleted"])

	r.clock.Advance(61 * time.Second)
	require.Equal(t, 2255, count(owner))
	require.Equal(t, before+50, count(heir))
	require.Equal(t, true, rows(r.ok("GET", "/api/v1/users/search", nil), "users")[4]["deleted"])
}

func TestLabelsAreABareArray(t *testing.T) {
	t.Parallel()
	a := demo(t).do("GET", "/api/v1/labels", nil)
	require.Equal(t, 200, a.status)
	require.Equal(t, byte('['), a.raw[0])
	require.Contains(t, string(a.raw), `"modality":"contacts"`)
}
