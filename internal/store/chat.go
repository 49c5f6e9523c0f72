package store

import (
	"context"
	"database/sql"

	"handover/domain"
)

// ChatUser is somebody in a chat system: ids mean something only within their
// team.
type ChatUser struct {
	Team string
	User string
}

// BindChat pins a chat user to a person, together with the events that say so.
// The same pair again changes nothing; a user who is somebody else already, or a
// person who has another user, is a fault of kind conflict.
func (s *Store) BindChat(ctx context.Context, u ChatUser, person domain.PersonID, events ...domain.AuditEvent) (fresh bool, err error) {
	err = s.transact(ctx, "store.bind_chat", func(tx *sql.Tx) error {
		var err error
		if fresh, err = touched(tx.ExecContext(ctx, "INSERT INTO chat_identities (team, chat_user, person, bound_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
			u.Team, u.User, string(person), micros(s.now()))); err != nil {
			return err
		}
		if fresh {
			return s.record(ctx, tx, domain.Entry{Events: events})
		}
		var pinned string
		err = tx.QueryRowContext(ctx, "SELECT person FROM chat_identities WHERE team = $1 AND chat_user = $2", u.Team, u.User).Scan(&pinned)
		if err == nil && pinned == string(person) {
			return nil
		}
		if err != nil && err != sql.ErrNoRows { //nolint:errorlint // the driver's own value
			return err
		}
		return domain.NewFault(domain.FaultConflict, "store.bind_chat", "", "this chat user, or this person, is bound to another already: an administrator can free it", nil)
	})
	return fresh, err
}

// PersonByChat finds who a chat user is.
func (s *Store) PersonByChat(ctx context.Context, u ChatUser) (domain.Person, error) {
	p, err := scanPerson(s.reader.QueryRowContext(ctx, "SELECT "+personColumns+` FROM people
		WHERE id = (SELECT person FROM chat_identities WHERE team = $1 AND chat_user = $2)`, u.Team, u.User))
	return p, fault("store.person_by_chat", err)
}

// PeopleByChatUser finds who a user id is, in whatever team.
func (s *Store) PeopleByChatUser(ctx context.Context, user string) ([]domain.PersonID, error) {
	found, err := collect(ctx, s.reader, func(row scanner) (domain.PersonID, error) {
		var id domain.PersonID
		err := row.Scan(&id)
		return id, err
	}, "SELECT DISTINCT person FROM chat_identities WHERE chat_user = $1 ORDER BY person", user)
	return found, fault("store.people_by_chat_user", err)
}

// ChatOf finds the user that a person has in a team.
func (s *Store) ChatOf(ctx context.Context, team string, person domain.PersonID) (ChatUser, error) {
	u := ChatUser{Team: team}
	err := s.reader.QueryRowContext(ctx, "SELECT chat_user FROM chat_identities WHERE team = $1 AND person = $2", team, string(person)).Scan(&u.User)
	return u, fault("store.chat_of", err)
}

// UnbindChat frees a person from their chat users, together with the events that
// say so, and tells how many there were.
func (s *Store) UnbindChat(ctx context.Context, person domain.PersonID, events ...domain.AuditEvent) (int, error) {
	var n int64
	err := s.transact(ctx, "store.unbind_chat", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM chat_identities WHERE person = $1", string(person))
		if err != nil {
			return err
		}
		if n, err = result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.record(ctx, tx, domain.Entry{Events: events})
	})
	return int(n), err
}

// SetGroup keeps the members of a group as the chat system told them.
func (s *Store) SetGroup(ctx context.Context, name string, members []domain.PersonID) error {
	return s.transact(ctx, "store.set_group", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM chat_groups WHERE name = $1", name); err != nil {
			return err
		}
		for _, id := range members {
			if _, err := tx.ExecContext(ctx, "INSERT INTO chat_groups (name, person, seen_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
				name, string(id), micros(s.now())); err != nil {
				return err
			}
		}
		return nil
	})
}

// Group lists the members of a group as they were last told.
func (s *Store) Group(ctx context.Context, name string) ([]domain.PersonID, error) {
	found, err := collect(ctx, s.reader, func(row scanner) (domain.PersonID, error) {
		var id domain.PersonID
		err := row.Scan(&id)
		return id, err
	}, "SELECT person FROM chat_groups WHERE name = $1 ORDER BY person", name)
	return found, fault("store.group", err)
}
