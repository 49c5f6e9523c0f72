package desk_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// someone is a person of a company of sixty.
func someone(n int, kind domain.HREventType, department string) domain.HREvent {
	return said(fmt.Sprintf("%s-%d", kind, n), kind, 1, func(e *domain.HREvent) {
		e.Employment, e.Email, e.Department, e.Starts = fmt.Sprintf("emp-%d", 100+n), fmt.Sprintf("person%d@example.com", n), department, "2024-01-01"
	})
}

func company(t *testing.T, people int) *world {
	t.Helper()
	w := newWorld(t)
	for n := range people {
		department := "Sales"
		if n%6 == 0 {
			department = "Legal"
		}
		_, err := w.ReceiveHR(t.Context(), someone(n, domain.HRStarting, department))
		require.NoError(t, err)
	}
	w.HRDue(t.Context())
	return w
}

func (w *world) counts() (started, held int) {
	rows, err := w.st.HREvents(w.t.Context(), store.HRFilter{Limit: 1000})
	require.NoError(w.t, err)
	for _, r := range rows {
		switch r.Outcome {
		case domain.HRStarted:
			started++
		case domain.HRHeld:
			held++
		}
	}
	return started, held
}

func (w *world) batch() domain.HeldBatch {
	w.t.Helper()
	b, err := w.st.HeldBatch(w.t.Context(), "held-batch:1")
	require.NoError(w.t, err)
	return b
}

func none() *int { n := 0; return &n }

func TestAFeedThatGoesWrongIsHeldAndPeopleAreAskedOnce(t *testing.T) {
	t.Parallel()
	w := company(t, 60)
	w.policy.Brake.CompanyPercent, w.policy.Brake.DepartmentPercent = none(), none()
	for n := range 24 {
		w.hears(someone(n, domain.HREnding, ""))
	}
	started, held := w.counts()
	require.Equal(t, []int{10, 14}, []int{started, held}, "ten an hour, and nobody overtakes those who wait")
	batch, err := w.st.Run(t.Context(), "held-batch:1")
	require.NoError(t, err)
	require.Equal(t, domain.RunHeldBatch, batch.Kind)
	require.NotNil(t, w.tmp.started["held-batch:1"])
	w.hears(someone(40, domain.HREndedNow, ""))
	started, _ = w.counts()
	require.Equal(t, 11, started, "a single urgent cut passes")
	w.later(2 * time.Hour)
	w.hears(someone(41, domain.HREnding, ""))
	_, held = w.counts()
	require.Equal(t, 15, held, "later ones wait behind those that are held")
}

func TestWhatIsHeldGoesOnOrIsCancelled(t *testing.T) {
	t.Parallel()
	w := company(t, 60)
	w.policy.Brake.CompanyPercent, w.policy.Brake.DepartmentPercent = none(), none()
	for n := range 16 {
		w.hears(someone(n, domain.HREnding, ""))
	}
	state := w.batch()
	require.Len(t, state.Held, 6)
	event := func(key string) domain.AuditEvent {
		return domain.AuditEvent{Key: key, Run: "held-batch:1", Kind: domain.EventBrakeReleased, Actor: w.id("hana"), At: w.now()}
	}
	for range 2 {
		require.NoError(t, w.st.ReleaseHeld(t.Context(), "held-batch:1", state.Held[:2], event("first")))
		w.HRDue(t.Context())
	}
	started, held := w.counts()
	require.Equal(t, []int{12, 4}, []int{started, held})
	require.Equal(t, []int{2, 0}, []int{w.batch().Released, w.batch().Settled})
	closed, err := w.st.CloseBatch(t.Context(), "held-batch:1")
	require.NoError(t, err)
	require.False(t, closed, "it holds some still")
	w.hears(said("back", domain.HRRetracted, 9, func(e *domain.HREvent) { *e = someone(15, domain.HRRetracted, ""); e.OccurredAt = morning }))
	require.NoError(t, w.st.ReleaseHeld(t.Context(), "held-batch:1", state.Held[5:], event("second")))
	w.HRDue(t.Context())
	require.Equal(t, domain.HRSuperseded, w.outcome("employment.ending-15").Outcome, "HR took it back while it was held")
	require.Equal(t, []int{3, 1}, []int{w.batch().Released, w.batch().Settled}, "the rest must not wait for what will never be cut")
	require.NoError(t, w.st.CancelHeld(t.Context(), "held-batch:1", state.Held, "a wrong export", event("third")))
	closed, err = w.st.CloseBatch(t.Context(), "held-batch:1")
	require.NoError(t, err)
	require.True(t, closed)
	require.Equal(t, domain.HRCancelled, w.outcome("employment.ending-13").Outcome)
	w.later(25 * time.Hour)
	w.hears(someone(50, domain.HREnding, ""))
	require.Equal(t, domain.HRStarted, w.outcome("employment.ending-50").Outcome, "the brake is free again")
}

