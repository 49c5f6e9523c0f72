package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// ReviewChoice is what somebody decides of one line. Confirm is the second person's
// word about the decision that they saw: no verdict, or the one that stands, agrees
// with it, any other one sends it back.
type ReviewChoice struct {
	Line    int
	Verdict domain.ReviewVerdict
	Role    string
	Reason  string
	Bulk    bool
	Seconds int // that the line took; -1 where nobody counted
	Confirm bool
	Seen    int // of a confirmation: number of the decision that was looked at; refused without
}

// ReviewAnswer tells what came of choices.
type ReviewAnswer struct {
	Applied int            // decisions that were taken
	Refused map[int]string // by line: why not, and what to do
	Left    int            // lines that still wait for this person
}

// mostChoices bounds what is decided in one go.
const mostChoices = 5000

// DecideReview takes decisions on lines. Each is held to the frozen rules by
// itself; those that are refused change nothing and are named. The same decision
// twice is one more entry in the history and changes nothing else.
func (d *Desk) DecideReview(ctx context.Context, a Actor, id string, choices []ReviewChoice) (ReviewAnswer, error) {
	r, err := d.openReview(ctx, a, id)
	if err != nil {
		return ReviewAnswer{}, err
	}
	if len(choices) == 0 || len(choices) > mostChoices {
		return ReviewAnswer{}, domain.Refuse(domain.RefusedReason, fmt.Sprintf("decide between 1 and %d lines at a time", mostChoices))
	}
	b, err := d.newBallot(ctx, a, r, choices)
	if err != nil {
		return ReviewAnswer{}, err
	}
	for _, c := range choices {
		b.take(c)
	}
	answer := ReviewAnswer{Refused: b.refused}
	if len(b.refused) > 0 {
		_ = d.refuse(ctx, a, id, b.first)
	}
	if len(b.decisions) > 0 {
		if err := d.heard(ctx, b); err != nil {
			return ReviewAnswer{}, err
		}
		if answer.Applied, err = d.Store.Decide(ctx, id, b.decisions, b.marks, b.entry()); err != nil {
			return ReviewAnswer{}, err
		}
		if answer.Applied < len(b.decisions) {
			answer.Refused[0] = "some lines changed meanwhile: look at them again"
		}
	}
	if answer.Left, err = d.Store.ReviewWaiting(ctx, id, a.Person.ID); err == nil && answer.Left == 0 && answer.Applied > 0 {
		d.tellDecided(ctx, id)
	}
	return answer, err
}

// openReview finds a review in which decisions are taken.
func (d *Desk) openReview(ctx context.Context, a Actor, id string) (domain.Review, error) {
	if err := d.admit(ctx, a, id); err != nil {
		return domain.Review{}, err
	}
	r, err := d.Store.Review(ctx, id)
	switch {
	case err != nil:
		return r, missing(err)
	case r.State.Ended():
		return r, d.refused(ctx, a, id, domain.Refuse(domain.RefusedSettled, "the review has ended: nothing of it changes any more"))
	case r.State != domain.ReviewDeciding && r.State != domain.ReviewCarryingOut:
		return r, d.refused(ctx, a, id, domain.Refuse(domain.RefusedState, "the review is not open yet: who is there is still being read"))
	}
	return r, nil
}

// tellDecided lets the review know when nobody is asked any more. The desk's own
// round says it too, so that a process that dies here costs a few seconds.
func (d *Desk) tellDecided(ctx context.Context, id string) {
	d.crash("decided-not-told")
	c, err := d.Store.ReviewCounts(ctx, id)
	if err == nil && c.Waiting() == 0 {
		err = d.sayDecided(ctx, id, workflows.SignalDecided)
	}
	if err != nil {
		d.Log.WarnContext(ctx, "a review was not told that all is decided", "review", id, "error", err)
	}
}

// sayDecided says it once for each newest decision: what is decided again after all was
// decided before is news again.
func (d *Desk) sayDecided(ctx context.Context, id, name string) error {
	newest, err := d.Store.DecidedAt(ctx, id)
	if err != nil {
		return err
	}
	return d.signalReview(ctx, id, name, strconv.FormatInt(newest.UnixMicro(), 10))
}

func (d *Desk) signalReview(ctx context.Context, id, name, key string) error {
	c := store.Command{ID: fmt.Sprintf("%s:%s:%s", name, id, key), Kind: store.CommandSignal, Run: id, Name: name, Payload: []byte(`""`)}
	fresh, err := d.Store.EnqueueCommand(ctx, c)
	if err == nil && fresh {
		d.deliverNow(ctx, c.ID)
	}
	return err
}

// ballot holds choices to the rules of a review.
type ballot struct {
	actor     Actor
	review    domain.Review
	lines     map[int]domain.ReviewLine
	newest    map[int]domain.ReviewDecision // of the lines that are confirmed
	voices    []domain.PersonID             // the actor, and those they stand in for
	at        time.Time
	decisions []domain.ReviewDecision
	marks     []domain.LineMark
	seconds   map[domain.PersonID]int  // lines that wait for each of them from now on
	back      map[domain.PersonID]int  // lines that a second person sends back to each of them
	others    map[domain.PersonID]bool // whose messages show another number now
	refused   map[int]string
	first     *domain.Refusal
}

