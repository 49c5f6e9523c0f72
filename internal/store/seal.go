package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"

	"handover/domain"
)

// sealSetting names the setting that tells which seal the database has.
const sealSetting = "seal"

// What the database says when it refuses.
const sealMessage = "access review: this row is sealed"

// sealed says what may still happen to a table of access reviews. Triggers hold
// every writer to it, direct SQL too: whoever is not the owner of the tables
// cannot take them off.
type sealed struct {
	table string
	key   []string // primary key
	id    string   // column with the review's id
	adds  []domain.ReviewState
	drops []domain.ReviewState // where rows may be deleted; none: never
	fixed []string             // never change
	empty []string             // may be emptied, all together, and nothing else
	moves bool                 // the other columns change until the review ends
}

var (
	collecting = []domain.ReviewState{domain.ReviewCollecting, domain.ReviewBlocked}
	deciding   = []domain.ReviewState{domain.ReviewDeciding, domain.ReviewCarryingOut}
	ended      = []domain.ReviewState{domain.ReviewComplete, domain.ReviewExceptions, domain.ReviewRetracted}
)

// sealedTables are all tables of access reviews but reviews itself and
// review_money, which is no part of what is sealed.
var sealedTables = []sealed{
	{table: "review_lines", key: []string{"review", "no"}, id: "review", adds: collecting, drops: collecting, moves: true,
		fixed: []string{"review", "no", "account", "person", "name_id", "role", "role_name", "seat", "active", "admin", "privileged", "invited", "seen", "seen_at", "hints",
			"suggest", "given_reviewer", "given_because", "given_second"}},
	{table: "review_names", key: []string{"review", "line"}, id: "review", adds: collecting, drops: collecting,
		fixed: []string{"review", "line", "person"}, empty: []string{"email", "name", "salt"}},
	{table: "review_decisions", key: []string{"review", "line", "n"}, id: "review", adds: deciding},
	{table: "review_assignments", key: []string{"review", "line", "n"}, id: "review", adds: deciding},
	{table: "review_texts", key: []string{"review", "line", "kind", "n"}, id: "review", adds: deciding,
		fixed: []string{"review", "line", "kind", "n"}, empty: []string{"salt", "body"}},
	{table: "review_rows", key: []string{"review", "no"}, id: "review", adds: collecting,
		fixed: []string{"review", "no", "account", "role", "active", "invited"}, empty: []string{"email", "name"}},
}

// refusals are the conditions under which a statement on a table is refused, as
// both databases read them. replace is that a row is there already: SQLite's REPLACE
// puts another in its place without a deletion that a trigger sees.
type refusals struct{ table, insert, update, delete, replace string }

const always = "1 = 1"

func sealRefusals() []refusals {
	all := []refusals{{table: "reviews",
		insert:  "NEW.state IN (" + quoted(ended) + ")",
		replace: "EXISTS (SELECT 1 FROM reviews r WHERE r.id = NEW.id)",
		update: "OLD.state IN (" + quoted(ended) + ") OR OLD.frozen <> '' AND NEW.frozen <> OLD.frozen OR " +
			changed([]string{"id", "app", "period", "requester", "settings", "started_at", "policy_hash"}),
		delete: always}}
	for _, t := range sealedTables {
		r := refusals{table: t.table, insert: "NOT " + t.stands("NEW", t.adds), update: always, delete: always}
		if t.drops != nil {
			r.delete = "NOT " + t.stands("OLD", t.drops)
		} else {
			r.replace = t.there()
		}
		switch {
		case t.moves:
			r.update = changed(t.fixed) + " OR " + t.stands("OLD", ended)
		case t.empty != nil:
			r.update = changed(t.fixed) + " OR NEW." + strings.Join(t.empty, " <> '' OR NEW.") + " <> ''"
		}
		all = append(all, r)
	}
	return all
}

// stands is the condition that the review of a row is in one of the states.
func (t sealed) stands(row string, states []domain.ReviewState) string {
	return "EXISTS (SELECT 1 FROM reviews r WHERE r.id = " + row + "." + t.id + " AND r.state IN (" + quoted(states) + "))"
}

func (t sealed) there() string {
	same := make([]string, 0, len(t.key))
	for _, column := range t.key {
		same = append(same, "o."+column+" = NEW."+column)
	}
	return "EXISTS (SELECT 1 FROM " + t.table + " o WHERE " + strings.Join(same, " AND ") + ")"
}

func changed(columns []string) string {
	parts := make([]string, 0, len(columns))
	for _, c := range columns {
		parts = append(parts, "NEW."+c+" <> OLD."+c)
	}
	return strings.Join(parts, " OR ")
}

func quoted(states []domain.ReviewState) string {
	parts := make([]string, 0, len(states))
	for _, s := range states {
		parts = append(parts, "'"+string(s)+"'")
	}
	return strings.Join(parts, ", ")
}

// seal puts the triggers on, unless the database has exactly these already: the
// program may run as a role that does not own the tables.
func (s *Store) seal(ctx context.Context, tx *sql.Tx) error {
	statements := sqliteSeal()
	if _, ok := s.writer.Driver().(*stdlib.Driver); ok {
		schema, err := oneText(tx.QueryRowContext(ctx, "SELECT current_schema()"))
		if err != nil {
			return err
		}
		statements = postgresSeal(schema)
	}
	sum := sha256.Sum256([]byte(strings.Join(statements, "\n")))
	want := hex.EncodeToString(sum[:])
	have, err := readSetting(ctx, tx, sealSetting)
	if err != nil || have == want {
		return err
	}
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return putSetting(ctx, tx, sealSetting, want)
}
