package main

import (
	"net/url"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"handover/internal/api"
	"handover/internal/client"
)

func (c *cli) awayCommand() *cobra.Command {
	var b api.AbsenceBody
	cmd := &cobra.Command{Use: "away --until DATE --substitute EMAIL", Short: "Let somebody decide and do in your place while you are away", Args: exactly(0)}
	f := cmd.Flags()
	f.StringVar(&b.Until, "until", "", "last day, for example 2027-01-03, or a local date and time")
	f.StringVar(&b.From, "from", "", "first day; now by default")
	f.StringVar(&b.Substitute, "substitute", "", "email of who stands in, also for what you were asked before")
	f.StringVar(&b.For, "for", "", "email of somebody else who is away, as an administrator")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if b.Until == "" || b.Substitute == "" {
			return usage("say until when, and who stands in: --until DATE --substitute EMAIL")
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		a, err := client.Post[api.Absence](cmd.Context(), remote, "/people/absences", b)
		if err != nil {
			return err
		}
		return c.showAbsences([]api.Absence{a}, a)
	}
	cmd.AddCommand(c.awayList(), c.awayEnd())
	return cmd
}

func (c *cli) showAbsences(rows []api.Absence, shown any) error {
	return c.show(shown, func(w *tabwriter.Writer) {
		row(w, "ID", "AWAY", "SUBSTITUTE", "FROM", "UNTIL", "SET BY")
		for _, a := range rows {
			row(w, a.ID, who(a.Person), who(a.Substitute), clock(a.From), clock(a.Until), who(a.SetBy))
		}
	})
}

func (c *cli) awayList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "Who stands in for whom, now or later", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		rows, err := client.Get[[]api.Absence](cmd.Context(), remote, "/people/absences", nil)
		if err != nil {
			return err
		}
		return c.showAbsences(rows, rows)
	}}
}

func (c *cli) awayEnd() *cobra.Command {
	return &cobra.Command{Use: "end ID", Short: "End a substitution now", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		m, err := client.Delete[api.Message](cmd.Context(), remote, "/people/absences/"+url.PathEscape(args[0]))
		if err != nil {
			return err
		}
		return c.say(m)
	}}
}

func (c *cli) peopleCommand() *cobra.Command {
	return group("people", "Who is known", c.peopleList(), c.peopleShow(), c.peopleUnbind())
}

func (c *cli) peopleUnbind() *cobra.Command {
	return &cobra.Command{Use: "unbind EMAIL", Short: "Free a person from their user of Slack, so that it is bound anew", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.command(cmd, "/people/unbind", map[string]any{"email": args[0]})
		}}
}
