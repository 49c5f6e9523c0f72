package browser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"handover/domain"
)

// playing is one recipe on its way through one page.
type playing struct {
	player *Player
	tab    *tab
	bound  *bound
	dry    bool
	at     int  // of the step that is played
	sent   bool // the click that acts may have reached the page
	done   bool // nothing more is to be played
	played domain.Played
}

// run plays the steps in their order. Whatever ends it, the last picture shows
// where.
func (s *playing) run(ctx context.Context) error {
	for i := range s.bound.steps {
		s.at = i
		err := s.step(ctx, &s.bound.steps[i])
		s.picture(ctx, err != nil)
		if err != nil {
			return err
		}
		if s.done {
			return nil
		}
	}
	if s.sent && !s.tab.door.settled(ctx) {
		return s.fault(ctx, stop(domain.FaultUnavailable, "the page says that it worked, and the app has not answered what the click sent"))
	}
	return nil
}

func (s *playing) step(ctx context.Context, st *ready) error {
	limited, cancel := context.WithTimeout(ctx, st.limit)
	defer cancel()
	s.tab.path = st.Frame
	if err := s.kind(limited, st); err != nil {
		return s.fault(ctx, err)
	}
	if s.done || st.expect == "" {
		return nil
	}
	if err := s.arrive(limited, st); err != nil {
		return s.fault(ctx, err)
	}
	return nil
}

func (s *playing) kind(ctx context.Context, st *ready) error {
	switch st.Type {
	case typeViewport:
		_, err := do(ctx, s.tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: int64(*st.Width), Height: int64(*st.Height), DeviceScaleFactor: 1})
		return err
	case typeNavigate:
		return s.navigate(ctx, st)
	case typeClick, typeDoubleClick, typeHover:
		return s.press(ctx, st)
	case typeChange:
		return s.change(ctx, st)
	case typeKeyDown, typeKeyUp:
		return s.key(ctx, st)
	case typeScroll:
		return s.scroll(ctx, st)
	}
	switch st.Handover {
	case tagWho:
		return s.who(ctx, st)
	case tagAlready:
		return s.already(ctx, st)
	default:
		return s.wait(ctx, st)
	}
}

// navigate opens an address and does not wait until the page is idle: some never
// are. The steps that follow wait for what they need.
func (s *playing) navigate(ctx context.Context, st *ready) error {
	r, err := do(ctx, s.tab, page.Navigate, page.NavigateParams{URL: st.url})
	switch {
	case err != nil && ctx.Err() != nil:
		return stop(domain.FaultUnavailable, "the page did not answer in time: see that the app is up and that this machine reaches it")
	case err != nil:
		return err
	case r.IsDownload:
		return stop(domain.FaultConflict, "the address is a file to download and no page: record the recipe again")
	case r.ErrorText != "":
		return stop(domain.FaultUnavailable, "the page cannot be reached: see that the app is up and that this machine reaches it")
	}
	return nil
}

// arrive waits for the address to which a step leads, and sees that it stays there:
// some pages lead elsewhere as soon as they are open.
func (s *playing) arrive(ctx context.Context, st *ready) error {
	times := 0
	return s.poll(ctx, func() (bool, string, error) {
		seen, err := s.look(ctx)
		switch {
		case err != nil:
			return false, "", err
		case same(seen.URL, st.expect, st.keys):
			times++
			return times > 1, "", nil
		case signIn(seen.URL):
			return false, "", stop(domain.FaultUnauthenticated, "the app led to its sign-in page: sign in to the browser profile again (handover recipe sign-in)")
		}
		times = 0
		return false, "the page is not the one that the recipe expects here: the app has changed, or led elsewhere; record the recipe again", nil
	})
}

// poll asks until the answer is yes, a fault, or the step's time is over: then it
// stops with the last thing that was missing. What cannot be asked while one page
// makes way for another is asked again.
func (s *playing) poll(ctx context.Context, ask func() (ok bool, missing string, err error)) error {
	said := "the page could not be read"
	for {
		ok, missing, err := ask()
		if missing != "" {
			said = missing
		}
		if _, form := s.tab.door.kept(); form && err == nil {
			err = scopeWords("sends")
		}
		var halt *stopped
		switch {
		case errors.Is(err, errNoFrame):
			said = sight{}.words()
		case errors.As(err, &halt):
			return halt
		case s.tab.ctx.Err() != nil:
			return stop(domain.FaultUnavailable, "the browser ended in the middle")
		case ok && err == nil:
			return nil
		}
		if late := pause(ctx, pollEvery); late != nil {
			out := stop(domain.FaultConflict, "%s", said)
			out.cause = err
			return out
		}
	}
}

const pollEvery = 100 * time.Millisecond

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// picture keeps what is shown. It is evidence and never worth failing for: after
// the act a failure would say more than is known.
func (s *playing) picture(ctx context.Context, stopped bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	png, err := s.tab.picture(ctx)
	if err != nil {
		s.player.cfg.Log.WarnContext(ctx, "no picture of a recipe's step", "app", s.player.cfg.App, "step", s.at+1)
		return
	}
	what := s.bound.steps[s.at].words()
	if stopped {
		what = "stopped at: " + what
	}
	s.played.Pictures = append(s.played.Pictures, domain.Picture{Step: s.at + 1, What: what, At: s.player.cfg.Now(), PNG: png})
}

// stopped is a reason to stop, before it becomes a fault.
type stopped struct {
	kind  domain.FaultKind
	why   string
	cause error // what the browser said last; it may quote the page
}

func (e *stopped) Error() string { return e.why }

func (e *stopped) Unwrap() error { return e.cause }

func stop(kind domain.FaultKind, why string, args ...any) *stopped {
	return &stopped{kind: kind, why: fmt.Sprintf(why, args...)}
}

// fault says what stopped the recipe, at which step, and whether it may have
// acted. outer is the caller's context.
func (s *playing) fault(outer context.Context, err error) error {
	var why *stopped
	known := errors.As(err, &why)
	switch {
	case outer.Err() != nil:
		why = stop(domain.FaultUnavailable, "it was stopped from outside")
	case !known && s.tab.ctx.Err() != nil:
		why = stop(domain.FaultUnavailable, "the browser ended in the middle")
	case !known:
		why = stop(domain.FaultUnavailable, "the browser did not answer")
	}
	kind, text := why.kind, fmt.Sprintf("step %d of the recipe: %s", s.at+1, why.why)
	if n := s.tab.windows.Load(); n > 0 {
		text += "; the page opened another window, in which nothing is played"
	}
	if n := s.tab.dialogs.Load(); n > 0 {
		text += "; the page asked with a box of its own, which was dismissed"
	}
	if n, _ := s.tab.door.kept(); n > 0 {
		text += fmt.Sprintf("; %d requests of the page that do more than read were held back: what only reads is named in the recipe's handoverReads", n)
	}
	if s.sent {
		kind = domain.FaultUnavailable
		text += "; the click that acts was made, so that it may have happened: read the app before anybody tries again"
	} else {
		text += "; nothing was clicked that acts"
	}
	return s.player.fault(kind, text, err)
}
