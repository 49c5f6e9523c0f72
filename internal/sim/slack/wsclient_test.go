package slack_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// wsClient is a client's side of RFC 6455, just enough to try the server.
type wsClient struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	mu   sync.Mutex
}

// connect asks for a socket URL and does the handshake.
func (w *world) connect(t *testing.T) *wsClient {
	t.Helper()
	_, out := w.callAs(t, "apps.connections.open", appToken, nil)
	require.Equal(t, true, out["ok"], out)
	return dial(t, out["url"].(string))
}

func dial(t *testing.T, target string) *wsClient {
	t.Helper()
	u, err := url.Parse(target)
	require.NoError(t, err)
	require.Equal(t, "ws", u.Scheme)
	conn, err := net.Dial("tcp", u.Host)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	t.Cleanup(func() { conn.Close() })
	key := base64.StdEncoding.EncodeToString([]byte("sixteen bytes ok"))
	_, err = io.WriteString(conn, "GET "+u.RequestURI()+" HTTP/1.1\r\nHost: "+u.Host+"\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "+key+"\r\n\r\n")
	require.NoError(t, err)
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, resp.StatusCode)
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	require.Equal(t, base64.StdEncoding.EncodeToString(sum[:]), resp.Header.Get("Sec-WebSocket-Accept"))
	return &wsClient{t: t, conn: conn, in: in}
}

// write sends one masked frame.
func (c *wsClient) write(op byte, payload []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	head := []byte{op}
	switch n := len(payload); {
	case n < 126:
		head = append(head, 0x80|byte(n))
	case n <= 0xFFFF:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), uint64(n))
	}
	mask := []byte{1, 2, 3, 4}
	head = append(head, mask...)
	for i, b := range payload {
		head = append(head, b^mask[i%4])
	}
	_, err := c.conn.Write(head)
	return err
}

// frame reads one frame of the server, which must not be masked.
func (c *wsClient) frame() (op byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return 0, nil, err
	}
	n := uint64(head[1])
	if n > 125 {
		wide := make([]byte, 8)
		size := map[uint64]int{126: 2, 127: 8}[n]
		if _, err := io.ReadFull(c.in, wide[8-size:]); err != nil {
			return 0, nil, err
		}
		n = binary.BigEndian.Uint64(wide)
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(c.in, payload)
	return head[0] & 0x0F, payload, err
}

// next gives the next text message, and answers pings.
func (c *wsClient) next() (object, error) {
	for {
		op, payload, err := c.frame()
		if err != nil {
			return nil, err
		}
		switch op {
		case 0x9:
			if err := c.write(0x8A, payload); err != nil {
				return nil, err
			}
		case 0x8:
			return nil, io.EOF
		case 0x1:
			var o object
			return o, json.Unmarshal(payload, &o)
		}
	}
}

func (c *wsClient) message() object {
	c.t.Helper()
	o, err := c.next()
	require.NoError(c.t, err)
	return o
}

// acknowledges answers every envelope with what do gives, until the connection ends.
func (c *wsClient) acknowledges(do func(envelope object) any) {
	go func() {
		for {
			envelope, err := c.next()
			if err != nil {
				return
			}
			ack := object{"envelope_id": envelope["envelope_id"]}
			if payload := do(envelope); payload != nil {
				ack["payload"] = payload
			}
			raw, _ := json.Marshal(ack)
			if c.write(0x81, raw) != nil {
				return
			}
		}
	}()
}
