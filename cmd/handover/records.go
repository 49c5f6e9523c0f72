package main

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"handover/internal/api"
	"handover/internal/client"
	"handover/internal/config"
	"handover/internal/evidence"
)

func (c *cli) auditCommand() *cobra.Command {
	var subject, actor, kind, run, since string
	var limit int
	cmd := &cobra.Command{Use: "audit", Short: "The audit log, the newest first", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		q := url.Values{"limit": {fmt.Sprint(limit)}}
		for name, value := range map[string]string{"subject": subject, "actor": actor, "kind": kind, "run": run} {
			if value != "" {
				q.Set(name, value)
			}
		}
		if since != "" {
			at, err := time.Parse(time.DateOnly, since)
			if err != nil {
				return usage("--since is a date, for example 2026-11-01")
			}
			q.Set("since", at.Format(time.RFC3339))
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		events, err := client.Get[[]api.Event](cmd.Context(), remote, "/audit", q)
		if err != nil {
			return err
		}
		return c.showAudit(events)
	}}
	f := cmd.Flags()
	f.StringVar(&subject, "subject", "", "work email of whom it is about")
	f.StringVar(&actor, "actor", "", "work email of who did it, or system")
	f.StringVar(&kind, "kind", "", "for example role_changed")
	f.StringVar(&run, "run", "", "only one run")
	f.StringVar(&since, "since", "", "from this date on")
	f.IntVar(&limit, "limit", 200, "at most so many lines")
	return cmd
}

func (c *cli) showAudit(events []api.Event) error {
	if c.format != "csv" {
		return c.show(events, func(w *tabwriter.Writer) {
			row(w, "AT", "KIND", "ACTOR", "FOR", "APPROVED BY", "SUBJECT", "APP", "STEP", "FROM", "TO", "RUN")
			for _, e := range events {
				row(w, clock(e.At), e.Kind, who(e.Actor), perhaps(e.ActingFor), all(e.Approved), who(e.Subject), e.App, e.Step, e.From, e.To, e.Run)
			}
		})
	}
	w := csv.NewWriter(c.out)
	_ = w.Write([]string{"seq", "at", "kind", "actor", "subject", "app", "step", "target", "from", "to", "channel", "run", "digest", "request_id", "reason", "hash", "acting_for", "approved_by"})
	for _, e := range events {
		_ = w.Write([]string{fmt.Sprint(e.Seq), e.At.UTC().Format(time.RFC3339Nano), e.Kind, who(e.Actor), who(e.Subject), e.App, e.Step, e.Target, e.From,
			e.To, e.Channel, e.Run, e.Digest, e.RequestID, e.Reason, e.Hash, perhaps(e.ActingFor), all(e.Approved)})
	}
	w.Flush()
	return w.Error()
}

// perhaps names somebody, where there is somebody to name.
func perhaps(p *api.Person) string {
	if p == nil {
		return ""
	}
	return who(*p)
}

func all(people []api.Person) string {
	names := make([]string, 0, len(people))
	for _, p := range people {
		names = append(names, who(p))
	}
	return strings.Join(names, ", ")
}

func (c *cli) evidenceCommand() *cobra.Command {
	return group("evidence", "What an auditor gets", c.evidenceExport(), c.evidencePeriod(), c.evidenceVerify(), c.evidenceKey())
}

func (c *cli) evidenceExport() *cobra.Command {
	var out string
	cmd := &cobra.Command{Use: "export RUN -o FILE", Short: "Write the evidence pack of a run to a file", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		if out == "" {
			return usage("name the file: -o FILE")
		}
		remote, err := c.api(cmd.Context())
		if err != nil {
			return err
		}
		file, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("write %s: it exists already, or its folder cannot be written", out)
		}
		if err := remote.Download(cmd.Context(), "/evidence/"+args[0], file); err != nil {
			_ = file.Close()
			_ = os.Remove(out)
			return err
		}
		return file.Close()
	}}
	cmd.Flags().StringVarP(&out, "output", "o", "", "file to write")
	return cmd
}

// evidenceKey prints what to hand out beforehand.
func (c *cli) evidenceKey() *cobra.Command {
	return &cobra.Command{Use: "key", Short: "Print the public key of HANDOVER_SIGNING_KEY, to hand out before any pack", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		env, _, err := config.ReadEnv(cmd.Context(), nil)
		if err != nil {
			return err
		}
		signer, err := evidence.ParseSigningKey(string(env.SigningKey))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.out, evidence.PublicText(signer.Public()))
		return err
	}}
}

// evidenceVerify needs the file and the public key and nothing else.
func (c *cli) evidenceVerify() *cobra.Command {
	var key, anchors string
	cmd := &cobra.Command{Use: "verify FILE", Short: "Check an evidence pack, offline", Args: exactly(1), RunE: func(_ *cobra.Command, args []string) error {
		public, err := evidence.ParsePublicKey(key)
		if err != nil {
			return usage("give the public key that was handed out beforehand: --key BASE64")
		}
		report, err := evidence.VerifyFile(args[0], public)
		if err != nil {
			return err
		}
		fitting, err := compareAnchors(report, anchors, public)
		if err != nil {
			return err
		}
		return c.show(report, func(w *tabwriter.Writer) {
			printReport(w, report)
			printReview(w, report)
			printAnchors(w, anchors, fitting)
		})
	}}
	cmd.Flags().StringVar(&anchors, "anchors", "", "file or folder with the anchors of the audit log that were kept outside")
	cmd.Flags().StringVar(&key, "key", os.Getenv("HANDOVER_PUBLIC_KEY"), "public key, base64; HANDOVER_PUBLIC_KEY by default")
	return cmd
}

func printReport(w *tabwriter.Writer, r evidence.Report) {
	row(w, "whole and signed by the key given")
	if r.Run != "" {
		row(w, "run", r.Run, string(r.State))
		row(w, "person", r.Email, r.Name, string(r.Person))
		row(w, "audit entries", r.Entries, r.LastHash)
	}
	if r.GlobalFirst > 0 {
		row(w, "global chain", fmt.Sprintf("entries %d to %d", r.GlobalFirst, r.GlobalLast))
	}
	row(w, "head of the global chain", r.Head.Seq, r.Head.Hash)
	if from, n := r.Linked(); n > 0 {
		row(w, "linked to it", fmt.Sprintf("every entry from %d on", from), fmt.Sprintf("%d of %d by their hash alone, of confidential runs", r.Withheld, n))
	}
	for _, part := range r.Parts {
		row(w, "part", part.Name)
	}
}
