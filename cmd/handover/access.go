package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"handover/domain"
	"handover/internal/app"
)

func (c *cli) accessCommand() *cobra.Command {
	var signIns bool
	cmd := &cobra.Command{Use: "access APP", Short: "Who has an app, in the app and at its identity provider, read now, on the server itself", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			told := func(int, int) {}
			if term.IsTerminal(int(os.Stderr.Fd())) {
				told = func(done, of int) { progressLine(cmd.ErrOrStderr(), "last sign-ins", done, of) }
			}
			a, err := app.ReadAccess(cmd.Context(), domain.AppID(args[0]), signIns, told)
			if err != nil {
				return err
			}
			return c.show(a, func(w *tabwriter.Writer) { accessTable(w, a, signIns) })
		}}
	cmd.Flags().BoolVar(&signIns, "sign-ins", false, "also ask for each person's last sign-in")
	return cmd
}

// progressLine shows how far long work is, on a line that is written over.
func progressLine(w io.Writer, what string, done, of int) {
	end := "\r"
	if done == of {
		end = "\n"
	}
	_, _ = fmt.Fprintf(w, "%s: %d of %d%s", what, done, of, end)
}

func accessTable(w *tabwriter.Writer, a app.Access, signIns bool) {
	provider := a.Provider
	if provider == "" {
		provider = "provider"
	}
	head := []any{"PERSON", "IN THE APP", "ADMIN", "AT " + provider}
	if signIns {
		head = append(head, "LAST SIGN-IN")
	}
	row(w, append(head, "NOTE")...)
	for _, h := range a.Holders {
		at := string(h.AtProvider)
		if h.Group != "" {
			at += ", by " + h.Group
		}
		cells := []any{h.Email, h.InApp, h.Admin, at}
		if signIns {
			cells = append(cells, lastSignIn(h.LastSignIn))
		}
		row(w, append(cells, h.Note)...)
	}
	if !a.Complete {
		row(w, "Not everybody was listed: who is missing here may have access all the same.")
	}
}

// lastSignIn never says "never" where nobody knows.
func lastSignIn(l *domain.LastSignIn) string {
	switch {
	case l == nil:
		return ""
	case l.Seen == domain.Yes && l.ToApp:
		return l.At.Local().Format(time.DateOnly)
	case l.Seen == domain.Yes:
		return l.At.Local().Format(time.DateOnly) + " (at the provider)"
	case l.Seen == domain.No:
		return "never"
	}
	return "unknown: " + l.Why
}
