package slackapp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	slacksim "handover/internal/sim/slack"
	"handover/internal/store"
)

func TestUserGroupsOfThePolicyAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	guest := w.sim.AddUser(slacksim.User{Name: "guest", Email: "gil@example.com", IsRestricted: slacksim.Yes})
	unknown := w.sim.AddUser(slacksim.User{Name: "unknown", Email: "unknown@example.com"})
	w.sim.AddGroup(slacksim.Group{ID: "S0IT", Members: []string{w.users["ada"], w.users["bo"], guest, unknown, w.users["ada"]}})
	w.policy.Approvals["leave"] = &domain.ApprovalSetting{Stages: []domain.StageSetting{{Who: []string{"slack_group:S0IT", "slack:" + w.users["gil"]}}}}
	w.Sync(t.Context())
	members := func() []domain.PersonID {
		found, err := w.st.Group(t.Context(), "slack_group:S0IT")
		require.NoError(t, err)
		return found
	}
	require.ElementsMatch(t, []domain.PersonID{w.person("ada").ID, w.person("bo").ID}, members())
	require.Empty(t, w.refusedWhy(), "nobody tried anything")
	gil, err := w.st.PersonByChat(t.Context(), store.ChatUser{Team: "T0EXAMPLE", User: w.users["gil"]})
	require.NoError(t, err)
	require.Equal(t, w.person("gil"), gil, "whom the policy names by Slack id is bound")

	w.sim.SetFaults(slacksim.Fault{Method: "usergroups.users.list", Kind: slacksim.FaultUnavailable})
	w.Sync(t.Context())
	require.Len(t, members(), 2, "what cannot be read stays as it was")
	w.sim.SetFaults()
	require.NoError(t, w.st.SetPersonState(t.Context(), w.person("bo").ID, domain.PersonLeft))
	w.Sync(t.Context())
	require.Equal(t, []domain.PersonID{w.person("ada").ID}, members())
	require.NotContains(t, w.log.String(), "@example.com")
}

func TestAGroupThatCannotBeToldWholeIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	w.sim.AddGroup(slacksim.Group{ID: "S0IT", Members: []string{w.users["ada"], w.users["bo"]}})
	w.policy.Approvals["leave"] = &domain.ApprovalSetting{Stages: []domain.StageSetting{{Backup: []string{"slack_group:S0IT"}}}}
	w.sim.SetFaults(slacksim.Fault{Method: "users.info", Kind: slacksim.FaultUnavailable, Skip: 1})
	w.Sync(t.Context())
	found, err := w.st.Group(t.Context(), "slack_group:S0IT")
	require.NoError(t, err)
	require.Empty(t, found)
	require.Contains(t, w.log.String(), "last known members stay")
}

func TestTheSlackIdOfThePolicyFileBindsWhateverTheEmail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	private := w.sim.AddUser(slacksim.User{Name: "eli-private", Email: "eli@example.org", IsEmailConfirmed: slacksim.No})
	for i := range w.policy.People {
		switch w.policy.People[i].Name {
		case "eli":
			w.policy.People[i].Slack = private
		case "bo":
			w.policy.People[i].Slack = private // twice the same id: the second waits
		}
	}
	w.Sync(t.Context())
	actor, err := w.who(t.Context(), act{Team: "T0EXAMPLE", User: private})
	require.NoError(t, err)
	require.Equal(t, w.person("eli").ID, actor.Person.ID)
	require.Contains(t, w.log.String(), "bound otherwise")
	_, err = w.who(t.Context(), act{Team: "T0EXAMPLE", User: w.users["eli"]})
	require.Error(t, err, "the other account with the email is nobody")
}
