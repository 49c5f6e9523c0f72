package desk

import (
	"context"
	"encoding/json"
	"fmt"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// person reads who gave an update; every update's payload names them.
type person struct {
	Person    domain.PersonID `json:"person"`
	ActingFor domain.PersonID `json:"acting_for"`
	Reason    string          `json:"reason"`
	Channel   string          `json:"channel"`
}

// aftermath is what follows from an answered command: the event of who did what,
// and the rows that screens read. It is derived from the command alone, so that
// it is the same whoever delivers it, before or after a crash.
func (d *Desk) aftermath(ctx context.Context, c store.Command, answer reply) (domain.Entry, error) {
	if c.Kind != store.CommandUpdate {
		return domain.Entry{}, nil
	}
	var who person
	_ = json.Unmarshal(c.Payload, &who)
	run, err := d.Store.Run(ctx, c.Run)
	if err != nil {
		return domain.Entry{}, err
	}
	e := domain.AuditEvent{Key: c.ID, Run: c.Run, Actor: who.Person, ActingFor: who.ActingFor, Subject: run.Person, PolicyHash: run.PolicyHash,
		At: d.now(), Facts: map[string]string{"command": c.Name}}
	if !run.Confidential {
		e.Reason = who.Reason
	}
	entry := domain.Entry{Run: c.Run}
	if answer.Refused != "" {
		e.Kind, e.Facts["code"], e.Reason = domain.EventRefused, answer.Refused, ""
		entry.Events = []domain.AuditEvent{e}
		return entry, nil
	}
	e.Kind = eventOf[c.Name]
	fill[c.Name](c, answer, &e, &entry)
	d.tellAfter(run, c.CreatedAt, &e, &entry)
	entry.Events = append(entry.Events, e)
	return entry, nil
}

var eventOf = map[string]domain.EventKind{
	workflows.UpdateDecide: domain.EventDecision, workflows.UpdateChooseHeir: domain.EventDecision,
	workflows.UpdateTask: domain.EventTaskDone, workflows.UpdateConfirm: domain.EventTaskConfirmed,
	workflows.UpdateRetry: domain.EventStepChanged, workflows.UpdateSkip: domain.EventStepChanged, workflows.UpdateHandOver: domain.EventStepChanged,
	workflows.UpdateReschedule: domain.EventRunRescheduled, workflows.UpdateRetract: domain.EventRunRetracted,
	workflows.UpdateCutNow: domain.EventRunCutNow, workflows.UpdateUndo: domain.EventUndone,
	workflows.UpdateResend: domain.EventStepChanged, workflows.UpdateRevoke: domain.EventStepChanged, workflows.UpdateInviteRole: domain.EventStepChanged,
	workflows.UpdateEndReview: domain.EventRunRetracted,
}

type filler func(c store.Command, answer reply, e *domain.AuditEvent, entry *domain.Entry)

var fill = map[string]filler{
	workflows.UpdateDecide: fillDecision, workflows.UpdateChooseHeir: fillChoice, workflows.UpdateTask: fillTask, workflows.UpdateConfirm: fillTask,
	workflows.UpdateRetry: fillStep, workflows.UpdateSkip: fillStep, workflows.UpdateHandOver: fillStep,
	workflows.UpdateReschedule: fillMoment, workflows.UpdateRetract: fillNothing, workflows.UpdateCutNow: fillCutNow, workflows.UpdateUndo: fillNothing,
	workflows.UpdateResend: fillInvite, workflows.UpdateRevoke: fillInvite, workflows.UpdateInviteRole: fillInvite,
	workflows.UpdateEndReview: fillNothing,
}

func fillNothing(store.Command, reply, *domain.AuditEvent, *domain.Entry) {}

func fillDecision(c store.Command, answer reply, e *domain.AuditEvent, entry *domain.Entry) {
	var in workflows.DecideRequest
	var out workflows.ApprovalAnswer
	if json.Unmarshal(c.Payload, &in) != nil || json.Unmarshal(answer.Result, &out) != nil {
		return
	}
	e.App, e.Target, e.Digest, e.To = out.Approval.App, in.Approval, in.Digest, string(in.Verdict)
	e.Facts["state"], e.Facts["scope"], e.Facts["door"] = string(out.Approval.State), string(out.Approval.Scope), in.Channel
	e.Facts["approval_policy"] = out.Approval.PolicyDigest
	entry.Approvals = []domain.Approval{out.Approval}
}

func fillChoice(c store.Command, answer reply, e *domain.AuditEvent, _ *domain.Entry) {
	var in workflows.ChooseHeirRequest
	var out workflows.ApprovalAnswer
	if json.Unmarshal(c.Payload, &in) != nil || json.Unmarshal(answer.Result, &out) != nil {
		return
	}
	e.App, e.Target, e.Digest = in.App, out.Approval.ID, out.Approval.Digest
	for kind, heir := range in.Heirs {
		e.Facts["heir_"+string(kind)] = string(heir)
	}
}

func fillTask(c store.Command, answer reply, e *domain.AuditEvent, entry *domain.Entry) {
	var in workflows.TaskRequest
	var out workflows.Answer
	if json.Unmarshal(c.Payload, &in) != nil || json.Unmarshal(answer.Result, &out) != nil || out.Task == nil {
		return
	}
	e.App, e.Target, e.Channel, e.Reason = out.Task.App, in.Task, domain.ChannelPerson, in.Proof
	e.To = string(out.Task.State)
	entry.Tasks = []domain.Task{*out.Task}
}

func fillStep(c store.Command, _ reply, e *domain.AuditEvent, _ *domain.Entry) {
	var in workflows.StepRequest
	if json.Unmarshal(c.Payload, &in) != nil {
		return
	}
	e.App, e.Step = in.App, in.Step
	if in.To != "" {
		e.Facts["to"] = string(in.To)
	}
	if in.Accept > 0 {
		e.Facts["accept"] = fmt.Sprint(in.Accept)
	}
}

// fillInvite says what somebody asked of an invite; what became of it are events of
// their own.
func fillInvite(c store.Command, _ reply, e *domain.AuditEvent, _ *domain.Entry) {
	var in workflows.InviteRequest
	if json.Unmarshal(c.Payload, &in) != nil {
		return
	}
	e.App, e.Step = in.App, domain.StepInvite
	if in.Role != nil {
		e.To = in.Role.Key
	}
}

func fillMoment(c store.Command, _ reply, e *domain.AuditEvent, entry *domain.Entry) {
	var in workflows.MomentRequest
	if json.Unmarshal(c.Payload, &in) != nil {
		return
	}
	e.Zone, e.To = in.Zone, in.Due.UTC().Format("2006-01-02T15:04:05Z")
	moment := domain.LastMoment{Zone: in.Zone, Local: in.Local}
	entry.LastMoment = &moment
}

func fillCutNow(_ store.Command, _ reply, _ *domain.AuditEvent, entry *domain.Entry) {
	entry.CutNow = true
}
