package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"time"

	"handover/domain"
)

// tokenPrefix lets a scanner of repositories tell what it found.
const tokenPrefix = "hov_"

// Token is a personal token for the HTTP API, without its secret.
type Token struct {
	ID        string
	Person    domain.PersonID
	Name      string
	CreatedAt time.Time
	ExpiresAt time.Time // zero is never
	RevokedAt time.Time
}

// IssueToken makes a token for a person and gives its secret, which is shown
// once: only its hash is kept.
func (s *Store) IssueToken(ctx context.Context, by, person domain.PersonID, name string, expires time.Time) (Token, string, error) {
	t := Token{ID: opaque(), Person: person, Name: text(name), CreatedAt: s.now(), ExpiresAt: at(micros(expires))}
	plain := tokenPrefix + secret() + opaque()
	err := s.transact(ctx, "store.issue_token", func(tx *sql.Tx) error {
		if _, err := scanPerson(tx.QueryRowContext(ctx, "SELECT "+personColumns+" FROM people WHERE id = $1", string(person))); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO tokens (id, person, name, hash, created_at, expires_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
			t.ID, string(person), t.Name, hashToken(plain), micros(t.CreatedAt), micros(t.ExpiresAt)); err != nil {
			return err
		}
		return s.record(ctx, tx, domain.Entry{Events: []domain.AuditEvent{tokenEvent(t, by, "issued", t.CreatedAt)}})
	})
	return t, plain, err
}

func tokenEvent(t Token, by domain.PersonID, what string, when time.Time) domain.AuditEvent {
	return domain.AuditEvent{Key: "token/" + t.ID + "/" + what, Kind: domain.EventTokenIssued, Actor: by, Subject: t.Person, Target: t.ID, To: what, At: when}
}

func hashToken(plain string) string {
	sum := sha256.Sum256([]byte(plain))
	return hex.EncodeToString(sum[:])
}

// PersonByToken finds whose token a secret is. One that is unknown, revoked or
// expired, or whose owner left, is not found.
func (s *Store) PersonByToken(ctx context.Context, plain string) (domain.Person, error) {
	p, err := scanPerson(s.reader.QueryRowContext(ctx, "SELECT "+personColumns+` FROM people WHERE id IN (SELECT person FROM tokens
		WHERE hash = $1 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $2)) AND state <> $3`, hashToken(plain), micros(s.now()), string(domain.PersonLeft)))
	return p, fault("store.person_by_token", err)
}

// RevokeToken ends a token. Revoking it again changes nothing.
func (s *Store) RevokeToken(ctx context.Context, by domain.PersonID, id string) error {
	return s.transact(ctx, "store.revoke_token", func(tx *sql.Tx) error {
		now := s.now()
		t, err := scanToken(tx.QueryRowContext(ctx, "UPDATE tokens SET name = name WHERE id = $1 RETURNING "+tokenColumns, id))
		if err != nil || !t.RevokedAt.IsZero() {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE tokens SET revoked_at = $1 WHERE id = $2", micros(now), id); err != nil {
			return err
		}
		return s.record(ctx, tx, domain.Entry{Events: []domain.AuditEvent{tokenEvent(t, by, "revoked", now)}})
	})
}

const tokenColumns = "id, person, name, created_at, expires_at, revoked_at"

func scanToken(row scanner) (Token, error) {
	var t Token
	var created, expires, revoked int64
	err := row.Scan(&t.ID, &t.Person, &t.Name, &created, &expires, &revoked)
	t.CreatedAt, t.ExpiresAt, t.RevokedAt = at(created), at(expires), at(revoked)
	return t, err
}

// Tokens lists the tokens of a person, the newest first.
func (s *Store) Tokens(ctx context.Context, person domain.PersonID) ([]Token, error) {
	found, err := collect(ctx, s.reader, scanToken, "SELECT "+tokenColumns+" FROM tokens WHERE person = $1 ORDER BY created_at DESC, id", string(person))
	return found, fault("store.tokens", err)
}
