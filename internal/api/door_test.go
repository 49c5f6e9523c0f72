package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/store"
	"handover/workflows"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	expired, _ := w.token("ada", time.Now().Add(-time.Minute))
	revoked, id := w.token("ada", time.Now().Add(time.Hour))
	require.NoError(t, w.st.RevokeToken(t.Context(), domain.SystemActor, id))
	bodies := map[string]bool{}
	for name, token := range map[string]string{"none": "", "wrong": "hov_x", "expired": expired, "revoked": revoked} {
		for _, path := range []string{"/api/v1/people/me", "/api/v1/runs", "/api/v1/runs/nothing", "/api/v1/seats"} {
			a := w.callWith(token, "", "GET", path, "")
			require.Equal(t, http.StatusUnauthorized, a.status, name)
			bodies[a.body] = true
		}
	}
	require.Len(t, bodies, 1, "one answer whatever was asked for")
	var me api.Person
	w.call("ada", "GET", "/api/v1/people/me", "").decode(t, &me)
	require.Equal(t, "ada@example.com", me.Email)
}

func TestADatabaseThatIsAwayTellsNobodyThatTheirTokenIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.st.Close())
	a := w.call("ada", "GET", "/api/v1/people/me", "")
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.Contains(t, a.body, "try again")
	require.Equal(t, http.StatusServiceUnavailable, w.callWith("", "", "GET", "/readyz", "").status)
	require.Equal(t, http.StatusOK, w.callWith("", "", "GET", "/healthz", "").status, "the process itself is well")
}

func TestProbes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, "ready\n", w.callWith("", "", "GET", "/readyz", "").body)
	require.Equal(t, "ok\n", w.callWith("", "", "GET", "/healthz", "").body)
}

func TestErrorsAreProblemDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start()
	refuse := func(code string) func() (any, error) {
		return func() (any, error) { return nil, temporal.NewNonRetryableApplicationError("it cannot be", code, nil) }
	}
	retract := "/api/v1/runs/" + run.ID + "/retract"
	for name, c := range map[string]struct {
		who, method, path, body string
		update                  func() (any, error)
		status                  int
		says                    string
	}{
		"no right":         {"bo", "POST", retract, "{}", nil, 403, "ask an administrator"},
		"no such run":      {"ada", "GET", "/api/v1/runs/nothing", "", nil, 404, "no such thing"},
		"unknown person":   {"ada", "POST", "/api/v1/runs", `{"email":"typo@example.com","now":true}`, nil, 404, "spelling"},
		"no email":         {"ada", "POST", "/api/v1/runs", `{"email":"typo","now":true}`, nil, 422, "work email"},
		"no moment":        {"ada", "POST", "/api/v1/runs", `{"email":"dana@example.com"}`, nil, 422, "say when"},
		"unknown field":    {"ada", "POST", "/api/v1/runs", `{"emial":"dana@example.com"}`, nil, 422, "emial"},
		"no JSON":          {"ada", "POST", "/api/v1/runs", `{`, nil, 400, ""},
		"wrong type":       {"ada", "POST", "/api/v1/runs", `{"now":"yes"}`, nil, 422, "now"},
		"too long a text":  {"ada", "POST", retract, `{"reason":"` + strings.Repeat("x", 2001) + `"}`, nil, 422, "reason"},
		"limit too large":  {"ada", "GET", "/api/v1/audit?limit=100000", "", nil, 422, "limit"},
		"no date":          {"ada", "GET", "/api/v1/audit?since=yesterday", "", nil, 422, "since"},
		"too late":         {"ada", "POST", retract, `{"reason":"a"}`, refuse(domain.RefusedState), 409, "it cannot be"},
		"already decided":  {"ada", "POST", retract, `{"reason":"b"}`, refuse(domain.RefusedSettled), 409, "it cannot be"},
		"own leaving":      {"ada", "POST", retract, `{"reason":"c"}`, refuse(domain.RefusedSelf), 403, "it cannot be"},
		"not theirs":       {"ada", "POST", retract, `{"reason":"d"}`, refuse(domain.RefusedNotApprover), 403, "it cannot be"},
		"reason missing":   {"ada", "POST", retract, `{"reason":"e"}`, refuse(domain.RefusedReason), 422, "it cannot be"},
		"unknown step":     {"ada", "POST", retract, `{"reason":"f"}`, refuse(domain.RefusedUnknown), 404, "it cannot be"},
		"temporal is away": {"ada", "POST", "/api/v1/runs/preview", `{"email":"dana@example.com","now":true}`, nil, 503, "Temporal did not answer"},
	} {
		w.tmp.update = c.update
		if name == "temporal is away" {
			w.tmp.preview = func() ([]workflows.PreviewAnswer, error) { return nil, errAway }
		}
		a := w.call(c.who, c.method, c.path, c.body)
		require.Equal(t, c.status, a.status, "%s: %s", name, a.body)
		require.Equal(t, "application/problem+json", a.kind, name)
		var problem struct{ Title, Detail string }
		require.NoError(t, json.Unmarshal([]byte(a.body), &problem), name)
		require.Contains(t, a.body, c.says, name)
		for _, never := range []string{"10.1.2.3", "goroutine", "SQLSTATE", "dana@", ".go:"} {
			require.NotContains(t, a.body, never, name)
		}
		w.tmp.preview = func() ([]workflows.PreviewAnswer, error) {
			return []workflows.PreviewAnswer{{App: "apollo", Result: workflows.PreviewResult{Complete: true}}}, nil
		}
	}
}

func TestABodyHasALimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.call("ada", "POST", "/api/v1/runs", `{"email":"`+strings.Repeat("x", 2<<20)+`"}`)
	require.Equal(t, http.StatusRequestEntityTooLarge, a.status)
}

func TestABugStaysInside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start()
	_, err := w.st.EnqueueCommand(t.Context(), store.Command{ID: "x", Kind: store.CommandUpdate, Run: run.ID, Name: "retract"})
	require.NoError(t, err)
	w.tmp.preview = func() ([]workflows.PreviewAnswer, error) { return nil, errBug }
	a := w.call("ada", "POST", "/api/v1/runs/preview", `{"email":"dana@example.com","now":true}`)
	require.GreaterOrEqual(t, a.status, 500)
	require.NotContains(t, a.body, "secret")
}

func TestTheDoorIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for agent, door := range map[string]string{api.ClientName: "cli", "curl/8": "api", "": "api"} {
		before := len(w.refusals("bo"))
		require.Equal(t, 403, w.callWith(w.tokens["bo"], agent, "GET", "/api/v1/runs", "").status)
		events := w.refusals("bo")
		require.Len(t, events, before+1)
		require.Equal(t, door, events[0].Facts["door"])
	}
}

func (w *world) refusals(who string) []domain.AuditEvent {
	w.t.Helper()
	p, err := w.st.PersonByEmail(w.t.Context(), who+"@example.com")
	require.NoError(w.t, err)
	lines, err := w.st.Audit(w.t.Context(), store.AuditFilter{Actor: p.ID, Kind: domain.EventRefused})
	require.NoError(w.t, err)
	var events []domain.AuditEvent
	for _, l := range lines {
		events = append(events, l.Entry.Event)
	}
	return events
}

func TestEvidenceIsDownloaded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start()
	a := w.call("ada", "GET", "/api/v1/evidence/"+run.ID, "")
	require.Equal(t, answer{200, "application/octet-stream", "the pack"}, a)
	require.Equal(t, 403, w.call("bo", "GET", "/api/v1/evidence/"+run.ID, "").status)
	require.Equal(t, 404, w.call("ada", "GET", "/api/v1/evidence/nothing", "").status)
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string
		}
		Components struct{ SecuritySchemes map[string]any }
	}
	w.callWith("", "", "GET", "/api/v1/openapi.json", "").decode(t, &doc)
	for _, want := range []string{"/runs", "/approvals", "/tasks", "/seats", "/audit", "/evidence/{id}", "/people/me", "/runs/{id}/retract", "/runs/{id}/cut-now",
		"/runs/{id}/undo", "/runs/{id}/reschedule", "/runs/{id}/steps/{app}/{step}/retry", "/runs/{id}/steps/{app}/{step}/skip",
		"/runs/{id}/steps/{app}/{step}/hand-over", "/approvals/{id}/approve", "/approvals/{id}/deny", "/tasks/{id}/done", "/tasks/{id}/confirm"} {
		require.Contains(t, doc.Paths, "/api/v1"+want)
	}
	require.Contains(t, doc.Components.SecuritySchemes, "token")
	for path, methods := range doc.Paths {
		for method, op := range methods {
			require.NotEmpty(t, op.Summary, path)
			path := strings.NewReplacer("{id}", "x", "{app}", "apollo", "{step}", "deals").Replace(path)
			a := w.callWith("", "", strings.ToUpper(method), path, "")
			require.Equal(t, 401, a.status, "%s %s lets nobody in unsigned", method, path)
		}
	}
}

