package browser

import (
	"context"
	_ "embed" // the probe
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// The parts of the probe, which is one function that gives an object.
var (
	//go:embed probe/head.js
	probeHead string
	//go:embed probe/read.js
	probeRead string
	//go:embed probe/find.js
	probeFind string
	//go:embed probe/guard.js
	probeGuard string
	//go:embed probe/page.js
	probePage string
	//go:embed probe/tail.js
	probeTail string

	probe = probeHead + probeRead + probeFind + probeGuard + probePage + probeTail
)

// worldName is the probe's world. The browser gives the same one to the script that
// is there from a document's beginning and to what asks it later.
const worldName = "handover"

// present makes sure of the probe, wherever it is called.
var present = "(globalThis.handoverProbe ??= (" + probe + ")())"

var (
	errThrown  = errors.New("the page's content could not be read")
	errNoFrame = errors.New("the frame that the recipe names is not there")
)

const (
	startTime = 30 * time.Second // for the browser to come up on a busy machine
	callTime  = 10 * time.Second // for one command
)

// tab is one page of one browser, both of which live for one playing.
type tab struct {
	ctx     context.Context
	close   func()
	frame   cdp.FrameID
	path    []int // of the frame in which the step is played, from the page
	door    *door
	reports *reports
	dialogs atomic.Int32 // boxes of the page's scripts that were dismissed
	windows atomic.Int32 // windows that the page opened
}

// launch starts the browser on a profile. It is driven through a pipe: there is
// no port that somebody else could talk to.
func launch(ctx context.Context, path, profile string, reads []string) (*tab, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(profile),
		chromedp.NoInheritEnv, chromedp.Env(environment(profile)...), chromedp.WindowSize(1280, 900),
		// All frames in one process, so that the guard and the door see them.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,IsolateOrigins,site-per-process,IsolateSandboxedIframes"),
		chromedp.Flag("disable-site-isolation-trials", true),
		chromedp.Flag("disable-popup-blocking", false))
	base, kill := context.WithCancel(context.WithoutCancel(ctx))
	alloc, stopAll := chromedp.NewExecAllocator(base, options...)
	// The first command's context owns the browser: it must not be one that times out.
	own, stop := chromedp.NewContext(alloc)
	t := &tab{ctx: own, close: func() { quit(own); stop(); stopAll(); kill() }}
	started := make(chan error, 1)
	go func() { started <- chromedp.Do(own) }()
	if err := awaited(ctx, started); err != nil {
		// The context's own cancel waits for a process, and there may never have been one.
		kill()
		_ = awaited(context.WithoutCancel(ctx), started) // why it ended is known
		stopAll()
		return nil, err
	}
	t.door, t.reports = newDoor(own, reads), newReports()
	if err := t.listen(); err != nil {
		t.close()
		return nil, err
	}
	if err := t.watch(); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// watch puts the guard into every document from its beginning, before the page's
// own scripts, and the door before the network.
func (t *tab) watch() error {
	if err := t.reports.listen(t.ctx); err != nil {
		return err
	}
	if _, err := chromedp.Call(t.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: present, WorldName: worldName}); err != nil {
		return err
	}
	return t.door.stand()
}

// awaited waits for the browser's start. What it says stays readable.
func awaited(ctx context.Context, started chan error) error {
	limit := time.NewTimer(startTime)
	defer limit.Stop()
	select {
	case err := <-started:
		started <- err
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-limit.C:
		return context.DeadlineExceeded
	}
}

// quit asks the browser to end by itself, so that it writes the session's cookies
// down: a browser that is killed forgets what the app renewed.
func quit(own context.Context) {
	ctx, cancel := context.WithTimeout(own, callTime)
	defer cancel()
	_ = chromedp.Cancel(ctx) // one that does not is killed next
}

// environment is all that the browser gets of ours: none of our variables, which
// hold secrets.
func environment(profile string) []string {
	env := []string{"HOME=" + profile, "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=en_US.UTF-8"}
	if runtime.GOOS == "windows" {
		env = append(env, "LOCALAPPDATA="+profile, "TEMP="+os.TempDir(), "USERPROFILE="+profile)
	}
	return env
}

// listen dismisses dialogs, which would stop the page, and counts windows.
func (t *tab) listen() error {
	t.frame = cdp.FrameID(chromedp.FromContext(t.ctx).Target.TargetID)
	return chromedp.Listen(t.ctx, func(ev any) {
		t.door.event(ev)
		t.reports.event(ev)
		switch ev := ev.(type) {
		case *page.EventJavascriptDialogOpening:
			t.dialogs.Add(1)
			go func() {
				// A page that is gone takes its dialog with it.
				_, _ = chromedp.Call(t.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: false})
			}()
		case *target.EventTargetCreated:
			if ev.TargetInfo.OpenerID != "" {
				t.windows.Add(1)
			}
		}
	})
}

// within bounds a command by the caller's context and by its own time.
func (t *tab) within(ctx context.Context) (context.Context, func()) {
	limited, cancel := context.WithTimeout(t.ctx, callTime)
	stop := context.AfterFunc(ctx, cancel)
	return limited, func() { stop(); cancel() }
}

func do[P, R any](ctx context.Context, t *tab, cmd cdp.Command[P, R], params P) (R, error) {
	limited, cancel := t.within(ctx)
	defer cancel()
	return chromedp.Call(limited, cmd, params)
}

