package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"handover/domain"
	"handover/internal/api"
)

// aTeam leaves at once, says a feed that may have gone wrong.
var aTeam = []string{"esther.boateng@example.com", "faisal.haddad@example.com", "grace.liu@example.com", "hugo.martin@example.com"}

// heldBatch is the first batch of an installation.
const heldBatch = "held-batch:1"

// brake is the story of a feed that announces too many leavings.
func brake() Scenario {
	return Scenario{Name: "brake", About: "HR's feed announces four leavings where two an hour are allowed: the others are held, and go on, one first, when people say so in Slack",
		Leavers: aTeam,
		Policy:  func(p *PolicyText) { p.Brake = "{per_hour: 2, company_percent: 0, department_percent: 0, canary: 1}" },
		Robot: func(r *Robot) {
			r.Decide = func(a api.Approval) (string, string) {
				if a.Scope == string(domain.ApproveBrake) {
					return "", "" // in Slack
				}
				return "approve", ""
			}
		},
		Play: func(ctx context.Context, s *Stage) ([]string, error) {
			soon := time.Now().Add(4 * time.Second)
			for n, who := range aTeam {
				if err := s.webhook(ctx, fmt.Sprint("msg-", n), event("employment.ending", fmt.Sprint("emp-", n), who, &soon)); err != nil {
					return nil, err
				}
			}
			h := &Hand{Slack: s.Slack, Say: s.Say}
			if err := h.Press(ctx, priya, "approve", "", nil); err != nil {
				return nil, err
			}
			var ids []string
			for n := range aTeam {
				id, err := s.runOf(ctx, fmt.Sprint("emp-", n))
				if err != nil {
					return ids, err
				}
				ids = append(ids, id)
			}
			return ids, nil
		},
		Check: func(ctx context.Context, s *Stage) error {
			run, err := s.awaitEnd(ctx, heldBatch)
			if err == nil && run.State != domain.RunClosed {
				err = fmt.Errorf("the batch is %s: %s", run.State, run.Why)
			}
			return errors.Join(err, s.checkCanary(ctx))
		}}
}

// awaitEnd waits until a run has ended.
func (s *Stage) awaitEnd(ctx context.Context, id string) (domain.Run, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		run, err := s.Home.Store.Run(ctx, id)
		if err == nil && run.State.Ended() {
			return run, nil
		}
		select {
		case <-limited.Done():
			return run, fmt.Errorf("wait for %s: it is %s", id, run.State)
		case <-tick.C:
		}
	}
}

// checkCanary wants the first of those held verified gone before the last one
// began.
func (s *Stage) checkCanary(ctx context.Context) error {
	batch, err := s.Home.Store.HeldBatch(ctx, heldBatch)
	if err != nil || batch.Released != 2 {
		return fmt.Errorf("%d leavings were held and let go, not 2: %w", batch.Released, err)
	}
	var verified, started []time.Time
	for n := range aTeam {
		runs, err := s.runsOf(ctx, fmt.Sprint("emp-", n))
		if err != nil || len(runs) != 1 {
			return fmt.Errorf("%d runs stand for one leaving: %w", len(runs), err)
		}
		cuts, err := s.Home.Store.CutOffs(ctx, runs[0].ID)
		if err != nil || len(cuts) != 1 {
			return fmt.Errorf("%d cut-offs are measured: %w", len(cuts), err)
		}
		started, verified = append(started, runs[0].StartedAt), append(verified, cuts[0].VerifiedAt)
	}
	first, last := 2, 3
	if started[last].Before(started[first]) {
		first, last = last, first
	}
	if started[last].Before(verified[first]) {
		return errors.New("the rest went before the first one was verified gone")
	}
	return nil
}
