package evidence

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"handover/domain"
)

// table is a CSV file of a review's pack.
type table struct {
	name   string
	header []string
	rows   func(ctx context.Context, row func(...string) error) error
}

// cell keeps a spreadsheet from reading a name as a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// stamp is a time as the tables write it; empty where it never was.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// writeTable writes a CSV file row by row.
func (p *packWriter) writeTable(ctx context.Context, t table) error {
	return p.part(t.name, func(w io.Writer) error {
		out := csv.NewWriter(w)
		if err := out.Write(t.header); err != nil {
			return err
		}
		if err := t.rows(ctx, func(cells ...string) error {
			for i, c := range cells {
				cells[i] = cell(c)
			}
			return out.Write(cells)
		}); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	})
}

// name says whom an id stands for, asking once for each.
func (r *reviewBuilder) name(ctx context.Context, id domain.PersonID) (string, error) {
	if said, ok := r.who[id]; ok {
		return said, nil
	}
	said, err := nameOf(ctx, r.from, id)
	r.who[id] = said
	return said, err
}

func nameOf(ctx context.Context, from Source, id domain.PersonID) (string, error) {
	switch id {
	case "":
		return "", nil
	case domain.SystemActor:
		return "Handover", nil
	}
	proofs, err := from.PersonProofs(ctx, id)
	if err != nil || len(proofs) == 0 || proofs[len(proofs)-1].Erased() {
		return string(id), err
	}
	p := proofs[len(proofs)-1]
	return strings.TrimSpace(p.Name + " <" + p.Email + ">"), nil
}

// named are the names of several ids.
func (r *reviewBuilder) named(ctx context.Context, ids ...domain.PersonID) ([]string, error) {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		said, err := r.name(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, said)
	}
	return out, nil
}

