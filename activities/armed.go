package activities

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"handover/domain"
)

const (
	// watchEvery is how often those who are armed are looked at until their moment:
	// a run that changed its mind hears at once that nothing was done.
	watchEvery = time.Second
	// watchAgain is when those are looked at again of whom the store could not tell.
	watchAgain = 100 * time.Millisecond
	// watchBatch is how many are looked at in one go.
	watchBatch = 100
)

// Armory keeps, for one process, those whose cut-off is prepared and who wait for
// their moment. They are looked at together: whether the run still wants it and
// what HR said last, once a second and, right before the door is asked, once more.
// Nobody is let go before the moment, or while the store does not answer.
type Armory struct {
	mu      sync.Mutex
	armed   []*armed
	working bool
	kick    chan struct{}
}

// NewArmory makes the armory of a process.
func NewArmory() *Armory { return &Armory{kick: make(chan struct{}, 1)} }

type armed struct {
	set     *Set
	in      AccountInput
	verdict chan string // "" to go on, else why it is held
}

// wait comes back at the moment, or earlier with the reason why nothing is to be
// done.
func (a *Armory) wait(ctx context.Context, s *Set, in AccountInput) (held string, err error) {
	e := &armed{set: s, in: in, verdict: make(chan string, 1)}
	a.add(e)
	select {
	case held = <-e.verdict:
		return held, nil
	case <-stopping(ctx):
		a.remove(e)
		return "", domain.NewFault(domain.FaultUnavailable, "account.arm", in.App, "the worker ends before the moment: another one goes on", nil)
	case <-ctx.Done():
		a.remove(e)
		return "", ctx.Err()
	}
}

// stopping tells when the worker is asked to end: whoever only waits makes room
// at once for another worker.
func stopping(ctx context.Context) <-chan struct{} {
	if !activity.IsActivity(ctx) {
		return nil
	}
	return activity.GetWorkerStopChannel(ctx)
}

func (a *Armory) add(e *armed) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.armed = append(a.armed, e)
	if !a.working {
		a.working = true
		go a.watch()
		return
	}
	select {
	case a.kick <- struct{}{}:
	default:
	}
}

func (a *Armory) remove(e *armed) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.Index(a.armed, e); i >= 0 {
		a.armed = slices.Delete(a.armed, i, i+1)
	}
}

// watch works while somebody is armed.
func (a *Armory) watch() {
	var looked time.Time
	for {
		due, ahead, next := a.split()
		if len(due)+len(ahead) == 0 {
			return
		}
		a.look(due, true)
		if time.Since(looked) >= watchEvery {
			looked = time.Now()
			a.look(ahead, false)
		}
		if len(due) > 0 {
			next = min(next, watchAgain) // those of whom nothing was heard
		}
		a.rest(min(next, max(0, time.Until(looked.Add(watchEvery)))))
	}
}

// split tells those whose moment has come from the others, and how long it is
// until the next moment.
func (a *Armory) split() (due, ahead []*armed, next time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	next = watchEvery
	for _, e := range a.armed {
		if left := e.in.NotBefore.Sub(e.set.Now()); left > 0 {
			ahead, next = append(ahead, e), min(next, left)
		} else {
			due = append(due, e)
		}
	}
	a.working = len(a.armed) > 0
	return due, ahead, next
}

func (a *Armory) rest(d time.Duration) {
	timer := time.NewTimer(max(d, time.Millisecond))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-a.kick:
	}
}

// look asks the store about some, a batch at a time. Those who are due go on when
// nothing stands against it.
func (a *Armory) look(some []*armed, due bool) {
	slices.SortStableFunc(some, func(x, y *armed) int { return strings.Compare(string(x.in.App), string(y.in.App)) })
	for len(some) > 0 {
		n := 1
		for n < min(len(some), watchBatch) && some[n].in.App == some[0].in.App && some[n].set == some[0].set {
			n++
		}
		a.lookAt(some[:n], due)
		some = some[n:]
	}
}

func (a *Armory) lookAt(batch []*armed, due bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	runs := make([]string, 0, len(batch))
	for _, e := range batch {
		runs = append(runs, e.in.Run)
	}
	first := batch[0]
	standings, err := first.set.Ledger.Standings(ctx, first.in.App, first.in.Step, runs)
	if err != nil {
		return // they are looked at again
	}
	for _, e := range batch {
		held := e.set.held(e.in, standings[e.in.Run])
		if due || held != "" {
			a.remove(e)
			e.verdict <- held
		}
	}
}

// held tells why somebody who is armed is not to be cut off after all.
func (s *Set) held(in AccountInput, now domain.Standing) string {
	switch {
	case now.Run.ID == "" || now.Run.State.Ended():
		return "the run has ended"
	case now.Step != domain.StepRunning:
		return "the run held it back"
	}
	finding, err := in.guardFacts().weighEmployment(now.Run, now.Employments, s.now())
	if err != nil {
		return safeText(err)
	}
	if finding.State == domain.GuardShut {
		return finding.Why
	}
	return ""
}
