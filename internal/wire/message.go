package wire

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/tinylib/msgp/msgp"
)

// The types of Message, from a worker, a master or both (locust-protocol.md 7 and 8).
const (
	TypeClientReady      = "client_ready"
	TypeHeartbeat        = "heartbeat"
	TypeStats            = "stats"
	TypeSpawning         = "spawning"
	TypeSpawningComplete = "spawning_complete"
	TypeClientStopped    = "client_stopped"
	TypeException        = "exception"
	TypeLogs             = "logs"
	TypeQuit             = "quit"
	TypeAck              = "ack"
	TypeSpawn            = "spawn"
	TypeStop             = "stop"
	TypeReconnect        = "reconnect"
	// TypeReport is ours: a worker that saw Ack.Protocol sends it each second instead of TypeStats.
	TypeReport = "swarmgrid.report"
)

// Protocol is the version of our extension of the wire, as Ack carries it.
const Protocol = 1

// Message is one payload on the wire.
type Message struct {
	Type string
	// Data is one msgpack value, which the DecodeXxx functions read; empty means nil.
	Data []byte
	// NodeID is the worker's identity, in both directions.
	NodeID string
}

// Payload is data that can be put into a Message.
type Payload interface {
	// AppendMsg appends the payload's msgpack value.
	AppendMsg(b []byte) []byte
}

// Encode returns the bytes of a message; data may be nil.
func Encode(typ string, data Payload, nodeID string) []byte {
	b := msgp.AppendArrayHeader(nil, 3)
	b = appendStr(b, typ)
	if data == nil {
		b = msgp.AppendNil(b)
	} else {
		b = data.AppendMsg(b)
	}
	return appendStr(b, nodeID)
}

// DecodeMessage reads a message. Data points into payload. An error means that
// the payload is not one of Locust's messages, whole and with nothing after it (locust-protocol.md 4).
func DecodeMessage(payload []byte) (Message, error) {
	d := newDecoder(payload)
	var m Message
	if n := read(d, msgp.ReadArrayHeaderBytes); d.err == nil && n != 3 {
		return m, fmt.Errorf("decoding message: array of %d, want 3", n)
	}
	if t := d.next(); t != msgp.StrType && t != msgp.BinType {
		d.fail(errors.New("type is not a string"))
	}
	m.Type = d.str()
	m.Data = d.raw()
	if t := d.next(); t != msgp.StrType && t != msgp.BinType && t != msgp.NilType {
		d.fail(errors.New("node id is not a string"))
	}
	// Not sanitised like other strings: it must stay equal to the ZMTP identity.
	m.NodeID = string(d.bin())
	if err := d.finish("message"); err != nil {
		return Message{}, err
	}
	return m, nil
}

// appendStr appends text as valid UTF-8, without which Python's decoder raises.
func appendStr(b []byte, s string) []byte {
	return msgp.AppendString(b, strings.ToValidUTF8(s, "\uFFFD"))
}

func appendNum(b []byte, key string, v float64) []byte {
	return msgp.AppendFloat64(appendStr(b, key), finite(v))
}

func appendInt(b []byte, key string, v int64) []byte {
	return msgp.AppendInt64(appendStr(b, key), v)
}

func appendText(b []byte, key, v string) []byte {
	return appendStr(appendStr(b, key), v)
}

func appendOptNum(b []byte, key string, v *float64) []byte {
	if v == nil {
		return msgp.AppendNil(appendStr(b, key))
	}
	return appendNum(b, key, *v)
}

// appendMap writes a nil map as an empty one: Python iterates over it without checking, and
// msgp's own function writes nil.
func appendMap[K cmp.Ordered, V any](b []byte, m map[K]V, key func([]byte, K) []byte, value func([]byte, V) []byte) []byte {
	if m == nil {
		m = map[K]V{}
	}
	return msgp.AppendMapSorted(b, m, key, value)
}

// appendList writes a nil slice as an empty array, for the same reason.
func appendList[V any](b []byte, list []V, value func([]byte, V) []byte) []byte {
	b = msgp.AppendArrayHeader(b, uint32(len(list)))
	for _, v := range list {
		b = value(b, v)
	}
	return b
}

func appendCounts(b []byte, key string, m map[string]int) []byte {
	return appendMap(appendStr(b, key), m, appendStr, msgp.AppendInt)
}

// The bounds of user classes, which a master keeps for each worker.
const (
	maxClasses   = 1000
	maxClassName = 200
)

// counts reads users by class.
func (d *decoder) counts() map[string]int {
	m := map[string]int{}
	d.pairs(func() {
		name := d.str()
		m[name] = int(d.count())
		if len(name) > maxClassName || len(m) > maxClasses {
			d.fail(fmt.Errorf("%s has %d names, the last of %d bytes; limits are %d and %d", d.key, len(m), len(name), maxClasses, maxClassName))
		}
	})
	return m
}
