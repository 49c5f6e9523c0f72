package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"handover/domain"
	"handover/internal/app"
	"handover/internal/config"
	"handover/internal/obs"
	"handover/internal/store"
)

// open connects an installation to its database and to Temporal.
func open(ctx context.Context) (*app.Parts, func(), error) {
	env, vars, err := config.ReadEnv(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	log := obs.NewLogger(os.Stderr, env.LogLevel)
	st, err := openStore(ctx, env)
	if err != nil {
		return nil, nil, err
	}
	temporal, err := app.Dial(ctx, env, log)
	if err != nil {
		_ = st.Close()
		return nil, nil, err
	}
	parts, err := app.New(ctx, &app.Parts{Env: env, Vars: vars, Store: st, Temporal: temporal, Log: log})
	shut := func() {
		temporal.Close()
		_ = st.Close()
	}
	if err != nil {
		shut()
		return nil, nil, err
	}
	return parts, shut, nil
}

func openStore(ctx context.Context, env config.Env) (*store.Store, error) {
	if env.DatabaseURL == "" {
		return nil, fmt.Errorf("open database: DATABASE_URL is not set: give a postgres:// address, or use handover-standalone")
	}
	return store.OpenPostgres(ctx, string(env.DatabaseURL))
}

func (c *cli) serveCommand() *cobra.Command {
	return &cobra.Command{Use: "serve", Short: "Answer HTTP and carry commands to Temporal", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		parts, shut, err := open(cmd.Context())
		if err != nil {
			return err
		}
		defer shut()
		listener, err := net.Listen("tcp", parts.Env.HTTPAddr)
		if err != nil {
			return fmt.Errorf("listen on %s: the address is taken or not ours: set HTTP_ADDR", parts.Env.HTTPAddr)
		}
		parts.Log.Info("serving", "address", listener.Addr().String())
		return parts.Serve(cmd.Context(), listener)
	}}
}

// waitingGC is how much of what is in use may lie about before it is collected, in
// percent. A worker mostly waits, and holds hundreds of runs while it does: memory is
// worth more to it than the collector's time. GOGC says otherwise where it is set.
const waitingGC = 50

func collectOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(waitingGC)
	}
}

func (c *cli) workerCommand() *cobra.Command {
	var queues []string
	cmd := &cobra.Command{Use: "worker", Short: "Run workflows and call apps", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		parts, shut, err := open(cmd.Context())
		if err != nil {
			return err
		}
		defer shut()
		collectOften()
		parts.Queues = queues
		ctx, cancel := context.WithCancelCause(cmd.Context())
		defer cancel(nil)
		parts.Fatal = func(err error) { cancel(fmt.Errorf("work: %w", err)) }
		stop, err := parts.StartWorker(ctx)
		if err != nil {
			return err
		}
		parts.Log.Info("working")
		<-ctx.Done()
		stop()
		if cmd.Context().Err() != nil {
			return nil
		}
		return context.Cause(ctx)
	}}
	cmd.Flags().StringSliceVar(&queues, "queue", nil, "serve only the apps on these queues of the policy; all without it")
	return cmd
}

func (c *cli) migrateCommand() *cobra.Command {
	return &cobra.Command{Use: "migrate", Short: "Bring the database to this program's schema", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		env, _, err := config.ReadEnv(cmd.Context(), nil)
		if err != nil {
			return err
		}
		st, err := openStore(cmd.Context(), env)
		if err != nil {
			return err
		}
		defer func() { _ = st.Close() }()
		return st.Migrate(cmd.Context())
	}}
}

func (c *cli) doctorCommand() *cobra.Command {
	return &cobra.Command{Use: "doctor", Short: "Check what an installation needs, and say what to do", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		findings := app.Examine(cmd.Context())
		bad := 0
		for _, f := range findings {
			if !f.OK {
				bad++
			}
		}
		if err := c.show(findings, func(w *tabwriter.Writer) {
			for _, f := range findings {
				state := "ok"
				if !f.OK {
					state = "PROBLEM"
				}
				row(w, state, f.What, f.Text)
			}
		}); err != nil {
			return err
		}
		if bad > 0 {
			return fmt.Errorf("%d of %d checks failed", bad, len(findings))
		}
		return nil
	}}
}

func (c *cli) tokensCommand() *cobra.Command {
	return group("tokens", "Personal tokens, issued on the server itself", c.tokenIssue(), c.tokenRevoke())
}

func (c *cli) tokenIssue() *cobra.Command {
	var name string
	var days int
	cmd := &cobra.Command{Use: "issue EMAIL", Short: "Make a personal token and print it once", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		st, err := c.store(cmd.Context())
		if err != nil {
			return err
		}
		defer func() { _ = st.Close() }()
		person, err := st.PersonByEmail(cmd.Context(), args[0])
		if err != nil {
			return fmt.Errorf("issue token: nobody with this email is known: add the person to the policy file and start `handover serve` once")
		}
		token, secret, err := st.IssueToken(cmd.Context(), domain.SystemActor, person.ID, name, time.Now().AddDate(0, 0, days))
		if err != nil {
			return err
		}
		return c.show(map[string]string{"id": token.ID, "token": secret}, func(w *tabwriter.Writer) {
			row(w, "token", secret)
			row(w, "id", token.ID, "keep the token secret; it is not shown again")
		})
	}}
	cmd.Flags().StringVar(&name, "name", "command line", "what the token is for")
	cmd.Flags().IntVar(&days, "days", 90, "how long it is valid")
	return cmd
}

func (c *cli) tokenRevoke() *cobra.Command {
	return &cobra.Command{Use: "revoke ID", Short: "End a token", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		st, err := c.store(cmd.Context())
		if err != nil {
			return err
		}
		defer func() { _ = st.Close() }()
		return st.RevokeToken(cmd.Context(), domain.SystemActor, args[0])
	}}
}

func (c *cli) store(ctx context.Context) (*store.Store, error) {
	env, _, err := config.ReadEnv(ctx, nil)
	if err != nil {
		return nil, err
	}
	return openStore(ctx, env)
}
