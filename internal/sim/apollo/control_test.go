package apollo

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func (r *rig) control(method, path string, body any) answer {
	r.t.Helper()
	return r.send(method, "/control/"+path, body, http.Header{"Authorization": {"Bearer " + testAdmin}})
}

func TestControlDoesWhatAdministratorsDo(t *testing.T) {
	t.Parallel()
	r := demo(t)
	var email string
	for _, m := range r.State().Emails {
		if m.UserID == r.id(dana) {
			email = m.ID
		}
	}
	acts := []struct {
		path string
		body object
		op   string
	}{
		{"resend", object{"message": email, "mailbox": eli}, "emails.rehome"},
		{"deactivate", object{"user": dana}, "users.deactivate"},
		{"unlink", object{"mailbox": dana, "forward_to": eli}, "mailboxes.unlink"},
		{"reactivate", object{"user": r.id(dana)}, "users.reactivate"},
		{"set-profile", object{"user": dana, "profile": ProfileBilling}, "users.set_profile"},
		{"transfer-workflow", object{"workflow": r.owned(KindWorkflow, dana)[0], "user": eli}, "workflows.transfer"},
		{"transfer-list", object{"list": r.owned(KindList, dana)[0], "user": eli}, "lists.transfer"},
		{"set-crm-user", object{"user": eli}, "crm.set_user"},
		{"set-seats", object{"seats": 18}, "seats.set"},
		{"invite", object{"email": "lea.joiner@example.com", "profile": ProfileStandard}, "invites.create"},
		{"accept", object{"invite": "lea.joiner@example.com"}, "invites.accept"},
		{"revoke", object{"invite": "kim.novak@example.com"}, "invites.revoke"},
		{"set-owner", object{"kind": "contact", "id": r.owned(KindContact, dana)[0], "user": aiko}, "records.set_owner"},
		{"drift", object{"owner": dana, "contacts": 2}, "drift.add"},
	}
	for _, a := range acts {
		got := r.control("POST", a.path, a.body)
		require.Equal(t, 200, got.status, "%s: %s", a.path, got.raw)
		require.NotEmpty(t, r.EffectsPerTarget(a.op), a.path)
		for _, e := range r.Effects() {
			require.Equal(t, ViaAdmin, e.Via)
		}
	}
	require.Equal(t, 200, r.control("POST", "consume", object{"endpoint": "api/v1/users/search", "count": 3}).status)
	require.Equal(t, 200, r.control("POST", "rotate-key", object{"key": "next", "user": sam}).status)
	require.Equal(t, 401, r.do("GET", "/api/v1/users/search", nil).status)
}

func TestControlRefusals(t *testing.T) {
	t.Parallel()
	r := demo(t)
	require.Equal(t, 401, r.send("GET", "/control/state", nil, nil).status)
	require.Equal(t, 404, r.control("POST", "deactivate", object{"user": "nobody@example.com"}).status)
	require.Equal(t, 409, r.control("POST", "set-seats", object{"seats": 1}).status)
	require.Equal(t, 400, r.control("POST", "deactivate", object{"usr": dana}).status)
	require.Equal(t, 400, r.control("POST", "faults", object{"rules": []object{{"kind": "gremlins"}}}).status)
	require.Equal(t, 400, r.control("POST", "faults", object{"rules": []object{{"kind": "slow", "delay": "soon"}}}).status)
	require.Equal(t, 400, r.control("GET", "hash?except=contact", nil).status)
	shut := demo(t, func(o *Options) { o.AdminToken = "" })
	require.Equal(t, 404, shut.control("GET", "state", nil).status)
	require.Equal(t, 404, shut.send("GET", "/admin/", nil, nil).status)
}

func TestControlInspection(t *testing.T) {
	t.Parallel()
	r := demo(t)
	require.Equal(t, 200, r.control("POST", "faults", object{"seed": 1, "rules": []object{{"kind": "slow", "delay": "1ms"}, {"kind": "500", "nth": 2, "endpoint": "users/search"}}}).status)
	r.do("GET", "/api/v1/users/search", nil)
	require.Equal(t, 500, r.do("GET", "/api/v1/users/search", nil).status)
	require.NoError(t, r.Deactivate(dana))

	state := r.control("GET", "state", nil).body
	require.Equal(t, 2300.0, state["counts"].(map[string]any)["contacts"].(map[string]any)[r.id(dana)])
	require.Equal(t, 1.0, r.control("GET", "requests", nil).body["counts"].(map[string]any)["quota_refusals"].(float64)+1)
	var effects []Effect
	require.NoError(t, json.Unmarshal(r.control("GET", "effects", nil).raw, &effects))
	require.Equal(t, r.Effects(), effects)
	require.Equal(t, r.HashExcept(HashFilter{Kinds: []Kind{KindUser}, Except: []Ref{{KindDeal, "x"}}}),
		r.control("GET", "hash?kinds=user&except=deal:x", nil).body["hash"])
}