// sheets writes the tables that people read.
func (r *reviewBuilder) sheets(ctx context.Context) error {
	for _, t := range []table{
		{"review/population.csv", []string{"line", "account", "email", "name", "person", "role", "role name", "seat", "active", "admin", "privileged", "invited", "used lately",
			"last trace of use", "hints", "reviewer", "why this reviewer", "second person", "first reviewer", "state", "verdict", "new role", "run", "settled", "why"}, r.populationRows},
		{"review/decisions.csv", []string{"line", "number", "verdict", "new role", "by", "for", "confirms", "at", "channel", "bulk", "seconds", "rule", "justification"}, r.decisionRows},
		{"review/reassigned.csv", []string{"line", "number", "from", "to", "by", "at", "reason"}, r.assignmentRows},
		{"review/removals.csv", []string{"line", "account", "verdict", "state of the line", "run", "state of the run", "requested by", "approved by", "carried out through", "done by",
			"read back as", "request id of the read-back", "at"}, r.removalRows},
		{"review/difference.csv", []string{"what", "line", "account", "email", "role", "role before"}, r.differenceRows},
		{"review/exceptions.csv", []string{"line", "account", "email", "privileged", "what", "reviewer", "why"}, r.exceptionRows},
		{"review/reminders.csv", []string{"at", "what", "to", "details"}, r.reminderRows},
	} {
		if err := r.pack.writeTable(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (r *reviewBuilder) populationRows(ctx context.Context, row func(...string) error) error {
	return r.eachLine(ctx, func(l domain.ReviewLine) error {
		people, err := r.named(ctx, l.Reviewer, l.Second, l.Given.Reviewer)
		if err != nil {
			return err
		}
		hints := make([]string, 0, len(l.Hints))
		for _, h := range l.Hints {
			hints = append(hints, string(h))
		}
		return row(strconv.Itoa(l.No), string(l.Account), l.Email, l.Name, string(l.Person), l.Role, l.RoleName, l.Seat, string(l.Active), string(l.Admin), yes(l.Privileged),
			yes(l.Invited), string(l.Seen), stamp(l.SeenAt), strings.Join(hints, " "), people[0], string(l.Because), people[1], people[2], string(l.State), string(l.Verdict),
			l.NewRole, l.Run, stamp(l.SettledAt), l.Why)
	})
}

func (r *reviewBuilder) decisionRows(ctx context.Context, row func(...string) error) error {
	return r.eachDecision(ctx, func(d domain.ReviewDecision) error {
		people, err := r.named(ctx, d.By, d.ActingFor)
		if err != nil {
			return err
		}
		seconds := ""
		if d.Seconds >= 0 {
			seconds = strconv.Itoa(d.Seconds)
		}
		return row(strconv.Itoa(d.Line), strconv.Itoa(d.N), string(d.Verdict), d.Role, people[0], people[1], yes(d.Confirms), stamp(d.At), d.Channel, yes(d.Bulk), seconds,
			string(d.Rule), d.Reason)
	})
}

func (r *reviewBuilder) assignmentRows(ctx context.Context, row func(...string) error) error {
	return r.eachAssignment(ctx, func(a domain.ReviewAssignment) error {
		people, err := r.named(ctx, a.From, a.To, a.By)
		if err != nil {
			return err
		}
		return row(strconv.Itoa(a.Line), strconv.Itoa(a.N), people[0], people[1], people[2], stamp(a.At), a.Reason)
	})
}

// removalRows tells for each removal who wanted it, who agreed, what did it and what
// showed it: four different things.
func (r *reviewBuilder) removalRows(ctx context.Context, row func(...string) error) error {
	for _, m := range r.removals {
		requester, err := r.name(ctx, m.Requester)
		if err != nil {
			return err
		}
		approved, err := r.approvers(ctx, m.Approvals)
		if err != nil {
			return err
		}
		step, _ := m.proof()
		done, err := r.doers(ctx, m.Tasks)
		if err != nil {
			return err
		}
		back, request, when := string(step.State), step.RequestID, step.SettledAt
		if m.ReadBack != nil {
			back, request, when = m.said(), m.ReadBack.RequestID, m.ReadBack.At
		}
		if err := row(strconv.Itoa(m.Line), string(m.Account), string(m.Verdict), string(m.State), m.Run, string(m.RunState), requester, approved, string(step.Channel), done,
			back, request, stamp(when)); err != nil {
			return err
		}
	}
	return nil
}

// noRun is what the pack says of a line that nobody's run carried out.
const noRun = "the app showed it; no run of ours"

// said is what was read back; "" where nothing was.
func (m RemovalPart) said() string {
	switch {
	case m.ReadBack == nil:
		return ""
	case m.Run == "":
		return noRun
	}
	return m.ReadBack.Facts["why"]
}

// proof is the step that stands for the decision, and whether the app showed it or
// two people attested it.
func (m RemovalPart) proof() (domain.StepRecord, bool) {
	want := domain.StepDeactivate
	if m.Verdict == domain.ReviewChange {
		want = domain.StepRole
	}
	for _, s := range m.Steps {
		if s.Key == want {
			return s, s.State == domain.StepVerified || s.State == domain.StepAttested
		}
	}
	return domain.StepRecord{}, false
}

func (r *reviewBuilder) approvers(ctx context.Context, approvals []domain.Approval) (string, error) {
	var said []string
	for _, a := range approvals {
		for _, d := range a.Decisions {
			who, err := r.name(ctx, d.Actor)
			if err != nil {
				return "", err
			}
			said = append(said, fmt.Sprintf("%s: %s", who, d.Verdict))
		}
	}
	return strings.Join(said, "; "), nil
}

func (r *reviewBuilder) doers(ctx context.Context, tasks []domain.Task) (string, error) {
	var said []string
	for _, t := range tasks {
		people, err := r.named(ctx, t.DoneBy, t.ConfirmedBy)
		switch {
		case err != nil:
			return "", err
		case people[0] == "":
		case people[1] == "":
			said = append(said, people[0])
		default:
			said = append(said, people[0]+", confirmed by "+people[1])
		}
	}
	return strings.Join(said, "; "), nil
}

func (r *reviewBuilder) differenceRows(_ context.Context, row func(...string) error) error {
	for _, part := range []struct {
		what  string
		lines []domain.ReviewLine
	}{{"new", r.diff.Added}, {"gone", r.diff.Gone}} {
		for _, l := range part.lines {
			if err := row(part.what, strconv.Itoa(l.No), string(l.Account), l.Email, l.RoleName, ""); err != nil {
				return err
			}
		}
	}
	for _, m := range r.diff.Changed {
		if err := row("other role", strconv.Itoa(m.Line.No), string(m.Line.Account), m.Line.Email, m.Line.RoleName, m.From); err != nil {
			return err
		}
	}
	return nil
}

// exceptionRows is the register of what did not go the ordinary way.
func (r *reviewBuilder) exceptionRows(ctx context.Context, row func(...string) error) error {
	silent := map[int]bool{}
	if err := r.eachDecision(ctx, func(d domain.ReviewDecision) error {
		if silent[d.Line] = d.Rule != ""; !silent[d.Line] {
			delete(silent, d.Line)
		}
		return nil
	}); err != nil {
		return err
	}
	return r.eachLine(ctx, func(l domain.ReviewLine) error {
		what := exceptional(l, silent[l.No])
		if what == "" {
			return nil
		}
		who, err := r.name(ctx, l.Reviewer)
		if err != nil {
			return err
		}
		return row(strconv.Itoa(l.No), string(l.Account), l.Email, yes(l.Privileged), what, who, l.Why)
	})
}

// exceptional says what is out of the ordinary about a line; "" is nothing.
func exceptional(l domain.ReviewLine, silent bool) string {
	switch {
	case silent:
		return "kept by the rule for silence"
	case l.State == domain.LineFailed:
		return "decided and not carried out"
	case l.Undecided():
		return "not decided"
	case l.State == domain.LineDecided && l.Verdict != domain.ReviewKeep, l.State == domain.LineCarrying:
		return "decided and not yet carried out"
	case l.Because == domain.BecauseNobody:
		return "without a reviewer"
	}
	return ""
}

func (r *reviewBuilder) reminderRows(ctx context.Context, row func(...string) error) error {
	for _, e := range r.told {
		to, err := r.name(ctx, e.Subject)
		if err != nil {
			return err
		}
		if err := row(stamp(e.At), string(e.Kind), to, facts(e)); err != nil {
			return err
		}
	}
	return nil
}
