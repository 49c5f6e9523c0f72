package main

import (
	"crypto/ed25519"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"handover/internal/evidence"
)

func (c *cli) evidencePeriod() *cobra.Command {
	var from, to, app, seed, out string
	cmd := &cobra.Command{Use: "period --from DATE --to DATE -o FILE", Short: "Write the evidence pack of all leavers, joiners and movers between two dates", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" || to == "" || out == "" {
				return usage("name the first and the last day and the file: --from 2026-10-01 --to 2026-12-31 -o FILE")
			}
			remote, err := c.api(cmd.Context())
			if err != nil {
				return err
			}
			file, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return fmt.Errorf("write %s: it exists already, or its folder cannot be written", out)
			}
			query := url.Values{"from": {from}, "to": {to}, "app": {app}, "seed": {seed}}
			if err := remote.Download(cmd.Context(), "/evidence/period?"+query.Encode(), file); err != nil {
				_ = file.Close()
				_ = os.Remove(out)
				return err
			}
			return file.Close()
		}}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "first day, of the company's time zone: 2026-10-01")
	f.StringVar(&to, "to", "", "last day, which is included")
	f.StringVar(&app, "app", "", "one app only")
	f.StringVar(&seed, "seed", "", "of the sample of 25; made of the dates by default, and printed in the pack")
	f.StringVarP(&out, "output", "o", "", "file to write")
	return cmd
}

// compareAnchors holds a pack against the anchors that were kept outside, where
// somebody names them.
func compareAnchors(r evidence.Report, path string, key ed25519.PublicKey) (int, error) {
	if path == "" {
		return 0, nil
	}
	anchors, err := evidence.ReadAnchors(path)
	if err != nil {
		return 0, err
	}
	return evidence.CompareAnchors(r, anchors, key)
}

func printAnchors(w *tabwriter.Writer, path string, fitting int) {
	switch {
	case path == "":
	case fitting == 0:
		row(w, "anchors", "all are signed by the key; none is of an entry that the pack shows, so they say nothing of it: give those of the days around it")
	default:
		row(w, "anchors", fmt.Sprintf("%d are of entries that the pack shows, and are the same", fitting))
	}
}

// printReview shows what the pack of an access review or of a period says.
func printReview(w *tabwriter.Writer, r evidence.Report) {
	if v := r.Review; v != nil {
		row(w, "access review", string(v.App), v.Period, string(v.State))
		row(w, "lines", fmt.Sprintf("%d, %d of them privileged, %d kept by the rule for silence", v.Lines, v.Privileged, v.Silent), counted(v.ByState))
		row(w, "decisions", v.Decisions, counted(v.ByVerdict))
		row(w, "digest", v.Digest)
	}
	if v := r.Period; v != nil {
		row(w, "period", "from "+clock(v.PeriodPart.Period.From), "up to "+clock(v.PeriodPart.Period.To), string(v.PeriodPart.Period.App))
		row(w, "leavers", fmt.Sprintf("%d; %d removals were late, %d accesses are open, %d attested by two people, %d times there was no account; %d leavers at HR have no run", v.Leavers, v.Late, v.Open,
			v.Attested, v.Absent, v.Without))
		row(w, "taken back or denied", v.Retracted, "no leavers: in no count and no sample")
		row(w, "joiners and movers", v.Movers, fmt.Sprintf("%d joiners at HR have no joining;", v.Unjoined), fmt.Sprintf("HR population: %d rows; left out as confidential: %d; exceptions: %d", v.Hires, v.Hidden, v.Exceptions))
		row(w, "sample", fmt.Sprintf("%d, seed %s", len(v.Sample), v.PeriodPart.Period.Seed), strings.Join(v.Sample, " "))
	}
}

func counted[K ~string](of map[K]int) string {
	var said []string
	for _, k := range slices.Sorted(maps.Keys(of)) {
		said = append(said, fmt.Sprintf("%d %s", of[k], k))
	}
	return strings.Join(said, ", ")
}
