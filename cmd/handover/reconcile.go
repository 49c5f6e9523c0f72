package main

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"handover/internal/api"
	"handover/internal/client"
)

func (c *cli) reconcileCommand() *cobra.Command {
	var apps []string
	cmd := &cobra.Command{Use: "reconcile [--app A]", Short: "Compare apps with HR and the identity provider now, and show what does not agree", Args: exactly(0)}
	cmd.Flags().StringSliceVar(&apps, "app", nil, "only this app; all by default")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		readings, err := client.Post[[]api.Reading](cmd.Context(), remote, "/findings/reconcile", api.ReconcileBody{Apps: apps})
		if err != nil {
			return err
		}
		query := url.Values{}
		if len(apps) == 1 {
			query.Set("app", apps[0])
		}
		found, err := client.Get[api.Findings](cmd.Context(), remote, "/findings", query)
		if err != nil {
			return err
		}
		found.Readings = readings
		return c.showFindings(found)
	}
	cmd.AddCommand(c.reconcileList(), c.reconcileExcept(), c.reconcileApprove(), c.reconcileExceptions(), c.reconcileFix())
	return cmd
}

func (c *cli) reconcileList() *cobra.Command {
	var app, kind, state string
	var all bool
	cmd := &cobra.Command{Use: "list", Short: "What the last comparisons found", Args: exactly(0)}
	f := cmd.Flags()
	f.StringVar(&app, "app", "", "only this app")
	f.StringVar(&kind, "kind", "", "only this kind, for example left_but_active")
	f.StringVar(&state, "state", "", "only open, excepted, fixing or closed ones")
	f.BoolVar(&all, "all", false, "closed ones too")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		query := url.Values{}
		for name, value := range map[string]string{"app": app, "kind": kind, "state": state} {
			if value != "" {
				query.Set(name, value)
			}
		}
		if all {
			query.Set("all", "true")
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		found, err := client.Get[api.Findings](cmd.Context(), remote, "/findings", query)
		if err != nil {
			return err
		}
		return c.showFindings(found)
	}
	return cmd
}

func (c *cli) showFindings(found api.Findings) error {
	return c.show(found, func(w *tabwriter.Writer) {
		for _, r := range found.Readings {
			row(w, "app "+r.App, readingText(r))
		}
		if len(found.Findings) == 0 {
			row(w, "Nothing is found.")
			return
		}
		row(w, "FINDING", "SEVERITY", "KIND", "APP", "WHO", "DAYS", "STATE", "OWNER", "WHAT", "WHAT TO DO")
		for _, f := range found.Findings {
			row(w, f.ID, f.Severity, f.Kind, f.App, subject(f), f.AgeDays, f.State, who(f.Owner), joined(f.Why, tally(f.Counts)), todo(f))
		}
	})
}

func readingText(r api.Reading) string {
	switch {
	case r.Fault != "":
		return "could not be read: " + r.Fault
	case r.BeganAt == nil:
		return r.Why
	case !r.Complete:
		return joined("read "+clock(*r.BeganAt), r.Why)
	}
	given := ""
	if r.Assigned >= 0 {
		given = fmt.Sprintf("%d at the identity provider", r.Assigned)
	}
	return joined("read "+clock(*r.BeganAt), fmt.Sprintf("%d accounts", r.Accounts), given, fmt.Sprintf("%d findings", r.Found), fmt.Sprintf("%d closed", r.Closed),
		fmt.Sprintf("%d changes outside", r.Outside), r.Why)
}

func subject(f api.Finding) string {
	switch {
	case f.Email != "":
		return f.Email
	case who(f.Person) != "":
		return who(f.Person)
	}
	return f.Account
}

func tally[K ~string](n map[K]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, n[name]))
	}
	return joined(parts...)
}

func todo(f api.Finding) string {
	switch {
	case f.Exception != nil && f.Exception.Agreed:
		return "let be until " + f.Exception.Until.Local().Format(time.DateOnly) + ": " + f.Exception.Reason
	case f.Exception != nil:
		return "a second person: handover reconcile approve " + f.ID
	case f.State == "fixing":
		return "run " + f.Run
	case f.State == "closed":
		return ""
	case f.Starts:
		return "handover reconcile fix " + f.ID
	}
	return f.Command
}

