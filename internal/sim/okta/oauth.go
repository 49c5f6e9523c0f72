package okta

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// tokenLife is that of the org server's access tokens (documented).
const tokenLife = time.Hour

// assertionLife is the longest that an assertion may live (documented).
const assertionLife = time.Hour

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

type token struct {
	scope string
	until time.Time
	made  int // requests that were made before it
}

// known finds what a request's token may do; "" is everything.
func (s *Simulator) known(authorization string) (scope string, known bool) {
	scheme, value, _ := strings.Cut(authorization, " ")
	switch {
	case value == "":
		return "", false
	case scheme == "SSWS":
		return "", value == s.opt.Token && !s.dead(0)
	case scheme == "Bearer":
		t, issued := s.tokens[value]
		return t.scope, issued && s.now().Before(t.until) && !s.dead(t.made)
	}
	return "", false
}

// dead tells that a token which was made before so many requests is no longer
// known.
func (s *Simulator) dead(made int) bool {
	limit := s.switches.DieAfter
	return limit > 0 && made <= s.since+limit && len(s.requests) > s.since+limit
}

// issue answers a token request: client credentials with a signed assertion, the
// only way that the org server takes for its own scopes (documented).
func (s *Simulator) issue(r *http.Request) reply {
	if err := r.ParseForm(); err != nil {
		return refusal(http.StatusBadRequest, "invalid_request")
	}
	scopes := strings.Fields(r.PostForm.Get("scope"))
	switch {
	case r.PostForm.Get("grant_type") != "client_credentials":
		return refusal(http.StatusBadRequest, "unsupported_grant_type")
	case r.PostForm.Get("client_assertion_type") != assertionType || !s.asserted(r, r.PostForm.Get("client_assertion")):
		return refusal(http.StatusUnauthorized, "invalid_client")
	case s.switches.DPoP:
		return refusal(http.StatusBadRequest, "invalid_dpop_proof")
	case len(scopes) == 0:
		return refusal(http.StatusBadRequest, "invalid_scope")
	}
	for _, scope := range scopes {
		if !slices.Contains(s.opt.Scopes, scope) {
			return refusal(http.StatusBadRequest, "invalid_scope")
		}
	}
	value := fmt.Sprintf("access-%06d", len(s.requests))
	s.tokens[value] = token{scope: strings.Join(scopes, " "), until: s.now().Add(tokenLife), made: len(s.requests)}
	return ok(object{"token_type": "Bearer", "expires_in": int(tokenLife.Seconds()), "access_token": value, "scope": strings.Join(scopes, " ")})
}

// refusal is an error in the form of OAuth (RFC 6749 section 5.2).
func refusal(status int, word string) reply {
	return reply{status: status, body: object{"error": word, "error_description": "refused: " + word}}
}

// asserted checks the signature, for whom it was made, and that it is young and
// new.
func (s *Simulator) asserted(r *http.Request, assertion string) bool {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 || s.opt.PublicKey == nil {
		return false
	}
	var header struct{ Alg, Kid string }
	var claims struct {
		Iss, Sub, Aud, Jti string
		Exp                int64
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !part(parts[0], &header) || !part(parts[1], &claims) {
		return false
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	until := time.Unix(claims.Exp, 0)
	switch {
	case header.Alg != "RS256" || header.Kid != s.opt.KeyID:
	case rsa.VerifyPKCS1v15(s.opt.PublicKey, crypto.SHA256, digest[:], signature) != nil:
	case claims.Iss != s.opt.ClientID || claims.Sub != s.opt.ClientID || claims.Aud != "http://"+r.Host+r.URL.Path:
	case !until.After(s.now()) || until.After(s.now().Add(assertionLife)):
	case claims.Jti != "" && s.used[claims.Jti]:
	default:
		s.used[claims.Jti] = true
		return true
	}
	return false
}

func part(raw string, into any) bool {
	text, err := base64.RawURLEncoding.DecodeString(raw)
	return err == nil && json.Unmarshal(text, into) == nil
}
