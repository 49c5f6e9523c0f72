package activities

import (
	"context"
	"maps"
	"slices"

	"handover/domain"
)

// mailboxes judges the mailboxes that are linked to accounts of the gone. It answers
// whether they could be read; an app that links none has none.
func (r *reconciler) mailboxes(ctx context.Context) (bool, error) {
	surveyor, ok := r.connector.(MailboxSurveyor)
	if !ok {
		return true, nil
	}
	boxes, err := surveyor.SurveyMailboxes(ctx)
	if err != nil {
		if r.why("mailboxes could not be read", err) {
			return false, nil
		}
		return false, err
	}
	linked := map[domain.AccountID]int{}
	for _, b := range boxes {
		if b.Active && b.Account != "" {
			linked[b.Account]++
		}
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(linked)), stretch) {
		if err := r.linked(ctx, part, linked); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (r *reconciler) linked(ctx context.Context, part []domain.AccountID, linked map[domain.AccountID]int) error {
	seen, err := r.s.Findings.SeenAccounts(ctx, r.in.App, part)
	if err != nil {
		return err
	}
	emails := make([]string, 0, len(part))
	for _, id := range part {
		emails = append(emails, seen[id].Email)
	}
	people, err := r.people(ctx, part, emails)
	if err != nil {
		return err
	}
	var j domain.Judgement
	for _, id := range part {
		a, listed := seen[id]
		who := people.Of(id, a.Email)
		f := r.rules.JudgeMailboxes(id, who, linked[id])
		switch {
		case !listed, a.Gone, a.Active == domain.No, who.Gone(r.out.BeganAt):
			j.Found = append(j.Found, f)
		case a.Active == domain.Unknown:
			j.Held = append(j.Held, f.ID)
		}
	}
	return r.save(ctx, nil, j, nil)
}

// records counts what some accounts of the gone own, those first that were counted
// longest ago: each costs the app a few requests, so a night has a bound. When the
// app says later, the rest waits for another night.
func (r *reconciler) records(ctx context.Context) error {
	counter, ok := r.connector.(RecordCounter)
	mover, moves := r.connector.(RecordMover)
	if !ok || !moves || r.in.Records <= 0 {
		return nil
	}
	var kinds []domain.RecordKind
	for _, rule := range mover.RecordRules() {
		kinds = append(kinds, rule.Kind)
	}
	unused, err := r.s.Findings.UnusedAccounts(ctx, r.in.App, r.in.Records)
	if err != nil || len(unused) == 0 {
		return err
	}
	owners, emails := make([]domain.AccountID, 0, len(unused)), make([]string, 0, len(unused))
	for _, a := range unused {
		owners, emails = append(owners, a.Account), append(emails, a.Email)
	}
	counted, err := counter.CountRecords(ctx, owners)
	if err != nil {
		if r.why("records of the gone were not counted", err) {
			return nil
		}
		return err
	}
	people, err := r.people(ctx, owners, emails)
	if err != nil {
		return err
	}
	var j domain.Judgement
	for _, a := range unused {
		f, shown := r.rules.JudgeRecords(a.Account, people.Of(a.Account, a.Email), counted[a.Account], kinds)
		switch shown {
		case domain.Yes:
			j.Found = append(j.Found, f)
		case domain.No:
			j.Gone = append(j.Gone, f.ID)
		default:
			j.Held = append(j.Held, f.ID)
		}
	}
	if err := r.save(ctx, nil, j, nil); err != nil {
		return err
	}
	return r.s.Findings.NoteCounted(ctx, r.in.App, owners, r.s.now())
}
