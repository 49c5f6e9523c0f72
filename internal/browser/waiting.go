package browser

import (
	"context"
	"slices"

	"handover/domain"
)

// listing is what the alternatives of a waitForElement find.
type listing struct {
	Ready  bool       `json:"ready"`
	Counts []int      `json:"counts"`
	Texts  [][]string `json:"texts"`
}

// wait waits for an element. As Recorder's runner does, the first alternative
// that finds enough decides, and without an operator it is >= 1 visible one.
// Reading is stricter: what finds anything must find the same texts, twice.
func (s *playing) wait(ctx context.Context, st *ready) error {
	var before []string
	read := st.Handover == tagRead
	return s.poll(ctx, func() (bool, string, error) {
		got, err := s.several(ctx, st, read)
		switch {
		case err != nil:
			return false, "", err
		case !got.Ready:
			return false, sight{}.words(), nil
		case !slices.ContainsFunc(got.Counts, st.enough):
			return false, "what the recipe waits for did not appear: the page is not as it was recorded, or the app did something else", nil
		case !read:
			return true, "", nil
		}
		texts, agreed := got.agreed()
		steady := agreed && before != nil && slices.Equal(texts, before)
		before = texts
		if !steady {
			return false, "what is to be read is not certain: the alternatives find different texts, or the page keeps changing", nil
		}
		s.played.Read = append(s.played.Read, texts...)
		return true, "", nil
	})
}

func (s *playing) several(ctx context.Context, st *ready, read bool) (listing, error) {
	var got listing
	if _, err := s.look(ctx); err != nil {
		return got, err
	}
	if err := s.named(ctx, st); err != nil {
		return got, err
	}
	r := st.request()
	r.Read = read
	r.Any = st.Visible != nil && !*st.Visible
	err := s.tab.ask(ctx, &got, "several", r)
	if r.Any && err == nil {
		return s.hidden(ctx, st, got)
	}
	return got, err
}

// hidden counts those that are there and not seen, or not there at all: what
// visible:false asks for (Recorder inverts the test).
func (s *playing) hidden(ctx context.Context, st *ready, all listing) (listing, error) {
	var shown listing
	if err := s.tab.ask(ctx, &shown, "several", st.request()); err != nil {
		return shown, err
	}
	for i, n := range shown.Counts {
		if i < len(all.Counts) && n > 0 {
			all.Counts[i] = 0
		} else if i < len(all.Counts) {
			all.Counts[i] = max(all.Counts[i], 1)
		}
	}
	return all, nil
}

func (st *ready) enough(n int) bool {
	want := 1
	if st.Count != nil {
		want = *st.Count
	}
	switch st.Operator {
	case "==":
		return n == want
	case "<=":
		return n <= want
	default:
		return n >= want
	}
}

// agreed gives the texts when every alternative that finds any finds the same.
func (l listing) agreed() ([]string, bool) {
	texts := []string{}
	for _, t := range l.Texts {
		switch {
		case len(t) == 0:
		case len(texts) == 0:
			texts = t
		case !slices.Equal(texts, t):
			return []string{}, false
		}
	}
	return texts, true
}

// who waits until the page names the person, and nobody else by that selector.
func (s *playing) who(ctx context.Context, st *ready) error {
	return s.poll(ctx, func() (bool, string, error) {
		if _, err := s.look(ctx); err != nil {
			return false, "", err
		}
		if err := s.tab.ask(ctx, nil, "forget"); err != nil {
			return false, "", err
		}
		missing, err := s.identify(ctx, st, true)
		return missing == "" && err == nil, missing, err
	})
}

// identify adds one identity check to what the probe guards, and says what is
// missing; "" when nothing is. top brings it into view, and sees that it can be read
// there.
func (s *playing) identify(ctx context.Context, st *ready, top bool) (string, error) {
	v, err := s.one(ctx, st, func(r *request) { r.Keep, r.Values = "who", st.values })
	if err != nil {
		return "", err
	}
	if why := v.words(); why != "" {
		return "the page does not name the person: " + why, nil
	}
	var code string
	if err := s.tab.ask(ctx, &code, "sure", top); err != nil {
		return "", err
	}
	switch code {
	case "":
		return "", nil
	case "under":
		return "the page does not name the person where it can be seen: something lies over it, or it is out of sight", nil
	}
	return "the page does not name the person: it shows somebody else, or a longer address or name with the person's in it, or shows it in a field", nil
}

