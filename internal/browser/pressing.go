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
	On     bool    `json:"on"` // it is on top there
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// pressed is what the guard saw of a click.
type pressed struct {
	Armed   bool     `json:"armed"`
	Blocked string   `json:"blocked"` // the first event that was swallowed
	Passed  []string `json:"passed"`
}

// press clicks, or hovers over, the one element of a step. What is not certain is
// looked at again until the step's time is over; a click is tried again only while
// none of its events has reached the page.
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
		if missing, err := s.vouched(ctx); err != nil || missing != "" {
			return at, missing, err
		}
	}
	if err := s.tab.ask(ctx, &at, "place", scroll); err != nil {
		return at, "", err
	}
	switch {
	case at.Gone:
		return at, "the element is gone again", nil
	case !at.On:
		return at, "something lies over the element: a notice or a dialog that was not there when the recipe was recorded", nil
	}
	return at, "", nil
}

// vouched holds the page to every identity check of the recipe.
func (s *playing) vouched(ctx context.Context) (string, error) {
	for i := range s.bound.steps {
		if st := &s.bound.steps[i]; st.Handover == tagWho {
			if missing, err := s.identify(ctx, st); err != nil || missing != "" {
				return missing, err
			}
		}
	}
	var code string
	if err := s.tab.ask(ctx, &code, "scope", s.bound.given); err != nil {
		return "", err
	}
	if code != "" {
		return scopeWords(code).why, nil
	}
	return "", nil
}

// click presses and releases under the guard. From the moment at which the page
// may have got the press of the click that acts, every fault says so.
func (s *playing) click(ctx context.Context, st *ready, at spot) (bool, string, error) {
	acting := st.Handover == tagAct
	if err := s.tab.ask(ctx, nil, "arm", acting, s.bound.given); err != nil {
		return false, "", err
	}
	times := int64(1)
	if st.Type == typeDoubleClick {
		times = 2
	}
	s.sent = acting
	var failed error
	for n := int64(1); n <= times && failed == nil; n++ {
		if failed = s.tab.mouse(ctx, input.DispatchMouseEventTypeMousePressed, at.X, at.Y, n); failed == nil {
			failed = s.tab.mouse(ctx, input.DispatchMouseEventTypeMouseReleased, at.X, at.Y, n)
		}
	}
	var saw pressed
	if err := s.tab.ask(ctx, &saw, "disarm"); err != nil {
		// Another page is on its way: the click was made.
		saw = pressed{}
	}
	got := slices.Contains(saw.Passed, "click")
	switch {
	case saw.Blocked != "" && len(saw.Passed) == 0:
		s.sent = false
		return false, "the page changed under the mouse, and the click was held back", nil
	case saw.Blocked != "" && !got:
		return false, "", stop(domain.FaultConflict, "the page changed in the middle of the click, and the rest of it was held back")
	case saw.Armed && !got && s.tab.dialogs.Load() == 0:
		return false, "", stop(domain.FaultConflict, "the click did not come to the element: something lies over it that belongs to another page")
	case failed != nil && s.tab.dialogs.Load() == 0:
		return false, "", stop(domain.FaultUnavailable, "the browser did not answer in the middle of the click")
	}
	s.played.Acted = s.played.Acted || acting
	return true, "", nil
}
