package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/sethvargo/go-envconfig"

	"handover/domain"
)

// Env is the environment of a process. Any secret X may stand in a file that
// X_FILE names.
type Env struct {
	PolicyFile     string        `env:"HANDOVER_POLICY, default=handover.yaml"`
	DatabaseURL    domain.Secret `env:"DATABASE_URL"`
	EncryptionKeys domain.Secret `env:"HANDOVER_ENCRYPTION_KEYS"`
	SigningKey     domain.Secret `env:"HANDOVER_SIGNING_KEY"`
	HTTPAddr       string        `env:"HTTP_ADDR, default=127.0.0.1:8080"`
	PublicURL      string        `env:"PUBLIC_URL"`
	DataDir        string        `env:"HANDOVER_DATA, default=.handover"`
	LogLevel       string        `env:"LOG_LEVEL, default=info"`
	Browser        string        `env:"HANDOVER_BROWSER"` // path of Chromium or Chrome, where it has no usual name

	SlackBotToken      domain.Secret `env:"SLACK_BOT_TOKEN"`
	SlackSigningSecret domain.Secret `env:"SLACK_SIGNING_SECRET"` // for HTTP
	SlackAppToken      domain.Secret `env:"SLACK_APP_TOKEN"`      // for Socket Mode
	SlackAPIURL        string        `env:"SLACK_API_URL"`

	HRSecret domain.Secret `env:"HR_WEBHOOK_SECRET"` // Standard Webhooks, of the HR source that needs no entry in the policy

	APIURL   string        `env:"HANDOVER_URL, default=http://127.0.0.1:8080"`
	APIToken domain.Secret `env:"HANDOVER_TOKEN"`
}

// fileLookuper reads X from the file that X_FILE names, where it is set.
type fileLookuper struct{ env envconfig.Lookuper }

// Lookup implements envconfig.Lookuper. A file that cannot be read counts as
// not set; ReadEnv reports it before anything is decoded.
func (f fileLookuper) Lookup(key string) (string, bool) {
	if path, ok := f.env.Lookup(key + "_FILE"); ok && path != "" {
		if raw, err := os.ReadFile(path); err == nil {
			return strings.TrimRight(string(raw), "\r\n"), true
		}
		return "", false
	}
	return f.env.Lookup(key)
}

// Variables looks up what the policy file names, with the same rule for files.
type Variables struct{ look fileLookuper }

// Secret reads a credential. A variable that is not set is empty.
func (v Variables) Secret(name string) (domain.Secret, error) {
	text, err := v.Text(name)
	return domain.Secret(text), err
}

// Text reads a value. A variable that is not set is empty; one whose file cannot
// be read is an error.
func (v Variables) Text(name string) (string, error) {
	if name == "" || v.look.env == nil {
		return "", nil
	}
	if path, ok := v.look.env.Lookup(name + "_FILE"); ok && path != "" {
		if _, err := os.ReadFile(path); err != nil {
			return "", fmt.Errorf("read %s_FILE: %s cannot be read: check path and rights", name, path)
		}
	}
	text, _ := v.look.Lookup(name)
	return text, nil
}

// ReadEnv reads the environment through env, or the process's own when nil.
func ReadEnv(ctx context.Context, env envconfig.Lookuper) (Env, Variables, error) {
	if env == nil {
		env = envconfig.OsLookuper()
	}
	vars := Variables{look: fileLookuper{env: env}}
	var e Env
	for _, name := range []string{"DATABASE_URL", "HANDOVER_ENCRYPTION_KEYS", "HANDOVER_SIGNING_KEY", "HANDOVER_TOKEN",
		"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "HR_WEBHOOK_SECRET"} {
		if _, err := vars.Text(name); err != nil {
			return e, vars, err
		}
	}
	err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &e, Lookuper: vars.look})
	if err != nil {
		return e, vars, fmt.Errorf("read environment: %w", err)
	}
	return e, vars, nil
}

// CheckSlack refuses a combination of Slack's settings under which people could
// be asked and not answer.
func (e Env) CheckSlack() error {
	switch {
	case e.SlackBotToken == "" && (e.SlackSigningSecret != "" || e.SlackAppToken != ""):
		return errors.New("read environment: SLACK_BOT_TOKEN is not set, but other settings of Slack are: set it, or unset them")
	case e.SlackBotToken != "" && e.SlackSigningSecret == "" && e.SlackAppToken == "":
		return errors.New("read environment: SLACK_BOT_TOKEN is set, but nothing to hear answers by: set SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN (Socket Mode)")
	}
	return nil
}
