//go:build e2e

package console_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/browser"
)

// mostKeystrokes bound a reviewer's journey over 50 lines.
const mostKeystrokes = 60

// oneBrowser keeps the journeys from running side by side.
var oneBrowser = make(chan struct{}, 1)

// hands are a person at a keyboard in front of the page.
type hands struct {
	t       *testing.T
	ctx     context.Context
	keys    int // pressed to get on: verdicts, Enter, moving about
	letters int // typed into reasons and emails
}

func (w *world) hands(t *testing.T) *hands {
	t.Helper()
	path, ok := browser.Find()
	if !ok {
		t.Fatal("no Chromium or Chrome on this machine: install one to run these tests")
	}
	oneBrowser <- struct{}{}
	t.Cleanup(func() { <-oneBrowser })
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	base, kill := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	ctx, quit := chromedp.NewContext(base)
	timed, cancel := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(func() { cancel(); quit(); kill() })
	return &hands{t: t, ctx: timed}
}

func (h *hands) open(link string) {
	h.t.Helper()
	require.NoError(h.t, chromedp.Do(h.ctx, chromedp.Navigate(link)))
	h.shows("tr.now")
}

func (h *hands) press(keys ...string) {
	h.t.Helper()
	for _, k := range keys {
		require.NoError(h.t, chromedp.Do(h.ctx, strokes(k)))
		h.keys++
	}
}

func (h *hands) write(text string) {
	h.t.Helper()
	require.NoError(h.t, chromedp.Do(h.ctx, strokes(text)))
	h.letters += len(text)
}

// strokes presses keys as a keyboard does: what a key types comes with its press, so
// that a page that takes the press is not typed into.
func strokes(keys string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for _, r := range keys {
			events := kb.Encode(r)
			down, up := *events[0], *events[len(events)-1]
			if len(events) == 3 {
				down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
			}
			down.Type = input.DispatchKeyEventTypeKeyDown
			for _, e := range []input.DispatchKeyEventParams{down, up} {
				if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, e); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// see reads something off the page.
func (h *hands) see(script string) string {
	h.t.Helper()
	got, err := chromedp.Run(h.ctx, chromedp.Evaluate[string]("String("+script+")"))
	require.NoError(h.t, err)
	return got
}

// waitFor waits while a page may be on its way.
func (h *hands) waitFor(script, want string) {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		got, err := chromedp.Run(h.ctx, chromedp.Evaluate[string]("String("+script+")"))
		return err == nil && got == want
	}, 20*time.Second, 20*time.Millisecond, "%s is not %s", script, want)
}

func (h *hands) shows(selector string) {
	h.t.Helper()
	h.waitFor(`document.querySelector("`+selector+`") !== null`, "true")
}

const (
	current  = `document.querySelector("tr.now").dataset.no`
	progress = `document.getElementById("progress").textContent`
	saving   = `document.querySelectorAll("tr.saving").length`
	noted    = `document.getElementById("note").textContent`
)

// fifty are 50 lines, three of them privileged.
func (w *world) fifty() []domain.ReviewLine {
	var lines []domain.ReviewLine
	for no := 1; no <= 50; no++ {
		l := w.line(no)
		if no == 10 || no == 25 || no == 50 {
			privileged(&l)
		}
		lines = append(lines, l)
	}
	return lines
}

