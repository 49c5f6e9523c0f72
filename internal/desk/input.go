package desk

import (
	"context"
	"slices"
	"sort"
	"time"

	"handover/domain"
	"handover/workflows"
)

// offboardingInput freezes the policy of the moment into the input of a run.
func (d *Desk) offboardingInput(ctx context.Context, run domain.Run, req OffboardRequest, leaver domain.Person, due time.Time) (workflows.OffboardingInput, error) {
	p := d.Policy()
	c := &cast{d: d, ctx: ctx, leaver: leaver, requester: run.Requester}
	if run.Confidential {
		c.nameOnly(run)
	}
	in := workflows.OffboardingInput{
		Run: run.ID, Person: leaver.ID, Employment: run.Employment, Requester: run.Requester, Authority: run.Authority, Due: due,
		Zone: run.LastMoment.Zone, CutNow: req.CutNow, Confidential: req.Confidential, LegalHold: req.LegalHold,
		NeedsApproval: needsApproval(p, run.Authority), ConfirmFirst: p.Leaving.CutNow.Confirm == domain.ConfirmBefore,
		Timings: timings(p.Leaving), PolicyHash: p.Hash, Admins: c.withRole(domain.RoleAdmin), EndRights: endsRights(run),
	}
	in.Tell = slices.DeleteFunc(append(slices.Clone(in.Admins), run.Requester), func(id domain.PersonID) bool { return id == leaver.ID || id == domain.SystemActor })
	in.Heirs = c.heirs(req.Heirs)
	if run.Authority == domain.AuthorityHR {
		in.NoticeAt = d.noticeAt(ctx, run, due)
	}
	for _, id := range run.Apps {
		in.Apps = append(in.Apps, c.appInput(id, p.Apps[id], in.NeedsApproval))
	}
	if len(in.Apps) == 1 {
		in.Apps[0].Account = req.Account // two users of one email are told apart by it
	}
	if run.Confidential {
		c.keepAmongNamed(&in)
	}
	c.app = p.Apps[run.Apps[0]]
	in.ConfirmCutNow = c.cutNowPolicy(p)
	return in, c.err
}

// endsRights tells whether the leaver's own rights in Handover end with the
// cut-off: when the person leaves, not when they lose one app.
func endsRights(run domain.Run) bool {
	return run.AllApps && slices.Contains([]domain.Authority{domain.AuthorityHR, domain.AuthorityPerson, domain.AuthoritySecurity}, run.Authority)
}

// needsApproval tells whether the cut-off waits for an approval. HR's word is
// enough unless the policy always wants one; a security termination is its own
// right.
func needsApproval(p *domain.Policy, a domain.Authority) bool {
	switch a {
	case domain.AuthorityHR:
		return p.Leaving.CutOffApproval == domain.CutOffAlways
	case domain.AuthoritySecurity:
		return false
	default:
		return true
	}
}

// heirs takes the chosen successors; where none is chosen for all kinds the
// manager inherits.
func (c *cast) heirs(chosen map[domain.RecordKind]string) map[domain.RecordKind]domain.PersonID {
	heirs := map[domain.RecordKind]domain.PersonID{}
	for kind, email := range chosen {
		if id := c.email(email); id != "" {
			heirs[kind] = id
		}
	}
	if manager := c.manager(); heirs[""] == "" && manager != "" {
		heirs[""] = manager
	}
	return heirs
}

