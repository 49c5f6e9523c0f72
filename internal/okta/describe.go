package okta

import (
	"context"
	"net/url"
	"slices"
	"time"

	"handover/domain"
)

// rightsLife is how long what our credentials may do is taken as read: every step
// asks for the facts, and rights change when an administrator changes them.
const rightsLife = 10 * time.Minute

// rights are the scopes that our credentials lack, and when that was read.
type rights struct {
	missing []string
	at      time.Time
}

// Describe asks Okta about the app, and which of the rights that Handover uses its
// credentials lack. It reads only. Where even the app may not be read, that is
// what it says; an app that Okta does not know is a fault of kind not_found.
func (a *App) Describe(ctx context.Context) (domain.SignInFacts, error) {
	facts := domain.SignInFacts{App: a.cfg.AppID, Active: domain.Unknown, Pushes: domain.Unknown, Why: "Handover may not read the app in Okta"}
	app, got, err := a.instance(ctx)
	if err == nil {
		facts.App, facts.Active = app.Label, active(app)
		facts.Pushes, facts.Why = pushes(app)
	} else if domain.KindOf(err) != domain.FaultForbidden {
		return domain.SignInFacts{}, err
	}
	facts.RequestID = got.requestID
	missing, failed := a.missing(ctx)
	if err != nil {
		missing = append([]string{readApps}, missing...)
	}
	facts.Missing = missing
	return facts, failed
}

// instance reads the app. Everything begins with it: without the app nobody would
// be assigned to it, and that would look like a clean cut.
func (a *App) instance(ctx context.Context) (instance, answer, error) {
	var app instance
	got, err := a.get(ctx, opApp, arguments{}, &app)
	switch {
	case err != nil && domain.KindOf(err) == domain.FaultNotFound:
		err = a.fault(domain.FaultNotFound, opApp, got, "Okta does not know the app: check its id in the configuration, it begins with 0oa", err)
	case err == nil && app.ID != a.cfg.AppID:
		err = a.strange(opApp, got, nil)
	}
	return app, got, err
}

func active(app instance) domain.Tri {
	if app.Status == "" {
		return domain.Unknown
	}
	return domain.TriOf(app.Status == statusActive)
}

// pushes tells whether Okta deactivates users in the app when it is taken away
// there, by what the app's provisioning is set to do (documented: features).
func pushes(app instance) (domain.Tri, string) {
	switch {
	case app.Status != statusActive:
		return domain.Unknown, "the app is switched off in Okta, and nobody says whether it still provisions then"
	case app.Features == nil:
		return domain.Unknown, "Okta does not tell what its provisioning does in the app"
	case slices.Contains(app.Features, pushDeactivation):
		return domain.Yes, "its provisioning is set to deactivate users (" + pushDeactivation + ")"
	}
	return domain.No, "its provisioning is not set to deactivate users (" + pushDeactivation + " is off): the account in the app stays"
}

// missing lists the rights besides reading apps that our credentials lack, by
// Okta's names.
func (a *App) missing(ctx context.Context) ([]string, error) {
	a.mu.Lock()
	known := a.rights
	a.mu.Unlock()
	if !known.at.IsZero() && a.now().Sub(known.at) < rightsLife {
		return slices.Clone(known.missing), nil
	}
	missing, err := a.tryRights(ctx)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rights = rights{missing: missing, at: a.now()}
	return slices.Clone(missing), nil
}

// tryRights reads a row with each right to read, because a scope without the admin
// role reads nothing. A right to write can only be asked for: a token for it is
// given or not, and whether the role allows it shows when it is used.
func (a *App) tryRights(ctx context.Context) ([]string, error) {
	now := a.now()
	tries := []struct {
		op   operation
		args arguments
	}{
		{opUsers, arguments{query: url.Values{"limit": {"1"}}}},
		{opRules, arguments{query: url.Values{"limit": {"1"}}}},
		{opLog, arguments{query: url.Values{"limit": {"1"}, "since": {moment(now.Add(-time.Minute))}, "until": {moment(now)}}}},
	}
	var missing []string
	for _, try := range tries {
		if _, err := a.call(ctx, try.op, try.args); err != nil {
			if domain.KindOf(err) != domain.FaultForbidden {
				return nil, err
			}
			missing = append(missing, try.op.scope)
		}
	}
	if a.key == nil || a.cfg.ReadOnly {
		return missing, nil
	}
	for _, scope := range []string{manageApps, manageGroups, manageUsers} {
		if _, err := a.authorization(ctx, scope); err != nil {
			if domain.KindOf(err) != domain.FaultForbidden {
				return nil, err
			}
			missing = append(missing, scope)
		}
	}
	return missing, nil
}

func moment(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
