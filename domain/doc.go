// Package domain holds the nouns and rules of Handover: people and their
// employments, apps and accounts, plans, steps, guards and claims, approvals,
// seats, audit events, rate windows and faults.
//
// It is pure: no input or output, no clock of its own, nothing but the standard
// library. Whatever is decided here can be decided again from the same values.
package domain
