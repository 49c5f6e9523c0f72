package entra_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/entra"
	sim "handover/internal/sim/entra"
)

func (w *world) describe() domain.SignInFacts {
	w.t.Helper()
	f, err := w.Describe(w.t.Context())
	require.NoError(w.t, err)
	require.NotContains(w.t, f.Why, "@")
	return f
}

func TestDescribesTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	f := w.describe()
	require.Equal(t, "entra", w.Provider())
	require.Equal(t, "Apollo.io", f.App)
	require.Equal(t, domain.Yes, f.Active)
	require.Equal(t, domain.Yes, f.Pushes)
	require.Empty(t, f.Missing)
	require.NotEmpty(t, f.RequestID)
	for _, says := range []string{"requires assignment", "about every 40 minutes by the word of Microsoft's staff", "SkipOutOfScopeDeletions"} {
		require.Contains(t, f.Why, says)
	}
	w.sim.ChangeApp(w.in.App, func(a *sim.App) { a.Open = true })
	require.Contains(t, w.describe().Why, "everybody in the directory")
	w.sim.ChangeApp(w.in.App, func(a *sim.App) { a.Disabled = true })
	require.Equal(t, domain.No, w.describe().Active)
}

func TestWhetherProvisioningCarriesItIntoTheApp(t *testing.T) {
	t.Parallel()
	for code, c := range map[string]struct {
		reason string
		does   domain.Tri
		says   string
	}{
		"Active":        {"", domain.Yes, "deactivates them there"},
		"Quarantine":    {"EncounteredQuarantineException", domain.No, "(EncounteredQuarantineException)"},
		"Paused":        {"", domain.No, "is paused"},
		"NotConfigured": {"", domain.No, "is switched off"},
		"NotRun":        {"", domain.Unknown, "first cycle"},
		"Odd":           {"", domain.Unknown, "not one that Handover knows"},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tenant())
			w.sim.SetJob(w.in.App, w.in.Job, code, c.reason)
			f, a := w.describe(), w.find(dana)
			require.Equal(t, c.does, f.Pushes)
			require.Contains(t, f.Why, c.says)
			require.Equal(t, []any{c.does, true}, []any{a.Pushes, a.PushesWhy != ""})
		})
	}
}

func TestAReasonThatIsNoWordIsNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.SetJob(w.in.App, w.in.Job, "Quarantine", "failed for "+dana)
	require.NotContains(t, w.describe().Why, "failed for")
}

func TestOneJobThatWorksIsEnough(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.SetJob(w.in.App, w.in.Job, "Paused", "")
	require.Equal(t, domain.No, w.describe().Pushes)
	w.sim.AddJob(w.in.App, sim.Job{Code: "Active"})
	w.sim.AddJob(w.in.App, sim.Job{Code: "Paused"})
	require.Equal(t, domain.Yes, w.describe().Pushes)
}

func TestAnAppWithoutProvisioning(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	other := w.sim.AddApp(sim.App{Name: "Ledger"})
	cfg := w.cfg
	cfg.AppID = other
	app, err := entra.New(cfg)
	require.NoError(t, err)
	f, err := app.Describe(t.Context())
	require.NoError(t, err)
	require.Equal(t, domain.No, f.Pushes)
	require.Contains(t, f.Why, "no provisioning job")
}

func TestMissingPermissionsAreNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		held     []string
		readOnly bool
		missing  []string
	}{
		"the least": {[]string{"Application.Read.All", "User.Read.All", "GroupMember.Read.All", "Directory.Read.All", "Synchronization.Read.All", "AuditLog.Read.All",
			"AppRoleAssignment.ReadWrite.All", "GroupMember.ReadWrite.All", "User.RevokeSessions.All"}, false, nil},
		"stronger ones": {[]string{"Directory.Read.All", "Synchronization.ReadWrite.All", "AuditLog.Read.All",
			"AppRoleAssignment.ReadWrite.All", "GroupMember.ReadWrite.All", "User.ReadWrite.All"}, false, nil},
		"to read only": {[]string{"Directory.Read.All", "Synchronization.Read.All", "AuditLog.Read.All"}, true, nil},
		"nothing to write with": {[]string{"Directory.Read.All", "Synchronization.Read.All", "AuditLog.Read.All"}, false,
			[]string{"AppRoleAssignment.ReadWrite.All", "GroupMember.ReadWrite.All", "User.RevokeSessions.All"}},
		"nothing but the app": {[]string{"Application.Read.All"}, true,
			[]string{"User.Read.All", "GroupMember.Read.All", "Directory.Read.All", "Synchronization.Read.All", "AuditLog.Read.All"}},
		"nothing at all": {[]string{"AuditLog.Read.All"}, false, []string{"Application.Read.All"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tenant(c.held...), func(cfg *entra.Config) { cfg.ReadOnly = c.readOnly })
			f := w.describe()
			require.Equal(t, c.missing, f.Missing)
			if c.readOnly {
				require.Contains(t, f.Why, "only reads")
			}
			if name == "nothing but the app" {
				require.Equal(t, domain.Unknown, f.Pushes)
			}
			w.describe()
			require.LessOrEqual(t, w.asked("servicePrincipals(appId='00000003-"), 1, "Graph's own roles never change")
		})
	}
}

func TestAnObjectIDThatIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant(), func(c *entra.Config) { c.AppID = "00000000-0000-4000-8000-00000000dead" })
	_, err := w.Describe(t.Context())
	w.fails(err, domain.FaultInvalid, "Object ID")
}

// Provisioning itself is the simulator's: what the app hears when Entra pushes.
func TestProvisioningFollowsTheAssignment(t *testing.T) {
	t.Parallel()
	var told []string
	opt := tenant()
	opt.OnUnassigned = func(email string) { told = append(told, "out "+email) }
	opt.OnAssigned = func(email string) { told = append(told, "in "+email) }
	w := newWorld(t, opt)
	had, _ := w.unassign(eli)
	require.Empty(t, told, "not before the next cycle")
	w.sim.SetJob(w.in.App, w.in.Job, "Quarantine", "")
	w.sim.Cycle()
	require.Empty(t, told)
	w.sim.SetJob(w.in.App, w.in.Job, "Active", "")
	w.sim.Cycle()
	w.sim.Cycle()
	require.Equal(t, []string{"out " + eli}, told)
	_, err := w.Assign(context.WithoutCancel(t.Context()), had)
	require.NoError(t, err)
	w.clock.move(40 * time.Minute)
	w.sim.Cycle()
	require.Equal(t, []string{"out " + eli, "in " + eli}, told)
}
