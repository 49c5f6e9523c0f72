package slackapp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	slacksim "handover/internal/sim/slack"
)

func (w *world) types(name, channel, words string) slacksim.Reply {
	w.t.Helper()
	reply, err := w.sim.Command(w.t.Context(), w.users[name], channel, "/handover", words)
	require.NoError(w.t, err)
	require.Equal(w.t, 200, reply.Status)
	return reply
}

func TestHelpIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, words := range []string{"", "help", "HELP", "something else", "offboarding"} {
		require.Contains(t, string(w.types("eli", "", words).Body), "/handover approvals", words)
	}
	require.Zero(t, w.settled())
}

func TestWhatWaitsForSomebodyIsListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.types("eli", "", "approvals")
	w.hears("eli", "Nothing waits for your decision.")
	a := w.request()
	w.types("eli", "", "approvals")
	w.hears("eli", a.ID)
	w.types("bo", "", "tasks")
	w.hears("bo", "No task waits for you.")
	x := w.task("bo", false)
	w.types("bo", "", "tasks")
	w.hears("bo", x.ID)
	require.NotContains(t, w.all("eli"), x.ID)
}

func TestStatusShowsWhatTheActorMaySee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.request()
	w.types("hana", "", "status @dana")
	w.hears("hana", "run "+w.run.ID)
	w.types("ada", "", "status dana@example.com")
	w.hears("ada", "run "+w.run.ID)
	w.types("ada", "", "status nobody@example.com")
	w.hears("ada", "No open leaving")
	w.types("ada", "", "status no-such-run")
	w.hears("ada", "no longer there, or it is not yours")
	for _, words := range []string{"status", "status @dana", "status " + w.run.ID} {
		before := w.settled()
		w.types("gil", "", words)
		w.eventually(func() bool { return w.settled() > before }, "not answered")
	}
	require.NotContains(t, w.all("gil"), "dana")
	require.Contains(t, w.all("gil"), "you may not see runs")
}

func TestASubstituteIsNamedFromSlack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	until := time.Now().AddDate(0, 0, 10).Format(time.DateOnly)
	last, err := time.ParseInLocation(time.DateOnly, until, w.zone())
	require.NoError(t, err)
	w.types("eli", "", "away @gil until "+until)
	w.hears("eli", "stands in for you")
	set, err := w.st.Absences(t.Context(), time.Now())
	require.NoError(t, err)
	require.Len(t, set, 1)
	require.Equal(t, [2]domain.PersonID{w.person("eli").ID, w.person("gil").ID}, [2]domain.PersonID{set[0].Person, set[0].Substitute})
	require.True(t, set[0].Until.Equal(last.AddDate(0, 0, 1)), "the day itself is included, where they are")
	for words, text := range map[string]string{"away @gil": "say who stands in", "away @gil until tomorrow": "not of the form", "away @eli until " + until: "themselves", "away": "say who stands in"} {
		w.types("eli", "", words)
		w.hears("eli", text)
	}
}

func TestACommandIsAnsweredOnlyToWhoeverTypedIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.request()
	channel := w.sim.AddChannel(slacksim.Channel{HasApp: true, Members: []string{w.users["eli"], w.users["bo"]}})
	w.types("eli", channel, "approvals")
	w.hears("eli", a.ID)
	require.Empty(t, w.sim.ChannelMessages(channel))
	require.NotContains(t, w.all("bo"), a.ID)
}

// Where the app may not show something to one person only, it goes to the person
// directly: a channel that the app is not in, or that is archived.
func TestAnAnswerFindsItsWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	away := w.sim.AddChannel(slacksim.Channel{Private: true, Members: []string{w.users["eli"]}})
	w.say(t.Context(), act{Kind: actButton, User: w.users["eli"], Channel: away}, "first")
	require.Contains(t, w.all("eli"), "first")
	require.Empty(t, w.sim.ChannelMessages(away))
	dm := w.sim.DM(w.users["eli"])
	w.sim.SetFaults(slacksim.Fault{Method: "chat.postEphemeral", Kind: slacksim.FaultUnavailable})
	w.say(t.Context(), act{Kind: actForm, User: w.users["eli"], Channel: dm}, "second")
	w.say(t.Context(), act{Kind: actForm, User: w.users["eli"]}, "third")
	w.say(t.Context(), act{Kind: actCommand, User: w.users["eli"], Response: "https://example.com/"}, "fourth")
	require.Len(t, w.sim.Messages(w.users["eli"]), 4)
	w.sim.Down(true)
	w.say(t.Context(), act{Kind: actButton, User: w.users["eli"], Channel: dm}, "lost")
	require.Contains(t, w.log.String(), "answer not shown in Slack")
}
