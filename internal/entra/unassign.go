package entra

import (
	"context"
	"slices"

	"handover/domain"
)

// Unassign takes away every way of an assignment that is not fixed: rows of the
// person's own are deleted, groups are left. It goes on after a refusal, so that
// what can be taken away is, and comes back with the first; a fault that may pass
// ends it, and the next try finds what is left. What is gone already is success.
func (a *App) Unassign(ctx context.Context, was domain.Assignment) (domain.Receipt, error) {
	if err := a.mayWrite(opUnassign, was.User); err != nil {
		return domain.Receipt{}, err
	}
	now, err := a.given(ctx, was)
	if err != nil {
		return domain.Receipt{}, err
	}
	out, refused := domain.Receipt{At: a.cfg.Now(), Already: true}, error(nil)
	for _, w := range was.Ways {
		if w.Fixed != "" {
			continue
		}
		got, done, err := a.takeAway(ctx, was.User, w, now)
		switch {
		case err != nil && domain.KindOf(err).Retryable():
			return domain.Receipt{}, err
		case err != nil && refused == nil:
			refused = err
		case done:
			out = domain.Receipt{RequestID: got.requestID, At: got.at}
		}
	}
	return out, refused
}

// given is what gives the app at this moment: rows of one person, and groups.
type given struct{ own, groups []string }

// given reads that right before anything is taken away: a row that is, or always
// was, a group's is not among the person's own, and nobody is taken out of a group
// that does not give the app. Where nothing can be taken away nothing is read.
func (a *App) given(ctx context.Context, was domain.Assignment) (given, error) {
	if len(was.Fixed()) == len(was.Ways) {
		return given{}, nil
	}
	rows, _, err := a.rows(ctx)
	now := given{groups: groupsOf(rows)}
	for _, r := range rows {
		if r.of(was.User) {
			now.own = append(now.own, r.ID)
		}
	}
	return now, err
}

// takeAway ends one way. done tells that something was there to end.
func (a *App) takeAway(ctx context.Context, user string, w domain.Way, now given) (got answer, done bool, err error) {
	op, path := opLeave, "/groups/"+w.Group+"/members/"+user+"/$ref" // without $ref Graph deletes the user
	if w.Direct() {
		d, ok := parseDirect(w.Assignment)
		if !ok {
			return got, false, a.fault(domain.FaultInvalid, opUnassign, got, "the assignment was not read by this program: read it again", nil)
		}
		if !slices.Contains(now.own, d.row) {
			return got, false, nil
		}
		op, path = opUnassign, a.path("/appRoleAssignedTo/"+d.row)
	} else if !slices.Contains(now.groups, w.Group) {
		return got, false, nil
	}
	got, err = a.call(ctx, op, a.address(path, nil), nil)
	if is(err, domain.FaultNotFound) {
		return got, false, nil
	}
	return got, err == nil, err
}

// mayWrite stops writing in read-only mode, and for nobody in particular.
func (a *App) mayWrite(op operation, user string) error {
	switch {
	case a.cfg.ReadOnly:
		return a.fault(domain.FaultUnsupported, op, answer{}, "Handover only reads in this tenant (read-only mode), because "+needAssign+" could grant any right of any app: a person does it in Entra", nil)
	case !guid.MatchString(user):
		return a.fault(domain.FaultInvalid, op, answer{}, "no user of Entra is named: read the assignment again", nil)
	}
	return nil
}

// EndSessions makes the directory forget a person's sign-ins. It takes minutes;
// access tokens live until they expire, sessions that apps keep themselves live on,
// and guests sign in at home (Graph, "revokeSignInSessions"). Who holds a directory
// role can only be touched by somebody who holds one.
func (a *App) EndSessions(ctx context.Context, user string) (domain.Receipt, error) {
	if err := a.mayWrite(opRevoke, user); err != nil {
		return domain.Receipt{}, err
	}
	got, err := a.call(ctx, opRevoke, a.address("/users/"+user+"/revokeSignInSessions", nil), nil)
	switch {
	case is(err, domain.FaultForbidden) && got.code == codeDenied:
		return domain.Receipt{}, a.fault(domain.FaultForbidden, opRevoke, got, "Entra refuses to end the sessions: either the app registration lacks "+needSessions+
			", or the person holds a directory role, and then somebody who holds an administrator's role does it in Entra", err)
	case is(err, domain.FaultNotFound):
		return domain.Receipt{RequestID: got.requestID, At: got.at, Already: true}, nil // who is deleted has no sessions
	case err != nil:
		return domain.Receipt{}, err
	}
	var done struct {
		Value *bool `json:"value"`
	}
	if err := a.decode(opRevoke, got, &done); err != nil {
		return domain.Receipt{}, err
	}
	if done.Value != nil && !*done.Value {
		return domain.Receipt{}, a.fault(domain.FaultConflict, opRevoke, got, "Entra says that it did not end the sessions: end them in Entra", nil)
	}
	return domain.Receipt{RequestID: got.requestID, At: got.at}, nil
}
