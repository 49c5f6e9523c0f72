package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// AccessReviewInput starts an access review. Its lines, decisions and rules are
// rows; here is only what the waiting needs.
type AccessReviewInput struct {
	Run       string            `json:"run"`
	App       domain.AppID      `json:"app"`
	Queue     string            `json:"queue"`
	Tell      []domain.PersonID `json:"tell"`      // look after the review
	Reminders []time.Duration   `json:"reminders"` // after opening
	Escalate  time.Duration     `json:"escalate"`  // after opening; 0: never
	Retry     time.Duration     `json:"retry"`     // of a review that is blocked
	Look      time.Duration     `json:"look"`      // between two looks at what is carried out; longer each time
	Timings   Timings           `json:"timings"`
}

// ReviewResult is how a review ended.
type ReviewResult struct {
	State domain.ReviewState `json:"state"`
	Why   string             `json:"why"`
}

// EndReviewRequest ends a review that is not complete, with what is open listed as
// exceptions; before anybody was asked it is taken back.
type EndReviewRequest struct {
	Person domain.PersonID `json:"person"`
	Reason string          `json:"reason"`
}

// review is the state of one access review.
type review struct {
	in      AccessReviewInput
	state   domain.ReviewState
	why     string
	opened  time.Time
	due     time.Time
	end     *EndReviewRequest
	asked   bool // reviewers were told, or are being told
	news    int  // what the desk and people said
	heard   int  // so much of it was said before the rows were last read
	counter int
}

// AccessReview takes one campaign from the frozen list to its proof: who is in the
// app is read and written down, reviewers decide line by line, silence is settled by
// the rule of the policy, removals and changes are carried out by runs of their own,
// and the app is read until it shows every one of them. It is complete only then.
func AccessReview(ctx workflow.Context, in AccessReviewInput) (ReviewResult, error) {
	r := &review{in: in, state: domain.ReviewCollecting}
	if err := r.listen(ctx); err != nil {
		return ReviewResult{}, err
	}
	result, err := r.run(ctx)
	if err != nil {
		return result, err
	}
	return result, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

func (r *review) run(ctx workflow.Context) (ReviewResult, error) {
	if err := r.freeze(ctx); err != nil {
		return ReviewResult{}, err
	}
	if r.end != nil && !r.asked {
		return r.close(ctx, domain.ReviewRetracted)
	}
	if err := r.decide(ctx); err != nil {
		return ReviewResult{}, err
	}
	return r.carryOut(ctx)
}

func (r *review) listen(ctx workflow.Context) error {
	if err := workflow.SetQueryHandler(ctx, QueryState, func() (ReviewResult, error) { return ReviewResult{State: r.state, Why: r.why}, nil }); err != nil {
		return err
	}
	if err := handle(ctx, UpdateEndReview, r.checkEnd, r.ask); err != nil {
		return err
	}
	if err := handle(ctx, UpdateRetry, func(workflow.Context, StepRequest) *domain.Refusal { return r.checkOpen() }, func(workflow.Context, StepRequest) (Answer, error) {
		r.news++
		return Answer{}, nil
	}); err != nil {
		return err
	}
	for _, name := range []string{SignalDecided, SignalCarried} {
		workflow.Go(ctx, func(ctx workflow.Context) {
			ch := workflow.GetSignalChannel(ctx, name)
			var nothing string
			for ch.Receive(ctx, &nothing) {
				r.news++
			}
		})
	}
	return nil
}

func (r *review) checkOpen() *domain.Refusal {
	if r.state.Ended() {
		return domain.Refuse(domain.RefusedSettled, "the review has ended: nothing of it changes any more")
	}
	return nil
}

func (r *review) checkEnd(_ workflow.Context, in EndReviewRequest) *domain.Refusal {
	switch {
	case r.checkOpen() != nil:
		return r.checkOpen()
	case r.end != nil:
		return domain.Refuse(domain.RefusedSettled, "somebody has ended the review already")
	case in.Reason == "":
		return domain.Refuse(domain.RefusedReason, "say why the review ends before it is complete")
	}
	return nil
}

func (r *review) ask(ctx workflow.Context, in EndReviewRequest) (Answer, error) {
	r.end = &in
	err := workflow.Await(ctx, func() bool { return r.state.Ended() })
	return Answer{}, err
}

func (r *review) next() int {
	r.counter++
	return r.counter
}

func (r *review) input(kind string) activities.ReviewInput {
	return activities.ReviewInput{Run: r.in.Run, App: r.in.App, Count: r.next(), Kind: kind, To: r.in.Tell}
}

// freeze tries until the review rests on something whole, or somebody takes it back:
// often at first, then daily, because a list that is stale today is stale tomorrow
// unless somebody acts.
func (r *review) freeze(ctx workflow.Context) error {
	for tries := 0; r.end == nil; tries++ {
		r.heard = r.news
		f, err := execute(ctx, r.in.Timings, r.in.Queue, activities.FreezeReview, r.input(""))
		if err == nil && f.Blocked == "" {
			r.state, r.opened, r.due = domain.ReviewDeciding, workflow.Now(ctx), f.DueAt
			if r.end != nil {
				return nil // taken back meanwhile: nobody is asked
			}
			r.asked = true // messages are on their way, whatever comes of the rest: it is not taken back any more
			_, err = execute(ctx, r.in.Timings, QueueHandover, activities.TellReviewers, r.input(activities.ReviewTold))
			return err
		}
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			_, f.Blocked = faultOf(err)
			in := r.input("")
			in.Why = f.Blocked
			if _, err := execute(ctx, r.in.Timings, QueueHandover, activities.BlockReview, in); err != nil {
				return err
			}
		}
		r.state, r.why = domain.ReviewBlocked, f.Blocked
		r.waitFor(ctx, growing(orDefault(r.in.Retry, time.Hour), tries, 6))
	}
	return nil
}

