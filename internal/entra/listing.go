package entra

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"handover/domain"
)

// ListAssigned lists who has the app: assigned themselves, or as direct members of
// groups that are. It is incomplete where a member's address cannot be read, a
// group cannot be, or the app lets everybody in: who is missing from it then may
// have the app all the same.
func (a *App) ListAssigned(ctx context.Context) (domain.AssignedListing, error) {
	out := domain.AssignedListing{StartedAt: a.cfg.Now()}
	p, _, err := a.principal(ctx)
	if err != nil {
		return out, err
	}
	rows, got, err := a.rows(ctx)
	if err != nil {
		return out, err
	}
	out.RequestID = got.requestID
	l := lister{seen: map[string]bool{}, whole: p.Required != nil && !p.open()}
	if err := a.directly(ctx, rows, &l); err != nil {
		return out, err
	}
	for _, id := range groupsOf(rows) {
		if err := a.through(ctx, id, &l); err != nil {
			return out, err
		}
	}
	out.People, out.Complete = l.people, l.whole
	return out, nil
}

// lister gathers people, each once; who is assigned directly comes first.
type lister struct {
	people []domain.Assigned
	seen   map[string]bool
	whole  bool
}

func (l *lister) add(u user, groupID string) {
	id := strings.ToLower(u.ID)
	if l.seen[id] {
		return
	}
	l.seen[id] = true
	// Who may not be read is shown with an id alone (Graph, "limited information").
	l.whole = l.whole && u.email() != ""
	l.people = append(l.people, domain.Assigned{User: u.ID, Email: u.email(), Name: u.Name, Active: tri(u.Enabled), Group: groupID})
}

// perFilter is how many values a filter may name (Graph refuses more than 15
// clauses with Request_UnsupportedQuery).
const perFilter = 15

// directly reads the people of direct rows. A row of somebody who is not found is
// of a deleted user, or of one whom other servers do not know yet.
func (a *App) directly(ctx context.Context, rows []row, l *lister) error {
	var ids []string
	for _, r := range rows {
		if r.Kind == kindUser && !slices.Contains(ids, r.Principal) {
			ids = append(ids, r.Principal)
		}
	}
	for some := range slices.Chunk(ids, perFilter) {
		filter := "id in ('" + strings.Join(some, "','") + "')" // ids were checked
		people, _, err := list[user](ctx, a, opUsers, "/users", url.Values{"$filter": {filter}, "$select": {userFields}, "$top": {perPage}})
		if err != nil {
			return err
		}
		for _, u := range people {
			if slices.Contains(some, strings.ToLower(u.ID)) {
				l.add(u, "")
			}
		}
		for _, id := range some {
			l.whole = l.whole && l.seen[id]
		}
	}
	return nil
}

// through reads the direct members of a group. Groups in groups give nothing to
// their members (Graph), so that they are passed over.
func (a *App) through(ctx context.Context, id string, l *lister) error {
	g, err := a.group(ctx, id)
	if is(err, domain.FaultNotFound) {
		l.whole = false
		return nil
	}
	if err != nil {
		return err
	}
	members, _, err := list[user](ctx, a, opMembers, "/groups/"+id+"/members", selecting(userFields))
	if err != nil {
		return err
	}
	l.whole = l.whole && !g.hides()
	for _, m := range members {
		if m.Type == "#microsoft.graph.user" {
			l.add(m, id)
		}
	}
	return nil
}
