package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// OnboardRequest asks for somebody's access to an app.
type OnboardRequest struct {
	Email   string       `json:"email"`
	Name    string       `json:"name"`
	Manager string       `json:"manager"` // email, where HR did not say
	App     domain.AppID `json:"app"`
	Role    string       `json:"role"`   // key or name; "" is the app's starting role
	Starts  string       `json:"starts"` // date; "" is now
	Until   string       `json:"until"`  // last day of access that is given for a time
	Reason  string       `json:"reason"`
}

// RoleRequest asks for another role of somebody in an app.
type RoleRequest struct {
	Email     string       `json:"email"`
	App       domain.AppID `json:"app"`
	Role      string       `json:"role"`
	Emergency bool         `json:"emergency"`
	Reason    string       `json:"reason"`
}

var mayInvite = right{[]domain.Role{domain.RoleAdmin, domain.RoleHR}, "ask for access or for another role"}

// Onboard starts a joining, or finds the one that is under way.
func (d *Desk) Onboard(ctx context.Context, a Actor, req OnboardRequest) (domain.Run, bool, error) {
	if err := d.allow(ctx, a, mayInvite, ""); err != nil {
		return domain.Run{}, false, err
	}
	run, created, err := d.onboard(ctx, a, req)
	return run, created, d.refused(ctx, a, "", err)
}

func (d *Desk) onboard(ctx context.Context, a Actor, req OnboardRequest) (domain.Run, bool, error) {
	role, err := d.roleOf(req.App, req.Role)
	if err != nil {
		return domain.Run{}, false, err
	}
	starts, until, err := d.span(req)
	if err != nil {
		return domain.Run{}, false, err
	}
	person, err := d.joiningPerson(ctx, a, req) // last: only what is right is kept
	if err != nil {
		return domain.Run{}, false, err
	}
	j := joining{person: person, apps: map[domain.AppID]domain.AppRole{req.App: role}, starts: starts, until: until, asks: true, reason: req.Reason,
		run: domain.Run{Kind: domain.RunOnboarding, Authority: domain.AuthorityPerson, Requester: a.Person.ID}}
	run, created, err := d.startJoining(ctx, a, j)
	if err == nil && !created {
		err = d.sameJoining(ctx, run, req, role.Key, until)
	}
	return run, created, err
}

// roleOf finds a role of an app by key or name, or its starting role.
func (d *Desk) roleOf(id domain.AppID, word string) (domain.AppRole, error) {
	app := d.Policy().Apps[id]
	if app == nil {
		return domain.AppRole{}, domain.Refuse(domain.RefusedUnknown, "the policy file names no such app: check the name")
	}
	if word == "" {
		word = app.Joining.Role
	}
	if word == "" {
		return domain.AppRole{}, domain.Refuse(domain.RefusedReason, "say which role: the policy names no starting role of "+string(id))
	}
	role, ok := domain.FindRole(app.AllRoles(), word)
	if !ok {
		return role, domain.Refuse(domain.RefusedUnknown, fmt.Sprintf("%s has no role of that name: the policy file names those it has, by key and name", id))
	}
	return role, nil
}

func (d *Desk) joiningPerson(ctx context.Context, a Actor, req OnboardRequest) (domain.Person, error) {
	manager, err := d.managerOf(ctx, req)
	if err != nil {
		return domain.Person{}, err
	}
	p, err := d.Store.PersonByEmail(ctx, req.Email)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return p, err
	}
	switch {
	case p.ID != "" && p.ID == a.Person.ID:
		return p, domain.Refuse(domain.RefusedSelf, "nobody asks for their own access: let somebody else do it")
	case p.State == domain.PersonLeft || p.State == domain.PersonLeaving:
		return p, refuseLeaver()
	}
	if p, err = d.Store.UpsertPerson(ctx, req.Email, req.Name); err == nil && p.Manager == "" {
		p.Manager = manager.ID
	}
	return p, err
}

func refuseLeaver() error {
	return &domain.Refusal{Code: domain.RefusedState, Text: "this person is leaving, or has left: HR says first that they are hired again", Private: true}
}

