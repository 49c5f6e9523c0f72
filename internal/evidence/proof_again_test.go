package evidence

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// A process that dies between what it read back and its answer reads back again: the
// removal is in the audit chain already, and the row may name the later request. The
// pack shows the one that the chain names, and is no worse for it.
func TestWhatWasReadBackTwiceIsShownAsTheChainTellsIt(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	run := w.leaver("dana", false, time.Minute).ID
	step := domain.StepRecord{Run: run, App: "apollo", Key: domain.StepDeactivate, Phase: domain.PhaseCutOff, State: domain.StepNeedsAttention, Channel: domain.ChannelAPI, Why: "the list was cut short"}
	news := domain.AuditEvent{Key: "attention-2", Run: run, Kind: domain.EventStepChanged, Actor: domain.SystemActor, App: "apollo", Step: domain.StepDeactivate, To: string(domain.StepNeedsAttention), At: noon.Add(2 * time.Minute)}
	require.NoError(t, w.s.Record(t.Context(), domain.Entry{Run: run, Steps: []domain.StepRecord{step}, Events: []domain.AuditEvent{news}}))
	step.State, step.RequestID, step.Channel, step.SettledAt = domain.StepVerified, "req-10", domain.ChannelPerson, noon.Add(3*time.Minute)
	require.NoError(t, w.s.Record(t.Context(), domain.Entry{Run: run, Steps: []domain.StepRecord{step}, Events: []domain.AuditEvent{removed(run, domain.ChannelAPI, "req-9", time.Minute)}}))
	rows, err := w.s.Steps(t.Context(), run, "apollo")
	require.NoError(t, err)
	require.Equal(t, "req-10", rows[0].RequestID, "the row that this is about")

	var pack bytes.Buffer
	require.NoError(t, Build(t.Context(), &pack, w.s, run, key))
	_, err = verify(pack.Bytes(), key)
	require.NoError(t, err)
	require.Contains(t, string(parts(t, pack.Bytes())["steps.json"]), `"req-9"`)
	period := w.period(key, asIs)
	_, err = verify(period, key)
	require.NoError(t, err)
	require.Contains(t, string(parts(t, period)["period/leavers.csv"]), ",req-9,")
}
