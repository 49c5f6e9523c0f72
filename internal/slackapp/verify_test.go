package slackapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	slacksim "handover/internal/sim/slack"
)

// The example that Slack publishes
// (docs.slack.dev/authentication/verifying-requests-from-slack).
const (
	vectorSecret    = "8f742231b10e8888abcd99yyyzzz85a5"
	vectorTime      = "1531420618"
	vectorSignature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
	vectorBody      = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)

// sign is written from Slack's description, independently of the client.
func sign(secret, timestamp, body string) http.Header {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + timestamp + ":" + body))
	h := http.Header{}
	h.Set("X-Slack-Request-Timestamp", timestamp)
	h.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	h.Set("Content-Type", "application/x-www-form-urlencoded")
	return h
}

func unix(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }

func TestThePublishedExampleVerifies(t *testing.T) {
	t.Parallel()
	require.Equal(t, vectorSignature, sign(vectorSecret, vectorTime, vectorBody).Get("X-Slack-Signature"), "our way to sign is Slack's")
	now := unix(0)
	require.NoError(t, verify(sign(vectorSecret, now, vectorBody), []byte(vectorBody), vectorSecret, time.Now()))
	old := sign(vectorSecret, vectorTime, vectorBody)
	require.ErrorIs(t, verify(old, []byte(vectorBody), vectorSecret, time.Now()), errForged, "it is of 2018")
	require.ErrorIs(t, verify(old, []byte(vectorBody), vectorSecret, time.Unix(1531420618, 0)), errForged, "the machine's clock counts")
}

func TestAnyChangedByteIsForged(t *testing.T) {
	t.Parallel()
	now := unix(0)
	good := sign(vectorSecret, now, vectorBody)
	for i := range len(vectorBody) {
		body := []byte(vectorBody)
		body[i] ^= 1
		require.ErrorIs(t, verify(good, body, vectorSecret, time.Now()), errForged, i)
	}
	signature := good.Get("X-Slack-Signature")
	for i := range len(signature) {
		changed := []byte(signature)
		changed[i] ^= 1
		if changed[i] >= 'A' && changed[i] <= 'F' {
			continue // the same hexadecimal digit
		}
		h := good.Clone()
		h.Set("X-Slack-Signature", string(changed))
		require.ErrorIs(t, verify(h, []byte(vectorBody), vectorSecret, time.Now()), errForged, i)
	}
	for i := range len(now) {
		changed := []byte(now)
		changed[i] ^= 1
		h := good.Clone()
		h.Set("X-Slack-Request-Timestamp", string(changed))
		require.ErrorIs(t, verify(h, []byte(vectorBody), vectorSecret, time.Now()), errForged, i)
	}
}

func TestOnlyTheLastFiveMinutesCount(t *testing.T) {
	t.Parallel()
	for at, good := range map[time.Duration]bool{0: true, -4 * time.Minute: true, -6 * time.Minute: false, -24 * time.Hour: false,
		10 * time.Second: true, time.Minute: false, 4 * time.Minute: false, 6 * time.Minute: false, 100 * 365 * 24 * time.Hour: false} {
		err := verify(sign(vectorSecret, unix(at), vectorBody), []byte(vectorBody), vectorSecret, time.Now())
		require.Equal(t, good, err == nil, at)
	}
	for _, timestamp := range []string{"", "soon", "-1", "99999999999999999999", unix(0) + " "} {
		require.ErrorIs(t, verify(sign(vectorSecret, timestamp, vectorBody), []byte(vectorBody), vectorSecret, time.Now()), errForged, timestamp)
	}
	require.ErrorIs(t, verify(sign("", unix(0), vectorBody), []byte(vectorBody), "", time.Now()), errForged, "no secret admits nobody")
}

func TestForgedRequestsGetNothingAndAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.post("eli", cardOf(w.request(), desk.VerbApprove))
	sent := w.click("eli", m, desk.VerbApprove).Sent
	w.eventually(func() bool { return w.settled() == 1 }, "not worked off")
	for _, how := range []slacksim.Forgery{slacksim.ForgeWrongSecret, slacksim.ForgeChangedBody, slacksim.ForgeNoSignature, slacksim.ForgeNoTimestamp,
		slacksim.ForgeOldTimestamp, slacksim.ForgeFutureTimestamp, slacksim.ForgeFreshTimestamp} {
		reply, err := w.sim.Forge(t.Context(), sent, how)
		require.NoError(t, err)
		require.Equal(t, 401, reply.Status, how)
		require.Empty(t, reply.Body, how)
	}
	// A payload in the query is not what was signed.
	reply, err := w.sim.Forge(t.Context(), sent, slacksim.ForgeQuery)
	require.NoError(t, err)
	require.Equal(t, 400, reply.Status)
	w.eventually(func() bool { return len(w.events(domain.EventRefused)) == 1 }, "no event")
	e := w.events(domain.EventRefused)[0]
	require.Equal(t, "forged", e.Facts["why"])
	require.Equal(t, "1", e.Facts["count"], "the others are told together in a minute")
	w.forged.mu.Lock()
	require.Equal(t, 6, w.forged.n)
	w.forged.flush(w.Door)
	w.forged.mu.Unlock()
	w.eventually(func() bool { return len(w.events(domain.EventRefused)) == 2 }, "not told together")
	require.Len(t, w.tmp.got(), 1)
	require.Equal(t, 1, w.settled())
}

func TestEventsAnswerTheChallengeOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	header := func(body string) http.Header {
		h := sign(testSecret, unix(0), body)
		h.Set("Content-Type", "application/json")
		return h
	}
	body := `{"type":"url_verification","challenge":"3eZbrw1aB"}`
	status, said := w.send("/hooks/slack/events", header(body), body)
	require.Equal(t, 200, status)
	require.JSONEq(t, `{"challenge":"3eZbrw1aB"}`, said)
	body = `{"type":"event_callback","event":{"type":"app_home_opened"}}`
	status, said = w.send("/hooks/slack/events", header(body), body)
	require.Equal(t, 200, status)
	require.Empty(t, said)
	status, _ = w.send("/hooks/slack/events", sign("other", unix(0), body), body)
	require.Equal(t, 401, status)
}

func TestWhatIsNotUnderstoodIsRefusedWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := "application/x-www-form-urlencoded"
	for name, c := range map[string]struct{ path, kind, body string }{
		"not a form":        {"interactions", "application/json", `payload={}`},
		"no content type":   {"interactions", "", `payload={}`},
		"no payload":        {"interactions", form, "x=1"},
		"two payloads":      {"interactions", form, "payload={}&payload={}"},
		"no JSON":           {"interactions", form, "payload=%7B"},
		"an unknown type":   {"interactions", form, "payload=" + `{"type":"shortcut","user":{"id":"U1","team_id":"T1"}}`},
		"a broken escape":   {"interactions", form, "payload=%zz"},
		"two users":         {"commands", form, "user_id=U1&user_id=U2&team_id=T1"},
		"nobody":            {"commands", form, "team_id=T1&text=help"},
		"a user id so-so":   {"commands", form, "user_id=%3Cx%3E&team_id=T1&text=help"},
		"events not a JSON": {"events", "application/json", "payload"},
	} {
		h := sign(testSecret, unix(0), c.body)
		h.Set("Content-Type", c.kind)
		status, _ := w.send("/hooks/slack/"+c.path, h, c.body)
		require.Equal(t, 400, status, name)
	}
	large := fmt.Sprintf("payload=%0*d", maxBody+1, 0)
	status, _ := w.send("/hooks/slack/interactions", sign(testSecret, unix(0), large), large)
	require.Equal(t, 400, status)
	require.Zero(t, w.settled())
}
