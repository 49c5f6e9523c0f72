package slackapp

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"handover/domain"
	"handover/internal/desk"
	slacksim "handover/internal/sim/slack"
)

func TestAClickDecidesAsThePersonWhoClicked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.request()
	m := w.post("eli", cardOf(a, desk.VerbApprove, desk.VerbDeny))
	require.Equal(t, 200, w.click("eli", m, desk.VerbApprove).Status)
	w.eventually(func() bool { return len(w.tmp.got()) == 1 }, "not decided")
	in := w.tmp.decided(t, 1)
	require.Equal(t, domain.Approve, in.Verdict)
	require.Equal(t, "v1:d1", in.Digest)
	require.Equal(t, w.person("eli").ID, in.Person)
	require.Equal(t, domain.ChannelSlack, in.Channel)
	require.Len(t, w.events(domain.EventIdentityBound), 1, "bound by the message, and not again by the click")
	require.NotContains(t, w.log.String(), "@example.com")
	require.NotContains(t, w.log.String(), "canary")
}

func TestDenyAsksForAReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.post("eli", cardOf(w.request(), desk.VerbApprove, desk.VerbDeny))
	require.Equal(t, 200, w.click("eli", m, desk.VerbDeny).Status)
	v := w.view("eli")
	require.Equal(t, "handover:deny", v.CallbackID)
	reply, err := w.sim.Submit(t.Context(), w.users["eli"], v.ID, map[string]string{inReason: "   "})
	require.NoError(t, err)
	require.Contains(t, string(reply.Body), `"response_action":"errors"`)
	require.NotEmpty(t, w.view("eli").Errors[inReason])
	require.Empty(t, w.tmp.got())
	reply, err = w.sim.Submit(t.Context(), w.users["eli"], v.ID, map[string]string{inReason: "not yet <b> & \x07 more"})
	require.NoError(t, err)
	require.Equal(t, 200, reply.Status)
	require.Empty(t, reply.Body)
	w.eventually(func() bool { return len(w.tmp.got()) == 1 }, "not decided")
	in := w.tmp.decided(t, 1)
	require.Equal(t, domain.Deny, in.Verdict)
	require.Equal(t, "not yet <b> &  more", in.Reason)
}

func TestARefusalIsToldOnlyToWhoeverClicked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.request()
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) {
		return nil, temporal.NewApplicationError("this request is approved already: nothing was changed", domain.RefusedSettled)
	}
	channel := w.sim.AddChannel(slacksim.Channel{ID: "C0OPS", HasApp: true, Members: []string{w.users["eli"], w.users["bo"]}})
	ref, err := w.Messenger().Post(t.Context(), domain.Person{}, cardOf(a, desk.VerbApprove), "")
	require.NoError(t, err)
	_, ts, _ := splitRef(ref)
	m, _ := w.sim.Message(channel, ts)
	w.click("eli", m, desk.VerbApprove)
	w.hears("eli", "this request is approved already")
	require.NotContains(t, w.all("bo"), "already")
}

func TestAnOutdatedClickShowsTheNewPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.request()
	m := w.post("eli", cardOf(old, desk.VerbApprove))
	now := old
	now.Digest = "v1:d2"
	w.keep(now)
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) {
		return nil, temporal.NewApplicationError("the plan has changed", domain.RefusedOutdated)
	}
	w.click("eli", m, desk.VerbApprove)
	w.hears("eli", "The plan has changed since you saw it")
	require.Equal(t, "v1:d1", w.tmp.decided(t, 1).Digest, "the click is about the plan that was seen")
	fresh := w.sim.Ephemerals(w.users["eli"])[0]
	var value string
	for _, e := range fresh.Elements {
		if e.ActionID == "handover:approve" {
			value = e.Value
		}
	}
	about, err := decodeTarget(value)
	require.NoError(t, err)
	require.Equal(t, "v1:d2", about.Digest)
}

func TestOneActDeliveredTwiceIsOneClick(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.post("eli", cardOf(w.request(), desk.VerbApprove))
	reply := w.click("eli", m, desk.VerbApprove)
	for range 3 {
		again, err := w.sim.Replay(t.Context(), reply.Sent)
		require.NoError(t, err)
		require.Equal(t, 200, again.Status)
	}
	w.eventually(func() bool { return len(w.tmp.got()) == 1 }, "not decided")
	w.click("eli", m, desk.VerbApprove) // another click of the same verdict is the same update
	w.eventually(func() bool { return w.settled() == 2 }, "not worked off")
	require.Len(t, w.tmp.got(), 1)
}

func TestTemporalMayBeAwayWhenSomebodyClicks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	m := w.post("eli", cardOf(w.request(), desk.VerbApprove))
	w.tmp.set(true)
	require.Equal(t, 200, w.click("eli", m, desk.VerbApprove).Status)
	require.Zero(t, w.tmp.missed(), "it is acknowledged before anybody asks Temporal")
	w.works()
	w.eventually(func() bool { return w.tmp.missed() > 0 }, "not tried")
	w.tmp.set(false)
	w.eventually(func() bool { return len(w.tmp.got()) == 1 }, "not delivered")
}

func TestWhatCannotBeKeptIsNeverAcknowledged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	m := w.post("eli", cardOf(w.request(), desk.VerbApprove))
	require.NoError(t, w.st.Close())
	reply := w.click("eli", m, desk.VerbApprove)
	require.Equal(t, 503, reply.Status)
	require.NotEmpty(t, reply.Shown)
}

func TestASlowStoreIsNoAcknowledgement(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	m := w.post("eli", cardOf(w.request(), desk.VerbApprove))
	tx, err := w.pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "LOCK TABLE clicks IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	reply := w.click("eli", m, desk.VerbApprove)
	require.Equal(t, 503, reply.Status)
	require.False(t, reply.Late, "the person sees within three seconds that it did not work")
	require.NoError(t, tx.Rollback(t.Context()))
	require.Equal(t, 200, w.click("eli", m, desk.VerbApprove).Status)
}

func TestYesterdaysClickDoesNothingToday(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	a := w.request()
	old := act{ID: "x", Kind: actButton, Team: "T0EXAMPLE", User: w.users["eli"], Verb: desk.VerbApprove, Target: target{About: a.ID, Digest: a.Digest}, At: w.Desk.Now().Add(-stale - 1)}
	body, err := old.encode()
	require.NoError(t, err)
	outcome, err := w.handle(t.Context(), body)
	require.NoError(t, err)
	require.Equal(t, "stale", outcome)
	w.hears("eli", "was dropped")
	outcome, err = w.handle(t.Context(), []byte("{"))
	require.NoError(t, err)
	require.Equal(t, "unreadable", outcome)
	require.Empty(t, w.tmp.got())
}
