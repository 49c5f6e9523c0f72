package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/store"
)

// CardFor shows somebody what an approval, a task or a step asks of them now.
func (d *Desk) CardFor(ctx context.Context, to domain.Person, about string) (Card, error) {
	kind := "approval-opened"
	if _, err := d.Store.Task(ctx, about); err == nil {
		kind = "task-opened"
	}
	return d.cardOf(ctx, to, domain.Notice{ID: about, Kind: kind, About: about})
}

// cardOf makes the card of a notice for one reader, from the rows as they stand.
func (d *Desk) cardOf(ctx context.Context, to domain.Person, n domain.Notice) (Card, error) {
	c := composer{d: d, ctx: ctx, to: to, now: d.now()}
	switch n.Kind {
	case "approval-opened", "remind", "escalate", "moved", "expired", "task-opened", "handed-over", "confirm", "unreachable":
		if request, err := d.Store.Approval(ctx, n.About); err == nil {
			return c.request(request, n), c.err
		} else if !errors.Is(err, domain.ErrNotFound) {
			return Card{}, err
		}
		if task, err := d.Store.Task(ctx, n.About); err == nil {
			return c.task(task, n), c.err
		} else if !errors.Is(err, domain.ErrNotFound) {
			return Card{}, err
		}
		if r, err := d.Store.Review(ctx, n.Run); err == nil {
			return c.unreachableReviewer(r, n), c.err
		}
	case "needs-attention":
		return c.attention(n), c.err
	case noticeReviewOpened, noticeReviewReminder, noticeReviewEscalated, noticeReviewAttention, noticeReviewClosed:
		return c.review(n), c.err
	}
	return c.note(n), c.err
}

// composer makes cards for one reader. The first error stays.
type composer struct {
	d   *Desk
	ctx context.Context
	to  domain.Person
	now time.Time
	err error
}

// ref is a short name to talk about something with. The same thing always has
// the same.
func ref(about string) string {
	sum := sha256.Sum256([]byte(about))
	return "R-" + hex.EncodeToString(sum[:4])
}

func (c *composer) keep(err error) {
	if c.err == nil && err != nil && !errors.Is(err, domain.ErrNotFound) {
		c.err = err
	}
}

// name is how a reader knows somebody.
func (c *composer) name(id domain.PersonID) string {
	switch id {
	case "":
		return "nobody"
	case domain.SystemActor:
		return "Handover"
	case domain.UnknownActor:
		return "somebody unknown"
	case c.to.ID:
		return "you"
	}
	p, err := c.d.Store.Person(c.ctx, id)
	c.keep(err)
	switch {
	case p.Name != "" && p.Email != "":
		return p.Name + " (" + p.Email + ")"
	case p.Email != "":
		return p.Email
	default:
		return "somebody whose name was erased"
	}
}

