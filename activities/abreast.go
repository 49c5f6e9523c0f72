package activities

import (
	"context"
	"sync"

	"handover/domain"
)

// answer is what came of one call of a wave.
type answer struct {
	moved    domain.Moved
	err      error
	panicked any
}

// abreast is how many calls go at once. The canary goes one by one, and while the
// app has taken nothing yet no more go than it may refuse before the rest is held
// back.
func (m *mover) abreast(refusals int, outcome map[string]domain.ItemState) int {
	n := max(1, m.rule.Parallel)
	if m.in.Canary > 0 && !m.t.Canary {
		n = 1
	}
	if !took(outcome) {
		n = min(n, manyRefusals-refusals)
	}
	return n
}

// sendWave makes the calls for some parts at once and waits for all of them, so
// that what became of each is known before the next go.
func (m *mover) sendWave(ctx context.Context, wave [][]domain.TransferItem) []answer {
	answers := make([]answer, len(wave))
	if len(wave) == 1 {
		answers[0].moved, answers[0].err = m.sendPart(ctx, wave[0])
		return answers
	}
	var calls sync.WaitGroup
	for i, part := range wave {
		calls.Add(1)
		go func() {
			defer calls.Done()
			defer func() { answers[i].panicked = recover() }()
			answers[i].moved, answers[i].err = m.sendPart(ctx, part)
		}()
	}
	calls.Wait()
	for _, a := range answers {
		if a.panicked != nil {
			panic(a.panicked) // where the worker makes a failed attempt of it, not the end of the process
		}
	}
	return answers
}

func (m *mover) sendPart(ctx context.Context, part []domain.TransferItem) (domain.Moved, error) {
	records := make([]domain.Record, 0, len(part))
	for _, item := range part {
		records = append(records, item.Record)
	}
	return m.from.MoveRecords(ctx, m.in.Rule.Kind, records, part[0].To)
}
