package bench

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// row is one line of the result. A row without a bound is for information.
type row struct{ what, measured, bound, ratio, ok string }

var (
	rowsMu sync.Mutex
	rows   []row
	notes  []string
	tables []string // of their own, below the result
)

// within keeps a measured value that must not exceed its bound, and fails the
// benchmark when it does.
func within(b *testing.B, what, measured, bound string, ratio, most float64) {
	b.Helper()
	verdict := "yes"
	if ratio > most {
		verdict = "**no**"
		b.Errorf("%s: %s, bound %s: missed", what, measured, bound)
	}
	keep(row{what, measured, bound, fmt.Sprintf("%.3f", ratio), verdict})
}

// info keeps a value that has no bound.
func info(what, measured, ratio string) { keep(row{what, measured, "none", ratio, ""}) }

func keep(r row) {
	rowsMu.Lock()
	defer rowsMu.Unlock()
	rows = append(rows, r)
}

func note(format string, args ...any) {
	rowsMu.Lock()
	defer rowsMu.Unlock()
	if text := fmt.Sprintf(format, args...); !slices.Contains(notes, text) {
		notes = append(notes, text)
	}
}

// compare keeps requests made beside the least possible, by endpoint.
func compare(made, least map[string]int) {
	var t strings.Builder
	t.WriteString("| endpoint | made | least |\n|---|---:|---:|\n")
	names := map[string]bool{}
	for name := range made {
		names[name] = true
	}
	for name := range least {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(&t, "| %s | %d | %d |\n", name, made[name], least[name])
	}
	fmt.Fprintf(&t, "| all | %d | %d |\n", sum(made), sum(least))
	rowsMu.Lock()
	defer rowsMu.Unlock()
	tables = append(tables, "Requests by endpoint:\n\n"+t.String())
}

func report() string {
	var t strings.Builder
	t.WriteString("| what | measured | bound | ratio | ok |\n|---|---|---|---:|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&t, "| %s | %s | %s | %s | %s |\n", r.what, r.measured, r.bound, r.ratio, r.ok)
	}
	for _, n := range notes {
		t.WriteString("\n- " + n)
	}
	t.WriteString("\n")
	for _, table := range tables {
		t.WriteString("\n" + table)
	}
	return t.String()
}

const head = `# Benchmarks

Made by ` + "`make bench`" + `, which exits with an error when a bound is missed; written down by ` + "`make bench UPDATE=1`" + `. Ratios compare two things from one run on one machine. Times alone would say more about the machine.

`

func writeDocs() error {
	text := head + fmt.Sprintf("%s, %s/%s, %d processors.\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU()) + report()
	return os.WriteFile("../../docs/benchmarks.md", []byte(text), 0o644) //nolint:gosec // a document for everybody
}
