package entra

import (
	"context"
	"net/url"
	"strings"
	"time"

	"handover/domain"
)

// successKept is since when Entra keeps the last successful sign-in. Nothing was
// filled in for the time before (Graph, "signInActivity").
var successKept = time.Date(2023, 12, 1, 0, 0, 0, 0, time.UTC)

// LastSignIn tells when somebody was seen to sign in to the app, from the sign-in
// log, else to the directory at all. That nothing was seen is no proof of no use:
// the log is kept for weeks, and lists what its licence shows.
func (a *App) LastSignIn(ctx context.Context, userID string) (domain.LastSignIn, error) {
	if !guid.MatchString(userID) {
		return domain.LastSignIn{}, a.fault(domain.FaultInvalid, opSignIns, answer{}, "no user of Entra is named by object id", nil) // Graph takes no other name here
	}
	at, why, got, err := a.toApp(ctx, userID)
	switch {
	case err != nil:
		return domain.LastSignIn{}, err
	case !at.IsZero():
		return domain.LastSignIn{Seen: domain.Yes, At: at, ToApp: true, RequestID: got.requestID, Why: "the last successful sign-in to the app in Entra's sign-in log"}, nil
	}
	at, more, got, err := a.toDirectory(ctx, userID)
	switch {
	case err != nil:
		return domain.LastSignIn{}, err
	case !at.IsZero():
		return domain.LastSignIn{Seen: domain.Yes, At: at, Since: successKept, RequestID: got.requestID,
			Why: why + "; the last successful sign-in to the directory, to whatever app"}, nil
	}
	return domain.LastSignIn{Seen: domain.Unknown, RequestID: got.requestID, Why: why + "; " + more}, nil
}

// signIn is a record of the sign-in log.
type signIn struct {
	At     time.Time `json:"createdDateTime"`
	User   string    `json:"userId"`
	App    string    `json:"appId"`
	Status *struct {
		Error *int `json:"errorCode"`
	} `json:"status"`
}

func (s signIn) succeeded() bool {
	return s.Status != nil && s.Status.Error != nil && *s.Status.Error == 0
}

// logPages is how many pages of the log are read. A page may be empty and be
// followed by others, and the log gives five requests in ten seconds.
const logPages = 4

// toApp looks for the newest successful sign-in to the app. Newest first is what
// Graph documents for the log; it takes no $orderby. why says what was read when
// none was found.
func (a *App) toApp(ctx context.Context, userID string) (at time.Time, why string, got answer, err error) {
	p, got, err := a.principal(ctx)
	if err != nil {
		return at, "", got, err
	}
	filter := "userId eq " + quote(userID) + " and appId eq " + quote(p.AppID) + " and status/errorCode eq 0"
	address := a.address("/auditLogs/signIns", url.Values{"$filter": {filter}, "$top": {"10"}})
	got, whole, err := walk(ctx, a, opSignIns, address, logPages, func(rows []signIn) bool {
		for _, in := range rows {
			if in.succeeded() && strings.EqualFold(in.User, userID) && strings.EqualFold(in.App, p.AppID) && in.At.After(at) {
				at = in.At.UTC()
			}
		}
		return at.IsZero()
	})
	switch {
	case is(err, domain.FaultForbidden):
		return at, "the sign-in log cannot be read: " + messageOf(err), got, nil
	case !whole && err == nil:
		return at, "the sign-in log did not come to an end", got, nil
	}
	return at, "the sign-in log shows no successful sign-in to the app in the weeks that it is kept", got, err
}

// toDirectory reads the last successful sign-in to the directory.
// lastSignInDateTime is left alone: it counts failed attempts (Graph).
func (a *App) toDirectory(ctx context.Context, userID string) (at time.Time, why string, got answer, err error) {
	var u struct {
		Activity *struct {
			Success *time.Time `json:"lastSuccessfulSignInDateTime"`
		} `json:"signInActivity"`
	}
	got, err = a.get(ctx, opActivity, "/users/"+userID, url.Values{"$select": {"id,signInActivity"}}, &u)
	switch {
	case is(err, domain.FaultForbidden):
		return at, "the time of the last sign-in cannot be read: " + messageOf(err), got, nil
	case err != nil:
		return at, "", got, err
	case u.Activity == nil || u.Activity.Success == nil || u.Activity.Success.Year() <= 1:
		return at, "Entra shows no successful sign-in since December 2023, from when on it keeps them", got, nil
	}
	return u.Activity.Success.UTC(), "", got, nil
}
