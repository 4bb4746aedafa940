package wire

import (
	"strconv"
	"strings"

	"github.com/tinylib/msgp/msgp"
)

// NoVersion is the version of a worker that is not Python's, which no master checks.
const NoVersion = "-1"

// ClientReady is a worker's announcement.
type ClientReady struct {
	// Version is the Locust version that the worker speaks, or NoVersion; Debian's package sends "" (locust-protocol.md 6).
	Version string
	// Absent says that there was no version at all: a worker before 2.0, which cannot be used.
	Absent bool
}

// AppendMsg implements Payload.
func (c ClientReady) AppendMsg(b []byte) []byte {
	switch {
	case c.Absent:
		return msgp.AppendNil(b)
	case c.Version == NoVersion:
		// Any other integer would end a Python master's listener (locust-protocol.md 4).
		return msgp.AppendInt(b, -1)
	}
	return appendStr(b, c.Version)
}

// DecodeClientReady reads the data of TypeClientReady; a version may be any number
// (locust-protocol.md 4).
func DecodeClientReady(data []byte) (ClientReady, error) {
	d := newDecoder(data)
	var c ClientReady
	switch d.next() {
	case msgp.NilType:
		d.skip()
		c.Absent = true
	case msgp.StrType, msgp.BinType:
		c.Version = d.str()
	default:
		c.Version = strconv.FormatInt(d.int(), 10)
	}
	return c, d.finish(TypeClientReady)
}

// AtLeast tells whether the worker has that Locust version or a newer one. A worker that
// does not give its version is taken to be new.
func (c ClientReady) AtLeast(major, minor int) bool {
	if c.Absent {
		return false
	}
	parts := strings.SplitN(c.Version, ".", 3)
	if len(parts) < 2 {
		return true
	}
	a, errA := strconv.Atoi(parts[0])
	i, errI := strconv.Atoi(parts[1])
	if errA != nil || errI != nil {
		return true
	}
	return a > major || a == major && i >= minor
}

// Heartbeat is a worker's sign of life, once a second.
type Heartbeat struct {
	// State is ready, spawning or running.
	State string
	// CPU is in percent: of one core from Python, of what it may use from our worker.
	CPU float64
	// Memory is the resident set in bytes.
	Memory int64
	// Vitals are for our master from our worker; nil from others, and from earlier releases.
	Vitals *Vitals
}

// Vitals are what a worker's process has gone through since it began: sums that only grow.
type Vitals struct {
	// Waits counts how often a goroutine waited for a processor, as far as Go samples that, and
	// LongWaits those of more than a millisecond.
	Waits, LongWaits int64
	// GCMicros is for how long the garbage collector stopped everything, in stops of more than
	// five milliseconds.
	GCMicros int64
	// Periods are those of the scheduler's bandwidth control, Throttled those in which the
	// process's quota was used up; both are 0 without a quota.
	Periods, Throttled int64
	// Lags counts, as stats.Delays does, how late the worker's looks at the clock came, and
	// those that would have come meanwhile.
	Lags []int64
}

// AppendMsg implements Payload; both keys that Python requires are always there (locust-protocol.md 4).
func (h Heartbeat) AppendMsg(b []byte) []byte {
	n := uint32(3)
	if h.Vitals != nil {
		n++
	}
	b = msgp.AppendMapHeader(b, n)
	b = appendText(b, "state", h.State)
	b = appendNum(b, "current_cpu_usage", h.CPU)
	b = appendInt(b, "current_memory_usage", h.Memory)
	if h.Vitals != nil {
		b = appendVitals(appendStr(b, "vitals"), *h.Vitals)
	}
	return b
}

func appendVitals(b []byte, v Vitals) []byte {
	b = msgp.AppendMapHeader(b, 6)
	b = appendSum(b, "waits", v.Waits)
	b = appendSum(b, "long_waits", v.LongWaits)
	b = appendSum(b, "gc_us", v.GCMicros)
	b = appendSum(b, "periods", v.Periods)
	b = appendSum(b, "throttled", v.Throttled)
	return appendList(appendStr(b, "lags"), v.Lags, func(b []byte, n int64) []byte { return msgp.AppendInt64(b, min(n, maxCount)) })
}

// appendSum stops growing where a count would be refused: a worker may live for months.
func appendSum(b []byte, key string, n int64) []byte { return appendInt(b, key, min(n, maxCount)) }

// maxLags bounds the counts of Lags: more than stats.Delays has.
const maxLags = 100

func (d *decoder) vitals() *Vitals {
	v := &Vitals{}
	d.fields(func(key string) bool {
		switch key {
		case "waits":
			v.Waits = d.count()
		case "long_waits":
			v.LongWaits = d.count()
		case "gc_us":
			v.GCMicros = d.count()
		case "periods":
			v.Periods = d.count()
		case "throttled":
			v.Throttled = d.count()
		case "lags":
			d.each(func() {
				if n := d.count(); len(v.Lags) < maxLags {
					v.Lags = append(v.Lags, n)
				}
			})
		default:
			return false
		}
		return true
	})
	return v
}

