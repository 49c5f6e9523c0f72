package app

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"strconv"

	"handover/domain"
)

//go:embed assess.html
var assessHTML string

// assessPage is one page that needs nothing else and can be printed.
var assessPage = template.Must(template.New("assess").Funcs(template.FuncMap{
	"figure": figure, "requests": requests,
}).Parse(assessHTML))

// figure shows a number; -1 stands for one that is not known.
func figure(n int) string {
	if n < 0 {
		return "unknown"
	}
	return strconv.Itoa(n)
}

// idlers counts who is idle, and tells where some are not known.
func idlers(uses []AssessedUse) string {
	idle, unknown := 0, 0
	for _, u := range uses {
		switch u.Idle {
		case domain.Yes:
			idle++
		case domain.Unknown:
			unknown++
		}
	}
	if unknown > 0 {
		return fmt.Sprintf("%d, %d unknown", idle, unknown)
	}
	return strconv.Itoa(idle)
}

func requests(calls map[string]int) int {
	all := 0
	for _, n := range calls {
		all += n
	}
	return all
}

// WriteHTML writes the assessment as one page without anything from outside.
func (a Assessment) WriteHTML(w io.Writer) error {
	if err := assessPage.Execute(w, a); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// IdleCount is how many are idle, for a reader.
func (a Assessment) IdleCount() string {
	if a.Known.Activity == KnownNot {
		return "unknown"
	}
	return idlers(a.Activity)
}

// Owners is how many accounts of the gone are known to own something.
func (a Assessment) Owners() int {
	n := 0
	for _, o := range a.Orphans {
		if len(o.Counts) > 0 {
			n++
		}
	}
	return n
}

// Requests is how many requests the assessment made.
func (a Assessment) Requests() int { return requests(a.Calls) }
