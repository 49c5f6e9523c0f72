//go:build e2e

package browser_test

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/browser"
)

// site is one page that notes what its buttons were pressed for.
type site struct {
	t      *testing.T
	url    string
	mu     sync.Mutex
	posted []string
	delay  time.Duration     // before what was posted is carried out
	asked  func(path string) // told of every visit
	reads  []string          // addresses that only read
	waits  bool              // the play ends with the time of a step
}

// newSite serves a page, at "/", in which OK stands for the form's address. A form
// answers with what was sent.
func newSite(t *testing.T, page string) *site {
	t.Helper()
	needBrowser(t)
	s := &site{t: t}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if s.asked != nil {
			s.asked(r.URL.Path)
		}
		if r.Method == http.MethodPost {
			who := r.FormValue("for")
			select {
			case <-time.After(s.delay):
			case <-r.Context().Done():
				return
			}
			s.mu.Lock()
			s.posted = append(s.posted, who)
			s.mu.Unlock()
			_, _ = fmt.Fprint(w, "<p>Done</p>")
			return
		}
		_, _ = fmt.Fprint(w, "<!doctype html><title>t</title><body>"+page)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *site) acts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posted
}

// play plays the given steps after opening the page.
func (s *site) play(in domain.RecipeInput, steps ...string) (domain.Played, error) {
	s.t.Helper()
	return s.playWith(func(*browser.Player) {}, in, steps...)
}

func (s *site) playWith(change func(*browser.Player), in domain.RecipeInput, steps ...string) (domain.Played, error) {
	s.t.Helper()
	all := []string{`{"type":"navigate","url":"` + s.url + `/"}`}
	whole := strings.Join(steps, "")
	for _, step := range steps {
		if strings.Contains(step, `"act"`) && !strings.Contains(whole, `"already"`) {
			all = append(all, alreadySo)
		}
		all = append(all, step)
	}
	limit := patient
	if s.waits {
		limit = hasty
	}
	raw := bytes.Replace(recipe(all...), []byte(`"steps"`), fmt.Appendf(nil, `"timeout":%d,"steps"`, limit), 1)
	if len(s.reads) > 0 {
		raw = bytes.Replace(raw, []byte(`"steps"`), []byte(`"handoverReads":["`+strings.Join(s.reads, `","`)+`"],"steps"`), 1)
	}
	p := player(s.t, browser.Config{App: "sales", Recipes: map[domain.Capability]browser.Recipe{canTest: parse(s.t, raw)}})
	change(p)
	return p.Play(s.t.Context(), canTest, in)
}

// alreadySo is what none of the pages shows.
const alreadySo = `{"type":"waitForElement","handover":"already","selectors":["text/{{person.email}} has none"]}`

const done = `{"type":"waitForElement","selectors":["text/Done"]}`

var ann = domain.RecipeInput{Email: "ann@example.com", Name: "Ann"}

// button is a form that acts for somebody.
func button(who string) string {
	return `<form method="post" action="/"><input type="hidden" name="for" value="` + who + `"><button>Deactivate</button></form>`
}

func TestWhereTheButtonStands(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ page, says string }{
		"a page of one person":    {`<h1>Ann</h1><p>ann@example.com</p>` + button("ann"), ""},
		"a row":                   {`<table><tr><td>bob@example.com<td><tr><td><span>ann@example.com</span><td>` + button("ann") + `</table>`, ""},
		"a dialog over the list":  {`<p>bob@example.com</p><div role="dialog"><p>ann@example.com</p>` + button("ann") + `</div>`, ""},
		"a shadow root":           {`<p>ann@example.com</p><div id="h"></div><script>h.attachShadow({mode:'open'}).innerHTML='` + button("ann") + `'</script>`, ""},
		"somebody else's row":     {`<table><tr><td><span>ann@example.com</span><td><tr><td>bob@example.com<td>` + button("bob") + `</table>`, "in another row or dialog"},
		"rows without markup":     {`<div><div><span>ann@example.com</span> <b>Deactivated</b></div><div><span>bob@example.com</span>` + button("bob") + `</div></div>`, "does not name the person"},
		"columns beside":          {`<div><div><p>ann@example.com</p><p>bob@example.com</p></div><div>` + button("bob") + `</div></div>`, "names somebody else"},
		"a dialog without a name": {`<p>ann@example.com</p><div role="dialog"><p>Bob?</p>` + button("bob") + `</div>`, "box over the page that does not name"},
		"a person in a dialog":    {`<div role="dialog"><p>ann@example.com</p></div><p>Others</p>` + button("bob"), "another row or dialog"},
		"an address in a field":   {`<p>ann@example.com</p><input value="bob@example.com">` + button("bob"), "names somebody else"},
		"a choice of addresses":   {`<p>ann@example.com</p><select><option>none<option>bob@example.com</select>` + button("ann"), ""},
		"a hidden address":        {`<p>ann@example.com</p><p style="display:none">bob@example.com</p>` + button("ann"), ""},
		"a longer address":        {`<p>joann@example.com</p>` + button("joann"), "does not name the person"},
		"an address that goes on": {`<p>ann@example.com.au</p>` + button("au"), "does not name the person"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, c.page)
			s.waits = c.says != ""
			who := `{"type":"waitForElement","handover":"who","selectors":["xpath///body//*[self::p or self::span][contains(.,\"{{person.email}}\")]"]}`
			act := `{"type":"click","handover":"act","selectors":["aria/Deactivate[role=\"button\"]","pierce/button"],"offsetX":1,"offsetY":1}`
			got, err := s.play(ann, who, act, done)
			if c.says == "" {
				require.NoError(t, err)
				require.True(t, got.Acted)
				require.Equal(t, []string{"ann"}, s.acts())
				return
			}
			require.ErrorContains(t, err, c.says)
			require.Equal(t, domain.FaultConflict, domain.KindOf(err))
			require.Empty(t, s.acts())
		})
	}
}

