package activities

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"go.temporal.io/sdk/activity"

	"handover/domain"
)

// afterTrouble is how long a slice waits that got on before the app failed.
const afterTrouble = time.Second

// closingRounds is how often a closing listing may find records that we had
// moved already before a person is asked.
const closingRounds = 3

// mover is one slice of one transfer.
type mover struct {
	*Set
	in     MoveInput
	rule   domain.RecordRule
	from   RecordMover
	t      domain.Transfer
	until  time.Time
	began  int             // progress when the slice began
	waited bool            // the index had time to show our writes
	ours   map[string]bool // for undo: what the run gave to this account, and whether it was open then
}

// MoveRecords carries a transfer on for at most one slice: it collects what the
// leaver owns, moves it in chunks, and lists again until a complete listing was
// empty twice. Where it stands lives in the store, so that any worker can go on.
func (s *Set) MoveRecords(ctx context.Context, in MoveInput) (MoveResult, error) {
	m, err := s.newMover(ctx, in)
	if err != nil {
		return MoveResult{}, err
	}
	m.doubtDone()
	for turns := 0; m.t.Phase != domain.TransferDone; turns++ {
		m.beat(ctx)
		result, stop, err := m.turn(ctx)
		if err == nil && turns == 0 {
			err = s.works(ctx, in.App)
		}
		if err != nil {
			return m.interrupted(ctx, err)
		}
		if stop {
			return result, m.recordProgress(ctx, result)
		}
	}
	return m.finish(ctx)
}

func (s *Set) newMover(ctx context.Context, in MoveInput) (*mover, error) {
	c, err := s.Connectors.Connector(in.App)
	if err != nil {
		return nil, err
	}
	from, ok := c.(RecordMover)
	if !ok {
		return nil, domain.NewFault(domain.FaultUnsupported, "records.move", in.App, "the app offers no interface to move records", nil)
	}
	m := &mover{Set: s, in: in, from: from, until: s.now().Add(in.Slice)}
	for _, r := range from.RecordRules() {
		if r.Kind == in.Rule.Kind {
			m.rule = r
		}
	}
	if m.rule.Kind == "" {
		return nil, domain.NewFault(domain.FaultUnsupported, "records.move", in.App, "the app offers no interface to move this kind of record", nil)
	}
	if in.IndexLag > 0 {
		m.rule.IndexLag = in.IndexLag
	}
	key := domain.TransferKey{Run: in.Run, App: in.App, Kind: in.Rule.Kind}
	if in.Undo {
		key.Undo, key.From = true, in.Account
	}
	if m.t, err = s.Transfers.OpenTransfer(ctx, key); err == nil && in.Undo {
		err = m.loadOurs(ctx)
	}
	m.began = m.progress()
	return m, err
}

// turn does the next thing. stop ends the slice with the result.
func (m *mover) turn(ctx context.Context) (MoveResult, bool, error) {
	if m.in.Slice > 0 && m.now().After(m.until) {
		return m.pause(m.now()), true, nil
	}
	switch m.t.Phase {
	case domain.TransferCollecting:
		return m.collect(ctx)
	case domain.TransferWriting:
		return m.write(ctx)
	default:
		return m.close(ctx)
	}
}

// collect reads one page and keeps its records with the cursor behind it. A
// listing that ends before the app's own total is read again from its beginning,
// to which the empty cursor points.
func (m *mover) collect(ctx context.Context) (MoveResult, bool, error) {
	page, err := m.from.RecordPage(ctx, m.in.Rule.Kind, m.in.Account, m.t.Cursor)
	if err != nil {
		return MoveResult{}, false, err
	}
	if m.t.Cursor == "" {
		m.t.Total, m.t.Seen = page.Total, 0
	}
	items, err := m.items(ctx, page.Records)
	if err != nil {
		return MoveResult{}, false, err
	}
	m.t.Cursor, m.t.RequestID = page.Next, page.RequestID
	m.t.Seen += page.Seen
	short := page.Next == "" && m.t.Total > m.t.Seen && !page.Truncated
	if page.Next == "" && !short {
		m.t.Phase = domain.TransferWriting
	}
	seen := m.t.Seen
	if m.t, err = m.Transfers.SaveCollected(ctx, m.t, items, false); err == nil && short {
		err = domain.NewFault(domain.FaultUnavailable, "records.collect", m.in.App,
			fmt.Sprintf("the listing ended after %d of %d rows: it is read again", seen, m.t.Total), nil)
	}
	return MoveResult{}, false, err
}

func (m *mover) ceiling() int { return max(m.in.Rule.Ceiling, m.in.Accept) }

// items keeps what is in scope and decides who gets each record: a contact
// follows its account where the account is part of the handover.
func (m *mover) items(ctx context.Context, records []domain.Record) ([]domain.TransferItem, error) {
	if m.in.Undo {
		return m.itemsToPutBack(records), nil
	}
	var inside []domain.TransferItem
	var accounts []string
	for _, r := range records {
		if !m.wanted(r) {
			continue
		}
		inside = append(inside, domain.TransferItem{Record: r, To: m.in.Rule.Successor, State: domain.ItemCollected})
		if m.in.With != "" && r.Account != "" {
			accounts = append(accounts, r.Account)
		}
	}
	if len(accounts) == 0 || m.in.With == m.in.Rule.Successor {
		return inside, nil
	}
	moving, err := m.Transfers.HasItems(ctx, domain.TransferKey{Run: m.in.Run, App: m.in.App, Kind: domain.Accounts}, accounts)
	if err != nil {
		return nil, err
	}
	for i := range inside {
		if state, ours := moving[inside[i].Record.Account]; ours && state != domain.ItemForeign {
			inside[i].To = m.in.With
		}
	}
	return inside, nil
}

