package slackapp

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"handover/internal/desk"
	slacksim "handover/internal/sim/slack"
)

func full() desk.Card {
	return desk.Card{Ref: "R-1a2b3c4d", Kind: desk.CardRequest, About: "off:1:apollo:a1", Run: "off:1", App: "apollo", Digest: "v1:abc", Title: "Decide: who inherits the work",
		Lead: "Dana leaves.", Facts: []desk.Fact{{Label: "Who leaves", Value: "Dana"}, {Label: "App", Value: "apollo"}}, Lines: []string{"contacts: 40 to Eli", "deals: 2 to Eli"},
		Why: "You are asked because you are the manager.", Outcome: []string{"Approved by Bo"}, Verbs: []desk.Verb{desk.VerbApprove, desk.VerbDeny, desk.VerbChoose, desk.VerbPlan}}
}

func raw(t *testing.T, m message) string {
	t.Helper()
	b, err := json.Marshal(slack.Blocks{BlockSet: m.blocks})
	require.NoError(t, err)
	return string(b)
}

func TestACardShowsAllOfItself(t *testing.T) {
	t.Parallel()
	m := render(full())
	blocks := raw(t, m)
	for _, part := range []string{"who inherits the work", "Dana leaves.", "Who leaves", "contacts: 40 to Eli", "You are asked because you are the manager.", "Approved by Bo", "R-1a2b3c4d",
		`"handover:approve"`, `"handover:deny"`, `"handover:choose"`, `"handover:plan"`} {
		require.Contains(t, blocks, part)
	}
	require.Equal(t, "R-1a2b3c4d", m.ref)
	require.Contains(t, m.text, "Dana leaves.")
	why := full()
	why.Why = "the policy names you"
	require.Contains(t, raw(t, render(why)), "You are asked because the policy names you")
}

func TestASettledCardHasNoButtons(t *testing.T) {
	t.Parallel()
	card := full()
	card.Settled = true
	require.NotContains(t, raw(t, render(card)), "button")
	require.NotContains(t, plainMessage(card).text, "To answer")
	card.Settled, card.Verbs = false, nil
	require.NotContains(t, raw(t, render(card)), `"actions"`)
}

func TestAButtonCarriesNothingPersonal(t *testing.T) {
	t.Parallel()
	card := full()
	card.Title, card.Lead = "Dana Reyes", "dana@example.com"
	for _, e := range buttons(card) {
		b, ok := e.(*slack.ButtonBlockElement)
		require.True(t, ok)
		require.NotContains(t, strings.ToLower(b.Value), "dana")
		require.True(t, strings.HasPrefix(b.Value, "v1."))
		require.LessOrEqual(t, len(b.Value), maxValue)
	}
}

func TestTextsAreCutByCharactersAndHarmless(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a &amp; b &lt;!channel&gt; &lt;@U1&gt;", escaped("a & b <!channel> <@U1>", 100))
	require.Equal(t, "ééé…", escaped("éééééé", 4))
	require.Equal(t, "🙂🙂…", escaped("🙂🙂🙂🙂", 3))
	require.Equal(t, "🙂🙂🙂🙂", escaped("🙂🙂🙂🙂", 4))
	require.Equal(t, "a…", escaped("a&&&&", 6), "never inside of an escape")
	require.Equal(t, "&amp;…", escaped("&&&&", 6))
	require.Equal(t, "日本…", shortened("日本語です", 3))
	require.Equal(t, "a\nb", bare("  a\n\x00\x1bb\x7f "))
	for _, n := range []int{1, 2, 5, 149, 150, 151, 3000} {
		for _, s := range []string{strings.Repeat("🙂", 4000), strings.Repeat("<", 4000), strings.Repeat("&é", 4000)} {
			require.LessOrEqual(t, utf8.RuneCountInString(escaped(s, n)), n)
			require.True(t, utf8.ValidString(escaped(s, n)))
		}
	}
}

// Whatever stands in a card, Slack takes the message.
func TestTheLargestCardFitsIntoAMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.idle, s.options.Limits = true, slacksim.Limits{Off: true} })
	long := strings.Repeat("<🙂&> ", 1000)
	for name, change := range map[string]func(*desk.Card){
		"long texts":    func(c *desk.Card) { c.Title, c.Lead, c.Why, c.Outcome = long, long, long, []string{long, long} },
		"60 lines":      func(c *desk.Card) { c.Lines = many(60, long) },
		"10,000 lines":  func(c *desk.Card) { c.Lines = many(10000, "line") },
		"1,000 facts":   func(c *desk.Card) { c.Facts = manyFacts(1000, long) },
		"both":          func(c *desk.Card) { c.Facts, c.Lines = manyFacts(600, long), many(600, long) },
		"empty":         func(c *desk.Card) { *c = desk.Card{} },
		"blank":         func(c *desk.Card) { c.Title, c.Lead, c.Facts = " ", "", []desk.Fact{{}} },
		"control bytes": func(c *desk.Card) { c.Title, c.Lead = "a\x00\x1bb", "c\x00d" },
		"all verbs": func(c *desk.Card) {
			c.Verbs, c.Proof = nil, true
			for verb := range labels {
				c.Verbs = append(c.Verbs, verb)
			}
		},
	} {
		card := full()
		change(&card)
		m := render(card)
		require.LessOrEqual(t, len(m.blocks), maxBlocks, name)
		_, err := w.Messenger().Post(t.Context(), w.person("eli"), card, "")
		require.NoError(t, err, name)
		require.NotContains(t, w.log.String(), "not shown as blocks", name)
		require.LessOrEqual(t, utf8.RuneCountInString(plainMessage(card).text), 4000, name)
	}
	sent := w.sim.Messages(w.users["eli"])
	require.Len(t, sent, 9)
}

func TestWhatIsLeftOutIsSaid(t *testing.T) {
	t.Parallel()
	card := full()
	card.Lines = many(500, strings.Repeat("x", 200))
	require.Regexp(t, "and [0-9]+ more: `handover runs show off:1`", raw(t, render(card)))
}

func many(n int, line string) []string {
	var lines []string
	for i := range n {
		lines = append(lines, fmt.Sprintf("%d %s", i, line))
	}
	return lines
}

func manyFacts(n int, value string) []desk.Fact {
	var facts []desk.Fact
	for i := range n {
		facts = append(facts, desk.Fact{Label: fmt.Sprint(i, value), Value: value})
	}
	return facts
}
