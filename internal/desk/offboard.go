package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// OffboardRequest asks for a leaving.
type OffboardRequest struct {
	Email        string                       `json:"email"`
	Account      domain.AccountID             `json:"account"`
	Apps         []domain.AppID               `json:"apps"`
	Heirs        map[domain.RecordKind]string `json:"heirs"` // emails
	LastMoment   *domain.LastMoment           `json:"last_moment"`
	Now          bool                         `json:"now"`
	CutNow       bool                         `json:"cut_now"`
	Confidential bool                         `json:"confidential"`
	LegalHold    bool                         `json:"legal_hold"`
	Reason       string                       `json:"reason"`
	Employment   string                       `json:"employment"` // HR's key; empty for a run that no HR event stands behind
	Readers      []string                     `json:"readers"`    // emails of those who may see a confidential run
	Key          string                       `json:"key"`        // the caller's own idempotency key
}

// Offboard starts a leaving, or finds the run that stands for it already. What
// can only be a mistake is refused before anything is written: an unknown
// person, a successor who does not fit, a last moment that cannot be meant. Every
// refusal is in the audit log.
func (d *Desk) Offboard(ctx context.Context, a Actor, req OffboardRequest) (domain.Run, bool, error) {
	if err := d.mayOffboard(ctx, a, req); err != nil {
		return domain.Run{}, false, err
	}
	run, created, err := d.offboard(ctx, a, req)
	return run, created, d.refused(ctx, a, "", err)
}

func (d *Desk) offboard(ctx context.Context, a Actor, req OffboardRequest) (domain.Run, bool, error) {
	due, moment, err := d.moment(req)
	if err != nil {
		return domain.Run{}, false, domain.Refuse(domain.RefusedReason, err.Error())
	}
	apps, all, err := appsOf(d.Policy(), req.Apps)
	if err != nil {
		return domain.Run{}, false, err
	}
	leaver, err := d.identify(ctx, a, req, apps)
	if err != nil {
		return domain.Run{}, false, err
	}
	if leaver.ID == a.Person.ID {
		return domain.Run{}, false, domain.Refuse(domain.RefusedSelf, "nobody starts their own leaving: ask an administrator")
	}
	return d.create(ctx, a, req, leaver, apps, all, due, moment)
}

func (d *Desk) mayOffboard(ctx context.Context, a Actor, req OffboardRequest) error {
	if a.Channel == "hr" {
		return nil
	}
	if req.CutNow {
		return d.allow(ctx, a, mayCutNow, "")
	}
	return d.allow(ctx, a, mayStart, "")
}

// moment finds the instant of a request; now where it says so.
func (d *Desk) moment(req OffboardRequest) (time.Time, domain.LastMoment, error) {
	zone, err := time.LoadLocation(d.Policy().Company.TimeZone)
	if err != nil {
		return time.Time{}, domain.LastMoment{}, fmt.Errorf("read company time zone: %w", err)
	}
	if req.Now || req.CutNow {
		now := d.now()
		return now, domain.MomentAt(now, zone), nil
	}
	if req.LastMoment == nil {
		return time.Time{}, domain.LastMoment{}, errors.New("say when: a last moment with a zone, --now, or --cut-now")
	}
	m := *req.LastMoment
	if m.Zone == "" {
		m.Zone = zone.String()
	}
	if err := m.Check(d.now()); err != nil {
		return time.Time{}, m, err
	}
	due, err := m.Instant()
	return due, m, err
}

// identify finds out who leaves. HR is taken at its word; a person's command is
// checked against the apps first, so that a typing error starts nothing.
func (d *Desk) identify(ctx context.Context, a Actor, req OffboardRequest, apps []domain.AppID) (domain.Person, error) {
	if a.Channel == "hr" || req.CutNow {
		if !domain.LooksLikeEmail(req.Email) {
			return domain.Person{}, domain.Refuse(domain.RefusedReason, "give the person's work email")
		}
		if a.Channel != "hr" && d.mistyped(ctx, req, apps) {
			return domain.Person{}, domain.Refuse(domain.RefusedUnknown, unknownPerson)
		}
		return d.Store.UpsertPerson(ctx, req.Email, "")
	}
	if req.Account == "" && !domain.LooksLikeEmail(req.Email) {
		return domain.Person{}, domain.Refuse(domain.RefusedReason, "give the person's work email, or the id of the account in the app")
	}
	answers, err := d.preview(ctx, req, apps, true)
	if err != nil {
		return domain.Person{}, err
	}
	email, name, err := agree(req, answers)
	if err != nil {
		return domain.Person{}, err
	}
	if email == "" {
		known, err := d.Store.PersonByEmail(ctx, req.Email)
		if err != nil {
			return domain.Person{}, domain.Refuse(domain.RefusedUnknown, unknownPerson)
		}
		return known, d.checkHeirsStay(ctx, a, req, known)
	}
	leaver, err := d.behind(ctx, req.Account, apps, email, name)
	if err != nil {
		return leaver, err
	}
	return leaver, d.checkHeirsStay(ctx, a, req, leaver)
}

