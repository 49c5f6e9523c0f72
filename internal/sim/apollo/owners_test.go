package apollo

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestUpdateOwners(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{KindContact, KindAccount} {
		for _, inQuery := range []bool{true, false} {
			r := demo(t)
			ids := append(r.owned(kind, dana)[:3], "5f0a00000000000000000bad")
			name, path := string(kind)+"_ids", "/api/v1/"+string(kind)+"s/update_owners"
			var body map[string]any
			if inQuery {
				body = r.ok("POST", path+"?"+url.Values{name + "[]": ids, "owner_id": {r.id(eli)}}.Encode(), nil)
			} else {
				body = r.ok("POST", path, object{name: ids, "owner_id": r.id(eli)})
			}
			echo := rows(body, string(kind)+"s")
			require.Len(t, echo, 3, "unknown ids are left out of the echo")
			for _, row := range echo {
				require.Equal(t, r.id(eli), row["owner_id"])
				require.Contains(t, row, "crm_owner_id")
			}
			require.Subset(t, r.owned(kind, eli), ids[:3])
			effects := r.EffectsPerTarget(string(kind) + "s.update_owners")
			require.Equal(t, map[string]int{ids[0]: 1, ids[1]: 1, ids[2]: 1}, effects)
		}
	}
}

func TestOwnerWritesThatAreRefused(t *testing.T) {
	t.Parallel()
	r := demo(t, with(func(w *Switches) { w.UpdateOwnersMax = 10 }))
	heir, ids := r.id(eli), r.owned(KindContact, dana)
	before := r.HashExcept(HashFilter{})
	cases := []struct {
		path string
		body object
		want string
	}{
		{"contacts/update_owners", object{"owner_id": heir}, "Required parameter 'contact_ids' missing"},
		{"contacts/update_owners", object{"contact_ids": ids[:1]}, "Required parameter 'owner_id' missing"},
		{"accounts/update_owners", object{"owner_id": heir}, "Required parameter 'account_ids' missing"},
		{"contacts/update_owners", object{"contact_ids": ids[:1], "owner_id": "x"}, "Parameters misconfigured. x is not a valid ID"},
		{"contacts/update_owners", object{"contact_ids": ids[:11], "owner_id": heir}, "Please limit your array to fewer than 10."},
		{"contacts/bulk_update", object{"owner_id": heir}, "Please provide either contact_ids or contact_attributes"},
		{"contacts/bulk_update", object{"contact_ids": ids[:1001], "owner_id": heir}, "Please limit your array to fewer than 1000."},
		{"contacts/bulk_update", object{"contact_ids": ids[:1], "owner_id": "x"}, "Parameters misconfigured. x is not a valid ID"},
		{"accounts/bulk_update", object{"account_attributes": []object{{"id": "x", "owner_id": heir}}, "async": true},
			"Async processing is not permitted."},
		{"accounts/bulk_update", object{"account_ids": []string{"x"}, "owner_id": "y"}, "Parameters misconfigured. y is not a valid ID"},
		{"contacts/bulk_update", object{"contact_attributes": []any{"x"}}, "Validation failed"},
	}
	for _, c := range cases {
		a := r.do("POST", "/api/v1/"+c.path, c.body)
		require.Equal(t, 422, a.status, c.want)
		require.Equal(t, c.want, a.body["error"])
	}
	require.Equal(t, before, r.HashExcept(HashFilter{}), "nothing changed")
	require.Empty(t, r.Effects())
	require.Equal(t, 200, r.do("POST", "/api/v1/contacts/update_owners", object{"contact_ids": ids[:10], "owner_id": heir}).status)
}

