package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"handover/internal/api"
	"handover/internal/client"
)

func (c *cli) membersCommand() *cobra.Command {
	return group("members", "Member lists of apps without an interface", c.membersImport(), c.membersShow())
}

// mostMembers is how much of a file is sent: the server takes no more.
const mostMembers = 900 << 10

func (c *cli) membersImport() *cobra.Command {
	var b api.MemberBody
	var readAt string
	cmd := &cobra.Command{Use: "import APP FILE.csv --members N --pending N", Short: "Upload the members of an app as you read them off its screen", Args: exactly(2)}
	f := cmd.Flags()
	f.IntVar(&b.Members, "members", -1, "the number of members that the screen shows")
	f.IntVar(&b.Pending, "pending", -1, "the number of pending invites that it shows")
	f.StringVar(&readAt, "read-at", "", "when you read it off the screen, with its zone, for example 2026-12-18T09:30:00+01:00; now by default")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if b.Members < 0 || b.Pending < 0 {
			return usage("give both numbers that the screen shows: --members N --pending N, also where one is 0")
		}
		var err error
		if readAt != "" {
			if b.ReadAt, err = time.Parse(time.RFC3339, readAt); err != nil {
				return usage("--read-at is a time with its zone, for example 2026-12-18T09:30:00+01:00")
			}
		}
		if b.CSV, err = readMemberFile(cmd, args[1]); err != nil {
			return err
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		lists, err := client.Post[api.MemberLists](cmd.Context(), remote, membersOf(args[0]), b)
		if err != nil {
			return err
		}
		return c.showMembers(lists, false)
	}
	return cmd
}

func membersOf(app string) string { return "/apps/" + url.PathEscape(app) + "/members" }

// readMemberFile reads a file, or standard input. What is wrong with its lines the
// server tells, so that everybody hears the same.
func readMemberFile(cmd *cobra.Command, name string) (string, error) {
	var in io.Reader = cmd.InOrStdin()
	shown := "standard input"
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", fmt.Errorf("read %s: it is not there, or may not be read", name)
		}
		defer file.Close()
		in, shown = file, name
	}
	raw, err := io.ReadAll(io.LimitReader(in, mostMembers+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read %s: it cannot be read to its end", shown)
	case len(raw) > mostMembers:
		return "", fmt.Errorf("import %s: it is larger than %d KiB, which no member list is", shown, mostMembers>>10)
	case !utf8.Valid(raw):
		return "", fmt.Errorf("import %s: it is not in UTF-8: save it as UTF-8 (in Excel: \"CSV UTF-8\")", shown)
	}
	return string(raw), nil
}

func (c *cli) membersShow() *cobra.Command {
	return &cobra.Command{Use: "show APP", Short: "The members of an app as somebody last read them, and what changed", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		lists, err := client.Get[api.MemberLists](cmd.Context(), remote, membersOf(args[0]), nil)
		if err != nil {
			return err
		}
		return c.showMembers(lists, true)
	}}
}

func (c *cli) showMembers(m api.MemberLists, all bool) error {
	return c.show(m, func(w *tabwriter.Writer) {
		if m.List == nil {
			row(w, "Nobody has uploaded a list of "+m.App+": see `handover members import --help`.")
			return
		}
		row(w, "list", m.List.ID)
		row(w, "read", clock(m.List.ReadAt), "uploaded "+clock(m.List.UploadedAt)+" by "+who(m.List.UploadedBy))
		row(w, "members", m.List.Members, fmt.Sprintf("pending %d", m.List.Pending))
		if !m.Current {
			row(w, "counts no more", m.Why)
		}
		for _, ch := range m.Changes {
			why := "nothing known here explains it"
			if ch.Explained {
				why = "explained"
			}
			row(w, ch.Kind, memberName(m, ch), ch.From, ch.To, why)
		}
		for _, r := range m.Returned {
			row(w, "removed, and there", r.Email, r.Role)
		}
		for _, hint := range m.Hints {
			row(w, "look at", hint)
		}
		if all {
			printMembers(w, m)
		}
	})
}

// memberName shows an account by the email that it has in the newest list.
func memberName(m api.MemberLists, ch api.MemberChange) string {
	for _, r := range m.Members {
		if r.Account == ch.Account {
			return r.Email
		}
	}
	if name := who(ch.Person); name != "" {
		return name
	}
	return ch.Account
}

func printMembers(w *tabwriter.Writer, m api.MemberLists) {
	row(w, "EMAIL", "NAME", "ROLE", "PENDING UNTIL")
	for _, r := range m.Members {
		until := ""
		if r.Pending {
			until = "not known"
			if r.Ends != nil {
				until = clock(*r.Ends)
			}
		}
		row(w, r.Email, r.Name, r.Role, until)
	}
	row(w, "LIST", "READ", "UPLOADED BY", "MEMBERS", "PENDING")
	for _, l := range m.History {
		row(w, l.ID, clock(l.ReadAt), who(l.UploadedBy), l.Members, l.Pending)
	}
}