func TestHashSeesEveryRecordButTheExcepted(t *testing.T) {
	t.Parallel()
	touch := map[Kind]func(*rig) string{
		KindContact: func(r *rig) string {
			id := r.owned(KindContact, aiko)[3]
			_ = r.SetOwner(KindContact, id, sam)
			return id
		},
		KindAccount: func(r *rig) string {
			id := r.owned(KindAccount, aiko)[3]
			_ = r.SetOwner(KindAccount, id, sam)
			return id
		},
		KindDeal: func(r *rig) string { id := r.owned(KindDeal, aiko)[3]; _ = r.SetOwner(KindDeal, id, sam); return id },
		KindTask: func(r *rig) string { id := r.owned(KindTask, aiko)[3]; _ = r.SetOwner(KindTask, id, sam); return id },
		KindSequence: func(r *rig) string {
			id := r.owned(KindSequence, aiko)[0]
			_ = r.SetOwner(KindSequence, id, sam)
			return id
		},
		KindUser:     func(r *rig) string { _ = r.Deactivate(aiko); return r.id(aiko) },
		KindMailbox:  func(r *rig) string { _ = r.Unlink(sam, ""); return r.mailbox(sam).ID },
		KindWorkflow: func(r *rig) string { id := r.owned(KindWorkflow, sam)[0]; _ = r.TransferWorkflow(id, eli); return id },
		KindList:     func(r *rig) string { id := r.owned(KindList, sam)[0]; _ = r.TransferList(id, eli); return id },
		KindInvite:   func(r *rig) string { id := r.State().Invites[0].ID; _ = r.RevokeInvite(id); return id },
		KindPlan:     func(r *rig) string { _ = r.SetSeats(30); return "plan" },
		KindCRM:      func(r *rig) string { _ = r.SetCRMUser(sam); return "crm" },
	}
	for kind, change := range touch {
		r := demo(t)
		id := change(demo(t))
		except := HashFilter{Except: []Ref{{kind, id}}}
		if kind == KindPlan || kind == KindCRM {
			except = HashFilter{Kinds: []Kind{kind}}
		}
		all, rest := r.HashExcept(HashFilter{}), r.HashExcept(except)
		require.Equal(t, id, change(r))
		require.NotEqual(t, all, r.HashExcept(HashFilter{}), kind)
		require.Equal(t, rest, r.HashExcept(except), kind)
	}
}

func TestHashWithMaskedOwners(t *testing.T) {
	t.Parallel()
	r := demo(t)
	mask := HashFilter{Fields: []string{"owner_id"}, Users: []string{r.id(dana), r.id(eli)}}
	before := r.HashExcept(mask)
	r.ok("POST", "/api/v1/contacts/update_owners", object{"contact_ids": r.owned(KindContact, dana)[:50], "owner_id": r.id(eli)})
	require.Equal(t, before, r.HashExcept(mask))
	r.ok("POST", "/api/v1/contacts/update_owners", object{"contact_ids": r.owned(KindContact, aiko)[:1], "owner_id": r.id(eli)})
	require.NotEqual(t, before, r.HashExcept(mask))
}

// browse walks the pages as a person without scripts does.
type browse struct {
	*rig
	cookie string
}

func (r *rig) browse() *browse {
	b := &browse{rig: r}
	a := r.send("GET", "/admin/?token="+testAdmin, nil, nil)
	require.Equal(r.t, http.StatusSeeOther, a.status)
	require.Equal(r.t, "/admin/", a.header.Get("Location"), "the token does not stay in the address")
	b.cookie, _, _ = strings.Cut(a.header.Get("Set-Cookie"), ";")
	return b
}

func (b *browse) get(path string) string {
	b.t.Helper()
	a := b.send("GET", path, nil, http.Header{"Cookie": {b.cookie}})
	require.Equal(b.t, 200, a.status, path)
	return string(a.raw)
}

func (b *browse) post(path, form string) string {
	b.t.Helper()
	a := b.send("POST", path, form, http.Header{"Cookie": {b.cookie}, "Content-Type": {"application/x-www-form-urlencoded"}})
	require.Equal(b.t, http.StatusSeeOther, a.status, path)
	return b.get(a.header.Get("Location"))
}