func TestBulkUpdate(t *testing.T) {
	t.Parallel()
	r := demo(t)
	heir, ids := r.id(eli), r.owned(KindContact, dana)
	body := r.ok("POST", "/api/v1/contacts/bulk_update", object{"contact_ids": ids[:100], "owner_id": heir})
	require.Len(t, rows(body, "contacts"), 100)
	require.Len(t, r.owned(KindContact, dana), 2200)

	r.ok("POST", "/api/v1/contacts/bulk_update", object{"contact_attributes": []object{{"id": ids[100], "owner_id": heir, "title": "Buyer"}}})
	require.Len(t, r.owned(KindContact, dana), 2199)

	job := r.ok("POST", "/api/v1/contacts/bulk_update", object{"contact_ids": ids[101:301], "owner_id": heir})
	require.Equal(t, "pending", job["entity_progress_job"].(map[string]any)["status"])
	require.Len(t, r.owned(KindContact, dana), 2199, "a job is not done yet")
	r.clock.Advance(2 * time.Second)
	require.Len(t, r.owned(KindContact, dana), 1999)

	accounts := r.owned(KindAccount, dana)
	require.Len(t, rows(r.ok("POST", "/api/v1/accounts/bulk_update", object{"account_ids": accounts[:150], "owner_id": heir}), "accounts"), 150)
	r.ok("POST", "/api/v1/accounts/bulk_update", object{"account_ids": accounts[150:], "owner_id": heir, "async": true})
	require.Len(t, r.owned(KindAccount, dana), 30)
	r.clock.Advance(2 * time.Second)
	require.Empty(t, r.owned(KindAccount, dana))
}

func TestPatchContact(t *testing.T) {
	t.Parallel()
	for honoured, owner := range map[bool]string{false: dana, true: eli} {
		r := demo(t, with(func(w *Switches) { w.HonourContactOwnerPatch = honoured }))
		id := r.owned(KindContact, dana)[7]
		body := r.ok("PATCH", "/api/v1/contacts/"+id, object{"owner_id": r.id(eli), "title": "Director", "existence_level": "none",
			"label_names": []string{"Dana: Met in person"}})
		c := body["contact"].(map[string]any)
		require.Equal(t, r.id(owner), c["owner_id"])
		require.Equal(t, "Director", c["title"])
		require.Len(t, c["label_ids"], 1)
		require.Equal(t, "full", c["existence_level"], "unknown attributes are ignored")
		require.Equal(t, 422, r.do("PATCH", "/api/v1/contacts/"+id, object{"account_id": "x"}).status)
	}
	r := demo(t)
	require.Equal(t, 422, r.do("GET", "/api/v1/contacts/5f0a00000000000000000bad", nil).status, "422 where others say 404")
	require.Equal(t, 422, r.do("PATCH", "/api/v1/contacts/5f0a00000000000000000bad", object{}).status)
}

func TestCRMPutsItsOwnerBack(t *testing.T) {
	t.Parallel()
	r := demo(t, with(func(w *Switches) { w.CRMOverwriteAfter = time.Minute }))
	heir, ids := r.id(eli), r.owned(KindContact, dana)
	synced := 0
	for _, row := range rows(r.ok("POST", "/api/v1/contacts/update_owners", object{"contact_ids": ids, "owner_id": heir}), "contacts") {
		if row["crm_owner_id"] != nil {
			synced++
		}
	}
	accounts := r.owned(KindAccount, dana)
	r.ok("POST", "/api/v1/accounts/update_owners", object{"account_ids": accounts, "owner_id": heir})
	require.Positive(t, synced)
	require.Empty(t, r.owned(KindContact, dana))
	r.clock.Advance(time.Minute)
	require.Len(t, r.owned(KindContact, dana), synced)
	require.NotEmpty(t, r.owned(KindAccount, dana))
	require.Equal(t, ViaClock, r.Effects()[len(r.Effects())-1].Via)
}

