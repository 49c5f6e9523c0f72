package desk

import (
	"context"
	"fmt"
	"slices"

	"handover/domain"
)

// Members tells what is known of an app's members: the newest list, whether it says
// something about now, what it changed, and the lists before it.
func (d *Desk) Members(ctx context.Context, a Actor, id domain.AppID) (MemberReport, error) {
	if err := d.allow(ctx, a, mayRead, ""); err != nil {
		return MemberReport{}, err
	}
	app, err := d.spaceApp(id)
	if err != nil {
		return MemberReport{}, d.refused(ctx, a, "", err)
	}
	r := MemberReport{}
	if r.History, err = d.Store.MemberLists(ctx, id, historyShown); err != nil {
		return r, err
	}
	var before domain.MemberList
	if len(r.History) > 0 {
		r.List = r.History[0]
		if r.List.Rows, err = d.Store.MemberRows(ctx, r.List.ID); err != nil {
			return r, err
		}
	}
	if len(r.History) > 1 {
		before = r.History[1]
		if before.Rows, err = d.Store.MemberRows(ctx, before.ID); err != nil {
			return r, err
		}
	}
	changed, err := d.Store.MembersChangedAt(ctx, id, r.List.ReadAt)
	if err != nil {
		return r, err
	}
	r.Outdated = r.List.Outdated(d.now(), changed, app.Space.Fresh())
	if r.List.ID == "" {
		return r, nil
	}
	r.Hints = memberHints(app, r.List)
	r.Changes, err = d.memberChanges(ctx, before, r.List)
	return r, err
}

// memberHints says what the vendor's guide advises, and where the policy file and
// the list do not agree.
func memberHints(app *domain.AppPolicy, l domain.MemberList) []string {
	roles := map[string]domain.SpaceRole{}
	owners, old := 0, 0
	for _, r := range l.Rows {
		if r.Pending {
			if ends := r.Ends(); !ends.IsZero() && ends.Before(l.ReadAt) {
				old++
			}
			continue
		}
		roles[domain.NormalEmail(r.Email)] = r.Role
		if r.Role == domain.SpaceOwner {
			owners++
		}
	}
	var hints []string
	switch {
	case owners == 1:
		hints = append(hints, "there is one Owner only: name a backup, because without any Owner the organisation comes back only through the vendor's support")
	case owners > domain.SpaceOwnersMost:
		hints = append(hints, fmt.Sprintf("there are %d Owners: one or two are advised", owners))
	}
	named := 0
	for _, email := range app.Space.Owners {
		if roles[domain.NormalEmail(email)] == domain.SpaceOwner {
			named++
		}
	}
	if wrong := len(app.Space.Owners) - named; wrong > 0 {
		hints = append(hints, fmt.Sprintf("%d of the owners in the policy file are no Owner in the app: tasks would go to people who cannot do them", wrong))
	}
	if unnamed := owners - named; unnamed > 0 {
		hints = append(hints, fmt.Sprintf("%d Owners in the app are not named under space.owners in the policy file", unnamed))
	}
	if !slices.Contains([]domain.SpaceRole{domain.SpaceOwner, domain.SpaceAdmin}, roles[domain.NormalEmail(app.Owner)]) {
		hints = append(hints, "the app's owner in the policy file is neither Owner nor Admin in the app, and cannot do its tasks")
	}
	if old > 0 {
		hints = append(hints, fmt.Sprintf("%d pending invites are past their seven days: resend or cancel them", old))
	}
	return hints
}