// managerOf checks both addresses of a request, and finds the manager whom it
// names. Whoever is not known here could never decide.
func (d *Desk) managerOf(ctx context.Context, req OnboardRequest) (domain.Person, error) {
	switch {
	case !domain.LooksLikeEmail(req.Email):
		return domain.Person{}, domain.Refuse(domain.RefusedReason, "give the person's work email")
	case req.Manager == "":
		return domain.Person{}, nil
	case !domain.LooksLikeEmail(req.Manager), strings.EqualFold(strings.TrimSpace(req.Manager), strings.TrimSpace(req.Email)):
		return domain.Person{}, domain.Refuse(domain.RefusedReason, "give the work email of the person's manager")
	}
	m, err := d.Store.PersonByEmail(ctx, req.Manager)
	if errors.Is(err, domain.ErrNotFound) || err == nil && m.State == domain.PersonLeft {
		return m, domain.Refuse(domain.RefusedUnknown, "nobody with the manager's email works here: check the spelling")
	}
	return m, err
}

// longestWait is how far ahead somebody may be invited or their access end.
const longestWait = 5 * 365 * 24 * time.Hour

// span reads first and last day in the company's zone.
func (d *Desk) span(req OnboardRequest) (starts, until time.Time, err error) {
	zone := d.Policy().Company.TimeZone
	read := func(day, at, what string) (time.Time, error) {
		if day == "" {
			return time.Time{}, nil
		}
		m := domain.LastMoment{Local: day + at, Zone: zone}
		t, err := m.Instant()
		if err != nil || t.After(d.now().Add(longestWait)) {
			return t, domain.Refuse(domain.RefusedReason, "the "+what+" day is no date that can be meant: write for example 2027-03-31")
		}
		if here, err := time.LoadLocation(zone); err == nil {
			t = t.In(here) // the day is read off it where people approve it
		}
		return t, nil
	}
	if starts, err = read(req.Starts, "T08:00:00", "first"); err != nil {
		return starts, until, err
	}
	if !starts.IsZero() && starts.Before(d.now().Add(-startedLongAgo)) {
		return starts, until, domain.Refuse(domain.RefusedReason, "the first day has passed long ago: leave it out for now")
	}
	if until, err = read(req.Until, "T23:59:00", "last"); err != nil {
		return starts, until, err
	}
	if !until.IsZero() && (until.Before(d.now()) || until.Before(starts)) {
		return starts, until, domain.Refuse(domain.RefusedReason, "the last day lies before the first, or has passed")
	}
	return starts, until, nil
}

// joining is what is started, whoever asked for it.
type joining struct {
	run    domain.Run
	person domain.Person
	hire   string // employment; "" is looked up
	apps   map[domain.AppID]domain.AppRole
	starts time.Time
	until  time.Time
	asks   bool // somebody decides about the access itself
	reason string
}

func (d *Desk) startJoining(ctx context.Context, a Actor, j joining) (domain.Run, bool, error) {
	run, err := d.joiningRun(ctx, j)
	if err != nil {
		return run, false, err
	}
	p := d.Policy()
	c := &cast{d: d, ctx: ctx, leaver: j.person, requester: run.Requester}
	in := workflows.OnboardingInput{Person: j.person.ID, Employment: run.Employment, Requester: run.Requester, Authority: run.Authority, StartsAt: j.starts, Until: j.until,
		Admins: c.withRole(domain.RoleAdmin), Timings: timings(p.Leaving), PolicyHash: p.Hash}
	in.Tell = c.tellOf(run.Requester)
	for _, id := range run.Apps {
		in.Apps = append(in.Apps, c.joinInput(id, p.Apps[id], j.apps[id], j.asks))
	}
	if c.err == nil {
		c.err = decides(in, run.Requester)
	}
	if c.err != nil {
		return run, false, c.err
	}
	return d.createJoining(ctx, a, run, workflows.OnboardingType, j.reason, func(id string) any { in.Run = id; return in })
}

// joiningRun finds the employment that a run is about. Somebody whom HR has not
// named yet gets one of their own.
func (d *Desk) joiningRun(ctx context.Context, j joining) (domain.Run, error) {
	run := j.run
	run.Person, run.PolicyHash, run.StartedAt, run.Employment = j.person.ID, d.Policy().Hash, d.now(), j.hire
	for id := range j.apps {
		run.Apps = append(run.Apps, id)
	}
	slices.Sort(run.Apps)
	if run.Employment != "" {
		return run, nil
	}
	known, err := d.knownEmployment(ctx, run)
	if err != nil || known != "" {
		run.Employment = known
		return run, err
	}
	e, err := d.Store.UpsertEmployment(ctx, store.MadeUpKey(j.person.ID), domain.Employment{Person: j.person.ID, Starts: j.starts})
	run.Employment = e.ID
	return run, err
}

