package apollo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// refusing answers 403 to the calls of one grant and something harmless to all
// others.
func refusing(grant string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/")
		path = strings.Replace(path, "000000000000000000000000", "show", 1)
		if path == "email_accounts" || path == "labels" {
			path += "/index"
		}
		if strings.TrimPrefix(grant, "deals/") == "api/v1/"+path {
			says(403, `{"error":"This API key is not authorized to access `+grant+`. Request an API key"}`)(w, r)
			return
		}
		if strings.HasSuffix(path, "/show") {
			says(422, `{"error":"not there"}`)(w, r)
			return
		}
		says(200, `{}`)(w, r)
	}
}

// crowd serves contacts of one owner among many, without honouring any filter,
// and shows 500 pages at most, as Apollo documents.
// Each contact is in one of its stages; a filter on the stage is honoured.
type crowd struct {
	total, every, stages int
	unstaged             int // how many of them have no stage
}

func (c crowd) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/contact_stages" {
		var rows []string
		for i := range c.stages {
			rows = append(rows, fmt.Sprintf(`{"id":"%d"}`, i))
		}
		says(200, `{"contact_stages":[`+strings.Join(rows, ",")+`]}`)(w, r)
		return
	}
	var ask struct {
		Page      int      `json:"page"`
		PerPage   int      `json:"per_page"`
		Ascending bool     `json:"sort_ascending"`
		Stages    []string `json:"contact_stage_ids"`
	}
	_ = json.NewDecoder(r.Body).Decode(&ask)
	if ask.Page*ask.PerPage > 50_000 {
		says(422, `{"error":"Invalid parameter passed in. Page * per page number is over threshold."}`)(w, r)
		return
	}
	// Contacts are numbered; stage s has the numbers s, s+stages, s+2*stages ...
	first, step, total, crumbs := 0, 1, c.total, ""
	if len(ask.Stages) == 1 {
		_, _ = fmt.Sscan(ask.Stages[0], &first)
		step, crumbs = c.stages, `{"signal_field_name":"contact_stage_ids","value":"x"}`
		total = (c.total - c.unstaged - first + step - 1) / step
	}
	var rows []string
	for i := (ask.Page - 1) * ask.PerPage; i < min(ask.Page*ask.PerPage, total); i++ {
		n, owner := first+i*step, "other"
		if !ask.Ascending {
			n = first + (total-1-i)*step
		}
		if n%c.every == 0 {
			owner = "leaver"
		}
		rows = append(rows, fmt.Sprintf(`{"id":"c%d","owner_id":%q}`, n, owner))
	}
	says(200, fmt.Sprintf(`{"contacts":[%s],"breadcrumbs":[%s],"pagination":{"total_entries":%d}}`,
		strings.Join(rows, ","), crumbs, total))(w, r)
}

func TestListingsLongerThanApolloShows(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		crowd     crowd
		calls     int
		truncated bool
	}{
		"one end":               {crowd{total: 50_000}, 500, false},
		"one row more":          {crowd{total: 50_001}, 501, false},
		"stages from both ends": {crowd{total: 130_000, stages: 2}, 1 + 1 + 1300, false},
		"no stages":             {crowd{total: 100_001}, 1 + 1000, true},
		"some have no stage":    {crowd{total: 120_000, stages: 3, unstaged: 300}, 1 + 1 + 1197, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.crowd.every = 1000
			s := newStub(t, tc.crowd.serve)
			s.gate.longer = true
			found, seen, total, cursor := map[string]bool{}, 0, 0, ""
			for {
				page, err := s.RecordPage(t.Context(), domain.Contacts, "leaver", cursor)
				require.NoError(t, err)
				for _, r := range page.Records {
					found[r.ID] = true
				}
				if cursor == "" {
					total = page.Total
				}
				seen += page.Seen
				if page.Next == "" {
					require.Equal(t, tc.truncated, page.Truncated)
					break
				}
				require.False(t, page.Truncated && cursor != "")
				cursor = page.Next
			}
			require.Equal(t, tc.calls, s.calls)
			if !tc.truncated {
				require.GreaterOrEqual(t, seen, total, "the caller holds what was seen against the total")
				require.Len(t, found, (tc.crowd.total+999)/1000)
			}
		})
	}
}