func (m *mover) pause(until time.Time) MoveResult {
	r := m.result()
	r.ResumeAt = until
	return r
}

func (m *mover) result() MoveResult {
	return MoveResult{Moved: m.t.MovedN, Of: m.t.Collected, Foreign: m.t.Foreign, Done: m.t.Phase == domain.TransferDone}
}

// interrupted turns a rate limit into a moment to go on at, and everything else
// into the fault it is.
func (m *mover) interrupted(ctx context.Context, err error) (MoveResult, error) {
	var f *domain.Fault
	if errors.As(err, &f) && f.Kind == domain.FaultRateLimited && !f.RetryAt.IsZero() {
		r := m.pause(f.RetryAt)
		return r, m.recordProgress(ctx, r)
	}
	if domain.KindOf(err) == domain.FaultUnavailable && m.progress() > m.began {
		r := m.pause(m.now().Add(afterTrouble))
		return r, m.recordProgress(ctx, r)
	}
	return MoveResult{}, m.fail(ctx, m.in.App, err)
}

// progress counts what a slice got done. A slice that got on before the app
// failed goes on soon and is no failed attempt: a long transfer through a shaky
// app is slow, not stuck.
func (m *mover) progress() int { return m.t.Collected + m.t.MovedN + m.t.Foreign }

func (m *mover) beat(ctx context.Context) {
	if activity.IsActivity(ctx) {
		activity.RecordHeartbeat(ctx, m.t.MovedN)
	}
}

// recordProgress shows a reader where the transfer stands.
func (m *mover) recordProgress(ctx context.Context, r MoveResult) error {
	state, why := domain.StepRunning, fmt.Sprintf("%d of %d moved", r.Moved, r.Of)
	switch {
	case r.Drift != nil:
		state, why = domain.StepWaiting, fmt.Sprintf("%d found, %d approved: the new plan must be approved", r.Drift.Count, r.Drift.Ceiling)
	case r.Attention != "":
		state, why = domain.StepNeedsAttention, r.Attention
	case r.ResumeAt.After(m.now().Add(time.Minute)):
		state, why = domain.StepWaiting, why+"; goes on when the vendor's limit allows it"
	}
	step := m.step(m.in.StepRef, state, domain.ChannelAPI, why)
	step.Done, step.Of, step.ResumeAt = r.Moved, r.Of, r.ResumeAt
	entry := domain.Entry{Run: m.in.Run, Steps: []domain.StepRecord{step}}
	if r.Drift != nil {
		e := m.event(m.in.StepRef, domain.EventDriftFound, "drift-"+strconv.Itoa(r.Drift.Count))
		e.Digest = m.in.Plan
		e.Facts = map[string]string{"count": strconv.Itoa(r.Drift.Count), "ceiling": strconv.Itoa(r.Drift.Ceiling)}
		entry.Events = []domain.AuditEvent{e}
	}
	return m.Ledger.Record(ctx, entry)
}

// finish records that a complete listing was empty twice.
func (m *mover) finish(ctx context.Context) (MoveResult, error) {
	r := m.result()
	if m.in.Undo {
		m.countChanged(&r)
	}
	state, kind := domain.StepVerified, domain.EventRecordsMoved
	why := fmt.Sprintf("%d moved; two complete listings show none left", r.Moved)
	if m.in.Undo {
		state, kind, why = domain.StepUndone, domain.EventUndone, fmt.Sprintf("%d put back, %d had changed since and were left", r.Moved, r.Foreign)
	}
	step := m.step(m.in.StepRef, state, domain.ChannelAPI, why)
	step.Done, step.Of, step.RequestID = r.Moved, r.Of, m.t.RequestID
	e := m.event(m.in.StepRef, kind, m.outcomeKey(state))
	e.Channel, e.Digest, e.RequestID, e.From, e.To = domain.ChannelAPI, m.in.Plan, m.t.RequestID, string(m.in.Account), string(m.in.Rule.Successor)
	e.Facts = map[string]string{"moved": strconv.Itoa(r.Moved), "foreign": strconv.Itoa(r.Foreign), "of": strconv.Itoa(r.Of)}
	return r, m.Ledger.Record(ctx, domain.Entry{Run: m.in.Run, Steps: []domain.StepRecord{step}, Events: []domain.AuditEvent{e}})
}

// outcomeKey names this end of the transfer: records that come back after a
// sweep are moved again, which is another event; a repeated activity is not. An
// undo has one end for each account that gave records back.
func (m *mover) outcomeKey(state domain.StepState) string {
	key := fmt.Sprintf("%s-%d-%d", state, m.t.Round, m.t.MovedN)
	if m.in.Undo {
		key += "-" + string(m.in.Account)
	}
	return key
}