// when shows an instant in the company's zone.
func (c *composer) when(t time.Time) string {
	if t.IsZero() {
		return "no time set"
	}
	zone, err := time.LoadLocation(c.d.Policy().Company.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return t.In(zone).Format("Mon 2 Jan 2006 15:04 MST")
}

func (c *composer) run(id string) domain.Run {
	run, err := c.d.Store.Run(c.ctx, id)
	c.keep(err)
	return run
}

// runFacts are what every card about a run shows.
func (c *composer) runFacts(run domain.Run, app domain.AppID) []Fact {
	var facts []Fact
	if run.Person != "" {
		facts = append(facts, Fact{whoOf(run.Kind), c.name(run.Person)})
	}
	if app != "" {
		facts = append(facts, Fact{"App", string(app)})
	}
	if run.LastMoment.Local != "" {
		facts = append(facts, Fact{"Last moment", strings.Replace(run.LastMoment.Local, "T", " ", 1) + " " + run.LastMoment.Zone})
	}
	if run.Confidential {
		facts = append(facts, Fact{"Confidential", "speak to nobody about it who is not named in it"})
	}
	return facts
}

// whoOf says what somebody has to do with a run.
func whoOf(k domain.RunKind) string {
	switch k {
	case domain.RunOnboarding:
		return "Who joins"
	case domain.RunRoleChange:
		return "Whose role"
	default:
		return "Who leaves"
	}
}

// note only tells something.
func (c *composer) note(n domain.Notice) Card {
	run := c.run(n.Run)
	card := Card{Ref: ref(n.ID), Kind: CardNote, About: n.About, Run: n.Run, App: n.App, Title: noteTitle(n.Kind), Lead: n.Text, Urgent: n.Urgent, Settled: true}
	if n.Run != "" {
		card.Facts = c.runFacts(run, n.App)
	}
	if n.Kind == "run-concluded" {
		card.Lines = c.summary(run)
	}
	return card
}

// noteTitles say what a note is about; what nobody has to act on is for information.
var noteTitles = map[string]string{
	"run-concluded":       "A run has ended",
	"decided":             "Your request was decided",
	"app-paused":          "An app refuses our credentials",
	"hr-too-late":         "HR changed its word too late",
	"access-stands":       "Somebody may still have access",
	"leaver-came-in":      "Somebody who has left came in",
	"birthright-conflict": "Rules contradict each other",
	"hr-refused":          "HR said what cannot be meant",
	"hr-delayed":          "HR's word waits",
	"invite-waits":        "An invite waits to be accepted",
}

func noteTitle(kind string) string {
	if title := noteTitles[kind]; title != "" {
		return title
	}
	return "For your information"
}

// summary counts how the steps of a run ended, channel and verification apart,
// and how long access outlived the last moment.
func (c *composer) summary(run domain.Run) []string {
	steps, err := c.d.Store.Steps(c.ctx, run.ID, "")
	c.keep(err)
	counts := map[string]int{}
	var order []string
	for _, s := range steps {
		key := string(s.State)
		if s.State == domain.StepVerified && s.Channel != "" {
			key += " by " + string(s.Channel)
		}
		if counts[key] == 0 {
			order = append(order, key)
		}
		counts[key]++
	}
	slices.Sort(order)
	var lines []string
	for _, key := range order {
		lines = append(lines, fmt.Sprintf("%d steps %s", counts[key], key))
	}
	for _, s := range steps {
		if s.State == domain.StepSkipped && strings.HasPrefix(s.Why, "skipped:") {
			lines = append(lines, fmt.Sprintf("%s in %s: %s", s.Title, s.App, s.Why))
		}
	}
	cuts, err := c.d.Store.CutOffs(c.ctx, run.ID)
	c.keep(err)
	for _, x := range cuts {
		lines = append(lines, fmt.Sprintf("Access to %s was verified gone %s after the last moment, by %s (limit %s).", x.App, x.Elapsed().Round(time.Second), x.Channel, x.Limit))
	}
	return append(lines, "Proof: handover evidence export "+run.ID+" -o run.zip")
}

// attention shows a step that cannot go on by itself.
func (c *composer) attention(n domain.Notice) Card {
	step := domain.StepKey(n.About)
	run := c.run(n.Run)
	card := Card{Ref: ref(store.AboutStep(n.Run, n.App, step)), Kind: CardAttention, About: store.AboutStep(n.Run, n.App, step), Run: n.Run, App: n.App, Step: step,
		Title: "A step needs you", Lead: n.Text, Urgent: n.Urgent, Facts: c.runFacts(run, n.App),
		Why: "You look after this app, or were given the step."}
	steps, err := c.d.Store.Steps(c.ctx, n.Run, n.App)
	c.keep(err)
	for _, s := range steps {
		if s.Key != step {
			continue
		}
		card.Title = "A step needs you: " + s.Title
		if s.State == domain.StepNeedsAttention {
			card.Lead, card.Verbs = s.Why, []Verb{VerbRetry, VerbSkip, VerbHandOver}
			if who := n.Data["person"]; who != "" {
				card.Why = c.name(domain.PersonID(who)) + ", who was asked, could not be reached. You look after this run."
			}
			return card
		}
		card.Outcome = []string{stepOutcome(s)}
		card.Settled = s.State.Settled()
	}
	card.Settled = card.Settled || run.State.Ended()
	return card
}

func stepOutcome(s domain.StepRecord) string {
	if s.State.Settled() {
		return strings.TrimSuffix(fmt.Sprintf("Settled: the step is %s. %s", s.State, s.Why), " ")
	}
	return "It goes on: the step is " + string(s.State) + "."
}
