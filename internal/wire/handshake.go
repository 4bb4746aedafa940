package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The two socket types that Locust uses.
const (
	socketDealer = "DEALER"
	socketRouter = "ROUTER"
)

const (
	greetingSize = 64
	maxIdentity  = 255
	// maxCommand bounds commands before the handshake is over: READY is the longest.
	maxCommand = 4 << 10
)

// appendGreeting appends the ZMTP 3.0 greeting of the NULL mechanism.
func appendGreeting(b []byte) []byte {
	g := [greetingSize]byte{0: 0xff, 8: 1, 9: 0x7f, 10: 3, 11: 0}
	copy(g[12:32], "NULL")
	return append(b, g[:]...)
}

// readGreeting reads and checks the peer's greeting. Bytes 1 to 8 are the length
// of a ZMTP 1.0 identity and mean nothing here.
func readGreeting(r io.Reader) error {
	var g [greetingSize]byte
	if _, err := io.ReadFull(r, g[:11]); err != nil {
		return fmt.Errorf("reading greeting: %w", noEOF(err))
	}
	if g[0] != 0xff || g[9] != 0x7f {
		return errors.New("reading greeting: the peer does not speak ZMTP")
	}
	if g[10] < 3 {
		return fmt.Errorf("reading greeting: the peer speaks ZMTP %d, want 3", g[10])
	}
	if _, err := io.ReadFull(r, g[11:]); err != nil {
		return fmt.Errorf("reading greeting: %w", noEOF(err))
	}
	if m := string(bytes.TrimRight(g[12:32], "\x00")); m != "NULL" {
		return fmt.Errorf("reading greeting: the peer wants security mechanism %q, want NULL", m)
	}
	return nil
}

// appendCommand appends a command frame.
func appendCommand(b []byte, name string, data []byte) []byte {
	body := make([]byte, 0, 1+len(name)+len(data))
	body = append(body, byte(len(name)))
	body = append(body, name...)
	body = append(body, data...)
	return AppendFrame(b, Frame{Command: true, Body: body})
}

// splitCommand takes a command frame's body apart.
func splitCommand(body []byte) (name string, data []byte, err error) {
	if len(body) == 0 || len(body) < 1+int(body[0]) {
		return "", nil, errors.New("command without a name")
	}
	n := 1 + int(body[0])
	return string(body[1:n]), body[n:], nil
}

func appendReady(b []byte, socketType, identity string) []byte {
	var data []byte
	data = appendProperty(data, "Socket-Type", socketType)
	data = appendProperty(data, "Identity", identity)
	return appendCommand(b, "READY", data)
}

func appendProperty(b []byte, name, value string) []byte {
	b = append(b, byte(len(name)))
	b = append(b, name...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)))
	return append(b, value...)
}

// ready is what a READY command tells about the peer.
type ready struct {
	socketType string
	identity   string
}

// parseReady reads READY's properties; names are case-insensitive, unknown ones are skipped.
func parseReady(data []byte) (ready, error) {
	var r ready
	for len(data) > 0 {
		name, value, rest, err := cutProperty(data)
		if err != nil {
			return ready{}, err
		}
		switch strings.ToLower(name) {
		case "socket-type":
			r.socketType = value
		case "identity":
			r.identity = value
		}
		data = rest
	}
	if len(r.identity) > maxIdentity {
		return ready{}, fmt.Errorf("identity has %d bytes, limit %d", len(r.identity), maxIdentity)
	}
	return r, nil
}

func cutProperty(b []byte) (name, value string, rest []byte, err error) {
	errShort := errors.New("property is cut short")
	n := 1 + int(b[0])
	if len(b) < n+4 {
		return "", "", nil, errShort
	}
	size := uint64(binary.BigEndian.Uint32(b[n:]))
	if uint64(len(b)-n-4) < size {
		return "", "", nil, errShort
	}
	end := n + 4 + int(size)
	return string(b[1:n]), string(b[n+4 : end]), b[end:], nil
}
