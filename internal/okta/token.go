package okta

import (
	"context"
	"crypto/rand"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"handover/domain"
)

// token is an access token of a service app, for one scope. Each scope has a token
// of its own: a request for several is refused when one of them is not granted, and
// would not say which.
type token struct {
	value string
	until time.Time
}

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	assertionLife = 5 * time.Minute // Okta takes up to an hour (documented)
	tokenMargin   = time.Minute     // a token is renewed before it expires under way
)

// authorization is what a call for a scope is sent with.
func (a *App) authorization(ctx context.Context, scope string) (string, error) {
	if a.key == nil {
		return "SSWS " + string(a.cfg.Token), nil
	}
	a.mu.Lock()
	t := a.tokens[scope]
	a.mu.Unlock()
	if a.now().Before(t.until) {
		return "Bearer " + t.value, nil
	}
	t, err := a.fetch(ctx, scope)
	if err != nil {
		return "", err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens[scope] = t
	return "Bearer " + t.value, nil
}

// forget drops a token that Okta no longer knows, unless it was renewed meanwhile.
func (a *App) forget(scope, bearer string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if "Bearer "+a.tokens[scope].value == bearer {
		delete(a.tokens, scope)
	}
}

// fetch asks the org's own authorization server, the only one that gives these
// scopes, by a signed assertion, the only way that it takes (documented).
func (a *App) fetch(ctx context.Context, scope string) (token, error) {
	assertion, err := a.assertion()
	if err != nil {
		return token{}, a.fault(domain.FaultInternal, opToken, answer{}, "the request for a token cannot be signed: check the service app's private key", err)
	}
	op := opToken
	op.scope = scope
	got, err := a.send(ctx, op, arguments{form: url.Values{"grant_type": {"client_credentials"}, "scope": {scope},
		"client_assertion_type": {assertionType}, "client_assertion": {assertion}}})
	if err != nil {
		return token{}, a.tokenFault(op, got, err)
	}
	var body struct {
		Type    string `json:"token_type"`
		Value   string `json:"access_token"`
		Expires int    `json:"expires_in"`
	}
	if err := a.decode(op, got, &body); err != nil {
		return token{}, err
	}
	if body.Value == "" || body.Type != "Bearer" || body.Expires <= 0 {
		return token{}, a.strange(op, got, nil)
	}
	life := time.Duration(body.Expires) * time.Second
	return token{value: body.Value, until: got.at.Add(life - min(tokenMargin, life/2))}, nil
}

// assertion says who we are, signed with the service app's key: iss and sub are
// the client, aud is the address it is sent to (documented).
func (a *App) assertion() (string, error) {
	now := a.now()
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"iss": a.cfg.ClientID, "sub": a.cfg.ClientID, "aud": a.cfg.URL + opToken.path,
		"iat": now.Unix(), "exp": now.Add(assertionLife).Unix(), "jti": rand.Text()})
	t.Header["kid"] = a.cfg.KeyID
	return t.SignedString(a.key)
}

// tokenFault reads a refusal in OAuth's form (RFC 6749 section 5.2). The words are
// Okta's for it (memory).
func (a *App) tokenFault(op operation, got answer, err error) error {
	switch got.said.OAuth {
	case "invalid_scope":
		return a.forbidden(op, got)
	case "invalid_client", "unauthorized_client":
		return a.fault(domain.FaultUnauthenticated, op, got, "Okta does not accept the service app: check the client id, that the app is active, that the key and its id stand under its public keys, and this machine's clock", err)
	case "invalid_dpop_proof":
		return a.fault(domain.FaultUnauthenticated, op, got, "the service app demands proof of possession: switch \"Require DPoP\" off in its settings in Okta", err)
	}
	return err
}
