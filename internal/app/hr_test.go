package app

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/config"
	"handover/internal/store"
)

const hrSecretOfTests = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func hrHook(t *testing.T, p *Parts, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	key, err := webhooks.NewWebhook(hrSecretOfTests)
	require.NoError(t, err)
	now := time.Now()
	signature, err := key.Sign("msg_1", now, []byte(body))
	require.NoError(t, err)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(webhooks.HeaderWebhookID, "msg_1")
	r.Header.Set(webhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	r.Header.Set(webhooks.HeaderWebhookSignature, signature)
	answer := httptest.NewRecorder()
	p.handler().ServeHTTP(answer, r)
	return answer
}

func TestHRIsHeardWhereItsSecretIsSet(t *testing.T) {
	t.Parallel()
	body, err := json.Marshal(map[string]any{"type": "employment.ending", "employment_id": "7", "email": "dana@example.com", "occurred_at": time.Now().Format(time.RFC3339),
		"last_moment": time.Now().AddDate(0, 1, 0).Format("2006-01-02") + "T17:30"})
	require.NoError(t, err)
	p := parts(t)
	p.Env.HRSecret = hrSecretOfTests
	p, err = New(t.Context(), p)
	require.NoError(t, err)
	answer := hrHook(t, p, "/hooks/hr", string(body))
	require.Equal(t, http.StatusAccepted, answer.Code, answer.Body)
	require.JSONEq(t, `{"id":"msg_1","duplicate":false}`, answer.Body.String())
	kept, err := p.Store.HREvents(t.Context(), store.HRFilter{Source: "hr"})
	require.NoError(t, err)
	require.Len(t, kept, 1)
	require.Equal(t, "Europe/Berlin", kept[0].Event.LastMoment.Zone, "the company's")
	require.Equal(t, http.StatusNotFound, hrHook(t, p, "/hooks/hr/bamboo", string(body)).Code, "its secret is not set")

	silent, err := New(t.Context(), &Parts{Env: func() config.Env { e := p.Env; e.HRSecret = ""; return e }(), Store: p.Store, Log: p.Log})
	require.NoError(t, err)
	answer = hrHook(t, silent, "/hooks/hr", string(body))
	require.Equal(t, http.StatusNotFound, answer.Code)
	require.Equal(t, "application/problem+json", answer.Header().Get("Content-Type"))
	_, err = New(t.Context(), &Parts{Env: func() config.Env { e := p.Env; e.HRSecret = "s3cret"; return e }(), Store: p.Store, Log: p.Log})
	require.ErrorContains(t, err, "HR_WEBHOOK_SECRET")
	require.NotContains(t, err.Error(), "s3cret")
}

func TestDoctorTellsWhichSourcesAreHeard(t *testing.T) {
	t.Parallel()
	policy := &domain.Policy{HR: domain.HRPolicy{Sources: map[string]*domain.HRSource{"bamboo": {Kind: domain.HRKindBamboo, Secret: "BAMBOO_KEY"}}}}
	found := map[string]Finding{}
	for _, f := range examineHR(config.Env{}, policy, config.Variables{}) {
		found[f.What] = f
	}
	require.Equal(t, Finding{What: "hr source bamboo", Text: "is not heard: BAMBOO_KEY is not set, so /hooks/hr/bamboo answers 404"}, found["hr source bamboo"])
	require.True(t, found["hr source hr"].OK, "nobody asked for it")
	require.Contains(t, found["hr source hr"].Text, "/hooks/hr answers 404")
	fine := examineHR(config.Env{HRSecret: hrSecretOfTests}, &domain.Policy{}, config.Variables{})
	require.Equal(t, []Finding{{What: "hr source hr", OK: true, Text: "is heard at /hooks/hr (handover)"}}, fine)
	wrong := examineHR(config.Env{HRSecret: "s3cret"}, &domain.Policy{}, config.Variables{})
	require.Len(t, wrong, 1)
	require.False(t, wrong[0].OK)
	require.NotContains(t, wrong[0].Text, "s3cret")
}
