package domain_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

var rateStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func newRates(limits ...domain.RateLimit) domain.RateState {
	return domain.NewRateState("apollo", "api/v1/tasks/update", limits)
}

func perMinute(n int) domain.RateLimit { return domain.RateLimit{Length: time.Minute, Limit: n} }
func perHour(n int) domain.RateLimit   { return domain.RateLimit{Length: time.Hour, Limit: n} }

func read(length time.Duration, limit, used int) domain.RateReading {
	return domain.RateReading{Length: length, Limit: limit, Used: used}
}

// admit insists on a permit.
func admit(t *testing.T, s domain.RateState, now time.Time, urgent bool) (domain.RateState, domain.RatePermit) {
	t.Helper()
	s, d := s.Decide(now, urgent)
	require.True(t, d.Admit, "refused until %s", d.WaitUntil.Sub(now))
	return s, d.Permit
}

// refuse insists on a refusal and gives the wait.
func refuse(t *testing.T, s domain.RateState, now time.Time, urgent bool) (domain.RateState, time.Duration) {
	t.Helper()
	s, d := s.Decide(now, urgent)
	require.False(t, d.Admit, "admitted")
	return s, d.WaitUntil.Sub(now)
}

func answer(s domain.RateState, p domain.RatePermit, at time.Time, readings ...domain.RateReading) domain.RateState {
	return s.Observe(p, domain.RateObservation{ReceivedAt: at, Windows: readings})
}

func TestRateFirstRequestGoesAloneAndItsHeadersReleaseTheRest(t *testing.T) {
	s, probe := admit(t, newRates(perMinute(200)), rateStart, false)
	require.True(t, probe.Probe)
	s, wait := refuse(t, s, rateStart.Add(10*time.Millisecond), false)
	require.LessOrEqual(t, wait, 50*time.Millisecond, "the probe's answer is about to come")

	now := rateStart.Add(100 * time.Millisecond)
	s = answer(s, probe, now, read(time.Minute, 50, 47))
	for used := 48; used <= 50; used++ {
		var p domain.RatePermit
		s, p = admit(t, s, now, false)
		require.False(t, p.Probe)
		s = answer(s, p, now, read(time.Minute, 50, used))
	}
	_, wait = refuse(t, s, now, false)
	require.Greater(t, wait, 59*time.Second, "47 of 50 were used by others, three by us")
}

func TestRateForeignUseIsToldFromOurOwnInFlight(t *testing.T) {
	s, probe := admit(t, newRates(perMinute(10)), rateStart, false)
	s = answer(s, probe, rateStart, read(time.Minute, 10, 1))
	var flights []domain.RatePermit
	for range 4 {
		var p domain.RatePermit
		s, p = admit(t, s, rateStart, false)
		flights = append(flights, p)
	}
	// The answers arrive in another order than the app counted them in.
	for i, used := range []int{5, 2, 4, 3} {
		s = answer(s, flights[i], rateStart.Add(time.Millisecond), read(time.Minute, 10, used))
	}
	require.Equal(t, 5, s.Windows[0].Used())

	s, p := admit(t, s, rateStart.Add(2*time.Millisecond), false)
	s = answer(s, p, rateStart.Add(3*time.Millisecond), read(time.Minute, 10, 9))
	require.Equal(t, 9, s.Windows[0].Used(), "three more were somebody else's")
}

func TestRateHeadersAreAbsentOrUnlimited(t *testing.T) {
	s, p := admit(t, newRates(perMinute(3), perHour(9)), rateStart, false)
	s = answer(s, p, rateStart)
	require.Equal(t, []int{3, 9}, []int{s.Windows[0].Limit, s.Windows[1].Limit}, "a 403 teaches nothing")
	require.Equal(t, 1, s.Windows[0].Used(), "but may have been counted")

	s, p = admit(t, s, rateStart, false)
	s = answer(s, p, rateStart, domain.RateReading{Length: time.Minute, Unlimited: true}, read(time.Hour, 600, 2))
	for range 20 {
		s, p = admit(t, s, rateStart, false)
		s = answer(s, p, rateStart, domain.RateReading{Length: time.Minute, Unlimited: true})
	}
	require.Equal(t, 600, s.Windows[1].Limit)
}

func TestRateWithoutLimitsNothingWaits(t *testing.T) {
	s := newRates()
	for range 100 {
		s, _ = admit(t, s, rateStart, false)
	}
}

func TestRateRefusalClosesTheEndpoint(t *testing.T) {
	spent := []domain.RateReading{read(time.Minute, 200, 7), read(time.Hour, 400, 400)}
	for _, tc := range []struct {
		name string
		seen domain.RateObservation
		want time.Duration
	}{
		{"the app says when", domain.RateObservation{Refused: true, RetryAfter: 33 * time.Second, Windows: spent}, 33 * time.Second},
		{"the hour is spent", domain.RateObservation{Refused: true, Windows: spent}, 15 * time.Minute},
		{"the day is spent", domain.RateObservation{Refused: true, Windows: []domain.RateReading{read(24*time.Hour, 600, 600)}}, time.Hour},
		{"nothing is known", domain.RateObservation{Refused: true}, time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, p := admit(t, newRates(perMinute(200), perHour(400)), rateStart, false)
			tc.seen.ReceivedAt = rateStart
			s = s.Observe(p, tc.seen)
			s, wait := refuse(t, s, rateStart, true)
			require.Equal(t, tc.want, wait)
			if tc.seen.Windows == nil {
				_, p := admit(t, s, rateStart.Add(wait), false)
				require.True(t, p.Probe)
			}
		})
	}
}

