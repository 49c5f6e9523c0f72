package hr

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"time"

	"handover/domain"
)

// keyed verifies a keyed hash of the body and what is joined to it: the way of
// HiBob, Gusto, Deel, BambooHR and most others.
type keyed struct {
	header, prefix, encoding string
	sha512                   bool
	timestamp                string   // header; "" where no time is signed
	id                       string   // header; "" where no id is signed
	signed                   []string // literal text, and the names of parts
	keys                     [][]byte
	tolerance                time.Duration
}

// bambooSigning is how BambooHR signs: the body, and right behind it what the
// timestamp header says (documentation.bamboohr.com/docs/webhooks). Clients
// disagree whether the hex is in upper or lower case; bytes are compared.
var bambooSigning = domain.HRSigning{Header: "X-BambooHR-Signature", Algorithm: "sha256", Encoding: "hex", Timestamp: "X-BambooHR-Timestamp", Signed: "{body}{timestamp}"}

// parseSigned cuts what is signed into literal text and parts in braces.
func parseSigned(text string) ([]string, error) {
	if text == "" {
		text = "{body}"
	}
	var parts []string
	for text != "" {
		if text[0] != '{' {
			end := strings.IndexByte(text, '{')
			if end < 0 {
				end = len(text)
			}
			parts, text = append(parts, text[:end]), text[end:]
			continue
		}
		end := strings.IndexByte(text, '}')
		if end < 0 {
			return nil, fmt.Errorf("a brace is not closed in what is signed")
		}
		parts, text = append(parts, text[:end+1]), text[end+1:]
	}
	return parts, nil
}

func (v *keyed) verify(r *http.Request, body []byte, now time.Time) (delivery, error) {
	given, ok := v.given(r.Header.Get(v.header))
	if !ok {
		return delivery{}, errForged
	}
	d := delivery{now: now}
	stamp := ""
	if v.id != "" {
		if d.id = r.Header.Get(v.id); d.id == "" {
			return delivery{}, errForged
		}
	}
	if v.timestamp != "" {
		if stamp = r.Header.Get(v.timestamp); stamp == "" {
			return delivery{}, errForged
		}
	}
	for _, key := range v.keys {
		if !hmac.Equal(given, v.sum(key, r.Method, d.id, stamp, body)) {
			continue
		}
		if v.timestamp == "" {
			return d, nil
		}
		// Signed as it was sent, and read only for its age.
		sent, err := parseInstant(stamp, time.UTC)
		if err != nil {
			return delivery{}, errUntold
		}
		d.sentAt = sent
		return d, recent(sent, now, v.tolerance)
	}
	return delivery{}, errForged
}

// given decodes the signature that came.
func (v *keyed) given(header string) ([]byte, bool) {
	text, ok := strings.CutPrefix(header, v.prefix)
	if !ok || text == "" {
		return nil, false
	}
	if v.encoding == "base64" {
		text = strings.TrimRight(text, "=")
		sum, err := base64.RawStdEncoding.DecodeString(text)
		return sum, err == nil
	}
	sum, err := hex.DecodeString(text)
	return sum, err == nil
}

func (v *keyed) sum(key []byte, method, id, stamp string, body []byte) []byte {
	algorithm := func() hash.Hash { return sha256.New() }
	if v.sha512 {
		algorithm = sha512.New
	}
	mac := hmac.New(algorithm, key)
	for _, part := range v.signed {
		switch part {
		case "{body}":
			mac.Write(body)
		case "{timestamp}":
			mac.Write([]byte(stamp))
		case "{id}":
			mac.Write([]byte(id))
		case "{method}":
			mac.Write([]byte(method))
		default:
			mac.Write([]byte(part))
		}
	}
	return mac.Sum(nil)
}
