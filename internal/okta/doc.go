// Package okta is the door of an app whose sign-in stands behind Okta: it reads
// by which ways a person is given the app there, takes them away, puts them back,
// and ends the person's sessions at Okta.
//
// Facts carry their source: "documented" is Okta's reference or its published
// OpenAPI document, "issue" somebody's tracker, "memory" neither. Nothing was
// tried on a live org; docs/okta.md lists what that leaves open.
//
// What Okta says is about Okta. Whether an account is gone the app itself shows,
// and sessions that the app keeps live on when those at Okta have ended. Emails
// are sent to Okta in queries and stand in no fault and no log.
package okta