func TestRatePermitOfTheDeadCountsAsUsed(t *testing.T) {
	s, p := admit(t, newRates(perMinute(5)), rateStart, false)
	s, _ = refuse(t, s, rateStart.Add(domain.RatePermitLife-time.Second), false)
	now := rateStart.Add(domain.RatePermitLife)
	s, next := admit(t, s, now, false)
	require.True(t, next.Probe, "nothing was heard yet")
	require.Equal(t, 1, s.Windows[0].Used())
	again := answer(s, p, now, read(time.Minute, 5, 1))
	require.Equal(t, s, again, "an answer after that changes nothing")
}

func TestRateLostAnswerCountsAndTheNextGoesAlone(t *testing.T) {
	s, p := admit(t, newRates(perMinute(5)), rateStart, false)
	s = s.Observe(p, domain.RateObservation{ReceivedAt: rateStart, Lost: true})
	require.Equal(t, 1, s.Windows[0].Used())
	_, p = admit(t, s, rateStart, false)
	require.True(t, p.Probe)
}

func TestRateUrgentLeavesAWantAndBulkMakesRoom(t *testing.T) {
	s, p := admit(t, newRates(perMinute(2)), rateStart, false)
	s = answer(s, p, rateStart, read(time.Minute, 2, 1))
	s, p = admit(t, s, rateStart, false)
	s = answer(s, p, rateStart.Add(time.Second), read(time.Minute, 2, 2))
	s, wait := refuse(t, s, rateStart.Add(2*time.Second), true)

	back := rateStart.Add(2*time.Second + wait)
	s, _ = refuse(t, s, back, false)
	s, p = admit(t, s, back, true)
	s = answer(s, p, back, read(time.Minute, 2, 1))
	_, _ = admit(t, s, back.Add(time.Second), false)
	require.Empty(t, s.Wants, "the want is fulfilled")
}

func TestRateWantOfTheDeadLapses(t *testing.T) {
	s, p := admit(t, newRates(perMinute(1)), rateStart, false)
	s = answer(s, p, rateStart, read(time.Minute, 1, 1))
	s, wait := refuse(t, s, rateStart, true)
	s, _ = refuse(t, s, rateStart.Add(wait), false)
	_, _ = admit(t, s, rateStart.Add(wait+2*time.Minute), false)
}

func TestRateHoldsAShareOfTheHourForUrgent(t *testing.T) {
	s := newRates(perHour(100))
	now := rateStart
	bulk := 0
	for {
		next, d := s.Decide(now, false)
		if !d.Admit {
			break
		}
		bulk++
		s = answer(next, d.Permit, now, read(time.Hour, 100, bulk))
		now = now.Add(time.Millisecond)
	}
	require.Equal(t, 97, bulk)
	for range 3 {
		var p domain.RatePermit
		s, p = admit(t, s, now, true)
		s = answer(s, p, now)
	}
	_, wait := refuse(t, s, now, true)
	require.Greater(t, wait, 59*time.Minute)
}

func TestRateGivesTheHeldShareToBulkShortlyBeforeMoreIsFree(t *testing.T) {
	s, p := admit(t, newRates(perHour(100)), rateStart, false)
	s = answer(s, p, rateStart, read(time.Hour, 100, 97))
	s, wait := refuse(t, s, rateStart.Add(time.Second), false)
	require.InDelta(t, 59*time.Minute, wait, float64(5*time.Second))
	_, _ = admit(t, s, rateStart.Add(time.Second+wait), false)
}

func TestRateUrgentDoesNotOverlookWhatIsInFlight(t *testing.T) {
	s, p := admit(t, newRates(perMinute(3)), rateStart, false)
	s = answer(s, p, rateStart, read(time.Minute, 3, 1))
	s, _ = admit(t, s, rateStart, false)
	s, _ = admit(t, s, rateStart, true)
	_, wait := refuse(t, s, rateStart, true)
	require.Greater(t, wait, 50*time.Second)
}

func TestRateGoesAloneAfterARefusal(t *testing.T) {
	s, p := admit(t, newRates(perMinute(5)), rateStart, false)
	s = s.Observe(p, domain.RateObservation{ReceivedAt: rateStart, Refused: true, RetryAfter: time.Second})
	_, p = admit(t, s, rateStart.Add(time.Second), false)
	require.True(t, p.Probe)
}

func TestRateStateSurvivesJSON(t *testing.T) {
	s, p := admit(t, newRates(perMinute(2), perHour(10)), rateStart, false)
	s = answer(s, p, rateStart, read(time.Minute, 2, 2), read(time.Hour, 10, 7))
	s, _ = refuse(t, s, rateStart, true)
	raw, err := json.Marshal(s)
	require.NoError(t, err)
	var back domain.RateState
	require.NoError(t, json.Unmarshal(raw, &back))
	require.Equal(t, s, back)
}

func TestRateDecideLeavesItsReceiverAlone(t *testing.T) {
	s, p := admit(t, newRates(perMinute(5)), rateStart, false)
	s = answer(s, p, rateStart, read(time.Minute, 5, 3))
	before, _ := json.Marshal(s)
	next, d := s.Decide(rateStart, false)
	next.Observe(d.Permit, domain.RateObservation{ReceivedAt: rateStart, Windows: []domain.RateReading{read(time.Minute, 5, 4)}})
	after, _ := json.Marshal(s)
	require.Equal(t, string(before), string(after))
}
