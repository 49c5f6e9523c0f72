package e2e

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sim "handover/internal/sim/apollo"
	"handover/standalone/demo"
)

// office is one of several apps of an installation, each with a simulator of its
// own in which the same people work.
type office struct {
	name    string
	options sim.Options
	tenant  sim.TenantSpec
	edit    func(block string) string // of its part of the policy

	keyOwner string // who made the key, where the policy knows

	app    *sim.Simulator
	server *httptest.Server
	before *demo.Picture
}

func (o *office) id(email string) string {
	id, _ := o.app.UserID(email)
	return id
}

func (w *world) office(name string) *office { return w.offices[name] }

// newOffices prepares an installation with several apps in its policy.
func newOffices(t *testing.T, offices ...*office) *world {
	t.Helper()
	var env []string
	for i, o := range offices {
		o.options.APIKey, o.options.Plan = apiKey, sim.PlanOrganization
		if len(o.tenant.Users) == 0 {
			o.tenant = team()
		}
		o.app, o.server = simulator(t, o.options, o.tenant)
		url := o.server.URL
		var err error
		o.before, err = demo.Take(o.app, dana)
		require.NoError(t, err)
		env = append(env, fmt.Sprintf("URL_%d=%s/api/v1", i, url), fmt.Sprintf("SCIM_%d=%s/scim/v2", i, url), fmt.Sprintf("TOKEN_%d=%s", i, o.options.SCIMToken))
	}
	w := newWorld(t, func(s *setup) {
		s.env = env
		s.edit = func(text string) string { return withOffices(text, offices) }
	})
	w.offices = map[string]*office{}
	for _, o := range offices {
		w.offices[o.name] = o
	}
	return w
}

// withOffices repeats the part of a policy that describes its app.
func withOffices(text string, offices []*office) string {
	head, rest, _ := strings.Cut(text, "  apollo:\n")
	block, tail, _ := strings.Cut(rest, "approvals:\n")
	var b strings.Builder
	b.WriteString(head)
	for i, o := range offices {
		credentials := fmt.Sprintf("base_url: URL_%d, scim_url: NONE, scim_token: NONE", i)
		if o.options.SCIMToken != "" {
			credentials = fmt.Sprintf("base_url: URL_%d, scim_url: SCIM_%d, scim_token: TOKEN_%d", i, i, i)
		}
		if o.keyOwner != "" {
			credentials += ", key_owner: " + o.keyOwner
		}
		own := block
		if o.edit != nil {
			own = o.edit(own)
		}
		b.WriteString("  " + o.name + ":\n    credentials: {" + credentials + "}\n" + own)
	}
	return b.String() + "approvals:\n" + tail
}
