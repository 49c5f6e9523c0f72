package store

import (
	"context"

	"handover/domain"
)

// invites writes invitations. A later sending never makes an earlier one of it, and
// what was accepted or revoked stays so until it is sent again.
func (w *entryWriter) invites(ctx context.Context) error {
	for _, i := range w.entry.Invites {
		body, err := encode(i)
		if err != nil {
			return err
		}
		if _, err := w.tx.ExecContext(ctx, `INSERT INTO invites (id, run, app, person, state, link, sent_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (id) DO UPDATE SET state = excluded.state, link = excluded.link, sent_at = excluded.sent_at, body = excluded.body
			WHERE invites.link < excluded.link OR invites.link = excluded.link AND invites.state IN ('sending', 'pending', 'expired')`,
			i.ID, i.Run, string(i.App), string(i.Person), string(i.State), i.Link, micros(i.SentAt), body); err != nil {
			return err
		}
	}
	return nil
}

// Invite finds an invitation. An unknown id is a fault of kind not_found.
func (s *Store) Invite(ctx context.Context, id string) (domain.Invite, error) {
	var body string
	err := s.reader.QueryRowContext(ctx, "SELECT body FROM invites WHERE id = $1", id).Scan(&body)
	if err != nil {
		return domain.Invite{}, fault("store.invite", err)
	}
	return decode[domain.Invite](body)
}

// InviteFilter narrows ListInvites; empty fields do not.
type InviteFilter struct {
	App    domain.AppID
	Person domain.PersonID
	Open   bool            // those that can still be accepted
	Viewer domain.PersonID // leaves out what belongs to confidential runs that this person may not see
	Limit  int             // default 100
}

// ListInvites lists invitations, the oldest sending first.
func (s *Store) ListInvites(ctx context.Context, f InviteFilter) ([]domain.Invite, error) {
	q := &query{text: "SELECT x.body FROM invites x WHERE 0 = 0"}
	q.whereText("x.app", string(f.App))
	q.whereText("x.person", string(f.Person))
	if f.Open {
		q.where("x.state IN ('sending', 'pending', 'expired')")
	}
	if f.Viewer != "" {
		q.where("NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = x.run AND NOT "+visible+")", string(f.Viewer), string(f.Viewer), string(f.Viewer))
	}
	q.order("x.sent_at, x.id", f.Limit)
	found, err := collect(ctx, s.reader, bodies[domain.Invite], q.text, q.args...)
	return found, fault("store.list_invites", err)
}

func (w *entryWriter) grants(ctx context.Context) error {
	for _, g := range w.entry.Grants {
		if _, err := w.tx.ExecContext(ctx, `INSERT INTO grants (run, app, person, role, at, until, ended) VALUES ($1, $2, $3, $4, $5, $6, '')
			ON CONFLICT (run, app) DO NOTHING`, g.Run, string(g.App), string(g.Person), g.Role, micros(g.At), micros(g.Until)); err != nil {
			return err
		}
	}
	return nil
}

// Grants lists access that was given for a time and whose end nobody arranged yet.
func (s *Store) Grants(ctx context.Context) ([]domain.Grant, error) {
	found, err := collect(ctx, s.reader, func(row scanner) (domain.Grant, error) {
		var g domain.Grant
		var given, until int64
		err := row.Scan(&g.Run, &g.App, &g.Person, &g.Role, &given, &until, &g.Ended)
		g.At, g.Until = at(given), at(until)
		return g, err
	}, "SELECT run, app, person, role, at, until, ended FROM grants WHERE until <> 0 AND ended = '' ORDER BY until, run, app")
	return found, fault("store.grants", err)
}

// Prolonged names the run that gave the same person longer access to the same app,
// whose end is still to be arranged or stands; "" where none did. A leaving that is
// over, or that was taken back, prolongs nothing.
func (s *Store) Prolonged(ctx context.Context, g domain.Grant) (string, error) {
	longer, err := collect(ctx, s.reader, func(row scanner) (string, error) {
		var run string
		return run, row.Scan(&run)
	}, `SELECT x.run FROM grants x WHERE x.person = $1 AND x.app = $2 AND x.run <> $3 AND (x.until > $4 OR x.until = $5 AND x.run > $6)
		AND (x.ended = '' OR EXISTS (SELECT 1 FROM runs r WHERE r.id = x.ended AND r.kind = $7 AND r.state NOT IN ('closed', 'retracted', 'denied')))
		ORDER BY x.until DESC, x.run DESC`, string(g.Person), string(g.App), g.Run, micros(g.Until), micros(g.Until), g.Run, string(domain.RunOffboarding))
	if err != nil || len(longer) == 0 {
		return "", fault("store.prolonged", err)
	}
	return longer[0], nil
}

// EndGrant notes by which leaving a grant ends, or which run prolonged it.
func (s *Store) EndGrant(ctx context.Context, g domain.Grant, run string) error {
	_, err := s.writer.ExecContext(ctx, "UPDATE grants SET ended = $1 WHERE run = $2 AND app = $3", run, g.Run, string(g.App))
	return fault("store.end_grant", err)
}

func (w *entryWriter) links(ctx context.Context) error {
	for _, l := range w.entry.Links {
		if err := linkAccount(ctx, w.tx, l.App, l.Person, l.Account); err != nil {
			return err
		}
	}
	return nil
}