// daily is how often something is looked at each day before it is looked at each
// week: a review that stays open for a year keeps a short history.
const daily = 30

// growing is how long is waited: the first tries soon after each other, then daily,
// then weekly.
func growing(first time.Duration, tries, soon int) time.Duration {
	switch {
	case tries < soon:
		return first
	case tries < daily:
		return max(first, 24*time.Hour)
	}
	return max(first, 7*24*time.Hour)
}

// waitFor waits for news, or so long.
func (r *review) waitFor(ctx workflow.Context, d time.Duration) {
	awaitUntil(ctx, workflow.Now(ctx).Add(d), r.woken)
}

// woken tells that something was said which no look has taken in. What is said while
// an activity runs counts as well: the desk says each thing once.
func (r *review) woken() bool { return r.end != nil || r.news > r.heard }

// decide waits until every line is decided or the time is over. Reminders go to
// those alone who are not finished.
func (r *review) decide(ctx workflow.Context) error {
	for r.end == nil {
		at, kind := r.nextWord()
		awaitUntil(ctx, at, r.woken)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case r.end != nil:
			return nil
		case r.news > r.heard:
			r.heard = r.news
			s, err := execute(ctx, r.in.Timings, QueueHandover, activities.LookAtReview, r.input(""))
			if err != nil || s.Open == 0 {
				return err
			}
		case kind == "":
			return nil // the time to decide is over
		default:
			r.said(kind)
			if _, err := execute(ctx, r.in.Timings, QueueHandover, activities.TellReviewers, r.input(kind)); err != nil {
				return err
			}
		}
	}
	return nil
}

// nextWord is when something is said next, and what; no kind is the end.
func (r *review) nextWord() (time.Time, string) {
	at, kind := r.due, ""
	if len(r.in.Reminders) > 0 {
		if t := r.opened.Add(r.in.Reminders[0]); t.Before(at) {
			at, kind = t, activities.ReviewReminded
		}
	}
	if r.in.Escalate > 0 {
		if t := r.opened.Add(r.in.Escalate); t.Before(at) {
			at, kind = t, activities.ReviewEscalated
		}
	}
	return at, kind
}

