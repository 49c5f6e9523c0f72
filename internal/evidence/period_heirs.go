package evidence

import (
	"cmp"
	"context"
	"slices"

	"handover/domain"
)

// heirs says what moved to whom: the records that the app showed moved, not those of
// a plan.
func (b *periodBuilder) heirs(ctx context.Context, rows leaverRows, l *LeaverPart) error {
	for _, t := range rows.transfers {
		if t.Key.Undo || t.MovedN == 0 || b.part.Period.App != "" && b.part.Period.App != t.Key.App {
			continue
		}
		moved, err := b.movedTo(ctx, rows.plans, t)
		if err != nil {
			return err
		}
		l.Heirs = append(l.Heirs, moved...)
	}
	slices.SortStableFunc(l.Heirs, func(a, b HeirPart) int {
		return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Heir, b.Heir))
	})
	for _, h := range l.Heirs {
		b.mention(h.Heir)
	}
	return nil
}

// movedTo tells who got the records of a transfer. Where every plan of the app names
// one successor alone it is they; else the records are looked at.
func (b *periodBuilder) movedTo(ctx context.Context, plans []domain.Plan, t domain.Transfer) ([]HeirPart, error) {
	people := map[domain.AccountID]domain.PersonID{}
	for _, p := range plans {
		for _, rule := range p.Rules {
			if p.App == t.Key.App {
				people[rule.Successor] = rule.Heir
			}
		}
	}
	counts := map[domain.PersonID]int{}
	if len(people) == 1 {
		for _, heir := range people {
			counts[heir] = t.MovedN
		}
		return heirParts(t, counts), nil
	}
	for after := ""; ; {
		items, err := b.from.Items(ctx, t.Key, after, page)
		if err != nil || len(items) == 0 {
			return heirParts(t, counts), err
		}
		for _, item := range items {
			if after = item.Record.ID; item.State == domain.ItemMoved {
				counts[people[item.To]]++
			}
		}
	}
}

func heirParts(t domain.Transfer, counts map[domain.PersonID]int) []HeirPart {
	var parts []HeirPart
	for heir, n := range counts {
		parts = append(parts, HeirPart{App: t.Key.App, Kind: t.Key.Kind, Count: n, Heir: heir})
	}
	return parts
}
