package bench

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"handover/activities"
	"handover/domain"
	"handover/internal/pgtest"
	"handover/internal/store"
)

// The size and the bounds of a large reconciliation.
const (
	reconcilePeople   = 100_000
	reconcileLeft     = 100 // one in so many left and can still log in
	mostReconcilePeak = 128 << 20
	mostReconcile     = 5 * time.Minute
)

// BenchmarkReconcile compares an app of 100,000 accounts with HR and an identity
// provider of as many people each, for two nights: the first keeps everything, the
// second compares with it.
func BenchmarkReconcile(b *testing.B) {
	for b.Loop() {
		n := newNights(b)
		for _, which := range []string{"first", "second"} {
			took, peak, r := n.night()
			expected := reconcilePeople/reconcileLeft + 1 // and that no admin is there is one more
			if !r.Complete || r.Accounts != reconcilePeople || r.Assigned != reconcilePeople || r.Found != expected || r.Outside != 0 {
				b.Errorf("%s night: %+v, want %d findings", which, r, expected)
			}
			within(b, fmt.Sprintf("peak heap of the %s night, %d accounts x 3 sources, both lists included", which, reconcilePeople), mebibytes(peak), mebibytes(mostReconcilePeak),
				float64(peak)/mostReconcilePeak, 1)
			within(b, "its time", seconds(took), seconds(mostReconcile), took.Seconds()/mostReconcile.Seconds(), 1)
			b.ReportMetric(float64(peak)/(1<<20), "MiB")
		}
		within(b, "listings of the app and of the provider in two nights", fmt.Sprint(n.app.lists+n.front.lists), "4", float64(n.app.lists+n.front.lists)/4, 1)
		note("Reconciliation: the activity alone, in the process of the benchmark, on PostgreSQL without fsync. The heap is looked at every 20 ms; it holds the app's list, the provider's list and 500 accounts of everything else, and garbage that was not collected yet. One in %d people left and has an account that can be used.", reconcileLeft)
	}
}

// largeApp is an app, and largeFront the provider before it, that list everybody.
type largeApp struct{ lists int }

func (a *largeApp) Kind() string                     { return "large" }
func (a *largeApp) Channels() []domain.ChannelChoice { return nil }

func (a *largeApp) ListAccounts(context.Context) (domain.Listing, error) {
	a.lists++
	l := domain.Listing{Complete: true, Total: reconcilePeople, StartedAt: time.Now(), Accounts: make([]domain.Account, 0, reconcilePeople)}
	since := time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC)
	for i := range reconcilePeople {
		l.Accounts = append(l.Accounts, domain.Account{ID: domain.AccountID(fmt.Sprintf("5f0a%020d", i)), Email: largeEmail(i), Name: fmt.Sprint("User ", i),
			Active: domain.Yes, Admin: domain.No, FullSeat: domain.Yes, ProfileID: "5f0a000000000000000000a2", CreatedAt: since})
	}
	return l, nil
}

func largeEmail(i int) string { return fmt.Sprintf("u%06d@example.com", i) }

type largeFront struct {
	activities.SignIn
	lists int
}

func (f *largeFront) ListAssigned(context.Context) (domain.AssignedListing, error) {
	f.lists++
	l := domain.AssignedListing{Complete: true, StartedAt: time.Now(), People: make([]domain.Assigned, 0, reconcilePeople)}
	for i := range reconcilePeople {
		l.People = append(l.People, domain.Assigned{User: fmt.Sprintf("00u%017d", i), Email: largeEmail(i), Active: domain.Yes})
	}
	return l, nil
}

// largeNights is the activity over a database of as many people.
type largeNights struct {
	b     *testing.B
	set   *activities.Set
	app   *largeApp
	front *largeFront
}

func (n *largeNights) Connector(domain.AppID) (activities.Connector, error) { return n.app, nil }
func (n *largeNights) SignIn(domain.AppID) activities.SignIn                { return n.front }
func (n *largeNights) Recipes(domain.AppID) activities.Recipes              { return nil }

func newNights(b *testing.B) *largeNights {
	b.Helper()
	url := pgtest.Database(b)
	st, err := store.OpenPostgres(b.Context(), url)
	require(b, err)
	b.Cleanup(func() { require(b, st.Close()) })
	require(b, st.Migrate(b.Context()))
	seedPeople(b, url)
	n := &largeNights{b: b, app: &largeApp{}, front: &largeFront{}}
	n.set = &activities.Set{Connectors: n, Doors: n, Ledger: st, Findings: st, Now: time.Now}
	return n
}

// seedPeople writes the people straight into the database: a roster of that size is
// another matter.
func seedPeople(b *testing.B, url string) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), url)
	require(b, err)
	defer func() { _ = conn.Close(context.Background()) }()
	past := time.Now().AddDate(0, -1, 0).UnixMicro()
	for _, statement := range []string{
		fmt.Sprintf(`INSERT INTO people (id, email, name, state, manager, roles, erased_at)
			SELECT 'p' || i, 'u' || lpad(i::text, 6, '0') || '@example.com', '', 'active', 'p0', '', 0 FROM generate_series(0, %d) i`, reconcilePeople-1),
		fmt.Sprintf(`INSERT INTO employments (id, hr_key, person, starts, ends, runs, state)
			SELECT 'e' || i, 'emp-' || i, 'p' || i, 1, CASE WHEN i %% %d = 7 THEN %d ELSE 0 END, 0, CASE WHEN i %% %d = 7 THEN 'ending' ELSE '' END FROM generate_series(0, %d) i`,
			reconcileLeft, past, reconcileLeft, reconcilePeople-1),
		"ANALYZE",
	} {
		_, err := conn.Exec(b.Context(), statement)
		require(b, err)
	}
}

// night compares once and answers how long it took, and the largest heap meanwhile.
func (n *largeNights) night() (time.Duration, int64, domain.Reading) {
	n.b.Helper()
	runtime.GC()
	var peak atomic.Int64
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), int64(m.HeapAlloc))) //nolint:gosec // a heap is no exabyte
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	began := time.Now()
	r, err := n.set.ReconcileApp(n.b.Context(), activities.ReconcileInput{App: "large", Owner: "p1", Contract: domain.SeatContract{Bought: -1}})
	took := time.Since(began)
	close(done)
	<-stopped
	require(n.b, err)
	return took, peak.Load(), r.Reading
}
