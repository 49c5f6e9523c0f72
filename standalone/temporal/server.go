// Package temporal runs a whole Temporal server and its web UI inside this
// process: for a demo, a developer and a small company. Everything listens on
// loopback, because the server has no sign-in of its own.
//
// Only one server may use a data folder or a database, and a SQLite file belongs
// to the server version that made it. What people decided and why is kept in
// Handover's own store: losing Temporal's data loses open runs, not records.
package temporal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/temporal"
)

// Server is a running Temporal server.
type Server struct {
	options Options
	logger  *logger
	server  temporal.Server
	ui      *ui

	stopOnce sync.Once
	stopErr  error
	done     chan struct{}
	// release lets go of the data folder and the database, in that order.
	release func() error
}

// Start opens the data, upgrades the database where that is possible, and
// returns when the frontend answers and the namespace is as the options say.
func Start(ctx context.Context, options Options) (*Server, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("start temporal: %w", err)
	}
	s := &Server{options: options, logger: newLogger(options.Logger), done: make(chan struct{})}
	if err := s.start(ctx); err != nil {
		return nil, fmt.Errorf("start temporal: %w", err)
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if err := os.MkdirAll(s.options.DataDir, 0o700); err != nil {
		return err
	}
	lock, err := lockFolder(s.options.DataDir)
	if err != nil {
		return err
	}
	s.release = lock.Close
	var front claim
	if s.options.Addr, front, err = listenAddress(s.options.Addr); err != nil {
		return err
	}
	defer front.release()
	data, err := openStorage(ctx, s.options)
	if err != nil {
		return err
	}
	s.release = func() error { return errors.Join(data.release(), lock.Close()) }
	if err := s.startServer(data); err != nil {
		return err
	}
	if err := s.applyNamespace(ctx); err != nil {
		return err
	}
	s.logger.steady.Store(true)
	if s.options.UIAddr != "" {
		s.ui, err = startUI(ctx, s.options)
	}
	return err
}

// startServer builds and starts the server proper. What it would end the process
// for, such as a port that was taken a moment ago, comes back as an error.
func (s *Server) startServer(data storage) (err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case fatalError:
			err = cause
		default:
			panic(cause)
		}
	}()
	settings, hosts, inner, err := serverConfig(s.options.Addr, data)
	if err != nil {
		return err
	}
	defer inner.release()
	server, err := temporal.NewServer(
		temporal.WithConfig(settings),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithDynamicConfigClient(dynamicConfig()),
		temporal.WithLogger(s.logger),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
	)
	if err != nil {
		return err
	}
	s.server = server
	return server.Start()
}

// Addr is host:port of the frontend.
func (s *Server) Addr() string { return s.options.Addr }

// UIAddr is host:port of the web UI, or empty where there is none.
func (s *Server) UIAddr() string {
	if s.ui == nil {
		return ""
	}
	return s.ui.addr
}

// Dial returns a client for this server; its caller closes it. Address, namespace
// and logger are filled in where the options leave them out.
func (s *Server) Dial(ctx context.Context, options client.Options) (client.Client, error) {
	if options.HostPort == "" {
		options.HostPort = s.options.Addr
	}
	if options.Namespace == "" {
		options.Namespace = s.options.Namespace
	}
	if options.Logger == nil {
		options.Logger = sdklog.NewStructuredLogger(quiet(s.options.Logger))
	}
	return client.DialContext(ctx, options)
}

// Stop ends the UI, then the server, and gives the data folder back. When ctx
// ends first its error is returned and stopping goes on; Done tells the end.
// Further calls wait for the same end.
func (s *Server) Stop(ctx context.Context) error {
	go s.stopOnce.Do(func() {
		s.stopErr = s.stop()
		close(s.done)
	})
	select {
	case <-s.done:
		return s.stopErr
	case <-ctx.Done():
		return fmt.Errorf("stop temporal: %w", ctx.Err())
	}
}

// Done is closed when the server has stopped.
func (s *Server) Done() <-chan struct{} { return s.done }

// stop ends whatever start has got to.
func (s *Server) stop() error {
	s.logger.steady.Store(false)
	var problems []error
	if s.ui != nil {
		s.ui.stop()
	}
	if s.server != nil {
		problems = append(problems, s.server.Stop())
	}
	if s.release != nil {
		problems = append(problems, s.release())
	}
	return errors.Join(problems...)
}

// quiet returns a logger that drops what is less than a warning.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(warnings{log.Handler()})
}
