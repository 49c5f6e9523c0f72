package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"
)

// loop is what somebody would write in an afternoon: one request after the
// other, ids in memory, nothing kept. It makes the calls that the transfers make:
// the same pages, the same writes, and two closing listings of each kind. It does
// not wait for the app's index, checks no canary, and has lost its place if it
// dies.
type loop struct {
	b        *testing.B
	base     string
	from, to string
	client   *http.Client
	requests int
}

// owned is a record as any of the searches shows it.
type owned struct {
	ID        string `json:"id"`
	OwnerID   string `json:"owner_id"`
	UserID    string `json:"user_id"`
	IsClosed  *bool  `json:"is_closed"`
	Status    string `json:"status"`
	Archived  *bool  `json:"archived"`
	Priority  string `json:"priority"`
	CreatorID string `json:"creator_id"`
}

// listing says how the records of a kind are read.
type listing struct {
	path, rows string
	inBody     bool // page and size go in the body, else in the query
	filter     map[string]any
	open       func(owned) bool
}

func (l *loop) run() time.Duration {
	began := time.Now()
	all := func(owned) bool { return true }
	contacts := listing{"/contacts/search", "contacts", true, map[string]any{"contact_owner_ids": []string{l.from}}, all}
	accounts := listing{"/accounts/search", "accounts", true, map[string]any{"account_owner_ids": []string{l.from}}, all}
	deals := listing{"/opportunities/search", "opportunities", true, map[string]any{"owner_id": l.from},
		func(o owned) bool { return o.IsClosed == nil || !*o.IsClosed }}
	sequences := listing{"/emailer_campaigns/search", "emailer_campaigns", false, nil,
		func(o owned) bool { return o.Archived == nil || !*o.Archived }}
	tasks := listing{"/tasks/search", "tasks", false, map[string]any{"user_ids": []string{l.from}},
		func(o owned) bool { return o.Status == "scheduled" }}

	l.move(accounts, l.many("/accounts/update_owners", "account_ids[]"))
	l.move(contacts, l.many("/contacts/update_owners", "contact_ids[]"))
	l.move(deals, l.each(http.MethodPatch, "/opportunities/", func(owned) map[string]string { return map[string]string{"owner_id": l.to} }))
	l.move(sequences, l.each(http.MethodPut, "/sequences/", func(owned) map[string]string { return map[string]string{"user_id": l.to} }))
	l.move(tasks, l.each(http.MethodPatch, "/tasks/", func(o owned) map[string]string {
		return map[string]string{"user_id": l.to, "priority": o.Priority, "creator_id": o.CreatorID}
	}))
	return time.Since(began)
}

func (l *loop) move(what listing, write func([]owned)) {
	write(l.list(what))
	for range 2 {
		if left := l.list(what); len(left) > 0 {
			l.b.Fatalf("the loop left %d %s", len(left), what.rows)
		}
	}
}

func (l *loop) list(what listing) []owned {
	var found []owned
	for page := 1; ; page++ {
		query, body := url.Values{}, map[string]any{}
		for name, value := range what.filter {
			body[name] = value
		}
		if what.inBody {
			body["page"], body["per_page"] = page, perCall
		} else {
			query.Set("page", strconv.Itoa(page))
			query.Set("per_page", strconv.Itoa(perCall))
		}
		var answer map[string]json.RawMessage
		l.call(http.MethodPost, what.path, query, body, &answer)
		var rows []owned
		var pagination struct {
			TotalEntries int `json:"total_entries"`
		}
		if err := json.Unmarshal(answer[what.rows], &rows); err != nil {
			l.b.Fatalf("read %s: %v", what.rows, err)
		}
		if err := json.Unmarshal(answer["pagination"], &pagination); err != nil {
			l.b.Fatalf("read pagination: %v", err)
		}
		for _, o := range rows {
			if (o.OwnerID == l.from || o.UserID == l.from) && what.open(o) {
				found = append(found, o)
			}
		}
		if page*perCall >= pagination.TotalEntries {
			return found
		}
	}
}

func (l *loop) many(path, name string) func([]owned) {
	return func(records []owned) {
		for chunk := range slices.Chunk(records, perCall) {
			query := url.Values{"owner_id": {l.to}}
			for _, o := range chunk {
				query.Add(name, o.ID)
			}
			l.call(http.MethodPost, path, query, nil, nil)
		}
	}
}

func (l *loop) each(method, path string, body func(owned) map[string]string) func([]owned) {
	return func(records []owned) {
		for _, o := range records {
			l.call(method, path+o.ID, nil, body(o), nil)
		}
	}
}

func (l *loop) call(method, path string, query url.Values, body, out any) {
	var raw io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		require(l.b, err)
		raw = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, l.base+path+"?"+query.Encode(), raw)
	require(l.b, err)
	req.Header.Set("X-Api-Key", apiKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := l.client.Do(req)
	require(l.b, err)
	defer resp.Body.Close()
	l.requests++
	answer, err := io.ReadAll(resp.Body)
	require(l.b, err)
	if resp.StatusCode != http.StatusOK {
		l.b.Fatalf("%s %s: %s: %s", method, path, resp.Status, answer)
	}
	if out == nil {
		out = &map[string]json.RawMessage{} // an echo is read in any case
	}
	if err := json.Unmarshal(answer, out); err != nil {
		require(l.b, fmt.Errorf("%s %s: %w", method, path, err))
	}
}

// plainLoop runs the loop against a simulator of its own that is the other's equal.
func plainLoop(b *testing.B, s setup) (time.Duration, int) {
	b.Helper()
	app, base := s.newSimulator(b)
	from, err := app.UserID(dana)
	require(b, err)
	to, err := app.UserID(eli)
	require(b, err)
	l := &loop{b: b, base: base + "/api/v1", from: from, to: to, client: &http.Client{}}
	return l.run(), l.requests
}
