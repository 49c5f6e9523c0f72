package store

import (
	"context"
	"database/sql"

	"handover/domain"
)

// eraseReviews takes a person's name and email, and what was said of their access,
// out of all access reviews, those that have ended too: what is sealed holds
// commitments. It runs while their emails are still known.
func eraseReviews(ctx context.Context, tx *sql.Tx, id domain.PersonID) error {
	const emails = "(SELECT email FROM person_proofs WHERE person = $1 AND email <> '')"
	for _, statement := range []string{
		"UPDATE review_texts SET salt = '', body = '' WHERE (review, line) IN (SELECT review, line FROM review_names WHERE person = $1 OR email IN " + emails + ")",
		"UPDATE review_names SET email = '', name = '', salt = '' WHERE person = $1 OR email IN " + emails,
		"UPDATE review_rows SET email = '', name = '' WHERE email IN " + emails,
		"DELETE FROM review_money WHERE email IN " + emails,
	} {
		if _, err := tx.ExecContext(ctx, statement, string(id)); err != nil {
			return err
		}
	}
	return nil
}
