// Package evidence builds, signs and verifies the pack of a run: what an
// auditor gets.
//
// A pack is one zip file that any tool opens. Its last 64 bytes, inside the
// archive's comment, are an Ed25519 signature over every byte before them, so
// that a change of any byte is found. Inside, the run's audit chain is hashed
// entry by entry, and the entries of the global chain bind it to what was
// anchored outside: a pack that somebody changed and signed with a key of
// their own does not fit together any more. Verifying needs the file and the
// public key that was given out beforehand, and nothing else.
//
// Names and emails are shown while they exist; the chain holds opaque ids and
// salted commitments, so that a pack of an erased person still verifies.
package evidence
