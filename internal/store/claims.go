package store

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"handover/domain"
)

// claimMemory is how long a settled claim is still shown to guards: far longer
// than the age of the oldest listing on which one is decided.
const claimMemory = time.Hour

const claimColumns = "id, app, account, effect, run, step, made_at, settled_at, released"

func scanClaim(row scanner) (domain.Claim, error) {
	var c domain.Claim
	var made, settled int64
	err := row.Scan(&c.ID, &c.App, &c.Account, &c.Effect, &c.Run, &c.Step, &made, &settled, &c.Released)
	c.MadeAt, c.SettledAt = at(made), at(settled)
	return c, err
}

// Claim runs decide on the claims of an app that may count, with the app
// locked, and inserts the claim when the finding is not shut. The same claim a
// second time is the same claim; one that was settled or released is made anew.
// decide may run more than once, inside the transaction: it must have no effects
// and not use the store.
func (s *Store) Claim(ctx context.Context, c domain.Claim, decide func(open []domain.Claim) domain.GuardFinding) (domain.GuardFinding, error) {
	var finding domain.GuardFinding
	err := s.transact(ctx, "store.claim", func(tx *sql.Tx) error {
		heads, err := lockChains(ctx, tx, c.Run, nil)
		if err != nil {
			return err
		}
		if err := lockApp(ctx, tx, c.App); err != nil {
			return err
		}
		open, err := s.claimsOf(ctx, tx, c.App)
		if err != nil {
			return err
		}
		finding = decide(open)
		if finding.State == domain.GuardShut {
			return nil
		}
		made, err := putClaim(ctx, tx, c)
		if err != nil || !made {
			return err
		}
		return appendEvents(ctx, tx, heads, []domain.AuditEvent{claimEvent(c, finding)})
	})
	return finding, err
}

// lockApp takes the row that orders the claims on an app's accounts.
func lockApp(ctx context.Context, tx *sql.Tx, app domain.AppID) error {
	if err := ensureApp(ctx, tx, app); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "UPDATE apps SET revision = revision + 1 WHERE app = $1", string(app))
	return err
}

func ensureApp(ctx context.Context, q querier, app domain.AppID) error {
	_, err := q.ExecContext(ctx, "INSERT INTO apps (app, revision, paused_at) VALUES ($1, 0, 0) ON CONFLICT (app) DO NOTHING", string(app))
	return err
}

func (s *Store) claimsOf(ctx context.Context, q querier, app domain.AppID) ([]domain.Claim, error) {
	return collect(ctx, q, scanClaim, "SELECT "+claimColumns+` FROM claims WHERE app = $1 AND ((settled_at = 0 AND NOT released) OR settled_at >= $2)
		ORDER BY made_at, id`, string(app), micros(s.now().Add(-claimMemory)))
}

// putClaim answers false when the claim is open already.
func putClaim(ctx context.Context, tx *sql.Tx, c domain.Claim) (bool, error) {
	return touched(tx.ExecContext(ctx, "INSERT INTO claims ("+claimColumns+") VALUES ("+list(1, 9)+`)
		ON CONFLICT (id) DO UPDATE SET account = excluded.account, effect = excluded.effect, made_at = excluded.made_at, settled_at = 0, released = excluded.released
		WHERE claims.settled_at <> 0 OR claims.released`,
		c.ID, string(c.App), string(c.Account), string(c.Effect), c.Run, string(c.Step), micros(c.MadeAt), 0, false))
}

// claimEvent says that a claim was made. Its key names the moment, because a
// claim that was released can be made again.
func claimEvent(c domain.Claim, f domain.GuardFinding) domain.AuditEvent {
	return domain.AuditEvent{Key: c.ID + "/made-" + strconv.FormatInt(c.MadeAt.UnixMicro(), 10), Run: c.Run, Kind: domain.EventClaimMade,
		Actor: domain.SystemActor, App: c.App, Step: c.Step, Target: string(c.Account), At: c.MadeAt,
		Facts: map[string]string{"effect": string(c.Effect), "guard": string(f.Guard), "finding": string(f.State), "why": f.Why}}
}

// claims settles or releases what an entry names. A claim that nobody made is
// passed over, and one that is over stays so.
func (w *entryWriter) claims(ctx context.Context) error {
	for _, c := range w.entry.Claims {
		if _, err := w.tx.ExecContext(ctx, "UPDATE claims SET settled_at = $1, released = $2 WHERE id = $3 AND settled_at = 0 AND NOT released",
			micros(c.SettledAt), c.Released, c.ID); err != nil {
			return err
		}
	}
	return nil
}

// Claims lists the claims of an app that may count: those open, and those
// settled within the last hour.
func (s *Store) Claims(ctx context.Context, app domain.AppID) ([]domain.Claim, error) {
	found, err := s.claimsOf(ctx, s.reader, app)
	return found, fault("store.claims", err)
}
