//go:build e2e

package browser_test

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/browser"
)

// Identity checks and acts as recipes have them.
const (
	whoHolds = `{"type":"waitForElement","handover":"who","selectors":["xpath///body//*[self::p or self::span][contains(.,\"{{person.email}}\")]"]}`
	whoIs    = `{"type":"waitForElement","handover":"who","selectors":["text/{{person.email}}"]}`
	actNamed = `{"type":"click","handover":"act","selectors":["aria/Deactivate[role=\"button\"]","text/Deactivate"],"offsetX":1,"offsetY":1}`
	actText  = `{"type":"click","handover":"act","selectors":["text/Deactivate"],"offsetX":1,"offsetY":1}`
	actAria  = `{"type":"click","handover":"act","selectors":["aria/Deactivate"],"offsetX":1,"offsetY":1}`
)

// bobs is a button for somebody else, in what a page shows around it.
func bobs(around string) string { return `<div>` + around + button("bob") + `</div>` }

// deletes is another act for the right person.
func deletes(label, button string) string {
	return `<form method="post" action="/"><input type="hidden" name="for" value="DELETE ann"><button ` + label + `>` + button + `</button></form>`
}

// wrong are pages on which the button is the wrong one, or cannot be told to be the
// right one: how they look, how the recipe goes about them, and what is told.
var wrong = map[string]struct {
	page     string
	who, act string
	says     string
}{
	// What a person sees and a page's tree hides.
	"an address without a box of its own": {`<p>ann@example.com</p>` + bobs(`<div style="display:contents"><b>bob@example.com</b></div>`), whoIs, actNamed, "names somebody else"},
	"an address in a slot": {`<p>ann@example.com</p><x-row><b>bob@example.com</b>` + button("bob") + `</x-row>
		<script>customElements.define('x-row',class extends HTMLElement{constructor(){super();this.attachShadow({mode:'open'}).innerHTML='<div><slot></slot></div>'}})</script>`, whoIs, actNamed, "names somebody else"},
	"a shown address in a hidden part":   {`<p>ann@example.com</p>` + bobs(`<div style="visibility:hidden"><b style="visibility:visible">bob@example.com</b></div>`), whoIs, actNamed, "names somebody else"},
	"an address drawn by a style":        {`<style>.m::before{content:attr(data-m)}</style><p>ann@example.com</p>` + bobs(`<b class="m" data-m="bob@example.com"></b>`), whoIs, actNamed, "names somebody else"},
	"a closed shadow root":               {`<p>ann@example.com</p>` + bobs(`<span id="h"></span>`) + `<script>h.attachShadow({mode:'closed'}).innerHTML='<i>bob@example.com</i>'</script>`, whoIs, actNamed, "cannot be read"},
	"an address in a frame":              {`<p>ann@example.com</p>` + bobs(`<iframe srcdoc="bob@example.com"></iframe>`), whoIs, actNamed, "names somebody else"},
	"a frame of nobody's":                {`<p>ann@example.com</p>` + bobs(`<iframe sandbox srcdoc="bob@example.com"></iframe>`), whoIs, actNamed, "cannot be read"},
	"an address with invisible letters":  {`<p>ann@example.com</p>` + bobs(`<b>bob@&#8203;example.com</b>`), whoIs, actNamed, "names somebody else"},
	"an address with a soft hyphen":      {`<p>jo&shy;ann@example.com</p>` + button("joann"), whoHolds, actNamed, "does not name the person"},
	"letters that few addresses have":    {`<p>jo=ann@example.com</p>` + button("jo=ann"), whoHolds, actNamed, "does not name the person"},
	"a cut address":                      {`<p>ann@example.com</p>` + bobs(`<b>bob.longname@exam…</b>`), whoIs, actNamed, "names somebody else"},
	"an address cut before its end":      {`<p>ann@example.com</p>` + bobs(`<b>bob@…</b>`), whoIs, actNamed, "cannot be read"},
	"an address in two lines":            {`<p>ann@example.com</p>` + bobs(`<b><i style="display:block">bob</i><i style="display:block">@example.com</i></b>`), whoIs, actNamed, "cannot be read"},
	"an address without a dot":           {`<p>ann@example.com</p>` + bobs(`<b>bob@corp</b>`), whoIs, actNamed, "names somebody else"},
	"an address from right to left":      {`<p>ann@example.com</p>` + bobs(`<bdo dir=rtl>moc.elpmaxe@bob</bdo>`), whoIs, actNamed, "names somebody else"},
	"an address in wide letters":         {`<p>ann@example.com</p>` + bobs(`<b>bob＠example.com</b>`), whoIs, actNamed, "names somebody else"},
	"an address of two elements":         {`<p style="display:flex"><i>jo</i><span>ann@example.com</span></p>` + button("joann"), whoHolds, actNamed, "does not name the person"},
	"another address in a field of ours": {`<input id="q" value="x"><p>ann@example.com</p>` + bobs(`<input value="bob@example.com">`), whoIs, actNamed, "names somebody else"},

	// What is no sign of the person.
	"a search box":        {`<input id="q" value="ann@example.com">` + bobs(`Bob Ray`), `{"type":"waitForElement","handover":"who","selectors":["text/{{person.email}}"]}`, actNamed, "does not name the person"},
	"an editable text":    {`<p contenteditable>ann@example.com</p>` + button("bob"), whoIs, actNamed, "does not name the person"},
	"an echo of a search": {`<p>No results for ann@example.com. Last viewed:</p>` + bobs(`Bob Ray`), whoHolds, actNamed, "in a sentence only"},
	"out of sight":        {`<p style="position:absolute;left:-9999px">ann@example.com</p><h1>Bob Ray</h1>` + button("bob"), whoIs, actNamed, "does not name the person"},
	"under something":     {`<p>ann@example.com</p><div style="position:absolute;top:0;left:0;width:100%;height:60px;background:#fff">Bob Ray</div><div style="height:90px"></div>` + button("bob"), whoIs, actNamed, "something lies over it"},

	// Rows that are not marked as rows.
	"a box over the page":    {`<p>ann@example.com</p><div style="position:fixed;inset:20%;background:#eee">Deactivate Bob Ray?` + button("bob") + `</div>`, whoIs, actNamed, "does not name the person"},
	"rows by name":           {`<p>ann@example.com</p><h2>Team</h2>` + bobs(`<b>Bob Ray</b>`) + `<div><b>Cy Moe</b></div>`, whoIs, actNamed, "does not name the person"},
	"a menu of another part": {`<p>ann@example.com</p><div role="menu" aria-label="Bob Ray">` + button("bob") + `</div>`, whoIs, actNamed, "does not name the person"},
	"a form that speaks":     {`<p>ann@example.com</p><form method="post" action="/">Bob Ray<input type="hidden" name="for" value="bob"><button>Deactivate</button></form>`, whoIs, actNamed, "does not name the person"},

	// Buttons that are not what they seem.
	"a part of the page that is called so": {`<p>ann@example.com</p><section aria-label="Deactivate" style="width:600px;text-align:center">` + deletes("", "Delete") + `</section>`, whoIs, actAria, "is not what the recipe calls it by"},
	"another button in the middle":         {`<div style="width:600px;text-align:center" onclick="1"><p>ann@example.com</p><span>Deactivate</span>` + deletes("", "Delete") + `</div>`, whoIs, actText, "is not what the recipe calls it by"},
	"a link in the middle":                 {`<p>ann@example.com</p><div role="button" style="width:90px">Deactivate<a href="/x" style="position:absolute;margin-left:-60px;opacity:.01;width:60px;height:20px"></a></div>`, whoIs, actNamed, "other buttons in it"},
	"a name that only machines hear":       {`<p>ann@example.com</p>` + deletes(`aria-label="Deactivate"`, "Delete account for ever"), whoIs, actAria, "is not what the recipe calls it by"},
	"a name too small to see":              {`<style>.d::before{content:"Delete"}</style><p>ann@example.com</p>` + deletes("", `<span style="font-size:0">Deactivate</span><i class="d"></i>`), whoIs, actText, "was not found"},
	"a label of another row's box": {`<script>function go(w){let f=document.createElement('form');f.method='post';f.innerHTML='<input name=for value='+w+'>';document.body.append(f);f.submit()}</script>
		<table><tr><td>Bob<td><input type=checkbox id=c onchange="go('bob')"><label for=c>Switch</label><tr><td><span>ann@example.com</span><td><input type=checkbox id=c onchange="go('ann')"><label for=c>Deactivate</label></table>`, whoHolds, actText, "in another part of the page"},
	"a button of another row's form": {`<table><tr><td>Bob<td><form id=fb method=post action="/"><input type=hidden name=for value=bob></form><tr><td><span>ann@example.com</span><td><button form=fb>Deactivate</button></table>`, whoIs, actNamed, "in another part of the page"},

	// Pages that act by themselves.
	"renamed by the press":  {`<p>ann@example.com</p>` + button("ann") + `<script>document.querySelector('button').addEventListener('pointerdown',e=>{e.target.textContent='Delete for ever';document.querySelector('input').value='DELETE ann'})</script>`, whoIs, actNamed, "in the middle of the click"},
	"another form by press": {`<p>ann@example.com</p>` + button("ann") + `<script>document.querySelector('button').addEventListener('mousedown',e=>{document.querySelector('input').value='bob'})</script>`, whoIs, actNamed, "in the middle of the click"},
	"somebody else by press": {`<p id=w>ann@example.com</p><button type=button>Deactivate</button>
		<script>let who='ann';addEventListener('pointerdown',()=>{who='bob';w.textContent='bob@example.com'},true);addEventListener('click',()=>{navigator.sendBeacon('/',new URLSearchParams({for:who}))},true)</script>`, whoIs, actNamed, "in the middle of the click"},
	"sent with the press":           {`<p id=w>ann@example.com</p><button type=button>Deactivate</button><script>addEventListener('pointerdown',()=>{navigator.sendBeacon('/',new URLSearchParams({for:'bob'}));w.remove()},true)</script>`, whoIs, actNamed, "in the middle of the click"},
	"sent before the act":           {`<p>joann@example.com</p>` + button("bob") + `<script>for (const how of ['fetch','beacon','keepalive']) { const b=new URLSearchParams({for:'bob'}); how=='beacon' ? navigator.sendBeacon('/',b) : fetch('/',{method:'POST',body:b,keepalive:how=='keepalive'}) }</script>`, whoIs, actNamed, "do more than read were held back"},
	"a page that wrote itself anew": {`<script>onload=()=>{const h='<p>ann@example.com</p>'+` + "`" + button("ann") + "`" + `;document.open();document.write(h);document.close()}</script>`, whoIs, actNamed, "wrote itself anew"},
}

