package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"handover/domain"
	"handover/internal/app"
)

func (c *cli) assessCommand() *cobra.Command {
	var roster, id, dates, out string
	cmd := &cobra.Command{Use: "assess --roster FILE.csv [--app A] [-o FILE]", Args: exactly(0),
		Short: "Hold an app against a roster once, read only: needs an API key in the environment and nothing else"}
	f := cmd.Flags()
	f.StringVar(&roster, "roster", "", "who is with the company and who left, as CSV")
	f.StringVar(&id, "app", "", "the app of the policy file; the only one of kind apollo.io by default")
	f.StringVar(&dates, "date-format", "", "dmy, mdy or ymd, for dates such as 03/04/2026")
	f.StringVarP(&out, "output", "o", "", "write the report there")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if roster == "" {
			return usage("name the roster: handover assess --roster FILE.csv")
		}
		rows, err := readRoster(cmd, "assess", roster, dates)
		if err != nil {
			return err
		}
		a, err := app.Assess(cmd.Context(), app.AssessOptions{App: domain.AppID(id), Roster: rows, Told: telling(cmd.ErrOrStderr())})
		if err != nil {
			return err
		}
		return c.report(a, out)
	}
	return cmd
}

// telling shows what goes on: on one line that is written over where somebody looks,
// line by line in a log.
func telling(w io.Writer) func(string) {
	live := term.IsTerminal(int(os.Stderr.Fd()))
	return func(text string) {
		if live {
			_, _ = fmt.Fprintf(w, "\r\033[K%s", text)
			return
		}
		_, _ = fmt.Fprintln(w, text)
	}
}

// report shows an assessment, or writes it to a file: nothing else is written.
func (c *cli) report(a app.Assessment, out string) error {
	screen := c.out
	var file bytes.Buffer
	if out != "" {
		c.out = &file
	}
	var err error
	if c.format == "html" {
		err = a.WriteHTML(c.out)
	} else {
		err = c.show(a, func(w *tabwriter.Writer) { printAssessment(w, a) })
	}
	c.out = screen
	if err != nil || out == "" {
		return err
	}
	if err := os.WriteFile(out, file.Bytes(), 0o600); err != nil { // it names people
		return errors.New("write " + out + ": it cannot be written there: choose another place with -o")
	}
	_, err = fmt.Fprintln(c.out, "written to "+out)
	return err
}

func printAssessment(w *tabwriter.Writer, a app.Assessment) {
	row(w, "ASSESSMENT", a.App, fmt.Sprintf("%d accounts, %d people in the roster, %d requests, %s; nothing was changed", a.Accounts.Listed, a.Roster.People, a.Requests(), a.Took))
	printUsers(w, "LEAVERS STILL ACTIVE", a.Known.Leavers, a.Leavers)
	if len(a.Leaving) > 0 {
		printUsers(w, "LEAVING, HERE UNTIL THEN", app.KnownWhole, a.Leaving)
	}
	printUsers(w, "ACCOUNTS NOBODY KNOWS", a.Known.Nobodys, a.Nobodys)
	printUsers(w, "INVITES TOO OLD", a.Known.Invites, a.Invites)
	row(w, "RECORDS OF THE GONE", a.Known.Orphans.Count(a.Owners()))
	for _, o := range a.Orphans {
		row(w, "", o.Account, o.Email, tally(o.Counts), unknownKinds(o.Unknown))
	}
	row(w, "MAILBOXES STILL LINKED", a.Known.Mailboxes.Count(len(a.Boxes)))
	for _, b := range a.Boxes {
		whose := b.Email
		if !b.Listed {
			whose = "the app lists this account no more"
		}
		row(w, "", b.Account, whose, strings.Join(b.Addresses, ", "))
	}
	printUsers(w, "ADMINS WHO CAN WORK", a.Known.Admins, a.Admins.Working)
	if a.Admins.Note != "" {
		row(w, "", "note", a.Admins.Note)
	}
	printSeatsOf(w, a.Seats)
	row(w, "LAST ACTIVITY", "idle for 90 days: "+a.IdleCount())
	for _, u := range a.Activity {
		row(w, "", u.Account, u.Email, u.Last, "idle: "+string(u.Idle), u.Why)
	}
	for i, text := range a.Unknown {
		row(w, first(i, "NOT KNOWN"), text)
	}
	for i, text := range a.Commands {
		row(w, first(i, "TO CLEAN UP"), text)
	}
}

func first(i int, text string) string {
	if i == 0 {
		return text
	}
	return ""
}

func printUsers(w *tabwriter.Writer, title string, known app.Knowledge, users []app.AssessedUser) {
	row(w, title, known.Count(len(users)))
	for _, u := range users {
		admin := ""
		if u.Admin == domain.Yes {
			admin = "admin"
		}
		row(w, "", u.Account, u.Email, joined(u.Name, admin, u.Seat), u.Why)
	}
}

func unknownKinds(kinds []domain.RecordKind) string {
	if len(kinds) == 0 {
		return ""
	}
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return "not known: " + strings.Join(names, ", ")
}

func printSeatsOf(w *tabwriter.Writer, s app.AssessedSeats) {
	row(w, "SEATS", joined("bought "+figure(s.Bought), "taken "+figure(s.Occupied), "free "+figure(s.Free), "held by leavers "+figure(s.Leavers)))
	row(w, "", joined("a seat costs "+s.Price, perPeriod(s.Price, s.Period)), "free ones "+s.Idle, "leavers' "+s.Wasted)
	for _, note := range s.Notes {
		row(w, "", "note", note)
	}
}
