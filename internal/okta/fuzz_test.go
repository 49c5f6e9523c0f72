package okta_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"handover/domain"
	"handover/internal/okta"
)

// canned answers every request alike.
type canned struct{ link, body string }

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{"Link": {c.link}}, Body: io.NopCloser(bytes.NewBufferString(c.body)), Request: r}, nil
}

// open admits everything.
type open struct{}

func (open) Acquire(context.Context, domain.AppID, string, bool) (domain.RatePermit, error) {
	return domain.RatePermit{}, nil
}

func (open) Observe(context.Context, domain.RatePermit, domain.RateObservation) error { return nil }

// Whatever Okta answers, reading it ends, every error is a fault, and what is
// shown as a listing has people with ids.
func FuzzAnswers(f *testing.F) {
	f.Add(`<https://acme.okta.com/api/v1/apps/0oa1/users?after=1>; rel="next"`, `[{"id":"00u1","scope":"GROUP","_links":{"group":{"href":"/api/v1/groups/00g1"}}}]`)
	f.Add(`<x>; rel="self", <https://acme.okta.com/api/v1/users>;rel=next`, `[{"id":"00u1","_embedded":{"user":{"profile":{"email":"a@example.com"}}}}]`)
	f.Add("", `{"id":"0oa1","status":"ACTIVE","features":["PUSH_USER_DEACTIVATION"]}`)
	f.Add("", `[{"id":null}]`)
	f.Fuzz(func(t *testing.T, link, body string) {
		app, err := okta.New(okta.Config{App: "crm", Provider: "acme", URL: "https://acme.okta.com", AppID: "0oa1", Token: secret, Gate: open{}, Transport: canned{link, body}})
		if err != nil {
			t.Fatal(err)
		}
		listing, err := app.ListAssigned(t.Context())
		for _, p := range listing.People {
			if p.User == "" {
				t.Fatal("somebody without an id")
			}
		}
		_, found := app.FindAssignment(t.Context(), dana)
		_, last := app.LastSignIn(t.Context(), "00u1")
		_, facts := app.Describe(t.Context())
		for _, err := range []error{err, found, last, facts} {
			var fault *domain.Fault
			if err != nil && !errors.As(err, &fault) {
				t.Fatalf("no fault: %v", err)
			}
		}
	})
}