// everyRoute is what somebody without any role is answered, on every route.
func TestNoRouteShowsWhatTheDeskRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start()
	var started api.Started
	w.call("sec", "POST", "/api/v1/runs", `{"email":"finn@example.com","cut_now":true,"confidential":true,"readers":["ada@example.com"]}`).decode(t, &started)
	for path, want := range map[string]int{
		"/runs": 403, "/runs/" + run.ID: 403, "/approvals?all=true": 403, "/tasks?all=true": 403, "/audit": 403, "/seats": 403,
		"/audit?subject=dana@example.com": 403, "/audit?subject=unheard@example.com": 403, "/evidence/" + run.ID: 403,
		"/runs/" + started.Run.ID: 404, "/evidence/" + started.Run.ID: 403,
	} {
		a := w.call("bo", "GET", "/api/v1"+path, "")
		require.Equal(t, want, a.status, path)
		require.NotContains(t, a.body, "dana")
		require.NotContains(t, a.body, "finn")
	}
	var runs []api.Run
	w.call("ada", "GET", "/api/v1/runs", "").decode(t, &runs)
	require.Len(t, runs, 2, "Ada is named in both")
	require.Equal(t, `[]`, strings.TrimSpace(w.call("bo", "GET", "/api/v1/approvals", "").body))
	require.Equal(t, `[]`, strings.TrimSpace(w.call("bo", "GET", "/api/v1/tasks", "").body))
}

func TestARunFromStartToCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start()
	var again api.Started
	w.call("ada", "POST", "/api/v1/runs", `{"email":"dana@example.com","now":true}`).decode(t, &again)
	require.False(t, again.Created)
	require.Equal(t, run.ID, again.Run.ID)
	var shown api.Run
	w.call("ada", "GET", "/api/v1/runs/"+run.ID, "").decode(t, &shown)
	require.Equal(t, "dana@example.com", shown.Person.Email)
	require.Equal(t, "Europe/Berlin", shown.Zone)
	for who, paths := range map[string][]string{"ada": {"/retract", "/undo", "/steps/apollo/deals/retry", "/steps/apollo/deals/skip"}, "sec": {"/cut-now"}} {
		for _, path := range paths {
			var m api.Message
			w.call(who, "POST", "/api/v1/runs/"+run.ID+path, `{"reason":"so"}`).decode(t, &m)
			require.Equal(t, api.Message{Text: "so it is", State: "waiting"}, m)
		}
	}
	var events []api.Event
	w.call("ada", "GET", "/api/v1/audit?subject=dana@example.com&actor=sec@example.com", "").decode(t, &events)
	require.Len(t, events, 1)
	require.Equal(t, "run_cut_now", events[0].Kind)
	require.Equal(t, "sec@example.com", events[0].Actor.Email)
}

func TestAViewOfEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start()
	bo, err := w.st.PersonByEmail(t.Context(), "bo@example.com")
	require.NoError(t, err)
	subject := domain.PersonID(run.Person.ID)
	approval := domain.Approval{ID: "a1", Run: run.ID, App: "apollo", Scope: domain.ApproveHandover, State: domain.ApprovalOpen, Subject: subject, OpenedAt: time.Now(),
		Policy: domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Approvers: []domain.PersonID{bo.ID}}}}}
	plan := domain.Plan{Run: run.ID, App: "apollo", Version: 1, Rules: []domain.PlanRule{{Kind: domain.Deals, Count: 40, Ceiling: 48, Heir: bo.ID}}}
	approval.Digest = plan.Digest()
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, Plan: &plan, Approvals: []domain.Approval{approval},
		Steps: []domain.StepRecord{{Run: run.ID, App: "apollo", Key: domain.StepDeals, Title: "Reassign deals", State: domain.StepVerified}},
		Tasks: []domain.Task{{ID: "t1", Run: run.ID, App: "apollo", Owner: bo.ID, Subject: subject, State: domain.TaskOpen, OpenedAt: time.Now(), DueAt: time.Now()}}}))
	var shown api.Approval
	w.call("bo", "GET", "/api/v1/approvals/a1", "").decode(t, &shown)
	require.Equal(t, "bo@example.com", shown.Plan.Rules[0].Successor.Email)
	require.Equal(t, 48, shown.Plan.Rules[0].Ceiling)
	var tasks []api.Task
	w.call("bo", "GET", "/api/v1/tasks", "").decode(t, &tasks)
	require.Len(t, tasks, 1)
	var detail api.Run
	w.call("bo", "GET", "/api/v1/runs/"+run.ID, "").decode(t, &detail)
	require.Len(t, detail.Steps, 1, "whoever has a part in a run sees it")
	require.Len(t, detail.Approvals, 1)
	approval.State = domain.ApprovalApproved
	w.tmp.update = func() (any, error) { return workflows.ApprovalAnswer{Approval: approval}, nil }
	var decided api.Approval
	w.call("bo", "POST", "/api/v1/approvals/a1/approve", `{}`).decode(t, &decided)
	require.Equal(t, "approved", decided.State)
	var chosen api.Approval
	w.tmp.update = func() (any, error) { return workflows.ApprovalAnswer{Approval: approval, Problem: "no seat"}, nil }
	w.call("bo", "POST", "/api/v1/approvals/a1/successor", `{"successors":{"":"ada@example.com"}}`).decode(t, &chosen)
	require.Equal(t, "no seat", chosen.Why)
	w.tmp.update = func() (any, error) { return workflows.Answer{Text: "thank you"}, nil }
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for _, path := range []string{"/tasks/t1/done", "/tasks/t1/confirm", "/runs/" + run.ID + "/steps/apollo/deals/hand-over", "/runs/" + run.ID + "/reschedule"} {
		body := map[bool]string{true: `{"proof":"x"}`, false: `{}`}[strings.HasPrefix(path, "/tasks")]
		switch {
		case strings.HasSuffix(path, "hand-over"):
			body = `{"to":"ada@example.com"}`
		case strings.HasSuffix(path, "reschedule"):
			body = `{"last_moment":"` + time.Now().AddDate(0, 2, 0).In(berlin).Format("2006-01-02T15:04") + `"}`
		}
		var m api.Message
		w.call("ada", "POST", "/api/v1"+path, body).decode(t, &m)
		require.Equal(t, "thank you", m.Text)
	}
	var seats []api.Seats
	w.call("finn", "GET", "/api/v1/seats", "").decode(t, &seats)
	require.Equal(t, -1, seats[0].Bought)
	require.Equal(t, []int{-1, -1, -1}, []int{seats[0].Occupied, seats[0].Free, seats[0].Reusable}, "an older worker counts nothing")
	require.Contains(t, seats[0].Unread, "older version")
	count := domain.SeatCount{Complete: true, ReadAt: time.Now(), Paid: 4, Unpaid: 1, Unknown: 2, ByType: map[string]int{"full": 4, "billing": 1, "unknown": 2}, Unmapped: []string{"p9"}}
	w.tmp.preview = func() ([]workflows.PreviewAnswer, error) {
		return []workflows.PreviewAnswer{{App: "apollo", Result: workflows.PreviewResult{Seats: &workflows.CountResult{Count: count}}}}, nil
	}
	w.call("finn", "GET", "/api/v1/seats", "").decode(t, &seats)
	s := seats[0]
	require.Equal(t, []int{4, 1, 2, -1}, []int{s.Occupied, s.Unpaid, s.Unknown, s.Free}, "whoever may sit there leaves nothing free")
	require.Equal(t, count.ByType, s.ByType)
	require.Equal(t, []string{"p9"}, s.Unmapped)
	require.NotNil(t, s.ReadAt)
	require.Equal(t, []string{"billing", "full"}, []string{s.Prices[0].Seat, s.Prices[1].Seat})
	require.Equal(t, "0.00 USD", s.Prices[0].Price)
	require.NotEmpty(t, s.Prices[1].Why, "the plan is not said")
	require.NotEmpty(t, s.Warnings)
	var notices []api.Notice
	w.call("bo", "GET", "/api/v1/notices", "").decode(t, &notices)
}
