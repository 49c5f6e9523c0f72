package store

import (
	"context"
	"database/sql"
	"errors"

	"handover/domain"
)

// AddMemberList keeps a list of the members of an app with the events of it. After
// is the id of the list that was the newest when this one was compared, "" for
// none: where another came in between it is a fault of kind conflict.
func (s *Store) AddMemberList(ctx context.Context, l domain.MemberList, after string, e domain.Entry) error {
	return s.transact(ctx, "store.add_member_list", func(tx *sql.Tx) error {
		var seq int64
		var newest string
		row := tx.QueryRowContext(ctx, "SELECT seq, id FROM member_lists WHERE app = $1 ORDER BY seq DESC LIMIT 1", string(l.App))
		if err := row.Scan(&seq, &newest); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		fresh := newest == after
		if fresh {
			var err error
			if fresh, err = touched(tx.ExecContext(ctx, `INSERT INTO member_lists (seq, id, app, read_at, uploaded_at, uploaded_by, members, pending)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (app, seq) DO NOTHING`,
				seq+1, l.ID, string(l.App), micros(l.ReadAt), micros(l.UploadedAt), string(l.UploadedBy), l.Members, l.Pending)); err != nil {
				return err
			}
		}
		if !fresh {
			return domain.NewFault(domain.FaultConflict, "store.add_member_list", l.App, "another list of this app was uploaded in the same moment: look at it, then upload yours again", nil)
		}
		if err := insertMemberRows(ctx, tx, l, seq+1); err != nil {
			return err
		}
		return s.record(ctx, tx, e)
	})
}

// memberBatch keeps a statement below the databases' bounds for arguments.
const memberBatch = 500

