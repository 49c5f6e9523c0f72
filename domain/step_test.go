package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

var stepStates = []domain.StepState{domain.StepPlanned, domain.StepWaiting, domain.StepRunning, domain.StepDoneUnverified, domain.StepVerified,
	domain.StepAttested, domain.StepNeedsAttention, domain.StepSkipped, domain.StepUndone}

func TestStepMoves(t *testing.T) {
	t.Parallel()
	for _, s := range stepStates {
		require.True(t, s.MayBecome(s), "%s stays", s)
		require.False(t, s.MayBecome("nonsense"))
		require.False(t, s != domain.StepPlanned && s.MayBecome(domain.StepPlanned), "%s never goes back to planned", s)
		require.False(t, s != domain.StepUndone && domain.StepUndone.MayBecome(s), "undone is the end")
		require.Equal(t, s == domain.StepDoneUnverified || s == domain.StepVerified || s == domain.StepAttested,
			s != domain.StepUndone && s.MayBecome(domain.StepUndone), "only what was done can be undone, not %s", s)
	}
	require.False(t, domain.StepState("nonsense").MayBecome(domain.StepRunning))
}

func TestEveryOpenStepCanStillEndWell(t *testing.T) {
	t.Parallel()
	for _, s := range stepStates {
		if s.Settled() {
			require.False(t, s.MayBecome(domain.StepWaiting), "%s is settled: it waits for nothing", s)
			continue
		}
		require.True(t, s.MayBecome(domain.StepVerified), "%s can be verified", s)
		require.True(t, s.MayBecome(domain.StepAttested), "%s can be attested", s)
		require.True(t, s.MayBecome(domain.StepSkipped), "%s can be skipped", s)
	}
}

func TestSettledStates(t *testing.T) {
	t.Parallel()
	settled := map[domain.StepState]bool{domain.StepVerified: true, domain.StepAttested: true, domain.StepSkipped: true, domain.StepUndone: true}
	for _, s := range stepStates {
		require.Equal(t, settled[s], s.Settled(), s)
	}
}

func TestRunStateIsReadFromItsSteps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		steps []domain.StepState
		want  domain.RunState
	}{
		"nothing begun":         {[]domain.StepState{domain.StepPlanned, domain.StepWaiting}, domain.RunWaiting},
		"one at work":           {[]domain.StepState{domain.StepVerified, domain.StepRunning}, domain.RunRunning},
		"done but not proven":   {[]domain.StepState{domain.StepVerified, domain.StepDoneUnverified}, domain.RunRunning},
		"one needs a person":    {[]domain.StepState{domain.StepRunning, domain.StepNeedsAttention}, domain.RunNeedsAttention},
		"all settled":           {[]domain.StepState{domain.StepVerified, domain.StepAttested, domain.StepSkipped}, domain.RunSweeping},
		"no steps known so far": {nil, domain.RunStarting},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var steps []domain.StepRecord
			for _, s := range c.steps {
				steps = append(steps, domain.StepRecord{State: s, Phase: domain.PhaseHandover})
			}
			require.Equal(t, c.want, domain.Run{State: domain.RunStarting}.StateFromSteps(steps))
			require.Equal(t, domain.RunRetracted, domain.Run{State: domain.RunRetracted}.StateFromSteps(steps), "an end stands")
		})
	}
	sweep := []domain.StepRecord{{State: domain.StepVerified, Phase: domain.PhaseCutOff}, {State: domain.StepWaiting, Phase: domain.PhaseSweep}}
	require.Equal(t, domain.RunSweeping, domain.Run{State: domain.RunRunning}.StateFromSteps(sweep), "the sweep itself is what is left")
}

func TestIdempotencyKeysAreDerived(t *testing.T) {
	t.Parallel()
	key := domain.IdempotencyKey("run", "apollo", domain.StepContacts, "chunk-1")
	require.Equal(t, key, domain.IdempotencyKey("run", "apollo", domain.StepContacts, "chunk-1"))
	require.NotEqual(t, key, domain.IdempotencyKey("run", "apollo", domain.StepContacts, "chunk-2"))
	require.NotEqual(t, key, domain.IdempotencyKey("run", "space", domain.StepContacts, "chunk-1"))
}
