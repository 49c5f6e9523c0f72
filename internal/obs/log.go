// Package obs is logs and metrics. Neither ever holds a name, an email, a body
// or a secret.
package obs

import (
	"io"
	"log/slog"
)

// NewLogger logs JSON lines at a level: debug, info, warn or error.
func NewLogger(w io.Writer, level string) *slog.Logger {
	var at slog.Level
	if err := at.UnmarshalText([]byte(level)); err != nil {
		at = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: at}))
}
