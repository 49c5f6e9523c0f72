package temporal

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/log/tag"
)

func TestLoggerKeepsPayloadsOut(t *testing.T) {
	t.Parallel()
	const canary = "dana@example.com"
	payload := &common.Payload{Data: []byte(canary)}
	journal := &journal{}
	base := newLogger(journal.logger())
	base.steady.Store(true)
	log := base.With(tag.NewAnyTag("request", payload))
	log.Debug("debug line")
	log.Info("info line")
	require.Empty(t, journal.String())

	log.Warn("warn line",
		tag.NewInt("attempt", 3), tag.NewDurationTag("after", time.Second), tag.NewBoolTag("done", true),
		tag.NewAnyTag("state", enums.WORKFLOW_EXECUTION_STATUS_RUNNING), tag.NewAnyTag("nothing", nil),
		tag.NewTimeTag("at", time.Unix(0, 0).UTC()))
	log.Error("error line", tag.Error(errors.New("disk full")),
		tag.NewAnyTag("blob", []byte(canary)), tag.NewAnyTag("list", []*common.Payload{payload}),
		tag.NewStringerTag("message", payload), tag.Value(struct{ Email string }{canary}))
	text := journal.String()
	require.NotContains(t, text, canary)
	for _, part := range []string{
		`level=WARN msg="warn line"`, "request=*common.Payload", "attempt=3", "after=1s", "done=true",
		"state=Running", "at=1970-01-01T00:00:00.000Z",
		`level=ERROR msg="error line"`, `error="disk full"`, "blob=[]uint8", "message=*common.Payload",
	} {
		require.Contains(t, text, part)
	}
}

func TestLoggerWhileStarting(t *testing.T) {
	t.Parallel()
	journal := &journal{}
	base := newLogger(journal.logger())
	log := base.With(tag.NewStringTag("service", "history"))
	log.Warn("cannot reach matching yet")
	log.Error("shard status unknown")
	require.NotContains(t, journal.String(), "level=WARN")
	require.NotContains(t, journal.String(), "level=ERROR")
	require.Contains(t, journal.String(), "level=DEBUG msg=\"shard status unknown\"")
	base.steady.Store(true)
	log.Warn("slow disk")
	require.Contains(t, journal.String(), "level=WARN msg=\"slow disk\"")
}

func TestLoggerFatalIsAnError(t *testing.T) {
	t.Parallel()
	journal := &journal{}
	require.PanicsWithError(t, "cannot listen address=127.0.0.1:1", func() {
		newLogger(journal.logger()).Fatal("cannot listen", tag.Address("127.0.0.1:1"))
	})
	require.Contains(t, journal.String(), "level=ERROR")
}
