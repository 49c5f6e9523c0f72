package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"handover/domain"
)

// seenBatch keeps a statement below the databases' bounds for arguments.
const seenBatch = 500

const seenColumns = "app, account, person, email, active, admin, role, invited, first_seen, last_seen, gone, unexplained, counted_at"

func scanSeen(row scanner) (domain.SeenAccount, error) {
	var s domain.SeenAccount
	var invited, gone int
	var first, last, counted int64
	err := row.Scan(&s.App, &s.Account, &s.Person, &s.Email, &s.Active, &s.Admin, &s.Role, &invited, &first, &last, &gone, &s.Unexplained, &counted)
	s.Invited, s.Gone, s.FirstSeen, s.LastSeen, s.CountedAt = invited == 1, gone == 1, at(first), at(last), at(counted)
	return s, err
}

// SaveSeen keeps a stretch of a reading in one transaction: how accounts stand, what
// was found, held and no longer shown about them, and the events of what changed. It
// answers how many findings it closed.
func (s *Store) SaveSeen(ctx context.Context, read time.Time, seen []domain.SeenAccount, j domain.Judgement, events []domain.AuditEvent) (int, error) {
	closed := 0
	err := s.transact(ctx, "store.save_seen", func(tx *sql.Tx) error {
		if err := keepSeen(ctx, tx, seen); err != nil {
			return err
		}
		if err := keepFindings(ctx, tx, j.Found); err != nil {
			return err
		}
		var err error
		if closed, err = s.closeGone(ctx, tx, j.Gone, read); err != nil {
			return err
		}
		if err := holdFindings(ctx, tx, j.Held, read); err != nil || len(events) == 0 {
			return err
		}
		return s.record(ctx, tx, domain.Entry{Events: events})
	})
	return closed, err
}

