package activities

import (
	"context"
	"slices"

	"handover/domain"
)

// stillJoins refuses to give anything to somebody who is leaving or has left: an
// approval may come long after it was asked for, and the leaving has cut access
// meanwhile. What HR's own hire gives goes on where only another employment ends.
func (s *Set) stillJoins(ctx context.Context, ref StepRef, operation string) error {
	p, err := s.Ledger.Person(ctx, ref.Person)
	if err != nil || p.State != domain.PersonLeaving && p.State != domain.PersonLeft {
		return err
	}
	hired, err := s.hireStands(ctx, ref)
	if err != nil || hired {
		return err
	}
	return domain.NewFault(domain.FaultConflict, operation, ref.App, "this person is leaving or has left, and is given nothing: retract the run, or have HR say that they are hired again, then retry", nil)
}

// hireStands tells that a run is HR's word about a hire that goes on, and that
// nothing ended it: a contract ended and an employment begins.
func (s *Set) hireStands(ctx context.Context, ref StepRef) (bool, error) {
	run, err := s.Ledger.Run(ctx, ref.Run)
	if err != nil || run.Authority != domain.AuthorityHR {
		return false, err
	}
	all, err := s.Ledger.Employments(ctx, run.Person)
	if err != nil || !slices.ContainsFunc(all, func(e domain.Employment) bool { return e.ID == run.Employment && e.State == domain.EmploymentOpen }) {
		return false, err
	}
	left, err := s.Ledger.Left(ctx, run)
	return !left, err
}
