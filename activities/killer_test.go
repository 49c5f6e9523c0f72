package activities_test

import (
	"context"
	"testing"

	"handover/activities"
	"handover/domain"
	"handover/internal/apollo"
)

// died is what a panic carries that stands for the death of the process.
type died struct{}

// killer ends the process at its n-th call of the store or the app, before or
// after the call took effect. It keeps the order of what the app was asked.
type killer struct {
	at    int
	after bool
	calls int
	asked []asked
}

// asked is a write of records, or the first page of a listing.
type asked struct {
	ids []string
	to  domain.AccountID
}

func (k *killer) call(do func() error) error {
	k.calls++
	now := k.calls == k.at
	if now && !k.after {
		panic(died{})
	}
	err := do()
	if now {
		panic(died{})
	}
	return err
}

// survives runs do and tells whether the process lived to its end.
func survives(do func()) (alive bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ours := r.(died); !ours {
				panic(r)
			}
			alive = false
		}
	}()
	do()
	return true
}

// kill puts the killer between a world's set and its store and app.
func (w *world) kill(k *killer) {
	w.Connectors = connectors{mortalApp{w.apollo, k}}
	w.Transfers = mortalTransfers{w.store, k}
	w.Ledger = mortalLedger{w.store, k}
}

// revive is a new process: what the old one had in memory is gone.
func (w *world) revive() {
	w.Set = &activities.Set{Connectors: connectors{w.apollo}, Ledger: w.store, Transfers: w.store, Now: w.Now}
}

type mortalApp struct {
	*apollo.Connector
	k *killer
}

// RecordRules has everything written one after the other, so that the n-th call
// is always the same one.
func (a mortalApp) RecordRules() []domain.RecordRule { return oneByOne(a.Connector.RecordRules()) }

func oneByOne(rules []domain.RecordRule) []domain.RecordRule {
	for i := range rules {
		rules[i].Parallel = 1
	}
	return rules
}

func (a mortalApp) RecordPage(ctx context.Context, kind domain.RecordKind, owner domain.AccountID, cursor string) (p domain.RecordPage, err error) {
	if cursor == "" {
		a.k.asked = append(a.k.asked, asked{})
	}
	err = a.k.call(func() error { p, err = a.Connector.RecordPage(ctx, kind, owner, cursor); return err })
	return p, err
}

func (a mortalApp) MoveRecords(ctx context.Context, kind domain.RecordKind, records []domain.Record, to domain.AccountID) (m domain.Moved, err error) {
	entry := asked{to: to}
	for _, r := range records {
		entry.ids = append(entry.ids, r.ID)
	}
	a.k.asked = append(a.k.asked, entry)
	err = a.k.call(func() error { m, err = a.Connector.MoveRecords(ctx, kind, records, to); return err })
	return m, err
}

func (a mortalApp) ReadRecords(ctx context.Context, kind domain.RecordKind, ids []string) (r []domain.Record, err error) {
	err = a.k.call(func() error { r, err = a.Connector.ReadRecords(ctx, kind, ids); return err })
	return r, err
}

func (a mortalApp) DeactivateAccount(ctx context.Context, account domain.Account) (r domain.Receipt, err error) {
	err = a.k.call(func() error { r, err = a.Connector.DeactivateAccount(ctx, account); return err })
	return r, err
}

func (a mortalApp) ReactivateAccount(ctx context.Context, account domain.Account) (r domain.Receipt, err error) {
	err = a.k.call(func() error { r, err = a.Connector.ReactivateAccount(ctx, account); return err })
	return r, err
}

type mortalTransfers struct {
	activities.Transfers
	k *killer
}

func (s mortalTransfers) SaveCollected(ctx context.Context, t domain.Transfer, items []domain.TransferItem, reopen bool) (out domain.Transfer, err error) {
	err = s.k.call(func() error { out, err = s.Transfers.SaveCollected(ctx, t, items, reopen); return err })
	return out, err
}

func (s mortalTransfers) TakeChunk(ctx context.Context, key domain.TransferKey, n int) (out []domain.TransferItem, err error) {
	err = s.k.call(func() error { out, err = s.Transfers.TakeChunk(ctx, key, n); return err })
	return out, err
}

func (s mortalTransfers) SettleChunk(ctx context.Context, key domain.TransferKey, outcome map[string]domain.ItemState, id string) (out domain.Transfer, err error) {
	err = s.k.call(func() error { out, err = s.Transfers.SettleChunk(ctx, key, outcome, id); return err })
	return out, err
}

func (s mortalTransfers) SaveTransfer(ctx context.Context, t domain.Transfer) error {
	return s.k.call(func() error { return s.Transfers.SaveTransfer(ctx, t) })
}

type mortalLedger struct {
	activities.Ledger
	k *killer
}

func (l mortalLedger) Record(ctx context.Context, e domain.Entry) error {
	return l.k.call(func() error { return l.Ledger.Record(ctx, e) })
}

func (l mortalLedger) Claim(ctx context.Context, c domain.Claim, decide func([]domain.Claim) domain.GuardFinding) (f domain.GuardFinding, err error) {
	err = l.k.call(func() error { f, err = l.Ledger.Claim(ctx, c, decide); return err })
	return f, err
}

// everyDeath tries a piece of work once to count its calls, and then again for
// each of them, before and after it: the process dies there, a new one goes on.
func everyDeath(t *testing.T, begin func(t *testing.T) *world, work func(w *world), check func(w *world)) {
	t.Helper()
	count := &killer{}
	w := begin(t)
	w.kill(count)
	work(w)
	calls := count.calls
	check(w)
	for _, after := range []bool{false, true} {
		for n := 1; n <= calls; n++ {
			w := begin(t)
			w.kill(&killer{at: n, after: after})
			if survives(func() { work(w) }) {
				t.Fatalf("nobody died at call %d", n)
			}
			w.revive()
			work(w)
			check(w)
			if t.Failed() {
				t.Fatalf("after a death at call %d of %d, after it: %v", n, calls, after)
			}
		}
	}
}
