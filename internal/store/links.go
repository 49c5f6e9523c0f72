package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"handover/domain"
)

// AccountLink finds the account that a person was linked to in an app, and ""
// when none is.
func (s *Store) AccountLink(ctx context.Context, app domain.AppID, person domain.PersonID) (domain.AccountID, error) {
	var id domain.AccountID
	err := s.reader.QueryRowContext(ctx, "SELECT account FROM account_links WHERE app = $1 AND person = $2", string(app), string(person)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, fault("store.account_link", err)
}

// LinkAccount links a person to their account in an app. A later link replaces
// an earlier one.
func (s *Store) LinkAccount(ctx context.Context, app domain.AppID, person domain.PersonID, account domain.AccountID) error {
	return fault("store.link_account", linkAccount(ctx, s.writer, app, person, account))
}

func linkAccount(ctx context.Context, q querier, app domain.AppID, person domain.PersonID, account domain.AccountID) error {
	if account == "" {
		return nil
	}
	_, err := q.ExecContext(ctx, `INSERT INTO account_links (app, person, account) VALUES ($1, $2, $3)
		ON CONFLICT (app, person) DO UPDATE SET account = excluded.account`, string(app), string(person), string(account))
	if err != nil {
		return fmt.Errorf("link account: %w", err)
	}
	return nil
}
