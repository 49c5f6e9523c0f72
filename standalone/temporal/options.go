package temporal

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strconv"
	"time"

	enums "go.temporal.io/api/enums/v1"
)

const (
	defaultAddr      = "127.0.0.1:7233"
	defaultNamespace = "default"
	defaultRetention = 30 * 24 * time.Hour

	// minRetention is the server's own limit for a namespace of one cluster.
	minRetention = time.Hour
)

// Options says where the server keeps its data and where it listens. Only
// DataDir is required.
type Options struct {
	// DataDir holds the lock, and the SQLite file unless Database is set. It is
	// created, readable by its owner only.
	DataDir string

	// Addr is host:port of the frontend, default 127.0.0.1:7233. The host is a
	// loopback address, or empty for 127.0.0.1; port 0 takes a free one. The
	// server has no sign-in, so anything else is refused.
	Addr string

	// UIAddr is host:port of Temporal's web UI under the same rules. Empty means
	// no UI.
	UIAddr string

	// UIWriteActions lets people terminate, signal or reset runs in the UI. Off
	// by default: such changes pass by Handover's authorisation and audit log.
	UIWriteActions bool

	// Database is empty for a SQLite file under DataDir, which no other server
	// version can read, or a postgres:// URL, which this and later versions
	// upgrade in place. The database that it names and a second one,
	// NAME_visibility, are created where they do not exist.
	Database string

	// Namespace is created where it does not exist; default "default".
	Namespace string

	// Retention is how long closed runs are kept, default 30 days, at least an
	// hour. It is applied to an existing namespace as well.
	Retention time.Duration

	// SearchAttributes are the namespace's own, by name. Those that an existing
	// namespace lacks are added; none is ever removed.
	SearchAttributes map[string]enums.IndexedValueType

	// Logger gets the server's warnings and errors, without payloads. Nil
	// discards them.
	Logger *slog.Logger
}

// withDefaults returns complete options, or all that is wrong with them.
func (o Options) withDefaults() (Options, error) {
	if o.Addr == "" {
		o.Addr = defaultAddr
	}
	if o.Namespace == "" {
		o.Namespace = defaultNamespace
	}
	if o.Retention == 0 {
		o.Retention = defaultRetention
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	var problems []error
	if o.DataDir == "" {
		problems = append(problems, errors.New("data folder is empty: name one"))
	} else if path, err := filepath.Abs(o.DataDir); err != nil {
		problems = append(problems, err)
	} else {
		o.DataDir = path
	}
	if o.Retention < minRetention {
		problems = append(problems, fmt.Errorf("retention %s is too short: use at least %s", o.Retention, minRetention))
	}
	return o, errors.Join(problems...)
}

// listenAddress returns address with its host made explicit and its port free to
// listen on, a port of our choice for 0. That one is ours until the claim is given
// back, which is to be done when the port is taken or not needed.
func listenAddress(address string) (string, claim, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", nil, fmt.Errorf("read address %q: %w: write host:port", address, err)
	}
	if host == "" || host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return "", nil, fmt.Errorf("listen on %s: not a loopback address, and temporal has no sign-in: use 127.0.0.1:%s", address, port)
	}
	if port == "0" {
		ports, ours, err := freePorts(host, 1, 0)
		if err != nil {
			return "", nil, err
		}
		return net.JoinHostPort(host, strconv.Itoa(ports[0])), ours, nil
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return "", nil, fmt.Errorf("%w: stop what listens there or choose another address", err)
	}
	return listener.Addr().String(), nil, listener.Close()
}

// Ports of our choice lie below those that kernels give to outgoing connections:
// the server takes a port some moments after it was found free, and by then one
// of those would often be gone.
const (
	firstPort = 15000
	lastPort  = 32000
)

// claim is the right to some ports from when they are found free until the server
// listens on them. Of several installations that start on one machine at the same
// time each passes by what another has claimed: nothing uses the UDP port of the
// same number, so whoever holds that has the claim, and the kernel takes it back
// from a process that dies.
type claim []net.PacketConn

// release gives the ports back, once they are taken or not needed.
func (c claim) release() {
	for _, held := range c {
		_ = held.Close()
	}
}

// claimPort claims a port that is free.
func claimPort(host string, port int) (net.PacketConn, error) {
	address := net.JoinHostPort(host, strconv.Itoa(port))
	held, err := net.ListenPacket("udp", address)
	if err != nil {
		return nil, err
	}
	// Only now: who had the claim until a moment ago listens here.
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, errors.Join(err, held.Close())
	}
	return held, listener.Close()
}

// freePorts returns n different free ports of a loopback address, other than one
// that is promised to somebody, with a claim to them.
func freePorts(host string, n, promised int) (ports []int, ours claim, err error) {
	for try := 0; len(ports) < n; try++ {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if port == promised {
			continue
		}
		held, err := claimPort(host, port)
		if err != nil && try > 1000 {
			ours.release()
			return nil, nil, fmt.Errorf("find a free port: %w", err)
		}
		if err != nil {
			continue
		}
		ports, ours = append(ports, port), append(ours, held)
	}
	return ports, ours, nil
}

// splitAddress takes apart what listenAddress made.
func splitAddress(address string) (host string, port int) {
	host, text, _ := net.SplitHostPort(address)
	port, _ = strconv.Atoi(text)
	return host, port
}
