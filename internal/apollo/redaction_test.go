package apollo_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/apollo"
	sim "handover/internal/sim/apollo"
)

// Everything that can go wrong goes wrong, and neither errors nor logs name a
// person, a key or a body.
func TestNothingPersonalInErrorsAndLogs(t *testing.T) {
	t.Parallel()
	kinds := []sim.FaultKind{"", sim.FaultError, sim.FaultUnavailable, sim.FaultDropBefore, sim.FaultDropAfter,
		sim.FaultTruncate, sim.FaultHTML, sim.FaultQuota}
	for _, kind := range kinds {
		w := demo(t, withSCIM)
		account := w.account(leaver)
		contacts, _ := w.all(domain.Contacts, account.ID)
		if kind != "" {
			require.NoError(t, w.sim.SetFaults(1, sim.Fault{Kind: kind}))
		}
		text := provoke(t, w, account, contacts[:3]) + w.logs.String()
		for _, secret := range []string{canaryKey, canaryToken, "@", "example.com", "Dana", "Reyes", "userName", "127.0.0.1", "html"} {
			require.NotContains(t, text, secret, "%s", kind)
		}
	}
}

func provoke(t *testing.T, w *world, account domain.Account, records []domain.Record) string {
	var errs []string
	note := func(err error) {
		if err != nil {
			errs = append(errs, fmt.Sprintf("%v %+v", err, err))
		}
	}
	_, err := w.ListAccounts(t.Context())
	note(err)
	_, err = w.ListScheduledEmails(t.Context(), account.ID, nil)
	note(err)
	_, err = w.DeactivateAccount(t.Context(), account)
	note(err)
	_, err = w.MoveRecords(t.Context(), domain.Contacts, records, w.id(manager))
	note(err)
	_, err = w.MoveRecords(t.Context(), domain.Contacts, records, "nobody@example.com")
	note(err)
	_, err = w.CheckGrants(t.Context())
	note(err)
	return strings.Join(errs, "\n")
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	cfg := apollo.Config{APIKey: canaryKey, SCIMToken: canaryToken}
	raw, err := json.Marshal(map[string]apollo.Secret{"key": cfg.APIKey})
	require.NoError(t, err)
	for _, shown := range []string{fmt.Sprint(cfg), fmt.Sprintf("%+v", cfg), fmt.Sprintf("%#v", cfg), string(raw), cfg.APIKey.LogValue().String()} {
		require.NotContains(t, shown, "canary")
	}
}
