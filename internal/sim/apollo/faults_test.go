package apollo

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// over sends a request through a real connection, which faults can cut.
func over(t *testing.T, r *rig, method, path string, body any) (int, string, error) {
	t.Helper()
	server := httptest.NewServer(r.Handler())
	defer server.Close()
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, bytes.NewReader(raw))
	require.NoError(t, err)
	req.Header.Set("X-Api-Key", testKey)
	// A fresh connection each time, as the client repeats a GET by itself when an idle connection was closed.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer), err
}

func TestFaultsAndWhatTheyLeaveBehind(t *testing.T) {
	t.Parallel()
	cases := []struct {
		fault   Fault
		status  int
		mention string
		applied bool
	}{
		{Fault{Kind: FaultQuota}, 429, "times per hour", false},
		{Fault{Kind: FaultError}, 500, "Internal", false},
		{Fault{Kind: FaultError, Applied: true}, 500, "Internal", true},
		{Fault{Kind: FaultUnavailable}, 503, "unavailable", false},
		{Fault{Kind: FaultHTML}, 502, "<!doctype html>", false},
		{Fault{Kind: FaultHTML, Status: 200, Applied: true}, 200, "<!doctype html>", true},
		{Fault{Kind: FaultTruncate}, 200, `{"contacts":`, true},
		{Fault{Kind: FaultDropBefore}, 0, "", false},
		{Fault{Kind: FaultDropAfter}, 0, "", true},
	}
	for _, c := range cases {
		r := demo(t)
		c.fault.Endpoint = "contacts/update_owners"
		c.fault.Count = 1
		require.NoError(t, r.SetFaults(1, c.fault))
		id := r.owned(KindContact, dana)[0]
		request := object{"contact_ids": []string{id}, "owner_id": r.id(eli)}
		status, body, err := over(t, r, "POST", "/api/v1/contacts/update_owners", request)
		require.Equal(t, c.status == 0, err != nil, c.fault.Kind)
		require.Equal(t, c.status, status, c.fault.Kind)
		require.Contains(t, body, c.mention)
		require.Equal(t, c.applied, len(r.Effects()) == 1, c.fault.Kind)
		if c.fault.Kind == FaultTruncate {
			require.False(t, json.Valid([]byte(body)))
		}
		log := r.Requests()
		require.Len(t, log, 1)
		require.Equal(t, []any{c.fault.Kind, c.status, "api/v1/contacts/update_owners"}, []any{log[0].Fault, log[0].Status, log[0].Endpoint})
		require.Equal(t, 1, r.Counts().Faulted)
		require.Zero(t, r.Counts().Quota, "an ordered 429 is not one of the quota's")

		status, _, err = over(t, r, "POST", "/api/v1/contacts/update_owners", request)
		require.NoError(t, err)
		require.Equal(t, 200, status, "the rule was for one request")
	}
}

func TestWhichRequestsARuleHits(t *testing.T) {
	t.Parallel()
	hits := func(fault Fault) string {
		r := demo(t)
		fault.Kind, fault.Endpoint = FaultError, "users/search"
		require.NoError(t, r.SetFaults(42, fault))
		out := strings.Builder{}
		for range 12 {
			r.ok("GET", "/api/v1/email_accounts", nil)
			out.WriteString(map[int]string{200: ".", 500: "x"}[r.do("GET", "/api/v1/users/search", nil).status])
		}
		return out.String()
	}
	require.Equal(t, "..x.........", hits(Fault{Nth: 3}))
	require.Equal(t, "...x...x...x", hits(Fault{Every: 4}))
	require.Equal(t, "...x...x....", hits(Fault{Every: 4, Count: 2}))
	require.Equal(t, "xxx.........", hits(Fault{Count: 3}))
	chance := hits(Fault{Probability: 0.5})
	require.Equal(t, chance, hits(Fault{Probability: 0.5}), "the same seed hits the same requests")
	require.Contains(t, chance, "x")
	require.Contains(t, chance, ".")
}

func TestSlowAnswersAndCombinedRules(t *testing.T) {
	t.Parallel()
	r := demo(t)
	require.NoError(t, r.SetFaults(1, Fault{Kind: FaultSlow, Delay: Duration(30 * time.Millisecond)}, Fault{Kind: FaultLag, Lag: Duration(time.Second)},
		Fault{Kind: FaultUnavailable, Nth: 2}))
	begun := time.Now()
	require.Equal(t, 200, r.do("GET", "/api/v1/users/search", nil).status)
	require.Equal(t, 503, r.do("GET", "/api/v1/users/search", nil).status)
	require.GreaterOrEqual(t, time.Since(begun), 60*time.Millisecond)
	require.Equal(t, FaultUnavailable, r.Requests()[1].Fault)
	require.NoError(t, r.SetFaults(1))
	require.Equal(t, 200, r.do("GET", "/api/v1/users/search", nil).status)
}

func TestRulesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	r := demo(t)
	require.ErrorContains(t, r.SetFaults(1, Fault{Kind: "gremlins"}), "unknown kind")
	require.ErrorContains(t, r.SetFaults(1, Fault{Kind: FaultError, Endpoint: "("}), "read endpoint")
}

func TestFaultedQuotaHasItsOwnRetryAfter(t *testing.T) {
	t.Parallel()
	r := demo(t)
	require.NoError(t, r.SetFaults(1, Fault{Kind: FaultQuota, RetryAfter: Duration(90 * time.Second)}))
	require.Equal(t, "90", r.do("GET", "/api/v1/users/search", nil).header.Get("Retry-After"))
}

func TestExchangesAreShown(t *testing.T) {
	t.Parallel()
	type seen struct {
		path     string
		sent     string
		status   int
		received string
	}
	var log []seen
	r := demo(t, func(o *Options) {
		o.OnExchange = func(req *http.Request, reqBody []byte, status int, respBody []byte) {
			log = append(log, seen{req.URL.Path, string(reqBody), status, string(respBody[:min(len(respBody), 12)])})
		}
	})
	r.do("POST", "/api/v1/contacts/search", `{"per_page":1}`)
	require.NoError(t, r.SetFaults(1, Fault{Kind: FaultDropAfter}))
	require.Panics(t, func() { r.do("GET", "/api/v1/users/search", nil) })
	require.Equal(t, "/api/v1/users/search", log[1].path)
	require.Equal(t, `{"per_page":1}`, log[0].sent)
	require.Equal(t, []int{200, 0}, []int{log[0].status, log[1].status})
}
