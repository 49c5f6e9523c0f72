package apollo

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSequenceOwner(t *testing.T) {
	t.Parallel()
	r := demo(t)
	id := r.owned(KindSequence, dana)[0]
	steps := len(rows(r.ok("GET", "/api/v1/emailer_campaigns/"+id, nil), "emailer_steps"))
	body := r.ok("PUT", "/api/v1/sequences/"+id, object{"user_id": r.id(eli)})
	require.Equal(t, []any{r.id(eli), r.id(eli)}, []any{body["user_id"], body["object_owner_id"]})
	require.Equal(t, r.id(eli), body["emailer_campaign"].(map[string]any)["user_id"])
	require.Len(t, rows(body, "emailer_steps"), steps, "steps stay when they are not sent")
	require.Contains(t, r.owned(KindSequence, eli), id)
	require.Equal(t, map[string]int{id: 1}, r.EffectsPerTarget("sequences.update"))

	gone := r.ok("PUT", "/api/v1/sequences/"+id, object{"emailer_steps": []object{{"type": "call"}}, "label_names": []string{"Dana: Met in person"},
		"name": "Renamed", "max_emails_per_day": 7, "sharing_permission": object{"visibility": "restricted"}})
	require.Len(t, rows(gone, "emailer_steps"), 1, "steps not sent along are removed")
	require.Equal(t, "Renamed", gone["name"])
	shown := r.ok("GET", "/api/v1/emailer_campaigns/"+id, nil)["emailer_campaign"].(map[string]any)
	require.Len(t, shown["label_ids"], 1)
	require.Equal(t, 7.0, shown["max_emails_per_day"])
	require.Equal(t, "restricted", shown["sharing_permission"].(map[string]any)["visibility"])

	missing := r.do("PUT", "/api/v1/sequences/5f0a00000000000000000bad", object{})
	require.Equal(t, 404, missing.status)
	require.Equal(t, "Record not found.", missing.body["error"])
	require.Equal(t, 404, r.do("GET", "/api/v1/emailer_campaigns/5f0a00000000000000000bad", nil).status)
	require.Equal(t, 422, r.do("PUT", "/api/v1/sequences/"+id, object{"user_id": "x"}).status)
}

func TestSequenceOwnerSwitches(t *testing.T) {
	t.Parallel()
	for _, refuses := range []bool{false, true} {
		status := map[bool]int{false: 200, true: 422}[refuses]
		source := demo(t, with(func(w *Switches) { w.SequenceRefusesDeactivatedSource = refuses }))
		id := source.owned(KindSequence, dana)[0]
		require.NoError(t, source.Deactivate(dana))
		require.Equal(t, status, source.do("PUT", "/api/v1/sequences/"+id, object{"user_id": source.id(eli)}).status)

		target := demo(t, with(func(w *Switches) { w.SequenceRefusesDeactivatedTarget = refuses }))
		require.NoError(t, target.Deactivate(eli))
		require.Equal(t, status, target.do("PUT", "/api/v1/sequences/"+id, object{"user_id": target.id(eli)}).status)

		listed := demo(t, with(func(w *Switches) { w.HideArchivedSequences = refuses }))
		archived := 0
		for _, q := range rows(listed.ok("GET", "/api/v1/emailer_campaigns/search?per_page=100", nil), "emailer_campaigns") {
			if q["archived"] == true {
				archived++
			}
		}
		require.Equal(t, refuses, archived == 0)
	}
}

