package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"handover/domain"
)

// policySetting names the setting that holds the hash of the policy in force.
const policySetting = "policy"

// Setting is a value that the installation keeps, such as the fingerprint of
// its signing key or the head that was anchored last; "" when none is kept.
func (s *Store) Setting(ctx context.Context, name string) (string, error) {
	value, err := readSetting(ctx, s.reader, name)
	return value, fault("store.setting", err)
}

func readSetting(ctx context.Context, q querier, name string) (string, error) {
	var value string
	err := q.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = $1", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// SetSetting keeps a value.
func (s *Store) SetSetting(ctx context.Context, name, value string) error {
	return fault("store.set_setting", putSetting(ctx, s.writer, name, value))
}

func putSetting(ctx context.Context, q querier, name, value string) error {
	_, err := q.ExecContext(ctx, "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, text(value))
	return err
}

// NotePolicy keeps the text of a policy file and says in the audit log when
// another one comes into force than was before, also when an old one returns.
func (s *Store) NotePolicy(ctx context.Context, hash, body string) error {
	return s.transact(ctx, "store.note_policy", func(tx *sql.Tx) error {
		heads, err := lockChains(ctx, tx, "", []domain.AuditEvent{{}}) // orders processes that start together
		if err != nil {
			return err
		}
		before, err := readSetting(ctx, tx, policySetting)
		if err != nil || before == hash {
			return err
		}
		if err := putSetting(ctx, tx, policySetting, hash); err != nil {
			return err
		}
		now := s.now()
		if _, err := tx.ExecContext(ctx, "INSERT INTO policies (hash, body, first_at) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING", hash, text(body), micros(now)); err != nil {
			return err
		}
		key := "policy/" + hash + "/" + strconv.FormatInt(micros(now), 10)
		return appendEvents(ctx, tx, heads, []domain.AuditEvent{{Key: key, Kind: domain.EventPolicyChanged, Actor: domain.SystemActor,
			From: before, To: hash, PolicyHash: hash, At: now}})
	})
}

// PolicyText is the policy file with a hash.
func (s *Store) PolicyText(ctx context.Context, hash string) (string, error) {
	body, err := oneText(s.reader.QueryRowContext(ctx, "SELECT body FROM policies WHERE hash = $1", hash))
	return body, fault("store.policy_text", err)
}
