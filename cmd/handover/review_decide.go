package main

import (
	"errors"
	"fmt"
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
		Short: "Decide lines that lie with you", Args: cobra.ArbitraryArgs}
	f := cmd.Flags()
	f.BoolVar(&v.keep, "keep", false, "they keep their access")
	f.BoolVar(&v.remove, "remove", false, "their access is taken")
	f.StringVar(&v.role, "role", "", "they get this role instead")
	f.BoolVar(&v.confirm, "confirm", false, "as second person: what was decided stands")
	f.BoolVar(&v.sendBack, "send-back", false, "as second person: the reviewer decides again; with --reason")
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
		lines, err := lineNumbers(args[1:])
		if err != nil {
			return err
		}
		if len(lines) > 1 && v.reason == "" && !v.confirm {
			return usage("several lines at once want one reason: --reason TEXT")
		}
		var choices []api.ReviewChoice
		for _, n := range lines {
			choices = append(choices, api.ReviewChoice{Line: n, Verdict: word, Role: v.role, Reason: v.reason, Bulk: len(lines) > 1})
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
