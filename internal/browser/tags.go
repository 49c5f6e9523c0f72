package browser

import (
	"slices"
	"strings"
)

// tags checks what the steps are for, and that they add up.
func (c *checker) tags() {
	act, acts, reads := -1, 0, 0
	for i, s := range c.steps {
		c.at = i + 1
		switch s.Handover {
		case "":
		case tagAct:
			act, acts = i, acts+1
			c.acting(s)
		case tagWho, tagAlready, tagRead:
			c.looking(s)
			if s.Handover == tagRead {
				reads++
			}
		default:
			c.add("handover is none of act, who, already and read")
		}
	}
	c.at = 0
	c.begins()
	switch {
	case acts > 1:
		c.add("more than one step is marked \"handover\": \"act\": one recipe makes one act")
	case acts == 0 && reads == 0:
		c.add("no step is marked: mark the last click that acts with \"handover\": \"act\", or what is to be read with \"handover\": \"read\"")
	case acts == 1 && reads > 0:
		c.add("the recipe acts and reads: make two recipes")
	case acts == 1:
		c.before(act)
		c.after(act)
	default:
		c.onlyReads()
	}
}

// begins demands that a recipe opens a page itself: nothing is known of a page
// that was open before.
func (c *checker) begins() {
	for _, s := range c.steps {
		switch s.Type {
		case typeViewport:
			continue
		case typeNavigate:
			return
		}
		break
	}
	if len(c.steps) > 0 {
		c.add("the first step after setViewport does not navigate: record from opening the page")
	}
}

func (c *checker) acting(s step) {
	if s.Type != typeClick {
		c.add("only a click acts: a key or a changed field could act on whatever has the focus")
		return
	}
	if !slices.ContainsFunc(s.alternatives, alternative.named) {
		c.add("the click that acts is known by its place in the page alone: add an aria/ or text/ selector with what stands on it")
	}
}

func (c *checker) looking(s step) {
	if s.Type != typeWait {
		c.add("only a waitForElement can be marked %s", s.Handover)
		return
	}
	if s.Handover == tagRead {
		return
	}
	if s.Visible != nil && !*s.Visible || s.Count != nil || s.Operator != "" || len(s.Attributes) > 0 {
		c.add("what is marked %s must be one visible element: remove count, operator, visible and attributes", s.Handover)
	}
	for i, a := range s.alternatives {
		if len(a.params()) == 0 {
			c.add("alternative %d of what is marked %s holds no parameter, so that it is true of anybody: put {{person.email}} in it, or remove it", i+1, s.Handover)
		}
	}
}

// before demands an identity check in the page of the act, and nothing that shows
// the opposite of it.
func (c *checker) before(act int) {
	known, decided := false, false
	for i, s := range c.steps {
		c.at = i + 1
		switch {
		case s.Handover == tagWho && i < act:
			known = known || byEmail(s)
			if !slices.Equal(s.Frame, c.steps[act].Frame) {
				c.add("what is marked who lies in another frame than the click that acts")
			}
		case s.Handover == tagWho:
			c.add("what is marked who comes after the act: move it before")
		case s.Handover == tagAlready && i > act:
			c.add("what is marked already comes after the act: move it before")
		case s.Handover == tagAlready && c.next(i) < 0:
			c.add("nothing that can be seen follows what is marked already")
		case s.Handover == tagAlready && !slices.ContainsFunc(s.alternatives, func(a alternative) bool { return !slices.ContainsFunc(a.params(), addressed) }):
			decided = true
		case s.Handover == tagAlready:
			c.add("what is marked already holds no address in an alternative: a name is somebody else's too; put {{person.email}} in each, or {{mailbox.address}}")
		}
	}
	c.at = 0
	if !decided {
		c.add("no waitForElement before the act is marked \"handover\": \"already\" with {{person.email}} or {{mailbox.address}} in each alternative: a click that is made again could undo the first, so the recipe must see that it is not needed")
	}
	if !known {
		c.add("no waitForElement before the act is marked \"handover\": \"who\" with {{person.email}} in each alternative: the page must name the person")
	}
}

// addressed tells the parameters that only one account has.
func addressed(name string) bool { return name == paramEmail || strings.HasPrefix(name, "mailbox.") }

func byEmail(s step) bool {
	return len(s.alternatives) > 0 && !slices.ContainsFunc(s.alternatives, func(a alternative) bool { return !slices.Contains(a.params(), paramEmail) })
}

// next is the step that follows and can be seen, -1 when there is none.
func (c *checker) next(i int) int { return nextSeen(c.steps, i) }

func nextSeen(steps []step, i int) int {
	for j := i + 1; j < len(steps); j++ {
		if len(steps[j].alternatives) > 0 && steps[j].Handover != tagAlready {
			return j
		}
	}
	return -1
}

// after demands that the page says something after the act, and that nothing else
// is done there.
func (c *checker) after(act int) {
	said := false
	for i := act + 1; i < len(c.steps); i++ {
		c.at = i + 1
		s := c.steps[i]
		said = said || s.Type == typeWait && (s.Visible == nil || *s.Visible) && (s.Count == nil || *s.Count > 0) && s.Operator != "<="
		if s.Type != typeWait && s.Type != typeScroll {
			c.add("something is done after the act: the act is the last click; only waiting follows it")
		}
	}
	c.at = 0
	if !said {
		c.add("nothing waits for the page's answer after the act: add a waitForElement with what the page says when it worked")
	}
}

func (c *checker) onlyReads() {
	for i, s := range c.steps {
		if s.Handover == tagAlready {
			c.at = i + 1
			c.add("a recipe that only reads needs no already: remove the mark")
		}
	}
	c.at = 0
}
