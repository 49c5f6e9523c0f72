package activities

import (
	"context"

	"handover/domain"
)

// ChangeRole gives a user another role on the tenant's channel, behind the guards
// where somebody loses the right to administer, and reads it back.
func (s *Set) ChangeRole(ctx context.Context, in RoleInput) (ActResult, error) {
	c, listing, err := s.list(ctx, in.App)
	if err != nil {
		return ActResult{}, err
	}
	if listing.Hidden {
		return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: domain.WhyHidden}, nil
	}
	if err := s.stillJoins(ctx, in.StepRef, "role.change"); err != nil {
		return ActResult{}, err
	}
	account, err := listedAccount(in, listing)
	if err != nil {
		return ActResult{}, err
	}
	if account.IsRole(in.To) == domain.Yes {
		return s.roleFound(ctx, in, listing.RequestID)
	}
	if in.demotes(account) {
		finding, err := s.claim(ctx, in.StepRef, guardFacts{account: in.Account, protected: in.Protected}, listing)
		if err != nil {
			return ActResult{}, s.fail(ctx, in.App, err)
		}
		if finding.State == domain.GuardShut {
			return ActResult{Outcome: OutcomeShut, Guard: finding, Why: finding.Why}, s.recordShut(ctx, in.StepRef, finding)
		}
	}
	choice := s.channelFor(ctx, in.App, c, domain.CanChangeRole)
	if err := s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Steps: []domain.StepRecord{s.step(in.StepRef, domain.StepRunning, choice.Channel, choice.Why)}}); err != nil {
		return ActResult{}, err
	}
	receipt, err := s.giveRole(ctx, in, account, c, choice)
	if why, shut := doorShut(err); shut {
		return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: why}, nil
	}
	if err != nil {
		return ActResult{}, s.fail(ctx, in.App, err)
	}
	s.crash("role-changed-not-recorded")
	_, after, err := s.list(ctx, in.App)
	if err != nil {
		return ActResult{}, err
	}
	if now, _ := after.ByID(in.Account); now.IsRole(in.To) == domain.Yes {
		return s.roleVerified(ctx, in, choice.Channel, after.RequestID, soBefore(receipt.Already))
	}
	return ActResult{Outcome: OutcomeUnverified, Channel: choice.Channel, RequestID: receipt.RequestID, Why: "the door took it; the app does not show it yet"}, nil
}

// demotes tells that somebody may lose the right to administer, or to own: by what
// the app shows now, whatever the run foresaw.
func (in RoleInput) demotes(account domain.Account) bool {
	loses := account.Admin == domain.Yes && in.To.Admin != domain.Yes || account.Admin != domain.No && in.To.Admin == domain.No
	return in.Demotes || loses || in.From.Owner && !in.To.Owner
}

// listedAccount wants the account in the list: what is not shown is not changed.
func listedAccount(in RoleInput, l domain.Listing) (domain.Account, error) {
	account, ok := l.ByID(in.Account)
	switch {
	case ok:
		return account, nil
	case !l.Complete:
		return account, domain.NewFault(domain.FaultUnavailable, "role.change", in.App, "the list of users was cut short: it is read again", nil)
	}
	return account, domain.NewFault(domain.FaultNotFound, "role.change", in.App, "the app no longer lists the user whose role is to change: look what became of them", nil)
}

// roleFound records a role that the app showed before this call acted. Where an
// earlier try of the run had begun to act, it was that.
func (s *Set) roleFound(ctx context.Context, in RoleInput, requestID string) (ActResult, error) {
	rows, err := s.Ledger.Steps(ctx, in.Run, in.App)
	if err != nil {
		return ActResult{}, err
	}
	for _, row := range rows {
		if row.Key == in.Step && row.State == domain.StepRunning && row.Channel != domain.ChannelPerson {
			return s.roleVerified(ctx, in, row.Channel, requestID, "an earlier try of this run had begun to change it")
		}
	}
	return s.roleVerified(ctx, in, "", requestID, soBefore(true))
}

func soBefore(already bool) string {
	if already {
		return "it was so before"
	}
	return ""
}

func (s *Set) giveRole(ctx context.Context, in RoleInput, account domain.Account, c Connector, choice domain.ChannelChoice) (domain.Receipt, error) {
	door, ok := c.(RoleChanger)
	switch {
	case choice.Channel == domain.ChannelBrowser:
		return s.playFor(ctx, in.StepRef, domain.CanChangeRole, account, map[string]string{"role.name": in.To.Name, "role.key": in.To.Key})
	case ok && choice.Channel != domain.ChannelPerson:
		return door.ChangeRole(ctx, account, in.To)
	}
	return domain.Receipt{}, domain.NewFault(domain.FaultUnsupported, "role.change", in.App, choice.Why, nil)
}

func (s *Set) roleVerified(ctx context.Context, in RoleInput, on domain.Channel, requestID, how string) (ActResult, error) {
	step := s.step(in.StepRef, domain.StepVerified, on, "the app shows the role "+in.To.Name)
	step.RequestID = requestID
	e := s.roleEvent(in.StepRef, in.From, in.To, in.For, in.Approved)
	e.Target, e.Channel, e.RequestID, e.Digest = string(in.Account), on, requestID, in.Digest
	if how != "" {
		e.Facts["how"] = how
	}
	err := s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}, Claims: []domain.Claim{s.settled(in.Run, in.App, in.Step)}, Events: []domain.AuditEvent{e}})
	return ActResult{Outcome: OutcomeVerified, Channel: on, RequestID: requestID, Why: step.Why}, err
}

// roleEvent answers who granted which role to whom, and when: once for a run and a
// role, whoever reads it back.
func (s *Set) roleEvent(ref StepRef, from, to domain.AppRole, asked domain.PersonID, approved []domain.PersonID) domain.AuditEvent {
	ref.Step = domain.StepRole
	e := s.event(ref, domain.EventRoleChanged, "role-"+to.Key)
	e.From, e.To = from.Name, to.Name
	if asked != "" && asked != domain.SystemActor {
		e.ActingFor = asked
	}
	e.Facts = map[string]string{"from": from.Key, "to": to.Key, domain.FactApprovedBy: domain.Named(approved)}
	return e
}
