package app

import (
	"context"
	"fmt"
	"log/slog"

	"go.temporal.io/sdk/client"
	temporalenv "go.temporal.io/sdk/contrib/envconfig"
	temporallog "go.temporal.io/sdk/log"

	"handover/internal/config"
	"handover/worker"
)

// ClientOptions are what every connection to Temporal needs: payloads and
// failures are encrypted.
func ClientOptions(keys *worker.Keys, log *slog.Logger) client.Options {
	return client.Options{DataConverter: keys.DataConverter(), FailureConverter: keys.FailureConverter(), Logger: temporallog.NewStructuredLogger(log)}
}

// Dial connects to the Temporal cluster that TEMPORAL_* names.
func Dial(ctx context.Context, env config.Env, log *slog.Logger) (client.Client, error) {
	if env.EncryptionKeys == "" {
		return nil, fmt.Errorf("connect to temporal: HANDOVER_ENCRYPTION_KEYS is not set: make a key with `echo k1:$(openssl rand -base64 32)`")
	}
	keys, err := worker.ParseKeys(string(env.EncryptionKeys))
	if err != nil {
		return nil, err
	}
	options, err := temporalenv.LoadDefaultClientOptions()
	if err != nil {
		return nil, fmt.Errorf("read temporal settings: %w", err)
	}
	ours := ClientOptions(keys, log)
	options.DataConverter, options.FailureConverter, options.Logger = ours.DataConverter, ours.FailureConverter, ours.Logger
	ctx, cancel := context.WithTimeout(ctx, longestStart)
	defer cancel()
	c, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("connect to temporal: %s does not answer: check that it runs and that TEMPORAL_ADDRESS names it", options.HostPort)
	}
	return c, nil
}
