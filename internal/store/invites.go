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

// endless tells that the end of a grant x is not arranged: no leaving was started for
// it, or the one that a person had asked for came to nothing. What Handover arranged
// itself, and people took back or denied, stays as they left it.
const endless = `(x.ended = '' OR EXISTS (SELECT 1 FROM runs r WHERE r.id = x.ended AND r.kind = 'offboarding' AND r.requester <> ?
	AND (r.state IN ('denied', 'retracted') OR r.state = 'closed' AND EXISTS (SELECT 1 FROM steps s WHERE s.run = r.id AND s.app = x.app AND s.step = ? AND s.state = 'skipped'))))`

const grantColumns = "x.run, x.app, x.person, x.role, x.at, x.until, x.ended"

func readGrant(row scanner) (domain.Grant, error) {
	var g domain.Grant
	var given, until int64
	err := row.Scan(&g.Run, &g.App, &g.Person, &g.Role, &given, &until, &g.Ended)
	g.At, g.Until = at(given), at(until)
	return g, err
}

// Grants lists access that was given for a time and whose end is not arranged: by
// nobody yet, or by a person whose leaving was denied, retracted or cut nothing.
func (s *Store) Grants(ctx context.Context) ([]domain.Grant, error) {
	q := &query{text: "SELECT " + grantColumns + " FROM grants x WHERE x.until <> 0"}
	q.where(endless, string(domain.SystemActor), string(domain.StepDeactivate))
	found, err := collect(ctx, s.reader, readGrant, q.text+" ORDER BY x.until, x.run, x.app", q.args...)
	return found, fault("store.grants", err)
}

// Prolonged names the run that gave the same person longer access to the same app:
// one that gave it later and without an end, or whose end is still to be arranged or
// stands; "" where none did. A leaving that is over, or that was taken back, prolongs
// nothing; nor does a role change, which says nothing about the end.
func (s *Store) Prolonged(ctx context.Context, g domain.Grant) (string, error) {
	q := &query{text: "SELECT x.run FROM grants x WHERE 0 = 0"}
	q.where("x.person = ? AND x.app = ? AND x.run <> ?", string(g.Person), string(g.App), g.Run)
	q.where(`(x.until = 0 AND x.at > ? AND EXISTS (SELECT 1 FROM runs o WHERE o.id = x.run AND o.kind = 'onboarding')
		OR (x.until > ? OR x.until = ? AND x.run > ?) AND (`+endless+`
			OR EXISTS (SELECT 1 FROM runs l WHERE l.id = x.ended AND l.kind = 'offboarding' AND l.state NOT IN ('closed', 'retracted', 'denied'))))`,
		micros(g.At), micros(g.Until), micros(g.Until), g.Run, string(domain.SystemActor), string(domain.StepDeactivate))
	longer, err := collect(ctx, s.reader, func(row scanner) (string, error) {
		var run string
		return run, row.Scan(&run)
	}, q.text+" ORDER BY CASE WHEN x.until = 0 THEN 0 ELSE 1 END, x.until DESC, x.run DESC", q.args...)
	if err != nil || len(longer) == 0 {
		return "", fault("store.prolonged", err)
	}
	return longer[0], nil
}

// Outlived lists access for a time of which Handover arranged the end itself, by a
// leaving that still stands, and that was given without an end since. Where it was
// given for a time once more after that, or a review counts on the leaving, the
// leaving is needed.
func (s *Store) Outlived(ctx context.Context) ([]domain.Grant, error) {
	found, err := collect(ctx, s.reader, readGrant, "SELECT "+grantColumns+` FROM grants x JOIN runs l ON l.id = x.ended WHERE x.until <> 0 AND l.kind = 'offboarding' AND l.requester = $1
		AND l.state NOT IN ('closed', 'retracted', 'denied') AND NOT EXISTS (SELECT 1 FROM review_lines v WHERE v.run = l.id)
		AND EXISTS (SELECT 1 FROM grants p JOIN runs o ON o.id = p.run WHERE p.person = x.person AND p.app = x.app AND p.until = 0 AND p.at > x.at AND o.kind = 'onboarding'
			AND NOT EXISTS (SELECT 1 FROM grants y WHERE y.person = x.person AND y.app = x.app AND y.until <> 0 AND y.at > p.at))
		ORDER BY x.until, x.run, x.app`, string(domain.SystemActor))
	return found, fault("store.outlived", err)
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
