package hr

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"handover/domain"
)

// The example with which the libraries of Standard Webhooks test themselves.
const (
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorTime      = 1614265330
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func request(header ...string) *http.Request {
	r := &http.Request{Method: http.MethodPost, Header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func standardWith(t *testing.T, secrets string) *standard {
	t.Helper()
	v, err := newStandard(secrets, usualTolerance)
	require.NoError(t, err)
	return v
}

func TestThePublishedExampleVerifies(t *testing.T) {
	t.Parallel()
	at := time.Unix(vectorTime, 0).UTC()
	mine := signStandard(whsec, vectorID, at, vectorBody)
	require.Equal(t, vectorSignature, mine[5], "our way to sign is the specification's")
	hook, err := webhooks.NewWebhook(whsec)
	require.NoError(t, err)
	theirs, err := hook.Sign(vectorID, at, []byte(vectorBody))
	require.NoError(t, err)
	require.Equal(t, vectorSignature, theirs, "and the library's")
	d, err := standardWith(t, whsec).verify(request(mine...), []byte(vectorBody), at)
	require.NoError(t, err)
	require.Equal(t, delivery{id: vectorID, sentAt: at, now: at}, d)
	_, err = standardWith(t, whsec).verify(request(mine...), []byte(vectorBody), testNow)
	require.ErrorIs(t, err, errStale, "it is of 2021")
}

func TestAnyChangedByteIsForged(t *testing.T) {
	t.Parallel()
	v := standardWith(t, whsec)
	good := signStandard(whsec, "msg_1", testNow, ending)
	for i := range len(ending) {
		body := []byte(ending)
		body[i] ^= 1
		_, err := v.verify(request(good...), body, testNow)
		require.ErrorIs(t, err, errForged, i)
	}
	for header := 1; header < len(good); header += 2 {
		for i := range len(good[header]) {
			changed := append([]string{}, good...)
			text := []byte(changed[header])
			text[i] ^= 1
			changed[header] = string(text)
			_, err := v.verify(request(changed...), []byte(ending), testNow)
			require.ErrorIs(t, err, errForged, "%s %d", good[header-1], i)
		}
	}
	for i := 0; i < len(good); i += 2 {
		without := append(append([]string{}, good[:i]...), good[i+2:]...)
		_, err := v.verify(request(without...), []byte(ending), testNow)
		require.ErrorIs(t, err, errForged, good[i])
	}
}

func TestOnlyTheLastFiveMinutesCount(t *testing.T) {
	t.Parallel()
	v := standardWith(t, whsec)
	for shift, want := range map[time.Duration]error{0: nil, -5 * time.Minute: nil, 5 * time.Minute: nil, -5*time.Minute - time.Second: errStale, 5*time.Minute + time.Second: errStale,
		-365 * 24 * time.Hour: errStale, 365 * 24 * time.Hour: errStale} {
		_, err := v.verify(request(signStandard(whsec, "msg_1", testNow.Add(shift), ending)...), []byte(ending), testNow)
		require.ErrorIs(t, err, want, shift)
	}
	for _, stamp := range []string{"", "soon", "1e9", "99999999999999999999", "2026-11-20T09:15:00Z"} {
		h := signStandard(whsec, "msg_1", testNow, ending)
		h[3] = stamp
		_, err := v.verify(request(h...), []byte(ending), testNow)
		require.ErrorIs(t, err, errForged, stamp)
	}
}

func TestSecretsAreRotated(t *testing.T) {
	t.Parallel()
	old, fresh := signStandard(whsec, "m", testNow, ending), signStandard(second, "m", testNow, ending)
	both := append([]string{}, old...)
	both[5] = "v1a,xyz v2," + strings.TrimPrefix(old[5], "v1,") + " v1 v1, " + fresh[5] + " " + old[5]
	for name, c := range map[string]struct {
		secrets string
		header  []string
		want    error
	}{
		"the old one":                    {whsec, old, nil},
		"two here, the old one signed":   {second + " " + whsec, old, nil},
		"two here, the new one signed":   {whsec + "  " + second, fresh, nil},
		"two signatures, the new here":   {second, both, nil},
		"two signatures, the old here":   {whsec, both, nil},
		"another one":                    {second, old, errForged},
		"a signature of another version": {second, append(append([]string{}, old[:5]...), "v1a,"+strings.TrimPrefix(fresh[5], "v1,")), errForged},
	} {
		_, err := standardWith(t, c.secrets).verify(request(c.header...), []byte(ending), testNow)
		require.ErrorIs(t, err, c.want, name)
	}
	for name, secret := range map[string]string{"no prefix": strings.TrimPrefix(whsec, "whsec_"), "short": "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23)),
		"long": "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65)), "no base64": "whsec_$$$", "a public key": "whpk_" + strings.TrimPrefix(whsec, "whsec_"),
		"one of two": whsec + " nothing"} {
		_, err := newStandard(secret, usualTolerance)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), strings.TrimPrefix(whsec, "whsec_"), "an error shows no secret")
	}
}

func TestKeyedHashesAreThoseOfTheVendors(t *testing.T) {
	t.Parallel()
	body := `{"a":1}`
	sum256 := func(text string) []byte {
		mac := hmac.New(sha256.New, []byte(longer))
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	mac := hmac.New(sha512.New, []byte(longer))
	mac.Write([]byte(body))
	stamp := strconv.FormatInt(testNow.Unix(), 10)
	iso := testNow.Format("2006-01-02T15:04:05+0000")
	bamboo := func(stamp string) string { return hex.EncodeToString(sum256(body + stamp)) }
	signing := func(algorithm, encoding string) domain.HRSigning {
		return domain.HRSigning{Header: "X-Sign", Algorithm: algorithm, Encoding: encoding}
	}
	prefixed, deel, joined := signing("sha256", "hex"), signing("sha256", "hex"), signing("sha256", "hex")
	prefixed.Prefix, deel.Signed = "sha256=", "POST{body}"
	joined.Timestamp, joined.Signed = "X-Time", "v0:{id}:{timestamp}:{body}"
	for name, c := range map[string]struct {
		source domain.HRSource
		header []string
		want   error
	}{
		"Gusto: hex":                    {domain.HRSource{Signature: domain.HRHMAC, HMAC: signing("sha256", "hex")}, []string{"X-Sign", hex.EncodeToString(sum256(body))}, nil},
		"HiBob: sha512, base64":         {domain.HRSource{Signature: domain.HRHMAC, HMAC: signing("sha512", "base64")}, []string{"X-Sign", base64.StdEncoding.EncodeToString(mac.Sum(nil))}, nil},
		"base64 without padding":        {domain.HRSource{Signature: domain.HRHMAC, HMAC: signing("sha512", "base64")}, []string{"X-Sign", base64.RawStdEncoding.EncodeToString(mac.Sum(nil))}, nil},
		"a prefix":                      {domain.HRSource{Signature: domain.HRHMAC, HMAC: prefixed}, []string{"X-Sign", "sha256=" + hex.EncodeToString(sum256(body))}, nil},
		"a prefix is missing":           {domain.HRSource{Signature: domain.HRHMAC, HMAC: prefixed}, []string{"X-Sign", hex.EncodeToString(sum256(body))}, errForged},
		"Deel: the method before":       {domain.HRSource{Signature: domain.HRHMAC, HMAC: deel}, []string{"X-Sign", hex.EncodeToString(sum256("POST" + body))}, nil},
		"id and time":                   {domain.HRSource{Signature: domain.HRHMAC, HMAC: joined, ID: "header:X-Id"}, []string{"X-Sign", hex.EncodeToString(sum256("v0:7:" + stamp + ":" + body)), "X-Id", "7", "X-Time", stamp}, nil},
		"another id":                    {domain.HRSource{Signature: domain.HRHMAC, HMAC: joined, ID: "header:X-Id"}, []string{"X-Sign", hex.EncodeToString(sum256("v0:7:" + stamp + ":" + body)), "X-Id", "8", "X-Time", stamp}, errForged},
		"no id":                         {domain.HRSource{Signature: domain.HRHMAC, HMAC: joined, ID: "header:X-Id"}, []string{"X-Sign", hex.EncodeToString(sum256("v0::" + stamp + ":" + body)), "X-Time", stamp}, errForged},
		"BambooHR: lower case, epoch":   {domain.HRSource{Kind: domain.HRKindBamboo}, []string{"X-BambooHR-Signature", bamboo(stamp), "X-BambooHR-Timestamp", stamp}, nil},
		"BambooHR: upper case, ISO":     {domain.HRSource{Kind: domain.HRKindBamboo}, []string{"X-BambooHR-Signature", strings.ToUpper(bamboo(iso)), "X-BambooHR-Timestamp", iso}, nil},
		"BambooHR: a repeat in an hour": {domain.HRSource{Kind: domain.HRKindBamboo}, []string{"X-BambooHR-Signature", bamboo(strconv.FormatInt(testNow.Unix()-4500, 10)), "X-BambooHR-Timestamp", strconv.FormatInt(testNow.Unix()-4500, 10)}, nil},
		"BambooHR: too old":             {domain.HRSource{Kind: domain.HRKindBamboo}, []string{"X-BambooHR-Signature", bamboo("1614265330"), "X-BambooHR-Timestamp", "1614265330"}, errStale},
		"BambooHR: own tolerance":       {domain.HRSource{Kind: domain.HRKindBamboo, Tolerance: time.Minute}, []string{"X-BambooHR-Signature", bamboo(strconv.FormatInt(testNow.Unix()-90, 10)), "X-BambooHR-Timestamp", strconv.FormatInt(testNow.Unix()-90, 10)}, errStale},
		"BambooHR: no time":             {domain.HRSource{Kind: domain.HRKindBamboo}, []string{"X-BambooHR-Signature", bamboo("")}, errForged},
		"BambooHR: a time in words":     {domain.HRSource{Kind: domain.HRKindBamboo}, []string{"X-BambooHR-Signature", bamboo("now"), "X-BambooHR-Timestamp", "now"}, errUntold},
		"BambooHR: time before body":    {domain.HRSource{Kind: domain.HRKindBamboo}, []string{"X-BambooHR-Signature", hex.EncodeToString(sum256(stamp + body)), "X-BambooHR-Timestamp", stamp}, errForged},
		"no signature":                  {domain.HRSource{Kind: domain.HRKindBamboo}, []string{"X-BambooHR-Timestamp", stamp}, errForged},
		"no hex":                        {domain.HRSource{Kind: domain.HRKindBamboo}, []string{"X-BambooHR-Signature", "zz", "X-BambooHR-Timestamp", stamp}, errForged},
		"half of it":                    {domain.HRSource{Kind: domain.HRKindBamboo}, []string{"X-BambooHR-Signature", bamboo(stamp)[:32], "X-BambooHR-Timestamp", stamp}, errForged},
	} {
		v, err := newVerifier(c.source, domain.Secret("another-key-of-the-tests "+longer))
		require.NoError(t, err, name)
		_, err = v.verify(request(c.header...), []byte(body), testNow)
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := newVerifier(domain.HRSource{Kind: domain.HRKindBamboo}, "short")
	require.ErrorContains(t, err, "less than 16")
	_, err = newVerifier(domain.HRSource{Kind: domain.HRKindBamboo, Signature: domain.HRStandardWebhooks}, whsec)
	require.NoError(t, err, "an integration in front may sign it anew")
}

func FuzzSignaturesNeverPanicAndNeverPass(f *testing.F) {
	f.Add("msg_1", "1614265330", vectorSignature, "{}")
	f.Add("", "", "v1,", "")
	f.Add("a", "-1", "v1,, v1 ,", "{")
	f.Fuzz(func(t *testing.T, id, stamp, signature, body string) {
		r := request("webhook-id", id, "webhook-timestamp", stamp, "webhook-signature", signature, "X-BambooHR-Signature", signature, "X-BambooHR-Timestamp", stamp)
		for _, s := range []domain.HRSource{{Secret: "A"}, {Kind: domain.HRKindBamboo}, {Signature: domain.HRHMAC, HMAC: domain.HRSigning{Header: "webhook-signature", Encoding: "base64", Prefix: "v1,"}}} {
			key := domain.Secret("whsec_" + base64.StdEncoding.EncodeToString([]byte("nobody-knows-this-key-but-us")))
			v, err := newVerifier(s, key)
			require.NoError(t, err)
			_, err = v.verify(r, []byte(body), testNow)
			require.Error(t, err)
		}
	})
}
