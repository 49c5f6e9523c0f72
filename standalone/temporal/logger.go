package temporal

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"sync/atomic"
	"time"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// logger hands the server's warnings and errors to slog. The server tags some
// lines with whole requests, which hold people's data: of a tag that is more than
// a plain value only the type is written.
type logger struct {
	log *slog.Logger
	// steady is set while the server runs. While its services start or stop they
	// cannot reach one another and say so at length: that is worth a debug line
	// only, and a start that fails returns its cause.
	steady *atomic.Bool
}

func newLogger(log *slog.Logger) *logger {
	return &logger{log: log, steady: new(atomic.Bool)}
}

var _ log.WithLogger = (*logger)(nil)

// fatalError is what the server wanted to end the process for. It travels as a
// panic because the server's code counts on not coming back from Fatal.
type fatalError string

func (e fatalError) Error() string { return string(e) }

// With returns a logger that adds the tags to every line.
func (l *logger) With(tags ...tag.Tag) log.Logger {
	return &logger{log: slog.New(l.log.Handler().WithAttrs(attributes(tags))), steady: l.steady}
}

// Debug drops the line.
func (l *logger) Debug(string, ...tag.Tag) {}

// Info drops the line.
func (l *logger) Info(string, ...tag.Tag) {}

// Warn writes a warning.
func (l *logger) Warn(msg string, tags ...tag.Tag) { l.write(slog.LevelWarn, msg, tags) }

// Error writes an error.
func (l *logger) Error(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// DPanic writes an error; the server panics for it in its own development only.
func (l *logger) DPanic(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// Panic writes an error and panics.
func (l *logger) Panic(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	panic(msg)
}

// Fatal panics with a fatalError: it becomes Start's error while the server
// starts, and ends the process as the server asks when it runs.
func (l *logger) Fatal(msg string, tags ...tag.Tag) {
	l.log.LogAttrs(context.Background(), slog.LevelError, msg, attributes(tags)...)
	for _, attribute := range attributes(tags) {
		msg += fmt.Sprintf(" %s=%s", attribute.Key, attribute.Value)
	}
	panic(fatalError(msg))
}

func (l *logger) write(level slog.Level, msg string, tags []tag.Tag) {
	if !l.steady.Load() {
		level = slog.LevelDebug
	}
	if ctx := context.Background(); l.log.Enabled(ctx, level) {
		l.log.LogAttrs(ctx, level, msg, attributes(tags)...)
	}
}

func attributes(tags []tag.Tag) []slog.Attr {
	attributes := make([]slog.Attr, 0, len(tags))
	for _, t := range tags {
		attributes = append(attributes, slog.Any(t.Key(), plain(original(t))))
	}
	return attributes
}

// original returns the tag's value before it was rendered as text: a message's
// text holds what the message holds.
func original(t tag.Tag) any {
	value := t.Value()
	if _, rendered := value.(string); rendered {
		if zapTag, ok := t.(tag.ZapTag); ok && zapTag.Field().Interface != nil {
			return zapTag.Field().Interface
		}
	}
	return value
}

// plain returns value where it can hold no payload, else the name of its type.
func plain(value any) any {
	switch value := value.(type) {
	case nil, time.Time:
		return value
	case error:
		return value.Error()
	case fmt.Stringer: // an enumeration or a duration, or a whole message
		if isBasic(value) {
			return value.String()
		}
	}
	if isBasic(value) {
		return value
	}
	return fmt.Sprintf("%T", value)
}

// isBasic is true for numbers, booleans and strings, under any type name.
func isBasic(value any) bool {
	kind := reflect.TypeOf(value).Kind()
	return kind <= reflect.Complex128 || kind == reflect.String
}

// warnings is a slog handler that passes on warnings and worse.
type warnings struct{ slog.Handler }

// Enabled is false below warnings.
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the limit on the derived handler.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the limit on the derived handler.
func (w warnings) WithGroup(name string) slog.Handler {
	return warnings{w.Handler.WithGroup(name)}
}