func (c *cli) reconcileExcept() *cobra.Command {
	var until, reason string
	cmd := &cobra.Command{Use: "except FINDING --until DATE --reason TEXT", Short: "Ask for a finding to be let be for a time; a second person agrees", Args: exactly(1)}
	cmd.Flags().StringVar(&until, "until", "", "the last day, for example 2027-03-31")
	cmd.Flags().StringVar(&reason, "reason", "", "why, in a sentence")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		day, err := time.ParseInLocation(time.DateOnly, until, time.Local)
		if err != nil || reason == "" {
			return usage("give both: --until with a day like 2027-03-31, and --reason")
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		e, err := client.Post[api.Exception](cmd.Context(), remote, exceptionOf(args[0]), api.ExceptionBody{Until: day.AddDate(0, 0, 1), Reason: reason})
		if err != nil {
			return err
		}
		return c.showException(e, "It waits for a second person: handover reconcile approve "+e.Finding)
	}
	return cmd
}

func exceptionOf(finding string) string { return "/findings/" + url.PathEscape(finding) + "/exception" }

func (c *cli) reconcileApprove() *cobra.Command {
	var refuse bool
	cmd := &cobra.Command{Use: "approve FINDING", Short: "Agree to the exception of a finding as second person, or refuse it", Args: exactly(1)}
	cmd.Flags().BoolVar(&refuse, "refuse", false, "refuse it")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		e, err := client.Post[api.Exception](cmd.Context(), remote, exceptionOf(args[0])+"/decision", api.ExceptionDecision{Agree: !refuse})
		if err != nil {
			return err
		}
		text := "The finding is let be until " + clock(e.Until) + "."
		if refuse {
			text = "The exception is refused: the finding stays open."
		}
		return c.showException(e, text)
	}
	return cmd
}

func (c *cli) showException(e api.Exception, text string) error {
	return c.show(e, func(w *tabwriter.Writer) { row(w, text) })
}

func (c *cli) reconcileExceptions() *cobra.Command {
	return &cobra.Command{Use: "exceptions", Short: "The register of exceptions, the newest first", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		all, err := client.Get[[]api.Exception](cmd.Context(), remote, "/findings/exceptions", nil)
		if err != nil {
			return err
		}
		return c.show(all, func(w *tabwriter.Writer) {
			row(w, "FINDING", "APP", "UNTIL", "ASKED BY", "DECIDED BY", "AGREED", "REASON")
			for _, e := range all {
				row(w, e.Finding, e.App, clock(e.Until), who(e.AskedBy), who(e.DecidedBy), e.Agreed, e.Reason)
			}
		})
	}}
}

func (c *cli) reconcileFix() *cobra.Command {
	var b api.FixBody
	cmd := &cobra.Command{Use: "fix FINDING | fix --kind K --app A", Short: "Start the leaving that fixes a finding, or those of a kind: a few first, the rest when they are verified", Args: cobra.MaximumNArgs(1)}
	cmd.Flags().StringVar(&b.Kind, "kind", "", "all open findings of a kind, for example left_but_active")
	cmd.Flags().StringVar(&b.App, "app", "", "in this app")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			b.ID = args[0]
		}
		if (b.ID == "") == (b.Kind == "") || b.Kind != "" && b.App == "" {
			return usage("name one finding, or a kind and an app: fix FINDING, or fix --kind left_but_active --app apollo")
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		r, err := client.Post[api.FixReport](cmd.Context(), remote, "/findings/fix", b)
		if err != nil {
			return err
		}
		return c.show(r, func(w *tabwriter.Writer) {
			for _, f := range r.Started {
				row(w, f.Finding, "started", f.Run)
			}
			for _, f := range r.Refused {
				row(w, f.Finding, "not started", f.Why)
			}
			row(w, fmt.Sprintf("%d started, %d still wait", len(r.Started), r.Open), r.Why)
		})
	}
	return cmd
}
