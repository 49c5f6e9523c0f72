// Package apollo is the connector for apps of kind "apollo.io": a typed client
// of the documented REST API, and a small door for SCIM where the tenant has
// one.
//
// Facts about the vendor carry their source: "documented" is Apollo's own
// documentation or OpenAPI document, "observed" is a recorded exchange that a
// third party published, "unknown" is what neither tells. Where something is
// unknown the code comes out right both ways and never takes silence for an
// answer: an unknown filter is ignored by Apollo with status 200, so every
// filtered row is filtered again here.
//
// The package never sends an email, never deletes anything, and keeps keys,
// addresses and answers' bodies out of errors and logs.
package apollo