const unknownPerson = "nobody with this email is known to HR or to any app of the policy: check the spelling"

// mistyped tells that a security termination names nobody: its run would report
// a verified absence while the person who was meant keeps access. An app that
// does not answer stops nothing.
func (d *Desk) mistyped(ctx context.Context, req OffboardRequest, apps []domain.AppID) bool {
	if _, err := d.Store.PersonByEmail(ctx, req.Email); !errors.Is(err, domain.ErrNotFound) {
		return false
	}
	answers, err := d.preview(ctx, req, apps, true)
	for _, answer := range answers {
		if answer.Fault != "" || answer.Result.Found || answer.Result.Ambiguous > 0 || !answer.Result.Complete && !answer.Result.Hidden {
			return false
		}
	}
	return err == nil
}

// agree reads one person out of what the apps answered.
func agree(req OffboardRequest, answers []workflows.PreviewAnswer) (email, name string, err error) {
	for _, answer := range answers {
		r := answer.Result
		switch {
		case answer.Fault != "":
			return "", "", domain.Refuse(domain.RefusedState, answer.Text)
		case r.Ambiguous > 0:
			return "", "", domain.Refuse(domain.RefusedState, fmt.Sprintf("%d users in %s have this email: give the account id instead of the email", r.Ambiguous, answer.App))
		case r.Problem != "":
			return "", "", domain.Refuse(domain.RefusedState, r.Problem)
		case r.Hidden:
			continue // nobody can look the person up there
		case !r.Found && !r.Complete:
			return "", "", domain.Refuse(domain.RefusedState, "the list of users of "+answer.App+" was cut short: try again")
		case r.Found && email == "":
			email, name = r.Email, r.Name
		}
	}
	if req.Account != "" && email == "" {
		return "", "", domain.Refuse(domain.RefusedUnknown, "no app of the policy lists a user with this account id: check it, and name the app with --app")
	}
	return email, name, nil
}

// checkHeirsStay refuses a successor whose own leaving is under way, without a
// word about it to whoever may not know.
func (d *Desk) checkHeirsStay(ctx context.Context, a Actor, req OffboardRequest, leaver domain.Person) error {
	for _, email := range req.Heirs {
		heir, err := d.Store.PersonByEmail(ctx, email)
		if err != nil {
			continue // not known yet, so not leaving
		}
		leaving, err := d.Store.Leaving(ctx, heir.ID, "")
		if err != nil {
			return err
		}
		if heir.ID == leaver.ID {
			return domain.Refuse(domain.RefusedState, "nobody inherits from themselves: choose another successor")
		}
		if !leaving {
			continue
		}
		open, err := d.Store.ListRuns(ctx, store.RunFilter{Person: heir.ID, Kind: domain.RunOffboarding, Open: true, Viewer: a.Person.ID, Limit: 1})
		if err != nil {
			return err
		}
		if len(open) == 0 {
			return domain.Refuse(domain.RefusedState, "this successor does not fit: choose somebody else")
		}
		return domain.Refuse(domain.RefusedState, "the successor is leaving too: choose somebody who stays")
	}
	return nil
}

func (d *Desk) create(ctx context.Context, a Actor, req OffboardRequest, leaver domain.Person, apps []domain.AppID, all bool, due time.Time, moment domain.LastMoment) (domain.Run, bool, error) {
	readers, err := d.readers(ctx, req)
	if err != nil {
		return domain.Run{}, false, err
	}
	if req.Confidential && a.Channel != "hr" && !slices.ContainsFunc(readers, func(id domain.PersonID) bool { return id != a.Person.ID && id != leaver.ID }) {
		return domain.Run{}, false, domain.Refuse(domain.RefusedReason, "a confidential run is decided by somebody else named in it: name at least one with --reader")
	}
	key := req.Employment
	if key == "" {
		// Not HR's own, where there is one: what HR says of that must not wait for the
		// approval of a leaving that a person asked for, nor move one from a single app.
		key = store.MadeUpKey(leaver.ID)
	}
	employment, err := d.Store.UpsertEmployment(ctx, key, domain.Employment{Person: leaver.ID, Ends: due})
	if err != nil {
		return domain.Run{}, false, err
	}
	run := domain.Run{Kind: domain.RunOffboarding, Person: leaver.ID, Employment: employment.ID, Apps: apps, AllApps: all,
		Authority: authority(a, req), Requester: requester(a), Confidential: req.Confidential, CutNow: req.CutNow, LastMoment: moment,
		PolicyHash: d.Policy().Hash, StartedAt: d.now(), Readers: readers}
	in, err := d.offboardingInput(ctx, run, req, leaver, due)
	if err == nil {
		err = decidable(in)
	}
	if err == nil && all {
		err = d.endJoinings(ctx, run) // before the run is there: after a crash nobody comes this way again
	}
	if err != nil {
		return domain.Run{}, false, err
	}
	made, created, err := d.Store.CreateRun(ctx, run, func(r domain.Run) (store.RunStart, error) { return d.start(a, req, r, in) })
	if err != nil {
		return made, false, err
	}
	if !created {
		return d.standing(ctx, a, made)
	}
	d.crash("run-written-not-started")
	d.deliverNow(ctx, "start:"+made.ID)
	return made, true, nil
}