func TestSlowDripsAndAWholeDepartmentTripTheBrake(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		legal   bool
		started int
	}{"one department": {true, 5}, "a drip through the company": {false, 5}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := company(t, 60)
			if c.legal {
				w.policy.Brake.CompanyPercent = none()
			}
			for n := range 20 {
				who := n
				if c.legal {
					who = 6 * n % 60
				}
				if n >= 10 && c.legal {
					break
				}
				w.hears(someone(who, domain.HREnding, ""))
				w.later(3 * time.Hour)
			}
			started, held := w.counts()
			require.Equal(t, c.started, started, "five are too few to be a share; one more of %s is too many", name)
			require.Positive(t, held)
		})
	}
}

func TestTheBatchAsksHRAndSecurityOnTheWallClock(t *testing.T) {
	t.Parallel()
	w := company(t, 60)
	w.policy.Brake.CompanyPercent, w.policy.Brake.DepartmentPercent = none(), none()
	for n := range 12 {
		w.hears(someone(n, domain.HREnding, ""))
	}
	var in workflows.HeldBatchInput
	require.NoError(t, copyJSON(json.RawMessage(w.tmp.started["held-batch:1"]), &in))
	require.ElementsMatch(t, w.ids("hana", "sec", "sid"), in.Approval.Stages[0].Approvers)
	require.ElementsMatch(t, w.ids("ada", "amy"), in.Approval.Stages[0].Backup)
	require.Equal(t, 3, in.Canary)
	require.Contains(t, in.Why, "11 leavings started within an hour, the policy allows 10")
	require.Empty(t, in.Approval.Calendars)
}

// Who leaves first is let go first: the canary must not be somebody of next month
// while the others pass their last moments.
func TestWhoLeavesFirstIsLetGoFirst(t *testing.T) {
	t.Parallel()
	w := company(t, 60)
	w.policy.Brake.PerHour = new(int)
	*w.policy.Brake.PerHour = 1
	w.hears(someone(0, domain.HREnding, ""))
	for n, day := range map[int]string{1: "2027-01-29", 2: "2026-12-11", 3: "2026-12-23"} {
		e := someone(n, domain.HREnding, "")
		e.LastMoment = &domain.LastMoment{Local: day + "T17:30:00", Zone: "Europe/Berlin"}
		w.hears(e)
	}
	b := w.batch()
	require.Equal(t, []string{"hr/employment.ending-2", "hr/employment.ending-3", "hr/employment.ending-1"}, b.Held)
	asked := b.Since[0]
	for _, since := range b.Since {
		asked = later(asked, since)
	}
	w.later(time.Minute)
	w.hears(someone(4, domain.HREnding, "")) // due before all of them, and nobody was asked about it
	require.Equal(t, b.Held, w.batch().Until(asked))
	require.Len(t, w.batch().Until(time.Time{}), 4)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// A process that dies between holding and asking leaves nobody held in silence.
func TestWhoIsHeldIsAskedAboutAfterAKill(t *testing.T) {
	t.Parallel()
	w := company(t, 60)
	w.policy.Brake.PerHour = new(int)
	*w.policy.Brake.PerHour = 1
	w.hears(someone(0, domain.HREnding, ""))
	w.Crash = func(point string) {
		if point == "held-not-asked" {
			panic("killed")
		}
	}
	_, err := w.ReceiveHR(t.Context(), someone(1, domain.HREnding, ""))
	require.NoError(t, err)
	require.Panics(t, func() { w.HRDue(t.Context()) })
	w.Crash = nil
	w.later(2 * time.Minute)
	w.HRDue(t.Context())
	w.Deliveries(t.Context())
	require.NotNil(t, w.tmp.started["held-batch:1"])
	require.Len(t, w.batch().Held, 1)
	require.False(t, w.batch().Since[0].IsZero())
}

// Silence denies nothing, whatever the entry of the policy says of its requests.
func TestNobodyIsLetStayBecauseNobodyAnswered(t *testing.T) {
	t.Parallel()
	w := company(t, 60)
	w.policy.Brake.PerHour, w.policy.Brake.Approval = new(int), "brake"
	*w.policy.Brake.PerHour = 1
	w.policy.Approvals["brake"] = &domain.ApprovalSetting{Stages: []domain.StageSetting{{Who: []string{"hana@example.com"}, Timeout: time.Hour, OnTimeout: domain.TimeoutDeny}}}
	w.hears(someone(0, domain.HREnding, ""), someone(1, domain.HREnding, ""))
	var in workflows.HeldBatchInput
	require.NoError(t, json.Unmarshal(w.tmp.started["held-batch:1"], &in))
	require.Equal(t, domain.TimeoutEscalate, in.Approval.Stages[0].OnTimeout)
	require.NotEmpty(t, in.Approval.Stages[0].Backup)
}
