package main

import (
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"handover/internal/api"
	"handover/internal/client"
)

func listFlags(cmd *cobra.Command, all, settled *bool, run *string) {
	cmd.Flags().BoolVar(all, "all", false, "not only your own")
	cmd.Flags().BoolVar(settled, "settled", false, "also those that are settled")
	cmd.Flags().StringVar(run, "run", "", "only those of one run")
}

func listQuery(all, settled bool, run string) url.Values {
	q := url.Values{"all": {fmt.Sprint(all)}, "settled": {fmt.Sprint(settled)}}
	if run != "" {
		q.Set("run", run)
	}
	return q
}

func (c *cli) approvalsCommand() *cobra.Command {
	return group("approvals", "Decide about plans", c.approvalsList(), c.approvalsShow(), c.approve(), c.deny())
}

func (c *cli) approvalsList() *cobra.Command {
	var all, settled bool
	var run string
	cmd := &cobra.Command{Use: "list", Short: "Requests that wait for a decision", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		rows, err := client.Get[[]api.Approval](cmd.Context(), remote, "/approvals", listQuery(all, settled, run))
		if err != nil {
			return err
		}
		return c.show(rows, func(w *tabwriter.Writer) {
			row(w, "REQUEST", "STATE", "SCOPE", "APP", "ABOUT", "STAGE", "LATE", "RISK", "ASKED", "YOU", "WHY")
			for _, a := range rows {
				row(w, a.ID, a.State, a.Scope, a.App, who(a.Subject), stageOf(a), late(a), risk(a), names(a.Approvers), yours(a), a.Why)
			}
		})
	}}
	listFlags(cmd, &all, &settled, &run)
	return cmd
}

func (c *cli) approvalsShow() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "One request with its plan", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		a, err := client.Get[api.Approval](cmd.Context(), remote, "/approvals/"+args[0], nil)
		if err != nil {
			return err
		}
		return c.show(a, func(w *tabwriter.Writer) { printApproval(w, a) })
	}}
}

func printApproval(w *tabwriter.Writer, a api.Approval) {
	row(w, "request", a.ID, a.State)
	row(w, "about", who(a.Subject), a.App)
	row(w, "why", a.Why)
	row(w, "policy", a.Policy, a.PolicyDigest)
	row(w, "stage", stageOf(a), a.StageName, fmt.Sprintf("%d must agree", a.Quorum))
	row(w, "asked", names(a.Approvers))
	if len(a.Backup) > 0 {
		row(w, "backup", names(a.Backup), "once it is late")
	}
	if l := late(a); l != "" {
		row(w, "late", l, afterwards(a))
	}
	if a.HighRisk {
		row(w, "high risk", "decided with a personal token, not in Slack")
	}
	if y := yours(a); y != "" {
		row(w, "you", y)
	}
	for _, d := range a.Decisions {
		by := who(d.By)
		if d.ActingFor != nil {
			by += " for " + who(*d.ActingFor)
		}
		row(w, d.Verdict, by, clock(d.At), d.Channel)
	}
	if a.Plan == nil {
		return
	}
	row(w, "digest", a.Plan.Digest)
	for _, g := range a.Plan.Guards {
		row(w, "guard "+string(g.Guard), string(g.State), g.Why)
	}
	if a.Plan.Join != nil {
		for _, line := range a.Plan.Join.Lines() {
			row(w, "", line)
		}
		return
	}
	for _, r := range a.Plan.Rules {
		row(w, r.Kind, fmt.Sprintf("%d, at most %d", r.Count, r.Ceiling), "to "+who(r.Successor))
	}
	row(w, "mailboxes", a.Plan.Mailboxes)
	row(w, "scheduled emails", a.Plan.ScheduledEmails, a.Plan.Emails)
}

// afterwards says what follows when nobody answers in time.
func afterwards(a api.Approval) string {
	switch {
	case a.OnTimeout == "deny":
		return "then it counts as denied"
	case len(a.Backup) > 0:
		return "then the backup may decide too"
	default:
		return "then those who look after the run hear of it"
	}
}

func stageOf(a api.Approval) string { return fmt.Sprintf("%d of %d", a.Stage, a.Stages) }

func late(a api.Approval) string {
	if a.LateAt == nil {
		return ""
	}
	return clock(*a.LateAt)
}

func risk(a api.Approval) string {
	if a.HighRisk {
		return "high"
	}
	return ""
}

// yours says why the reader is asked, and in whose place.
func yours(a api.Approval) string {
	if a.ActingFor != nil {
		return "you stand in for " + who(*a.ActingFor) + ": " + a.Because
	}
	return a.Because
}

