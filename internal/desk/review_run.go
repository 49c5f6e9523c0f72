package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"handover/domain"
	"handover/internal/store"
)

// begunFor finds the run that a process which died had begun for a line: of the same
// person, in this app alone, asked for by the same reviewer since the review opened.
func (d *Desk) begunFor(ctx context.Context, a Actor, r domain.Review, l domain.ReviewLine, resumed bool) (domain.Run, error) {
	if !resumed {
		return domain.Run{}, nil
	}
	person, err := d.Store.PersonByEmail(ctx, l.Email)
	if err != nil {
		return domain.Run{}, ignoreUnknown(err)
	}
	kind := domain.RunOffboarding
	if l.Verdict == domain.ReviewChange {
		kind = domain.RunRoleChange
	}
	runs, err := d.Store.ListRuns(ctx, store.RunFilter{Kind: kind, Person: person.ID, Viewer: a.Person.ID})
	for _, run := range runs { // the newest first
		if run.State != domain.RunDenied && run.State != domain.RunRetracted && run.Requester == a.Person.ID && slices.Equal(run.Apps, []domain.AppID{r.App}) && run.StartedAt.After(r.OpenedAt) {
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
	if why.Text == leaverWords {
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

func (d *Desk) runFor(ctx context.Context, a Actor, r domain.Review, l domain.ReviewLine, reason string) (domain.Run, error) {
	if l.Verdict == domain.ReviewChange {
		run, _, err := d.changeRole(ctx, a, RoleRequest{Email: l.Email, App: r.App, Role: l.NewRole, Reason: reason})
		return run, err
	}
	req := OffboardRequest{Apps: []domain.AppID{r.App}, Now: true, Reason: reason, Account: l.Account}
	if r.Population.Source == domain.SourceUpload {
		if _, err := d.Store.UpsertPerson(ctx, l.Email, l.Name); err != nil {
			return domain.Run{}, err
		}
		req.Account, req.Email = "", l.Email // the app shows nobody: there is no id to look up
	}
	run, created, err := d.offboard(ctx, a, req)
	if err != nil || created {
		return run, err
	}
	if due, err := run.LastMoment.Instant(); err == nil && due.After(d.now().Add(time.Minute)) {
		return run, domain.Refuse(domain.RefusedSettled, "a leaving from this app is arranged for later: have it come now (handover runs reschedule), then decide this line again")
	}
	return run, nil
}

// failLine says that a line, as it was decided for the nth time, is not carried out.
func (d *Desk) failLine(ctx context.Context, r domain.Review, l domain.ReviewLine, n int, why string) error {
	c := &cast{d: d, ctx: ctx}
	key := fmt.Sprintf("%s/line-%d/not-started-%d", r.ID, l.No, n)
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
