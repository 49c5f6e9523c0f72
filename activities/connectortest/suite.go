// Package connectortest holds what every connector must pass. A connector's own
// tests call Run with an app that begins anew for each part.
package connectortest

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
)

// App is a connector before an app that a test can work.
type App struct {
	Connector activities.Connector
	// Leaver is an active user of the app, Email their address.
	Leaver domain.AccountID
	Email  string
	// Writes counts the changes of users that reached the app.
	Writes func() int
	// CutShort makes the app show less than there is.
	CutShort func()
	// Fail makes the app answer every request with an HTTP status. Nil where the
	// app is not spoken to over HTTP.
	Fail func(status int)
	// Logs is what the connector has logged; nil where it logs nothing.
	Logs func() string
	// Joins is the role with which somebody new can come in, Other one to which they
	// can change; without keys where people do both.
	Joins, Other domain.AppRole
	// Secrets may stand in no error and no log, besides Email.
	Secrets []string
}

// Run is the suite.
func Run(t *testing.T, begin func(t *testing.T) *App) {
	t.Helper()
	for name, part := range map[string]func(*testing.T, *App){
		"says how and why":     channels,
		"lists":                lists,
		"cut short":            cutShort,
		"deactivates once":     deactivates,
		"reactivates once":     reactivates,
		"invites once":         invites,
		"changes a role once":  changesRole,
		"faults by status":     faults,
		"nothing personal out": redaction,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			part(t, begin(t))
		})
	}
}

func channels(t *testing.T, a *App) {
	require.NotEmpty(t, a.Connector.Kind())
	seen := map[domain.Capability]bool{}
	for _, c := range a.Connector.Channels() {
		require.False(t, seen[c.Capability], "%s stands twice", c.Capability)
		require.NotEmpty(t, c.Channel)
		require.NotEmpty(t, c.Why, "%s: an administrator has to know why", c.Capability)
		seen[c.Capability] = true
	}
	require.True(t, seen[domain.CanListAccounts] && seen[domain.CanDeactivate], "listing and deactivating are always told")
}

func lists(t *testing.T, a *App) {
	l, err := a.Connector.ListAccounts(t.Context())
	require.NoError(t, err)
	require.True(t, l.Complete)
	require.False(t, l.StartedAt.IsZero(), "guards ask how old a listing is")
	ids := map[domain.AccountID]bool{}
	for _, account := range l.Accounts {
		require.NotEmpty(t, account.ID)
		require.False(t, ids[account.ID], "a user stands twice")
		ids[account.ID] = true
		for _, fact := range []domain.Tri{account.Active, account.Admin, account.FullSeat} {
			require.Contains(t, []domain.Tri{domain.Yes, domain.No, domain.Unknown}, fact)
		}
	}
	require.Equal(t, domain.Present, l.AccountPresence(a.Leaver))
	require.Len(t, l.ByEmail(a.Email), 1)
	require.Equal(t, domain.Absent, l.AccountPresence("nobody"), "whoever is missing from a complete list is absent")
}

// cutShort: what is missing from half a list proves nothing. A fault says so as
// well as an incomplete listing does.
func cutShort(t *testing.T, a *App) {
	a.CutShort()
	l, err := a.Connector.ListAccounts(t.Context())
	if err != nil {
		require.True(t, domain.KindOf(err).Retryable(), "%v", err)
		return
	}
	require.False(t, l.Complete)
	require.Equal(t, domain.PresenceUnknown, l.AccountPresence("nobody"))
}

func account(t *testing.T, a *App) domain.Account {
	l, err := a.Connector.ListAccounts(t.Context())
	require.NoError(t, err)
	found, ok := l.ByID(a.Leaver)
	if !ok {
		found = domain.Account{ID: a.Leaver, Email: a.Email, Active: domain.No}
	}
	return found
}

func deactivates(t *testing.T, a *App) {
	door, ok := a.Connector.(activities.Deactivator)
	if !ok {
		t.Skip("this connector does not deactivate: people do")
	}
	before := account(t, a)
	receipt, err := door.DeactivateAccount(t.Context(), before)
	require.NoError(t, err)
	require.False(t, receipt.Already)
	require.False(t, receipt.At.IsZero())
	require.Equal(t, 1, a.Writes())
	after, err := a.Connector.ListAccounts(t.Context())
	require.NoError(t, err)
	require.Equal(t, domain.Absent, after.AccountPresence(a.Leaver))

	receipt, err = door.DeactivateAccount(t.Context(), account(t, a))
	require.NoError(t, err, "what is so already is success")
	require.True(t, receipt.Already)
	require.Equal(t, 1, a.Writes(), "nothing is done twice")
}

