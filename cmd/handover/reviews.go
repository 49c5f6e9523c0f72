package main

import (
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"handover/internal/api"
	"handover/internal/client"
)

func (c *cli) reviewCommand() *cobra.Command {
	return group("review", "Access reviews: who may keep their access", c.reviewStart(), c.reviewList(), c.reviewShow(), c.reviewLines(), c.reviewHistory(), c.reviewDecide(),
		c.reviewReassign(), c.reviewEnd(), c.reviewExport())
}

func reviewOf(id string) string { return "/reviews/" + url.PathEscape(id) }

func (c *cli) reviewStart() *cobra.Command {
	var b api.ReviewBody
	var list, readAt string
	cmd := &cobra.Command{Use: "start APP [--list FILE.csv --count N]", Short: "Start an access review of an app", Args: exactly(1)}
	f := cmd.Flags()
	f.StringVar(&b.Period, "period", "", "name of the period, for example 2026-Q4; today's date by default")
	f.StringVar(&b.Reason, "reason", "", "why now")
	f.StringVar(&list, "list", "", "CSV of the users as you read them off the screen, for an app that shows Handover nobody")
	f.IntVar(&b.Count, "count", -1, "the number of users that the screen shows")
	f.StringVar(&readAt, "read-at", "", "when you read it off the screen, with its zone, for example 2026-12-18T09:30:00+01:00; now by default")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		b.App = args[0]
		if err := withList(cmd, &b, list, readAt); err != nil {
			return err
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		started, err := client.Post[api.ReviewStarted](cmd.Context(), remote, "/reviews", b)
		if err != nil {
			return err
		}
		return c.show(started, func(w *tabwriter.Writer) {
			if !started.Created {
				row(w, "A review of this app is open already.")
			}
			row(w, "review", started.Review.ID, started.Review.State)
			row(w, "", "see `handover review show "+started.Review.ID+"`")
		})
	}
	return cmd
}

func withList(cmd *cobra.Command, b *api.ReviewBody, list, readAt string) error {
	if list == "" {
		if b.Count >= 0 || readAt != "" {
			return usage("--count and --read-at go with --list FILE.csv")
		}
		b.Count = 0
		return nil
	}
	if b.Count < 0 {
		return usage("give the number of users that the screen shows: --count N")
	}
	var err error
	if readAt != "" {
		if b.ReadAt, err = time.Parse(time.RFC3339, readAt); err != nil {
			return usage("--read-at is a time with its zone, for example 2026-12-18T09:30:00+01:00")
		}
	}
	b.CSV, err = readMemberFile(cmd, list)
	return err
}

func (c *cli) reviewList() *cobra.Command {
	var app string
	var open bool
	cmd := &cobra.Command{Use: "list", Short: "Access reviews that you may see, the newest first", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		q := url.Values{}
		if app != "" {
			q.Set("app", app)
		}
		if open {
			q.Set("state", "collecting,blocked,deciding,carrying_out")
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		reviews, err := client.Get[[]api.Review](cmd.Context(), remote, "/reviews", q)
		if err != nil {
			return err
		}
		return c.show(reviews, func(w *tabwriter.Writer) {
			row(w, "REVIEW", "STATE", "DUE", "DECIDED", "WHY")
			for _, r := range reviews {
				due := ""
				if r.DueAt != nil {
					due = clock(*r.DueAt)
				}
				row(w, r.ID, r.State, due, decided(r), r.Why)
			}
		})
	}}
	cmd.Flags().StringVar(&app, "app", "", "only those of one app")
	cmd.Flags().BoolVar(&open, "open", false, "only those that have not ended")
	return cmd
}

// decided says how far a review is, as far as the reader sees it.
func decided(r api.Review) string {
	lines, open := 0, 0
	for _, p := range r.Progress {
		lines, open = lines+p.Lines, open+p.Open
	}
	if r.Counts != nil {
		lines, open = r.Counts.Lines, r.Counts.ByState["open"]+r.Counts.ByState["exception"]
	}
	return fmt.Sprintf("%d of %d", lines-open, lines)
}