// already ends the playing when the page shows, steadily, that the act is not
// needed. It goes on as soon as what follows can be done.
func (s *playing) already(ctx context.Context, st *ready) error {
	times := 0
	next := &s.bound.steps[nextSeen(s.bound.recipe.steps, s.at)]
	return s.poll(ctx, func() (bool, string, error) {
		if _, err := s.look(ctx); err != nil {
			return false, "", err
		}
		is, err := s.one(ctx, st, func(r *request) { r.Keep = "chosen" })
		if err != nil {
			return false, "", err
		}
		theirs := ""
		if is.Agreed {
			if theirs, err = s.theirs(ctx, st); err != nil {
				return false, "", err
			}
		}
		more, err := s.one(ctx, next, func(r *request) { r.Press = next.Type != typeWait })
		switch {
		case err != nil:
			return false, "", err
		case is.Distinct > 0 && more.Distinct > 0:
			times = 0
			return false, "the page shows both that the act is not needed and how to do it: look for yourself", nil
		case theirs != "":
			times = 0
			return false, "what says that the act is not needed is not surely about the person: " + theirs, nil
		case is.Agreed:
			if times++; times < 2 {
				return false, "", nil
			}
			s.played.Already, s.done = true, true
			return true, "", nil
		case more.Agreed:
			return true, "", nil
		}
		times = 0
		return false, "the page shows neither that the act is not needed nor how to do it: " + more.words(), nil
	})
}

// theirs says why what was found is not surely about the person; "" when it is.
func (s *playing) theirs(ctx context.Context, st *ready) (string, error) {
	if err := s.tab.seal(ctx); err != nil {
		return "", err
	}
	var code string
	if err := s.tab.ask(ctx, &code, "settled", st.values, s.bound.given); err != nil || code == "" {
		return "", err
	}
	return scopeWords(code).why, nil
}

// scroll moves the page, or brings an element into view.
func (s *playing) scroll(ctx context.Context, st *ready) error {
	if len(st.alternatives) == 0 {
		var x, y float64
		if st.X != nil {
			x = *st.X
		}
		if st.Y != nil {
			y = *st.Y
		}
		return s.tab.ask(ctx, nil, "scroll", x, y)
	}
	return s.poll(ctx, func() (bool, string, error) {
		if _, err := s.look(ctx); err != nil {
			return false, "", err
		}
		v, err := s.one(ctx, st, func(r *request) { r.Keep = "chosen" })
		if err != nil || !v.Agreed {
			return false, v.words(), err
		}
		return true, "", s.tab.ask(ctx, nil, "reveal")
	})
}

// scopeWords says why an element may not act, by the rules of the package's
// documentation.
func scopeWords(code string) *stopped {
	why, known := map[string]string{
		"gone":      "the button is gone, hidden, or cannot be used",
		"called":    "what stands on the button is not what the recipe calls it by",
		"card":      "what the recipe clicks is a part of the page with other buttons in it",
		"unguarded": "the page wrote itself anew while it was open, so that nothing could be held back",
		"nobody":    "the page no longer names the person",
		"unsure":    "the page no longer names the person, or shows a longer address with the person's in it",
		"row":       "the button lies in a row, a form or a box over the page that does not name the person",
		"elsewhere": "the page names the person in another row or dialog than the one with the button",
		"others":    "the part of the page with the button names somebody else",
		"unread":    "the part of the page with the button shows something that cannot be read: a cut address, a closed part, or a frame of another site",
		"unnamed":   "no part of the page with the button names the person",
		"sentence":  "the page names the person in a sentence only, and the button is in no row or dialog with it: look for the address where it stands by itself",
		"sends":     "the page was about to send a form before the click that acts, which no other step may, so that it was held back",
		"far":       "the button works on a field or a form in another part of the page",
	}[code]
	if !known {
		why = "the page cannot be read"
	}
	return stop(domain.FaultConflict, "%s: do this step by hand, or record the recipe through a page of that person alone", why)
}
