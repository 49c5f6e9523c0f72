package main

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"handover/internal/api"
	"handover/internal/client"
)

func (c *cli) seatsCommand() *cobra.Command {
	var activity bool
	cmd := &cobra.Command{Use: "seats", Short: "Seats of each app: bought, occupied, free, promised, and what they cost", Args: exactly(0)}
	cmd.Flags().BoolVar(&activity, "activity", false, "also tell who of those on paid seats uses the app")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		query := url.Values{}
		if activity {
			query.Set("activity", "true")
		}
		seats, err := client.Get[[]api.Seats](cmd.Context(), remote, "/seats", query)
		if err != nil {
			return err
		}
		return c.show(seats, func(w *tabwriter.Writer) {
			for _, s := range seats {
				printSeats(w, s)
			}
		})
	}
	return cmd
}

// printSeats shows an app in a few lines: a figure each, and what stands behind it.
func printSeats(w *tabwriter.Writer, s api.Seats) {
	row(w, s.App, "bought "+figure(s.Bought), joined(prefixed("as of ", s.AsOf), prefixed("said by ", s.SaidBy), s.Plan, s.Billing, fewest(s.Minimum)))
	row(w, "", "occupied "+figure(s.Occupied), seated(s))
	row(w, "", "free "+figure(s.Free), joined(fmt.Sprintf("%d promised to joiners", s.Promised), figure(s.Reusable)+" for the next joiner", fmt.Sprintf("%d freed by leavers", s.Freed)))
	row(w, "", "to give back "+figure(s.Spare), givenBack(s))
	row(w, "", "price "+s.Price, joined(perPeriod(s.Price, s.Billing), prefixed("known ", s.PriceDate), prefixed("from the ", s.PriceSource)))
	row(w, "", "idle "+s.Idle, joined(perPeriod(s.Idle, s.Billing), "for what nobody sits on"))
	for _, p := range s.Prices {
		if p.Seat != "full" {
			row(w, "", p.Seat+" seat "+p.Price, joined(prefixed("known ", p.Date), prefixed("from the ", p.Source), p.Why))
		}
	}
	for _, text := range s.Warnings {
		row(w, "", "note", text)
	}
	for _, h := range s.Hints {
		row(w, "", "ask", h.Email+": "+h.Text)
	}
	printUses(w, s.Uses)
	for _, l := range s.Ledger {
		row(w, "", l.Kind, joined(who(l.Person), "reusable: "+l.Reusable, clock(l.At), l.Run))
	}
}

func printUses(w *tabwriter.Writer, u *api.SeatUses) {
	if u == nil {
		return
	}
	unknown := ""
	if u.Unknown > 0 {
		unknown = fmt.Sprintf("of %d it is not known: %s", u.Unknown, u.Why)
	}
	row(w, "", fmt.Sprintf("idle %d", len(u.Idle)), joined(fmt.Sprintf("of %d on paid seats", u.Asked), unknown))
	for _, h := range u.Idle {
		row(w, "", "idle", h.Email+": "+h.Text)
	}
}

// figure shows a number; -1 stands for one that is not known.
func figure(n int) string {
	if n < 0 {
		return "unknown"
	}
	return fmt.Sprint(n)
}

func seated(s api.Seats) string {
	if s.Unread != "" {
		return s.Unread
	}
	var parts []string
	for _, seat := range slices.Sorted(maps.Keys(s.ByType)) {
		parts = append(parts, fmt.Sprintf("%s %d", seat, s.ByType[seat]))
	}
	if s.ReadAt != nil {
		parts = append(parts, "listed "+clock(*s.ReadAt))
	}
	return strings.Join(parts, ", ")
}

func givenBack(s api.Seats) string {
	switch {
	case s.Renewal == "":
		return "when is unknown"
	case s.Billing == "annual":
		return joined("blocked until the renewal of "+s.Renewal, "notice by "+s.LastCall)
	case s.Billing == "monthly":
		return joined("shortly before "+s.Renewal, "nothing is refunded")
	}
	return "until " + s.Renewal
}

func perPeriod(amount, billing string) string {
	switch {
	case amount == "unknown":
		return ""
	case billing == "annual":
		return "a year"
	case billing == "monthly":
		return "a month"
	}
	return "a billing period"
}

func fewest(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d at least", n)
}

func prefixed(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

// joined leaves out what is empty.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}
