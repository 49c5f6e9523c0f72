package browser

import (
	"context"
	"time"

	"github.com/chromedp/cdproto/page"
)

// shotTime is how long one attempt at a picture may take. While one page makes way
// for another the browser sometimes gives none, and never answers (seen); the next
// attempt gets it.
const shotTime = 2 * time.Second

// picture takes what is shown, with secrets blackened. A page that cannot be
// blackened is not taken.
func (t *tab) picture(ctx context.Context) ([]byte, error) {
	for {
		limited, cancel := context.WithTimeout(ctx, shotTime)
		png, err := t.shot(limited)
		cancel()
		if err == nil {
			return png, nil
		}
		if late := pause(ctx, pollEvery); late != nil {
			return nil, err
		}
	}
}

func (t *tab) shot(ctx context.Context) ([]byte, error) {
	if err := t.askPage(ctx, nil, "mask"); err != nil {
		return nil, err
	}
	got, err := do(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
	if undo := t.askPage(context.WithoutCancel(ctx), nil, "unmask"); err == nil {
		err = undo
	}
	return got.Data, err
}