func keepSeen(ctx context.Context, tx *sql.Tx, seen []domain.SeenAccount) error {
	for rest := seen; len(rest) > 0; {
		n := min(len(rest), seenBatch)
		var args []any
		for _, a := range rest[:n] {
			args = append(args, string(a.App), string(a.Account), string(a.Person), text(a.Email), string(a.Active), string(a.Admin), text(a.Role), flag(a.Invited),
				micros(a.FirstSeen), micros(a.LastSeen), flag(a.Gone), string(a.Unexplained), micros(a.CountedAt))
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO seen_accounts ("+seenColumns+") VALUES "+values(n, 13)+` ON CONFLICT (app, account) DO UPDATE SET
			person = excluded.person, email = excluded.email, active = excluded.active, admin = excluded.admin, role = excluded.role, invited = excluded.invited,
			first_seen = excluded.first_seen, last_seen = excluded.last_seen, gone = excluded.gone, unexplained = excluded.unexplained, counted_at = excluded.counted_at
			WHERE seen_accounts.last_seen <= excluded.last_seen`, args...); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// SeenAccounts tells how accounts of an app stood at its last complete reading. One
// that was never seen is missing.
func (s *Store) SeenAccounts(ctx context.Context, app domain.AppID, ids []domain.AccountID) (map[domain.AccountID]domain.SeenAccount, error) {
	found := make(map[domain.AccountID]domain.SeenAccount, len(ids))
	for part := range slices.Chunk(ids, seenBatch) {
		rows, err := collect(ctx, s.reader, scanSeen, "SELECT "+seenColumns+" FROM seen_accounts WHERE app = $1 AND account IN ("+list(2, len(part))+")", anys([]any{string(app)}, part)...)
		if err != nil {
			return nil, fault("store.seen_accounts", err)
		}
		for _, r := range rows {
			found[r.Account] = r
		}
	}
	return found, nil
}

// MissingAccounts lists accounts that were there, and that a reading begun at an
// instant did not show, by account.
func (s *Store) MissingAccounts(ctx context.Context, app domain.AppID, read time.Time, limit int) ([]domain.SeenAccount, error) {
	found, err := collect(ctx, s.reader, scanSeen, "SELECT "+seenColumns+" FROM seen_accounts WHERE app = $1 AND gone = 0 AND last_seen < $2 ORDER BY last_seen, account LIMIT $3",
		string(app), micros(read), limit)
	return found, fault("store.missing_accounts", err)
}

// UnusedAccounts lists accounts that nobody can use, or whose person is said to have
// left, those first whose records were counted longest ago. Apps that no longer list
// an account may keep what it owns.
func (s *Store) UnusedAccounts(ctx context.Context, app domain.AppID, limit int) ([]domain.SeenAccount, error) {
	found, err := collect(ctx, s.reader, scanSeen, "SELECT "+seenColumns+` FROM seen_accounts s WHERE app = $1 AND invited = 0 AND (gone = 1 OR active = 'no' OR
		EXISTS (SELECT 1 FROM findings f WHERE f.app = s.app AND f.account = s.account AND f.kind = 'left_but_active' AND f.state <> 'closed'))
		ORDER BY counted_at, account LIMIT $2`, string(app), limit)
	return found, fault("store.unused_accounts", err)
}

// NoteCounted notes when the records of some accounts were counted.
func (s *Store) NoteCounted(ctx context.Context, app domain.AppID, accounts []domain.AccountID, now time.Time) error {
	for part := range slices.Chunk(accounts, seenBatch) {
		if _, err := s.writer.ExecContext(ctx, "UPDATE seen_accounts SET counted_at = $1 WHERE app = $2 AND account IN ("+list(3, len(part))+")",
			anys([]any{micros(now), string(app)}, part)...); err != nil {
			return fault("store.note_counted", err)
		}
	}
	return nil
}

// EmailsSeen are the emails under which an app showed accounts, for a reader.
func (s *Store) EmailsSeen(ctx context.Context, app domain.AppID, ids []domain.AccountID) (map[domain.AccountID]string, error) {
	seen, err := s.SeenAccounts(ctx, app, ids)
	emails := make(map[domain.AccountID]string, len(seen))
	for id, a := range seen {
		emails[id] = a.Email
	}
	return emails, err
}

// LastReading is the newest reading of an app, or the newest complete one; the zero
// value where there is none.
func (s *Store) LastReading(ctx context.Context, app domain.AppID, complete bool) (domain.Reading, error) {
	q := &query{text: "SELECT body FROM readings WHERE 0 = 0"}
	q.where("app = ?", string(app))
	if complete {
		q.where("complete = ?", 1)
	}
	q.order("began_at DESC", 1)
	found, err := collect(ctx, s.reader, bodies[domain.Reading], q.text, q.args...)
	if err != nil || len(found) == 0 {
		return domain.Reading{}, fault("store.last_reading", err)
	}
	return found[0], nil
}

// EndReading keeps what a reading came to, with its event and what is told of it, in
// one transaction: tell gets the open findings, by kind, that were first seen since the
// complete reading before, so that each is told exactly once however often a reading
// was tried. It may be called more than once, and is not called where the reading is not
// complete. Two readings of one app that end at once wait for each other.
func (s *Store) EndReading(ctx context.Context, r domain.Reading, e domain.AuditEvent, tell func(fresh map[domain.FindingKind]int) []domain.Notice) error {
	body, err := encode(r)
	if err != nil {
		return err
	}
	return s.transact(ctx, "store.end_reading", func(tx *sql.Tx) error {
		if err := lockApp(ctx, tx, r.App); err != nil {
			return err
		}
		entry := domain.Entry{Events: []domain.AuditEvent{e}}
		if r.Complete {
			fresh, err := freshFindings(ctx, tx, r)
			if err != nil {
				return err
			}
			entry.Notices = tell(fresh)
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO readings (app, began_at, complete, body) VALUES ($1, $2, $3, $4) ON CONFLICT (app, began_at) DO UPDATE SET complete = excluded.complete, body = excluded.body",
			string(r.App), micros(r.BeganAt), flag(r.Complete), body); err != nil {
			return err
		}
		return s.record(ctx, tx, entry)
	})
}

// AccountActs lists what Handover knows of accounts in an app from a moment on: the
// acts on members, what was undone, and the steps that open runs are at.
func (s *Store) AccountActs(ctx context.Context, app domain.AppID, since time.Time) ([]domain.MemberAct, error) {
	acts, err := s.MemberActs(ctx, app, since)
	if err != nil {
		return nil, err
	}
	undone, err := collect(ctx, s.reader, bodies[domain.AuditEvent], "SELECT body FROM events WHERE app = $1 AND at >= $2 AND kind = $3 ORDER BY at, chain, seq",
		string(app), micros(since), string(domain.EventUndone))
	if err != nil {
		return nil, fault("store.account_acts", err)
	}
	for _, e := range undone {
		acts = append(acts, domain.MemberAct{Person: e.Subject, Kind: e.Kind, Steps: []domain.StepKey{e.Step}, At: e.At})
	}
	open, err := collect(ctx, s.reader, func(row scanner) (domain.MemberAct, error) {
		act := domain.MemberAct{Steps: make([]domain.StepKey, 1)}
		err := row.Scan(&act.Person, &act.Steps[0])
		return act, err
	}, `SELECT r.person, s.step FROM steps s JOIN runs r ON r.id = s.run WHERE s.app = $1 AND r.state NOT IN ('closed', 'retracted', 'denied')
		AND s.state IN ('running', 'done_unverified', 'needs_attention') ORDER BY r.id, s.step`, string(app))
	return append(acts, open...), fault("store.account_acts", err)
}

// OpenLeavings tells by which open run the access of people to an app is being ended.
func (s *Store) OpenLeavings(ctx context.Context, app domain.AppID, people []domain.PersonID) (map[domain.PersonID]string, error) {
	runs := map[domain.PersonID]string{}
	for part := range slices.Chunk(people, seenBatch) {
		found, err := collect(ctx, s.reader, scanRun, "SELECT "+runColumns+" FROM runs WHERE kind = 'offboarding' AND state NOT IN ('closed', 'retracted', 'denied') AND person IN ("+
			list(1, len(part))+") ORDER BY started_at", anys(nil, part)...)
		if err != nil {
			return nil, fault("store.open_leavings", err)
		}
		for _, r := range found {
			if slices.Contains(r.Apps, app) {
				runs[r.Person] = r.ID
			}
		}
	}
	return runs, nil
}

// HRSpokeOf is of how many people HR told.
func (s *Store) HRSpokeOf(ctx context.Context) (int, error) {
	var n int
	err := s.reader.QueryRowContext(ctx, "SELECT COUNT(DISTINCT person) FROM employments WHERE hr_key NOT LIKE 'person:%' AND hr_key NOT LIKE 'erased:%'").Scan(&n)
	return n, fault("store.hr_spoke_of", err)
}
