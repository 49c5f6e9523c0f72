package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	temporal "go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	sim "handover/internal/sim/apollo"
)

// The lines of the review's story that are removed. The first comes back by hand,
// the second is refused at first.
const (
	comesBack = "rep-01@example.com"
	refused   = "rep-02@example.com"
	removed   = "rep-03@example.com"
	passedOn  = "rep-16@example.com" // goes from one reviewer to another
	reviewees = 40
)

func review() Scenario {
	return Scenario{Name: "review", About: "40 people are reviewed by three managers: one is silent, one gives a line away, one removal is refused and one person comes back, and the review stays open until the app shows what was decided",
		Kept:    true,
		Changes: []sim.Kind{sim.KindUser},
		Tenant:  reviewedTeam,
		Policy: func(p *PolicyText) {
			p.Plan, p.Bought = "organization", 60
			p.Reviews = "{every_months: 3, due: 14s, reminders: [4s, 8s], escalate: 10s, look: 1s, retry: 1s, canary: 1}"
		},
		Robot: func(r *Robot) {
			first := true
			r.Decide = func(a api.Approval) (string, string) {
				if a.Subject.Email == refused && first {
					first = false
					return "deny", "she still closes the books of the quarter"
				}
				return "approve", ""
			}
		},
		Play:  playReview,
		Check: checkReview}
}

// reviewedTeam has forty users: the demo's own, and representatives who own nothing.
func reviewedTeam() sim.TenantSpec {
	spec := sim.DemoTenant()
	spec.Invites, spec.Subscription.Seats = nil, 60
	active := 0
	for _, u := range spec.Users {
		if !u.Deleted {
			active++
		}
	}
	for n := 1; active < reviewees; n, active = n+1, active+1 {
		spec.Users = append(spec.Users, sim.UserSpec{Email: fmt.Sprintf("rep-%02d@example.com", n), First: "Rep", Last: fmt.Sprintf("No %02d", n),
			Created: time.Date(2024, 3, 3, 9, 0, 0, 0, time.UTC)})
	}
	return spec
}

// reviewRoster is what HR says: Eli, Aiko and Finn are everybody's managers.
func reviewRoster() []api.RosterRow {
	var rows []api.RosterRow
	rep := 0
	for _, u := range reviewedTeam().Users {
		if u.Deleted {
			continue
		}
		manager := eli
		switch {
		case u.Email == eli:
			manager = aiko
		case u.First != "Rep":
		default:
			rep++
			manager = []string{eli, aiko, finn}[min(rep/9, 2)]
		}
		rows = append(rows, api.RosterRow{Line: len(rows) + 2, Email: u.Email, Name: u.First + " " + u.Last, Manager: manager, Department: "Sales", Employment: "emp-" + u.Email, Starts: "2024-03-03"})
	}
	return rows
}

func playReview(ctx context.Context, s *Stage) ([]string, error) {
	if _, err := client.Post[api.RosterPlan](ctx, s.People[priya], "/people/roster", api.RosterBody{Rows: reviewRoster(), Apply: true}); err != nil {
		return nil, fmt.Errorf("import roster: %w", err)
	}
	if err := s.Home.Parts.Temporal.ScheduleClient().GetHandle(ctx, "review:apollo").Trigger(ctx, temporal.ScheduleTriggerOptions{}); err != nil {
		return nil, fmt.Errorf("trigger the schedule: %w", err)
	}
	id, err := s.dueReview(ctx)
	if err != nil {
		return nil, err
	}
	s.Say("  clock    the quarter's review is due: %s", id)
	open, err := s.awaitReview(ctx, id, "is open", func(r api.Review) bool { return r.State == string(domain.ReviewDeciding) })
	if err != nil {
		return nil, err
	}
	s.Say("  review   %d lines of %d users, as the app itself says; %d reviewers", open.Counts.Lines, open.Population.Total, len(open.Progress))
	if err := s.decideReview(ctx, id); err != nil {
		return nil, err
	}
	if err := errors.Join(s.carriedReview(ctx, id), s.reconciled(ctx)); err != nil {
		return nil, err
	}
	lines, err := s.reviewLines(ctx, priya, id)
	if err != nil {
		return nil, err
	}
	ids := []string{id}
	for _, l := range lines {
		if l.Run != "" {
			ids = append(ids, l.Run)
		}
	}
	return ids, nil
}