func (c *cli) reviewShow() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "One access review: population, counts, reviewers", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		r, err := client.Get[api.Review](cmd.Context(), remote, reviewOf(args[0]), nil)
		if err != nil {
			return err
		}
		return c.show(r, func(w *tabwriter.Writer) { tellReview(w, r) })
	}}
}

func tellReview(w *tabwriter.Writer, r api.Review) {
	row(w, "review", r.ID, r.State)
	if r.Why != "" {
		row(w, "", r.Why)
	}
	if r.DueAt != nil {
		row(w, "due", clock(*r.DueAt))
	}
	if p := r.Population; p != nil {
		adds := "it adds up"
		if !p.AddsUp {
			adds = "IT DOES NOT ADD UP"
		}
		row(w, "population", fmt.Sprintf("%d lines of %d rows; the app says %s", p.Lines, p.Captured, figure(p.Total)), adds)
		row(w, "", p.Query, "read "+clock(p.ReadAt))
	}
	if n := r.Counts; n != nil {
		row(w, "decided", decided(r), fmt.Sprintf("keep %d, change %d, remove %d, by silence %d", n.ByVerdict["keep"], n.ByVerdict["change_role"], n.ByVerdict["remove"], n.Silent))
		row(w, "who may administer", fmt.Sprintf("%d of %d are open", n.OpenAdmins, n.Privileged))
		row(w, "under way", fmt.Sprintf("%d being carried out, %d failed", n.ByState["carrying_out"]+n.ByState["decided"], n.ByState["failed"]))
	}
	row(w, "REVIEWER", "LINES", "OPEN", "TO CONFIRM", "LAST DECISION")
	for _, p := range r.Progress {
		last := ""
		if p.LastAt != nil {
			last = clock(*p.LastAt)
		}
		name := who(p.Reviewer)
		if name == "" {
			name = "nobody"
		}
		row(w, name, p.Lines, p.Open, p.Confirm, last)
	}
	if r.Digest != "" {
		row(w, "digest", r.Digest)
	}
}