func TestSequenceWritesTakeTheTeamLock(t *testing.T) {
	t.Parallel()
	r := demo(t, with(func(w *Switches) { w.SequenceWriteTakes = 80 * time.Millisecond }))
	ids := r.owned(KindSequence, dana)
	statuses := make([]int, 4)
	var wg sync.WaitGroup
	for i := range statuses {
		wg.Go(func() { statuses[i] = r.do("PUT", "/api/v1/sequences/"+ids[i], object{"user_id": r.id(eli)}).status })
	}
	wg.Wait()
	require.Contains(t, statuses, 200)
	require.Contains(t, statuses, 429)
	again := r.do("PUT", "/api/v1/sequences/"+ids[0], object{"user_id": r.id(eli)})
	require.Equal(t, 200, again.status, "the lock is given up")
	require.Zero(t, r.Counts().Quota)
	require.Positive(t, r.Counts().TooMany)

	locked := demo(t)
	require.NoError(t, locked.SetFaults(1, Fault{Endpoint: "sequences/update", Kind: FaultSequenceLock, Count: 1}))
	a := locked.do("PUT", "/api/v1/sequences/"+ids[0], object{"user_id": r.id(eli)})
	require.Equal(t, 429, a.status)
	require.JSONEq(t, `{"error":"We are already processing the request for your sequence"}`, string(a.raw))
	require.Empty(t, locked.Effects())
	require.Equal(t, 200, locked.do("PUT", "/api/v1/sequences/"+ids[0], object{"user_id": r.id(eli)}).status)
}

func TestAbortApproveArchive(t *testing.T) {
	t.Parallel()
	r := demo(t)
	id := r.owned(KindSequence, dana)[0]
	path := "/api/v1/emailer_campaigns/" + id
	statuses := func() map[string]int {
		counts := map[string]int{}
		for _, c := range r.contactRows() {
			for _, e := range c.enrolments {
				if e.sequenceID == id {
					counts[e.status]++
				}
			}
		}
		return counts
	}
	require.Equal(t, "The sequence is already active.", r.do("POST", path+"/approve", nil).body["error"])
	require.Equal(t, map[string]int{"active": 120}, statuses())

	require.Equal(t, false, r.ok("POST", path+"/abort", nil)["emailer_campaign"].(map[string]any)["active"])
	require.Equal(t, map[string]int{"paused": 120}, statuses())
	twice := r.do("POST", path+"/abort", nil)
	require.Equal(t, 422, twice.status)
	require.Equal(t, "The sequence is already inactive.", twice.body["error"])
	require.Equal(t, true, r.ok("POST", path+"/approve", nil)["emailer_campaign"].(map[string]any)["active"])
	require.Equal(t, map[string]int{"active": 120}, statuses())

	body := r.ok("POST", path+"/archive", nil)
	require.Equal(t, map[string]any{"id": id, "active": false, "archived": true, "deleted": true}, body["emailer_campaign"])
	require.Equal(t, map[string]int{"finished": 120}, statuses())
	require.Positive(t, r.fates(dana)[emailCancelled])

	r.ok("PUT", "/api/v1/sequences/"+id, object{"emailer_steps": []object{}})
	require.Equal(t, 422, r.do("POST", path+"/approve", nil).status, "a sequence without steps cannot start")
	require.Equal(t, 422, r.do("PUT", "/api/v1/sequences/"+id, object{"active": true}).status)
	for _, verb := range []string{"abort", "approve", "archive"} {
		require.Equal(t, 404, r.do("POST", "/api/v1/emailer_campaigns/5f0a00000000000000000bad/"+verb, nil).status)
	}
}

func TestAbortRemovesTheSequencesTasks(t *testing.T) {
	t.Parallel()
	r := demo(t)
	id, taskID := r.owned(KindSequence, dana)[0], r.owned(KindTask, dana)[0]
	r.Simulator.t.tasks.change(taskID, r.clock.Now(), func(row *task) { row.sequenceID = id })
	shown := r.ok("GET", "/api/v1/tasks/"+taskID, nil)["task"].(map[string]any)
	require.Equal(t, id, shown["emailer_campaign_id"])
	r.ok("POST", "/api/v1/emailer_campaigns/"+id+"/abort", nil)
	require.Equal(t, 422, r.do("GET", "/api/v1/tasks/"+taskID, nil).status)
	require.Equal(t, 109, total(r.ok("POST", "/api/v1/tasks/search", object{"user_ids": []string{r.id(dana)}})))
}