// approve approves; with --successor it chooses first, which makes a new plan,
// and approves that one.
func (c *cli) approve() *cobra.Command {
	var digest, emails string
	var successors []string
	cmd := &cobra.Command{Use: "approve ID", Short: "Approve a plan", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		id := args[0]
		if len(successors) > 0 || emails != "" {
			chosen, err := c.choose(cmd, remote, id, successors, emails)
			if err != nil {
				return err
			}
			id, digest = chosen.ID, chosen.Digest
		}
		a, err := client.Post[api.Approval](cmd.Context(), remote, "/approvals/"+id+"/approve", map[string]any{"digest": digest})
		if err != nil {
			return err
		}
		return c.show(a, func(w *tabwriter.Writer) { row(w, a.ID, a.State) })
	}}
	cmd.Flags().StringVar(&digest, "digest", "", "of the plan you saw; the present one by default")
	cmd.Flags().StringArrayVar(&successors, "successor", nil, "[KIND=]EMAIL: choose who inherits first")
	cmd.Flags().StringVar(&emails, "emails", "", "send, hold or cancel the emails that are scheduled in the leaver's name")
	return cmd
}

func (c *cli) choose(cmd *cobra.Command, remote *client.Client, id string, successors []string, emails string) (api.Approval, error) {
	chosen := map[string]string{}
	for _, s := range successors {
		kind, email, ok := strings.Cut(s, "=")
		if !ok {
			kind, email = "", s
		}
		chosen[kind] = email
	}
	a, err := client.Post[api.Approval](cmd.Context(), remote, "/approvals/"+id+"/successor", chosenBody(chosen, emails))
	if err == nil && a.Digest == "" {
		err = fmt.Errorf("the new plan cannot be approved: %s", a.Why)
	}
	return a, err
}

func chosenBody(successors map[string]string, emails string) map[string]any {
	in := map[string]any{"successors": successors}
	if emails != "" {
		in["emails"] = emails
	}
	return in
}

func (c *cli) deny() *cobra.Command {
	var reason string
	cmd := &cobra.Command{Use: "deny ID", Short: "Deny a plan, with a reason", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		if reason == "" {
			return usage("say why: --reason TEXT")
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		a, err := client.Post[api.Approval](cmd.Context(), remote, "/approvals/"+args[0]+"/deny", map[string]any{"reason": reason})
		if err != nil {
			return err
		}
		return c.show(a, func(w *tabwriter.Writer) { row(w, a.ID, a.State) })
	}}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return cmd
}

func (c *cli) tasksCommand() *cobra.Command {
	return group("tasks", "Steps that people do", c.tasksList(), c.taskDone(), c.taskConfirm())
}

func (c *cli) tasksList() *cobra.Command {
	var all, settled bool
	var run string
	cmd := &cobra.Command{Use: "list", Short: "Tasks that wait for a person", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		rows, err := client.Get[[]api.Task](cmd.Context(), remote, "/tasks", listQuery(all, settled, run))
		if err != nil {
			return err
		}
		return c.show(rows, func(w *tabwriter.Writer) {
			for _, t := range rows {
				row(w, t.ID, t.State, t.App, t.Title, "for "+who(t.Subject), "owner "+who(t.Owner), "due "+clock(t.DueAt))
				row(w, "", "why", t.Why)
				for _, i := range t.Instructions {
					row(w, "", "do", i)
				}
			}
		})
	}}
	listFlags(cmd, &all, &settled, &run)
	return cmd
}

func (c *cli) taskDone() *cobra.Command {
	var proof, cannot string
	cmd := &cobra.Command{Use: "done ID", Short: "Say that a task is done", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		in := map[string]any{"proof": proof}
		if cannot != "" {
			in = map[string]any{"proof": cannot, "cannot": true}
		}
		return c.command(cmd, "/tasks/"+args[0]+"/done", in)
	}}
	cmd.Flags().StringVar(&proof, "proof", "", "a note or a link, for what the app cannot show")
	cmd.Flags().StringVar(&cannot, "cannot", "", "it cannot be done, because TEXT")
	return cmd
}

func (c *cli) taskConfirm() *cobra.Command {
	var note string
	cmd := &cobra.Command{Use: "confirm ID", Short: "Stand for a task as second person", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		return c.command(cmd, "/tasks/"+args[0]+"/confirm", map[string]any{"proof": note})
	}}
	cmd.Flags().StringVar(&note, "note", "", "what you looked at")
	return cmd
}