// knownEmployment is that of an open run for the same apps, else the hire that HR
// named: one that has no end yet goes first, then the one that began last.
func (d *Desk) knownEmployment(ctx context.Context, run domain.Run) (string, error) {
	open, err := d.Store.ListRuns(ctx, store.RunFilter{Person: run.Person, Kind: run.Kind, Open: true})
	if err != nil {
		return "", err
	}
	for _, r := range open {
		if !r.AllApps && slices.Equal(r.Apps, run.Apps) {
			return r.Employment, nil
		}
	}
	hires, err := d.Store.HiresOf(ctx, run.Person, d.now())
	if err != nil || len(hires) == 0 {
		return "", err
	}
	later := func(a, b store.Hire) int {
		if ends := a.Employment.State != domain.EmploymentOpen; ends != (b.Employment.State != domain.EmploymentOpen) {
			return map[bool]int{true: -1, false: 1}[ends]
		}
		return a.Employment.Starts.Compare(b.Employment.Starts)
	}
	return slices.MaxFunc(hires, later).Employment.ID, nil
}

// tellOf are those who hear how it goes.
func (c *cast) tellOf(requester domain.PersonID) []domain.PersonID {
	tell := c.withRole(domain.RoleAdmin)
	if requester != domain.SystemActor {
		tell = append([]domain.PersonID{requester}, tell...)
	}
	if m := c.manager(); m != "" {
		tell = append(tell, m)
	}
	var once []domain.PersonID
	for _, id := range tell {
		if id != c.leaver.ID && !slices.Contains(once, id) {
			once = append(once, id)
		}
	}
	return once
}

// joinInput freezes what holds for joining one app, or for another role in it.
func (c *cast) joinInput(id domain.AppID, app *domain.AppPolicy, role domain.AppRole, asks bool) workflows.JoinInput {
	in := workflows.JoinInput{App: c.appInput(id, app, false), Role: role, Roles: app.AllRoles(), Asks: asks, Life: app.Joining.InviteLife, Check: app.Joining.Check, Warnings: domain.JoinWarnings(app.Kind, role, c.leaver.PersonFacts)}
	if app.Joining.Approval != "" {
		in.App.Approval = c.approval(app.Joining.Approval)
	}
	if app.Joining.RoleApproval != "" {
		in.ForRole = c.approval(app.Joining.RoleApproval)
	}
	in.ForMoney = c.financePolicy(app)
	c.entitleFor(&in, app)
	return in
}

// entitleFor has what touches an Owner done by one.
func (c *cast) entitleFor(in *workflows.JoinInput, app *domain.AppPolicy) {
	if app.Kind != domain.KindApolloSpace || c.err != nil {
		return
	}
	list, err := c.d.Store.NewestMemberList(c.ctx, in.App.App)
	c.fail(err)
	target := spaceRoleOf(list, c.leaver)
	if target == notListed {
		target = domain.SpaceNobody // somebody who is invited is nobody there yet
	}
	in.App.Owner, in.App.Backup = c.entitled(app.Space, target, domain.SpaceRole(in.Role.Key), c.email(app.Owner), c.email(app.Backup))
}

// decides refuses what could never go on because nobody is left to decide it.
func decides(in workflows.OnboardingInput, requester domain.PersonID) error {
	for _, app := range in.Apps {
		policies := []domain.ApprovalPolicy{}
		if app.Asks {
			policies = append(policies, app.App.Approval)
		}
		if app.Role.Privileged() && len(app.ForRole.Stages) > 0 {
			policies = append(policies, app.ForRole)
		}
		for _, p := range policies {
			if (domain.Approval{Policy: p, Subject: in.Person, Requester: requester}).Decidable() != nil {
				return domain.Refuse(domain.RefusedState, "nobody is left to approve this for "+string(app.App.App)+" but you or the person themselves: name more approvers in the policy file")
			}
		}
	}
	return nil
}

