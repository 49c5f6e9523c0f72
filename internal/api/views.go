package api

import (
	"cmp"
	"context"
	"maps"
	"time"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

// viewer turns rows into what a reader sees, with names instead of ids.
type viewer struct {
	ctx   context.Context
	desk  *desk.Desk
	names map[domain.PersonID]string
	// asking tells why the reader is asked; made when it is first needed.
	asking func(domain.Approval) (string, domain.PersonID)
}

func (v *viewer) person(id domain.PersonID) Person {
	if id == "" {
		return Person{}
	}
	if _, ok := v.names[id]; !ok {
		v.names[id] = v.desk.Name(v.ctx, id)
	}
	return Person{ID: string(id), Email: v.names[id]}
}

func (v *viewer) maybe(id domain.PersonID) *Person {
	if id == "" {
		return nil
	}
	p := v.person(id)
	return &p
}

func (v *viewer) people(ids []domain.PersonID) []Person {
	out := make([]Person, 0, len(ids))
	for _, id := range ids {
		out = append(out, v.person(id))
	}
	return out
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (v *viewer) run(r domain.Run) Run {
	out := Run{ID: r.ID, Kind: string(r.Kind), State: string(r.State), Why: r.Why, Person: v.person(r.Person), Authority: string(r.Authority),
		Requester: v.person(r.Requester), Confidential: r.Confidential, CutNow: r.CutNow, LastMoment: r.LastMoment.Local, Zone: r.LastMoment.Zone,
		StartedAt: r.StartedAt, ClosedAt: when(r.ClosedAt), Apps: []string{}}
	for _, app := range r.Apps {
		out.Apps = append(out.Apps, string(app))
	}
	return out
}

func (v *viewer) detail(d desk.RunDetail) Run {
	out := v.run(d.Run)
	progress := map[string]domain.Transfer{}
	for _, t := range d.Transfers {
		if !t.Key.Undo {
			progress[string(t.Key.App)+"/"+string(t.Key.Kind)] = t
		}
	}
	for _, s := range d.Steps {
		step := Step{App: string(s.App), Step: string(s.Key), Title: s.Title, Phase: string(s.Phase), State: string(s.State), Channel: string(s.Channel),
			Why: s.Why, RequestID: s.RequestID, Done: s.Done, Of: s.Of, ResumeAt: when(s.ResumeAt), SettledAt: when(s.SettledAt)}
		if t, ok := progress[string(s.App)+"/"+string(s.Key)]; ok && !s.State.Settled() {
			step.Done, step.Of = t.MovedN, max(t.Collected, s.Of)
		}
		out.Steps = append(out.Steps, step)
	}
	for _, c := range d.CutOffs {
		out.CutOffs = append(out.CutOffs, CutOff{App: string(c.App), Channel: string(c.Channel), VerifiedAt: c.VerifiedAt,
			Seconds: c.Elapsed().Seconds(), Limit: c.Limit.Seconds(), Class: c.Class})
	}
	for _, a := range d.Approvals {
		out.Approvals = append(out.Approvals, v.approval(a, nil))
	}
	for _, t := range d.Tasks {
		out.Tasks = append(out.Tasks, v.task(t))
	}
	return out
}

func (v *viewer) approval(a domain.Approval, p *domain.Plan) Approval {
	out := Approval{ID: a.ID, Run: a.Run, App: string(a.App), Scope: string(a.Scope), State: string(a.State), Digest: a.Digest, Why: a.Why,
		Subject: v.person(a.Subject), OpenedAt: a.OpenedAt, Decisions: []Decision{}, Approvers: []Person{}, Backup: []Person{},
		Policy: a.Policy.Name, PolicyDigest: a.PolicyDigest, Stage: a.Stage + 1, Stages: len(a.Policy.Stages), HighRisk: a.Policy.HighRisk,
		LateAt: when(a.LateAt)}
	if a.Stage < len(a.Policy.Stages) {
		s := a.Policy.Stages[a.Stage]
		out.Approvers, out.Backup, out.StageName = v.people(s.Approvers), v.people(s.Backup), s.Name
		out.Quorum, out.OnTimeout = max(1, s.Quorum), string(cmp.Or(s.OnTimeout, domain.TimeoutEscalate))
	}
	if v.asking == nil {
		v.asking = v.desk.Asking(v.ctx, actor(v.ctx))
	}
	because, voice := v.asking(a)
	out.Because, out.ActingFor = because, v.maybe(voice)
	for _, d := range a.Decisions {
		out.Decisions = append(out.Decisions, Decision{By: v.person(d.Actor), ActingFor: v.maybe(d.ActingFor), Verdict: string(d.Verdict), Stage: d.Stage,
			At: d.At, Channel: d.Channel})
	}
	if p != nil {
		plan := v.plan(*p)
		out.Plan = &plan
	}
	return out
}

func (v *viewer) plan(p domain.Plan) Plan {
	out := Plan{Digest: p.Digest(), Version: p.Version, Order: string(p.Order), Rules: []Rule{}, Steps: p.Steps, Guards: p.Guards,
		Mailboxes: p.Mailboxes, ScheduledEmails: p.ScheduledEmails, Emails: string(p.Emails), Join: p.Join}
	for _, r := range p.Rules {
		heir := v.person(r.Heir)
		if r.Heir == "" {
			heir = Person{ID: string(r.Successor)}
		}
		out.Rules = append(out.Rules, Rule{Kind: string(r.Kind), Scope: string(r.Scope), Count: r.Count, Ceiling: r.Ceiling, Successor: heir})
	}
	return out
}

func (v *viewer) task(t domain.Task) Task {
	out := Task{ID: t.ID, Run: t.Run, App: string(t.App), Title: t.Title, Why: t.Why, Instructions: t.Instructions, Owner: v.person(t.Owner),
		Backup: v.person(t.Backup), Subject: v.person(t.Subject), State: string(t.State), Urgent: t.Urgent, Attest: t.Attest, DueAt: t.DueAt,
		DoneBy: v.maybe(t.DoneBy), ConfirmedBy: v.maybe(t.ConfirmedBy)}
	for _, s := range t.Steps {
		out.Steps = append(out.Steps, string(s))
	}
	return out
}

func (v *viewer) event(r store.AuditLine) Event {
	e := r.Entry.Event
	facts := maps.Clone(e.Facts)
	delete(facts, domain.FactApprovedBy)
	return Event{Seq: r.Global, At: e.At, Kind: string(e.Kind), Actor: v.person(e.Actor), ActingFor: v.maybe(e.ActingFor), Subject: v.person(e.Subject),
		Run: e.Run, App: string(e.App), Step: string(e.Step), Target: e.Target, From: e.From, To: e.To, Channel: string(e.Channel), Digest: e.Digest,
		RequestID: e.RequestID, Reason: e.Reason, Facts: facts, Approved: v.people(e.Approvers()), Hash: r.Entry.Hash}
}

func (v *viewer) preview(a desk.PreviewAnswer) Preview {
	return Preview{App: a.App, Found: a.Result.Found, Hidden: a.Result.Hidden, Account: string(a.Result.Account), Active: string(a.Result.Active), Problem: a.Result.Problem,
		Plan: v.plan(a.Result.Plan), Owned: a.Result.Owned}
}

func (v *viewer) absence(a domain.Absence) Absence {
	return Absence{ID: a.ID, Person: v.person(a.Person), Substitute: v.person(a.Substitute), From: a.From, Until: a.Until, SetBy: v.person(a.SetBy)}
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
