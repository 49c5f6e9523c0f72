package slackapp

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	slacksim "handover/internal/sim/slack"
)

func TestACardIsPostedAndEdited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	card := full()
	ref, err := w.Messenger().Post(t.Context(), w.person("eli"), card, "")
	require.NoError(t, err)
	channel, ts, _ := splitRef(ref)
	require.Equal(t, "D", channel[:1])
	m, _ := w.sim.Message(channel, ts)
	require.JSONEq(t, `{"event_type":"handover","event_payload":{"ref":"R-1a2b3c4d"}}`, string(m.Metadata), "nothing but an opaque reference")
	require.Len(t, m.Elements, 4)
	card.Settled, card.Outcome = true, []string{"Approved by Eli"}
	require.NoError(t, w.Messenger().Edit(t.Context(), ref, card))
	m, _ = w.sim.Message(channel, ts)
	require.Empty(t, m.Elements, "a settled card has no buttons")
	require.Contains(t, m.Shown(), "Approved by Eli")
	reply, err := w.Messenger().Post(t.Context(), w.person("eli"), desk.Card{Ref: "R-2", Title: "Reminder", Settled: true}, ref)
	require.NoError(t, err)
	_, replyTS, _ := splitRef(reply)
	m, _ = w.sim.Message(channel, replyTS)
	require.Equal(t, ts, m.ThreadTS)
}

func TestWhatIsGoneIsNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	ref, err := w.Messenger().Post(t.Context(), w.person("eli"), full(), "")
	require.NoError(t, err)
	channel, ts, _ := splitRef(ref)
	require.NoError(t, w.sim.DeleteMessage(channel, ts))
	require.ErrorIs(t, w.Messenger().Edit(t.Context(), ref, full()), domain.ErrNotFound)
	for _, bad := range []string{"", "x", "D1", "D1/", "/1.2", "D1/../x", "d1/1.2"} {
		require.ErrorIs(t, w.Messenger().Edit(t.Context(), bad, full()), domain.ErrNotFound, bad)
	}
	_, err = w.Messenger().Post(t.Context(), w.person("eli"), full(), channel+"/9.9")
	require.NoError(t, err, "a reply to a message that is gone stands on its own")
	_, err = w.Messenger().Post(t.Context(), domain.Person{}, full(), "")
	require.ErrorIs(t, err, domain.ErrNotFound, "there is no such channel")
	w.policy.Slack.Channel = ""
	_, err = w.Messenger().Post(t.Context(), domain.Person{}, full(), "")
	require.ErrorContains(t, err, "slack.channel")
}

func TestWhoLeftSlackIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	_, err := w.Messenger().Post(t.Context(), w.person("eli"), full(), "")
	require.NoError(t, err)
	require.NoError(t, w.sim.ChangeUser(w.users["eli"], func(u *slacksim.User) { u.Deleted = slacksim.Yes }))
	w.known.drop(w.users["eli"])
	_, err = w.Messenger().Post(t.Context(), w.person("eli"), full(), "")
	require.ErrorIs(t, err, domain.ErrNotFound, "Slack would take it, and nobody would read it")
	require.NoError(t, w.sim.ChangeUser(w.users["bo"], func(u *slacksim.User) { u.Deleted = slacksim.Yes }))
	_, err = w.Messenger().Post(t.Context(), w.person("bo"), full(), "")
	require.ErrorIs(t, err, domain.ErrNotFound)
	require.NoError(t, w.sim.ChangeUser(w.users["gil"], func(u *slacksim.User) { u.IsEmailConfirmed = slacksim.No }))
	_, err = w.Messenger().Post(t.Context(), w.person("gil"), full(), "")
	require.ErrorIs(t, err, domain.ErrNotFound)
	require.Empty(t, w.refusedWhy(), "nobody tried anything")
}

func TestALostAnswerIsSaidToBeLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle = true })
	w.sim.SetFaults(slacksim.Fault{Method: "chat.postMessage", Kind: slacksim.FaultDropAfter, Times: 1})
	_, err := w.Messenger().Post(t.Context(), w.person("eli"), full(), "")
	require.ErrorIs(t, err, desk.ErrUnsure)
	require.Equal(t, domain.FaultUnavailable, domain.KindOf(err))
	require.Len(t, w.sim.Messages(w.users["eli"]), 1)
	w.sim.SetFaults(slacksim.Fault{Method: "chat.postMessage", Kind: slacksim.FaultRateLimitedOK, Times: 1})
	_, err = w.Messenger().Post(t.Context(), w.person("bo"), full(), "")
	require.Equal(t, domain.FaultRateLimited, domain.KindOf(err))
	require.Equal(t, 2, w.sim.Counts().PerMethod["chat.postMessage"], "nothing is repeated inside")
}

func TestACardThatSlackDoesNotShowIsSentAsText(t *testing.T) {
	t.Parallel()
	card := full()
	card.Facts = []desk.Fact{{Label: "L", Value: "V"}}
	m := plainMessage(card)
	require.Empty(t, m.blocks)
	for _, part := range []string{"who inherits the work", "L: V", "contacts: 40 to Eli", "handover approvals approve off:1:apollo:a1", "handover approvals deny off:1:apollo:a1 --reason TEXT", "R-1a2b3c4d"} {
		require.Contains(t, m.text, part)
	}
	var texts []string
	refusing := refusingBlocks(t, &texts)
	w := newWorld(t, func(s *setup) { s.idle = true })
	w.Client = refusing
	_, err := w.Messenger().Post(t.Context(), w.person("eli"), card, "")
	require.NoError(t, err)
	require.Len(t, texts, 1)
	require.Contains(t, texts[0], "handover approvals approve")
	require.NoError(t, w.Messenger().Edit(t.Context(), "D1/1.2", card))
	require.Len(t, texts, 2)
}

func TestTheCommandForEachVerb(t *testing.T) {
	t.Parallel()
	card := desk.Card{About: "t1", Run: "off:1", App: "apollo", Step: "deactivate"}
	for verb, text := range map[desk.Verb]string{
		desk.VerbDone: "handover tasks done t1", desk.VerbConfirm: "handover tasks confirm t1",
		desk.VerbRetry: "handover runs retry-step off:1 --app apollo --step deactivate",
		desk.VerbSkip:  "handover runs skip-step off:1 --app apollo --step deactivate --reason TEXT", desk.VerbPlan: "",
	} {
		require.Equal(t, text, command(card, verb))
	}
}

// refusingBlocks is a Slack that shows text only, and keeps it.
func refusingBlocks(t *testing.T, texts *[]string) *Client {
	t.Helper()
	return answering(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "auth.test"):
			says(200, `{"ok":true,"team_id":"T1"}`)(w, r)
		case strings.Contains(r.URL.Path, "users."):
			says(200, `{"ok":true,"user":{`+member+`,"is_email_confirmed":true,"profile":{"email":"eli@example.com"}}}`)(w, r)
		case len(r.FormValue("blocks")) > 2:
			says(200, `{"ok":false,"error":"invalid_blocks"}`)(w, r)
		default:
			*texts = append(*texts, r.FormValue("text"))
			says(200, `{"ok":true,"channel":"D1","ts":"1.2"}`)(w, r)
		}
	})
}
