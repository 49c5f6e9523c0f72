package browser

import (
	"context"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"handover/domain"
)

// field is what the probe found when it made a field ready.
type field struct {
	Kind    string `json:"kind"`
	Found   int    `json:"found"`
	Set     bool   `json:"set"`
	Focused bool   `json:"focused"`
}

// change fills in a field and reads it back. Text goes in as a whole, by the way
// of an input method: nothing in it is a key, so that nothing presses Enter, and
// pages that watch a field see it as typed.
func (s *playing) change(ctx context.Context, st *ready) error {
	var f field
	if err := s.poll(ctx, func() (bool, string, error) {
		_, missing, err := s.sighted(ctx, st, true)
		if err != nil || missing != "" {
			return false, missing, err
		}
		if err := s.tab.ask(ctx, &f, "focus", st.text); err != nil {
			return false, "", err
		}
		switch f.Kind {
		case "select":
			return f.Found == 1, "the list does not offer exactly one choice with that value or label", nil
		case "text":
			return f.Focused, "the field does not take the focus", nil
		case "password":
			return false, "", stop(domain.FaultUnauthenticated, "the field takes a password, which a recipe never types: sign in to the browser profile by hand")
		}
		return false, "the element takes no text", nil
	}); err != nil {
		return err
	}
	if f.Kind == "select" {
		if !f.Set {
			return stop(domain.FaultConflict, "the page did not keep the choice")
		}
		return nil
	}
	return s.typed(ctx, st)
}

func (s *playing) typed(ctx context.Context, st *ready) error {
	if st.text == "" {
		if err := s.stroke(ctx, kb.Delete); err != nil {
			return err
		}
	} else if _, err := do(ctx, s.tab, input.InsertText, input.InsertTextParams{Text: st.text}); err != nil {
		return err
	}
	return s.poll(ctx, func() (bool, string, error) {
		var is string
		err := s.tab.ask(ctx, &is, "typed")
		return is == st.text, "the field did not take what was typed into it", err
	})
}

// key strikes a key that moves, when the recipe lets go of it.
func (s *playing) key(ctx context.Context, st *ready) error {
	if _, err := s.look(ctx); err != nil || st.Type == typeKeyUp {
		return err
	}
	k, known := map[string]string{"Tab": kb.Tab, "Escape": kb.Escape, "ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft,
		"ArrowRight": kb.ArrowRight, "Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown}[st.Key]
	if !known {
		return nil // a modifier by itself does nothing
	}
	return s.stroke(ctx, k)
}

func (s *playing) stroke(ctx context.Context, key string) error {
	for _, r := range key {
		for _, p := range kb.Encode(r) {
			if _, err := do(ctx, s.tab, input.DispatchKeyEvent, *p); err != nil {
				return err
			}
		}
	}
	return nil
}