func TestAReviewerDecides50LinesInAFewKeystrokes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.review("2026-Q4", w.fifty()...)
	h := w.hands(t)
	h.open(w.link("eli", r))
	began := time.Now()
	for no := 1; no <= 50; no++ {
		require.Equal(t, fmt.Sprint(no), h.see(current), "each decision moves on to the next line")
		switch no {
		case 10, 25, 50:
			h.press("k")
			h.write("keeps the CRM running")
			h.press(kb.Enter)
		case 7:
			h.press("r")
		case 8:
			h.press("c", "3")
		default:
			h.press("k")
		}
	}
	h.waitFor(progress, "50 of 50 decided")
	h.press("s")
	h.waitFor(`document.activeElement && document.activeElement.id`, "submit")
	require.Equal(t, "48 keep1 change role1 remove", h.see(`document.getElementById("counts").textContent`))
	h.press(kb.Enter)
	h.shows("#used")
	t.Logf("50 lines: %d keystrokes and %d letters of three reasons, %d in all; a robot needed %s", h.keys, h.letters, h.keys+h.letters, time.Since(began).Round(time.Millisecond))
	require.LessOrEqual(t, h.keys, mostKeystrokes)

	lines, err := w.st.ReviewLines(t.Context(), domain.ReviewFilter{Review: r.ID})
	require.NoError(t, err)
	for _, l := range lines {
		want := domain.ReviewKeep
		switch l.No {
		case 7:
			want = domain.ReviewRemove
		case 8:
			want = domain.ReviewChange
		}
		require.Equal(t, want, l.Verdict, "line %d", l.No)
		d := w.history(r.ID, l.No)
		require.Len(t, d, 1, "line %d", l.No)
		require.GreaterOrEqual(t, d[0].Seconds, 0, "the page counts the time on each line")
		require.Equal(t, l.Privileged, d[0].Reason == "keeps the CRM running")
	}
	require.Equal(t, "viewer", lines[7].NewRole)
	require.Empty(t, w.refusals("eli"))
}

func TestTheWholeTeamIsKeptInBulk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.review("2026-Q4", w.fifty()...)
	h := w.hands(t)
	h.open(w.link("eli", r))
	h.press("j", " ", "k") // one alone is a bulk too, and wants its reason
	h.write("x")
	h.press(kb.Escape, "a", "a", "a")
	require.Equal(t, "47", h.see(`document.querySelectorAll("input[name=line]:checked").length`), "never those who may administer")
	h.press("k")
	h.write("all on my team")
	h.press(kb.Enter)
	h.waitFor(progress, "47 of 50 decided")
	for _, no := range []string{"50", "10", "25"} {
		require.Equal(t, no, h.see(current))
		h.press("k")
		h.write("admin on call")
		h.press(kb.Enter)
	}
	h.waitFor(progress, "50 of 50 decided")
	require.True(t, w.history(r.ID, 1)[0].Bulk)
	require.False(t, w.history(r.ID, 10)[0].Bulk)
	require.LessOrEqual(t, h.keys, 20)
}

func TestTheKeyboardDoesTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lines := w.fifty()[:12]
	lines[3].Invited = true
	r := w.review("2026-Q4", lines...)
	h := w.hands(t)
	h.open(w.link("eli", r))
	h.press(kb.ArrowDown, "j", kb.ArrowUp)
	require.Equal(t, "2", h.see(current))
	h.press("r", "u")
	require.Equal(t, "2", h.see(current))
	require.Contains(t, h.see(noted), "Decide again")
	h.press("s")
	h.waitFor(noted, "You took this back: decide it again first.")
	h.press("c", "1")
	h.waitFor(saving, "0")
	require.Equal(t, "change to Admin", h.see(`document.querySelector("#l2 .said").textContent`))
	require.Equal(t, []domain.ReviewVerdict{domain.ReviewRemove, domain.ReviewChange}, []domain.ReviewVerdict{w.history(r.ID, 2)[0].Verdict, w.history(r.ID, 2)[1].Verdict})

	h.press("/")
	h.write("user11")
	require.Equal(t, "1", h.see(`[...document.querySelectorAll("tr[data-no]")].filter(r => !r.hidden).length`))
	h.press(kb.Enter)
	require.Equal(t, "11", h.see(current))
	h.press("x")
	h.write("gil@example.com")
	h.press(kb.Tab)
	h.write("on Gil's team now")
	h.press(kb.Enter)
	h.waitFor(saving, "0")
	require.Equal(t, w.ids["gil"], w.lineNow(r.ID, 11).Reviewer)
	h.press("/")
	h.press(kb.Escape, "?")
	require.Contains(t, h.see(noted), "keep")
	h.press("y")
	require.Contains(t, h.see(noted), "for lines that you confirm")

	h.press("/")
	h.write("user4@")
	h.press(kb.Enter, "c")
	require.Contains(t, h.see(noted), "An invite that nobody accepted is kept or removed")
	h.press("s")
	h.waitFor(noted, "10 lines still wait for you.")
	require.Equal(t, "1", h.see(current))
}

func TestTheSecondPersonAnswersByKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	both := func(l *domain.ReviewLine) { l.Reviewer, l.Second = w.ids["ada"], w.ids["bo"] }
	r := w.review("2026-Q4", w.line(1, both), w.line(2, both))
	b := w.browser()
	b.post(w.link("ada", r), map[string]string{"do": "decide", "v-1": "remove", "v-2": "remove"}, asJSON)
	h := w.hands(t)
	h.open(w.link("bo", r))
	h.press("k")
	require.Contains(t, h.see(noted), "Here you confirm")
	h.press("y", "n")
	h.write("she is on leave")
	h.press(kb.Enter)
	h.waitFor(saving, "0")
	h.waitFor(progress, "2 of 2 decided")
	require.Equal(t, domain.LineDecided, w.lineNow(r.ID, 1).State)
	require.Equal(t, domain.LineOpen, w.lineNow(r.ID, 2).State)
	require.Equal(t, "she is on leave", w.history(r.ID, 2)[1].Reason)
}

func TestARefusedDecisionIsShownOnItsLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.review("2026-Q4", w.line(1), w.line(2))
	h := w.hands(t)
	link := w.link("eli", r)
	h.open(link)
	w.browser().post(link, map[string]string{"do": "reassign", "line": "1", "to": "gil@example.com", "to-why": "his"}, asJSON)
	h.press("k")
	h.waitFor(`document.querySelectorAll("#l1 .refused").length`, "1")
	require.Contains(t, h.see(`document.querySelector("#l1 .refused").textContent`), "no such line lies with you")
	require.Contains(t, h.see(noted), "Not kept")
	require.False(t, strings.Contains(h.see(`document.querySelector("#l1 .said").textContent`), "keep"))
}

func TestNothingIsLostWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.review("2026-Q4", w.fifty()[:5]...)
	h := w.hands(t)
	h.open(w.link("eli", r))
	w.away.Store(true)
	h.press("k", "r", "k")
	h.waitFor(noted+`.includes("sent again in a moment")`, "true")
	require.Empty(t, w.history(r.ID, 1))
	require.Equal(t, "4", h.see(current), "the reviewer goes on meanwhile")
	w.away.Store(false)
	h.press("k")
	h.waitFor(progress, "4 of 5 decided")
	h.waitFor(saving, "0")
	for no, want := range []domain.ReviewVerdict{domain.ReviewKeep, domain.ReviewRemove, domain.ReviewKeep, domain.ReviewKeep} {
		require.Len(t, w.history(r.ID, no+1), 1, "once, though it was sent more often")
		require.Equal(t, want, w.lineNow(r.ID, no+1).Verdict)
	}
}

func TestWhatWaitsOnOtherPagesIsNextToComeUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var lines []domain.ReviewLine
	for no := 1; no <= 203; no++ {
		lines = append(lines, w.line(no))
	}
	r := w.review("2026-Q4", lines...)
	h := w.hands(t)
	h.open(w.link("eli", r))
	h.press("a", "k")
	h.write("all at work")
	h.press(kb.Enter)
	h.waitFor(progress, "200 of 203 decided")
	h.waitFor(noted, "This page is done: press s for what still waits.")
	h.press("s")
	h.waitFor(`location.search + document.querySelectorAll("tr[data-no]").length`, "?only=open3")
	h.shows("tr.now")
	require.Equal(t, "201", h.see(current))
	h.press("k", "k", "k")
	h.waitFor(noted, "Everything is decided: press s to submit.")
	require.Equal(t, "203 of 203 decided", h.see(progress))
}