func (r *review) said(kind string) {
	if kind == activities.ReviewEscalated {
		r.in.Escalate = 0
		return
	}
	r.in.Reminders = slices.Clone(r.in.Reminders[1:])
}

// carryOut settles silence and reads the app until it shows every decision. Runs and
// late reviewers say when there is something to look at; the clock alone looks less
// and less often, so that a review which stays open for months stays small.
func (r *review) carryOut(ctx workflow.Context) (ReviewResult, error) {
	if r.end != nil {
		return r.close(ctx, domain.ReviewExceptions)
	}
	r.heard = r.news
	s, err := execute(ctx, r.in.Timings, QueueHandover, activities.EndDeciding, r.input(""))
	if err != nil {
		return ReviewResult{}, err
	}
	r.state = domain.ReviewCarryingOut
	for looks := 0; r.end == nil; looks++ {
		if looks > 0 || s.Moving > 0 || r.news > r.heard {
			r.heard = r.news
			if s, err = r.look(ctx, s); err != nil {
				return ReviewResult{}, err
			}
		}
		if s.Open == 0 && s.Moving == 0 {
			result, err := r.close(ctx, domain.ReviewComplete)
			if err != nil || result.State.Ended() {
				return result, err
			}
		}
		if r.news > r.heard {
			looks = 0
			continue
		}
		r.waitFor(ctx, growing(orDefault(r.in.Look, time.Hour), looks, 12))
		if ctx.Err() != nil {
			return ReviewResult{}, ctx.Err()
		}
	}
	return r.close(ctx, domain.ReviewExceptions)
}

// look reads the app. One that does not answer is asked again later: what is not
// read back keeps the review open.
func (r *review) look(ctx workflow.Context, last activities.ReviewStanding) (activities.ReviewStanding, error) {
	s, err := execute(ctx, r.in.Timings, r.in.Queue, activities.ReadBackReview, r.input(""))
	switch {
	case err == nil:
		r.why = fmt.Sprintf("%d lines wait for a person, %d decisions for the app, %d of them failed", s.Open, s.Moving, s.Failed)
		return s, nil
	case ctx.Err() != nil:
		return s, err
	}
	_, r.why = faultOf(err)
	last.Moving = max(1, last.Moving)
	return last, nil
}

func (r *review) close(ctx workflow.Context, state domain.ReviewState) (ReviewResult, error) {
	in := activities.CloseInput{Run: r.in.Run, State: state, Why: endWords(state), To: r.in.Tell}
	if r.end != nil {
		in.Actor, in.Reason = r.end.Person, r.end.Reason
	}
	s, err := execute(ctx, r.in.Timings, QueueHandover, activities.CloseReview, in)
	if err != nil || !s.State.Ended() {
		return ReviewResult{State: s.State}, err
	}
	r.state, r.why = s.State, in.Why
	if state == domain.ReviewRetracted {
		return ReviewResult{State: s.State, Why: in.Why}, nil
	}
	for {
		_, err = execute(ctx, r.in.Timings, QueueHandover, activities.PackReview, r.input(""))
		if err == nil || ctx.Err() != nil {
			return ReviewResult{State: s.State, Why: in.Why}, err
		}
		_ = workflow.Sleep(ctx, orDefault(r.in.Timings.SlowRetry, defaultSlowRetry))
	}
}

func endWords(state domain.ReviewState) string {
	switch state {
	case domain.ReviewComplete:
		return "Every line is decided, and the app shows every decision carried out."
	case domain.ReviewExceptions:
		return "Somebody ended it: what was not decided or not carried out is listed as an exception."
	}
	return "Taken back before anybody was asked."
}
