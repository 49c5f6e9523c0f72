package evidence

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"
)

// Object identifiers of RFC 3161 and RFC 5652.
var (
	oidSHA256     = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
)

type stampAlgorithm struct {
	Algorithm  asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

type stampImprint struct {
	Hash   stampAlgorithm
	Digest []byte
}

// stampRequest is TimeStampReq of RFC 3161, 2.4.1.
type stampRequest struct {
	Version int
	Imprint stampImprint
	Nonce   *big.Int
	CertReq bool
}

// stampResponse is TimeStampResp of RFC 3161, 2.4.2.
type stampResponse struct {
	Status struct{ Status int } // what follows it is for people
	Token  asn1.RawValue        `asn1:"optional"`
}

// contentInfo is ContentInfo of RFC 5652, 3. The content keeps its explicit tag.
type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

// signedContent is the beginning of SignedData: what follows the content is the
// server's signature, which other tools check.
type signedContent struct {
	Version    int
	Algorithms asn1.RawValue
	Content    struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}
}

// stampInfo is the beginning of TSTInfo of RFC 3161, 2.4.2.
type stampInfo struct {
	Version int
	Policy  asn1.ObjectIdentifier
	Imprint stampImprint
	Serial  *big.Int
	Time    time.Time `asn1:"generalized"`
}

// stampLimit bounds an answer: a token with its certificates has some kilobytes.
const stampLimit = 1 << 20

var errStamp = errors.New("time stamp: the server's answer is not what RFC 3161 says: check audit.anchor.tsa")

// Stamper asks a time stamp server.
type Stamper struct{ Client *http.Client }

// Stamp gets a time stamp token of a document from an RFC 3161 server, as the answer
// came, and checks that it is one for this document.
func (s Stamper) Stamp(ctx context.Context, tsa string, document []byte) ([]byte, error) {
	digest := sha256.Sum256(document)
	var nonce [8]byte
	rand.Read(nonce[:]) // never fails: crypto/rand ends the process instead
	query, err := asn1.Marshal(stampRequest{Version: 1, Imprint: stampImprint{Hash: stampAlgorithm{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}, Digest: digest[:]},
		Nonce: new(big.Int).SetBytes(nonce[:]), CertReq: true})
	if err != nil {
		return nil, fmt.Errorf("time stamp: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, tsa, bytes.NewReader(query))
	if err != nil {
		return nil, errStamp
	}
	request.Header.Set("Content-Type", "application/timestamp-query")
	answer, err := s.Client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("time stamp: the server does not answer: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	token, err := io.ReadAll(io.LimitReader(answer.Body, stampLimit))
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("time stamp: the server answered %d", answer.StatusCode)
	}
	_, err = CheckStamp(token, document)
	return token, err
}

// CheckStamp tells when a time stamp was made, if it is one of this document. Who
// signed it is checked with the server's certificate, for example by
// openssl ts -verify.
func CheckStamp(answer, document []byte) (time.Time, error) {
	var response stampResponse
	if _, err := asn1.Unmarshal(answer, &response); err != nil {
		return time.Time{}, errStamp
	}
	if response.Status.Status > 1 { // granted, or granted with changes
		return time.Time{}, fmt.Errorf("time stamp: the server refused with status %d", response.Status.Status)
	}
	var outer contentInfo
	var signed signedContent
	var info stampInfo
	if _, err := asn1.Unmarshal(response.Token.FullBytes, &outer); err != nil || !outer.Type.Equal(oidSignedData) {
		return time.Time{}, errStamp
	}
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &signed); err != nil || !signed.Content.Type.Equal(oidTSTInfo) {
		return time.Time{}, errStamp
	}
	if _, err := asn1.Unmarshal(signed.Content.Content, &info); err != nil {
		return time.Time{}, errStamp
	}
	digest := sha256.Sum256(document)
	if !info.Imprint.Hash.Algorithm.Equal(oidSHA256) || !bytes.Equal(info.Imprint.Digest, digest[:]) {
		return time.Time{}, errors.New("time stamp: it is one of another document")
	}
	return info.Time, nil
}
