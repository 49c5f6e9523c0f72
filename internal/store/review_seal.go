package store

import (
	"context"

	"handover/domain"
)

// digestReview sets what binds the rows of a review: Frozen when it opens, Digest
// when it ends. It reads page by page.
func digestReview(ctx context.Context, q querier, r *domain.Review) error {
	if r.State == domain.ReviewDeciding && r.Frozen == "" {
		d := domain.FrozenReview(*r)
		if err := eachLine(ctx, q, r.ID, d.Line); err != nil {
			return err
		}
		r.Frozen = d.Sum()
	}
	if !r.State.Ended() {
		return nil
	}
	return closedDigest(ctx, q, r)
}

func closedDigest(ctx context.Context, q querier, r *domain.Review) error {
	d := domain.ClosedReview(*r)
	if err := eachLine(ctx, q, r.ID, d.Line); err != nil {
		return err
	}
	for after := (place{}); ; {
		page, err := readDecisions(ctx, q, r.ID, after, reviewBatch)
		if err != nil {
			return err
		}
		for _, e := range page {
			d.Decision(e)
			after = place{e.Line, e.N}
		}
		if len(page) < reviewBatch {
			break
		}
	}
	for after := (place{}); ; {
		page, err := readAssignments(ctx, q, r.ID, after, reviewBatch)
		if err != nil {
			return err
		}
		for _, a := range page {
			d.Assignment(a)
			after = place{a.Line, a.N}
		}
		if len(page) < reviewBatch {
			break
		}
	}
	r.Digest = d.Sum()
	return nil
}

func eachLine(ctx context.Context, q querier, id string, each func(domain.ReviewLine)) error {
	for after := 0; ; {
		page, err := readLines(ctx, q, domain.ReviewFilter{Review: id, After: after, Limit: reviewBatch})
		if err != nil {
			return err
		}
		for _, l := range page {
			each(l)
			after = l.No
		}
		if len(page) < reviewBatch {
			return nil
		}
	}
}

// ReviewDigest computes the digest of a review's rows as they are now. Of one that
// has ended it is what its last event in the audit chain carries, unless somebody
// changed rows past the seal.
func (s *Store) ReviewDigest(ctx context.Context, id string) (string, error) {
	r, err := readReview(ctx, s.reader, id)
	if err == nil {
		err = closedDigest(ctx, s.reader, &r)
	}
	return r.Digest, fault("store.review_digest", err)
}

// PolicyChanges lists the events that say which policy came into force and when,
// the first one first.
func (s *Store) PolicyChanges(ctx context.Context) ([]domain.ChainEntry, error) {
	q := &query{text: "SELECT " + chainColumns + chainTables + " WHERE 0 = 0"}
	q.where("e.chain = '' AND e.kind = ?", string(domain.EventPolicyChanged))
	found, err := collect(ctx, s.reader, scanChain, q.text+" ORDER BY e.seq", q.args...)
	return found, fault("store.policy_changes", err)
}
