package desk

import (
	"context"
	"fmt"
	"strings"

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
	invite, err := d.steerable(ctx, a, id)
	if err != nil {
		return workflows.Answer{}, err
	}
	if role == "" {
		return workflows.Answer{}, d.refused(ctx, a, invite.Run, domain.Refuse(domain.RefusedReason, "say which role"))
	}
	next, err := d.roleOf(invite.App, role)
	if err != nil {
		return workflows.Answer{}, d.refused(ctx, a, invite.Run, err)
	}
	return d.tellInvite(ctx, a, invite, workflows.UpdateInviteRole, workflows.InviteRequest{Reason: reason, Role: &next})
}

func (d *Desk) steerInvite(ctx context.Context, a Actor, id, update string, in workflows.InviteRequest) (workflows.Answer, error) {
	invite, err := d.steerable(ctx, a, id)
	if err != nil {
		return workflows.Answer{}, err
	}
	return d.tellInvite(ctx, a, invite, update, in)
}

// steerable finds an invite for those who may ask for access; the run itself lets
// only those through who look after the app.
func (d *Desk) steerable(ctx context.Context, a Actor, id string) (domain.Invite, error) {
	if err := d.allow(ctx, a, mayInvite, ""); err != nil {
		return domain.Invite{}, err
	}
	invite, err := d.Store.Invite(ctx, id)
	if err != nil {
		return invite, missing(err)
	}
	_, err = d.visible(ctx, a, invite.Run)
	return invite, err
}

func (d *Desk) tellInvite(ctx context.Context, a Actor, invite domain.Invite, update string, in workflows.InviteRequest) (workflows.Answer, error) {
	var out workflows.Answer
	in.App, in.Person = invite.App, a.Person.ID
	err := d.submit(ctx, a, Click{Run: invite.Run, About: invite.ID, Verb: update, Name: update, Attempt: d.attemptOf(a), Payload: in}, &out)
	return out, err
}

// joinByRight starts what somebody who is hired has by right from the first day,
// once for each hire. Where the rules contradict each other nothing is granted, and
// the administrators are told.
func (d *Desk) joinByRight(ctx context.Context, person domain.Person, hire domain.Employment) (string, domain.Entry, error) {
	p := d.Policy()
	grants, conflicts := p.BirthrightOf(person.PersonFacts)
	why, entry, err := d.contradicted(ctx, hire, conflicts)
	if err != nil || len(grants) == 0 {
		return why, entry, err
	}
	j := joining{person: person, hire: hire.ID, apps: map[domain.AppID]domain.AppRole{}, starts: hire.Starts,
		run: domain.Run{Kind: domain.RunOnboarding, AllApps: true, Authority: domain.AuthorityHR, Requester: domain.SystemActor}}
	asked, err := d.joiningApps(ctx, person.ID, hire.ID)
	if err != nil {
		return why, entry, err
	}
	for _, g := range grants {
		role, err := d.roleOf(g.App, g.Role)
		if err != nil {
			return why, entry, err
		}
		if run := asked[g.App]; run != "" {
			why = strings.TrimSpace(why + fmt.Sprintf(" %s was asked for by hand before (%s): it is given by that run alone", g.App, run))
			continue
		}
		j.apps[g.App] = role
	}
	if len(j.apps) > 0 {
		_, _, err = d.startJoining(ctx, Actor{Channel: "hr"}, j)
	}
	return why, entry, err
}

// joiningApps are the apps that open joinings of somebody give them already, but for
// what is theirs by right from the same hire.
func (d *Desk) joiningApps(ctx context.Context, who domain.PersonID, hire string) (map[domain.AppID]string, error) {
	open, err := d.Store.ListRuns(ctx, store.RunFilter{Person: who, Kind: domain.RunOnboarding, Open: true})
	apps := map[domain.AppID]string{}
	for _, r := range open {
		if r.AllApps && r.Employment == hire {
			continue
		}
		for _, app := range r.Apps {
			apps[app] = r.ID
		}
	}
	return apps, err
}

// contradicted tells the administrators in which apps the rules give somebody
// different roles, once for each hire and app.
func (d *Desk) contradicted(ctx context.Context, hire domain.Employment, conflicts []domain.BirthrightConflict) (string, domain.Entry, error) {
	var entry domain.Entry
	var apps []string
	c := &cast{d: d, ctx: ctx, leaver: domain.Person{ID: hire.Person}}
	admins := c.withRole(domain.RoleAdmin)
	for _, conflict := range conflicts {
		apps = append(apps, string(conflict.App))
		entry.Notices = append(entry.Notices, domain.Notice{ID: "birthright/" + hire.ID + "/" + string(conflict.App), App: conflict.App, Kind: "birthright-conflict", To: admins, Urgent: true, At: d.now(),
			Text: fmt.Sprintf("Somebody was hired, and the rules of birthright give them different roles in %s: nothing was granted there. Correct the rules, and give it with `handover onboard`; `handover hr events` shows who it is.", conflict.App)})
	}
	if len(apps) == 0 {
		return "", entry, c.err
	}
	return "the rules of birthright give different roles in " + strings.Join(apps, ", ") + ": nothing was granted there, give it by hand", entry, c.err
}
