package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/api"
)

// remote plays the API for all tests of this process: what is asked about tells
// what it answers.
type remote struct {
	mu    sync.Mutex
	asked map[string]string // bodies by method and path
	looks map[string]int
}

var played = &remote{asked: map[string]string{}, looks: map[string]int{}}

func TestMain(m *testing.M) {
	server := httptest.NewServer(played)
	_ = os.Setenv("HANDOVER_URL", server.URL)
	_ = os.Setenv("HANDOVER_TOKEN", "hov_test")
	status := m.Run()
	server.Close()
	os.Exit(status)
}

func (r *remote) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	path := strings.TrimPrefix(req.URL.RequestURI(), "/api/v1")
	r.mu.Lock()
	r.asked[req.Method+" "+path] = string(body)
	r.looks[path]++
	looks := r.looks[path]
	r.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if req.Header.Get("Authorization") != "Bearer hov_test" || req.Header.Get("User-Agent") != api.ClientName {
		http.Error(w, "{}", http.StatusUnauthorized)
		return
	}
	if strings.Contains(path, "refused") {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"title":"Forbidden","detail":"you may not do this","errors":[{"message":"too long","location":"body.reason"}]}`)
		return
	}
	if answer := answerJoining(req.Method, path); answer != nil {
		_ = json.NewEncoder(w).Encode(answer)
		return
	}
	if answer := answerReviews(req.Method, path); answer != nil {
		_ = json.NewEncoder(w).Encode(answer)
		return
	}
	_ = json.NewEncoder(w).Encode(answerTo(req.Method, path, looks))
}

// forget takes back how often somebody looked: a test may run more than once.
func (r *remote) forget(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.looks, path)
}

var (
	dana    = api.Person{ID: "p1", Email: "dana@example.com"}
	eli     = api.Person{ID: "p2", Email: "eli@example.com"}
	oneRun  = api.Run{ID: "r1", State: "running", Person: dana, LastMoment: "2026-12-18T17:30:00", Zone: "Europe/Berlin"}
	request = api.Approval{ID: "a1", Run: "r1", App: "apollo", State: "open", Digest: "v1:d", Subject: dana, Approvers: []api.Person{eli}}
)

func answerTo(method, path string, looks int) any {
	path, _, _ = strings.Cut(path, "?")
	switch {
	case method == http.MethodPost && path == "/runs":
		return api.Started{Run: oneRun, Created: true}
	case path == "/runs/preview":
		return []api.Preview{{App: "apollo", Found: true, Account: "5f"}, {App: "second"}}
	case path == "/runs":
		return []api.Run{oneRun}
	case path == "/runs/watched":
		r := oneRun
		r.Steps = []api.Step{{App: "apollo", Step: "deals", State: "running", Done: looks, Of: 2}, {App: "apollo", Step: "lists", State: "planned"}}
		if looks > 1 {
			r.State, r.Steps[0].State = "closed", "verified"
		}
		return r
	case path == "/runs/r1" && method == http.MethodGet:
		r := oneRun
		r.Steps = []api.Step{{App: "apollo", Step: "deals", State: "verified"}, {App: "apollo", Step: "lists", State: "attested"}}
		r.Approvals = []api.Approval{request}
		return r
	case strings.HasSuffix(path, "/successor"):
		a := request
		a.ID, a.Digest = "a2", "v1:new"
		return a
	case strings.HasPrefix(path, "/approvals/"):
		return request
	case path == "/approvals":
		return []api.Approval{request}
	case path == "/tasks":
		return []api.Task{{ID: "t1", State: "open", App: "apollo", Title: "Hand over lists", Instructions: []string{"Lists: change\nthe owner"}, Owner: eli}}
	case path == "/audit":
		return []api.Event{{Seq: 7, Kind: "role_changed", Actor: eli, Subject: dana, Reason: "a, b"}}
	case path == "/seats":
		return seatsOfApps()
	case path == "/evidence/r1":
		return "pack"
	case path == "/people/absences" && method == http.MethodGet:
		return []api.Absence{{ID: "x1", Person: eli, Substitute: dana}}
	case path == "/people/absences":
		return api.Absence{ID: "x2", Person: eli, Substitute: dana}
	case path == "/people/roster":
		return api.RosterPlan{Rows: 2, New: []string{"new@example.com"}, Leaving: []api.RosterLeaving{{Email: "dana@example.com", What: "start", When: "2026-12-18 23:59"}},
			Missing: []string{"gone@example.com"}, Held: "too many"}
	case path == "/people/hr-events":
		return []api.HREvent{{ID: "msg_1", Source: "hr", Type: "employment.ending", Email: "dana@example.com", Outcome: "started", Run: "r1"}, {ID: "msg_2", Source: "hr", Confidential: true}}
	case path == "/people":
		return []api.KnownPerson{{ID: "p1", Email: "dana@example.com", State: "leaving", Manager: &eli}, {ID: "p2", Email: "bot@example.com", Kind: "service", Sponsor: &dana}}
	case path == "/people/dana@example.com", path == "/people/dana%40example.com":
		return api.KnownPerson{ID: "p1", Email: "dana@example.com", State: "leaving", Manager: &eli, Employments: []api.Employment{{ID: "e1", State: "ending", LastMoment: "2026-12-18T17:30:00", Zone: "Europe/Berlin"}}}
	case path == "/apps/space/members":
		return playMembers(method)
	case path == "/notices":
		return []api.Notice{{Kind: "task", Text: "for you"}}
	}
	return api.Message{Text: "so it is", State: "waiting"}
}

func (r *remote) got(method, path string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, ok := r.asked[method+" "+path]
	if !ok {
		return "never asked"
	}
	return body
}

// said is what a command line came to.
type said struct {
	status   int
	out, err string
}

func handover(t *testing.T, args ...string) said {
	t.Helper()
	var out, err bytes.Buffer
	status := run(t.Context(), args, &out, &err)
	s := said{status, out.String(), err.String()}
	if status == exitDone {
		require.Empty(t, s.err)
	} else {
		require.Equal(t, 1, strings.Count(s.err, "\n"), "an error is one line: %s", s.err)
		require.True(t, strings.HasPrefix(s.err, "handover: "), s.err)
		require.Empty(t, s.out)
	}
	return s
}