func TestDeals(t *testing.T) {
	t.Parallel()
	r := demo(t)
	id := r.owned(KindDeal, dana)[0]
	d := r.ok("PATCH", "/api/v1/opportunities/"+id, object{"owner_id": r.id(eli), "is_closed": true})["opportunity"].(map[string]any)
	require.Equal(t, r.id(eli), d["owner_id"])
	require.NotEqual(t, true, d["is_closed"], "is_closed is ignored")
	require.Equal(t, []Effect{{Seq: 1, Op: "opportunities.update", Kind: KindDeal, Target: id, Field: "owner_id", From: r.id(dana),
		To: r.id(eli), At: r.clock.Now(), Via: ViaAPI, RequestID: "req-00000001"}}, r.Effects())

	d = r.ok("PATCH", "/api/v1/opportunities/"+id, object{"opportunity_stage_id": dealStageWon, "amount": "77", "closed_date": "2026-12-01",
		"name": "New"})["opportunity"].(map[string]any)
	require.Equal(t, []any{true, true, 77.0, "New"}, []any{d["is_closed"], d["is_won"], d["amount"], d["name"]})
	require.Equal(t, "New", r.ok("GET", "/api/v1/opportunities/"+id, nil)["opportunity"].(map[string]any)["name"])

	missing := r.do("GET", "/api/v1/opportunities/5f0a00000000000000000bad", nil)
	require.Equal(t, 404, missing.status)
	require.JSONEq(t, `{"status":404,"error":"Not Found"}`, string(missing.raw))
	require.Equal(t, 422, r.do("GET", "/api/v1/opportunities/17", nil).status)
	require.Equal(t, "Opportunity does not exist.", r.do("PATCH", "/api/v1/opportunities/17", object{}).body["error"])
	require.Equal(t, 422, r.do("PATCH", "/api/v1/opportunities/"+id, object{"owner_id": "x"}).status)
	require.Equal(t, 422, r.do("PATCH", "/api/v1/opportunities/"+id, object{"opportunity_stage_id": "x"}).status)
}

func TestTasks(t *testing.T) {
	t.Parallel()
	r := demo(t)
	var open, finished string
	for _, row := range rows(r.ok("POST", "/api/v1/tasks/search", object{"user_ids": []string{r.id(dana)}, "per_page": 100}), "tasks") {
		switch {
		case row["status"] == taskScheduled && row["priority"] == "high":
			open = row["id"].(string)
		case row["status"] == taskCompleted:
			finished = row["id"].(string)
		}
	}
	kept := r.ok("PATCH", "/api/v1/tasks/"+open, object{"user_id": r.id(eli), "priority": "high", "creator_id": r.id(dana)})["task"].(map[string]any)
	require.Equal(t, []any{r.id(eli), "high", r.id(dana)}, []any{kept["user_id"], kept["priority"], kept["creator_id"]})
	reset := r.ok("PATCH", "/api/v1/tasks/"+open, object{"user_id": r.id(eli)})["task"].(map[string]any)
	require.Equal(t, []any{"medium", r.id(priya)}, []any{reset["priority"], reset["creator_id"]}, "what is not sent is reset")

	done := r.ok("PATCH", "/api/v1/tasks/"+finished, object{"user_id": r.id(eli), "note": "seen"})["task"].(map[string]any)
	require.Equal(t, []any{r.id(dana), "seen"}, []any{done["user_id"], done["note"]}, "a finished task keeps its user")
	require.Equal(t, "seen", r.ok("GET", "/api/v1/tasks/"+finished, nil)["task"].(map[string]any)["note"])

	require.Equal(t, 422, r.do("GET", "/api/v1/tasks/5f0a00000000000000000bad", nil).status)
	require.Equal(t, 422, r.do("PATCH", "/api/v1/tasks/5f0a00000000000000000bad", object{}).status)
	require.Equal(t, 422, r.do("PATCH", "/api/v1/tasks/"+open, object{"user_id": "x"}).status)
}

func TestSetOwnerIsWhatAColleagueDoes(t *testing.T) {
	t.Parallel()
	r := demo(t)
	for _, kind := range []Kind{KindContact, KindAccount, KindDeal, KindTask, KindSequence} {
		id := r.owned(kind, dana)[0]
		require.NoError(t, r.SetOwner(kind, id, aiko))
		require.Contains(t, r.owned(kind, aiko), id)
		require.ErrorIs(t, r.SetOwner(kind, "x", aiko), ErrUnknown)
	}
	require.ErrorIs(t, r.SetOwner(KindContact, "x", "nobody@example.com"), ErrUnknown)
	id, err := r.AddContact(dana, r.owned(KindAccount, dana)[0])
	require.NoError(t, err)
	require.Equal(t, id, r.owned(KindContact, dana)[len(r.owned(KindContact, dana))-1])
}
