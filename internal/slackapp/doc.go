// Package slackapp is the Slack door: it posts cards, takes what people click and
// type there, finds out who they are at that moment, and gives their commands to
// the desk. What somebody did is kept before Slack hears that it arrived, and is
// worked off afterwards, so that nothing hangs on Temporal answering in time.
package slackapp
