package bench

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"handover/activities"
	"handover/domain"
	"handover/internal/pgtest"
	"handover/internal/store"
)

// The size and the bounds of reading a large review back.
const (
	lookLines   = 100_000
	lookRemoved = 5_000
	mostSettle  = 30 * time.Second
	mostLook    = 5 * time.Second
)

// BenchmarkReviewLook reads a review of 100,000 lines back, of which 5,000 were removed:
// once when the app has just stopped to show them, then again as every hour and every
// signal does, by the accounts' ids and, as after an uploaded list, by their emails.
func BenchmarkReviewLook(b *testing.B) {
	for b.Loop() {
		l := newLooks(b, lookLines, lookRemoved)
		took := l.look()
		within(b, fmt.Sprintf("a review of %d lines is read back, %d removals are settled", lookLines, lookRemoved), seconds(took), seconds(mostSettle), took.Seconds()/mostSettle.Seconds(), 1)
		took = l.look()
		within(b, "the same again, when nothing changed", seconds(took), seconds(mostLook), took.Seconds()/mostLook.Seconds(), 1)
		l.run("UPDATE reviews SET population = replace(population, '\"source\":\"app\"', '\"source\":\"upload\"')")
		took = l.look()
		within(b, "the same again, by emails", seconds(took), seconds(mostLook), took.Seconds()/mostLook.Seconds(), 1)
		note("Reading a review back: the activity alone, in the process of the benchmark, on PostgreSQL without fsync; the app's list is made in memory. The lines were decided by statements: no run stands behind them.")
	}
}

// shrunkApp lists everybody but those who were removed.
type shrunkApp struct{ people, removed int }

func (a *shrunkApp) Kind() string                     { return "large" }
func (a *shrunkApp) Channels() []domain.ChannelChoice { return nil }

func (a *shrunkApp) ListAccounts(context.Context) (domain.Listing, error) {
	l := domain.Listing{Complete: true, Total: a.people - a.removed, StartedAt: time.Now(), Accounts: make([]domain.Account, 0, a.people)}
	for i := a.removed; i < a.people; i++ {
		l.Accounts = append(l.Accounts, domain.Account{ID: domain.AccountID(fmt.Sprintf("5f0a%020d", i)), Email: largeEmail(i), Active: domain.Yes, Admin: domain.No,
			FullSeat: domain.Yes, ProfileID: "5f0a000000000000000000a2"})
	}
	return l, nil
}

// looks is the activity over the database of one review.
type looks struct {
	b       *testing.B
	url     string
	set     *activities.Set
	store   *store.Store
	app     *shrunkApp
	id      string
	removed int
}

func (l *looks) Connector(domain.AppID) (activities.Connector, error) { return l.app, nil }

// newLooks freezes a review of an app, and has the accounts with the first ids decided
// to be removed and gone, everybody else kept.
func newLooks(b *testing.B, lines, removed int) *looks {
	b.Helper()
	url := pgtest.Database(b)
	st, err := store.OpenPostgres(b.Context(), url)
	require(b, err)
	b.Cleanup(func() { require(b, st.Close()) })
	require(b, st.Migrate(b.Context()))
	seedPeople(b, url)
	l := &looks{b: b, url: url, store: st, app: &shrunkApp{people: lines}, id: "access-review:large:2026-Q4", removed: removed}
	l.set = &activities.Set{Connectors: l, Ledger: st, Reviews: st, Now: time.Now}
	r := domain.Review{App: "large", Period: "2026-Q4", State: domain.ReviewCollecting, Requester: domain.SystemActor, StartedAt: time.Now(),
		Settings: domain.ReviewSettings{Due: 14 * 24 * time.Hour, PeopleAge: math.MaxInt64, Silence: domain.SilenceKeep}}
	run := domain.Run{ID: l.id, Kind: domain.RunReview, Apps: []domain.AppID{"large"}, Requester: domain.SystemActor, StartedAt: time.Now()}
	_, _, err = st.CreateRun(b.Context(), run, func(domain.Run) (store.RunStart, error) { return store.RunStart{Review: &r}, nil })
	require(b, err)
	frozen, err := l.set.FreezeReview(b.Context(), activities.ReviewInput{Run: l.id, App: "large", Count: 1})
	require(b, err)
	if frozen.Lines != lines {
		b.Fatalf("the review has %d lines: %s", frozen.Lines, frozen.Blocked)
	}
	l.run("UPDATE reviews SET state = 'carrying_out'")
	l.run("UPDATE review_lines SET state = 'done', verdict = 'keep'")
	l.run(fmt.Sprintf("UPDATE review_lines SET state = 'carrying_out', verdict = 'remove', run = 'offboarding:bench:' || no WHERE no <= %d", removed))
	l.run("ANALYZE")
	l.app.removed = removed
	return l
}

func (l *looks) run(statement string) {
	l.b.Helper()
	conn, err := pgx.Connect(l.b.Context(), l.url)
	require(l.b, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(l.b.Context(), statement)
	require(l.b, err)
}

// look reads the review back once; all of it is shown to be carried out.
func (l *looks) look() time.Duration {
	l.b.Helper()
	began := time.Now()
	standing, err := l.set.ReadBackReview(l.b.Context(), activities.ReviewInput{Run: l.id, App: "large", Count: 2})
	took := time.Since(began)
	require(l.b, err)
	counts, err := l.store.ReviewCounts(l.b.Context(), l.id)
	require(l.b, err)
	if standing.Moving != 0 || standing.Open != 0 || counts.Done[domain.ReviewRemove] != l.removed {
		l.b.Fatalf("%+v, %d of %d removals are done", standing, counts.Done[domain.ReviewRemove], l.removed)
	}
	return took
}