func TestRemoveOrStop(t *testing.T) {
	t.Parallel()
	r := demo(t)
	id := r.owned(KindSequence, dana)[0]
	enrolled := column(rows(r.ok("POST", "/api/v1/contacts/search", object{"emailer_campaign_ids": []string{id}}), "contacts"), "id")
	const path = "/api/v1/emailer_campaigns/remove_or_stop_contact_ids"
	status := func(contact any) []any {
		c := r.ok("GET", "/api/v1/contacts/"+contact.(string), nil)["contact"].(map[string]any)
		return column(rows(c, "contact_campaign_statuses"), "status")
	}
	for i, c := range []struct {
		mode string
		want []any
	}{{"stop", []any{"paused"}}, {"mark_as_finished", []any{"finished"}}, {"remove", []any{}}} {
		body := r.ok("POST", path, object{"emailer_campaign_ids": []string{id}, "contact_ids": enrolled[i : i+1], "mode": c.mode})
		require.Len(t, rows(body, "emailer_campaigns"), 1)
		require.Equal(t, c.want, status(enrolled[i]), c.mode)
	}
	unknown := r.ok("POST", path+"?mode=remove&emailer_campaign_ids[]=5f0a00000000000000000bad&contact_ids[]="+enrolled[5].(string), nil)
	require.Empty(t, unknown["emailer_campaigns"])
	require.NotNil(t, unknown["emailer_campaigns"])
	require.Equal(t, []any{"active"}, status(enrolled[5]))
	require.Equal(t, 422, r.do("POST", path, object{"mode": "pause"}).status)
}

func TestAddContacts(t *testing.T) {
	t.Parallel()
	r := demo(t)
	id := r.owned(KindSequence, eli)[0]
	path := "/api/v1/emailer_campaigns/" + id + "/add_contact_ids"
	contacts := r.owned(KindContact, eli)
	busy := column(rows(r.ok("POST", "/api/v1/contacts/search", object{"emailer_campaign_ids": []string{r.owned(KindSequence, dana)[0]}}), "contacts"), "id")[0].(string)
	box := r.mailbox(eli).ID
	body := r.ok("POST", path, object{"emailer_campaign_id": id, "send_email_from_email_account_id": box, "status": "paused",
		"contact_ids": []string{contacts[0], "nobody", busy}})
	require.Len(t, rows(body, "contacts"), 1)
	place := rows(rows(body, "contacts")[0], "contact_campaign_statuses")[0]
	require.Equal(t, []any{"paused", box, r.id(priya)}, []any{place["status"], place["send_email_from_email_account_id"], place["added_by_user_id"]})
	require.Equal(t, map[string]any{"nobody": "contact_not_found", busy: "contacts_active_in_other_campaigns"}, body["skipped_contact_ids"])

	again := r.ok("POST", path, object{"emailer_campaign_id": id, "send_email_from_email_account_id": []string{box}, "contact_ids": contacts[:1]})
	require.Equal(t, "contacts_already_exists_in_current_campaign", again["skipped_contact_ids"].(map[string]any)[contacts[0]])
	forced := r.ok("POST", path, object{"emailer_campaign_id": id, "send_email_from_email_account_id": box, "contact_ids": []string{busy},
		"sequence_active_in_other_campaigns": true})
	require.Len(t, rows(forced, "contacts"), 1)
	labelled := r.ok("POST", path, object{"emailer_campaign_id": id, "send_email_from_email_account_id": box, "label_names": []string{"Eli: Met in person"}})
	require.NotEmpty(t, rows(labelled, "contacts"))

	require.NoError(t, r.Unlink(danaSales, ""))
	for want, sent := range map[string]object{
		"Please specify either contact_ids or label_names.":                          {"emailer_campaign_id": id},
		"Please specify a emailer_campaign_id and send_email_from_email_account_id.": {"contact_ids": contacts},
		"Parameters misconfigured. x is not a valid ID":                              {"contact_ids": contacts, "emailer_campaign_id": id, "send_email_from_email_account_id": "x"},
		"These mailboxes are no longer active. dana.reyes@sales.example.com": {"contact_ids": contacts, "emailer_campaign_id": id,
			"send_email_from_email_account_id": r.mailbox(danaSales).ID},
	} {
		a := r.do("POST", path, sent)
		require.Equal(t, 422, a.status)
		require.Equal(t, want, a.body["error"])
	}
	require.Equal(t, 404, r.do("POST", "/api/v1/emailer_campaigns/x/add_contact_ids",
		object{"contact_ids": contacts, "emailer_campaign_id": "x", "send_email_from_email_account_id": box}).status)
}
