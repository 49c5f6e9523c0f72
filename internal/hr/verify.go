package hr

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"handover/domain"
)

var (
	errForged = errors.New("verify delivery: no good signature")
	errStale  = errors.New("verify delivery: signed at another time")
	errUntold = errors.New("verify delivery: the signed time cannot be read")
)

// delivery is what the signature vouches for besides the body.
type delivery struct {
	id     string    // "" where the sender signs none
	sentAt time.Time // zero where the sender signs none
	now    time.Time
}

// verifier checks that a body is the sender's own and recent.
type verifier interface {
	verify(r *http.Request, body []byte, now time.Time) (delivery, error)
}

// standard verifies Standard Webhooks
// (github.com/standard-webhooks/standard-webhooks, spec 1.0.0).
type standard struct {
	keys      []*webhooks.Webhook // any of them: secrets are rotated
	tolerance time.Duration
}

// newStandard reads one or more secrets, separated by spaces. The library takes
// any key, also an empty one; the specification asks for 24 to 64 bytes.
func newStandard(secrets string, tolerance time.Duration) (*standard, error) {
	v := &standard{tolerance: tolerance}
	for _, secret := range strings.Fields(secrets) {
		text, ok := strings.CutPrefix(secret, "whsec_")
		key, err := base64.StdEncoding.DecodeString(text)
		if !ok || err != nil || len(key) < 24 || len(key) > 64 {
			return nil, errors.New("it holds no Standard Webhooks secret: write whsec_ and 24 to 64 bytes in base64; several are separated by spaces")
		}
		hook, err := webhooks.NewWebhookRaw(key)
		if err != nil {
			return nil, fmt.Errorf("make verifier: %w", err)
		}
		v.keys = append(v.keys, hook)
	}
	return v, nil
}

func (v *standard) verify(r *http.Request, body []byte, now time.Time) (delivery, error) {
	id, at := r.Header.Get(webhooks.HeaderWebhookID), r.Header.Get(webhooks.HeaderWebhookTimestamp)
	for _, key := range v.keys {
		// The library asks this machine's clock; the door has its own, and tells
		// what is forged from what is only late.
		if key.VerifyIgnoringTimestamp(body, r.Header) != nil {
			continue
		}
		seconds, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return delivery{}, errForged
		}
		sent := time.Unix(seconds, 0).UTC()
		return delivery{id: id, sentAt: sent, now: now}, recent(sent, now, v.tolerance)
	}
	return delivery{}, errForged
}

// recent refuses what was signed too long ago, or in the future.
func recent(sent, now time.Time, tolerance time.Duration) error {
	if sent.Before(now.Add(-tolerance)) || sent.After(now.Add(tolerance)) {
		return errStale
	}
	return nil
}

// shortestKey is the least that a secret of a hmac source may have: shorter ones
// are found by trying.
const shortestKey = 16

// newVerifier makes the verifier of a source from its secret.
func newVerifier(s domain.HRSource, secret domain.Secret) (verifier, error) {
	tolerance := toleranceOf(s)
	if s.Signature == domain.HRStandardWebhooks || s.Signature == "" && s.Form() != domain.HRKindBamboo {
		return newStandard(string(secret), tolerance)
	}
	signing := s.HMAC
	if s.Signature != domain.HRHMAC {
		signing = bambooSigning
	}
	v := &keyed{header: signing.Header, prefix: signing.Prefix, encoding: signing.Encoding, sha512: signing.Algorithm == "sha512",
		timestamp: signing.Timestamp, id: headerOf(s.ID), tolerance: tolerance}
	for _, key := range strings.Fields(string(secret)) {
		if len(key) < shortestKey {
			return nil, fmt.Errorf("it holds a key of less than %d characters: copy the whole of it from the HR system; several are separated by spaces", shortestKey)
		}
		v.keys = append(v.keys, []byte(key))
	}
	var err error
	v.signed, err = parseSigned(signing.Signed)
	return v, err
}

// Tolerances that hold where the policy gives none. BambooHR tries again for 75
// minutes and does not say whether it signs anew each time; repeats are known by
// their body.
const (
	usualTolerance  = 5 * time.Minute
	bambooTolerance = 2 * time.Hour
)

func toleranceOf(s domain.HRSource) time.Duration {
	switch {
	case s.Tolerance > 0:
		return s.Tolerance
	case s.Form() == domain.HRKindBamboo || s.Signature == domain.HRBambooSignature:
		return bambooTolerance
	default:
		return usualTolerance
	}
}

// headerOf is the header that holds the id of a delivery, where one does.
func headerOf(id string) string {
	name, ok := strings.CutPrefix(id, domain.HRIDOfTop)
	if !ok {
		return ""
	}
	return name
}