func reactivates(t *testing.T, a *App) {
	back, ok := a.Connector.(activities.Reactivator)
	door, able := a.Connector.(activities.Deactivator)
	if !ok || !able {
		t.Skip("this connector does not reactivate: people do")
	}
	_, err := door.DeactivateAccount(t.Context(), account(t, a))
	require.NoError(t, err)
	for try := range 2 {
		receipt, err := back.ReactivateAccount(t.Context(), account(t, a))
		require.NoError(t, err)
		require.Equal(t, try == 1, receipt.Already)
		require.Equal(t, 2, a.Writes())
	}
	after, err := a.Connector.ListAccounts(t.Context())
	require.NoError(t, err)
	require.Equal(t, domain.Present, after.AccountPresence(a.Leaver))
}

// newcomer is nobody whom any app of a test knows.
const newcomer = "newcomer.canary@example.com"

func invites(t *testing.T, a *App) {
	if a.Joins.Key == "" {
		t.Skip("this connector does not invite: people do")
	}
	door, ok := a.Connector.(activities.Inviter)
	require.True(t, ok, "it names a role to join with and is no activities.Inviter")
	for try := range 2 {
		receipt, err := door.InviteAccount(t.Context(), newcomer, "New Comer", a.Joins)
		require.NoError(t, err, "who is there already is success")
		require.Equal(t, try == 1, receipt.Already)
		require.False(t, receipt.At.IsZero())
		require.Equal(t, 1, a.Writes(), "nobody is made twice")
	}
	l, err := a.Connector.ListAccounts(t.Context())
	require.NoError(t, err)
	found := l.ByEmail(newcomer)
	require.Len(t, found, 1)
	require.Equal(t, []domain.Tri{domain.Yes, domain.Yes}, []domain.Tri{found[0].Active, found[0].IsRole(a.Joins)})

	_, err = door.InviteAccount(t.Context(), newcomer, "New Comer", a.Other)
	require.NoError(t, err)
	require.Equal(t, 1, a.Writes(), "inviting changes nobody's role: that stands behind guards")
	if a.Fail != nil {
		a.Fail(http.StatusInternalServerError)
		_, err = door.InviteAccount(t.Context(), newcomer, "New Comer", a.Joins)
		require.Equal(t, domain.FaultUnavailable, domain.KindOf(err))
		require.NotContains(t, err.Error(), newcomer)
	}
}

func changesRole(t *testing.T, a *App) {
	if a.Other.Key == "" {
		t.Skip("this connector does not change roles: people do")
	}
	door, ok := a.Connector.(activities.RoleChanger)
	require.True(t, ok, "it names another role and is no activities.RoleChanger")
	for try := range 2 {
		receipt, err := door.ChangeRole(t.Context(), account(t, a), a.Other)
		require.NoError(t, err, "who has it already is success")
		require.Equal(t, try == 1, receipt.Already)
		require.Equal(t, 1, a.Writes())
		require.Equal(t, domain.Yes, account(t, a).IsRole(a.Other))
	}
}

// statuses are what a run decides by. See docs/operations.md.
var statuses = map[int]domain.FaultKind{
	http.StatusBadRequest: domain.FaultInvalid, http.StatusUnprocessableEntity: domain.FaultInvalid, http.StatusUnauthorized: domain.FaultUnauthenticated,
	http.StatusForbidden: domain.FaultForbidden, http.StatusNotFound: domain.FaultNotFound, http.StatusConflict: domain.FaultConflict,
	http.StatusTooManyRequests: domain.FaultRateLimited, http.StatusInternalServerError: domain.FaultUnavailable,
	http.StatusBadGateway: domain.FaultUnavailable, http.StatusServiceUnavailable: domain.FaultUnavailable,
}

func faults(t *testing.T, a *App) {
	if a.Fail == nil {
		t.Skip("this app is not spoken to over HTTP")
	}
	for status, kind := range statuses {
		a.Fail(status)
		_, err := a.Connector.ListAccounts(t.Context())
		var f *domain.Fault
		require.ErrorAs(t, err, &f, "%d", status)
		require.Equal(t, kind, f.Kind, "%d", status)
		require.NotEmpty(t, f.SafeMessage)
		if kind == domain.FaultRateLimited {
			require.False(t, f.RetryAt.IsZero(), "a refusal says when a new try makes sense")
		}
	}
}

func redaction(t *testing.T, a *App) {
	said := ""
	note := func(err error) {
		if err != nil {
			said += fmt.Sprintf("%v %+v\n", err, err)
		}
	}
	who := account(t, a)
	for _, status := range []int{0, http.StatusBadRequest, http.StatusUnauthorized, http.StatusConflict, http.StatusInternalServerError} {
		if status != 0 {
			if a.Fail == nil {
				break
			}
			a.Fail(status)
		}
		_, err := a.Connector.ListAccounts(t.Context())
		note(err)
		if door, ok := a.Connector.(activities.Deactivator); ok {
			_, err = door.DeactivateAccount(t.Context(), who)
			note(err)
		}
	}
	if a.Logs != nil {
		said += a.Logs()
	}
	for _, secret := range append([]string{a.Email}, a.Secrets...) {
		require.NotContains(t, said, secret)
	}
}
