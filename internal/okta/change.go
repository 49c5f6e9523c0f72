package okta

import (
	"context"
	"errors"
	"net/url"

	"handover/domain"
)

// Unassign takes away every way that is not fixed: first the groups, because a
// group that still gives the app keeps the assignment (E0000046). One way that
// fails keeps no other; the first fault comes back. Ways that are fixed stay, and
// are seen by whoever reads the assignment.
func (a *App) Unassign(ctx context.Context, as domain.Assignment) (domain.Receipt, error) {
	receipt := domain.Receipt{At: a.now(), Already: true}
	ways := groupsFirst(as.Ways)
	if len(ways) == 0 {
		return receipt, nil
	}
	if err := a.mayWrite(opUnassign, as.User); err != nil {
		return domain.Receipt{}, err
	}
	var failed error
	left := false
	for _, way := range ways {
		got, err := a.takeAway(ctx, as.User, way)
		switch {
		case err == nil:
			receipt = domain.Receipt{RequestID: got.requestID, At: got.at}
			left = left || !way.Direct()
		case domain.KindOf(err) == domain.FaultNotFound: // gone already
			receipt.RequestID, receipt.At = got.requestID, got.at
		case got.said.Code == codeByGroup && len(as.Fixed()) > 0: // as long as that group gives the app
			receipt.Already = false
		case got.said.Code == codeByGroup && left:
			failed = first(failed, a.fault(domain.FaultUnavailable, opUnassign, got, "Okta still counts a group that was left just now: the assignment is read again", err))
		default:
			failed = first(failed, err)
		}
	}
	return receipt, failed
}

// groupsFirst are the ways that can be taken away, the direct one last.
func groupsFirst(ways []domain.Way) []domain.Way {
	var groups, direct []domain.Way
	for _, w := range ways {
		switch {
		case w.Fixed != "":
		case w.Direct():
			direct = append(direct, w)
		default:
			groups = append(groups, w)
		}
	}
	return append(groups, direct...)
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func (a *App) takeAway(ctx context.Context, user string, way domain.Way) (answer, error) {
	if way.Direct() {
		return a.call(ctx, opUnassign, arguments{user: user})
	}
	if err := a.plain(opLeave, way.Group); err != nil {
		return answer{}, err
	}
	return a.call(ctx, opLeave, arguments{user: user, group: way.Group})
}

// Assign puts back the ways that can be changed, as they were read before
// Unassign; an assignment without ways is given directly. What Okta made of the
// person in the app, its profile there above all, is not put back: Okta makes it
// anew by its mappings.
func (a *App) Assign(ctx context.Context, as domain.Assignment) (domain.Receipt, error) {
	if err := a.mayWrite(opAssign, as.User); err != nil {
		return domain.Receipt{}, err
	}
	ways := groupsFirst(as.Ways)
	if len(as.Ways) == 0 {
		ways = []domain.Way{{}}
	}
	receipt := domain.Receipt{At: a.now(), Already: true}
	theirs, got, err := all[group](ctx, a, opUserGroups, arguments{user: as.User, query: largePage})
	if err != nil {
		return domain.Receipt{}, err
	}
	receipt.RequestID = got.requestID
	in := map[string]bool{}
	for _, g := range theirs {
		in[g.ID] = true
	}
	var failed error
	for _, way := range ways {
		if !way.Direct() && in[way.Group] {
			continue
		}
		got, already, err := a.giveBack(ctx, as.User, way)
		if err != nil {
			failed = first(failed, err)
			continue
		}
		receipt = domain.Receipt{RequestID: got.requestID, At: got.at, Already: receipt.Already && already}
	}
	return receipt, failed
}

func (a *App) giveBack(ctx context.Context, user string, way domain.Way) (got answer, already bool, err error) {
	if !way.Direct() {
		if err := a.plain(opJoin, way.Group); err != nil {
			return answer{}, false, err
		}
		got, err = a.call(ctx, opJoin, arguments{user: user, group: way.Group})
		return got, false, err
	}
	assigned, got, err := a.appUser(ctx, user)
	if err != nil || assigned != nil && assigned.direct() {
		return got, true, err
	}
	got, err = a.call(ctx, opAssign, arguments{body: map[string]string{"id": user, "scope": scopeUser}})
	return got, false, err
}

// EndSessions ends somebody's sessions at Okta, together with the tokens that
// Okta issued to apps for them and the devices that it remembers: by itself the
// call leaves the tokens (documented). Sessions that apps keep themselves live on
// until the app ends them.
func (a *App) EndSessions(ctx context.Context, user string) (domain.Receipt, error) {
	if err := a.mayWrite(opEndSessions, user); err != nil {
		return domain.Receipt{}, err
	}
	got, err := a.call(ctx, opEndSessions, arguments{user: user, query: url.Values{"oauthTokens": {"true"}, "forgetDevices": {"true"}}})
	if errors.Is(err, domain.ErrNotFound) {
		return domain.Receipt{RequestID: got.requestID, At: got.at, Already: true}, nil
	}
	return domain.Receipt{RequestID: got.requestID, At: got.at}, err
}

// mayWrite stands before every write.
func (a *App) mayWrite(op operation, user string) error {
	if a.cfg.ReadOnly {
		return a.fault(domain.FaultUnsupported, op, answer{}, "Handover only reads in this Okta org (read_only in the policy file): a person does it there", nil)
	}
	return a.plain(op, user)
}
