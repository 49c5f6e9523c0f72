package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	"handover/internal/hr"
)

func (c *cli) hrCommand() *cobra.Command {
	return group("hr", "What HR says: rosters and events", c.hrImport(), c.hrEvents())
}

func (c *cli) hrImport() *cobra.Command {
	var b api.RosterBody
	var format string
	cmd := &cobra.Command{Use: "import FILE.csv", Short: "Check a roster and show what it would do; with --apply it is carried out", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			rows, err := readRoster(cmd, "import", args[0], format)
			if err != nil {
				return err
			}
			for _, r := range rows {
				b.Rows = append(b.Rows, api.RosterRow(r))
			}
			remote, err := c.api(cmd.Context())
			if err != nil {
				return err
			}
			plan, err := client.Post[api.RosterPlan](cmd.Context(), remote, "/people/roster", b)
			if err != nil {
				return err
			}
			return c.show(plan, func(w *tabwriter.Writer) { printRoster(w, plan, b.Full) })
		}}
	f := cmd.Flags()
	f.StringVar(&b.Source, "source", "", "whose employment ids stand in the file: an HR source of the policy; hr by default")
	f.BoolVar(&b.Full, "full", false, "the file names everybody: who is missing counts as a leaver")
	f.BoolVar(&b.Apply, "apply", false, "carry it out")
	f.StringVar(&format, "date-format", "", "dmy, mdy or ymd, for dates such as 03/04/2026")
	return cmd
}

// readRoster reads a file, or standard input, and tells every problem with its
// line before anything is done with it. what names the command for its errors.
func readRoster(cmd *cobra.Command, what, name, format string) ([]domain.RosterRow, error) {
	var unread []string
	options := hr.RosterOptions{DateFormat: format, Unread: &unread}
	var in io.Reader = cmd.InOrStdin()
	shown := "standard input"
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: it is not there, or may not be read", name)
		}
		defer file.Close()
		in, shown = file, name
	}
	rows, problems := hr.ReadRoster(in, options)
	for _, p := range problems {
		where := shown
		if p.Line > 0 {
			where = fmt.Sprintf("%s:%d", shown, p.Line)
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", where, p.Text)
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s %s: nothing was done, because the file has problems: mend them and try again", what, shown)
	}
	if len(unread) > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: columns that are not known and were not read: %s\n", shown, strings.Join(unread, ", "))
	}
	return rows, nil
}

// longestList is how many people of one kind are printed; JSON has all.
const longestList = 200

func printRoster(w *tabwriter.Writer, p api.RosterPlan, full bool) {
	row(w, "people in the file", p.Rows)
	row(w, "stay as they are", p.Known)
	row(w, "new", len(p.New))
	row(w, "changed", len(p.Changed))
	row(w, "on leave, no leavers", len(p.OnLeave))
	row(w, "leaving", len(p.Leaving))
	if len(p.Past) > 0 {
		row(w, "left long ago", len(p.Past), "noted, no leaving starts: `handover reconcile` finds what they still have")
	}
	if full {
		row(w, "known and not in the file", len(p.Missing), "they count as leavers")
	}
	printPeople(w, "new", p.New)
	printPeople(w, "changed", p.Changed)
	printPeople(w, "on leave", p.OnLeave)
	for i, l := range p.Leaving {
		if i == longestList {
			row(w, "leaving", fmt.Sprintf("and %d more: see --format json", len(p.Leaving)-i))
			break
		}
		row(w, "leaving", l.Email, l.What, l.When)
	}
	printPeople(w, "left long ago", p.Past)
	printPeople(w, "missing", p.Missing)
	held := "the brake would hold leavings"
	if p.Applied {
		held = "the brake holds leavings"
	}
	if p.Held != "" {
		row(w, held, p.Held)
	}
	if p.Applied {
		row(w, "It is being carried out: `handover hr events` shows what comes of it.")
		return
	}
	row(w, "Nothing was changed. Add --apply to carry it out.")
}

func printPeople(w *tabwriter.Writer, what string, emails []string) {
	for i, email := range emails {
		if i == longestList {
			row(w, what, fmt.Sprintf("and %d more: see --format json", len(emails)-i))
			return
		}
		row(w, what, email)
	}
}

func (c *cli) hrEvents() *cobra.Command {
	var outcome, source, employment string
	var limit int
	cmd := &cobra.Command{Use: "events", Short: "What HR said, and what came of it, the newest first", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		q := url.Values{"limit": {fmt.Sprint(limit)}}
		for name, value := range map[string]string{"outcome": outcome, "source": source, "employment_id": employment} {
			if value != "" {
				q.Set(name, value)
			}
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		events, err := client.Get[[]api.HREvent](cmd.Context(), remote, "/people/hr-events", q)
		if err != nil {
			return err
		}
		return c.show(events, func(w *tabwriter.Writer) {
			row(w, "RECEIVED", "SOURCE", "TYPE", "PERSON", "LAST MOMENT", "OUTCOME", "RUN", "WHY")
			for _, e := range events {
				person := e.Email
				if e.Confidential && person == "" {
					person = "(confidential)"
				}
				row(w, clock(e.ReceivedAt), e.Source, e.Type, person, strings.TrimSpace(e.LastMoment+" "+e.Zone), e.Outcome, e.Run, e.Why)
			}
		})
	}}
	f := cmd.Flags()
	f.StringVar(&outcome, "outcome", "", "waiting, started, told, stands, superseded, held, cancelled, noted or refused")
	f.StringVar(&source, "source", "", "only of one HR source")
	f.StringVar(&employment, "employment", "", "only of one employment, by HR's id")
	f.IntVar(&limit, "limit", 100, "at most so many")
	return cmd
}
