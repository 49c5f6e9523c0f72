package activities

import (
	"context"
	"slices"
	"time"

	"handover/domain"
)

// checkEmployment looks at what HR last said right before access is cut: a word
// that has not reached the run yet counts all the same. Runs that people started
// stand on their approval; a security termination stands on itself.
func (s *Set) checkEmployment(ctx context.Context, run domain.Run, f guardFacts) (domain.GuardFinding, error) {
	if !f.standsOnHR(run) {
		return domain.GuardFinding{}, nil
	}
	all, err := s.Ledger.Employments(ctx, run.Person)
	if err != nil {
		return domain.GuardFinding{}, err
	}
	return f.weighEmployment(run, all, s.now())
}

func (f guardFacts) standsOnHR(run domain.Run) bool {
	return run.Kind != domain.RunOnboarding && run.Kind != domain.RunRoleChange && run.Authority == domain.AuthorityHR && !f.cutNow && run.Employment != ""
}

// weighEmployment tells from all employments of a person whether this one may
// end now. What HR said and the run is about to hear is a fault that passes.
func (f guardFacts) weighEmployment(run domain.Run, all []domain.Employment, now time.Time) (domain.GuardFinding, error) {
	if !f.standsOnHR(run) {
		return domain.GuardFinding{}, nil
	}
	for _, e := range all {
		if e.ID != run.Employment {
			continue
		}
		if e.MadeUp { // what HR says of others is not about this leaving
			return domain.GuardFinding{}, nil
		}
		switch {
		case e.State == domain.EmploymentOpen && !e.SaidAt.IsZero():
			return domain.GuardFinding{}, domain.NewFault(domain.FaultUnavailable, "hr.check", "", "HR took the leaving back: the run is about to hear of it", nil)
		case e.State == domain.EmploymentEnding && !f.due.IsZero() && e.Ends.After(f.due.Add(time.Minute)) && e.Ends.After(now):
			return domain.GuardFinding{}, domain.NewFault(domain.FaultUnavailable, "hr.check", "", "HR moved the last moment: the run is about to hear of it", nil)
		}
	}
	if f.overlap {
		return domain.GuardFinding{}, nil
	}
	if _, found := (domain.Employment{ID: run.Employment}).Overlaps(all, now); found {
		return domain.GuardFinding{Guard: domain.GuardEmployment, State: domain.GuardShut,
			Why: "the person has another employment that goes on, or begins within two weeks: people say whether access ends all the same"}, nil
	}
	return domain.GuardFinding{}, nil
}

// hiredAgain tells whether somebody who is seen in an app again is there for a
// newer employment: then it is no matter of the old one's run.
func (s *Set) hiredAgain(ctx context.Context, ref StepRef) (bool, error) {
	run, err := s.Ledger.Run(ctx, ref.Run)
	if err != nil || run.Employment == "" {
		return false, err
	}
	all, err := s.Ledger.Employments(ctx, run.Person)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(all, func(e domain.Employment) bool { return e.ID == run.Employment && e.MadeUp }) {
		// People ended the employment that HR names, whichever it was: only a hire that
		// begins after that is a newer one.
		all = slices.DeleteFunc(all, func(e domain.Employment) bool { return !e.Starts.After(run.StartedAt) })
	}
	_, found := (domain.Employment{ID: run.Employment}).Overlaps(all, s.now())
	return found, nil
}
