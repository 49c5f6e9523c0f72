package slackapp

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/desk"
)

const (
	aButton = `{"type":"block_actions","user":{"id":"U1","team_id":"T1"},"team":{"id":"T1"},"trigger_id":"1.2.x","response_url":"https://hooks.slack.com/actions/x",
		"container":{"type":"message","message_ts":"1700000000.000100","channel_id":"D1"},"channel":{"id":"D1"},
		"actions":[{"type":"button","action_id":"handover:approve","block_id":"verbs","value":"v1.d=v1%3Aabc&r=off%3A1%3Aapollo%3Aa1","action_ts":"1700000001.5"}]}`
	aForm = `{"type":"view_submission","user":{"id":"U1","team_id":"T1"},"team":{"id":"T1"},"trigger_id":"1.2.x",
		"view":{"id":"V1","hash":"1.x","callback_id":"handover:deny","private_metadata":"v1.d=v1%3Aabc&r=a1&c=D1&m=1.2",
		"state":{"values":{"reason":{"input":{"type":"plain_text_input","value":"no"}},"apps":{"input":{"selected_options":[{"value":"b"},{"value":"a"}]}},
		"to":{"input":{"selected_user":"U9"}},"readers":{"input":{"selected_users":["U3","U2"]}},"date":{"input":{"selected_date":"2026-12-18"}},
		"time":{"input":{"selected_time":"17:30"}},"emails":{"input":{"selected_option":{"value":"hold"}}},"none":{"input":{"selected_option":null,"value":null}}}}}}`
)

func TestAnInteractionIsReadForWhatIsNeeded(t *testing.T) {
	t.Parallel()
	b, err := decodeInteraction([]byte(aButton))
	require.NoError(t, err)
	require.Equal(t, desk.VerbApprove, b.Verb)
	require.Equal(t, target{About: "off:1:apollo:a1", Digest: "v1:abc"}, b.Target)
	require.Equal(t, [5]string{"T1", "U1", "D1", "1700000000.000100", "1.2.x"}, [5]string{b.Team, b.User, b.Channel, b.Message, b.trigger})
	f, err := decodeInteraction([]byte(aForm))
	require.NoError(t, err)
	require.Equal(t, map[string][]string{"reason": {"no"}, "apps": {"a", "b"}, "to": {"U9"}, "readers": {"U2", "U3"}, "date": {"2026-12-18"}, "time": {"17:30"}, "emails": {"hold"}}, f.Fields)
	require.Equal(t, "D1", f.Channel)
	require.Equal(t, "1.2", f.Message)
}

func TestTheIDOfAnActIsTheSameOnlyForTheSameAct(t *testing.T) {
	t.Parallel()
	id := func(payload string) string {
		a, err := decodeInteraction([]byte(payload))
		require.NoError(t, err, payload)
		return a.ID
	}
	seen := map[string]string{id(aButton): "", id(aForm): ""}
	for _, c := range [][3]string{
		{aButton, `"id":"U1"`, `"id":"U2"`}, {aButton, "handover:approve", "handover:confirm"}, {aButton, "abc", "abd"},
		{aButton, "1700000001.5", "1700000002.5"}, {aButton, "1700000000.000100", "1700000000.000200"}, {aButton, `"team":{"id":"T1"}`, `"team":{"id":"T2"}`},
		{aForm, `"id":"V1"`, `"id":"V2"`}, {aForm, `"1.x"`, `"2.x"`}, {aForm, `"no"`, `"never"`}, {aForm, "a1", "a2"},
	} {
		changed := id(strings.ReplaceAll(c[0], c[1], c[2]))
		require.NotContains(t, seen, changed, c)
		seen[changed] = c[1]
	}
	again := strings.ReplaceAll(strings.ReplaceAll(aButton, "1.2.x", "9.9.y"), "https://hooks.slack.com/actions/x", "https://hooks.slack.com/actions/y")
	require.Equal(t, id(aButton), id(again), "a repeated delivery has another trigger")
}

func TestWhatIsNoActOfOursIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"block_actions", "block_suggestion"}, {`"id":"U1"`, `"id":""`}, {`"id":"U1"`, `"id":"u1"`}, {`"id":"U1"`, `"id":["U1"]`}, {`"id":"U1"`, `"id":"` + strings.Repeat("U", 65) + `"`},
		{"handover:approve", "handover:explode"}, {"handover:approve", "approve"}, {"handover:approve", "handover:offboard"}, {"handover:approve", "handover:"},
		{`v1.d=`, `v2.d=`}, {`&r=off%3A1%3Aapollo%3Aa1`, ``}, {`&r=off`, `&r=x&r=off`}, {`%3Aabc`, `%zz`}, {`%3Aabc`, `%00`}, {`abc`, strings.Repeat("x", 401)},
		{`"T1"`, `""`}, {"1700000001.5", "now"}, {"1700000000.000100", "x"}, {`"channel_id":"D1"`, `"channel_id":"#ops"`}, {"1.2.x", strings.Repeat("x", 401)},
		{"https://hooks.slack.com/actions/x", strings.Repeat("x", 601)},
	} {
		require.Contains(t, aButton, c[0])
		_, err := decodeInteraction([]byte(strings.ReplaceAll(aButton, c[0], c[1])))
		require.Error(t, err, c)
	}
	for _, c := range [][2]string{
		{"handover:deny", "handover:approve"}, {`"V1"`, `"` + strings.Repeat("V", 65) + `"`}, {`"view":`, `"vieww":`}, {"v1.d", "d"}, {`"no"`, `"` + strings.Repeat("n", 3001) + `"`},
		{`"a1`, `"`}, {"c=D1", "c=x"}, {"m=1.2", "m=x"},
	} {
		_, err := decodeInteraction([]byte(strings.ReplaceAll(aForm, c[0], c[1])))
		if strings.Contains(aForm, c[0]) {
			require.Error(t, err, c)
		}
	}
	two := strings.Replace(aButton, `"actions":[`, `"actions":[{"action_id":"handover:deny","value":"v1.r=x"},`, 1)
	_, err := decodeInteraction([]byte(two))
	require.Error(t, err)
}

func TestAButtonsValueSurvivesTheTrip(t *testing.T) {
	t.Parallel()
	for _, x := range []target{{}, {About: "a"}, {About: "off:x y&z=1:apollo:a1", Digest: "v1:d", Run: "r", App: "apollo", Step: "move/contacts", Proof: true, Kind: desk.CardTask, Channel: "C1", Message: "1.2"}} {
		back, err := decodeTarget(x.encode())
		require.NoError(t, err)
		require.Equal(t, x, back)
	}
	later, err := decodeTarget("v1.r=a&z=from-a-later-version")
	require.NoError(t, err)
	require.Equal(t, target{About: "a"}, later)
}

// Whatever comes, the decoder does not panic, and what it lets through is whole:
// it has a user and a verb that is known, and is the same after it was kept.
func FuzzDecodeInteraction(f *testing.F) {
	for _, seed := range []string{aButton, aForm, `{}`, `null`, `[]`, `{"type":"block_actions"}`, `{"type":"view_submission","view":{}}`,
		strings.ReplaceAll(aForm, "handover:deny", "handover:offboard"), strings.ReplaceAll(aButton, "approve", "plan"), strings.ReplaceAll(aButton, `"team":{"id":"T1"}`, `"team":null,"enterprise":{"id":"E1"}`),
		strings.ReplaceAll(aForm, `"no"`, `"\u0000\ud800 🙂"`), strings.ReplaceAll(aButton, `"user"`, `"User"`)} {
		f.Add([]byte(seed))
	}
	known := slices.Concat(direct, asking, forms)
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := decodeInteraction(raw)
		if err != nil {
			require.Equal(t, act{}, a)
			return
		}
		require.NotEmpty(t, a.User)
		require.True(t, a.Team != "" || a.Enterprise != "")
		require.Contains(t, known, a.Verb)
		require.NotEmpty(t, a.ID)
		body, err := a.encode()
		require.NoError(t, err)
		require.True(t, json.Valid(body))
		kept, err := decodeAct(body)
		require.NoError(t, err)
		again, err := kept.encode()
		require.NoError(t, err)
		require.Equal(t, string(body), string(again))
		back, err := decodeTarget(a.Target.encode())
		require.NoError(t, err)
		require.Equal(t, a.Target, back)
	})
}
