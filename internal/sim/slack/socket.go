package slack

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Facts of Socket Mode (socket; slack-go's socketmode for the size, which Slack drops in silence).
const (
	mostSockets   = 10
	longestAck    = 20 << 10
	pingEvery     = 5 * time.Second
	reasonTooMany = "too_many_websockets" // from memory
)

// sockets are the app's open connections.
type sockets struct {
	tickets map[string]bool
	open    []*socketConn
	turn    int
}

func newSockets() sockets { return sockets{tickets: map[string]bool{}} }

// socketConn is one connection, and who waits for acknowledgements on it.
type socketConn struct {
	ws      *websocket
	gone    chan struct{}
	waiting map[string]chan []byte // by envelope id; guarded by the simulator's lock
}

// openConnection gives a URL to connect to; it works once.
func (s *Simulator) openConnection(*call) answer {
	ticket := s.ids.secretPart()
	s.sockets.tickets[ticket] = true
	base := strings.Replace(s.base, "http", "ws", 1)
	return success(object{"url": base + "/socket/" + ticket + "?app_id=" + url.QueryEscape(s.opt.AppID)})
}

// serveSocket takes one connection from its handshake to its end.
func (s *Simulator) serveSocket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	ticket := r.PathValue("ticket")
	good := s.sockets.tickets[ticket] && !s.down
	delete(s.sockets.tickets, ticket)
	s.mu.Unlock()
	if !good {
		http.Error(w, "this socket URL was used or never given: call apps.connections.open", http.StatusForbidden)
		return
	}
	ws, err := upgrade(w, r)
	if err != nil {
		return // upgrade has answered
	}
	conn := &socketConn{ws: ws, gone: make(chan struct{}), waiting: map[string]chan []byte{}}
	n, tooMany := s.addSocket(conn)
	if tooMany {
		conn.disconnect(reasonTooMany)
		ws.close(closeNormal)
		return
	}
	defer s.removeSocket(conn)
	go conn.ping()
	if ws.write(opText, encode(s.hello(n))) == nil {
		s.listen(conn)
	}
}

func (s *Simulator) hello(connections int) object {
	return object{"type": "hello", "num_connections": connections, "connection_info": object{"app_id": s.opt.AppID},
		"debug_info": object{"host": "applink-simulated", "build_number": 1, "approximate_connection_time": 18060}}
}

func (s *Simulator) addSocket(conn *socketConn) (n int, tooMany bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sockets.open) >= mostSockets {
		return 0, true
	}
	s.sockets.open = append(s.sockets.open, conn)
	return len(s.sockets.open), false
}

func (s *Simulator) removeSocket(conn *socketConn) {
	s.mu.Lock()
	for i, open := range s.sockets.open {
		if open == conn {
			s.sockets.open = append(s.sockets.open[:i:i], s.sockets.open[i+1:]...)
			break
		}
	}
	s.mu.Unlock()
	close(conn.gone)
	conn.ws.conn.Close()
}

// ping keeps the client's watchdog quiet.
func (conn *socketConn) ping() {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-conn.gone:
			return
		case <-ticker.C:
			_ = conn.ws.write(opPing, []byte("Ping from the simulator")) // reading notices a dead connection
		}
	}
}

func (conn *socketConn) disconnect(reason string) {
	body := encode(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "applink-simulated"}})
	_ = conn.ws.write(opText, body) // the other side may be gone
}

// listen hands acknowledgements to those who wait for them, until the connection ends.
func (s *Simulator) listen(conn *socketConn) {
	for {
		raw, err := conn.ws.read()
		if err != nil {
			return
		}
		var ack struct {
			EnvelopeID string `json:"envelope_id"`
		}
		if decode(raw, &ack) != nil {
			continue
		}
		s.mu.Lock()
		waiting := conn.waiting[ack.EnvelopeID]
		delete(conn.waiting, ack.EnvelopeID)
		s.mu.Unlock()
		if waiting != nil {
			waiting <- raw // has room for one
		}
	}
}

// Sockets is the number of open connections.
func (s *Simulator) Sockets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sockets.open)
}

// DisconnectSockets asks the app to leave all its connections, as Slack does every few hours. The reason
// "refresh_requested" closes them; "warning" only announces it.
func (s *Simulator) DisconnectSockets(reason string) {
	for _, conn := range s.openSockets() {
		conn.disconnect(reason)
		if reason != "warning" {
			conn.ws.close(closeNormal)
		}
	}
}

// cutSockets drops all connections without a word.
func (s *Simulator) cutSockets() {
	for _, conn := range s.openSockets() {
		conn.ws.conn.Close()
	}
}

func (s *Simulator) openSockets() []*socketConn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*socketConn(nil), s.sockets.open...)
}

// pickSocket takes the connections in turn; nil when there is none.
func (s *Simulator) pickSocket() *socketConn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sockets.open) == 0 {
		return nil
	}
	s.sockets.turn++
	return s.sockets.open[s.sockets.turn%len(s.sockets.open)]
}

// envelope wraps an interaction for the socket.
func (s *Simulator) envelope(in interaction) (id string, raw []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tail := s.ids.secretPart()
	id = fmt.Sprintf("%s-%s-4%s-8%s-%s", tail[:8], tail[8:12], tail[12:15], tail[15:18], tail[18:30])
	o := object{"type": "interactive", "envelope_id": id, "payload": in.payload,
		"accepts_response_payload": in.payload["type"] == "view_submission"}
	if in.command != nil {
		fields := object{}
		for name := range in.command {
			fields[name] = in.command.Get(name)
		}
		o["type"], o["payload"], o["accepts_response_payload"] = "slash_commands", fields, true
	}
	return id, encode(o)
}

// overSocket sends an envelope and waits for its acknowledgement.
func (s *Simulator) overSocket(ctx context.Context, conn *socketConn, in interaction) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	reply := Reply{Via: ViaSocket}
	id, raw := s.envelope(in)
	acked := make(chan []byte, 1)
	s.mu.Lock()
	conn.waiting[id] = acked
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(conn.waiting, id)
	}()
	began := s.now()
	if err := conn.ws.write(opText, raw); err != nil {
		return reply, fmt.Errorf("send envelope: %w: %w", err, ErrDelivery)
	}
	select {
	case ack := <-acked:
		reply.Took = s.now().Sub(began)
		reply.Late = reply.Took > ackWithin
		return acknowledged(reply, ack)
	case <-conn.gone:
		return reply, fmt.Errorf("the socket closed before envelope %s was acknowledged: %w", id, ErrDelivery)
	case <-ctx.Done():
		reply.Took, reply.Late = s.now().Sub(began), true
		return reply, fmt.Errorf("envelope %s was not acknowledged: %w", id, ErrDelivery)
	}
}

// acknowledged reads the payload of an acknowledgement. Slack drops those of 20 KB and more.
func acknowledged(reply Reply, raw []byte) (Reply, error) {
	if len(raw) >= longestAck {
		return reply, fmt.Errorf("an acknowledgement of %d bytes is dropped: send large answers through the Web API: %w", len(raw), ErrDelivery)
	}
	var ack struct {
		Payload any `json:"payload"`
	}
	if err := decode(raw, &ack); err != nil {
		return reply, fmt.Errorf("read acknowledgement: %w: %w", err, ErrDelivery)
	}
	reply.Status = http.StatusOK
	if ack.Payload != nil {
		reply.Body = encode(ack.Payload)
	}
	return reply, nil
}
