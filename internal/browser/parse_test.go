package browser_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/browser"
)

// parts of a small recipe that is right.
const (
	opens   = `{"type":"navigate","url":"https://app.example.com/users"}`
	names   = `{"type":"waitForElement","handover":"who","selectors":["text/{{person.email}}"]}`
	already = `{"type":"waitForElement","handover":"already","selectors":["text/{{person.email}} is deactivated"]}`
	acts    = `{"type":"click","handover":"act","selectors":["aria/Deactivate[role=\"button\"]"],"offsetX":1,"offsetY":1}`
	answers = `{"type":"waitForElement","selectors":["text/User deactivated"]}`
	reads   = `{"type":"waitForElement","handover":"read","selectors":["#seats"]}`
)

func recipe(steps ...string) []byte {
	return []byte(`{"title":"t","steps":[` + strings.Join(steps, ",") + `]}`)
}

func TestDeliveredRecipesAreRight(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "docs", "recipes", "*", "*.json"))
	require.NoError(t, err)
	require.Greater(t, len(files), 4)
	for _, path := range files {
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		r, err := browser.ParseRecipe(raw)
		require.NoError(t, err, path)
		require.Equal(t, !strings.Contains(path, "read-"), r.Acts(), path)
		require.Contains(t, r.Title(), "simulated", path)
	}
}

func TestWhatMakesARecipe(t *testing.T) {
	t.Parallel()
	r, err := browser.ParseRecipe(recipe(opens, names, already, acts, answers))
	require.NoError(t, err)
	require.True(t, r.Acts())
	require.Equal(t, []string{"person.email"}, r.Params())
	require.Regexp(t, `^v1:[0-9a-f]{64}$`, r.Digest())

	var any any
	require.NoError(t, json.Unmarshal(recipe(opens, names, already, acts, answers), &any))
	spaced, err := json.MarshalIndent(any, "", "    ")
	require.NoError(t, err)
	again, err := browser.ParseRecipe(spaced)
	require.NoError(t, err)
	require.Equal(t, r.Digest(), again.Digest(), "white space and order do not count")
	other, err := browser.ParseRecipe(recipe(opens, names, already, acts, strings.Replace(answers, "User", "user", 1)))
	require.NoError(t, err)
	require.NotEqual(t, r.Digest(), other.Digest())

	r, err = browser.ParseRecipe(recipe(opens, reads))
	require.NoError(t, err)
	require.False(t, r.Acts())
}

