package store

import (
	"context"

	"handover/domain"
)

// bareLine is as much of a line as a comparison needs.
type bareLine struct {
	no             int
	role, roleName string
}

// CompareReviews tells what changed since an earlier review of the app. Without one
// it tells nothing. Of the earlier one, account and role of each line are held in
// memory.
func (s *Store) CompareReviews(ctx context.Context, before, now string) (domain.ReviewDifference, error) {
	d := domain.ReviewDifference{Before: before}
	if before == "" {
		return d, nil
	}
	const op = "store.compare_reviews"
	old, err := s.bareLines(ctx, before)
	if err != nil {
		return d, fault(op, err)
	}
	err = eachLine(ctx, s.reader, now, func(l domain.ReviewLine) {
		was, known := old[l.Account]
		delete(old, l.Account)
		switch {
		case !known:
			d.Added = append(d.Added, l)
		case was.role == l.Role:
			d.Same++
		case was.roleName == "":
			d.Changed = append(d.Changed, domain.RoleMove{Line: l, From: was.role})
		default:
			d.Changed = append(d.Changed, domain.RoleMove{Line: l, From: was.roleName})
		}
	})
	if err != nil || len(old) == 0 {
		return d, fault(op, err)
	}
	err = eachLine(ctx, s.reader, before, func(l domain.ReviewLine) {
		if was, gone := old[l.Account]; gone && was.no == l.No {
			d.Gone = append(d.Gone, l)
		}
	})
	return d, fault(op, err)
}

func (s *Store) bareLines(ctx context.Context, id string) (map[domain.AccountID]bareLine, error) {
	found := map[domain.AccountID]bareLine{}
	rows, err := s.reader.QueryContext(ctx, "SELECT account, no, role, role_name FROM review_lines WHERE review = $1", id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err below tells what matters
	for rows.Next() {
		var account domain.AccountID
		var l bareLine
		if err := rows.Scan(&account, &l.no, &l.role, &l.roleName); err != nil {
			return nil, err
		}
		found[account] = l
	}
	return found, rows.Err()
}