// DecodeHeartbeat reads the data of a worker's TypeHeartbeat; what is missing stays zero (locust-protocol.md 4).
func DecodeHeartbeat(data []byte) (Heartbeat, error) {
	d := newDecoder(data)
	var h Heartbeat
	d.fields(func(key string) bool {
		switch key {
		case "state":
			h.State = d.str()
		case "current_cpu_usage":
			h.CPU = d.within(maxPercent)
		case "current_memory_usage":
			h.Memory = d.count()
		case "vitals":
			h.Vitals = d.vitals()
		default:
			return false
		}
		return true
	})
	return h, d.finish(TypeHeartbeat)
}

// HeartbeatReply is our master's answer to a heartbeat; Python's sends nil, and
// its workers ignore the data.
type HeartbeatReply struct {
	// NowMicros is the master's clock in Unix microseconds; 0 from a Python master.
	NowMicros int64
}

// AppendMsg implements Payload.
func (h HeartbeatReply) AppendMsg(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 1)
	return appendInt(b, "now_us", h.NowMicros)
}

// DecodeHeartbeatReply reads the data of a master's TypeHeartbeat.
func DecodeHeartbeatReply(data []byte) (HeartbeatReply, error) {
	d := newDecoder(data)
	var h HeartbeatReply
	d.fields(func(key string) bool {
		if key == "now_us" {
			h.NowMicros = d.int()
			return true
		}
		return false
	})
	return h, d.finish("reply to heartbeat")
}

// Ack accepts a worker.
type Ack struct {
	// Index numbers the workers from 0 in order of first appearance; -1 when the master does not number (before 2.11).
	Index int
	// Protocol is our extension's version; 0 from a Python master.
	Protocol int
}

// AppendMsg implements Payload.
func (a Ack) AppendMsg(b []byte) []byte {
	if a.Protocol == 0 {
		b = msgp.AppendMapHeader(b, 1)
		return appendInt(b, "index", int64(a.Index))
	}
	b = msgp.AppendMapHeader(b, 2)
	b = appendInt(b, "index", int64(a.Index))
	b = appendStr(b, "swarmgrid")
	b = msgp.AppendMapHeader(b, 1)
	return appendInt(b, "protocol", int64(a.Protocol))
}

// DecodeAck reads the data of TypeAck.
func DecodeAck(data []byte) (Ack, error) {
	d := newDecoder(data)
	a := Ack{Index: -1}
	d.fields(func(key string) bool {
		switch key {
		case "index":
			a.Index = int(d.int())
		case "swarmgrid":
			d.fields(func(key string) bool {
				if key != "protocol" {
					return false
				}
				a.Protocol = int(d.count())
				return true
			})
		default:
			return false
		}
		return true
	})
	return a, d.finish(TypeAck)
}

// Spawn tells a worker how many users of each class to have: absolute counts, not changes.
type Spawn struct {
	// Timestamp orders spawns (Unix seconds): a worker ignores one that is not newer than the last it took.
	Timestamp float64
	// UserClassesCount names each class that is to change; others keep their users.
	UserClassesCount map[string]int
	// Host overrides the target's base URL; nil leaves it as it is.
	Host *string
	// StopTimeout is how many seconds users may take to end.
	StopTimeout float64
	// ParsedOptions is a msgpack map; empty means an empty one.
	ParsedOptions []byte
}

// AppendMsg implements Payload. All five keys are always there: Python's workers require them.
func (s Spawn) AppendMsg(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 5)
	b = appendNum(b, "timestamp", s.Timestamp)
	b = appendCounts(b, "user_classes_count", s.UserClassesCount)
	b = appendStr(b, "host")
	if s.Host == nil {
		b = msgp.AppendNil(b)
	} else {
		b = appendStr(b, *s.Host)
	}
	b = appendNum(b, "stop_timeout", s.StopTimeout)
	b = appendStr(b, "parsed_options")
	if len(s.ParsedOptions) == 0 {
		return msgp.AppendMapHeader(b, 0)
	}
	return append(b, s.ParsedOptions...)
}

// DecodeSpawn reads the data of TypeSpawn. ParsedOptions points into data.
func DecodeSpawn(data []byte) (Spawn, error) {
	d := newDecoder(data)
	s := Spawn{UserClassesCount: map[string]int{}}
	d.fields(func(key string) bool {
		switch key {
		case "timestamp":
			s.Timestamp = d.num()
		case "user_classes_count":
			s.UserClassesCount = d.counts()
		case "host":
			s.Host = d.optStr()
		case "stop_timeout":
			s.StopTimeout = max(d.num(), 0)
		case "parsed_options":
			s.ParsedOptions = d.raw()
		default:
			return false
		}
		return true
	})
	return s, d.finish(TypeSpawn)
}
