package worker

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
)

const (
	encodingEncrypted = "binary/encrypted"
	metaKeyID         = "encryption-key-id"
)

// Keys are the keys for payloads in Temporal, AES-256 each. The first encrypts,
// all decrypt, so that a key can be changed while runs are open.
type Keys struct {
	order []string
	aead  map[string]cipher.AEAD
}

// ParseKeys reads "id:base64,id:base64", the form of HANDOVER_ENCRYPTION_KEYS.
func ParseKeys(text string) (*Keys, error) {
	keys := &Keys{aead: map[string]cipher.AEAD{}}
	for i, part := range strings.Split(text, ",") {
		id, encoded, ok := strings.Cut(strings.TrimSpace(part), ":")
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || id == "" || err != nil || len(raw) != 32 {
			return nil, fmt.Errorf("read encryption keys: entry %d is not id:base64 of 32 bytes: make one with `openssl rand -base64 32`", i+1)
		}
		if _, twice := keys.aead[id]; twice {
			return nil, fmt.Errorf("read encryption keys: entry %d repeats the id of another key: give each key its own id", i+1)
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return nil, fmt.Errorf("read encryption keys: %w", err)
		}
		if keys.aead[id], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("read encryption keys: %w", err)
		}
		keys.order = append(keys.order, id)
	}
	return keys, nil
}

// DataConverter encrypts everything that goes into Temporal.
func (k *Keys) DataConverter() converter.DataConverter {
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), k)
}

// FailureConverter encrypts messages and stack traces of failures as well.
func (k *Keys) FailureConverter() converter.FailureConverter {
	return temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: k.DataConverter(), EncodeCommonAttributes: true})
}

// Encode implements converter.PayloadCodec.
func (k *Keys) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("encrypt payload: %w", err)
		}
		out[i] = k.seal(plain)
	}
	return out, nil
}

func (k *Keys) seal(plain []byte) *commonpb.Payload {
	id := k.order[0]
	nonce := make([]byte, k.aead[id].NonceSize())
	// rand.Read never fails: it ends the process instead.
	_, _ = rand.Read(nonce)
	return &commonpb.Payload{
		Metadata: map[string][]byte{converter.MetadataEncoding: []byte(encodingEncrypted), metaKeyID: []byte(id)},
		Data:     k.aead[id].Seal(nonce, nonce, plain, []byte(id)),
	}
}

// Decode implements converter.PayloadCodec. Payloads that are not encrypted are
// refused: nothing of ours ever was, so they were put there by somebody else.
func (k *Keys) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		opened, err := k.open(p)
		if err != nil {
			return nil, err
		}
		out[i] = opened
	}
	return out, nil
}

func (k *Keys) open(p *commonpb.Payload) (*commonpb.Payload, error) {
	if string(p.Metadata[converter.MetadataEncoding]) != encodingEncrypted {
		return nil, fmt.Errorf("decrypt payload: it is not encrypted, so Handover did not write it")
	}
	id := string(p.Metadata[metaKeyID])
	aead, ok := k.aead[id]
	if !ok {
		return nil, fmt.Errorf("decrypt payload: the key %q is not among HANDOVER_ENCRYPTION_KEYS: add it at the end", id)
	}
	if len(p.Data) < aead.NonceSize() {
		return nil, fmt.Errorf("decrypt payload: it is cut short")
	}
	nonce, sealed := p.Data[:aead.NonceSize()], p.Data[aead.NonceSize():]
	plain, err := aead.Open(nil, nonce, sealed, []byte(id))
	if err != nil {
		return nil, fmt.Errorf("decrypt payload: the key %q does not fit", id)
	}
	opened := &commonpb.Payload{}
	if err := proto.Unmarshal(plain, opened); err != nil {
		return nil, fmt.Errorf("decrypt payload: %w", err)
	}
	return opened, nil
}
