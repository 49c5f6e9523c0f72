package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"handover/internal/api"
	"handover/internal/client"
)

// watchEvery is how often a watched run is read again.
const watchEvery = time.Second

func (c *cli) runsCommand() *cobra.Command {
	return group("runs", "See and steer runs", c.runsList(), c.runsShow(), c.runsWatch(), c.runsReschedule(),
		c.runVerb("retract", "End a run before its cut-off"), c.runVerb("cut-now", "Cut access at once"), c.runVerb("undo", "Put back what a run changed"),
		c.stepVerb("retry-step", "retry", "Try a step again"), c.stepVerb("skip-step", "skip", "Skip a step, with a reason"), c.handOverStep())
}

func (c *cli) runsList() *cobra.Command {
	var open bool
	cmd := &cobra.Command{Use: "list", Short: "Runs, the newest first", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		runs, err := client.Get[[]api.Run](cmd.Context(), remote, "/runs", url.Values{"open": {fmt.Sprint(open)}})
		if err != nil {
			return err
		}
		return c.show(runs, func(w *tabwriter.Writer) {
			row(w, "RUN", "STATE", "PERSON", "LAST MOMENT", "STARTED")
			for _, r := range runs {
				row(w, r.ID, r.State, who(r.Person), r.LastMoment+" "+r.Zone, clock(r.StartedAt))
			}
		})
	}}
	cmd.Flags().BoolVar(&open, "open", false, "only those that have not ended")
	return cmd
}

func (c *cli) runsShow() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "One run with its steps", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		r, err := client.Get[api.Run](cmd.Context(), remote, "/runs/"+args[0], nil)
		if err != nil {
			return err
		}
		return c.show(r, func(w *tabwriter.Writer) { printRun(w, r) })
	}}
}

func printRun(w *tabwriter.Writer, r api.Run) {
	row(w, r.ID, r.State, who(r.Person), "last moment "+r.LastMoment+" "+r.Zone)
	if r.Why != "" {
		row(w, "", r.Why)
	}
	row(w, "APP", "STEP", "STATE", "CHANNEL", "DONE", "WHY")
	for _, s := range r.Steps {
		row(w, s.App, s.Step, s.State, s.Channel, progress(s), s.Why)
	}
	for _, x := range r.CutOffs {
		row(w, x.App, "time to cut-off", fmt.Sprintf("%.0f s", x.Seconds), x.Channel, "", fmt.Sprintf("limit %.0f s (%s)", x.Limit, x.Class))
	}
	for _, a := range r.Approvals {
		if a.State == "open" {
			row(w, a.App, "approval "+a.ID, a.State, "", "", a.Why+" Asked: "+names(a.Approvers))
		}
	}
	for _, t := range r.Tasks {
		if t.State == "open" || t.State == "done" {
			row(w, t.App, "task "+t.ID, t.State, "person", "", t.Title+". Owner: "+who(t.Owner))
		}
	}
	verified, attested := counts(r)
	row(w, "", fmt.Sprintf("%d verified, %d attested", verified, attested))
}

func counts(r api.Run) (verified, attested int) {
	for _, s := range r.Steps {
		switch s.State {
		case "verified":
			verified++
		case "attested":
			attested++
		}
	}
	return verified, attested
}

func ended(state string) bool { return state == "closed" || state == "retracted" || state == "denied" }

func (c *cli) runsWatch() *cobra.Command {
	return &cobra.Command{Use: "watch ID", Short: "Live progress until the run ends", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		return c.watch(cmd.Context(), remote, args[0])
	}}
}

// watch redraws the run on a terminal, and prints what changed elsewhere.
func (c *cli) watch(ctx context.Context, remote *client.Client, id string) error {
	live := c.format == "table" && term.IsTerminal(int(os.Stdout.Fd()))
	seen := map[string]string{}
	for {
		r, err := client.Get[api.Run](ctx, remote, "/runs/"+id, nil)
		if err != nil {
			return err
		}
		if live {
			_, _ = fmt.Fprint(c.out, "\033[H\033[2J")
			if err := c.show(r, func(w *tabwriter.Writer) { printRun(w, r) }); err != nil {
				return err
			}
		} else if err := c.changes(r, seen); err != nil {
			return err
		}
		if ended(r.State) {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchEvery):
		}
	}
}

func (c *cli) changes(r api.Run, seen map[string]string) error {
	steps := append([]api.Step{{Step: "run", State: r.State, Why: r.Why}}, r.Steps...)
	for _, s := range steps {
		key, now := s.App+"/"+s.Step, s.State+progress(s)+s.Why
		if seen[key] == now {
			continue
		}
		seen[key] = now
		if err := c.show(s, func(w *tabwriter.Writer) {
			row(w, time.Now().Format("15:04:05"), s.App, s.Step, s.State, s.Channel, progress(s), s.Why)
		}); err != nil {
			return err
		}
	}
	return nil
}

func (c *cli) runsReschedule() *cobra.Command {
	var moment, zone string
	cmd := &cobra.Command{Use: "reschedule ID", Short: "Move the last moment", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		if moment == "" {
			return usage("say when: --last-moment 2026-12-18T17:30 --zone Europe/Berlin")
		}
		return c.command(cmd, "/runs/"+args[0]+"/reschedule", map[string]any{"last_moment": moment, "zone": zone})
	}}
	cmd.Flags().StringVar(&moment, "last-moment", "", "local date and time")
	cmd.Flags().StringVar(&zone, "zone", "", "IANA zone; the company's by default")
	return cmd
}

// command gives a command and prints what comes back.
func (c *cli) command(cmd *cobra.Command, path string, in map[string]any) error {
	remote, err := c.api(cmd.Context())
	if err != nil {
		return err
	}
	m, err := client.Post[api.Message](cmd.Context(), remote, path, in)
	if err != nil {
		return err
	}
	return c.say(m)
}

func (c *cli) runVerb(verb, short string) *cobra.Command {
	var reason string
	cmd := &cobra.Command{Use: verb + " ID", Short: short, Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		return c.command(cmd, "/runs/"+args[0]+"/"+verb, map[string]any{"reason": reason})
	}}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return cmd
}

func (c *cli) stepVerb(name, verb, short string) *cobra.Command {
	var app, step, reason string
	var accept int
	cmd := &cobra.Command{Use: name + " ID", Short: short, Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		if app == "" || step == "" {
			return usage("name the step: --app apollo --step contacts")
		}
		return c.command(cmd, fmt.Sprintf("/runs/%s/steps/%s/%s/%s", args[0], app, step, verb), map[string]any{"reason": reason, "accept": accept})
	}}
	cmd.Flags().StringVar(&app, "app", "", "app of the step")
	cmd.Flags().StringVar(&step, "step", "", "name of the step")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	if verb == "retry" {
		cmd.Flags().IntVar(&accept, "accept", 0, "accept so many records although the plan's ceiling is lower")
	}
	return cmd
}

func (c *cli) handOverStep() *cobra.Command {
	var app, step, to string
	cmd := &cobra.Command{Use: "hand-over-step ID", Short: "Give a step to somebody else", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		if app == "" || step == "" || to == "" {
			return usage("name the step and the person: --app apollo --step lists --to eli@example.com")
		}
		return c.command(cmd, fmt.Sprintf("/runs/%s/steps/%s/%s/hand-over", args[0], app, step), map[string]any{"to": to})
	}}
	cmd.Flags().StringVar(&app, "app", "", "app of the step")
	cmd.Flags().StringVar(&step, "step", "", "name of the step")
	cmd.Flags().StringVar(&to, "to", "", "work email")
	return cmd
}