// standing gives the run that stands for a leaving already to whoever may see it.
func (d *Desk) standing(ctx context.Context, a Actor, run domain.Run) (domain.Run, bool, error) {
	if a.Channel == "hr" || run.VisibleTo(a.Person) {
		return run, false, nil
	}
	_ = d.refuse(ctx, a, run.ID, domain.Refuse(domain.RefusedRight, ""))
	return domain.Run{}, false, &domain.Refusal{Code: domain.RefusedState, Text: "this leaving is not for you to start: ask the security team", Private: true}
}

// decidable refuses what could never go on because nobody is left to decide it.
// HR's word cuts access without a decision and is never refused for that.
func decidable(in workflows.OffboardingInput) error {
	decidable := func(p domain.ApprovalPolicy) bool {
		return domain.Approval{Policy: p, Subject: in.Person, Requester: in.Requester}.Decidable() == nil
	}
	if in.CutNow && in.ConfirmFirst && !decidable(in.ConfirmCutNow) {
		return domain.Refuse(domain.RefusedState, "the policy wants a second person before access is cut, and names nobody but you: add one with the role security")
	}
	for _, app := range in.Apps {
		if in.NeedsApproval && in.Authority == domain.AuthorityPerson && !decidable(app.ForStart) {
			return domain.Refuse(domain.RefusedState, "nobody is left to approve this for "+string(app.App)+" but you or the leaver: name more approvers in the policy file")
		}
	}
	return nil
}

// start is what is written together with the run.
func (d *Desk) start(a Actor, req OffboardRequest, r domain.Run, in workflows.OffboardingInput) (store.RunStart, error) {
	in.Run = r.ID
	payload, err := json.Marshal(in)
	if err != nil {
		return store.RunStart{}, fmt.Errorf("encode input: %w", err)
	}
	e := domain.AuditEvent{Key: r.ID + "/started", Run: r.ID, Kind: domain.EventRunStarted, Actor: r.Requester, ActingFor: a.ActingFor,
		Subject: r.Person, PolicyHash: r.PolicyHash, Zone: r.LastMoment.Zone, At: r.StartedAt,
		Facts: map[string]string{"authority": string(r.Authority), "due": in.Due.UTC().Format(time.RFC3339), "door": a.Channel}}
	if !req.Confidential {
		e.Reason = req.Reason
	}
	if r.CutNow {
		e.Facts["cut_now"] = "true"
	}
	return store.RunStart{Input: payload, Events: []domain.AuditEvent{e},
		Command: store.Command{ID: "start:" + r.ID, Kind: store.CommandStart, Run: r.ID, Name: workflows.OffboardingType, Payload: payload}}, nil
}

func authority(a Actor, req OffboardRequest) domain.Authority {
	switch {
	case req.CutNow:
		return domain.AuthoritySecurity
	case a.Channel == "hr":
		return domain.AuthorityHR
	default:
		return domain.AuthorityPerson
	}
}

func requester(a Actor) domain.PersonID {
	if a.Channel == "hr" {
		return domain.SystemActor
	}
	return a.Person.ID
}

func (d *Desk) readers(ctx context.Context, req OffboardRequest) ([]domain.PersonID, error) {
	var ids []domain.PersonID
	for _, email := range req.Readers {
		if !domain.LooksLikeEmail(email) {
			return nil, domain.Refuse(domain.RefusedReason, "a reader is named by work email")
		}
		p, err := d.Store.UpsertPerson(ctx, email, "")
		if err != nil {
			return nil, err
		}
		ids = append(ids, p.ID)
	}
	return ids, nil
}