func (d *Desk) newBallot(ctx context.Context, a Actor, r domain.Review, choices []ReviewChoice) (*ballot, error) {
	b := &ballot{actor: a, review: r, lines: map[int]domain.ReviewLine{}, at: d.now(), seconds: map[domain.PersonID]int{}, back: map[domain.PersonID]int{}, others: map[domain.PersonID]bool{}, refused: map[int]string{}}
	away, err := d.absences(ctx)
	if err != nil {
		return nil, err
	}
	b.voices = append([]domain.PersonID{a.Person.ID}, domain.StandsInFor(away, a.Person.ID, b.at)...)
	least, most := choices[0].Line, choices[0].Line
	for _, c := range choices {
		least, most = min(least, c.Line), max(most, c.Line)
	}
	for _, voice := range b.voices {
		lines, err := d.Store.ReviewLines(ctx, domain.ReviewFilter{Review: r.ID, Reviewer: voice, After: least - 1, Limit: most - least + 1})
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			if l.No <= most {
				b.lines[l.No] = l
			}
		}
	}
	var confirmed []int
	for _, c := range choices {
		if _, ok := b.lines[c.Line]; ok && c.Confirm {
			confirmed = append(confirmed, c.Line)
		}
	}
	b.newest, err = d.Store.NewestDecisions(ctx, r.ID, confirmed)
	return b, err
}

func (b *ballot) refuse(line int, why *domain.Refusal) {
	b.refused[line] = why.Text
	if b.first == nil {
		b.first = why
	}
}

// voice is in whose name the actor speaks about a line: their own first.
func (b *ballot) voice(l domain.ReviewLine, confirm bool) domain.PersonID {
	want := l.Reviewer
	if confirm {
		want = l.Second
	}
	if slices.Contains(b.voices, want) {
		return want
	}
	return b.actor.Person.ID
}

func (b *ballot) take(c ReviewChoice) {
	l, ok := b.lines[c.Line]
	if !ok {
		b.refuse(c.Line, domain.Refuse(domain.RefusedUnknown, "no such line lies with you"))
		return
	}
	voice := b.voice(l, c.Confirm)
	choice := domain.Choice{Verdict: c.Verdict, Role: c.Role, Reason: strings.TrimSpace(c.Reason), Bulk: c.Bulk, Confirms: c.Confirm, Newest: b.newest[c.Line], Seen: c.Seen}
	if no := b.review.Settings.CheckChoice(l, choice, b.actor.Person.ID, voice); no != nil {
		b.refuse(c.Line, no)
		return
	}
	dec := domain.ReviewDecision{Line: l.No, Verdict: c.Verdict, Reason: choice.Reason, By: b.actor.Person.ID, Confirms: c.Confirm, At: b.at, Channel: b.actor.Channel,
		Bulk: c.Bulk, Seconds: c.Seconds}
	if voice != b.actor.Person.ID {
		dec.ActingFor = voice
	}
	to := l.AfterChoice(choice)
	if c.Confirm && to == domain.LineDecided {
		dec.Verdict, dec.Role = choice.Newest.Verdict, choice.Newest.Role
	} else if c.Verdict == domain.ReviewChange {
		role, _ := domain.FindRole(b.review.Settings.Roles, c.Role)
		dec.Role = role.Key
	}
	mark := domain.LineMark{Line: l.No, From: l.State, To: to, Newest: choice.Newest.N}
	if to == domain.LineDecided && dec.Verdict == domain.ReviewKeep {
		mark.To, mark.SettledAt = domain.LineDone, b.at // nothing is to be done
	}
	switch {
	case mark.To == domain.LineConfirm:
		b.seconds[l.Second]++
	case c.Confirm && mark.To == domain.LineOpen:
		b.back[l.Reviewer]++
	}
	b.others[l.Reviewer] = true
	if l.Second != "" {
		b.others[l.Second] = true
	}
	b.decisions, b.marks = append(b.decisions, dec), append(b.marks, mark)
	delete(b.lines, c.Line) // one decision a line in one go
}

// entry is what is written with the decisions: one event for all of them, bound to
// each by a digest, and a word to those for whom something waits from now on.
func (b *ballot) entry() domain.Entry {
	key := fmt.Sprintf("%s/decided/%s/%d", b.review.ID, b.actor.Person.ID, b.at.UnixMicro())
	n := map[domain.ReviewVerdict]int{}
	bulk, sum := 0, sha256.New()
	for _, dec := range b.decisions {
		n[dec.Verdict]++
		if dec.Bulk {
			bulk++
		}
		fmt.Fprintf(sum, "%d=%s:%s:%t\n", dec.Line, dec.Verdict, strconv.QuoteToASCII(dec.Role), dec.Confirms)
	}
	e := domain.AuditEvent{Key: key, Run: b.review.ID, Kind: domain.EventReviewDecided, Actor: b.actor.Person.ID, App: b.review.App, At: b.at,
		Digest: "v1:" + hex.EncodeToString(sum.Sum(nil)), PolicyHash: b.review.PolicyHash,
		Facts: map[string]string{"lines": strconv.Itoa(len(b.decisions)), "bulk": strconv.Itoa(bulk), "door": b.actor.Channel}}
	for _, verdict := range slices.Sorted(maps.Keys(n)) {
		e.Facts[string(verdict)] = strconv.Itoa(n[verdict])
	}
	entry := domain.Entry{Run: b.review.ID, Events: []domain.AuditEvent{e}}
	for _, who := range slices.Sorted(maps.Keys(b.others)) {
		entry.About = append(entry.About, domain.AboutReviewer(b.review.ID, who))
	}
	entry.Notices = b.words()
	return entry
}

