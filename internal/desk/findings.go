package desk

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

var (
	mayFind      = right{[]domain.Role{domain.RoleAdmin, domain.RoleSecurity, domain.RoleAuditor}, "see findings"}
	mayReconcile = right{[]domain.Role{domain.RoleAdmin, domain.RoleSecurity}, "reconcile, or let findings be"}
)

// reconcileWait is how long somebody waits for a reconciliation that they started. It
// goes on without them.
const reconcileWait = 150 * time.Second

// reconcileLimit bounds one that nobody may wait for any more.
const reconcileLimit = 6 * time.Hour

// ReconciliationInput is what a reconciliation of some apps is judged by now; of all
// where none is named. Apps that are done by hand show nothing and are left out.
func (d *Desk) ReconciliationInput(ctx context.Context, apps []domain.AppID) (workflows.ReconciliationInput, error) {
	p := d.Policy()
	in := workflows.ReconciliationInput{Timings: workflows.Timings{Attempts: 3}}
	var named []domain.PersonID
	for _, person := range p.People {
		known, err := d.Store.PersonByEmail(ctx, person.Email)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return in, err
		}
		if err == nil {
			named = append(named, known.ID)
		}
	}
	c := &cast{d: d, ctx: ctx}
	records, _, _ := p.Reconcile.Most()
	for _, id := range d.Apps() {
		app := p.Apps[id]
		if app.Kind == domain.KindManual || len(apps) > 0 && !slices.Contains(apps, id) {
			continue
		}
		one := workflows.ReconcileRequest{App: id, Owner: c.email(app.Owner), InviteLife: app.Joining.InviteLife, Contract: app.Contract(), Roles: app.AllRoles(),
			Named: named, Uploads: app.Kind == domain.KindApolloSpace, Records: records}
		in.Apps = append(in.Apps, workflows.ReconcileApp{Queue: app.Queue, Input: one})
	}
	return in, c.err
}

// Reconcile compares apps with HR now, all of them where none is named, and answers
// with what became of each.
func (d *Desk) Reconcile(ctx context.Context, a Actor, apps []domain.AppID) ([]workflows.ReconcileAnswer, error) {
	if err := d.allow(ctx, a, mayReconcile, ""); err != nil {
		return nil, err
	}
	for _, id := range apps {
		if d.Policy().Apps[id] == nil {
			return nil, d.refuse(ctx, a, "", domain.Refuse(domain.RefusedUnknown, "the policy file names no such app: check the name"))
		}
	}
	in, err := d.ReconciliationInput(ctx, apps)
	if err != nil {
		return nil, err
	}
	if len(in.Apps) == 0 {
		return nil, d.refuse(ctx, a, "", domain.Refuse(domain.RefusedState, "this app is done by hand and shows nothing that could be compared"))
	}
	ctx, cancel := context.WithTimeout(ctx, reconcileWait)
	defer cancel()
	run, err := d.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "reconciliation:" + rand.Text(), TaskQueue: workflows.QueueHandover,
		WorkflowExecutionTimeout: reconcileLimit}, workflows.ReconciliationType, in)
	if err != nil {
		return nil, d.unreachable(err)
	}
	var answers []workflows.ReconcileAnswer
	if err := run.Get(ctx, &answers); err != nil {
		if ctx.Err() != nil {
			return nil, domain.NewFault(domain.FaultUnavailable, "desk.reconcile", "", "it goes on, and takes longer than you can wait for: `handover reconcile list` shows what it finds", nil)
		}
		return nil, d.unreachable(err)
	}
	return answers, nil
}

// FindingView is a finding for a reader.
type FindingView struct {
	domain.Finding
	Email  string // under which the app showed the account last
	Fix    domain.Fix
	Excuse *domain.Exception // that waits for a second person, or is in force
}

// FindingQuery narrows Findings; empty fields do not.
type FindingQuery struct {
	App   domain.AppID
	Kind  domain.FindingKind
	State domain.FindingState
	All   bool // closed ones too
}

