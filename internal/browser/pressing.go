package browser

import (
	"context"
	"slices"

	"github.com/chromedp/cdproto/input"

	"handover/domain"
)

// spot is where the chosen element can be hit.
type spot struct {
	Gone   bool    `json:"gone"`
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	On     bool    `json:"on"`    // it is on top there
	Other  bool    `json:"other"` // another button in it is hit there
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// pressed is what the guard saw of a click.
type pressed struct {
	Blocked string   // the first event that was swallowed, in this page or in one that came
	Passed  []string // those that were let through
}

// press clicks, or hovers over, the one element of a step. What is not certain is
// looked at again until the step's time is over; the click that acts is made once.
func (s *playing) press(ctx context.Context, st *ready) error {
	return s.poll(ctx, func() (bool, string, error) {
		at, missing, err := s.aim(ctx, st)
		if err != nil || missing != "" {
			return false, missing, err
		}
		if st.Type == typeHover {
			return true, "", nil
		}
		if s.dry && st.Handover == tagAct {
			s.done = true
			return true, "", nil
		}
		return s.click(ctx, st, at)
	})
}

// aim finds the element, sees that it may be clicked, and moves the mouse there.
// Everything is looked at anew after the mouse has arrived: pages change under it.
func (s *playing) aim(ctx context.Context, st *ready) (spot, string, error) {
	first, missing, err := s.sighted(ctx, st, true)
	if err != nil || missing != "" {
		return first, missing, err
	}
	if err := s.tab.mouse(ctx, input.DispatchMouseEventTypeMouseMoved, first.X, first.Y, 0); err != nil {
		return first, "", err
	}
	if err := pause(ctx, pollEvery/2); err != nil {
		return first, "", err
	}
	second, missing, err := s.sighted(ctx, st, false)
	switch {
	case err != nil || missing != "":
		return second, missing, err
	case first != second:
		return second, "the element keeps moving", nil
	}
	return second, "", nil
}

// sighted finds the element of a step and where it is. For the click that acts it
// also holds the page to the identity checks and the rule of where they stand.
func (s *playing) sighted(ctx context.Context, st *ready, scroll bool) (spot, string, error) {
	var at spot
	if _, err := s.look(ctx); err != nil {
		return at, "", err
	}
	if err := s.tab.ask(ctx, nil, "forget"); err != nil {
		return at, "", err
	}
	acting := st.Handover == tagAct
	v, err := s.one(ctx, st, func(r *request) { r.Keep, r.Press, r.Enabled = "chosen", st.Type != typeChange, true })
	if err != nil {
		return at, "", err
	}
	if missing := v.words(); missing != "" {
		return at, missing, nil
	}
	if acting && !v.Named {
		return at, "the button was found by its place in the page alone, not by its name: it may have been renamed, or be another; record the recipe again", nil
	}
	if acting {
		if missing, err := s.vouched(ctx, scroll); err != nil || missing != "" {
			return at, missing, err
		}
	}
	if err := s.tab.ask(ctx, &at, "place", scroll); err != nil {
		return at, "", err
	}
	switch {
	case at.Gone:
		return at, "the element is gone again", nil
	case at.Other:
		return at, "in the middle of what the recipe clicks lies another button or link: it is a part of the page and no button", nil
	case !at.On:
		return at, "something lies over the element: a notice or a dialog that was not there when the recipe was recorded", nil
	}
	return at, "", nil
}

// vouched holds the page to every identity check of the recipe, and the button to
// the rules of where it stands and what stands on it.
func (s *playing) vouched(ctx context.Context, scroll bool) (string, error) {
	for i := range s.bound.steps {
		if st := &s.bound.steps[i]; st.Handover == tagWho {
			if missing, err := s.identify(ctx, st, scroll); err != nil || missing != "" {
				return missing, err
			}
		}
	}
	if err := s.tab.seal(ctx); err != nil {
		return "", err
	}
	var code string
	if err := s.tab.ask(ctx, &code, "judge", true, s.bound.own); err != nil || code == "" {
		return "", err
	}
	return scopeWords(code).why, nil
}

// click presses and releases under the guard. Until the guard says otherwise the
// page may have got the press of the click that acts, and every fault says so.
// What the press sets off waits at the door for what the guard saw.
func (s *playing) click(ctx context.Context, st *ready, at spot) (bool, string, error) {
	acting := st.Handover == tagAct
	var code string
	if err := s.tab.ask(ctx, &code, "arm", acting, s.bound.own); err != nil {
		return false, "", err
	}
	if code != "" {
		return false, scopeWords(code).why, nil
	}
	if acting && s.player.beforePress != nil {
		s.player.beforePress()
	}
	if acting {
		s.sent = true
		s.tab.door.hold()
	}
	s.tab.reports.begin()
	boxes := s.tab.dialogs.Load()
	failed := s.strike(ctx, st, at)
	boxed := s.tab.dialogs.Load() > boxes
	saw := s.tab.reports.verdict(ctx)
	if acting {
		s.tab.door.decide(saw.through())
	}
	s.disarm(ctx)
	switch {
	case saw.kept() && acting:
		// What changed at that moment is not looked at again: it may now look right.
		s.sent = false
		return false, "", stop(domain.FaultConflict, "the page changed under the mouse, and the click was held back")
	case saw.kept():
		return false, "the page changed under the mouse, and the click was held back", nil
	case saw.Blocked != "" && !saw.through() && !acting:
		// The element got the press and no click: it is looked at again, and nothing
		// but reading leaves the browser meanwhile.
		return false, "the page changed in the middle of the click, and the rest of it was held back", nil
	case saw.Blocked != "" && !saw.through():
		return false, "", stop(domain.FaultConflict, "the page changed in the middle of the click, and the rest of it was held back")
	case !saw.through() && !boxed:
		return false, "", stop(domain.FaultConflict, "the click did not come to the element: something lies over it that belongs to another page")
	case failed != nil && !boxed:
		return false, "", stop(domain.FaultUnavailable, "the browser did not answer in the middle of the click")
	}
	s.played.Acted = s.played.Acted || acting
	return true, "", nil
}

// disarm ends what arm allowed, where the page is still the same. Where another one
// is on its way there is nothing to end, and no answer.
func (s *playing) disarm(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, reportTime)
	defer cancel()
	_ = s.tab.ask(ctx, nil, "disarm")
}

// through tells that the click itself reached the element, and nothing of it was
// held back before.
func (p pressed) through() bool {
	return slices.Contains(p.Passed, "click")
}

// kept tells that not one event of the click reached the page for which it was
// meant, nor any other: the guard of the page that is there now held back the
// first of them.
func (p pressed) kept() bool {
	return len(p.Passed) == 0 && p.Blocked == "pointerdown"
}

func (s *playing) strike(ctx context.Context, st *ready, at spot) error {
	times := int64(1)
	if st.Type == typeDoubleClick {
		times = 2
	}
	for n := int64(1); n <= times; n++ {
		for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
			if err := s.tab.mouse(ctx, kind, at.X, at.Y, n); err != nil {
				return err
			}
		}
	}
	return nil
}
