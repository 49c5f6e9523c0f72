package slack

import (
	"bufio"
	"crypto/sha1" // what RFC 6455 asks for; nothing is kept secret with it
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Opcodes of RFC 6455, section 5.2.
const (
	opContinuation = 0x0
	opText         = 0x1
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
)

// Close codes of RFC 6455, section 7.4.1.
const (
	closeNormal   = 1000
	closeProtocol = 1002
	closeTooBig   = 1009
)

// longestFrame bounds what a client may send in one message.
const longestFrame = 1 << 20

// errClosed says that the other side closed the connection properly.
var errClosed = errors.New("websocket closed")

// websocket is the server's side of one connection. One goroutine reads; any may write.
type websocket struct {
	conn net.Conn
	in   *bufio.Reader
	mu   sync.Mutex // of writing
}

// upgrade does the opening handshake (RFC 6455, section 4.2).
func upgrade(w http.ResponseWriter, r *http.Request) (*websocket, error) {
	key := r.Header.Get("Sec-WebSocket-Key")
	if !headerHas(r, "Connection", "upgrade") || !headerHas(r, "Upgrade", "websocket") ||
		r.Header.Get("Sec-WebSocket-Version") != "13" || key == "" || r.Method != http.MethodGet {
		w.Header().Set("Sec-WebSocket-Version", "13")
		http.Error(w, "a WebSocket handshake is expected here", http.StatusUpgradeRequired)
		return nil, errors.New("upgrade: no handshake")
	}
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		http.Error(w, "this server cannot speak WebSocket", http.StatusInternalServerError)
		return nil, errors.New("upgrade: the connection cannot be taken over")
	}
	conn, buffered, err := hijacker.Hijack()
	if err != nil {
		return nil, fmt.Errorf("upgrade: %w", err)
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"
	if _, err := io.WriteString(conn, answer); err != nil {
		conn.Close()
		return nil, fmt.Errorf("upgrade: %w", err)
	}
	return &websocket{conn: conn, in: buffered.Reader}, nil
}

func headerHas(r *http.Request, name, token string) bool {
	for _, value := range r.Header.Values(name) {
		for _, part := range strings.Split(value, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// write sends one unfragmented frame; a server's frames are not masked.
func (ws *websocket) write(op byte, payload []byte) error {
	head := []byte{0x80 | op}
	switch n := len(payload); {
	case n < 126:
		head = append(head, byte(n))
	case n <= 0xFFFF:
		head = binary.BigEndian.AppendUint16(append(head, 126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 127), uint64(n))
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if err := ws.conn.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	if _, err := ws.conn.Write(append(head, payload...)); err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	return nil
}

// close says goodbye with a code and cuts the connection.
func (ws *websocket) close(code uint16) {
	_ = ws.write(opClose, binary.BigEndian.AppendUint16(nil, code)) // the other side may be gone
	ws.conn.Close()
}

// read gives the next text message. It answers pings, and a close frame with one of its own.
func (ws *websocket) read() ([]byte, error) {
	var message []byte
	for {
		op, final, payload, err := ws.frame()
		if err != nil {
			return nil, err
		}
		switch op {
		case opPing:
			if err := ws.write(opPong, payload); err != nil {
				return nil, err
			}
			continue
		case opPong:
			continue
		case opClose:
			ws.close(closeNormal)
			return nil, errClosed
		case opText, opContinuation:
		default:
			return nil, ws.broken(closeProtocol, "an opcode that nobody knows")
		}
		if message = append(message, payload...); len(message) > longestFrame {
			return nil, ws.broken(closeTooBig, "a message that is too long")
		}
		if final {
			return message, nil
		}
	}
}

// frame reads one frame and takes the mask off.
func (ws *websocket) frame() (op byte, final bool, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(ws.in, head[:]); err != nil {
		return 0, false, nil, fmt.Errorf("read frame: %w", err)
	}
	op, final = head[0]&0x0F, head[0]&0x80 != 0
	length := uint64(head[1] & 0x7F)
	control := op >= opClose
	if head[0]&0x70 != 0 || head[1]&0x80 == 0 || control && (length > 125 || !final) {
		return 0, false, nil, ws.broken(closeProtocol, "a frame against the rules: unmasked, reserved bits, or a long control frame")
	}
	for _, extended := range []struct {
		mark uint64
		size int
	}{{126, 2}, {127, 8}} {
		if uint64(head[1]&0x7F) != extended.mark {
			continue
		}
		wide := make([]byte, 8)
		if _, err := io.ReadFull(ws.in, wide[8-extended.size:]); err != nil {
			return 0, false, nil, fmt.Errorf("read frame: %w", err)
		}
		length = binary.BigEndian.Uint64(wide)
	}
	if length > longestFrame {
		return 0, false, nil, ws.broken(closeTooBig, "a frame that is too long")
	}
	body := make([]byte, 4+length)
	if _, err := io.ReadFull(ws.in, body); err != nil {
		return 0, false, nil, fmt.Errorf("read frame: %w", err)
	}
	mask, payload := body[:4], body[4:]
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return op, final, payload, nil
}

func (ws *websocket) broken(code uint16, what string) error {
	ws.close(code)
	return errors.New("the client sent " + what)
}
