package slackapp

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// ahead is how far Slack's clock may be before ours. slack-go allows five
// minutes both ways; nothing comes from the future.
const ahead = 30 * time.Second

var errForged = errors.New("verify request: no good signature")

// verify checks that Slack signed this body within the last five minutes.
func verify(header http.Header, body []byte, secret string, now time.Time) error {
	verifier, err := slack.NewSecretsVerifier(header, secret)
	if err != nil {
		return errForged
	}
	if _, err := verifier.Write(body); err != nil {
		return errForged
	}
	if err := verifier.Ensure(); err != nil {
		return errForged
	}
	seconds, err := strconv.ParseInt(header.Get("X-Slack-Request-Timestamp"), 10, 64)
	if err != nil || time.Unix(seconds, 0).After(now.Add(ahead)) {
		return errForged
	}
	return nil
}

// forgedEvery is how often forged requests are written down at most: nobody
// shall be able to fill the audit log from outside.
const forgedEvery = time.Minute

// forged counts requests without a good signature. The first is written down at
// once, those of the next minute together.
type forged struct {
	mu    sync.Mutex
	n     int
	timer *time.Timer
}

func (f *forged) count(x *Door) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	if f.timer != nil {
		return
	}
	f.flush(x)
	f.timer = time.AfterFunc(forgedEvery, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.timer = nil
		f.flush(x)
	})
}

// flush writes down what was counted. Callers hold the lock.
func (f *forged) flush(x *Door) {
	if f.n == 0 {
		return
	}
	n := f.n
	f.n = 0
	x.Log.Warn("requests to the Slack door without a good signature", "count", n)
	x.running.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
		defer cancel()
		x.Desk.NoteForged(ctx, "slack", n)
	})
}