func TestPagesOnWhichTheClickWouldBeWrong(t *testing.T) {
	t.Parallel()
	for name, c := range wrong {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, c.page)
			s.waits = true
			got, err := s.play(ann, c.who, c.act, done)
			require.ErrorContains(t, err, c.says)
			require.False(t, got.Acted)
			require.Empty(t, s.acts(), "a wrong click")
		})
	}
}

// What the recipe gives to a colleague makes that colleague's row nobody's.
func TestTheColleaguesRow(t *testing.T) {
	t.Parallel()
	s := newSite(t, `<input id="f"><div><div><p>ann@example.com</p> <b>Deactivated</b></div><div><b>eli@example.com</b>`+button("eli")+`</div></div>`)
	s.waits = true
	in := domain.RecipeInput{Email: ann.Email, Name: ann.Name, Values: map[string]string{"forward.address": "eli@example.com"}}
	_, err := s.play(in, `{"type":"change","selectors":["#f"],"value":"{{forward.address}}"}`, whoIs, actNamed, done)
	require.ErrorContains(t, err, "does not name the person")
	require.Empty(t, s.acts())
}

// TestAPageThatChangesBeforeThePress has the page do what it can in the moment
// between the last look and the press, which is made as long as it needs.
func TestAPageThatChangesBeforeThePress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ change, says string }{
		// The browser may also drop what it gets while one page makes way for another.
		"another page":         {`location.href='/bob'`, "click"},
		"another name":         {`document.querySelector('button').textContent='Delete for ever'`, "changed under the mouse"},
		"another form's value": {`document.querySelector('input').value='bob'`, "changed under the mouse"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := make(chan struct{})
			s := newSite(t, `<p id="who">ann@example.com</p>`+button("ann")+`<script>
				if (location.pathname=='/bob') { who.textContent='bob@example.com'; document.querySelector('input').value='bob' }
				else document.querySelector('button').onpointerenter=()=>setTimeout(()=>{`+c.change+`;setTimeout(()=>fetch('/changed'),300)},2500)</script>`)
			s.asked = func(path string) {
				if path == "/changed" || path == "/bob" {
					once(changed)
				}
			}
			got, err := s.playWith(func(p *browser.Player) { p.BeforePress(func() { <-changed }) }, ann, whoIs, actNamed, done)
			require.ErrorContains(t, err, c.says)
			require.False(t, got.Acted)
			require.Empty(t, s.acts())
		})
	}
}

