package main

import (
	"text/tabwriter"

	"github.com/spf13/cobra"

	"handover/internal/api"
	"handover/internal/client"
)

func (c *cli) noticesCommand() *cobra.Command {
	return &cobra.Command{Use: "notices", Short: "Messages for you, the newest first", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		rows, err := client.Get[[]api.Notice](cmd.Context(), remote, "/notices", nil)
		if err != nil {
			return err
		}
		return c.show(rows, func(w *tabwriter.Writer) {
			for _, n := range rows {
				urgent := ""
				if n.Urgent {
					urgent = "URGENT"
				}
				row(w, clock(n.At), n.Kind, urgent, n.App, n.Text, n.About)
			}
		})
	}}
}
