package gated

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"handover/domain"
)

// Decode reads a successful answer. One that breaks off, or a page in the place of
// data, is the network's fault: kind and message are for a fault of the caller's
// making. One that is whole but strange is the other system's, or ours: it comes back
// as a cause alone, because only the caller knows which form it should have had.
// Again says what a caller does after an answer that was lost.
func Decode(body []byte, out any, again string) (kind domain.FaultKind, message string, cause error) {
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] == '<' {
		return domain.FaultUnavailable, "a page came instead of data, as during maintenance or from a proxy on the way: " + again, nil
	}
	err := json.NewDecoder(bytes.NewReader(body)).Decode(out)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return domain.FaultUnavailable, "the answer broke off: " + again, err
	}
	return "", "", err
}
