// Package store keeps what Handover must not forget: the audit log with its
// chains, the read models of runs, the outbox of commands, claims, transfers
// and rate windows. The same SQL runs on PostgreSQL and on SQLite.
//
// Three rules hold everywhere. Whatever may be repeated after a crash is keyed
// by derived ids, so that a repeat changes nothing. Whoever orders writes is a
// row that is taken with UPDATE … RETURNING, first the chain of the run (or
// the row of the app), last the head of the global chain. And nothing takes a
// step backwards because an old writer was late.
package store
