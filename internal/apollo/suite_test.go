package apollo_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/activities/connectortest"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// shutDoor answers everything with a status, once one is set.
type shutDoor struct {
	next   http.RoundTripper
	status atomic.Int32
}

func (r *shutDoor) RoundTrip(req *http.Request) (*http.Response, error) {
	code := int(r.status.Load())
	if code == 0 {
		return r.next.RoundTrip(req)
	}
	body := fmt.Sprintf(`{"error":"%s may not, with %s"}`, leaver, canaryKey)
	return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

func TestWhatEveryConnectorMustPass(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, func(t *testing.T) *connectortest.App {
		w := demo(t, withSCIM)
		door := &shutDoor{next: w.wire.next}
		w.wire.next = door
		return &connectortest.App{Connector: w.Connector, Leaver: w.id(leaver), Email: leaver, Logs: w.logs.String, Secrets: []string{canaryKey, canaryToken},
			Writes: func() int {
				n := 0
				for _, e := range w.sim.Effects() {
					if e.Kind == sim.KindUser && e.Field == "deleted" {
						n++
					}
				}
				return n
			},
			CutShort: func() { require.NoError(t, w.sim.SetFaults(1, sim.Fault{Kind: sim.FaultTruncate})) },
			Fail: func(status int) {
				w.gate.mu.Lock() // a gate that remembers one refusal would hide the next
				w.gate.states = map[string]domain.RateState{}
				w.gate.mu.Unlock()
				door.status.Store(int32(status))
			}}
	})
}
