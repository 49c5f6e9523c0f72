// Package okta is a stateful simulator of an Okta org as its management API
// shows it: people, groups, apps, what gives whom which app, sessions and the
// System Log. It is strict by default; each switch is a behaviour that a client
// must survive. Standard library only, and nothing shared with the client: a
// shared type would hide a shared mistake.
//
// Facts carry their source: "documented" is Okta's own reference or published
// OpenAPI document, "issue" somebody's tracker, "memory" neither.
package okta
