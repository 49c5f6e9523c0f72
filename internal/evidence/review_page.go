package evidence

import (
	"cmp"
	"context"
	_ "embed"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"handover/domain"
)

// mostPrinted bounds the rows of a table on the printable page; all of them are in
// the CSV file beside it.
const mostPrinted = 2000

// ReviewerCount is how many lines a reviewer got, and by what rule they were found.
type ReviewerCount struct {
	Reviewer domain.PersonID
	Because  domain.ReviewerReason
	Lines    int
}

// printedLine is a privileged line with its newest decision.
type printedLine struct {
	domain.ReviewLine
	Decision domain.ReviewDecision
}

// reviewPage is what the printable page shows.
type reviewPage struct {
	Review                              domain.Review
	Counts                              domain.ReviewCounts
	Decisions, Bulk, Ruled, Assignments int
	Reviewers                           []ReviewerCount
	Privileged                          []printedLine
	Policies                            []domain.ChainEntry
	Before                              domain.Review
	Diff                                domain.ReviewDifference
	Removals                            []RemovalPart
	Exceptions                          []printedLine
	Told                                []domain.AuditEvent
	Head                                HeadPart
	LastHash, Signer                    string
	Cut                                 bool // some table is longer than what is printed
	who                                 func(domain.PersonID) (string, error)
	reviewers                           map[ReviewerCount]int
	privilegedAt                        map[int]int
}

// Who says whom an id stands for, or the id where no name is kept.
func (p *reviewPage) Who(id domain.PersonID) (string, error) {
	said, err := p.who(id)
	if said == "" {
		said = "–"
	}
	return said, err
}

// Proof is the step that stands for a removal.
func (p *reviewPage) Proof(m RemovalPart) domain.StepRecord { step, _ := m.proof(); return step }

// Said is what was read back of a removal.
func (p *reviewPage) Said(m RemovalPart) string { return m.said() }

// Open are the lines that were not settled.
func (p *reviewPage) Open() int { return p.Counts.Waiting() + p.Counts.Moving() }

func (p *reviewPage) count(l domain.ReviewLine) {
	if p.reviewers == nil {
		p.Counts.ByState, p.Counts.ByVerdict = map[domain.LineState]int{}, map[domain.ReviewVerdict]int{}
		p.reviewers, p.privilegedAt = map[ReviewerCount]int{}, map[int]int{}
	}
	p.Counts.Lines++
	p.Counts.ByState[l.State]++
	if l.Verdict != "" {
		p.Counts.ByVerdict[l.Verdict]++
	}
	p.reviewers[ReviewerCount{Reviewer: l.Reviewer, Because: l.Because}]++
	if exceptional(l, false) != "" {
		p.Exceptions = p.printed(p.Exceptions, l)
	}
	if !l.Privileged {
		return
	}
	p.Counts.Privileged++
	if p.Privileged = p.printed(p.Privileged, l); p.Privileged[len(p.Privileged)-1].No == l.No {
		p.privilegedAt[l.No] = len(p.Privileged) - 1
	}
}

func (p *reviewPage) printed(rows []printedLine, l domain.ReviewLine) []printedLine {
	if len(rows) == mostPrinted {
		p.Cut = true
		return rows
	}
	return append(rows, printedLine{ReviewLine: l})
}

// decided keeps the newest decision of each line that is printed.
func (p *reviewPage) decided(d domain.ReviewDecision) {
	i, ok := p.privilegedAt[d.Line]
	if !ok {
		return
	}
	if before := p.Privileged[i].Decision; d.Reason == "" && d.Confirms && before.Verdict == d.Verdict {
		d.Reason = before.Reason // the second person agreed with what was said
	}
	p.Privileged[i].Decision = d
}

//go:embed review.html
var reviewHTML string

var printableReview = template.Must(template.New("review").Funcs(template.FuncMap{
	"when": func(t any) string { return printedTime(t) }, "facts": facts, "first": firstOf, "exceptional": func(l printedLine) string { return exceptional(l.ReviewLine, false) },
}).Parse(reviewHTML))

// facts are an event's facts in one line, sorted.
func facts(e domain.AuditEvent) string {
	var said []string
	for _, name := range slices.Sorted(maps.Keys(e.Facts)) {
		said = append(said, name+": "+e.Facts[name])
	}
	return strings.Join(said, ", ")
}

// print writes the page, with what auditors ask for as its table of contents.
func (r *reviewBuilder) print(ctx context.Context) error {
	p := &r.page
	p.Review, p.Diff, p.Removals, p.Told, p.LastHash, p.Head = r.of, r.diff, r.removals, r.told, r.sum.LastHash, r.sum.Head
	p.Signer = PublicText(r.pack.key.Public())
	p.who = func(id domain.PersonID) (string, error) { return r.name(ctx, id) }
	for k, n := range p.reviewers {
		k.Lines = n
		p.Reviewers = append(p.Reviewers, k)
	}
	slices.SortFunc(p.Reviewers, func(a, b ReviewerCount) int {
		return cmp.Or(cmp.Compare(b.Lines, a.Lines), cmp.Compare(a.Reviewer, b.Reviewer), cmp.Compare(a.Because, b.Because))
	})
	return r.pack.part("review/review.html", func(w io.Writer) error { return printableReview.Execute(w, p) })
}

func printedTime(v any) string {
	t, ok := v.(time.Time)
	if !ok || t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// firstOf are the rows of a table that are printed.
func firstOf(rows any) any {
	switch all := rows.(type) {
	case []RemovalPart:
		return all[:min(len(all), mostPrinted)]
	case []domain.AuditEvent:
		return all[:min(len(all), mostPrinted)]
	}
	return rows
}
