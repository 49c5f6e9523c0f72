package slackapp

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

const helpText = "`/handover offboard @person [now]` start a leaving\n" +
	"`/handover status [@person | EMAIL | RUN]` how leavings stand\n" +
	"`/handover approvals` what waits for your decision\n" +
	"`/handover tasks` what waits for your hands\n" +
	"`/handover reviews` your open access reviews, each with a link\n" +
	"`/handover away @substitute until 2026-12-31` who stands in for you\n" +
	"`/handover help` this"

// longestList bounds what a command lists.
const longestList = 10

// words splits a command after its first word, where that is the one asked for.
func (a act) words(first string) (string, []string) {
	words := strings.Fields(a.Words)
	if len(words) < 2 || !strings.EqualFold(words[0], first) {
		return "", nil
	}
	return words[1], words[2:]
}

func (a act) firstWord() string {
	words := strings.Fields(a.Words)
	if len(words) == 0 {
		return ""
	}
	return strings.ToLower(words[0])
}

// asksForForm tells whether a command opens a form.
func (a act) asksForForm() bool { return a.Kind == actCommand && a.firstWord() == "offboard" }

func (a act) isHelp() bool {
	switch a.firstWord() {
	case "offboard", "status", "approvals", "tasks", "reviews", "away":
		return false
	}
	return true
}

var (
	mention = regexp.MustCompile(`^<@([UW][A-Z0-9]{1,62})(\|[^>]*)?>$`)
	mailto  = regexp.MustCompile(`^<mailto:([^|>]+)(\|[^>]*)?>$`)
)

// mentioned reads the user id of a mention as should_escape delivers it.
func mentioned(word string) string {
	if m := mention.FindStringSubmatch(word); m != nil {
		return m[1]
	}
	return ""
}

// linked reads an email that Slack made a link of.
func linked(word string) string {
	if m := mailto.FindStringSubmatch(word); m != nil {
		return m[1]
	}
	return word
}

// runCommand answers a command. In a channel only the one who typed it sees the
// answer.
func (x *Door) runCommand(ctx context.Context, actor desk.Actor, a act) error {
	switch a.firstWord() {
	case "status":
		return x.status(ctx, actor, a)
	case "approvals":
		return x.approvals(ctx, actor, a)
	case "tasks":
		return x.tasks(ctx, actor, a)
	case "reviews":
		return x.reviews(ctx, actor, a)
	case "away":
		return x.away(ctx, actor, a)
	}
	x.tell(ctx, a, message{text: helpText})
	return nil
}

// nameable tells whether a run may be named where a command was typed: those
// that are confidential only in direct messages.
func (a act) nameable(run domain.Run) bool {
	return !run.Confidential || strings.HasPrefix(a.Channel, "D")
}

func (x *Door) status(ctx context.Context, actor desk.Actor, a act) error {
	word, _ := a.words("status")
	email := linked(word)
	switch {
	case mentioned(word) != "":
		var err error
		if email, err = x.emailOf(ctx, mentioned(word)); err != nil {
			return err
		}
	case word != "" && !domain.LooksLikeEmail(email):
		return x.statusOfRun(ctx, actor, a, word)
	}
	f := store.RunFilter{Open: true, Limit: longestList}
	if email != "" {
		person, err := x.Desk.Store.PersonByEmail(ctx, email)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		if f.Person = person.ID; f.Person == "" {
			f.Person = domain.UnknownActor // nobody: the desk still checks the right to ask
		}
	}
	runs, err := x.Desk.Runs(ctx, actor, f)
	if err != nil {
		return err
	}
	var lines []string
	for _, run := range runs {
		if !a.nameable(run) {
			continue
		}
		detail, err := x.Desk.RunDetail(ctx, actor, run.ID)
		if err != nil {
			return err
		}
		lines = append(lines, runLines(detail, email != "")...)
	}
	if len(lines) == 0 {
		lines = []string{"No open leaving that you may see here."}
	}
	x.tell(ctx, a, message{text: escaped(strings.Join(lines, "\n"), maxText)})
	return nil
}

func (x *Door) statusOfRun(ctx context.Context, actor desk.Actor, a act, id string) error {
	detail, err := x.Desk.RunDetail(ctx, actor, id)
	if err == nil && !a.nameable(detail.Run) {
		err = domain.ErrNotFound
	}
	if err != nil {
		return err
	}
	x.tell(ctx, a, message{text: escaped(strings.Join(runLines(detail, true), "\n"), maxText)})
	return nil
}

