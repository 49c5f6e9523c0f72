// Package scim is a stateful simulator of an app that speaks SCIM 2.0. It is
// strict by default (RFC 7643 and 7644); each switch is a deviation of a server
// that somebody met. Standard library only, and nothing shared with the client:
// a shared type would hide a shared mistake.
package scim