// findingsShown bounds one answer.
const findingsShown = 1000

// Findings lists findings, the gravest first, at most a thousand. Whoever may not see
// a confidential run does not see what is found about its person.
func (d *Desk) Findings(ctx context.Context, a Actor, q FindingQuery) ([]FindingView, error) {
	if err := d.allow(ctx, a, mayFind, ""); err != nil {
		return nil, err
	}
	f := store.FindingFilter{App: q.App, Kind: q.Kind, State: q.State, All: q.All, Viewer: a.Person.ID, Gravest: true, Limit: findingsShown}
	if q.State == domain.FindingOpen || q.State == domain.FindingExcepted {
		f.State = "" // an exception may be over since the last reading
	}
	found, err := d.Store.ListFindings(ctx, f)
	if err != nil {
		return nil, err
	}
	now := d.now()
	var views []FindingView
	for _, one := range found {
		one.State = one.StateAt(now)
		if q.State == "" || q.State == one.State {
			views = append(views, FindingView{Finding: one, Fix: domain.FixFor(one)})
		}
	}
	if err := d.dress(ctx, views); err != nil {
		return nil, err
	}
	slices.SortStableFunc(views, func(x, y FindingView) int {
		return cmp.Or(rank(x.Severity)-rank(y.Severity), slices.Index(domain.FindingKinds(), x.Kind)-slices.Index(domain.FindingKinds(), y.Kind), x.FirstSeen.Compare(y.FirstSeen))
	})
	return views, nil
}

func rank(s domain.Severity) int {
	return slices.Index([]domain.Severity{domain.SeverityHigh, domain.SeverityMedium, domain.SeverityLow}, s)
}

// dress adds what a reader knows accounts by, and the exceptions that matter now.
func (d *Desk) dress(ctx context.Context, views []FindingView) error {
	byApp := map[domain.AppID][]domain.AccountID{}
	for _, v := range views {
		if v.Account != "" {
			byApp[v.App] = append(byApp[v.App], v.Account)
		}
	}
	emails := map[domain.AppID]map[domain.AccountID]string{}
	for app, ids := range byApp {
		var err error
		if emails[app], err = d.Store.EmailsSeen(ctx, app, ids); err != nil {
			return err
		}
	}
	excuses, err := d.Store.Exceptions(ctx, "", false, findingsShown)
	now := d.now()
	for i := range views {
		v := &views[i]
		v.Email = emails[v.App][v.Account]
		for _, x := range excuses {
			if x.Finding == v.ID && x.Until.After(now) && (x.DecidedAt.IsZero() || x.Agreed && v.State == domain.FindingExcepted) {
				v.Excuse = &x
				break
			}
		}
	}
	return err
}

// Readings tells for each app when it was last compared, and what came of it.
func (d *Desk) Readings(ctx context.Context, a Actor) ([]domain.Reading, error) {
	if err := d.allow(ctx, a, mayFind, ""); err != nil {
		return nil, err
	}
	var all []domain.Reading
	for _, id := range d.Apps() {
		if d.Policy().Apps[id].Kind == domain.KindManual {
			continue
		}
		r, err := d.Store.LastReading(ctx, id, false)
		if err != nil {
			return nil, err
		}
		if r.App == "" {
			r = domain.Reading{App: id, Why: "it was not compared yet: run `handover reconcile`", Total: -1, Assigned: -1}
		}
		all = append(all, r)
	}
	return all, nil
}

// finding finds one that the actor may see.
func (d *Desk) finding(ctx context.Context, a Actor, id string) (domain.Finding, error) {
	shown, err := d.Store.ListFindings(ctx, store.FindingFilter{ID: id, All: true, Viewer: a.Person.ID, Limit: 1})
	if err != nil {
		return domain.Finding{}, err
	}
	if id == "" || len(shown) == 0 {
		return domain.Finding{}, missing(domain.ErrNotFound)
	}
	return shown[0], nil
}
