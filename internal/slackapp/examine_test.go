package slackapp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	slacksim "handover/internal/sim/slack"
)

// With nothing but the scopes of the manifest granted, everything works.
func TestTheScopesAreEnough(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle, s.options.Scopes = true, Scopes(&domain.Policy{}) })
	_, err := w.Messenger().Post(t.Context(), w.person("eli"), full(), "")
	require.NoError(t, err)
	_, err = w.who(t.Context(), act{Team: "T0EXAMPLE", User: w.users["bo"]})
	require.NoError(t, err)
	require.Empty(t, w.sim.Counts().Errors)
}

func TestTheInstallationIsExamined(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	w.sim.AddChannel(slacksim.Channel{ID: "C0OPS", HasApp: true})
	w.sim.AddGroup(slacksim.Group{ID: "S0IT", Members: []string{w.users["ada"]}})
	w.policy.Approvals["leave"] = &domain.ApprovalSetting{Stages: []domain.StageSetting{{Who: []string{"slack_group:S0IT"}}}}
	for _, f := range w.Examine(t.Context()) {
		require.NoError(t, f.Err, f.What)
		require.NotEmpty(t, f.Fine, f.What)
	}
	require.NoError(t, w.sim.RemoveApp("C0OPS"))
	require.NoError(t, w.sim.ChangeUser(w.users["eli"], func(u *slacksim.User) { u.Email = "other@example.com" }))
	w.sim.AddGroup(slacksim.Group{ID: "S0IT"})
	wrong := map[string]string{}
	for _, f := range w.Examine(t.Context()) {
		if f.Err != nil {
			wrong[f.What] = f.Err.Error()
		}
	}
	require.Len(t, wrong, 3)
	require.Contains(t, wrong["slack channel C0OPS"], "invite")
	require.Contains(t, wrong["slack group S0IT"], "no members")
	require.Contains(t, wrong["slack people"], "1 of 6 people")
	w.sim.RevokeToken()
	found := w.Examine(t.Context())
	require.Len(t, found, 1)
	require.ErrorContains(t, found[0].Err, "SLACK_BOT_TOKEN")
}
