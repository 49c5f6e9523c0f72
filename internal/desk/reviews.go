package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// ReviewRequest asks for an access review of one app.
type ReviewRequest struct {
	App    domain.AppID
	Period string             // "" is today's date
	Rows   []domain.ReviewRow // a list read off the app's screen, where it shows Handover nobody
	Count  int                // how many the screen said there are
	ReadAt time.Time          // when it was read; zero is now
	Reason string
}

var mayReview = right{[]domain.Role{domain.RoleAdmin, domain.RoleSecurity}, "start or end an access review"}

// StartReview starts a review of an app, or finds the one that is open already.
func (d *Desk) StartReview(ctx context.Context, a Actor, req ReviewRequest) (domain.Review, bool, error) {
	if err := d.allow(ctx, a, mayReview, ""); err != nil {
		return domain.Review{}, false, err
	}
	open, err := d.Store.ListReviews(ctx, store.ReviewsFilter{App: req.App, States: openReviews, Limit: 1})
	if err != nil {
		return domain.Review{}, false, err
	}
	if len(open) > 0 && len(req.Rows) == 0 {
		return open[0], false, nil
	}
	if len(open) > 0 {
		return open[0], false, d.refused(ctx, a, "", domain.Refuse(domain.RefusedState, "a review of this app is open: end it first (handover review end "+open[0].ID+")"))
	}
	if req.Period == "" {
		req.Period = d.now().In(d.zone()).Format(time.DateOnly)
	}
	r, created, err := d.startReview(ctx, a.Person.ID, a.Channel, req)
	return r, created, d.refused(ctx, a, "", err)
}

var openReviews = []domain.ReviewState{domain.ReviewCollecting, domain.ReviewBlocked, domain.ReviewDeciding, domain.ReviewCarryingOut}