func once(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// TestStepsThatActUnseen plays recipes whose steps before the act, or beside any,
// would do more than read.
func TestStepsThatActUnseen(t *testing.T) {
	t.Parallel()
	s := newSite(t, `<p>joe@example.com</p>`+button("joe"))
	s.waits = true
	_, err := s.play(domain.RecipeInput{Dry: true}, `{"type":"click","selectors":["form button"],"offsetX":1,"offsetY":1}`, `{"type":"waitForElement","handover":"read","selectors":["h6"]}`)
	require.ErrorContains(t, err, "about to send a form before the click that acts")
	require.Empty(t, s.acts())

	s = newSite(t, `<a href="#x" onclick="f.submit()">Open</a><form id="f" method="post" action="/"><input name="for" value="joe"></form>`)
	_, err = s.play(ann, `{"type":"click","selectors":["text/Open"],"offsetX":1,"offsetY":1}`, `{"type":"waitForElement","handover":"read","selectors":["h6"]}`)
	require.ErrorContains(t, err, "about to send a form before the click that acts")
	require.Empty(t, s.acts())

	s = newSite(t, `<p id="o">wait</p><script>fetch('/',{method:'POST',body:new URLSearchParams({for:'search'})}).then(()=>{o.textContent='Found'},()=>{o.textContent='Not'})</script>`)
	found := `{"type":"waitForElement","handover":"read","selectors":["text/Found"]}`
	s.waits = true
	_, err = s.play(ann, found)
	require.ErrorContains(t, err, "handoverReads")
	require.Empty(t, s.acts())
	s.waits = false
	s.reads = []string{s.url + "/"}
	got, err := s.play(ann, found)
	require.NoError(t, err)
	require.Equal(t, []string{"Found"}, got.Read)
}

// TestAnAnswerThatTakesLonger has a page say that it worked while the request is
// still on its way.
func TestAnAnswerThatTakesLonger(t *testing.T) {
	t.Parallel()
	s := newSite(t, `<p>ann@example.com</p><button onclick="fetch('/',{method:'POST',body:new URLSearchParams({for:'ann'})});o.textContent='Done'">Deactivate</button><p id=o></p>`)
	s.delay = 1500 * time.Millisecond
	got, err := s.play(ann, whoIs, actNamed, done)
	require.NoError(t, err)
	require.True(t, got.Acted)
	require.Equal(t, []string{"ann"}, s.acts(), "the browser's end took the request with it")
}

func TestAlreadyOfSomebodyElse(t *testing.T) {
	t.Parallel()
	s := newSite(t, `<table><tr><td>Ann<td>ann.other@example.com<td>Deactivated<tr><td>Ann<td><span>ann@example.com</span><td></table>`)
	s.waits = true
	already := `{"type":"waitForElement","handover":"already","selectors":["xpath///table[contains(.,\"{{person.email}}\")]//td[.=\"Deactivated\"]"]}`
	got, err := s.play(ann, whoIs, already, actNamed, done)
	require.ErrorContains(t, err, "not surely about the person")
	require.False(t, got.Already)
}

func TestTheAddressBehindThePath(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][2]string{"fragment": {"/#/users/{{person.account}}", "/#/users/u-bob"}, "query": {"/?id={{person.account}}", "/?id=u-bob"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, `<p>Bob</p><script>(onhashchange=()=>{if(location.href.includes('u-ann'))location.replace('`+c[1]+`')})()</script>`)
			s.waits = true
			_, err := s.play(domain.RecipeInput{Email: ann.Email, Account: "u-ann"}, `{"type":"navigate","url":"`+s.url+c[0]+`"}`, `{"type":"waitForElement","handover":"read","selectors":["text/Bob"]}`)
			require.ErrorContains(t, err, "not the one that the recipe expects")
		})
	}
}