func TestRecipesThatAreRefused(t *testing.T) {
	t.Parallel()
	with := func(old, now string, step string) string { return strings.Replace(step, old, now, 1) }
	for name, c := range map[string]struct {
		raw  []byte
		says string
	}{
		"nothing":                     {nil, "no recording"},
		"not JSON":                    {[]byte("{"), "no recording"},
		"two files":                   {append(recipe(opens, reads), "{}"...), "something follows"},
		"unknown field of the file":   {[]byte(`{"title":"t","steps":[],"x":1}`), "unknown field"},
		"no title":                    {with2(recipe(opens, reads), `"t"`, `" "`), "no title"},
		"no steps":                    {[]byte(`{"title":"t","steps":[]}`), "no steps"},
		"a timeout beyond 30 s":       {with2(recipe(opens, reads), `"steps"`, `"timeout":30001,"steps"`), "timeout"},
		"unknown field of a step":     {recipe(opens, with(`"handover"`, `"handovr"`, acts)), `unknown field "handovr"`},
		"unknown type":                {recipe(opens, `{"type":"swipe"}`, reads), "not known"},
		"custom step":                 {recipe(opens, `{"type":"customStep","name":"x","parameters":{}}`, reads), "custom step"},
		"code":                        {recipe(opens, `{"type":"waitForExpression","expression":"1"}`, reads), "runs code"},
		"another target":              {recipe(opens, with(`"handover"`, `"target":"https://x.example.com/","handover"`, reads)), "target"},
		"two acts":                    {recipe(opens, names, acts, acts, answers), "more than one step"},
		"no marks":                    {recipe(opens, answers), "no step is marked"},
		"act and read":                {recipe(opens, names, acts, answers, reads), "make two recipes"},
		"no navigation":               {recipe(names, acts, answers), "does not navigate"},
		"no identity":                 {recipe(opens, acts, answers), "the page must name the person"},
		"identity by name":            {recipe(opens, with("email", "name", names), acts, answers), "the page must name the person"},
		"identity without parameter":  {recipe(opens, with("{{person.email}}", "Users", names), acts, answers), "true of anybody"},
		"identity in another frame":   {recipe(opens, with(`"handover"`, `"frame":[0],"handover"`, names), acts, answers), "another frame"},
		"identity after the act":      {recipe(opens, names, acts, names, answers), "after the act"},
		"one way without parameter":   {recipe(opens, with(`["text/{{person.email}}"]`, `["text/{{person.email}}","h1"]`, names), acts, answers), "alternative 2"},
		"identity that counts":        {recipe(opens, with(`"handover"`, `"count":2,"handover"`, names), acts, answers), "one visible element"},
		"nothing says already":        {recipe(opens, names, acts, answers), "could undo the first"},
		"already by name":             {recipe(opens, names, with("email", "name", already), acts, answers), "a name is somebody else's too"},
		"act by a role":               {recipe(opens, names, already, with("aria/Deactivate", "aria/", acts), answers), "known by its place"},
		"reads with a parameter":      {with2(recipe(opens, reads), `"steps"`, `"handoverReads":["https://app.example.com/{{person.email}}"],"steps"`), "handoverReads"},
		"reads over http":             {with2(recipe(opens, reads), `"steps"`, `"handoverReads":["http://app.example.com/"],"steps"`), "not https"},
		"no answer":                   {recipe(opens, names, acts), "nothing waits for the page's answer"},
		"answer that is no sight":     {recipe(opens, names, acts, with(`"selectors"`, `"visible":false,"selectors"`, answers)), "nothing waits"},
		"a click after the act":       {recipe(opens, names, acts, answers, with(`"handover":"act",`, "", acts)), "the act is the last click"},
		"act by place":                {recipe(opens, names, with(`aria/Deactivate[role=\"button\"]`, `#b > button`, acts), answers), "known by its place"},
		"act by a key":                {recipe(opens, names, `{"type":"keyDown","handover":"act","key":"Enter"}`, answers), "only a click acts"},
		"Enter":                       {recipe(opens, `{"type":"keyDown","key":"Enter"}`, reads), "pressing Enter"},
		"space bar":                   {recipe(opens, `{"type":"keyUp","key":" "}`, reads), "only moving keys"},
		"a password":                  {recipe(opens, `{"type":"change","selectors":["aria/Password"],"value":"hunter2"}`, reads), "password"},
		"a secret":                    {recipe(opens, `{"type":"change","selectors":["#x"],"value":"Tr0ub4dor&3"}`, reads), "password"},
		"a line break":                {recipe(opens, `{"type":"change","selectors":["#x"],"value":"a\nb"}`, reads), "press Enter"},
		"a file":                      {recipe(opens, `{"type":"change","selectors":["#x"],"value":"C:\\fakepath\\x"}`, reads), "file"},
		"unknown mark":                {recipe(opens, with(`"read"`, `"reed"`, reads)), "none of act"},
		"marks on a click":            {recipe(opens, with(`"act"`, `"who"`, acts), reads), "only a waitForElement"},
		"already in a reading recipe": {recipe(opens, with(`"who"`, `"already"`, names), reads), "needs no already"},
		"already at the end":          {recipe(opens, names, acts, with(`"who"`, `"already"`, names), answers), "after the act"},
		"http":                        {recipe(with("https", "http", opens), reads), "not https"},
		"a user in the address":       {recipe(with("app.", "a:b@app.", opens), reads), "whole one"},
		"a parameter as host":         {recipe(with("app.example.com", "{{person.name}}", opens), reads), "host"},
		"a script as address":         {recipe(`{"type":"navigate","url":"javascript:alert(1)"}`, reads), "whole one"},
		"bad braces":                  {recipe(opens, with("{{person.email}}", "{{Person Email}}", names), acts, answers), "small letters"},
		"parameter outside of quotes": {recipe(opens, with("text/{{person.email}}", "#u-{{person.email}}", names), acts, answers), "outside of quotes"},
		"the same in XPath":           {recipe(opens, with("text/{{person.email}}", "xpath///a[.={{person.email}}]", names), acts, answers), "outside of quotes"},
		"a quote that is open":        {recipe(opens, with("text/{{person.email}}", "[a='{{person.email}}]", names), acts, answers), "outside of quotes"},
		"aria in a chain":             {recipe(opens, with(`"#seats"`, `["aria/X","aria/Y"]`, reads)), "inside a chain"},
		"an empty selector":           {recipe(opens, with("#seats", "text/", reads)), "empty"},
		"no selectors":                {recipe(opens, with(`["#seats"]`, `[]`, reads)), "no selectors"},
		"second mouse button":         {recipe(opens, `{"type":"click","button":"secondary","selectors":["#x"],"offsetX":1,"offsetY":1}`, reads), "another button"},
		"properties":                  {recipe(opens, with(`"handover"`, `"properties":{"a":1},"handover"`, reads)), "properties"},
		"an odd operator":             {recipe(opens, with(`"handover"`, `"operator":"!=","handover"`, reads)), "operator"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := browser.ParseRecipe(c.raw)
			require.ErrorContains(t, err, c.says)
			var found browser.Findings
			require.True(t, errors.As(err, &found))
			for _, secret := range []string{"hunter2", "Tr0ub4dor"} {
				require.NotContains(t, err.Error(), secret)
			}
		})
	}
	_, err := browser.ParseRecipe(recipe(opens, acts))
	require.ErrorContains(t, err, "nothing waits", "all findings come at once")
	require.ErrorContains(t, err, "must name the person")
}

func with2(raw []byte, old, now string) []byte {
	return []byte(strings.Replace(string(raw), old, now, 1))
}

func FuzzParseRecipe(f *testing.F) {
	f.Add(recipe(opens, names, already, acts, answers))
	f.Add(recipe(opens, reads))
	f.Add([]byte(export))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := browser.ParseRecipe(raw)
		if err != nil {
			return
		}
		if r.Digest() == "" || r.Title() == "" {
			t.Fatal("a recipe without digest or title was taken")
		}
		again, err := browser.ParseRecipe(raw)
		if err != nil || again.Digest() != r.Digest() {
			t.Fatal("the same file is read in two ways")
		}
	})
}