func (c *cli) reviewLines() *cobra.Command {
	var open, mine bool
	var reviewer string
	cmd := &cobra.Command{Use: "lines ID [--open|--mine]", Short: "The lines of a review that you may see", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		q := url.Values{"mine": {fmt.Sprint(mine)}, "limit": {"1000"}}
		if open {
			q.Set("state", "open,confirm,exception")
		}
		if reviewer != "" {
			q.Set("reviewer", reviewer)
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		var all []api.ReviewLine
		for {
			page, err := client.Get[api.ReviewLines](cmd.Context(), remote, reviewOf(args[0])+"/lines", q)
			if err != nil {
				return err
			}
			all = append(all, page.Lines...)
			if page.Next == 0 {
				break
			}
			q.Set("after", strconv.Itoa(page.Next))
		}
		return c.show(all, func(w *tabwriter.Writer) {
			row(w, "LINE", "PERSON", "ROLE", "MAY ADMINISTER", "LAST USE", "HINTS", "REVIEWER", "STATE", "DECISION", "WHY")
			for _, l := range all {
				row(w, l.Line, l.Email, l.RoleName, yes(l.Privileged), l.LastUse, strings.Join(l.Hints, " "), who(l.Reviewer), l.State, strings.TrimSpace(l.Verdict+" "+l.NewRole), l.Why)
			}
		})
	}}
	f := cmd.Flags()
	f.BoolVar(&open, "open", false, "only those that wait for somebody")
	f.BoolVar(&mine, "mine", false, "only those that lie with you")
	f.StringVar(&reviewer, "reviewer", "", "work email; for those who see all lines")
	return cmd
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

func (c *cli) reviewHistory() *cobra.Command {
	return &cobra.Command{Use: "history ID LINE", Short: "Who decided what of a line, and why", Args: exactly(2), RunE: func(cmd *cobra.Command, args []string) error {
		lines, err := lineNumbers(args[1:])
		if err != nil {
			return err
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		found, err := client.Get[[]api.ReviewDecision](cmd.Context(), remote, fmt.Sprintf("%s/lines/%d/decisions", reviewOf(args[0]), lines[0]), nil)
		if err != nil {
			return err
		}
		return c.show(found, func(w *tabwriter.Writer) {
			row(w, "AT", "BY", "FOR", "DECISION", "HOW", "SECONDS", "REASON")
			for _, d := range found {
				row(w, clock(d.At), who(d.By), perhaps(d.ActingFor), strings.TrimSpace(d.Verdict+" "+d.Role), how(d), figure(d.Seconds), d.Reason)
			}
		})
	}}
}

// how says through what a decision was made.
func how(d api.ReviewDecision) string {
	parts := []string{d.Channel}
	if d.Bulk {
		parts = append(parts, "in bulk")
	}
	if d.Confirms {
		parts = append(parts, "as second person")
	}
	return joined(append(parts, d.Rule)...)
}

func lineNumbers(args []string) ([]int, error) {
	var lines []int
	for _, a := range args {
		n, err := strconv.Atoi(a)
		if err != nil || n < 1 {
			return nil, usage("lines are numbers: see `handover review lines ID`")
		}
		lines = append(lines, n)
	}
	return lines, nil
}

func (c *cli) reviewReassign() *cobra.Command {
	var to, reason string
	cmd := &cobra.Command{Use: "reassign ID LINE... --to EMAIL --reason TEXT", Short: "Give lines to another reviewer", Args: cobra.ArbitraryArgs, RunE: func(cmd *cobra.Command, args []string) error {
		if len(args) < 2 || to == "" || reason == "" {
			return usage("usage: " + cmd.UseLine())
		}
		lines, err := lineNumbers(args[1:])
		if err != nil {
			return err
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		m, err := client.Post[api.Message](cmd.Context(), remote, reviewOf(args[0])+"/reassign", map[string]any{"lines": lines, "to": to, "reason": reason})
		if err != nil {
			return err
		}
		return c.say(m)
	}}
	cmd.Flags().StringVar(&to, "to", "", "work email of who decides instead")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return cmd
}

func (c *cli) reviewEnd() *cobra.Command {
	var reason string
	cmd := &cobra.Command{Use: "end ID --reason TEXT", Short: "End a review before it is complete; what is open is listed as an exception", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		if reason == "" {
			return usage("say why: --reason TEXT")
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		m, err := client.Post[api.Message](cmd.Context(), remote, reviewOf(args[0])+"/end", map[string]string{"reason": reason})
		if err != nil {
			return err
		}
		return c.say(m)
	}}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return cmd
}

func (c *cli) reviewExport() *cobra.Command {
	var out string
	var sheet bool
	cmd := &cobra.Command{Use: "export ID (-o FILE | --csv)", Short: "Write the evidence pack of a review, or your open lines as CSV to fill in", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		if sheet == (out != "") {
			return usage("name the pack's file (-o FILE), or ask for your lines to fill in (--csv)")
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		if sheet {
			return remote.Download(cmd.Context(), reviewOf(args[0])+"/decisions/csv", c.out)
		}
		file, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("write %s: it exists already, or its folder cannot be written", out)
		}
		if err := remote.Download(cmd.Context(), reviewOf(args[0])+"/export", file); err != nil {
			_ = file.Close()
			_ = os.Remove(out)
			return err
		}
		return file.Close()
	}}
	cmd.Flags().StringVarP(&out, "output", "o", "", "file to write")
	cmd.Flags().BoolVar(&sheet, "csv", false, "your open lines, to standard output; fill in verdict, role and reason")
	return cmd
}