func TestAdminPages(t *testing.T) {
	t.Parallel()
	r := demo(t)
	for _, token := range []string{"", "?token=wrong"} {
		require.Equal(t, http.StatusUnauthorized, r.send("GET", "/admin/"+token, nil, nil).status)
	}
	b := r.browse()
	leaver := "/admin/users/" + r.id(dana)
	require.Contains(t, b.get("/admin/"), `href="`+leaver+`/deactivate"`)
	require.Contains(t, b.get(leaver+"/deactivate"), "Deactivate Dana Reyes?")
	require.NotContains(t, b.get("/admin/"), `data-email="dana.reyes@example.com" data-status="deactivated"`, "asking is not doing")
	require.Contains(t, b.post(leaver+"/deactivate", ""), "User deactivated")
	require.Contains(t, b.get("/admin/"), `data-email="dana.reyes@example.com" data-status="deactivated"`)

	user := b.get(leaver)
	require.Contains(t, user, "40 emails are scheduled")
	require.Contains(t, b.post(leaver+"/unlink", "mailbox="+r.mailbox(dana).ID+"&forward_to="+r.mailbox(eli).ID), "forwards to "+eli)
	require.Contains(t, b.post(leaver+"/profile", "profile="+ProfileBilling), "Permission profile changed")
	require.Contains(t, b.post(leaver+"/reactivate", ""), "User reactivated")

	workflowID, listID := r.owned(KindWorkflow, dana)[0], r.owned(KindList, dana)[0]
	require.Contains(t, b.get("/admin/workflows"), workflowID)
	require.Contains(t, b.post("/admin/workflows/owner", "id="+workflowID+"&user="+r.id(eli)), `data-workflow="`+workflowID+`" data-owner="`+r.id(eli))
	require.Contains(t, b.post("/admin/lists/owner", "id="+listID+"&user="+r.id(eli)), `data-list="`+listID+`" data-owner="`+r.id(eli))
	require.Contains(t, b.post("/admin/crm/user", "user="+r.id(eli)), `data-user="`+r.id(eli))
	require.Contains(t, b.post("/admin/plan/seats", "seats=20"), `id="seats-bought">20<`)
	require.Contains(t, b.post("/admin/plan/seats", "seats=2"), "refused")
	require.Contains(t, b.post("/admin/plan/seats", "seats=many"), "refused")
	require.Contains(t, b.post("/admin/invites/send", "email=lea.joiner@example.com&profile="+ProfileStandard), "lea.joiner@example.com")
	require.Contains(t, b.post("/admin/invites/accept", "id=lea.joiner@example.com"), "Invite accepted")
	require.NotContains(t, b.post("/admin/invites/revoke", "id=kim.novak@example.com"), "kim.novak@")

	emails := b.get("/admin/emails")
	_, rest, _ := strings.Cut(emails, `data-message="`)
	id, _, _ := strings.Cut(rest, `"`)
	require.Contains(t, b.post("/admin/emails/resend", "id="+id+"&mailbox="+r.mailbox(aiko).ID), "Email moved")
	require.Contains(t, b.get("/admin/style.css"), "--accent")
	for _, e := range r.Effects() {
		require.Equal(t, ViaAdmin, e.Via)
	}
	require.Equal(t, 404, b.send("GET", leaver+"/delete", nil, http.Header{"Cookie": {b.cookie}}).status)
}

func TestAdminRefusesFormsFromElsewhere(t *testing.T) {
	t.Parallel()
	r := demo(t)
	b := r.browse()
	a := r.send("POST", "/admin/users/"+r.id(dana)+"/deactivate", nil, http.Header{"Cookie": {b.cookie}, "Sec-Fetch-Site": {"cross-site"}})
	require.Equal(t, http.StatusForbidden, a.status)
	require.Empty(t, r.Effects())
}

func TestPagesChangeByOrder(t *testing.T) {
	t.Parallel()
	r := demo(t)
	b := r.browse()
	confirm := "/admin/users/" + r.id(dana) + "/deactivate"
	plain := b.get(confirm)
	pages := map[string]bool{}
	for _, name := range Variants() {
		a := r.send("POST", "/control/variant", object{"variant": name, "user": dana}, http.Header{"Authorization": {"Bearer " + testAdmin}})
		require.Equal(t, 200, a.status, name)
		if name == VariantLogin || name == VariantLoginEmail {
			require.Equal(t, http.StatusSeeOther, b.send("GET", confirm, nil, http.Header{"Cookie": {b.cookie}}).status)
			pages[b.get("/admin/login")] = true
			continue
		}
		pages[b.get(confirm)+b.get("/admin/")] = true
	}
	require.Greater(t, len(pages), 20, "most ways show in the pages themselves")
	require.ErrorIs(t, r.SetVariant("sideways", dana), ErrUnknown)
	require.ErrorIs(t, r.SetVariant(VariantMoved, "nobody@example.com"), ErrUnknown)
	require.NoError(t, r.SetVariant(VariantNone, ""))
	require.Equal(t, plain, b.get(confirm))

	require.NoError(t, r.SetVariant(VariantNoEffect, dana))
	require.Contains(t, b.post("/admin/users/"+r.id(dana)+"/deactivate", ""), "User deactivated")
	require.NoError(t, r.SetVariant(VariantRefused, dana))
	require.Contains(t, b.post("/admin/users/"+r.id(dana)+"/deactivate", ""), "refused")
	require.Empty(t, r.Effects())
}
