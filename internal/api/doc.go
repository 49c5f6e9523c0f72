// Package api is the HTTP door: JSON under /api/v1 with an OpenAPI description,
// personal tokens, and errors as problem documents. It calls the desk and nothing
// else.
package api
