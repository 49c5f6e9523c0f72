package main

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"handover/internal/api"
	"handover/internal/client"
)

// peoplePage is how many people are asked for at once.
const peoplePage = 1000

func (c *cli) peopleList() *cobra.Command {
	var state string
	cmd := &cobra.Command{Use: "list", Short: "Who is known: from HR, and externals with their sponsors", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		people := []api.KnownPerson{}
		q := url.Values{"limit": {fmt.Sprint(peoplePage)}}
		if state != "" {
			q.Set("state", state)
		}
		for {
			page, err := client.Get[[]api.KnownPerson](cmd.Context(), remote, "/people", q)
			if err != nil {
				return err
			}
			people = append(people, page...)
			if len(page) < peoplePage {
				break
			}
			q.Set("after", page[len(page)-1].ID)
		}
		slices.SortFunc(people, func(a, b api.KnownPerson) int { return cmp.Compare(a.Email, b.Email) })
		return c.show(people, func(w *tabwriter.Writer) {
			row(w, "EMAIL", "NAME", "STATE", "KIND", "DEPARTMENT", "MANAGER", "SPONSOR", "ENDS", "ROLES")
			for _, p := range people {
				row(w, p.Email, p.Name, p.State, p.Kind, p.Department, whoever(p.Manager), whoever(p.Sponsor), date(p.Ends), strings.Join(p.Roles, ", "))
			}
		})
	}}
	cmd.Flags().StringVar(&state, "state", "", "active, on_leave, leaving or left")
	return cmd
}

func (c *cli) peopleShow() *cobra.Command {
	return &cobra.Command{Use: "show EMAIL", Short: "One person, with what HR last said of each employment", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		p, err := client.Get[api.KnownPerson](cmd.Context(), remote, "/people/"+url.PathEscape(args[0]), nil)
		if err != nil {
			return err
		}
		return c.show(p, func(w *tabwriter.Writer) { printPerson(w, p) })
	}}
}

func printPerson(w *tabwriter.Writer, p api.KnownPerson) {
	for _, line := range [][2]string{{"email", p.Email}, {"name", p.Name}, {"state", p.State}, {"kind", p.Kind}, {"department", p.Department}, {"title", p.Title},
		{"location", p.Location}, {"manager", whoever(p.Manager)}, {"sponsor", whoever(p.Sponsor)}, {"ends", date(p.Ends)}, {"roles", strings.Join(p.Roles, ", ")}, {"id", p.ID}} {
		if line[1] != "" {
			row(w, line[0], line[1])
		}
	}
	for _, e := range p.Employments {
		text := e.State
		if e.LastMoment != "" {
			text += ", last moment " + e.LastMoment + " " + e.Zone
		}
		if e.SaidAt != nil {
			text += ", said " + clock(*e.SaidAt)
		}
		if e.Starts != nil {
			text += ", since " + date(e.Starts)
		}
		row(w, "employment", e.ID, e.Kind, text)
	}
}

func whoever(p *api.Person) string {
	if p == nil {
		return ""
	}
	return who(*p)
}

func date(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
