// Package apollo simulates one Apollo.io team: the public REST API with its limits and oddities, an assumed SCIM door,
// the administration pages that have no API behind them, and the faults a network adds to all of it.
//
// The simulator is stateful and deterministic: a tenant is seeded from a spec, every write changes records that later
// reads show, and everything that was applied is kept in an append-only log (Effects). What Apollo does not document is
// a Switch, so that callers can be tried in each of the possible worlds.
//
// Nothing here is shared with the client on purpose: a type used on both sides would hide a mistake made on both sides.
package apollo
