package store

import (
	"bytes"
	"context"
	"database/sql"

	"handover/domain"
)

// departure ends somebody's own rights in Handover, or gives them back: their
// state, roles, personal tokens and substitutions change in the transaction that
// says so. What was asked of them is moved afterwards.
func (w *entryWriter) departure(ctx context.Context) error {
	d := w.entry.Departure
	if d == nil {
		return nil
	}
	fresh, err := touched(w.tx.ExecContext(ctx, "INSERT INTO departures (run, person, back, at, routed_at) VALUES ($1, $2, $3, $4, 0) ON CONFLICT DO NOTHING",
		w.entry.Run, string(d.Person), d.Back, micros(d.At)))
	if err != nil || !fresh {
		return err
	}
	if d.Back {
		// What another run ended stays ended.
		_, err := w.tx.ExecContext(ctx, `UPDATE people SET state = $1 WHERE id = $2 AND state = $3 AND NOT EXISTS (SELECT 1 FROM departures d
			WHERE d.person = $4 AND NOT d.back AND NOT EXISTS (SELECT 1 FROM departures b WHERE b.run = d.run AND b.person = d.person AND b.back))`,
			string(domain.PersonActive), string(d.Person), string(domain.PersonLeft), string(d.Person))
		return err
	}
	return endRights(ctx, w.tx, d.Person, micros(w.now))
}

func endRights(ctx context.Context, tx *sql.Tx, who domain.PersonID, now int64) error {
	if _, err := tx.ExecContext(ctx, "UPDATE people SET state = $1, roles = '' WHERE id = $2", string(domain.PersonLeft), string(who)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE tokens SET revoked_at = $1 WHERE person = $2 AND revoked_at = 0", now, string(who)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "UPDATE absences SET until_at = $1 WHERE until_at > $2 AND (person = $3 OR substitute = $4)", now, now, string(who), string(who))
	return err
}

// Departures lists whose rights ended, or came back, without what was asked of
// them having been moved.
func (s *Store) Departures(ctx context.Context) ([]domain.Departure, error) {
	found, err := collect(ctx, s.reader, func(row scanner) (domain.Departure, error) {
		var d domain.Departure
		var us int64
		err := row.Scan(&d.Run, &d.Person, &d.Back, &us)
		d.At = at(us)
		return d, err
	}, "SELECT run, person, back, at FROM departures WHERE routed_at = 0 ORDER BY at, person")
	return found, fault("store.departures", err)
}

// OpenRuns lists the open runs that somebody may be needed in: those with an
// open request or task of theirs, those whose plan makes them an heir, and those
// that name them anywhere in what was frozen when they began.
func (s *Store) OpenRuns(ctx context.Context, who domain.PersonID) ([]string, error) {
	type row struct {
		id    string
		asked bool
		input []byte
	}
	rows, err := collect(ctx, s.reader, func(r scanner) (row, error) {
		var v row
		err := r.Scan(&v.id, &v.asked, &v.input)
		return v, err
	}, `SELECT r.id, CASE WHEN EXISTS (SELECT 1 FROM approvals a JOIN approval_people p ON p.approval = a.id WHERE a.run = r.id AND a.state = 'open' AND p.person = $1)
		OR EXISTS (SELECT 1 FROM tasks t WHERE t.run = r.id AND t.state NOT IN ('settled', 'closed') AND (t.owner = $2 OR t.backup = $3))
		OR EXISTS (SELECT 1 FROM plans p WHERE p.run = r.id AND p.body LIKE $4) THEN 1 ELSE 0 END, r.input
		FROM runs r WHERE r.state NOT IN ('closed', 'retracted', 'denied') AND r.person <> $5 ORDER BY r.id`,
		string(who), string(who), string(who), `%"`+string(who)+`"%`, string(who))
	var open []string
	for _, r := range rows {
		if r.asked || bytes.Contains(r.input, []byte(`"`+string(who)+`"`)) {
			open = append(open, r.id)
		}
	}
	return open, fault("store.open_runs", err)
}

// DepartureRouted notes that everything open was told.
func (s *Store) DepartureRouted(ctx context.Context, d domain.Departure) error {
	_, err := s.writer.ExecContext(ctx, "UPDATE departures SET routed_at = $1 WHERE run = $2 AND person = $3 AND back = $4",
		micros(s.now()), d.Run, string(d.Person), d.Back)
	return fault("store.departure_routed", err)
}
