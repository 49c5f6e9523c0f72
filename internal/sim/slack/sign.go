package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"
)

// Headers that carry the signature.
const (
	headerSignature = "X-Slack-Signature"
	headerTimestamp = "X-Slack-Request-Timestamp"
)

// Sign gives the signature of a request body as Slack sends it in X-Slack-Signature: "v0=" and the HMAC-SHA256 of
// "v0:<timestamp>:<body>" in hex (signature).
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + timestamp + ":"))
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

func signed(secret string, at time.Time, body []byte) http.Header {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	return http.Header{
		"Content-Type":  {"application/x-www-form-urlencoded"},
		"User-Agent":    {"Slackbot 1.0 (+https://api.slack.com/robots)"},
		headerTimestamp: {timestamp},
		headerSignature: {Sign(secret, timestamp, body)},
	}
}
