package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// carried is one decided line on its way to its run.
type carried struct {
	review domain.Review
	line   domain.ReviewLine
	nth    int       // decision that stands
	at     time.Time // when it was made
	actor  Actor     // who made it
}

// begunFor finds the run that a process which died had begun for a line: of the same
// person, in this app alone, asked for by the same reviewer since it was decided so.
// The run of an earlier decision is not it.
func (d *Desk) begunFor(ctx context.Context, c carried) (domain.Run, error) {
	person, err := d.Store.PersonByEmail(ctx, c.line.Email)
	if err != nil {
		return domain.Run{}, ignoreUnknown(err)
	}
	kind := domain.RunOffboarding
	if c.line.Verdict == domain.ReviewChange {
		kind = domain.RunRoleChange
	}
	runs, err := d.Store.ListRuns(ctx, store.RunFilter{Kind: kind, Person: person.ID, Viewer: c.actor.Person.ID})
	for _, run := range runs { // the newest first
		if run.State == domain.RunDenied || run.State == domain.RunRetracted || run.Requester != c.actor.Person.ID ||
			!slices.Equal(run.Apps, []domain.AppID{c.review.App}) || run.StartedAt.Before(c.at) {
			continue
		}
		if why, err := d.otherwise(ctx, c, run); err != nil || why == "" {
			return run, err
		}
	}
	return domain.Run{}, err
}

func ignoreUnknown(err error) error {
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	return err
}

// discreet is why no run could begin, for everybody who reads the review: that
// somebody leaves is not for them.
func discreet(why *domain.Refusal) string {
	if why.Private {
		return "this cannot be done for this person now: ask an administrator"
	}
	return why.Text
}

// decider is whoever decided, not who confirmed; in their own name, or in that of
// the absent reviewer, as they did.
func (d *Desk) decider(ctx context.Context, decisions []domain.ReviewDecision) (Actor, error) {
	for _, dec := range slices.Backward(decisions) {
		if !dec.Confirms && dec.Rule == "" {
			p, err := d.Store.Person(ctx, dec.By)
			return Actor{Person: p, ActingFor: dec.ActingFor, Channel: ChannelReview}, err
		}
	}
	return Actor{}, errors.New("find who decided: nobody did")
}

// ChannelReview is the door through which a decided line starts its run. Whether
// access ends is still approved by somebody else than the reviewer.
const ChannelReview = "review"

// runFor starts the run of a line, or finds the one that stands already and does
// what was decided.
func (d *Desk) runFor(ctx context.Context, c carried) (domain.Run, error) {
	run, created, err := d.ask(ctx, c, fmt.Sprintf("access review %s, line %d", c.review.Period, c.line.No))
	if err != nil || created {
		return run, err
	}
	why, err := d.otherwise(ctx, c, run)
	if err != nil || why == "" {
		return run, err
	}
	return domain.Run{}, &domain.Refusal{Code: domain.RefusedSettled, Text: why, Private: run.Confidential}
}

func (d *Desk) ask(ctx context.Context, c carried, reason string) (domain.Run, bool, error) {
	l := c.line
	if l.Verdict == domain.ReviewChange {
		return d.changeRole(ctx, c.actor, RoleRequest{Email: l.Email, App: c.review.App, Role: l.NewRole, Reason: reason})
	}
	req := OffboardRequest{Apps: []domain.AppID{c.review.App}, Now: true, Reason: reason, Account: l.Account}
	if c.review.Population.Source == domain.SourceUpload {
		if _, err := d.Store.UpsertPerson(ctx, l.Email, l.Name); err != nil {
			return domain.Run{}, false, err
		}
		req.Account, req.Email = "", l.Email // the app shows nobody: there is no id to look up
	}
	return d.offboard(ctx, c.actor, req)
}

// otherwise says why a run that stands already does not do what was decided of a
// line; "" when it does. Its proof would be taken for that of the decision.
func (d *Desk) otherwise(ctx context.Context, c carried, run domain.Run) (string, error) {
	raw, err := d.Store.RunInput(ctx, run.ID)
	if err != nil {
		return "", err
	}
	step, why := domain.StepDeactivate, ""
	if c.line.Verdict == domain.ReviewChange {
		var in workflows.RoleChangeInput
		if err := json.Unmarshal(raw, &in); err != nil {
			return "", fmt.Errorf("read the input of a role change: %w", err)
		}
		if step = domain.StepRole; in.App.Role.Key != c.line.NewRole {
			why = "a change to another role of this person is under way: see to it, then decide this line again"
		}
	} else if why, err = d.anotherLeaving(c, run, raw); err != nil {
		return "", err
	}
	if why != "" {
		return why, nil
	}
	steps, err := d.Store.Steps(ctx, run.ID, c.review.App)
	for _, s := range steps {
		if s.Key == step && (s.State == domain.StepVerified || s.State == domain.StepAttested) && s.SettledAt.Before(c.at) {
			return "an earlier run did this before it was decided and still watches the app: have that run do it again (handover runs show " + run.ID + "), or decide this line again when it has ended", err
		}
	}
	return "", err
}

// anotherLeaving says why a leaving is not the removal that was decided.
func (d *Desk) anotherLeaving(c carried, run domain.Run, raw []byte) (string, error) {
	var in workflows.OffboardingInput
	if err := json.Unmarshal(raw, &in); err != nil {
		return "", fmt.Errorf("read the input of a leaving: %w", err)
	}
	due, err := run.LastMoment.Instant()
	if err == nil && due.After(d.now().Add(time.Minute)) {
		return "a leaving from this app is arranged for later: have it come now (handover runs reschedule), then decide this line again", nil
	}
	for _, app := range in.Apps {
		if app.App == c.review.App && app.Account != "" && app.Account != c.line.Account && c.review.Population.Source == domain.SourceApp {
			return "another account of this person is being removed: decide this line again when that run has ended", nil
		}
	}
	return "", nil
}

// failLine says that a line, as it was decided, is not carried out.
func (d *Desk) failLine(ctx context.Context, f carried, why string) error {
	r, l := f.review, f.line
	c := &cast{d: d, ctx: ctx}
	key := fmt.Sprintf("%s/line-%d/not-started-%d", r.ID, l.No, f.nth)
	e := domain.AuditEvent{Key: key, Run: r.ID, Kind: domain.EventReviewFailed, Actor: domain.SystemActor, Subject: l.Person, Target: string(l.Account), App: r.App,
		From: string(l.State), To: string(domain.LineFailed), At: d.now(), Facts: map[string]string{"line": strconv.Itoa(l.No), "why": why}}
	notice := domain.Notice{ID: key, Run: r.ID, App: r.App, Kind: "review-attention", Urgent: true, To: c.withRole(domain.RoleAdmin), About: r.ID, At: d.now(),
		Text: fmt.Sprintf("Line %d was decided and is not carried out: %s. The review stays open.", l.No, why), Data: map[string]string{"line": strconv.Itoa(l.No)}}
	if c.err != nil {
		return c.err
	}
	return d.Store.MarkLines(ctx, r.ID, []domain.LineMark{{Line: l.No, From: l.State, To: domain.LineFailed, Why: why}},
		domain.Entry{Run: r.ID, Events: []domain.AuditEvent{e}, Notices: []domain.Notice{notice}})
}