func TestNamesWithBothQuotes(t *testing.T) {
	t.Parallel()
	const name = `Ann "O'Neil" \ & Söhne`
	in := domain.RecipeInput{Email: "ann@example.com", Name: name, Account: `a b?&#"'é`}
	s := newSite(t, `<p title="Ann &quot;O'Neil&quot; \ &amp; Söhne">Ann "O'Neil" \ &amp; Söhne</p>`)
	got, err := s.play(in,
		`{"type":"navigate","url":"`+s.url+`/users/{{person.account}}?name={{person.name}}","assertedEvents":[{"type":"navigation","url":"`+s.url+`/users/{{person.account}}"}]}`,
		`{"type":"waitForElement","handover":"read","selectors":["[title=\"{{person.name}}\"]","p[title='{{person.name}}']","xpath///p[.='{{person.name}}']",
		"xpath///p[@title=\"{{person.name}}\"]","text/{{person.name}}","pierce/[title='{{person.name}}']"]}`)
	require.NoError(t, err)
	require.Equal(t, []string{name}, got.Read)
}

func TestSecretsAreNotInPictures(t *testing.T) {
	t.Parallel()
	last := func(secret string) []byte {
		s := newSite(t, `<style>input{transition:all 3s}</style><p>Hello</p><input type="password" value="`+secret+`"><input name="otp" value="`+secret+`"><input id="apiToken" value="`+secret+`">
			<input name="pwd" value="`+secret+`"><textarea>`+secret+`</textarea><label>One-time code <input value="`+secret+`"></label><p contenteditable>`+secret+`</p>`)
		got, err := s.play(ann, reads)
		require.Equal(t, domain.FaultUnauthenticated, domain.KindOf(err))
		require.ErrorContains(t, err, "password")
		shot := got.Pictures[len(got.Pictures)-1]
		require.Contains(t, shot.What, "stopped at")
		img, err := png.Decode(bytes.NewReader(shot.PNG))
		require.NoError(t, err)
		require.Greater(t, img.Bounds().Dx(), 500)
		return shot.PNG
	}
	require.Equal(t, last("swordfish"), last("WWWWW"), "what is typed in changes the picture")
}

func TestFields(t *testing.T) {
	t.Parallel()
	page := `<form><label>Reason <input value="old"></label><label>To <select onchange="out.textContent=this.value"><option value="">None<option value="7">box@example.com</select></label>
		<div contenteditable aria-label="Note" role="textbox">x</div></form><p id="out"></p><input id="locked" readonly value="no">`
	s := newSite(t, page)
	change := func(sel, value string) string {
		return `{"type":"change","selectors":["` + sel + `"],"value":"` + value + `"}`
	}
	read := `{"type":"waitForElement","handover":"read","selectors":["form"]}`
	in := domain.RecipeInput{Values: map[string]string{"forward.address": "box@example.com"}}
	got, err := s.play(in, change("aria/Reason", "left on Friday"), change("aria/To", "{{forward.address}}"), change("aria/Note", "{{forward.address}}"),
		`{"type":"waitForElement","selectors":["text/7"]}`, read)
	require.NoError(t, err)
	require.Equal(t, []string{"Reason left on Friday To box@example.com box@example.com"}, got.Read)
	s.waits = true
	_, err = s.play(in, change("aria/Reason", ""), change("#locked", "yes"), read)
	require.ErrorContains(t, err, "step 3")
	require.ErrorContains(t, err, "did not take")
	_, err = s.play(in, change("aria/To", "nobody"), read)
	require.ErrorContains(t, err, "exactly one choice")
}

