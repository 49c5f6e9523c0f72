package desk

import (
	"context"
	"time"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// Invites lists invitations, the oldest first; open leaves out those that are
// settled.
func (d *Desk) Invites(ctx context.Context, a Actor, open bool) ([]domain.Invite, error) {
	if err := d.allow(ctx, a, mayRead, ""); err != nil {
		return nil, err
	}
	return d.Store.ListInvites(ctx, store.InviteFilter{Open: open, Viewer: a.Person.ID, Limit: 1000})
}

// ResendInvite sends a new link, which ends the one before.
func (d *Desk) ResendInvite(ctx context.Context, a Actor, id, reason string) (workflows.Answer, error) {
	return d.steerInvite(ctx, a, id, workflows.UpdateResend, workflows.InviteRequest{Reason: reason})
}

// RevokeInvite takes an invite back.
func (d *Desk) RevokeInvite(ctx context.Context, a Actor, id, reason string) (workflows.Answer, error) {
	return d.steerInvite(ctx, a, id, workflows.UpdateRevoke, workflows.InviteRequest{Reason: reason})
}

// InviteRole has an invite carry another role: it is sent anew.
func (d *Desk) InviteRole(ctx context.Context, a Actor, id, role, reason string) (workflows.Answer, error) {
	invite, err := d.Store.Invite(ctx, id)
	if err != nil {
		return workflows.Answer{}, d.refused(ctx, a, "", missing(err))
	}
	next, err := d.roleOf(invite.App, role)
	if err != nil {
		return workflows.Answer{}, d.refused(ctx, a, invite.Run, err)
	}
	return d.steerInvite(ctx, a, id, workflows.UpdateInviteRole, workflows.InviteRequest{Reason: reason, Role: &next})
}

// steerInvite is for those who may ask for access; the run itself lets only those
// through who look after the app.
func (d *Desk) steerInvite(ctx context.Context, a Actor, id, update string, in workflows.InviteRequest) (workflows.Answer, error) {
	var out workflows.Answer
	if err := d.allow(ctx, a, mayInvite, ""); err != nil {
		return out, err
	}
	invite, err := d.Store.Invite(ctx, id)
	if err != nil {
		return out, missing(err)
	}
	if _, err := d.visible(ctx, a, invite.Run); err != nil {
		return out, err
	}
	in.App, in.Person = invite.App, a.Person.ID
	err = d.submit(ctx, a, Click{Run: invite.Run, About: id, Verb: update, Name: update, Attempt: d.attemptOf(a), Payload: in}, &out)
	return out, err
}

// endCheckEvery is how often access that was given for a time is looked through.
const endCheckEvery = time.Minute

// EndGrants arranges the end of access that was given for a time, until the context
// ends: a leaving from that app at its last moment, which can be moved or taken back
// like any other.
func (d *Desk) EndGrants(ctx context.Context) error {
	ticker := time.NewTicker(endCheckEvery)
	defer ticker.Stop()
	for {
		if err := d.endGrants(ctx); err != nil && ctx.Err() == nil {
			d.Log.WarnContext(ctx, "the end of access for a time is not arranged", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (d *Desk) endGrants(ctx context.Context) error {
	grants, err := d.Store.Grants(ctx)
	if err != nil {
		return err
	}
	for _, g := range grants {
		if d.Policy().Apps[g.App] == nil {
			continue // the app left the policy: whoever took it out looks after its people
		}
		run, err := d.endGrant(ctx, g)
		if err != nil {
			return err
		}
		if err := d.Store.EndGrant(ctx, g, run); err != nil {
			return err
		}
	}
	return nil
}

// endGrant starts the leaving from one app that was agreed to together with the
// access. A crash after it finds the same run.
func (d *Desk) endGrant(ctx context.Context, g domain.Grant) (string, error) {
	person, err := d.Store.Person(ctx, g.Person)
	if err != nil {
		return "", err
	}
	zone, err := time.LoadLocation(d.Policy().Company.TimeZone)
	if err != nil {
		return "", err
	}
	moment := domain.MomentAt(g.Until, zone)
	a := Actor{Channel: "hr"} // people agreed to the end when they agreed to the access
	run, _, err := d.create(ctx, a, OffboardRequest{Email: person.Email, Apps: []domain.AppID{g.App}, LastMoment: &moment}, person, []domain.AppID{g.App}, false, g.Until, moment)
	return run.ID, err
}

// joinByRight starts what somebody who is hired has by right from the first day,
// once for each hire. It says in which apps the rules contradict each other: there
// nothing is granted.
func (d *Desk) joinByRight(ctx context.Context, person domain.Person, hire domain.Employment) (string, error) {
	p := d.Policy()
	grants, conflicts := p.BirthrightOf(person.PersonFacts)
	why := ""
	for _, c := range conflicts {
		why += "the rules of birthright give different roles in " + string(c.App) + ": nothing was granted there, give it by hand. "
	}
	if len(grants) == 0 {
		return why, nil
	}
	j := joining{person: person, hire: hire.ID, apps: map[domain.AppID]domain.AppRole{}, starts: hire.Starts,
		run: domain.Run{Kind: domain.RunOnboarding, AllApps: true, Authority: domain.AuthorityHR, Requester: domain.SystemActor}}
	for _, g := range grants {
		role, err := d.roleOf(g.App, g.Role)
		if err != nil {
			return why, err
		}
		j.apps[g.App] = role
	}
	_, _, err := d.startJoining(ctx, Actor{Channel: "hr"}, j)
	return why, err
}