// mostReassigned bounds what is given to somebody else in one go.
const mostReassigned = mostChoices

// ReassignReview gives lines to another reviewer: one's own, or anybody's for those
// who look after reviews. The reason is kept.
func (d *Desk) ReassignReview(ctx context.Context, a Actor, id string, lines []int, to, reason string) error {
	r, err := d.openReview(ctx, a, id)
	if err != nil {
		return err
	}
	return d.refused(ctx, a, id, d.reassign(ctx, a, r, lines, to, strings.TrimSpace(reason)))
}

func (d *Desk) reassign(ctx context.Context, a Actor, r domain.Review, numbers []int, to, reason string) error {
	if reason == "" || len(numbers) == 0 || len(numbers) > mostReassigned {
		return domain.Refuse(domain.RefusedReason, "name the lines, and say why somebody else should decide")
	}
	heir, err := d.Store.PersonByEmail(ctx, to)
	if errors.Is(err, domain.ErrNotFound) || err == nil && (heir.State == domain.PersonLeft || heir.State == domain.PersonLeaving) {
		return domain.Refuse(domain.RefusedUnknown, "nobody with this email can review here: check the spelling, or choose somebody else")
	}
	if err != nil {
		return err
	}
	filter := domain.ReviewFilter{Review: r.ID, Reviewer: a.Person.ID, States: []domain.LineState{domain.LineOpen, domain.LineException, domain.LineConfirm, domain.LineDecided, domain.LineFailed}}
	if a.Person.Has(domain.RoleAdmin) || a.Person.Has(domain.RoleSecurity) {
		filter.Reviewer = ""
	}
	lines, err := d.Store.ReviewLines(ctx, filter)
	if err != nil {
		return err
	}
	second, err := d.seconds(ctx, r.Settings)
	if err != nil {
		return err
	}
	known := map[int]domain.ReviewLine{}
	for _, l := range lines {
		known[l.No] = l
	}
	now := d.now()
	var moves []domain.ReviewAssignment
	var reopened []domain.LineMark
	seconds, about := map[int]domain.PersonID{}, []string{domain.AboutReviewer(r.ID, heir.ID)}
	for _, no := range slices.Compact(slices.Sorted(slices.Values(numbers))) {
		l, ok := known[no]
		switch {
		case !ok || filter.Reviewer != "" && l.Reviewer != a.Person.ID:
			return domain.Refuse(domain.RefusedRight, fmt.Sprintf("line %d does not lie with you, or is decided", no))
		case l.Person == heir.ID:
			return domain.Refuse(domain.RefusedSelf, fmt.Sprintf("nobody decides about their own access: give line %d to somebody else", no))
		}
		if l.State == domain.LineConfirm {
			reopened = append(reopened, domain.LineMark{Line: no, From: l.State, To: domain.LineOpen})
		}
		moves = append(moves, domain.ReviewAssignment{Line: no, To: heir.ID, By: a.Person.ID, Reason: reason, At: now})
		seconds[no] = second(heir.ID, l.Person)
		about = append(about, domain.AboutReviewer(r.ID, l.Reviewer))
	}
	e := domain.AuditEvent{Key: fmt.Sprintf("%s/assigned/%s/%d", r.ID, a.Person.ID, now.UnixMicro()), Run: r.ID, Kind: domain.EventReviewAssigned, Actor: a.Person.ID,
		Subject: heir.ID, App: r.App, Reason: reason, At: now, Facts: map[string]string{"lines": strconv.Itoa(len(moves)), "door": a.Channel}}
	slices.Sort(about)
	entry := domain.Entry{Run: r.ID, Events: []domain.AuditEvent{e}, About: slices.Compact(about), Notices: []domain.Notice{{
		ID: fmt.Sprintf("%s/assigned/%d", domain.AboutReviewer(r.ID, heir.ID), now.UnixMicro()), Run: r.ID, App: r.App, Kind: "review-opened", To: []domain.PersonID{heir.ID},
		About: domain.AboutReviewer(r.ID, heir.ID), At: now, Data: map[string]string{"review": r.ID},
		Text: fmt.Sprintf("%d lines of the access review of %s were given to you.", len(moves), r.App)}}}
	if len(reopened) > 0 { // decided by whom it no longer lies with: the new reviewer decides
		if err := d.Store.MarkLines(ctx, r.ID, reopened, domain.Entry{Run: r.ID}); err != nil {
			return err
		}
	}
	return d.Store.Reassign(ctx, r.ID, moves, seconds, entry)
}
