package config_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"

	"handover/internal/config"
)

func replaceOnce(t *testing.T, text, from, to string) string {
	t.Helper()
	require.Equal(t, 1, strings.Count(text, from), "%q must stand once", from)
	return strings.Replace(text, from, to, 1)
}

func TestSecretsComeFromFilesAndShowNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(path, []byte("s3cret\n"), 0o600))
	env, vars, err := config.ReadEnv(context.Background(), envconfig.MapLookuper(map[string]string{
		"HANDOVER_SIGNING_KEY_FILE": path, "APOLLO_API_KEY": "abc"}))
	require.NoError(t, err)
	require.Equal(t, "s3cret", string(env.SigningKey))
	key, err := vars.Secret("APOLLO_API_KEY")
	require.NoError(t, err)
	raw, err := json.Marshal(env)
	require.NoError(t, err)
	for _, shown := range []string{fmt.Sprint(env), fmt.Sprintf("%#v", env), fmt.Sprintf("%+v", key), string(raw)} {
		require.NotContains(t, shown, "s3cret")
		require.NotContains(t, shown, "abc")
	}
}

func TestAMissingSecretFileIsNamed(t *testing.T) {
	_, _, err := config.ReadEnv(context.Background(), envconfig.MapLookuper(map[string]string{"HANDOVER_TOKEN_FILE": "/nowhere/token"}))
	require.ErrorContains(t, err, "HANDOVER_TOKEN_FILE")
	_, vars, err := config.ReadEnv(context.Background(), envconfig.MapLookuper(map[string]string{"APOLLO_API_KEY_FILE": "/nowhere/key"}))
	require.NoError(t, err)
	_, err = vars.Secret("APOLLO_API_KEY")
	require.ErrorContains(t, err, "APOLLO_API_KEY_FILE")
}

func TestSlackIsSetWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set  map[string]string
		says string
	}{
		"nothing":              {nil, ""},
		"HTTP":                 {map[string]string{"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}, ""},
		"Socket Mode":          {map[string]string{"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, ""},
		"both":                 {map[string]string{"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_SIGNING_SECRET": "s"}, ""},
		"only the token":       {map[string]string{"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET"},
		"no token but secret":  {map[string]string{"SLACK_SIGNING_SECRET": "s"}, "SLACK_BOT_TOKEN is not set"},
		"no token but another": {map[string]string{"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN is not set"},
	} {
		env, _, err := config.ReadEnv(t.Context(), envconfig.MapLookuper(c.set))
		require.NoError(t, err, name)
		err = env.CheckSlack()
		require.Equal(t, c.says == "", err == nil, name)
		if c.says != "" {
			require.ErrorContains(t, err, c.says, name)
		}
		require.NotContains(t, fmt.Sprintf("%v %+v", env, env), "xoxb", name)
	}
	path := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(path, []byte("xoxb-file\n"), 0o600))
	env, _, err := config.ReadEnv(t.Context(), envconfig.MapLookuper(map[string]string{"SLACK_BOT_TOKEN_FILE": path}))
	require.NoError(t, err)
	require.Equal(t, "xoxb-file", string(env.SlackBotToken))
	_, _, err = config.ReadEnv(t.Context(), envconfig.MapLookuper(map[string]string{"SLACK_APP_TOKEN_FILE": path + "x"}))
	require.ErrorContains(t, err, "SLACK_APP_TOKEN_FILE")
}
