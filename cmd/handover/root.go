package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"handover/internal/client"
	"handover/internal/config"
)

// usageError is a command line that cannot be meant.
type usageError struct{ error }

func usage(text string) error { return usageError{errors.New(text)} }

// cli is what the commands share.
type cli struct {
	format string
	out    io.Writer
}

func newRoot() *cobra.Command {
	c := &cli{}
	root := &cobra.Command{Use: "handover", Short: "People's access to apps: joining, changing role, leaving, review",
		SilenceErrors: true, SilenceUsage: true, Args: cobra.ArbitraryArgs, RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(fmt.Sprintf("there is no command %q: see `handover --help`", args[0]))
			}
			return cmd.Help()
		}, CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true}}
	root.PersistentFlags().StringVar(&c.format, "format", "table", "table or json")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(err.Error() + ": see `" + cmd.CommandPath() + " --help`")
	})
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		c.out = cmd.OutOrStdout()
		more := c.format == "csv" && cmd.Name() == "audit" || c.format == "html" && cmd.Name() == "assess"
		if c.format != "table" && c.format != "json" && !more {
			return usage("--format is table or json, for the audit log also csv, for an assessment also html")
		}
		return nil
	}
	root.AddCommand(c.serveCommand(), c.workerCommand(), c.migrateCommand(), c.doctorCommand(), c.accessCommand(), c.recipeCommand(), c.tokensCommand(),
		c.offboardCommand(), c.onboardCommand(), c.roleCommand(), c.invitesCommand(), c.runsCommand(), c.approvalsCommand(), c.tasksCommand(), c.auditCommand(), c.evidenceCommand(), c.seatsCommand(), c.noticesCommand(), c.awayCommand(), c.peopleCommand(), c.hrCommand(), c.membersCommand(), c.reconcileCommand(), c.assessCommand(), c.reviewCommand())
	return root
}

// exactly makes a wrong number of arguments wrong usage.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usage("usage: " + cmd.UseLine())
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, children ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return usage("say what to do: see `" + cmd.CommandPath() + " --help`")
	}}
	g.AddCommand(children...)
	return g
}

// api signs in with the personal token.
func (c *cli) api(ctx context.Context) (*client.Client, error) {
	env, _, err := config.ReadEnv(ctx, nil)
	if err != nil {
		return nil, err
	}
	return client.New(env.APIURL, env.APIToken)
}
