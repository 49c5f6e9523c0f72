package store

import (
	"context"
	"database/sql"
	"time"

	"handover/domain"
)

// ErasePerson takes out everything that says who an opaque id was: name, email
// and the salts behind their commitments, HR's keys, free texts about them, who
// they are in a chat system, their name in access reviews, when they were away, what the apps said of their
// account and mailboxes, and what browsers showed of them. The audit chains stay
// whole, because they hold the id and commitments only. Somebody whose access
// is still being ended is not erased.
func (s *Store) ErasePerson(ctx context.Context, id domain.PersonID) error {
	return s.transact(ctx, "store.erase_person", func(tx *sql.Tx) error {
		var open int
		if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM runs WHERE person = $1 AND state NOT IN ('closed', 'retracted', 'denied')", string(id)).Scan(&open); err != nil {
			return err
		}
		if open > 0 {
			return domain.NewFault(domain.FaultConflict, "store.erase_person", "", "a run for this person is still open: close or retract it first", nil)
		}
		known, err := touched(tx.ExecContext(ctx, "UPDATE people SET email = '', name = '', manager = '', roles = '', department = '', title = '', location = '', sponsor = '', erased_at = $1 WHERE id = $2", micros(s.now()), string(id)))
		if err != nil {
			return err
		}
		if !known {
			return sql.ErrNoRows
		}
		return eraseTraces(ctx, tx, id)
	})
}

const runsOf = "(SELECT id FROM runs WHERE person = $1)"

func eraseTraces(ctx context.Context, tx *sql.Tx, id domain.PersonID) error {
	if err := eraseReviews(ctx, tx, id); err != nil {
		return err
	}
	for _, statement := range []string{
		"UPDATE member_rows SET email = '', name = '' WHERE person = $1 OR email IN (SELECT email FROM person_proofs WHERE person = $1 AND email <> '')",
		"UPDATE seen_accounts SET email = '' WHERE person = $1 OR email IN (SELECT email FROM person_proofs WHERE person = $1 AND email <> '')",
		"UPDATE finding_exceptions SET reason = '' WHERE finding IN (SELECT id FROM findings WHERE person = $1)",
		"UPDATE person_proofs SET email = '', name = '', salt = '' WHERE person = $1",
		"UPDATE employments SET hr_key = 'erased:' || id WHERE person = $1",
		"DELETE FROM tokens WHERE person = $1",
		"DELETE FROM chat_identities WHERE person = $1",
		"DELETE FROM chat_groups WHERE person = $1",
		"DELETE FROM absences WHERE person = $1 OR substitute = $1",
		"UPDATE steps SET why = '' WHERE run IN " + runsOf,
		"UPDATE hr_events SET body = '', employment = '' WHERE person = $1",
		"DELETE FROM pictures WHERE run IN " + runsOf,
		"DELETE FROM texts WHERE subject = $1 OR chain IN " + runsOf,
	} {
		if _, err := tx.ExecContext(ctx, statement, string(id)); err != nil {
			return err
		}
	}
	for _, statement := range []string{
		"UPDATE runs SET input = $2, why = '' WHERE person = $1",
		"UPDATE outbox SET payload = $2, result = $2 WHERE done_at <> 0 AND run IN " + runsOf,
	} {
		if _, err := tx.ExecContext(ctx, statement, string(id), []byte{}); err != nil {
			return err
		}
	}
	if err := rewrite(ctx, tx, "snapshots", "run || '/' || app", id, bareSnapshot); err != nil {
		return err
	}
	if err := rewrite(ctx, tx, "tasks", "id", id, bareTask); err != nil {
		return err
	}
	if err := rewrite(ctx, tx, "notices", "id", id, bareNotice); err != nil {
		return err
	}
	return rewrite(ctx, tx, "approvals", "id", id, bareApproval)
}

// rewrite passes the bodies of a table that belong to runs of a person through
// a function.
func rewrite[T any](ctx context.Context, tx *sql.Tx, table, key string, id domain.PersonID, bare func(T) T) error {
	type row struct{ key, body string }
	rows, err := collect(ctx, tx, func(r scanner) (row, error) {
		var v row
		err := r.Scan(&v.key, &v.body)
		return v, err
	}, "SELECT "+key+", body FROM "+table+" WHERE run IN "+runsOf, string(id))
	if err != nil {
		return err
	}
	for _, r := range rows {
		v, err := decode[T](r.body)
		if err != nil {
			return err
		}
		body, err := encode(bare(v))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE "+table+" SET body = $1 WHERE "+key+" = $2", body, r.key); err != nil {
			return err
		}
	}
	return nil
}

func bareSnapshot(s domain.Snapshot) domain.Snapshot {
	s.Account.Email, s.Account.Name, s.Account.CreatedAt = "", "", time.Time{}
	for i := range s.Mailboxes {
		s.Mailboxes[i].Address = ""
	}
	return s
}

func bareTask(t domain.Task) domain.Task {
	t.Instructions, t.Proof = nil, ""
	return t
}

func bareNotice(n domain.Notice) domain.Notice {
	n.Text = ""
	return n
}

func bareApproval(a domain.Approval) domain.Approval {
	for i := range a.Decisions {
		a.Decisions[i].Reason = ""
	}
	return a
}
