package store

import (
	"context"
	"slices"
	"time"

	"handover/domain"
)

// KnownPeople is what the directory says of the people behind some accounts.
type KnownPeople struct {
	byAccount map[domain.AccountID]domain.PersonID
	byEmail   map[string]domain.PersonID
	once      map[string]domain.PersonID
	people    map[domain.PersonID]domain.KnownPerson
}

// Of is whose an account is: by the link that was once found, else by the email of
// now, else by an email that somebody had. Nobody is the zero value.
func (k *KnownPeople) Of(account domain.AccountID, email string) domain.KnownPerson {
	email = domain.NormalEmail(email)
	for _, id := range []domain.PersonID{k.byAccount[account], k.byEmail[email], k.once[email]} {
		if id != "" {
			return k.people[id]
		}
	}
	return domain.KnownPerson{}
}

// KnownPeople looks up whose some accounts of an app are, and what HR, their sponsor
// and the policy say of them at a moment. Ask for a few hundred at a time.
func (s *Store) KnownPeople(ctx context.Context, app domain.AppID, accounts []domain.AccountID, emails []string, now time.Time) (domain.Directory, error) {
	k := &KnownPeople{byAccount: map[domain.AccountID]domain.PersonID{}, byEmail: map[string]domain.PersonID{}, once: map[string]domain.PersonID{},
		people: map[domain.PersonID]domain.KnownPerson{}}
	emails = slices.DeleteFunc(slices.Clone(emails), func(e string) bool { return e == "" })
	for part := range slices.Chunk(accounts, seenBatch) {
		if err := s.pairs(ctx, func(key, id string) { k.byAccount[domain.AccountID(key)] = domain.PersonID(id) },
			"SELECT account, person FROM account_links WHERE app = $1 AND account IN ("+list(2, len(part))+")", anys([]any{string(app)}, part)...); err != nil {
			return nil, err
		}
	}
	for part := range slices.Chunk(emails, seenBatch) {
		if err := s.pairs(ctx, func(key, id string) { k.byEmail[key] = domain.PersonID(id) },
			"SELECT email, id FROM people WHERE email IN ("+list(1, len(part))+")", anys(nil, part)...); err != nil {
			return nil, err
		}
		if err := s.pairs(ctx, func(key, id string) { k.once[key] = domain.PersonID(id) },
			"SELECT email, person FROM person_proofs WHERE email IN ("+list(1, len(part))+") ORDER BY at", anys(nil, part)...); err != nil {
			return nil, err
		}
	}
	return k, s.knowThem(ctx, k, now)
}

// OpenInvites lists invitations to an app that can still be accepted, the oldest first.
func (s *Store) OpenInvites(ctx context.Context, app domain.AppID) ([]domain.Invite, error) {
	return s.ListInvites(ctx, InviteFilter{App: app, Open: true, Limit: 10_000})
}

// Superiors are those who manage or sponsor somebody: they are known, whatever HR says
// of them. It reads everybody once.
func (s *Store) Superiors(ctx context.Context) (map[domain.PersonID]bool, error) {
	all := map[domain.PersonID]bool{}
	_, err := collect(ctx, s.reader, func(row scanner) (string, error) {
		id, err := oneText(row)
		all[domain.PersonID(id)] = true
		return "", err
	}, "SELECT manager FROM people WHERE manager <> '' GROUP BY manager UNION SELECT sponsor FROM people WHERE sponsor <> '' GROUP BY sponsor")
	return all, fault("store.superiors", err)
}

func (s *Store) pairs(ctx context.Context, keep func(key, id string), query string, args ...any) error {
	_, err := collect(ctx, s.reader, func(row scanner) (string, error) {
		var key, id string
		err := row.Scan(&key, &id)
		keep(key, id)
		return id, err
	}, query, args...)
	return fault("store.known_people", err)
}

// hrTold leaves out employments that a person's request made up.
const hrTold = "e.person = p.id AND e.hr_key NOT LIKE 'person:%' AND e.hr_key NOT LIKE 'erased:%'"

// goesOn is an employment that has begun and has not ended.
const goesOn = "(e.starts = 0 OR e.starts <= $1) AND (e.state = '' OR e.state = 'ending' AND e.ends > $1)"

func (s *Store) knowThem(ctx context.Context, k *KnownPeople, now time.Time) error {
	ids := map[domain.PersonID]bool{}
	for _, found := range []map[string]domain.PersonID{k.byEmail, k.once} {
		for _, id := range found {
			ids[id] = true
		}
	}
	for _, id := range k.byAccount {
		ids[id] = true
	}
	all := make([]domain.PersonID, 0, len(ids))
	for id := range ids {
		all = append(all, id)
	}
	slices.Sort(all)
	for part := range slices.Chunk(all, seenBatch) {
		found, err := collect(ctx, s.reader, scanKnown, `SELECT p.id, p.state, p.manager, p.sponsor, p.ends_at,
			(SELECT COUNT(*) FROM employments e WHERE `+hrTold+`),
			(SELECT COUNT(*) FROM employments e WHERE `+hrTold+` AND `+goesOn+`),
			(SELECT COALESCE(MAX(CASE WHEN e.ends = 0 THEN e.said_at ELSE e.ends END), 0) FROM employments e WHERE `+hrTold+` AND e.state <> '' AND (e.state = 'ended' OR e.ends <= $1)),
			(SELECT COALESCE(MAX(e.starts), 0) FROM employments e WHERE `+hrTold+`),
			CASE WHEN p.roles <> '' THEN 1 ELSE 0 END
			FROM people p WHERE p.id IN (`+list(2, len(part))+")", anys([]any{micros(now)}, part)...)
		if err != nil {
			return fault("store.known_people", err)
		}
		for _, p := range found {
			k.people[p.ID] = p
		}
	}
	return nil
}

func scanKnown(row scanner) (domain.KnownPerson, error) {
	var p domain.KnownPerson
	var ends, last, joined int64
	var told, going, named int
	err := row.Scan(&p.ID, &p.State, &p.Manager, &p.Sponsor, &ends, &told, &going, &last, &joined, &named)
	p.Ends, p.LastEnd, p.Joined, p.Told, p.GoesOn, p.Named = at(ends), at(last), at(joined), told > 0, going > 0, named == 1
	return p, err
}
