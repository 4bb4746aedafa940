package master

import (
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// parsed is a message with its data decoded, so that decoding needs no lock.
type parsed struct {
	id, typ string
	data    any
	// at is when it came, if that is not when it is handled.
	at time.Time
}

// parse decodes a payload. The sender is the connection's identity: the node id
// in the message is only a claim.
func parse(id string, payload []byte) (parsed, error) {
	m, err := wire.DecodeMessage(payload)
	if err != nil {
		return parsed{}, err
	}
	p := parsed{id: id, typ: m.Type}
	switch m.Type {
	case wire.TypeClientReady:
		p.data, err = wire.DecodeClientReady(m.Data)
	case wire.TypeHeartbeat:
		p.data, err = wire.DecodeHeartbeat(m.Data)
	case wire.TypeSpawningComplete:
		p.data, err = wire.DecodeSpawningComplete(m.Data)
	case wire.TypeStats:
		p.data, err = wire.DecodeStatsReport(m.Data)
	case wire.TypeReport:
		p.data, err = parseReport(m.Data)
	case wire.TypeException:
		p.data, err = wire.DecodeException(m.Data)
	case wire.TypeLogs:
		p.data, err = wire.DecodeLogs(m.Data)
	}
	return p, err
}

// receive takes one message.
func (c *core) receive(now time.Time, p parsed) {
	if p.typ == wire.TypeClientReady {
		c.register(now, p.id, p.data.(wire.ClientReady))
		return
	}
	w := c.workers[p.id]
	if w == nil {
		// Not for client_stopped and quit, which only confirm that it has no users.
		if p.typ != wire.TypeClientStopped && p.typ != wire.TypeQuit {
			c.adoptUnknown(now, p.id)
		}
		return
	}
	if p.at.IsZero() || p.at.After(now) {
		p.at = now
	}
	w.hear(p.at)
	c.fromWorker(now, w, p)
}

func (c *core) fromWorker(now time.Time, w *worker, p parsed) {
	switch data := p.data.(type) {
	case wire.Heartbeat:
		c.heartbeat(now, w, data)
	case wire.SpawningComplete:
		c.reportUsers(now, w, data.UserClassesCount)
		if c.active() && w.engaged && w.live() {
			w.state = locust.StateRunning
			c.joinLoad(now, w)
		}
	case wire.StatsReport:
		c.takeStats(now, p.at, w, data)
	case report:
		c.takeReport(now, w, data)
	case wire.Exception:
		if c.accepts(w) {
			c.exceptions.add(w.id, data)
		}
	case wire.Logs:
		c.logs.set(w.id, data.Lines)
	default:
		c.signal(now, w, p.typ)
	}
}

// signal takes the messages without data.
func (c *core) signal(now time.Time, w *worker, typ string) {
	switch typ {
	case wire.TypeSpawning:
		if c.active() && w.engaged {
			w.state = locust.StateSpawning
			c.joinLoad(now, w)
		}
	case wire.TypeClientStopped:
		c.clientStopped(now, w)
	case wire.TypeQuit:
		c.remove(now, w, locust.EventWorkerQuit, "")
	default:
		c.log.Debug("message of an unknown type dropped", "type", typ, "worker", w.id)
	}
}

// joinLoad notes that what the worker reports from now on belongs to this load.
func (c *core) joinLoad(now time.Time, w *worker) {
	if w.inLoad {
		return
	}
	w.inLoad = true
	// It has cleared its statistics for this load.
	w.clock.came = time.Time{}
	w.reported = 0
	w.completeUntil = max(w.completeUntil, now.Unix())
}

func (c *core) heartbeat(now time.Time, w *worker, h wire.Heartbeat) {
	w.cpu, w.memory, w.vitals = h.CPU, h.Memory, h.Vitals
	// Older workers log a warning about each (locust-protocol.md 8).
	if w.ready.AtLeast(2, 19) {
		c.send(w.id, wire.TypeHeartbeat, wire.HeartbeatReply{NowMicros: now.UnixMicro()})
	}
}

// accepts tells whether a worker's measurements belong to what is shown: those
// of the load that runs, or when none does, the tail of the last one (locust-protocol.md 17).
func (c *core) accepts(w *worker) bool { return !c.active() || w.inLoad }

// takeStats takes a report; it came perhaps some time before now.
func (c *core) takeStats(now, came time.Time, w *worker, r wire.StatsReport) {
	if w.live() {
		c.reportUsers(now, w, r.UserClassesCount)
	}
	behind := w.clock.read(came, r)
	if !c.accepts(w) {
		return
	}
	w.covered = came.UnixMicro()
	for _, e := range r.Stats {
		w.reported = plus(w.reported, e.Requests)
	}
	w.completeUntil = max(w.completeUntil, complete(came, behind))
	if len(r.Stats)+len(r.Errors) > 0 {
		c.opaque = true
		c.stats.addStats(now, r, behind)
	}
}

func (c *core) takeReport(now time.Time, w *worker, r report) {
	w.slices = true
	if w.live() {
		c.reportUsers(now, w, r.UserClassesCount)
	}
	if !c.accepts(w) {
		return
	}
	if lost := c.ring.add(now.Unix(), w.id, r); lost > 0 {
		c.dropped(now, w, fmt.Sprintf("%d of its slices are of seconds that are not kept", lost))
	}
	if r.Lost > 0 {
		c.dropped(now, w, fmt.Sprintf("it had no room to count %d requests", r.Lost))
	}
	c.stats.addReport(now, r)
	w.completeUntil = max(w.completeUntil, min(r.CompleteUntil, now.Unix()+maxAhead))
	w.covered = w.completeUntil * 1e6
	for _, s := range r.parsed {
		w.reported = plus(w.reported, s.ok.count()+s.failed.count())
	}
}

// heartbeatEvery is the interval of every Locust worker. A heartbeat up to a second late may
// have been held up on its way.
const heartbeatEvery = time.Second

// hear notes a sign of life. Gaps of our own workers do not count: they report their pauses themselves.
func (w *worker) hear(now time.Time) {
	if late := now.Sub(w.heard) - heartbeatEvery; late > time.Second && !w.slices {
		w.silent += late
	}
	w.heard = now
}

// unreadable notes a message that was dropped because it could not be read. What it measured
// is missing from every figure, and a driver must be able to see that.
func (c *core) unreadable(now time.Time, id string, err error) {
	if w := c.workers[id]; w != nil {
		c.dropped(now, w, err.Error())
		return
	}
	c.log.Debug("message of an unknown worker dropped", "worker", id, "error", err)
}

// dropped reports lost measurements. A worker that keeps sending unreadable messages must
// not push everything else out of the events.
func (c *core) dropped(now time.Time, w *worker, detail string) {
	if w.dropped.IsZero() || now.Sub(w.dropped) >= time.Second {
		w.dropped = now
		c.event(now, locust.EventReportDropped, w.id, detail)
	}
}

// completeUntil is the first second that a worker of the load may still add to. Without
// workers everything is final.
func (c *core) completeUntil(now time.Time) int64 {
	first := now.Unix()
	for _, w := range c.workers {
		if w.inLoad && w.slices {
			first = min(first, w.completeUntil)
		}
	}
	return first
}
