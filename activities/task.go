package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"handover/domain"
)

// OpenTask opens a task for a person. Where one of its steps is destructive the
// guards are checked and the claim is made first, because nobody checks them
// when the person clicks in the app. Nobody is asked to give something to somebody
// who is leaving or has left: a fault of kind conflict.
func (s *Set) OpenTask(ctx context.Context, in TaskInput) (TaskResult, error) {
	if gives(in.Task.Steps) {
		if err := s.stillJoins(ctx, in.StepRef, "task.open"); err != nil {
			return TaskResult{}, err
		}
	}
	if in.Guarded {
		ctx = domain.WithUrgency(ctx)
		_, listing, err := s.list(ctx, in.App)
		if err != nil {
			return TaskResult{}, err
		}
		facts := guardFacts{account: in.Account, protected: in.Protected, keyOwner: in.KeyOwner, cutNow: in.CutNow, overlap: in.Overlap, due: in.Task.DueAt}
		ref := in.StepRef
		if slices.Contains(in.Task.Steps, domain.StepDeactivate) {
			ref.Step = domain.StepDeactivate // whatever comes first in the sitting: this one's read-back settles the claim
		}
		finding, err := s.claim(ctx, ref, facts, listing)
		if err != nil {
			return TaskResult{}, err
		}
		if finding.State == domain.GuardShut {
			return TaskResult{Guard: finding}, s.recordShut(ctx, ref, finding)
		}
		s.crash("guard-passed-not-written")
	}
	task := in.Task
	if err := s.nameMailboxes(ctx, in, &task); err != nil {
		return TaskResult{}, err
	}
	return TaskResult{Opened: true}, s.Ledger.Record(ctx, s.taskEntry(in, task))
}

// nameMailboxes adds to an unlinking task which mailboxes there are, what is
// scheduled from each, and which mailbox takes over. The texts stay in the
// store; they never pass through history.
func (s *Set) nameMailboxes(ctx context.Context, in TaskInput, task *domain.Task) error {
	if !slices.Contains(task.Steps, domain.StepUnlink) {
		return nil
	}
	snap, err := s.Ledger.Snapshot(ctx, in.Run, in.App)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	scheduled := map[string]int{}
	for _, m := range snap.Emails {
		scheduled[m.MailboxID]++
	}
	for _, b := range snap.Mailboxes {
		task.Instructions = append(task.Instructions, fmt.Sprintf("Mailbox %s: %d emails are scheduled from it.", b.Address, scheduled[b.ID]))
	}
	forward, err := s.forwardAddress(ctx, in)
	if err != nil {
		return err
	}
	if forward != "" {
		task.Instructions = append(task.Instructions, "Forwarding mailbox: "+forward)
	}
	return nil
}

func (s *Set) forwardAddress(ctx context.Context, in TaskInput) (string, error) {
	if in.ForwardTo == "" || in.Heir == "" {
		return "", nil
	}
	c, err := s.Connectors.Connector(in.App)
	if err != nil {
		return "", err
	}
	boxes, err := activeMailboxes(ctx, c, in.Heir)
	if err != nil {
		return "", s.fail(ctx, in.App, err)
	}
	for _, b := range boxes {
		if b.ID == in.ForwardTo {
			return b.Address, nil
		}
	}
	return "", nil
}

func (s *Set) taskEntry(in TaskInput, task domain.Task) domain.Entry {
	opened := s.event(in.StepRef, domain.EventTaskOpened, "task-"+task.ID)
	opened.Target, opened.Channel = task.ID, domain.ChannelPerson
	notice := domain.Notice{ID: task.ID + "/opened", Run: in.Run, App: in.App, Kind: "task-opened", About: task.ID, To: in.To,
		Text: task.Title, Urgent: task.Urgent, At: s.now()}
	entry := domain.Entry{Run: in.Run, Tasks: []domain.Task{task}, Notices: []domain.Notice{notice}, Events: []domain.AuditEvent{opened}}
	for _, key := range task.Steps {
		ref := in.StepRef
		ref.Step = key
		step := s.step(ref, domain.StepWaiting, domain.ChannelPerson, task.Why)
		step.Owner = task.Owner
		entry.Steps = append(entry.Steps, step)
	}
	return entry
}

// ReportAttention records that a step cannot go on without a person and asks
// for one.
func (s *Set) ReportAttention(ctx context.Context, in AttentionInput) (Nothing, error) {
	step := s.step(in.StepRef, in.State, "", in.Why)
	e := s.event(in.StepRef, domain.EventStepChanged, fmt.Sprintf("%s-%d", in.State, in.Count))
	e.To, e.Facts = string(in.State), map[string]string{"why": in.Why, "fault": string(in.Fault)}
	entry := domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}, Events: []domain.AuditEvent{e}}
	if in.State == domain.StepNeedsAttention && !in.Quiet {
		entry.Notices = []domain.Notice{{ID: fmt.Sprintf("%s/attention-%d", domain.IdempotencyKey(in.Run, in.App, in.Step, ""), in.Count),
			Run: in.Run, App: in.App, Kind: "needs-attention", About: string(in.Step), To: in.To, Text: in.Why, At: s.now()}}
	}
	return Nothing{}, s.Ledger.Record(ctx, entry)
}

// SettleSteps records states that the workflow decided: skipped by a person,
// nothing to do, undone.
func (s *Set) SettleSteps(ctx context.Context, in SettleInput) (Nothing, error) {
	entry := domain.Entry{Run: in.Run, Steps: in.Steps}
	for i := range entry.Steps {
		row := &entry.Steps[i]
		row.Run, row.App = in.Run, in.App
		if row.State.Settled() {
			row.SettledAt = s.now()
		}
		ref := in.StepRef
		ref.Step = row.Key
		e := s.event(ref, in.Event, fmt.Sprintf("%s-%d", row.State, in.Count))
		e.To, e.Reason = string(row.State), in.Reason
		if in.Actor != "" {
			e.Actor = in.Actor
		}
		e.Facts = map[string]string{"why": row.Why}
		entry.Events = append(entry.Events, e)
		if in.Release {
			entry.Claims = append(entry.Claims, s.released(in.Run, in.App, row.Key))
		}
	}
	return Nothing{}, s.Ledger.Record(ctx, entry)
}