// createJoining writes a run with the command that starts it, once.
func (d *Desk) createJoining(ctx context.Context, a Actor, run domain.Run, workflow, reason string, input func(id string) any) (domain.Run, bool, error) {
	made, created, err := d.Store.CreateRun(ctx, run, func(r domain.Run) (store.RunStart, error) {
		payload, err := json.Marshal(input(r.ID))
		if err != nil {
			return store.RunStart{}, fmt.Errorf("encode input: %w", err)
		}
		e := domain.AuditEvent{Key: r.ID + "/started", Run: r.ID, Kind: domain.EventRunStarted, Actor: r.Requester, ActingFor: a.ActingFor, Subject: r.Person, PolicyHash: r.PolicyHash,
			At: r.StartedAt, Reason: reason, Facts: map[string]string{"authority": string(r.Authority), "door": a.Channel}}
		return store.RunStart{Input: payload, Events: []domain.AuditEvent{e},
			Command: store.Command{ID: "start:" + r.ID, Kind: store.CommandStart, Run: r.ID, Name: workflow, Payload: payload}}, nil
	})
	if err == nil && created {
		d.crash("run-written-not-started")
		d.deliverNow(ctx, "start:"+made.ID)
	}
	return made, created, err
}

// ChangeRole starts a role change, or finds the one that is under way.
func (d *Desk) ChangeRole(ctx context.Context, a Actor, req RoleRequest) (domain.Run, bool, error) {
	need := mayInvite
	if req.Emergency {
		need = mayCutNow
	}
	if err := d.allow(ctx, a, need, ""); err != nil {
		return domain.Run{}, false, err
	}
	run, created, err := d.changeRole(ctx, a, req)
	return run, created, d.refused(ctx, a, "", err)
}

func (d *Desk) changeRole(ctx context.Context, a Actor, req RoleRequest) (domain.Run, bool, error) {
	switch {
	case req.Role == "":
		return domain.Run{}, false, domain.Refuse(domain.RefusedReason, "say which role")
	case req.Emergency && req.Reason == "":
		return domain.Run{}, false, domain.Refuse(domain.RefusedReason, "say why it cannot wait for an approval")
	}
	role, err := d.roleOf(req.App, req.Role)
	if err != nil {
		return domain.Run{}, false, err
	}
	person, err := d.Store.PersonByEmail(ctx, req.Email)
	if errors.Is(err, domain.ErrNotFound) && domain.LooksLikeEmail(req.Email) {
		person, err = d.Store.UpsertPerson(ctx, req.Email, "") // invited by hand before Handover was there
	}
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return domain.Run{}, false, domain.Refuse(domain.RefusedUnknown, unknownPerson)
	case err != nil:
		return domain.Run{}, false, err
	case person.ID == a.Person.ID:
		return domain.Run{}, false, domain.Refuse(domain.RefusedSelf, "nobody asks for their own role: let somebody else do it")
	case person.State == domain.PersonLeft || person.State == domain.PersonLeaving:
		return domain.Run{}, false, refuseLeaver()
	}
	j := joining{person: person, apps: map[domain.AppID]domain.AppRole{req.App: role}, run: domain.Run{Kind: domain.RunRoleChange, Authority: domain.AuthorityPerson, Requester: a.Person.ID}}
	run, err := d.joiningRun(ctx, j)
	if err != nil {
		return run, false, err
	}
	p := d.Policy()
	c := &cast{d: d, ctx: ctx, leaver: person, requester: run.Requester}
	in := workflows.RoleChangeInput{Person: person.ID, Employment: run.Employment, Requester: run.Requester, App: c.joinInput(req.App, p.Apps[req.App], role, true), Emergency: req.Emergency,
		Admins: c.withRole(domain.RoleAdmin), Tell: c.tellOf(run.Requester), Timings: timings(p.Leaving), PolicyHash: p.Hash}
	in.Confirm = c.cutNowPolicy(p)
	if c.err == nil && !req.Emergency && (domain.Approval{Policy: in.App.App.Approval, Subject: person.ID, Requester: run.Requester}).Decidable() != nil {
		c.err = domain.Refuse(domain.RefusedState, "nobody is left to approve this but you or the person themselves: name more approvers in the policy file")
	}
	if c.err != nil {
		return run, false, c.err
	}
	made, created, err := d.createJoining(ctx, a, run, workflows.RoleChangeType, req.Reason, func(id string) any { in.Run = id; return in })
	if err == nil && !created {
		err = d.sameRole(ctx, made, in)
	}
	return made, created, err
}
