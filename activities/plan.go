package activities

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"handover/domain"
)

// ProposePlan makes a plan from the snapshot and the chosen heirs, checks that
// each heir can work what they inherit, and opens the request for approval.
func (s *Set) ProposePlan(ctx context.Context, in ProposeInput) (ProposeResult, error) {
	snap, err := s.Ledger.Snapshot(ctx, in.Run, in.App)
	if err != nil {
		return ProposeResult{}, err
	}
	c, listing, err := s.listed(ctx, in.App, armAge)
	if err != nil {
		return ProposeResult{}, err
	}
	counts := mergeCounts(snap.Counts, in.Counts)
	heirs, problem, err := s.checkHeirs(ctx, in, listing, counts)
	if err != nil {
		return ProposeResult{}, err
	}
	plan, err := s.buildPlan(ctx, in, snap, c, listing, counts, heirs)
	if err != nil {
		return ProposeResult{}, s.fail(ctx, in.App, err)
	}
	result := ProposeResult{Rules: plan.Rules, ForwardTo: plan.ForwardTo, Problem: problem, Accounts: heirs, Clock: s.clock(in.Approval)}
	if problem == "" {
		result.Digest = plan.Digest()
	}
	return result, s.Ledger.Record(ctx, s.proposalEntry(in, plan, result))
}

func mergeCounts(old, fresh map[domain.RecordKind]int) map[domain.RecordKind]int {
	counts := map[domain.RecordKind]int{}
	for kind, n := range old {
		counts[kind] = n
	}
	for kind, n := range fresh {
		counts[kind] = n
	}
	return counts
}

// book is the part of the runbook that the run goes through.
func (in ProposeInput) book() domain.Runbook {
	book, _ := domain.RunbookFor(in.Kind)
	return book.Only(in.Steps)
}

// heirFor finds who inherits a kind: chosen for it, else chosen for all.
func (in ProposeInput) heirFor(kind domain.RecordKind) domain.PersonID {
	if p, ok := in.Heirs[kind]; ok && p != "" {
		return p
	}
	return in.Heirs[""]
}

// checkHeirs finds the account of every heir and says in one sentence what is
// wrong with the first one that does not fit.
func (s *Set) checkHeirs(ctx context.Context, in ProposeInput, l domain.Listing, counts map[domain.RecordKind]int) (map[domain.PersonID]domain.AccountID, string, error) {
	found := map[domain.PersonID]domain.AccountID{}
	for _, kind := range sortedKinds(counts) {
		heir := in.heirFor(kind)
		if counts[kind] == 0 || found[heir] != "" {
			continue
		}
		account, problem, err := s.checkHeir(ctx, in, l, heir)
		if err != nil || problem != "" {
			return found, problem, err
		}
		found[heir] = account
	}
	return found, "", s.addGeneralHeir(ctx, in, l, found)
}

// addGeneralHeir finds the account of the heir for all kinds also where every
// kind with records has another: the forwarding mailbox and what turns up later
// are theirs. One that does not fit is no problem before something does.
func (s *Set) addGeneralHeir(ctx context.Context, in ProposeInput, l domain.Listing, found map[domain.PersonID]domain.AccountID) error {
	heir := in.Heirs[""]
	if heir == "" || found[heir] != "" {
		return nil
	}
	account, problem, err := s.checkHeir(ctx, in, l, heir)
	if err == nil && problem == "" {
		found[heir] = account
	}
	return ignoreNotFound(err)
}

func (s *Set) checkHeir(ctx context.Context, in ProposeInput, l domain.Listing, heir domain.PersonID) (domain.AccountID, string, error) {
	switch {
	case heir == "":
		return "", "nobody is named to inherit: choose a successor", nil
	case heir == in.Person:
		return "", "the successor is the leaver: choose somebody else", nil
	}
	person, err := s.Ledger.Person(ctx, heir)
	if err != nil {
		return "", "", err
	}
	leaving, err := s.Ledger.Leaving(ctx, heir, in.Run)
	if err != nil {
		return "", "", err
	}
	if leaving || person.State == domain.PersonLeaving || person.State == domain.PersonLeft {
		return "", "the successor is leaving too: choose somebody who stays", nil
	}
	id, problem := fitsIn(in.App, l, person.Email)
	return id, problem, nil
}

