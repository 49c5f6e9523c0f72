package slackapp

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	slacksim "handover/internal/sim/slack"
)

func TestSocketModeDoesTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.socket = true })
	w.eventually(func() bool { return w.sim.Sockets() == 1 }, "not connected")
	m := w.post("eli", cardOf(w.request(), desk.VerbApprove, desk.VerbDeny))
	reply := w.click("eli", m, desk.VerbDeny)
	require.Equal(t, slacksim.ViaSocket, reply.Via)
	require.Contains(t, string(w.submit("eli", map[string]string{inReason: " "}).Body), "errors")
	w.submit("eli", map[string]string{inReason: "not yet"})
	w.eventually(func() bool { return len(w.tmp.got()) == 1 }, "not decided")
	require.Equal(t, domain.Deny, w.tmp.decided(t, 1).Verdict)
	reply, err := w.sim.Command(t.Context(), w.users["eli"], "", "/handover", "help")
	require.NoError(t, err)
	require.Contains(t, string(reply.Body), "/handover approvals")
	w.types("eli", "", "approvals")
	w.hears("eli", "Decide: who inherits the work")

	w.sim.DisconnectSockets("refresh_requested")
	w.eventually(func() bool { return w.sim.Sockets() == 1 }, "not connected again")
	w.eventually(func() bool {
		r, err := w.sim.Click(t.Context(), slacksim.Click{User: w.users["eli"], Channel: m.Channel, TS: m.TS, ActionID: "handover:approve"})
		return err == nil && r.OK()
	}, "not taken after the connection was renewed")
	w.eventually(func() bool { return len(w.tmp.got()) == 2 }, "not decided")
	require.NotContains(t, w.log.String(), "canary")
}

func TestASocketNeverAcknowledgesWhatIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.socket, s.idle = true, true })
	w.eventually(func() bool { return w.sim.Sockets() == 1 }, "not connected")
	m := w.post("eli", cardOf(w.request(), desk.VerbApprove))
	require.NoError(t, w.st.Close())
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	reply, err := w.sim.Click(ctx, slacksim.Click{User: w.users["eli"], Channel: m.Channel, TS: m.TS, ActionID: "handover:approve"})
	require.False(t, err == nil && reply.OK())
}