// world is where the probe lives in a frame of the page that is shown now.
func (t *tab) world(ctx context.Context, path []int) (cdpruntime.ExecutionContextID, error) {
	frame := t.frame
	for _, at := range path {
		next, err := t.inner(ctx, frame, at)
		if err != nil {
			return 0, err
		}
		frame = next
	}
	return t.worldOf(ctx, frame)
}

func (t *tab) worldOf(ctx context.Context, frame cdp.FrameID) (cdpruntime.ExecutionContextID, error) {
	r, err := do(ctx, t, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: frame, WorldName: worldName})
	return r.ExecutionContextID, err
}

// inner is a frame in a frame. One of another origin counts as not there.
func (t *tab) inner(ctx context.Context, outer cdp.FrameID, at int) (cdp.FrameID, error) {
	world, err := t.worldOf(ctx, outer)
	if err != nil {
		return "", err
	}
	el, err := t.invoke(ctx, world, "hop", []any{at}, false)
	switch {
	case err != nil:
		return "", err
	case el.ObjectID == "":
		return "", errNoFrame
	}
	r, err := do(ctx, t, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: el.ObjectID})
	switch {
	case err != nil:
		return "", err
	case r.Node == nil || r.Node.FrameID == "":
		return "", errNoFrame
	}
	return r.Node.FrameID, nil
}

// ask calls a function of the probe in the frame of the step and decodes its
// answer into out, which may be nil.
func (t *tab) ask(ctx context.Context, out any, name string, args ...any) error {
	return t.askIn(ctx, t.path, out, name, args...)
}

// askPage asks the page as a whole.
func (t *tab) askPage(ctx context.Context, out any, name string, args ...any) error {
	return t.askIn(ctx, nil, out, name, args...)
}

func (t *tab) askIn(ctx context.Context, path []int, out any, name string, args ...any) error {
	world, err := t.world(ctx, path)
	if err != nil {
		return err
	}
	r, err := t.invoke(ctx, world, name, args, true)
	if err != nil || out == nil || len(r.Value) == 0 {
		return err
	}
	return json.Unmarshal(r.Value, out)
}

// invoke calls a function of the probe. All plain arguments go in one object:
// chromedp leaves out an argument that is empty, as [] is.
func (t *tab) invoke(ctx context.Context, world cdpruntime.ExecutionContextID, name string, args []any, value bool) (*cdpruntime.RemoteObject, error) {
	var objects []*cdpruntime.CallArgument
	plain := []any{}
	for _, a := range args {
		if id, ok := a.(cdpruntime.RemoteObjectID); ok {
			objects = append(objects, &cdpruntime.CallArgument{ObjectID: id})
		} else {
			plain = append(plain, a)
		}
	}
	raw, err := json.Marshal(map[string]any{"args": plain})
	if err != nil {
		return nil, err
	}
	r, err := do(ctx, t, cdpruntime.CallFunctionOn, cdpruntime.CallFunctionOnParams{
		FunctionDeclaration: "function(plain, ...objects) { return " + present + "." + name + "(...plain.args, ...objects) }",
		ExecutionContextID:  world, Arguments: append([]*cdpruntime.CallArgument{{Value: raw}}, objects...), ReturnByValue: &value,
	})
	switch {
	case err != nil:
		return nil, err
	case r.ExceptionDetails != nil:
		// What the page throws may quote what it shows.
		return nil, fmt.Errorf("%w in %s", errThrown, name)
	}
	return r.Result, nil
}

// named finds the elements of a frame by accessible name and role and hands them
// to the probe. Nodes that assistive software does not see are skipped.
func (t *tab) named(ctx context.Context, at int, s selector) error {
	world, err := t.world(ctx, t.path)
	if err != nil {
		return err
	}
	root, err := t.invoke(ctx, world, "root", nil, false)
	if err != nil || root.ObjectID == "" {
		return err
	}
	tree, err := loaded(ctx, t, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: root.ObjectID, AccessibleName: s.Body, Role: s.Role})
	if err != nil {
		return err
	}
	args := []any{at}
	for _, n := range tree.Nodes {
		if n.Ignored || n.BackendDOMNodeID == 0 {
			continue
		}
		r, err := do(ctx, t, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.BackendDOMNodeID, ExecutionContextID: world})
		if err != nil {
			return err
		}
		args = append(args, r.Object.ObjectID)
	}
	return t.ask(ctx, nil, "aria", args...)
}

// loaded asks what the browser answers only when the page has loaded (seen: a
// page with one picture that never ends gives no accessible names). To a page
// that takes longer than half of the time that is left it does what a person does,
// and stops the loading.
func loaded[P, R any](ctx context.Context, t *tab, cmd cdp.Command[P, R], params P) (R, error) {
	half, cancel := ctx, context.CancelFunc(func() {})
	if end, ok := ctx.Deadline(); ok {
		half, cancel = context.WithTimeout(ctx, time.Until(end)/2)
	}
	defer cancel()
	r, err := do(half, t, cmd, params)
	if err == nil || half.Err() == nil || ctx.Err() != nil {
		return r, err
	}
	if _, err := do(ctx, t, page.StopLoading, cdp.Empty{}); err != nil {
		return r, err
	}
	return do(ctx, t, cmd, params)
}

func (t *tab) mouse(ctx context.Context, kind input.DispatchMouseEventType, x, y float64, count int64) error {
	p := input.DispatchMouseEventParams{Type: kind, X: x, Y: y}
	if kind != input.DispatchMouseEventTypeMouseMoved {
		p.Button, p.ClickCount, p.Buttons = input.MouseButtonLeft, count, 1
	}
	_, err := do(ctx, t, input.DispatchMouseEvent, p)
	return err
}