func insertMemberRows(ctx context.Context, tx *sql.Tx, l domain.MemberList, seq int64) error {
	const width = 12
	for rows := l.Rows; len(rows) > 0; {
		n := min(len(rows), memberBatch)
		var args []any
		for _, r := range rows[:n] {
			args = append(args, l.ID, string(l.App), seq, r.Line, flag(r.Pending), string(r.Account), string(r.Person), domain.NormalEmail(text(r.Email)), text(r.Name),
				string(r.Role), micros(r.SentAt), micros(r.ExpiresAt))
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO member_rows (list, app, seq, line, pending, account, person, email, name, role, sent_at, expires_at) VALUES "+
			values(n, width), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

const memberListColumns = "id, app, read_at, uploaded_at, uploaded_by, members, pending"

func scanMemberList(row scanner) (domain.MemberList, error) {
	var l domain.MemberList
	var read, uploaded int64
	err := row.Scan(&l.ID, &l.App, &read, &uploaded, &l.UploadedBy, &l.Members, &l.Pending)
	l.ReadAt, l.UploadedAt = at(read), at(uploaded)
	return l, err
}

// MemberLists lists the newest lists of an app without their rows, the newest
// first. A limit of zero is a hundred.
func (s *Store) MemberLists(ctx context.Context, app domain.AppID, limit int) ([]domain.MemberList, error) {
	q := &query{text: "SELECT " + memberListColumns + " FROM member_lists WHERE 0 = 0"}
	q.where("app = ?", string(app))
	q.order("seq DESC", limit)
	found, err := collect(ctx, s.reader, scanMemberList, q.text, q.args...)
	return found, fault("store.member_lists", err)
}

// NewestMemberList is the newest list of an app with its rows. Without one it has
// no id.
func (s *Store) NewestMemberList(ctx context.Context, app domain.AppID) (domain.MemberList, error) {
	lists, err := s.MemberLists(ctx, app, 1)
	if err != nil || len(lists) == 0 {
		return domain.MemberList{App: app}, err
	}
	lists[0].Rows, err = s.MemberRows(ctx, lists[0].ID)
	return lists[0], err
}

// MemberRows are the rows of a list in the order of the file. Somebody whom the
// directory came to know after the list was uploaded is that person in it.
func (s *Store) MemberRows(ctx context.Context, list string) ([]domain.MemberRow, error) {
	taken := map[domain.AccountID]bool{}
	rows, err := collect(ctx, s.reader, func(row scanner) (domain.MemberRow, error) {
		var r domain.MemberRow
		var now domain.PersonID
		var pending int
		var sent, expires int64
		err := row.Scan(&r.Line, &pending, &r.Account, &r.Person, &r.Email, &r.Name, &r.Role, &sent, &expires, &now)
		r.Pending, r.SentAt, r.ExpiresAt = pending == 1, at(sent), at(expires)
		taken[r.Account] = true
		if r.Person == "" {
			r.Person = now
		}
		return r, err
	}, `SELECT r.line, r.pending, r.account, r.person, r.email, r.name, r.role, r.sent_at, r.expires_at, COALESCE(p.id, '')
		FROM member_rows r LEFT JOIN people p ON p.email = r.email AND p.email <> '' WHERE r.list = $1 ORDER BY r.line`, list)
	for i, r := range rows {
		if id := domain.PersonAccount(r.Person); r.Person != "" && !taken[id] {
			rows[i].Account, taken[id] = id, true
		}
	}
	return rows, fault("store.member_rows", err)
}

// IdentifyMembers fills in whose the rows of a new list are, and by what account
// they are known. An app that shows no ids is linked by the directory's person;
// whoever nobody knows keeps the account of the list before. An email that somebody
// had once stays theirs, unless they stand in the list with the one of now.
func (s *Store) IdentifyMembers(ctx context.Context, app domain.AppID, rows []domain.MemberRow) error {
	known := memberLookup{map[string]domain.PersonID{}, map[string]domain.PersonID{}, map[string]domain.MemberRow{}}
	for rest := rows; len(rest) > 0; {
		n := min(len(rest), memberBatch)
		if err := s.lookUpMembers(ctx, app, rest[:n], known); err != nil {
			return fault("store.identify_members", err)
		}
		rest = rest[n:]
	}
	taken := map[domain.AccountID]bool{}
	be := func(r *domain.MemberRow, person domain.PersonID, account domain.AccountID) {
		if r.Account == "" && account != "" && !taken[account] {
			r.Person, r.Account, taken[account] = person, account, true
		}
	}
	of := func(id domain.PersonID) domain.AccountID {
		if id == "" {
			return ""
		}
		return domain.PersonAccount(id)
	}
	for _, people := range []map[string]domain.PersonID{known.now, known.once} {
		for i := range rows {
			id := people[domain.NormalEmail(rows[i].Email)]
			be(&rows[i], id, of(id))
		}
	}
	for i := range rows {
		before := known.before[domain.NormalEmail(rows[i].Email)]
		be(&rows[i], before.Person, before.Account)
		be(&rows[i], "", domain.AccountID("member:"+opaque()))
	}
	return nil
}

// memberLookup is what is known of emails: whose they are, whose they were, and how
// they stood in the newest list that held them.
type memberLookup struct {
	now, once map[string]domain.PersonID
	before    map[string]domain.MemberRow
}

func (s *Store) lookUpMembers(ctx context.Context, app domain.AppID, rows []domain.MemberRow, known memberLookup) error {
	emails := make([]string, 0, len(rows))
	for _, r := range rows {
		emails = append(emails, domain.NormalEmail(r.Email))
	}
	into := func(found map[string]domain.PersonID) func(scanner) (string, error) {
		return func(row scanner) (string, error) {
			var id domain.PersonID
			var email string
			err := row.Scan(&id, &email)
			found[email] = id
			return email, err
		}
	}
	if _, err := collect(ctx, s.reader, into(known.now), "SELECT id, email FROM people WHERE email IN ("+list(1, len(emails))+")", anys(nil, emails)...); err != nil {
		return err
	}
	if _, err := collect(ctx, s.reader, into(known.once), "SELECT person, email FROM person_proofs WHERE email IN ("+list(1, len(emails))+") ORDER BY at", anys(nil, emails)...); err != nil {
		return err
	}
	_, err := collect(ctx, s.reader, func(row scanner) (string, error) {
		var r domain.MemberRow
		err := row.Scan(&r.Email, &r.Account, &r.Person)
		known.before[r.Email] = r // the newest comes last
		return r.Email, err
	}, "SELECT email, account, person FROM member_rows WHERE app = $1 AND email IN ("+list(2, len(emails))+") ORDER BY seq", anys([]any{string(app)}, emails)...)
	return err
}
