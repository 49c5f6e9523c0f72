package evidence

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"

	"handover/domain"
)

// keyPrefix names what a public key is for.
const keyPrefix = "handover-ed25519:"

// signing keeps a signature of a pack from being one of anything else.
var signing = &ed25519.Options{Hash: crypto.SHA512, Context: "handover-pack/1"}

var (
	errSeed      = errors.New("read HANDOVER_SIGNING_KEY: not 32 bytes in base64: make one with `openssl rand -base64 32`")
	errPublicKey = errors.New("read public key: not of the form " + keyPrefix + "…")
)

// Signer signs packs. Its zero value cannot.
type Signer struct{ key ed25519.PrivateKey }

// ParseSigningKey reads the seed of an Ed25519 key, 32 bytes in base64.
func ParseSigningKey(s string) (Signer, error) {
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s))
	if err != nil || len(seed) != ed25519.SeedSize {
		return Signer{}, errSeed
	}
	return Signer{key: ed25519.NewKeyFromSeed(seed)}, nil
}

// NewSigningKey makes a key in the form that ParseSigningKey reads.
func NewSigningKey() string {
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed) // never fails: crypto/rand ends the process instead
	return base64.StdEncoding.EncodeToString(seed)
}

// Public is the key to give out, by which packs are verified.
func (s Signer) Public() ed25519.PublicKey {
	if s.key == nil {
		return nil
	}
	return s.key.Public().(ed25519.PublicKey)
}

func (s Signer) sign(digest []byte) ([]byte, error) {
	if s.key == nil {
		return nil, domain.NewFault(domain.FaultInvalid, "evidence.sign", "", "there is no key to sign with: set HANDOVER_SIGNING_KEY", nil)
	}
	return s.key.Sign(nil, digest, signing)
}

// PublicText is a public key as it is given out.
func PublicText(key ed25519.PublicKey) string {
	return keyPrefix + base64.StdEncoding.EncodeToString(key)
}

// ParsePublicKey reads a public key as PublicText writes it.
func ParsePublicKey(s string) (ed25519.PublicKey, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(s), keyPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) != ed25519.PublicKeySize {
		return nil, errPublicKey
	}
	return key, nil
}
