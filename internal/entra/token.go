package entra

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"handover/domain"
	"handover/internal/gated"
)

// tokenPath is below the tenant (Microsoft identity platform, client credentials).
const tokenPath = "/oauth2/v2.0/token"

// tokenMargin is how long before its end a token is no longer used, so that no
// request meets its end on the way.
const tokenMargin = 5 * time.Minute

// token is a bearer token and until when it is used.
type token struct {
	bearer domain.Secret
	until  time.Time
}

// bearer gives a token: the one at hand while it works, else a new one. Those who
// come meanwhile wait for it instead of asking too.
func (a *App) bearer(ctx context.Context) (bearer domain.Secret, fresh bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.token.bearer != "" && a.cfg.Now().Before(a.token.until) {
		return a.token.bearer, false, nil
	}
	t, err := a.newToken(ctx)
	if err != nil {
		return "", false, err
	}
	a.token = t
	return t.bearer, true, nil
}

// forget drops a token that was refused, unless somebody has fetched another since.
func (a *App) forget(bearer domain.Secret) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.token.bearer == bearer {
		a.token = token{}
	}
}

// newToken is the client credentials grant, for the Graph of the configured cloud.
func (a *App) newToken(ctx context.Context) (token, error) {
	scope := a.graph.Scheme + "://" + a.graph.Host + "/.default"
	req := a.rest.R().SetFormDataFromValues(url.Values{"grant_type": {"client_credentials"}, "client_id": {a.cfg.ClientID},
		"client_secret": {string(a.cfg.Secret)}, "scope": {scope}})
	got, err := a.exchange(ctx, opToken, a.cfg.LoginURL+"/"+a.cfg.Tenant+tokenPath, req, nil)
	if err != nil {
		return token{}, a.signInRefused(got, err)
	}
	var body struct {
		Bearer  domain.Secret `json:"access_token"`
		Type    string        `json:"token_type"`
		Seconds int           `json:"expires_in"`
	}
	if err := a.decode(opToken, got, &body); err != nil {
		return token{}, err
	}
	life := time.Duration(body.Seconds) * time.Second
	if body.Bearer == "" || life <= 0 {
		return token{}, a.strange(opToken, got, nil)
	}
	return token{bearer: body.Bearer, until: got.at.Add(life - min(tokenMargin, life/2))}, nil
}

// Numbers of the identity platform's errors on which advice hangs (Microsoft,
// "AADSTS error codes").
const (
	wrongSecret   = 7000215
	expiredSecret = 7000222
	unknownClient = 700016
	unknownTenant = 90002
)

// signInRefused says what to do when no token is given: a refusal is about the
// credentials, whatever its status.
func (a *App) signInRefused(got answer, err error) error {
	if got.status != http.StatusBadRequest && got.status != http.StatusUnauthorized && got.status != http.StatusForbidden {
		return err
	}
	var body struct {
		Numbers []int  `json:"error_codes"`
		Trace   string `json:"trace_id"`
	}
	message := "Microsoft gives no token: check tenant, client id and client secret"
	if json.Unmarshal(got.body, &body) == nil { // another form says no more than its status
		for number, advice := range map[int]string{
			wrongSecret:   "the client secret is wrong: put the secret's value in place, not its id",
			expiredSecret: "the client secret has expired: make a new one in the app registration and put it in place",
			unknownClient: "the tenant does not know the client id: check both, and that the app registration has admin consent",
			unknownTenant: "Microsoft does not know the tenant: check its id",
		} {
			if slices.Contains(body.Numbers, number) {
				message = advice
			}
		}
		if got.requestID == "" {
			got.requestID = gated.PlainID(body.Trace)
		}
	}
	return a.fault(domain.FaultUnauthenticated, opToken, got, message+"; the app's steps go on by themselves", nil)
}