// dueReview waits for the review for which the schedule asks.
func (s *Stage) dueReview(ctx context.Context) (string, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		found, err := client.Get[[]api.Review](limited, s.People[priya], "/reviews", nil)
		if err == nil && len(found) == 1 {
			return found[0].ID, nil
		}
		select {
		case <-limited.Done():
			return "", errors.New("wait for the review that is due: none was started")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *Stage) reviewLines(ctx context.Context, as, id string) (map[string]api.ReviewLine, error) {
	page, err := client.Get[api.ReviewLines](ctx, s.People[as], "/reviews/"+url.PathEscape(id)+"/lines", url.Values{"limit": {"1000"}, "mine": {strconv.FormatBool(as != priya)}})
	found := map[string]api.ReviewLine{}
	for _, l := range page.Lines {
		found[l.Email] = l
	}
	return found, err
}

// awaitReview waits until a review is as it should be.
func (s *Stage) awaitReview(ctx context.Context, id, what string, is func(api.Review) bool) (api.Review, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		r, err := client.Get[api.Review](limited, s.People[priya], "/reviews/"+url.PathEscape(id), nil)
		if err == nil && is(r) {
			return r, nil
		}
		select {
		case <-limited.Done():
			return r, fmt.Errorf("wait until the review %s: it is %s: %s", what, r.State, r.Why)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// awaitLine waits until a line of the review is in a state.
func (s *Stage) awaitLine(ctx context.Context, id, email string, state domain.LineState) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		lines, err := s.reviewLines(limited, priya, id)
		if l := lines[email]; err == nil && l.State == string(state) {
			s.Say("  review   line %d: %s: %s", l.Line, l.State, l.Why)
			return nil
		}
		select {
		case <-limited.Done():
			return fmt.Errorf("wait for the line of %s: it is %s and not %s: %s", email, lines[email].State, state, lines[email].Why)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// decideReview is what the three managers do: Finn does nothing.
func (s *Stage) decideReview(ctx context.Context, id string) error {
	for _, who := range []string{eli, aiko} {
		lines, err := s.reviewLines(ctx, who, id)
		if err != nil {
			return err
		}
		var choices []api.ReviewChoice
		for email, l := range lines {
			c := api.ReviewChoice{Line: l.Line, Verdict: string(domain.ReviewKeep), Bulk: !l.Privileged}
			switch {
			case email == passedOn && who == aiko:
				continue
			case email == comesBack || email == refused || email == removed:
				c.Verdict, c.Bulk = string(domain.ReviewRemove), false
			case l.Privileged:
				c.Reason = "administers the tool"
			}
			choices = append(choices, c)
		}
		answer, err := client.Post[api.ReviewAnswer](ctx, s.People[who], "/reviews/"+url.PathEscape(id)+"/decisions", choices)
		if err != nil {
			return err
		}
		s.Say("  person   %s: decided %d lines, %d left, %d refused", who, answer.Applied, answer.Left, len(answer.Refused))
	}
	lines, err := s.reviewLines(ctx, aiko, id)
	if err != nil {
		return err
	}
	s.Say("  person   aiko: gives line %d to eli, with a reason", lines[passedOn].Line)
	give := map[string]any{"lines": []int{lines[passedOn].Line}, "to": eli, "reason": "moved to Eli's team last month"}
	if _, err := client.Post[api.Message](ctx, s.People[aiko], "/reviews/"+url.PathEscape(id)+"/reassign", give); err != nil {
		return err
	}
	keep := []api.ReviewChoice{{Line: lines[passedOn].Line, Verdict: string(domain.ReviewKeep)}}
	if _, err := client.Post[api.ReviewAnswer](ctx, s.People[eli], "/reviews/"+url.PathEscape(id)+"/decisions", keep); err != nil {
		return err
	}
	s.Say("  person   finn: says nothing, is reminded twice, and his silence is told on")
	return nil
}

// carriedReview is what happens to the three removals.
func (s *Stage) carriedReview(ctx context.Context, id string) error {
	r, err := s.awaitReview(ctx, id, "is carried out", func(r api.Review) bool { return r.State == string(domain.ReviewCarryingOut) })
	if err != nil {
		return err
	}
	s.Say("  review   %d lines were kept because nobody decided, and say so", r.Counts.Silent)
	if err := s.awaitLine(ctx, id, comesBack, domain.LineDone); err != nil {
		return err
	}
	if err := s.awaitLine(ctx, id, refused, domain.LineFailed); err != nil {
		return err
	}
	s.Say("  person   somebody reactivates %s in the app, past everybody", comesBack)
	if err := s.App.Reactivate(comesBack); err != nil {
		return err
	}
	if err := s.awaitLine(ctx, id, comesBack, domain.LineFailed); err != nil {
		return err
	}
	if r, err = s.awaitReview(ctx, id, "says what failed", func(r api.Review) bool { return r.Counts != nil && r.Counts.ByState[string(domain.LineFailed)] == 2 }); err != nil {
		return err
	}
	s.Say("  review   %s, though everybody decided: two decisions are not what the app shows", r.State)
	if err := s.settleFailed(ctx, id); err != nil {
		return err
	}
	r, err = s.awaitReview(ctx, id, "is complete", func(r api.Review) bool { return r.State == string(domain.ReviewComplete) })
	if err == nil {
		s.Say("  review   complete: digest %s", short(r.Digest))
	}
	return err
}

// settleFailed is what people do about both: the run that read the app back has seen
// that access is there again and is told to cut it once more, and the line that was
// refused is decided again.
func (s *Stage) settleFailed(ctx context.Context, id string) error {
	lines, err := s.reviewLines(ctx, eli, id)
	if err != nil {
		return err
	}
	retry := "/runs/" + lines[comesBack].Run + "/steps/apollo/" + string(domain.StepDeactivate) + "/retry"
	for {
		run, err := s.ended(ctx, lines[comesBack].Run)
		if err != nil {
			return err
		}
		if run.State == string(domain.RunNeedsAttention) {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for run %s to notice that access is back: it is %s", run.ID, run.State)
		case <-time.After(100 * time.Millisecond):
		}
	}
	s.Say("  person   priya: its run has noticed too; cut it again")
	if _, err := client.Post[api.Message](ctx, s.People[priya], retry, map[string]any{}); err != nil {
		return err
	}
	s.Say("  person   eli: decides line %d again", lines[refused].Line)
	again := []api.ReviewChoice{{Line: lines[refused].Line, Verdict: string(domain.ReviewRemove), Reason: "settled with her manager"}}
	_, err = client.Post[api.ReviewAnswer](ctx, s.People[eli], "/reviews/"+url.PathEscape(id)+"/decisions", again)
	return err
}

// checkReview holds the review against the app, and its messages against what people
// should have been told.
func checkReview(ctx context.Context, s *Stage) error {
	for _, u := range s.App.State().Users {
		gone := u.Email == comesBack || u.Email == refused || u.Email == removed || u.Email == "jonas.berg@example.com"
		if u.Active == gone {
			return fmt.Errorf("%s: can log in is %t", u.Email, u.Active)
		}
	}
	lines, err := s.reviewLines(ctx, priya, s.runs[0])
	if err != nil {
		return err
	}
	silent := 0
	for _, l := range lines {
		if l.State != string(domain.LineDone) {
			return fmt.Errorf("line %d is %s in a complete review", l.Line, l.State)
		}
		if l.Reviewer.Email == finn {
			silent++
		}
	}
	r, err := client.Get[api.Review](ctx, s.People[ruth], "/reviews/"+url.PathEscape(s.runs[0]), nil)
	switch {
	case err != nil:
		return err
	case len(lines) != reviewees || r.Population.Total < reviewees:
		return fmt.Errorf("%d lines of %d users", len(lines), r.Population.Total)
	case silent == 0 || r.Counts.Silent != silent:
		return fmt.Errorf("%d lines lay with the silent reviewer and %d were kept by the rule", silent, r.Counts.Silent)
	case r.Digest == "" || r.Frozen == "":
		return errors.New("the review ended without its digests")
	}
	failed, err := client.Get[[]api.Event](ctx, s.People[ruth], "/audit", url.Values{"kind": {string(domain.EventReviewFailed)}})
	if err == nil && len(failed) < 2 {
		err = fmt.Errorf("the record tells of %d failed lines, not of both", len(failed))
	}
	return err
}

// reconciled compares the app with HR, as every night, and wants what is wrong with it
// found: Jonas, who was deactivated long ago, still owns what nobody works.
func (s *Stage) reconciled(ctx context.Context) error {
	if _, err := client.Post[[]api.Reading](ctx, s.People[priya], "/findings/reconcile", api.ReconcileBody{}); err != nil {
		return err
	}
	found, err := client.Get[api.Findings](ctx, s.People[ruth], "/findings", nil)
	if err != nil {
		return err
	}
	orphaned := false
	for _, f := range found.Findings {
		s.Say("  finding  %s in %s: %s", f.Kind, f.App, f.Why)
		orphaned = orphaned || f.Kind == string(domain.FoundOrphanedRecords)
	}
	if !orphaned {
		return errors.New("the night's comparison did not find what the gone still own")
	}
	return nil
}