func TestAProfileThatAnotherMachineLeft(t *testing.T) {
	t.Parallel()
	s := newSite(t, `<p>Hello</p>`)
	dir := t.TempDir()
	require.NoError(t, chmod(dir))
	require.NoError(t, os.Symlink("oldcontainer-17", filepath.Join(dir, "SingletonLock")))
	r := parse(t, recipe(`{"type":"navigate","url":"`+s.url+`/"}`, `{"type":"waitForElement","handover":"read","selectors":["p"]}`))
	p := player(t, browser.Config{App: "sales", Profile: dir, Recipes: map[domain.Capability]browser.Recipe{canTest: r}})
	_, err := p.Play(t.Context(), canTest, ann)
	require.NoError(t, err)
}

// TestWaysAroundTheDoor has a page try every way out of the browser that is not a
// reading request, before any click.
func TestWaysAroundTheDoor(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"a worker":          `new Worker(URL.createObjectURL(new Blob(["fetch('"+location.origin+"/',{method:'POST',body:new URLSearchParams({for:'worker'})})"])))`,
		"a shared worker":   `new SharedWorker(URL.createObjectURL(new Blob(["fetch('"+location.origin+"/',{method:'POST',body:new URLSearchParams({for:'shared'})})"])))`,
		"a socket":          `new WebSocket(location.origin.replace('http','ws')+'/socket')`,
		"a hidden frame":    `document.body.insertAdjacentHTML('beforeend','<iframe name=i></iframe><form id=f target=i method=post action="/"><input name=for value=frame></form>');f.submit()`,
		"a foreign frame":   `document.body.insertAdjacentHTML('beforeend','<iframe sandbox="allow-scripts allow-forms" srcdoc="<form method=post action='+location.origin+'/><input name=for value=foreign></form><script>document.forms[0].submit()<'+'/script>"></iframe>')`,
		"another host":      `document.body.insertAdjacentHTML('beforeend','<iframe src="'+location.origin.replace('127.0.0.1','localhost')+'/inner"></iframe>')`,
		"a link that pings": `document.body.insertAdjacentHTML('beforeend','<a id=a href="#x" ping="/">x</a>');a.click()`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, `<p>Hello</p><script>if(location.pathname=='/inner')fetch('/',{method:'POST',body:new URLSearchParams({for:'inner'})});else onload=()=>{`+script+`;setTimeout(()=>{document.querySelector('p').textContent='Later'},700)}</script>`)
			var sockets atomic.Int32
			s.asked = func(path string) {
				if path == "/socket" {
					sockets.Add(1)
				}
			}
			_, _ = s.play(ann, `{"type":"waitForElement","handover":"read","selectors":["text/Later"]}`) // some end it, some do not
			require.Empty(t, s.acts())
			require.Zero(t, sockets.Load())
		})
	}
}
