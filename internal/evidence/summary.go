package evidence

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"time"

	"handover/domain"
)

// format names what a pack's parts look like.
const format = "handover-pack/1"

// Summary is what a reader wants to know first. It is built from the other
// parts of the pack.
type Summary struct {
	Format    string                                 `json:"format"`
	Run       domain.Run                             `json:"run"`
	Entries   int                                    `json:"entries"` // of the run's audit chain
	LastHash  string                                 `json:"last_hash"`
	Head      HeadPart                               `json:"head"`
	Counts    []StateCount                           `json:"counts"`
	CutOffs   []domain.CutOffTime                    `json:"cut_offs"`
	Transfers []TransferPart                         `json:"transfers"`
	People    map[domain.PersonID]domain.PersonProof `json:"-"`
	Steps     []domain.StepRecord                    `json:"-"`
	Approvals []domain.Approval                      `json:"-"`
	Tasks     []domain.Task                          `json:"-"`
}

// StateCount counts steps by app, state and channel: what was verified and what
// was attested, by an API and by people, are told apart.
type StateCount struct {
	App     domain.AppID     `json:"app"`
	State   domain.StepState `json:"state"`
	Channel domain.Channel   `json:"channel"`
	Steps   int              `json:"steps"`
}

func countSteps(steps []domain.StepRecord) []StateCount {
	tally := map[StateCount]int{}
	for _, s := range steps {
		tally[StateCount{App: s.App, State: s.State, Channel: s.Channel}]++
	}
	counts := make([]StateCount, 0, len(tally))
	for c, n := range tally {
		c.Steps = n
		counts = append(counts, c)
	}
	slices.SortFunc(counts, func(a, b StateCount) int {
		return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.State, b.State), cmp.Compare(a.Channel, b.Channel))
	})
	return counts
}

//go:embed summary.html
var summaryPage string

var printable = template.Must(template.New("summary").Funcs(template.FuncMap{
	"when": func(t time.Time) string {
		if t.IsZero() {
			return "–"
		}
		return t.UTC().Format("2006-01-02 15:04:05 UTC")
	},
	"within": func(c domain.CutOffTime) string {
		if c.Elapsed() <= c.Limit {
			return "within the limit"
		}
		return "late"
	},
}).Parse(summaryPage))

// Who says whom an id stands for, or that nobody knows any more.
func (s Summary) Who(id domain.PersonID) string {
	p, known := s.People[id]
	switch {
	case id == domain.SystemActor:
		return "Handover"
	case id == "":
		return "–"
	case !known || p.Erased():
		return fmt.Sprintf("%s (no name is kept)", id)
	case p.Name == "":
		return p.Email
	default:
		return fmt.Sprintf("%s <%s>", p.Name, p.Email)
	}
}

func (b *builder) summary(context.Context) error {
	b.sum.Counts = countSteps(b.sum.Steps)
	if err := b.pack.json(summaryName, b.sum); err != nil {
		return err
	}
	if b.run.Kind == domain.RunReview {
		return nil // it has a page of its own
	}
	return b.pack.part("summary.html", func(w io.Writer) error { return printable.Execute(w, b.sum) })
}
