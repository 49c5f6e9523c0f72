// Package scim is the connector for apps of kind "scim": any app that lets its
// users be provisioned over SCIM 2.0 (RFC 7643, RFC 7644) and offers nothing
// else that Handover knows.
//
// Facts carry their source: "RFC" is the standard with its section, a vendor's
// name is that vendor's documentation or issue tracker, "seen" is what a real
// server did in our tests. Servers differ from the standard in many ways, so
// the client sends only what all of them understand, takes every form of answer
// that one of them gives, and believes no 2xx: the caller reads the users again.
//
// The package never deletes a user unless the policy file says so, and keeps
// tokens, addresses and answers' bodies out of errors and logs.
package scim
