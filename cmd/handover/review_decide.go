package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"handover/internal/api"
	"handover/internal/client"
)

// verdictFlags are the ways to decide on the command line; one of them is given.
type verdictFlags struct {
	keep, remove, confirm, sendBack bool
	role, reason, file              string
}

func (c *cli) reviewDecide() *cobra.Command {
	var v verdictFlags
	cmd := &cobra.Command{Use: "decide ID LINE... (--keep | --remove | --role R | --confirm | --send-back) [--reason TEXT], or decide ID --csv FILE",
		Short: "Decide lines that lie with you, or confirm those that another decided",
		Long: "Decide lines that lie with you.\n\nAs second person name each decision that you confirm or send back as LINE@DECISION, for example 12@3.\n" +
			"With the lines alone, what was decided of them is shown, and nothing is done.", Args: cobra.ArbitraryArgs}
	f := cmd.Flags()
	f.BoolVar(&v.keep, "keep", false, "they keep their access")
	f.BoolVar(&v.remove, "remove", false, "their access is taken")
	f.StringVar(&v.role, "role", "", "they get this role instead")
	f.BoolVar(&v.confirm, "confirm", false, "as second person: what was decided stands; lines as LINE@DECISION")
	f.BoolVar(&v.sendBack, "send-back", false, "as second person: the reviewer decides again; lines as LINE@DECISION, with --reason")
	f.StringVar(&v.reason, "reason", "", "why; needed to keep somebody who may administer")
	f.StringVar(&v.file, "csv", "", "a file as `handover review export ID --csv` makes it, filled in; all of it or nothing")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		word, err := v.word(cmd, args)
		if err != nil {
			return err
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		if v.file != "" {
			text, err := readMemberFile(cmd, v.file)
			if err != nil {
				return err
			}
			answer, err := client.Post[api.ReviewAnswer](cmd.Context(), remote, reviewOf(args[0])+"/decisions/csv", map[string]string{"csv": text})
			return c.answered(answer, err)
		}
		choices, err := v.choices(word, args[1:])
		if err != nil {
			return err
		}
		if (v.confirm || v.sendBack) && slices.ContainsFunc(choices, func(one api.ReviewChoice) bool { return one.Seen == 0 }) {
			return c.showStanding(cmd.Context(), remote, args[0], choices)
		}
		answer, err := client.Post[api.ReviewAnswer](cmd.Context(), remote, reviewOf(args[0])+"/decisions", choices)
		return c.answered(answer, err)
	}
	return cmd
}

// word is what the flags say; they say one thing.
func (v verdictFlags) word(cmd *cobra.Command, args []string) (string, error) {
	var words []string
	for word, given := range map[string]bool{"keep": v.keep, "remove": v.remove, "change_role": v.role != "", "confirm": v.confirm, "send_back": v.sendBack, "": v.file != ""} {
		if given {
			words = append(words, word)
		}
	}
	needs := 2
	if v.file != "" {
		needs = 1
	}
	if len(words) != 1 || len(args) < needs || v.file != "" && len(args) > 1 {
		return "", usage("usage: " + cmd.UseLine())
	}
	return words[0], nil
}

// choices are what is said of each line.
func (v verdictFlags) choices(word string, args []string) ([]api.ReviewChoice, error) {
	var choices []api.ReviewChoice
	for _, a := range args {
		line, decision, named := strings.Cut(a, "@")
		lines, err := lineNumbers([]string{line})
		if err != nil {
			return nil, err
		}
		one := api.ReviewChoice{Line: lines[0], Verdict: word, Role: v.role, Reason: v.reason, Bulk: len(args) > 1}
		if named {
			if one.Seen, err = strconv.Atoi(decision); err != nil || one.Seen < 1 || !v.confirm && !v.sendBack {
				return nil, usage("LINE@DECISION, two numbers, goes with --confirm and --send-back")
			}
		}
		choices = append(choices, one)
	}
	if len(choices) > 1 && v.reason == "" && !v.confirm {
		return nil, usage("several lines at once want one reason: --reason TEXT")
	}
	return choices, nil
}

// showStanding shows a second person what was decided of lines, with the number by
// which their word names it. A command that does not name what it confirms does
// nothing else, as an import does nothing before it is told to.
func (c *cli) showStanding(ctx context.Context, remote *client.Client, id string, choices []api.ReviewChoice) error {
	waits := map[int]api.ReviewLine{}
	q := url.Values{"mine": {"true"}, "state": {"confirm"}, "limit": {"1000"}}
	for next := -1; next != 0; q.Set("after", strconv.Itoa(next)) {
		page, err := client.Get[api.ReviewLines](ctx, remote, reviewOf(id)+"/lines", q)
		if err != nil {
			return err
		}
		for _, l := range page.Lines {
			if l.Confirms {
				waits[l.Line] = l
			}
		}
		next = page.Next
	}
	again := []string{"handover review decide", id}
	var shown []api.ReviewLine
	for _, one := range choices {
		l, ok := waits[one.Line]
		if !ok {
			return fmt.Errorf("line %d: nothing waits for you there as second person: see `handover review lines %s --mine --open`", one.Line, id)
		}
		shown, again = append(shown, l), append(again, fmt.Sprintf("%d@%d", l.Line, l.Decision))
	}
	flags := "--confirm"
	if choices[0].Verdict == "send_back" {
		flags = "--send-back --reason TEXT"
	}
	return c.show(shown, func(w *tabwriter.Writer) {
		row(w, "LINE@DECISION", "PERSON", "ROLE", "MAY ADMINISTER", "DECISION", "BY", "REASON")
		for _, l := range shown {
			row(w, fmt.Sprintf("%d@%d", l.Line, l.Decision), l.Email, l.RoleName, yes(l.Privileged), strings.TrimSpace(l.Verdict+" "+l.NewRole), l.DecidedBy, l.Reason)
		}
		row(w, "Nothing was done yet. If this is what you mean: "+strings.Join(append(again, flags), " "))
	})
}

// answered tells what came of decisions. Where a line was refused the command
// failed, though others may stand.
func (c *cli) answered(a api.ReviewAnswer, err error) error {
	if err != nil {
		return err
	}
	if len(a.Refused) > 0 {
		var why []string
		for _, r := range a.Refused {
			why = append(why, fmt.Sprintf("line %d: %s", r.Line, r.Why))
		}
		return errors.New(strings.ReplaceAll(fmt.Sprintf("%d lines were decided, %d were refused: %s", a.Applied, len(a.Refused), strings.Join(why, "; ")), "\n", " "))
	}
	return c.show(a, func(w *tabwriter.Writer) {
		row(w, fmt.Sprintf("%d lines decided. %d still wait for you.", a.Applied, a.Left))
	})
}
