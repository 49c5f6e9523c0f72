package browser_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/browser"
)

var testPerson = browser.Seen{Email: "Toni.Tester@example.com", Name: "Toni Tester", Account: "66f1a2b3c4",
	Values: map[string]string{"forward.address": "box@example.com"}}

// export is what Chrome writes, with what it must not keep.
const export = `{"title":"Deactivate Toni Tester","steps":[
 {"type":"setViewport","width":1280,"height":900,"deviceScaleFactor":1,"isMobile":false,"hasTouch":false,"isLandscape":false},
 {"type":"emulateNetworkConditions","download":1,"upload":1,"latency":1},
 {"type":"navigate","url":"https://app.example.com/users?q=toni.tester%40example.com","assertedEvents":[{"type":"navigation","url":"https://app.example.com/users","title":"Toni Tester"}]},
 {"type":"click","target":"main","selectors":[["aria/Menu for Toni Tester"],["#user-toni\\.tester\\@example\\.com > button"],["#row-66f1a2b3c4 button"],
   ["xpath///*[@data-email=\"toni.tester@example.com\"]/button"],["text/Toni Tes"]],"offsetX":3,"offsetY":4},
 {"type":"change","target":"main","selectors":["aria/Forward to"],"value":"box@example.com"},
 {"type":"click","target":"main","selectors":["aria/Deactivate","text/Deactivate"],"offsetX":3,"offsetY":4,
   "assertedEvents":[{"type":"navigation","url":"https://app.example.com/users/66f1a2b3c4","title":""}]}]}`

func TestARecordingBecomesARecipe(t *testing.T) {
	t.Parallel()
	out, notes, err := browser.Import([]byte(export), testPerson)
	require.NoError(t, err)
	text := string(out)
	for _, word := range []string{"toni", "tester", "66f1", "box@"} {
		require.NotContains(t, strings.ToLower(text), word)
	}
	for _, part := range []string{`Menu for {{person.name}}`, `@data-email=\"{{person.email}}\"`, `users?q={{person.email}}`, `users/{{person.account}}`,
		`"value": "{{forward.address}}"`, `Deactivate {{person.name}}`} {
		require.Contains(t, text, part)
	}
	var dropped, todo []string
	for _, n := range notes {
		require.NotContains(t, strings.ToLower(n.What), "toni")
		if n.Todo {
			todo = append(todo, n.What)
		} else {
			dropped = append(dropped, n.What)
		}
	}
	require.Len(t, dropped, 4, "the slowed network and three alternatives: %v", dropped)
	require.NotEmpty(t, todo)
	require.Contains(t, strings.Join(todo, " "), `mark the last click that acts`)

	// What the notes ask for makes it a recipe.
	text = strings.Replace(text, `"aria/Deactivate"`, `"aria/Deactivate[role=\"button\"]"`, 1)
	last := strings.LastIndex(text, `"type": "click"`)
	text = text[:last] + `"type": "waitForElement", "handover": "who", "selectors": ["text/{{person.email}}"]}, ` + already + `, {"handover": "act", ` + text[last:]
	end := strings.LastIndex(text, "]")
	text = text[:end] + `,{"type":"waitForElement","selectors":["text/User deactivated"]}` + text[end:]
	r, err := browser.ParseRecipe([]byte(text))
	require.NoError(t, err)
	require.True(t, r.Acts())
	require.Equal(t, []string{"person.email", "person.name", "forward.address", "person.account"}, r.Params())
}

func TestRecordingsThatAreRefused(t *testing.T) {
	t.Parallel()
	step := func(s string) string {
		return `{"title":"t","steps":[{"type":"navigate","url":"https://app.example.com/"},` + s + `]}`
	}
	for name, c := range map[string]struct{ raw, says string }{
		"a password":        {step(`{"type":"change","selectors":["aria/Password"],"value":"hunter2"}`), "password"},
		"a code":            {step(`{"type":"change","selectors":["#code"],"value":"123456"}`), "password or a code"},
		"a hidden password": {step(`{"type":"change","selectors":["#f2"],"value":"Tr0ub4dor&3"}`), "password"},
		"a file":            {step(`{"type":"change","selectors":["#f"],"value":"C:\\fakepath\\a.csv"}`), "file"},
		"a custom step":     {step(`{"type":"customStep","name":"x","parameters":1}`), "does nothing"},
		"another window":    {step(`{"type":"click","target":"https://pop.example.com/","selectors":["a"],"offsetX":1,"offsetY":1}`), "window"},
		"code":              {step(`{"type":"waitForExpression","expression":"pop.example()"}`), "runs code"},
		"no recording":      {`[]`, "no recording"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, _, err := browser.Import([]byte(c.raw), testPerson)
			require.ErrorContains(t, err, c.says)
			require.Empty(t, out)
			for _, secret := range []string{"hunter2", "123456", "Tr0ub4dor", "fakepath", "pop.example"} {
				require.NotContains(t, err.Error(), secret)
			}
			var found browser.Findings
			require.True(t, errors.As(err, &found))
		})
	}
	_, _, err := browser.Import([]byte(export), browser.Seen{})
	require.ErrorContains(t, err, "with whom")
	twice := testPerson
	twice.Values = map[string]string{"mailbox.address": testPerson.Email}
	out, notes, err := browser.Import([]byte(export), twice)
	require.NoError(t, err)
	require.Contains(t, notes[0].What, "the same text")
	require.Contains(t, string(out), "{{person.email}}")
	require.NotContains(t, string(out), "{{mailbox.address}}")
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(export))
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, _, err := browser.Import(raw, testPerson)
		if err == nil && strings.Contains(strings.ToLower(string(out)), "toni.tester@example.com") {
			t.Fatal("the test person is left in the recipe")
		}
	})
}
