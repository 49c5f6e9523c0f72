package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"handover/internal/api"
	"handover/internal/client"
)

func (c *cli) offboardCommand() *cobra.Command {
	var b api.OffboardBody
	var successors []string
	var dryRun bool
	cmd := &cobra.Command{Use: "offboard EMAIL|ACCOUNT_ID", Short: "Start a leaving", Args: exactly(1)}
	f := cmd.Flags()
	f.StringSliceVar(&b.Apps, "app", nil, "only this app")
	f.StringArrayVar(&successors, "successor", nil, "[KIND=]EMAIL: who inherits, for all kinds or for one")
	f.StringVar(&b.LastMoment, "last-moment", "", "local date and time, for example 2026-12-18T17:30")
	f.StringVar(&b.Zone, "zone", "", "IANA zone of the last moment; the company's by default")
	f.BoolVar(&b.Now, "now", false, "the last moment is now: the usual rules, no wait")
	f.BoolVar(&b.CutNow, "cut-now", false, "security termination: cut first, ask afterwards")
	f.BoolVar(&b.Confidential, "confidential", false, "only those named see the run")
	f.StringSliceVar(&b.Readers, "reader", nil, "email of somebody who may see a confidential run")
	f.BoolVar(&b.LegalHold, "legal-hold", false, "cut access, leave mailboxes and records untouched")
	f.StringVar(&b.Reason, "reason", "", "why, for the record; not kept for confidential runs")
	f.BoolVar(&dryRun, "dry-run", false, "print the plan; nothing is written anywhere")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := fillOffboard(&b, args[0], successors); err != nil {
			return err
		}
		return c.offboard(cmd, b, dryRun)
	}
	return cmd
}

func fillOffboard(b *api.OffboardBody, who string, successors []string) error {
	if strings.Contains(who, "@") {
		b.Email = who
	} else {
		b.Account = who
	}
	said := 0
	for _, set := range []bool{b.Now, b.CutNow, b.LastMoment != ""} {
		if set {
			said++
		}
	}
	if said != 1 {
		return usage("say when, once: --last-moment with --zone, --now, or --cut-now")
	}
	b.Successors = map[string]string{}
	for _, s := range successors {
		kind, email, ok := strings.Cut(s, "=")
		if !ok {
			kind, email = "", s
		}
		if !strings.Contains(email, "@") {
			return usage("--successor is EMAIL or KIND=EMAIL, for example deals=eli@example.com")
		}
		b.Successors[kind] = email
	}
	return nil
}

func (c *cli) offboard(cmd *cobra.Command, b api.OffboardBody, dryRun bool) error {
	remote, err := c.api(cmd.Context())
	if err != nil {
		return err
	}
	if dryRun {
		previews, err := client.Post[[]api.Preview](cmd.Context(), remote, "/runs/preview", b)
		if err != nil {
			return err
		}
		return c.show(previews, func(w *tabwriter.Writer) { printPreviews(w, previews) })
	}
	started, err := client.Post[api.Started](cmd.Context(), remote, "/runs", b)
	if err != nil {
		return err
	}
	return c.show(started, func(w *tabwriter.Writer) {
		if !started.Created {
			row(w, "This leaving was started before; nothing new was begun.")
		}
		row(w, "run", started.Run.ID)
		row(w, "person", who(started.Run.Person))
		row(w, "last moment", started.Run.LastMoment, started.Run.Zone)
		row(w, "watch it", "handover runs watch "+started.Run.ID)
	})
}

func printPreviews(w *tabwriter.Writer, previews []api.Preview) {
	for _, p := range previews {
		switch {
		case p.Hidden:
			row(w, p.App, "shows no users", "a person looks whether there is an account")
		case !p.Found:
			row(w, p.App, "no account")
			continue
		default:
			row(w, p.App, "account "+p.Account, "active: "+p.Active)
		}
		if p.Problem != "" {
			row(w, "", "PROBLEM", p.Problem)
		}
		for _, g := range p.Plan.Guards {
			row(w, "", "guard "+string(g.Guard), string(g.State), g.Why)
		}
		for _, r := range p.Plan.Rules {
			row(w, "", r.Kind, fmt.Sprintf("%d, at most %d", r.Count, r.Ceiling), "scope "+r.Scope)
		}
		row(w, "", "mailboxes", p.Plan.Mailboxes)
		row(w, "", "scheduled emails", p.Plan.ScheduledEmails, p.Plan.Emails)
		for _, s := range p.Plan.Steps {
			row(w, "", "step "+string(s.Key), string(s.Channel), s.Why)
		}
	}
	row(w, "Nothing was written anywhere.")
}
