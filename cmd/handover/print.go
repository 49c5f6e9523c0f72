package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"handover/internal/api"
)

// show prints a value as JSON where a program reads, else as the table gives it.
func (c *cli) show(value any, table func(w *tabwriter.Writer)) error {
	if c.format == "json" {
		enc := json.NewEncoder(c.out)
		enc.SetIndent("", "  ")
		return enc.Encode(value)
	}
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	table(w)
	return w.Flush()
}

// row prints one line of a table.
func row(w *tabwriter.Writer, cells ...any) {
	parts := make([]string, 0, len(cells))
	for _, cell := range cells {
		parts = append(parts, strings.ReplaceAll(fmt.Sprint(cell), "\n", " "))
	}
	_, _ = fmt.Fprintln(w, strings.Join(parts, "\t"))
}

func clock(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

func who(p api.Person) string {
	if p.Email != "" {
		return p.Email
	}
	return p.ID
}

func names(people []api.Person) string {
	var out []string
	for _, p := range people {
		out = append(out, who(p))
	}
	return strings.Join(out, ", ")
}

func progress(s api.Step) string {
	if s.Of == 0 && s.Done == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Done, s.Of)
}

// say prints what a person hears back.
func (c *cli) say(m api.Message) error {
	if c.format == "json" {
		return c.show(m, nil)
	}
	_, err := fmt.Fprintln(c.out, m.Text)
	return err
}
