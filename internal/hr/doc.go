// Package hr is HR's door: signed webhooks in our own form or mapped from that
// of another system, and rosters as CSV. What HR says is checked whole and
// handed to the desk; nothing is decided here.
package hr