// appInput freezes what holds for one app. Where nothing else is said for the
// start or for drift, the policy of plans holds and is not written again.
func (c *cast) appInput(id domain.AppID, app *domain.AppPolicy, needsApproval bool) workflows.AppInput {
	c.app = app
	in := workflows.AppInput{
		App: id, Kind: app.Kind, Queue: app.Queue, Owner: c.email(app.Owner), Backup: c.email(app.Backup), Second: c.email(app.Second),
		Order: app.Order, Scopes: app.Scopes, Emails: app.Emails, Together: app.KeepTogether, Drift: app.Drift, Canary: app.Canary,
		IndexLag: app.IndexLag, KeyOwner: c.email(app.Credentials.KeyOwner), Contract: app.Contract(),
		CutOffLimit: app.CutOff.Others, AdminLimit: app.CutOff.Privileged, Approval: c.approval(app.Approval), Instructions: app.Instructions,
		SignIn: app.SignIn.Provider != "",
	}
	if needsApproval {
		in.ForStart = c.onWallClock(c.approval(orElse(app.StartApproval, app.Approval)), startWait)
	}
	if other := orElse(app.DriftApproval, app.Approval); other != app.Approval {
		in.ForDrift = c.approval(other)
	}
	in.Owner, in.Backup = c.instead(in.Owner, in.Backup), c.instead(in.Backup, in.Owner)
	in.Second = c.instead(in.Second, in.Owner)
	c.entitle(&in, app)
	for _, email := range app.Protected {
		in.Protected = in.Protected || domain.NormalEmail(email) == domain.NormalEmail(c.leaver.Email)
	}
	for _, s := range app.Secrets {
		in.Secrets = append(in.Secrets, workflows.Secret{Name: s.Name, Instruction: s.Instruction, Owner: c.email(s.Owner)})
	}
	return in
}

// instead routes what the leaver, or somebody who left before, would do inside
// Handover to somebody else: to
// the other one who looks after the app, else to an administrator.
func (c *cast) instead(id, other domain.PersonID) domain.PersonID {
	if id == "" || !c.gone(id) {
		return id
	}
	if other != "" && !c.gone(other) {
		return other
	}
	for _, admin := range c.people([]string{"role:admin"}) {
		return admin
	}
	return ""
}

func orElse(name, other string) string {
	if name == "" {
		return other
	}
	return name
}

// cutNowPolicy names the second person of a security termination: whoever the
// policy names, else the other security people, else an administrator.
func (c *cast) cutNowPolicy(p *domain.Policy) domain.ApprovalPolicy {
	if p.Approvals[p.Leaving.CutNow.Approval] != nil {
		return c.onWallClock(c.approval(p.Leaving.CutNow.Approval), secondWait)
	}
	for _, refs := range [][]string{{"role:security"}, lastly} {
		if len(c.deciders(refs, false)) > 0 || len(c.others(false)) > 0 {
			setting := &domain.ApprovalSetting{Stages: []domain.StageSetting{{Name: "second person", Who: refs}}, Clock: domain.ClockWall, Gains: &[]domain.RecordKind{}}
			return c.onWallClock(c.freeze("", setting), secondWait)
		}
	}
	return domain.ApprovalPolicy{}
}

func timings(l domain.LeavingPolicy) workflows.Timings {
	return workflows.Timings{Reminder: l.Reminder, TaskDue: l.TaskDue, TaskLead: l.TaskLead, UrgentPage: l.UrgentPage, ReadBacks: l.ReadBacks,
		Sweeps: l.Sweeps, SlowRetry: l.SlowRetry, RetryInitial: l.RetryInitial, RetryMax: l.RetryMax, Attempts: int32(l.Attempts),
		Heartbeat: l.Heartbeat, SeatCheck: l.SeatCheck, Slice: l.Slice, HandoverLead: l.HandoverLead, Grace: l.Grace}
}

// appsOf names the apps of a run: the one that was asked for, or all of the
// policy in a fixed order.
func appsOf(p *domain.Policy, asked []domain.AppID) ([]domain.AppID, bool, error) {
	if len(asked) == 0 {
		ids := make([]domain.AppID, 0, len(p.Apps))
		for id := range p.Apps {
			ids = append(ids, id)
		}
		sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
		return ids, true, nil
	}
	for _, id := range asked {
		if p.Apps[id] == nil {
			return nil, false, domain.Refuse(domain.RefusedUnknown, "the policy file names no app "+string(id)+": check the name")
		}
	}
	return asked, false, nil
}
