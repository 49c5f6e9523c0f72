package temporal

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/temporalio/ui-server/v2/server"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// uiPoll is how often a starting UI is asked whether it listens; it cannot tell.
const uiPoll = 10 * time.Millisecond

// ui is a running web UI.
type ui struct {
	addr   string
	server *server.Server
	ended  chan struct{}
}

// startUI returns when the UI takes connections. Its port is tried beforehand:
// the UI's server ends the process when it cannot listen.
func startUI(ctx context.Context, options Options) (*ui, error) {
	addr, ours, err := listenAddress(options.UIAddr)
	if err != nil {
		return nil, fmt.Errorf("start web ui: %w", err)
	}
	defer ours.release()
	settings := uiConfig(addr, options)
	if err := settings.Validate(); err != nil {
		return nil, fmt.Errorf("start web ui: %w", err)
	}
	u := &ui{
		addr:   addr,
		server: server.NewServer(server_options.WithConfigProvider(settings)),
		ended:  make(chan struct{}),
	}
	go func() {
		defer close(u.ended)
		_ = u.server.Start() // nil once stopped; it does not return otherwise
	}()
	if err := u.await(ctx); err != nil {
		u.stop()
		return nil, fmt.Errorf("start web ui: %w", err)
	}
	return u, nil
}

func uiConfig(addr string, options Options) *config.Config {
	host, port := splitAddress(addr)
	if net.ParseIP(host).To4() == nil {
		host = "[" + host + "]" // the UI puts host:port together by itself
	}
	return &config.Config{
		TemporalGRPCAddress: options.Addr,
		Host:                host,
		Port:                port,
		EnableUI:            true,
		DefaultNamespace:    options.Namespace,
		DisableWriteActions: !options.UIWriteActions,
		DisableNewsFetch:    true, // no request leaves this machine
		HideLogs:            true,
		// The cookie against cross-site requests; there is no TLS on loopback.
		CORS: config.CORS{CookieInsecure: true},
	}
}

// await returns when the UI takes connections.
func (u *ui) await(ctx context.Context) error {
	tick := time.NewTicker(uiPoll)
	defer tick.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// stop closes all connections and returns when the UI has ended.
func (u *ui) stop() {
	u.server.Stop()
	<-u.ended
}
