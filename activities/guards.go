package activities

import (
	"context"
	"fmt"
	"time"

	"handover/domain"
)

// guardFacts are the frozen facts that guards need beside a fresh listing.
type guardFacts struct {
	account   domain.AccountID
	protected bool
	keyOwner  domain.PersonID
	cutNow    bool
	overlap   bool // people said that access ends though another employment goes on
	due       time.Time
}

func (in AccountInput) guardFacts() guardFacts {
	return guardFacts{account: in.Account, protected: in.Protected, keyOwner: in.KeyOwner, cutNow: in.CutNow, overlap: in.Overlap, due: in.Due}
}

// claim checks every guard right before a destructive step and, where all are
// open, inserts the claim in the transaction that checked them.
func (s *Set) claim(ctx context.Context, ref StepRef, f guardFacts, l domain.Listing) (domain.GuardFinding, error) {
	if f.protected {
		return domain.GuardFinding{Guard: domain.GuardProtected, State: domain.GuardShut,
			Why: "the policy file protects this person: take the entry out, or retract the run"}, nil
	}
	if f.keyOwner == ref.Person && !f.cutNow {
		return domain.GuardFinding{Guard: domain.GuardActingUser, State: domain.GuardShut,
			Why: "the leaver made the API key that Handover uses: put a key of somebody else in place, name its owner in the policy file, then retry"}, nil
	}
	run, err := s.Ledger.Run(ctx, ref.Run)
	if err != nil {
		return domain.GuardFinding{}, err
	}
	if run.State.Ended() {
		return domain.GuardFinding{Guard: domain.GuardLeaving, State: domain.GuardShut,
			Why: fmt.Sprintf("the run is %s: nothing is cut off", run.State)}, nil
	}
	if finding, err := s.checkEmployment(ctx, run, f); err != nil || finding.State == domain.GuardShut {
		return finding, err
	}
	if !l.Hidden && (!l.Complete || s.now().Sub(l.StartedAt) > domain.MaxListingAge) {
		return domain.GuardFinding{}, domain.NewFault(domain.FaultUnavailable, "account.list", ref.App,
			"the list of users was cut short or is older than a minute: it is read again", nil)
	}
	effect := domain.EffectDeactivate
	if ref.Step == domain.StepRole {
		effect = domain.EffectDemote
	}
	claim := domain.Claim{ID: domain.IdempotencyKey(ref.Run, ref.App, ref.Step, "claim"), App: ref.App, Account: f.account,
		Effect: effect, Run: ref.Run, Step: ref.Step, MadeAt: s.now()}
	return s.Ledger.Claim(ctx, claim, func(open []domain.Claim) domain.GuardFinding {
		return domain.CheckSoleAdmin(l, withoutClaim(open, claim.ID), f.account, s.now())
	})
}

// released gives up a step's claim. The moment is kept: a listing that began
// before it may miss what somebody did in the app meanwhile.
func (s *Set) released(run string, app domain.AppID, step domain.StepKey) domain.Claim {
	return domain.Claim{ID: domain.IdempotencyKey(run, app, step, "claim"), App: app, SettledAt: s.now(), Released: true}
}

// settled ends a step's claim with its effect.
func (s *Set) settled(run string, app domain.AppID, step domain.StepKey) domain.Claim {
	return domain.Claim{ID: domain.IdempotencyKey(run, app, step, "claim"), App: app, SettledAt: s.now()}
}

func withoutClaim(claims []domain.Claim, id string) []domain.Claim {
	var others []domain.Claim
	for _, c := range claims {
		if c.ID != id {
			others = append(others, c)
		}
	}
	return others
}

func (s *Set) recordShut(ctx context.Context, ref StepRef, g domain.GuardFinding) error {
	e := s.event(ref, domain.EventGuardShut, fmt.Sprintf("guard-%s-%d", g.Guard, s.now().UnixMicro()))
	e.Facts = map[string]string{"guard": string(g.Guard), "why": g.Why}
	step := s.step(ref, domain.StepWaiting, "", g.Why)
	return s.Ledger.Record(ctx, domain.Entry{Run: ref.Run, Steps: []domain.StepRecord{step}, Events: []domain.AuditEvent{e}})
}
