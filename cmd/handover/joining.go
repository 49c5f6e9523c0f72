package main

import (
	"net/url"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"handover/internal/api"
	"handover/internal/client"
)

func (c *cli) onboardCommand() *cobra.Command {
	var b api.OnboardBody
	cmd := &cobra.Command{Use: "onboard EMAIL --app APP", Short: "Ask for somebody's access to an app", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		if b.App == "" {
			return usage("say which app: --app")
		}
		b.Email = args[0]
		return c.startPerson(cmd, "/invites", b)
	}}
	f := cmd.Flags()
	f.StringVar(&b.App, "app", "", "app of the policy")
	f.StringVar(&b.Role, "role", "", "role, by key or name; the app's starting role by default")
	f.StringVar(&b.Name, "name", "", "the person's name, where HR did not say")
	f.StringVar(&b.Manager, "manager", "", "email of their manager, where HR did not say")
	f.StringVar(&b.Starts, "starts", "", "first day, for example 2026-12-01; now by default")
	f.StringVar(&b.Until, "until", "", "last day, where access is for a time")
	f.StringVar(&b.Reason, "reason", "", "why, for the record")
	return cmd
}

func (c *cli) roleCommand() *cobra.Command {
	var b api.RoleBody
	cmd := &cobra.Command{Use: "role EMAIL --app APP --role ROLE", Short: "Ask for another role of somebody in an app", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		if b.App == "" || b.Role == "" {
			return usage("say which app and which role: --app, --role")
		}
		b.Email = args[0]
		return c.startPerson(cmd, "/roles", b)
	}}
	f := cmd.Flags()
	f.StringVar(&b.App, "app", "", "app of the policy")
	f.StringVar(&b.Role, "role", "", "role, by key or name")
	f.BoolVar(&b.Emergency, "emergency", false, "at once; a second person confirms afterwards")
	f.StringVar(&b.Reason, "reason", "", "why, for the record")
	return cmd
}

// startPerson starts a run about somebody who stays.
func (c *cli) startPerson(cmd *cobra.Command, path string, body any) error {
	remote, err := c.api(cmd.Context())
	if err != nil {
		return err
	}
	started, err := client.Post[api.Started](cmd.Context(), remote, path, body)
	if err != nil {
		return err
	}
	return c.show(started, func(w *tabwriter.Writer) {
		if !started.Created {
			row(w, "This was asked for before; nothing new was begun.")
		}
		row(w, "run", started.Run.ID)
		row(w, "person", who(started.Run.Person))
		row(w, "watch it", "handover runs watch "+started.Run.ID)
	})
}

func (c *cli) invitesCommand() *cobra.Command {
	return group("invites", "Invitations that wait to be accepted", c.invitesList(), c.inviteVerb("resend", "Send a new link; the one before is no longer good"),
		c.inviteVerb("revoke", "Take an invite back"), c.inviteRole())
}

func (c *cli) invitesList() *cobra.Command {
	var settled bool
	cmd := &cobra.Command{Use: "list", Short: "Invitations, the oldest first", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		query := url.Values{}
		if settled {
			query.Set("settled", "true")
		}
		rows, err := client.Get[[]api.Invite](cmd.Context(), remote, "/invites", query)
		if err != nil {
			return err
		}
		return c.show(rows, func(w *tabwriter.Writer) {
			row(w, "INVITE", "STATE", "APP", "PERSON", "ROLE", "SENT", "TIMES", "GOOD UNTIL")
			for _, i := range rows {
				until := "the app does not say"
				if i.ExpiresAt != nil {
					until = clock(*i.ExpiresAt)
				}
				row(w, i.ID, i.State, i.App, who(i.Person), i.Role, clock(i.SentAt), i.Link, until)
			}
		})
	}}
	cmd.Flags().BoolVar(&settled, "settled", false, "also those that are settled")
	return cmd
}

func (c *cli) inviteVerb(verb, short string) *cobra.Command {
	var reason string
	cmd := &cobra.Command{Use: verb + " ID", Short: short, Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		return c.tellInvite(cmd, args[0], verb, map[string]any{"reason": reason})
	}}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return cmd
}

func (c *cli) inviteRole() *cobra.Command {
	var role, reason string
	cmd := &cobra.Command{Use: "role ID --role ROLE", Short: "Have an invite carry another role; it is sent anew", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		if role == "" {
			return usage("say which role: --role")
		}
		return c.tellInvite(cmd, args[0], "role", map[string]any{"role": role, "reason": reason})
	}}
	cmd.Flags().StringVar(&role, "role", "", "role, by key or name")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return cmd
}

func (c *cli) tellInvite(cmd *cobra.Command, id, verb string, body map[string]any) error {
	remote, err := c.api(cmd.Context())
	if err != nil {
		return err
	}
	answer, err := client.Post[api.Message](cmd.Context(), remote, "/invites/"+url.PathEscape(id)+"/"+verb, body)
	if err != nil {
		return err
	}
	return c.say(answer)
}