// runLines tell how a run stands, with its steps where they were asked for.
func runLines(d desk.RunDetail, steps bool) []string {
	who := d.Subject.Email
	if d.Subject.Name != "" {
		who = d.Subject.Name + " (" + who + ")"
	}
	lines := []string{fmt.Sprintf("%s: %s, last moment %s %s, run %s", who, d.Run.State, strings.Replace(d.Run.LastMoment.Local, "T", " ", 1), d.Run.LastMoment.Zone, d.Run.ID)}
	if !steps {
		return lines
	}
	for _, s := range d.Steps {
		line := fmt.Sprintf("• %s: %s: %s", s.App, s.Title, s.State)
		if s.State == domain.StepNeedsAttention && s.Why != "" {
			line += " (" + s.Why + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

func (x *Door) approvals(ctx context.Context, actor desk.Actor, a act) error {
	rows, err := x.Desk.Approvals(ctx, actor, store.RequestFilter{Open: true, Limit: 100}, false)
	if err != nil {
		return err
	}
	var about []listed
	for _, row := range rows {
		if row.MayDecide(actor.Person.ID, x.Desk.Now()) {
			about = append(about, listed{row.ID, row.Run})
		}
	}
	return x.list(ctx, actor, a, about, "Nothing waits for your decision.")
}

func (x *Door) tasks(ctx context.Context, actor desk.Actor, a act) error {
	rows, err := x.Desk.Tasks(ctx, actor, store.RequestFilter{Open: true, Limit: 100}, false)
	if err != nil {
		return err
	}
	var about []listed
	for _, row := range rows {
		about = append(about, listed{row.ID, row.Run})
	}
	return x.list(ctx, actor, a, about, "No task waits for you.")
}

type listed struct{ about, run string }

// list shows what waits for somebody, a line each.
func (x *Door) list(ctx context.Context, actor desk.Actor, a act, all []listed, none string) error {
	var lines []string
	hidden := 0
	for _, l := range all {
		run, err := x.Desk.Store.Run(ctx, l.run)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		if !a.nameable(run) {
			hidden++
			continue
		}
		if len(lines) == longestList {
			lines = append(lines, fmt.Sprintf("… and more: `handover approvals list`, `handover tasks list` (%d in all)", len(all)-hidden))
			break
		}
		card, err := x.Desk.CardFor(ctx, actor.Person, l.about)
		if err != nil {
			return err
		}
		line := card.Title
		for _, f := range card.Facts[:min(len(card.Facts), 3)] {
			line += ", " + f.Label + ": " + f.Value
		}
		lines = append(lines, "• "+line+" ("+card.Ref+", "+l.about+")")
	}
	if hidden > 0 {
		lines = append(lines, "There is more: ask me in a direct message.")
	}
	if len(lines) == 0 {
		lines = []string{none}
	}
	x.tell(ctx, a, message{text: escaped(strings.Join(lines, "\n"), maxText)})
	return nil
}

// away sets who stands in for whoever types it, until the end of a day in the
// company's zone.
func (x *Door) away(ctx context.Context, actor desk.Actor, a act) error {
	who, rest := a.words("away")
	if len(rest) != 2 || !strings.EqualFold(rest[0], "until") {
		return domain.Refuse(domain.RefusedReason, "say who stands in and until when: /handover away @substitute until 2026-12-31")
	}
	zone, err := time.LoadLocation(x.Desk.Policy().Company.TimeZone)
	if err != nil {
		return fmt.Errorf("read company time zone: %w", err)
	}
	last, err := time.ParseInLocation(time.DateOnly, rest[1], zone)
	if err != nil {
		return domain.Refuse(domain.RefusedReason, "the date is not of the form 2026-12-31")
	}
	email := linked(who)
	if user := mentioned(who); user != "" {
		if email, err = x.emailOf(ctx, user); err != nil {
			return err
		}
	}
	set, err := x.Desk.SetAbsence(ctx, actor, actor.Person.Email, time.Time{}, last.AddDate(0, 0, 1), email)
	if err != nil {
		return err
	}
	x.say(ctx, a, fmt.Sprintf("%s stands in for you until the end of %s, also for what is open already.", x.Desk.Name(ctx, set.Substitute), rest[1]))
	return nil
}
