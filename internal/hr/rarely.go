package hr

import (
	"sync"
	"time"
)

// tellEvery is how often what anybody can send is written down at most: nobody
// shall be able to fill the audit log from outside.
const tellEvery = time.Minute

// rarely counts what comes without a good signature, by what it is. The first of
// a kind is told at once, those of the next minute together.
type rarely struct {
	mu    sync.Mutex
	kinds map[kindOf]*counted
}

type kindOf struct{ source, code string }

type counted struct {
	n     int
	timer *time.Timer
}

// count counts one, and tells in time.
func (r *rarely) count(what kindOf, tell func(what kindOf, n int)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kinds == nil {
		r.kinds = map[kindOf]*counted{}
	}
	c := r.kinds[what]
	if c == nil {
		c = &counted{}
		r.kinds[what] = c
	}
	c.n++
	if c.timer != nil {
		return
	}
	c.flush(what, tell)
	c.timer = time.AfterFunc(tellEvery, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		c.timer = nil
		c.flush(what, tell)
	})
}

func (c *counted) flush(what kindOf, tell func(kindOf, int)) {
	if c.n > 0 {
		tell(what, c.n)
		c.n = 0
	}
}

// flush tells what was not told yet.
func (r *rarely) flush(tell func(what kindOf, n int)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for what, c := range r.kinds {
		if c.timer != nil {
			c.timer.Stop()
			c.timer = nil
		}
		c.flush(what, tell)
	}
}