func TestReading(t *testing.T) {
	t.Parallel()
	s := newSite(t, `<ul><li>a<li>b</ul><ol></ol><p hidden>c</p><script>setInterval(()=>{n.textContent=Math.random()},5)</script><i id=n></i>`)
	read := func(rest string) string { return `{"type":"waitForElement","handover":"read",` + rest + `}` }
	got, err := s.play(ann, read(`"selectors":["ul li","xpath///ul/li"]`), read(`"selectors":["ol li"],"count":0,"operator":"=="`))
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, got.Read)
	s.waits = true
	_, err = s.play(ann, read(`"selectors":["ul li","text/b"]`))
	require.ErrorContains(t, err, "different texts")
	_, err = s.play(ann, read(`"selectors":["#n"]`))
	require.ErrorContains(t, err, "keeps changing")
	s.waits = false
	got, err = s.play(ann, `{"type":"waitForElement","selectors":["p"],"visible":false}`, read(`"selectors":["ul li"],"count":2,"operator":"<="`))
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, got.Read)
}

func TestPagesThatSayNo(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]domain.FaultKind{401: domain.FaultUnauthenticated, 403: domain.FaultForbidden, 404: domain.FaultConflict,
		429: domain.FaultRateLimited, 503: domain.FaultUnavailable} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			needBrowser(t)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", status) }))
			t.Cleanup(server.Close)
			_, err := (&site{t: t, url: server.URL}).play(ann, reads)
			require.Equal(t, want, domain.KindOf(err), err)
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		needBrowser(t)
		server := httptest.NewServer(nil)
		server.Close()
		_, err := (&site{t: t, url: server.URL}).play(ann, reads)
		require.Equal(t, domain.FaultUnavailable, domain.KindOf(err))
		require.ErrorContains(t, err, "cannot be reached")
	})
}

func TestBothShown(t *testing.T) {
	t.Parallel()
	s := newSite(t, `<p>ann@example.com</p><p>ann@example.com is deactivated</p>`+button("ann"))
	s.waits = true
	already := `{"type":"waitForElement","handover":"already","selectors":["text/{{person.email}} is deactivated"]}`
	who := `{"type":"waitForElement","handover":"who","selectors":["text/{{person.email}}"]}`
	act := `{"type":"click","handover":"act","selectors":["aria/Deactivate"],"offsetX":1,"offsetY":1}`
	_, err := s.play(ann, who, already, act, done)
	require.ErrorContains(t, err, "both")
	require.Empty(t, s.acts())
}

func TestSmallSteps(t *testing.T) {
	t.Parallel()
	page := `<style>nav ul{display:none} nav:hover ul{display:block}</style><nav>Menu<ul><li><a href="#x" onclick="log.textContent+=' item'">Item</a></ul></nav>
		<label for="c">Keep</label><input type="checkbox" id="c" onchange="log.textContent+=' checked'">
		<p ondblclick="log.textContent+=' twice'">Twice</p><input id="k" onkeydown="log.textContent+=' '+event.key"><div style="height:3000px"></div>
		<p id="far">Far</p><script>onscroll=()=>{far.dataset.y=scrollY>100}</script><output id="log"></output>`
	s := newSite(t, page)
	click := func(kind, sel string) string {
		return `{"type":"` + kind + `","selectors":["` + sel + `"],"offsetX":1,"offsetY":1}`
	}
	got, err := s.play(ann, click("hover", "nav"), click("click", "aria/Item"), click("click", "text/Keep"), click("doubleClick", "text/Twice"),
		`{"type":"change","selectors":["#k"],"value":"a"}`, `{"type":"keyDown","key":"Escape"}`, `{"type":"keyUp","key":"Escape"}`,
		`{"type":"scroll","selectors":["#far"]}`, `{"type":"waitForElement","selectors":["#far"],"attributes":{"data-y":"true"}}`, `{"type":"scroll","x":0,"y":0}`,
		`{"type":"waitForElement","handover":"read","selectors":["#log"]}`)
	require.NoError(t, err)
	require.Equal(t, []string{"item checked twice Escape"}, got.Read)
}