// zone is the company's; a policy that was read names one that exists.
func (d *Desk) zone() *time.Location {
	zone, err := time.LoadLocation(d.Policy().Company.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// mostPeriods bounds how often one period may be begun anew after it was taken back.
const mostPeriods = 20

func (d *Desk) startReview(ctx context.Context, by domain.PersonID, door string, req ReviewRequest) (domain.Review, bool, error) {
	app := d.Policy().Apps[req.App]
	if app == nil {
		return domain.Review{}, false, domain.Refuse(domain.RefusedUnknown, "the policy file names no such app: check the name")
	}
	if err := d.checkRows(req); err != nil {
		return domain.Review{}, false, err
	}
	settings, in, err := d.reviewInput(ctx, req.App, app)
	if err != nil {
		return domain.Review{}, false, err
	}
	r := domain.Review{App: req.App, Period: req.Period, State: domain.ReviewCollecting, Requester: by, Settings: settings, StartedAt: d.now(), PolicyHash: d.Policy().Hash}
	if len(req.Rows) > 0 {
		r.Population = domain.Population{Source: domain.SourceUpload, Query: "a list that somebody read off the app's screen", ReadAt: req.ReadAt, Total: req.Count, By: by}
		if req.ReadAt.IsZero() {
			r.Population.ReadAt = d.now()
		}
	}
	for n := 1; n <= mostPeriods; n++ {
		r.ID = reviewID(req.App, req.Period, n)
		made, created, err := d.createReview(ctx, r, in, req, door)
		if err != nil || made.State != domain.ReviewRetracted {
			return made, created, err
		}
	}
	return r, false, domain.Refuse(domain.RefusedState, "this period was taken back too often: name another one")
}

func reviewID(app domain.AppID, period string, n int) string {
	id := fmt.Sprintf("%s:%s:%s", workflows.AccessReviewType, app, period)
	if n > 1 {
		id = fmt.Sprintf("%s:%d", id, n)
	}
	return id
}

func (d *Desk) createReview(ctx context.Context, r domain.Review, in workflows.AccessReviewInput, req ReviewRequest, door string) (domain.Review, bool, error) {
	run := domain.Run{ID: r.ID, Kind: domain.RunReview, Apps: []domain.AppID{r.App}, Authority: domain.AuthorityPerson, Requester: r.Requester, PolicyHash: r.PolicyHash, StartedAt: r.StartedAt}
	_, created, err := d.Store.CreateRun(ctx, run, func(run domain.Run) (store.RunStart, error) {
		in.Run = run.ID
		payload, err := json.Marshal(in)
		if err != nil {
			return store.RunStart{}, fmt.Errorf("encode input: %w", err)
		}
		e := domain.AuditEvent{Key: run.ID + "/started", Run: run.ID, Kind: domain.EventRunStarted, Actor: run.Requester, App: r.App, PolicyHash: r.PolicyHash,
			At: run.StartedAt, Reason: req.Reason, Facts: map[string]string{"door": door, "period": r.Period}}
		return store.RunStart{Input: payload, Review: &r, Rows: req.Rows, Events: []domain.AuditEvent{e},
			Command: store.Command{ID: "start:" + run.ID, Kind: store.CommandStart, Run: run.ID, Name: workflows.AccessReviewType, Payload: payload}}, nil
	})
	if err != nil {
		return r, false, err
	}
	if created {
		d.deliverNow(ctx, "start:"+r.ID)
	}
	made, err := d.Store.Review(ctx, r.ID)
	return made, created, err
}

// checkRows holds an uploaded list against the number that its screen showed.
func (d *Desk) checkRows(req ReviewRequest) error {
	seen := map[domain.AccountID]int{}
	for _, row := range req.Rows {
		switch {
		case row.Account == "" || !domain.LooksLikeEmail(row.Email):
			return domain.Refuse(domain.RefusedReason, fmt.Sprintf("line %d: give an email for each row, and an id where the app shows one", row.No))
		case seen[row.Account] > 0:
			return domain.Refuse(domain.RefusedReason, fmt.Sprintf("lines %d and %d are one account: nothing was taken over", seen[row.Account], row.No))
		}
		seen[row.Account] = row.No
	}
	switch {
	case len(req.Rows) == 0:
		return nil
	case req.Count != len(req.Rows):
		return domain.Refuse(domain.RefusedReason, fmt.Sprintf("the screen says %d and the file has %d rows: nothing was taken over", req.Count, len(req.Rows)))
	case req.ReadAt.After(d.now().Add(time.Minute)):
		return domain.Refuse(domain.RefusedReason, "the list was read in the future: check the time")
	}
	return nil
}

// reviewInput freezes the rules of a review: who decides, how long, and what becomes
// of silence.
func (d *Desk) reviewInput(ctx context.Context, id domain.AppID, app *domain.AppPolicy) (domain.ReviewSettings, workflows.AccessReviewInput, error) {
	p := d.Policy()
	c, rules := &cast{d: d, ctx: ctx, app: app}, p.ReviewsOf(id)
	s := domain.ReviewSettings{Roles: app.AllRoles(), Owner: c.email(app.Owner), Backup: c.email(app.Backup), Second: c.email(app.Second),
		Fallback: c.people(rules.Fallback), Money: p.ForMoneyAlone(app), Due: rules.Due, Reminders: rules.Reminders, Escalate: rules.Escalate, Silence: rules.Silence,
		PeopleAge: rules.PeopleAge, ListAge: rules.ListAge, Canary: *rules.Canary, AtOnce: rules.AtOnce, Idle: *rules.Idle, AdminsWant: rules.AdminsWant}
	admins := c.withRole(domain.RoleAdmin)
	for _, who := range append([]domain.PersonID{s.Owner, s.Backup}, admins...) {
		if who != "" && !slices.Contains(s.Provision, who) {
			s.Provision = append(s.Provision, who)
		}
	}
	tell := slices.Clone(admins)
	if s.Owner != "" && !slices.Contains(tell, s.Owner) {
		tell = append(tell, s.Owner)
	}
	in := workflows.AccessReviewInput{App: id, Queue: app.Queue, Tell: tell, Reminders: rules.Reminders, Escalate: rules.Escalate, Retry: rules.Retry, Look: rules.Look,
		Timings: timings(p.Leaving)}
	return s, in, c.err
}

// EndReview ends a review that is not complete: what is open is listed as an
// exception for good, and one of which nobody was told yet is taken back.
func (d *Desk) EndReview(ctx context.Context, a Actor, id, reason string) error {
	if err := d.allow(ctx, a, mayReview, ""); err != nil {
		return err
	}
	r, err := d.Store.Review(ctx, id)
	if err != nil {
		return missing(err)
	}
	if r.State.Ended() {
		return d.refused(ctx, a, id, domain.Refuse(domain.RefusedSettled, "the review has ended: nothing of it changes any more"))
	}
	if reason == "" {
		return d.refused(ctx, a, id, domain.Refuse(domain.RefusedReason, "say why the review ends before it is complete"))
	}
	var answer Answer
	click := Click{Run: id, About: id, Verb: "end", Name: workflows.UpdateEndReview, Attempt: d.attemptOf(a), Payload: workflows.EndReviewRequest{Person: a.Person.ID, Reason: reason}}
	return d.submit(ctx, a, click, &answer)
}
