package bench

import (
	"testing"
	"time"

	sim "handover/internal/sim/apollo"
)

// What the measurements are compared with, by hand.
func TestTheFloorOfTheWindows(t *testing.T) {
	t.Parallel()
	limits := sim.LimitsOf(sim.PlanProfessional) // 200 a minute, 400 an hour, 2000 a day
	for n, want := range map[int]time.Duration{
		0: 0, 1: 0, 200: 0, 201: time.Minute, 400: time.Minute, 401: time.Hour, 601: time.Hour + time.Minute, 2000: 4*time.Hour + time.Minute,
		2001: 24 * time.Hour,
	} {
		if got := floor(limits, n); got != want {
			t.Errorf("floor of %d requests: %s, not %s", n, got, want)
		}
	}
	if got := floor(sim.LimitsOf(sim.PlanUnlimited), 100_000); got != 0 {
		t.Errorf("floor without limits: %s", got)
	}
}

func TestTheLeastRequests(t *testing.T) {
	t.Parallel()
	one := least(size{contacts: 101, accounts: 100, deals: 1, tasks: 1, sequences: 1})
	for name, want := range map[string]int{
		contactsSearch: 7, contactsOwners: 2, accountsSearch: 5, accountsOwners: 1, // 101 rows are two pages, 100 are one
		dealsSearch: 5, dealsUpdate: 1, tasksSearch: 5, tasksUpdate: 1, sequencesSearch: 5, sequencesUpdate: 1,
	} {
		if one[name] != want {
			t.Errorf("%s: %d, not %d", name, one[name], want)
		}
	}
	if least(size{})[contactsOwners] != 0 {
		t.Error("nothing to move is no write")
	}
}