func sortedKinds(counts map[domain.RecordKind]int) []domain.RecordKind {
	kinds := make([]domain.RecordKind, 0, len(counts))
	for kind := range counts {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}

func (s *Set) buildPlan(ctx context.Context, in ProposeInput, snap domain.Snapshot, c Connector, l domain.Listing,
	counts map[domain.RecordKind]int, heirs map[domain.PersonID]domain.AccountID) (domain.Plan, error) {
	plan := domain.Plan{
		Run: in.Run, App: in.App, Account: snap.Account.ID, Version: in.Version, Order: in.Order,
		CutOffIncluded: in.Approval.Scope == domain.ApproveAll, Mailboxes: len(snap.Mailboxes), ScheduledEmails: len(snap.Emails),
		Emails: in.Emails, ForwardTo: in.ForwardTo, KeepTogether: in.Together, PolicyHash: in.PolicyHash,
	}
	claims, err := s.Ledger.Claims(ctx, in.App)
	if err != nil {
		return plan, err
	}
	plan.Guards = s.foreseeGuards(in, snap, l, claims)
	for _, kind := range sortedKinds(counts) {
		if counts[kind] == 0 {
			continue
		}
		heir := in.heirFor(kind)
		plan.Rules = append(plan.Rules, domain.PlanRule{Kind: kind, Scope: in.Scopes[kind], Count: counts[kind],
			Ceiling: in.Drift.Ceiling(counts[kind]), Successor: heirs[heir], Heir: heir})
	}
	channels := s.choices(ctx, in.App, c)
	for _, step := range in.book().Steps {
		choice := stepChoice(channels, step)
		plan.Steps = append(plan.Steps, domain.PlannedStep{Key: step.Key, Channel: choice.Channel, Why: choice.Why})
	}
	if plan.ForwardTo == "" && plan.Mailboxes > 0 {
		if plan.ForwardTo, err = forwardingMailbox(ctx, c, heirs[in.Heirs[""]]); err != nil {
			return plan, err
		}
	}
	return plan, nil
}

// forwardingMailbox picks the successor's default mailbox, so that scheduled
// emails have a sender when the leaver's mailbox goes.
func forwardingMailbox(ctx context.Context, c Connector, heir domain.AccountID) (string, error) {
	if heir == "" {
		return "", nil
	}
	boxes, err := activeMailboxes(ctx, c, heir)
	if err != nil {
		return "", err
	}
	for _, b := range boxes {
		if b.Default {
			return b.ID, nil
		}
	}
	if len(boxes) > 0 {
		return boxes[0].ID, nil
	}
	return "", nil
}

// foreseeGuards says how the guards stand while people look at the plan. They
// are checked again right before each destructive step.
func (s *Set) foreseeGuards(in ProposeInput, snap domain.Snapshot, l domain.Listing, claims []domain.Claim) []domain.GuardFinding {
	guards := []domain.GuardFinding{domain.CheckSoleAdmin(l, claims, snap.Account.ID, s.now())}
	if snap.ActingUser == domain.Yes {
		guards = append(guards, domain.GuardFinding{Guard: domain.GuardActingUser, State: domain.GuardWarn,
			Why: "the API key acts as this person; after the cut-off it acts as the next admin in line"})
	}
	if in.KeyOwner != "" && in.KeyOwner == in.Person {
		guards = append(guards, domain.GuardFinding{Guard: domain.GuardActingUser, State: domain.GuardShut,
			Why: "the leaver made the API key: rotate it first"})
	}
	if in.Protected {
		guards = append(guards, domain.GuardFinding{Guard: domain.GuardProtected, State: domain.GuardShut, Why: "the policy file protects this person"})
	}
	guards = append(guards, s.signInGuard(in.App, snap)...)
	if in.LegalHold {
		guards = append(guards, domain.GuardFinding{Guard: domain.GuardLegalHold, State: domain.GuardWarn,
			Why: "legal hold: access is cut, mailboxes and records stay untouched"})
	}
	return guards
}

func (s *Set) proposalEntry(in ProposeInput, plan domain.Plan, r ProposeResult) domain.Entry {
	approval := in.Approval
	approval.Digest, approval.LateAt = r.Digest, r.LateAt
	if r.Problem != "" {
		approval.Why = r.Problem
	}
	key := strconv.Itoa(in.Version)
	proposed := s.event(in.StepRef, domain.EventPlanProposed, "plan-"+key)
	proposed.Digest, proposed.PolicyHash = r.Digest, in.PolicyHash
	proposed.Facts = map[string]string{"version": key, "problem": r.Problem}
	opened := s.event(in.StepRef, domain.EventApprovalOpened, "approval-"+key)
	opened.Digest, opened.Target = r.Digest, approval.ID
	opened.Facts = map[string]string{"scope": string(approval.Scope), "approval_policy": approval.PolicyDigest}
	notice := domain.Notice{ID: approval.ID + "/opened", Run: in.Run, App: in.App, Kind: "approval-opened", About: approval.ID,
		To: approval.Policy.Stages[0].Approvers, Text: noticeText(approval, plan), At: s.now()}
	entry := domain.Entry{Run: in.Run, Plan: &plan, Approvals: []domain.Approval{approval}, Notices: []domain.Notice{notice},
		Events: []domain.AuditEvent{proposed, opened}}
	if in.Version == 1 {
		entry.Steps = s.plannedSteps(in, plan)
	}
	return entry
}

func noticeText(a domain.Approval, p domain.Plan) string {
	if a.Digest == "" {
		return fmt.Sprintf("The plan for %s cannot be approved yet: %s.", p.App, a.Why)
	}
	records := 0
	for _, r := range p.Rules {
		records += r.Count
	}
	return fmt.Sprintf("Decide about %s: %d records of %d kinds, %d mailboxes, %d scheduled emails.", p.App, records, len(p.Rules), p.Mailboxes, p.ScheduledEmails)
}

func (s *Set) plannedSteps(in ProposeInput, plan domain.Plan) []domain.StepRecord {
	book := in.book()
	var rows []domain.StepRecord
	for i, spec := range book.Steps {
		row := domain.StepRecord{Run: in.Run, App: in.App, Key: spec.Key, Order: i + 1, Title: spec.Title, Phase: spec.Phase, State: domain.StepPlanned}
		row.Channel, row.Why = plan.Steps[i].Channel, plan.Steps[i].Why
		if rule, ok := plan.Rule(spec.Kind); ok {
			row.Of = rule.Count
		}
		rows = append(rows, row)
	}
	return rows
}

// signInGuard tells what else goes when the groups that give the sign-in are left,
// or that nobody could tell.
func (s *Set) signInGuard(app domain.AppID, snap domain.Snapshot) []domain.GuardFinding {
	why := ""
	switch door := s.signIn(app); {
	case door == nil:
	case snap.SignIn == nil:
		why = fmt.Sprintf("%s could not be asked how it gives the app: leaving a group there may take other apps away, and undo does not know what to give back", door.Provider())
	default:
		why = snap.SignIn.Warning()
	}
	if why == "" {
		return nil
	}
	return []domain.GuardFinding{{Guard: domain.GuardSignIn, State: domain.GuardWarn, Why: why}}
}
