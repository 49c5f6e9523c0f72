// Package desk is where people and systems give their commands: it checks who
// they are now and what they may, writes refusals into the audit log, keeps each
// command in the outbox until Temporal has answered it, and gives reads only to
// those who may see them. Every door calls it.
package desk
