package app

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"handover/domain"
	slacksim "handover/internal/sim/slack"
	"handover/internal/slackapp"
)

const signingSecret = "signing-secret-of-the-tests"

func TestTheManifestAsksForTheFewestScopes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/slack-manifest.yaml")
	require.NoError(t, err)
	var m slack.Manifest
	require.NoError(t, yaml.NewDecoder(bytes.NewReader(text), yaml.DisallowUnknownField()).Decode(&m))
	groups := &domain.Policy{Approvals: map[string]*domain.ApprovalSetting{"a": {Stages: []domain.StageSetting{{Who: []string{"slack_group:S1"}}}}}}
	require.ElementsMatch(t, slackapp.Scopes(groups), m.OAuthConfig.Scopes.Bot)
	require.Equal(t, []string{"chat:write", "commands", "users:read", "users:read.email"}, slackapp.Scopes(&domain.Policy{}))
	require.Empty(t, m.OAuthConfig.Scopes.User)
	require.Nil(t, m.Settings.EventSubscriptions, "no events are asked for")
	require.True(t, m.Settings.Interactivity.IsEnabled)
	require.Contains(t, m.Settings.Interactivity.RequestUrl, "/hooks/slack/interactions")
	require.True(t, m.Features.AppHome.MessagesTabEnabled)
	require.Len(t, m.Features.SlashCommands, 1)
	require.True(t, m.Features.SlashCommands[0].ShouldEscape)
	require.Contains(t, m.Features.SlashCommands[0].Url, "/hooks/slack/commands")
}

func TestWithoutSlackItsHooksAreNotThere(t *testing.T) {
	t.Parallel()
	p, err := New(t.Context(), parts(t))
	require.NoError(t, err)
	require.Nil(t, p.slack)
	p.startSlack(t.Context())()
	require.Equal(t, http.StatusNotFound, hook(t, p))
}

func hook(t *testing.T, p *Parts) int {
	t.Helper()
	answer := httptest.NewRecorder()
	p.handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/hooks/slack/interactions", strings.NewReader("payload={}")))
	return answer.Code
}

func TestTheHooksNeedASigningSecret(t *testing.T) {
	t.Parallel()
	p := parts(t)
	p.Env.SlackBotToken = "xoxb-1"
	_, err := New(t.Context(), p)
	require.ErrorContains(t, err, "SLACK_SIGNING_SECRET")
	p.Env.SlackAppToken = "xapp-1"
	p, err = New(t.Context(), p)
	require.NoError(t, err, "Socket Mode needs none")
	require.Equal(t, http.StatusNotFound, hook(t, p))
	p.Env.SlackSigningSecret = signingSecret
	require.Equal(t, http.StatusUnauthorized, hook(t, p))
}

// The doors are put together as serve does it: a command typed in Slack reaches
// the desk and is answered.
func TestServeAnswersInSlack(t *testing.T) {
	t.Parallel()
	sim := slacksim.New(slacksim.Options{SigningSecret: signingSecret, BotToken: "xoxb-1", ShouldEscape: true})
	api := httptest.NewServer(sim.Handler())
	t.Cleanup(api.Close)
	p := parts(t)
	p.Env.SlackBotToken, p.Env.SlackSigningSecret, p.Env.SlackAPIURL = "xoxb-1", signingSecret, api.URL+"/api/"
	p, err := New(t.Context(), p)
	require.NoError(t, err)
	user := sim.AddUser(slacksim.User{Email: p.Policy().People[0].Email})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- p.Serve(ctx, listener) }()
	sim.SetEndpoints("http://"+listener.Addr().String()+"/hooks/slack/interactions", "http://"+listener.Addr().String()+"/hooks/slack/commands")
	reply, err := sim.Command(t.Context(), user, "", "/handover", "tasks")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, reply.Status)
	require.Eventually(t, func() bool {
		for _, m := range append(sim.Ephemerals(user), sim.Messages(user)...) {
			if strings.Contains(m.Shown(), "No task waits for you.") {
				return true
			}
		}
		return false
	}, time.Minute, 20*time.Millisecond)
	cancel()
	require.NoError(t, <-served, "everything has ended with it")
}
