package entra_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/entra"
)

// rewriting changes texts in the answers of paths of one form, as a Graph that no page
// describes would.
type rewriting struct {
	next       http.RoundTripper
	path       string
	before, to string
}

func (r rewriting) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if here, _ := path.Match(r.path, req.URL.Path); err != nil || !here {
		return resp, err
	}
	raw, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	raw = bytes.ReplaceAll(raw, []byte(r.before), []byte(r.to))
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	resp.Header.Del("Content-Length")
	return resp, err
}

// Answers of success that are not of the documented form change nothing and are
// believed in nothing.
func TestStrangeAnswers(t *testing.T) {
	t.Parallel()
	find := func(ctx context.Context, w *world) error { _, err := w.FindAssignment(ctx, eli); return err }
	end := func(ctx context.Context, w *world) error { _, err := w.EndSessions(ctx, w.in.Dana); return err }
	const other = `"id":"00000000-`
	for name, c := range map[string]struct {
		change rewriting
		do     func(context.Context, *world) error
		kind   domain.FaultKind
	}{
		"ids in capitals":        {rewriting{path: "/v1.0/servicePrincipals/*/appRoleAssignedTo", before: `"principalId":"a`, to: `"principalId":"A`}, find, ""},
		"a path for a row id":    {rewriting{path: "/v1.0/servicePrincipals/*/appRoleAssignedTo", before: `"id":"row_`, to: `"id":"../row`}, find, domain.FaultInternal},
		"no list":                {rewriting{path: "/v1.0/servicePrincipals/*/appRoleAssignedTo", before: `"value"`, to: `"values"`}, find, domain.FaultInternal},
		"half an answer":         {rewriting{path: "/v1.0/servicePrincipals/*/appRoleAssignedTo", before: "]}", to: ""}, find, domain.FaultUnavailable},
		"another app":            {rewriting{path: "/v1.0/servicePrincipals/*", before: `"id":"a0000000-`, to: other}, find, domain.FaultInternal},
		"a group":                {rewriting{path: "/v1.0/groups/*", before: `"id":"a0000000-`, to: other}, find, domain.FaultInternal},
		"a person without an id": {rewriting{path: "/v1.0/users", before: `"id":"a0000000-`, to: `"id":"eli/`}, find, domain.FaultInternal},
		"sessions go on":         {rewriting{path: "/v1.0/users/*/revokeSignInSessions", before: "true", to: "false"}, end, domain.FaultConflict},
		"a token without a life": {rewriting{path: "/*/oauth2/v2.0/token", before: `"expires_in":3600`, to: `"expires_in":0`}, end, domain.FaultInternal},
		"no token":               {rewriting{path: "/*/oauth2/v2.0/token", before: `"access_token"`, to: `"other"`}, end, domain.FaultInternal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tenant(), func(cfg *entra.Config) {
				c.change.next = cfg.Transport
				cfg.Transport = c.change
			})
			err := c.do(t.Context(), w)
			if c.kind == "" {
				require.NoError(t, err)
				w.unassign(dana)
				require.Len(t, w.sim.Deleted(), 1)
				w.unassign(eli)
				require.Empty(t, w.sim.Members(w.in.Sales))
				return
			}
			w.fails(err, c.kind, "")
		})
	}
}
