package okta

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"handover/domain"
)

const (
	signInEvent = "user.authentication.sso"
	// retention is what the System Log keeps (documented).
	retention = 90 * 24 * time.Hour
)

// LastSignIn tells when somebody signed in to the app last, by Okta's System Log,
// else when they signed in to Okta at all. The log keeps ninety days, and who signs
// in to the app by a password of its own, or by a key, never comes by: without an
// entry the answer is no only for somebody whom Okta has not had for so long and
// who never signed in to it.
func (a *App) LastSignIn(ctx context.Context, user string) (domain.LastSignIn, error) {
	if err := a.plain(opUser, user); err != nil {
		return domain.LastSignIn{}, err
	}
	var who person
	got, err := a.get(ctx, opUser, arguments{user: user}, &who)
	switch {
	case err != nil:
		return domain.LastSignIn{}, err
	case who.ID != user:
		return domain.LastSignIn{}, a.strange(opUser, got, nil)
	}
	since := a.now().Add(-retention)
	at, logged, whole, err := a.intoApp(ctx, user, since)
	if err != nil && domain.KindOf(err) != domain.FaultForbidden {
		return domain.LastSignIn{}, err
	}
	if err == nil {
		got = logged
	}
	last := judge(who, at, since, whole && err == nil)
	if err != nil {
		last.Why = "Handover may not read Okta's System Log (" + readLogs + "); " + last.Why
	}
	last.RequestID = got.requestID
	return last, nil
}

// judge weighs what was read: at is the last sign-in to the app that the log
// shows, zero when it shows none, and whole that all of the log was read.
func judge(who person, at, since time.Time, whole bool) domain.LastSignIn {
	last := domain.LastSignIn{Seen: domain.Unknown}
	if whole {
		last.Since = since
	}
	switch {
	case !at.IsZero():
		last.Seen, last.At, last.ToApp, last.Since = domain.Yes, at, true, since
		last.Why = "Okta's System Log shows a sign-in to the app"
	case who.LastLogin != nil && !who.LastLogin.IsZero():
		last.Seen, last.At = domain.Yes, who.LastLogin.UTC()
		last.Why = "the last sign-in to Okta itself, for whatever app; none to this app is known"
	case whole && who.Created != nil && who.Created.After(since):
		last.Seen = domain.No
		last.Why = "Okta has had the person for less time than its System Log keeps, and shows no sign-in"
	default:
		last.Why = fmt.Sprintf("Okta shows no sign-in, and keeps its System Log for %d days only", int(retention.Hours())/24)
	}
	return last
}

// intoApp finds the newest sign-in to the app in the System Log. Newest first with
// an end: without until the log is polled, and always names a next page
// (documented); one that is empty ends it in any case. Who signed in is the actor,
// or stands among the targets: both are asked for.
func (a *App) intoApp(ctx context.Context, user string, since time.Time) (at time.Time, got answer, whole bool, err error) {
	args := arguments{query: url.Values{"since": {moment(since)}, "until": {moment(a.now())}, "limit": {"100"}, "sortOrder": {"DESCENDING"},
		"filter": {fmt.Sprintf(`eventType eq %q and target.id eq %q and (actor.id eq %q or target.id eq %q)`, signInEvent, a.cfg.AppID, user, user)}}}
	for range maxPages {
		var page []event
		if got, err = a.get(ctx, opLog, args, &page); err != nil {
			return time.Time{}, got, false, err
		}
		for _, e := range page {
			if e.into(a.cfg.AppID, user) && e.Published.After(at) {
				at = e.Published.UTC()
			}
		}
		next := nextPage(got.header)
		switch {
		case !at.IsZero() || next == "" || len(page) == 0:
			return at, got, true, nil
		case !a.within(next) || next == args.next:
			return at, got, false, nil
		}
		args.next, args.query = next, nil
	}
	return at, got, false, nil
}
