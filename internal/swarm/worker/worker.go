// Package worker is the Go load generator: it connects to a Locust master, ours
// or Python's, runs the users that the master asks for (internal/httpuser) and
// reports what they measured. What it says on the wire, and when, follows
// locust-protocol.md 5 to 20.
//
// One goroutine owns all state (Run); users, the connection's reader and the end
// of a stop talk to it over channels.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/template"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// Options are what a worker needs. The durations default to Locust's constants
// (locust-protocol.md 5) and are settable for tests.
type Options struct {
	// MasterHost and MasterPort are where the master's wire listens.
	MasterHost string
	MasterPort int
	// Program is what the users do.
	Program *httpuser.Program
	// Host is the target's base URL; one in the master's spawn message wins over it.
	Host string
	// Seed makes the users' choices repeatable for a given worker index; 0 draws one.
	Seed uint64
	// Name is a part of the worker's identity, for people; may be empty.
	Name string
	// Logger is told what happens; nil discards.
	Logger *slog.Logger

	// HeartbeatInterval is between two heartbeats (1 s).
	HeartbeatInterval time.Duration
	// StatsInterval is between two reports to a Python master (3 s).
	StatsInterval time.Duration
	// SliceDelay is how long after the end of a second it is reported to our master (50 ms).
	SliceDelay time.Duration
	// ReadyInterval is between two attempts to be accepted (5 s), ReadyAttempts their number (60).
	ReadyInterval time.Duration
	ReadyAttempts int
	// RedialInterval is between two attempts to connect, once the first quick ones failed (1 s).
	RedialInterval time.Duration
	// MasterTimeout is the silence after which a master that used to answer heartbeats is given up (60 s).
	MasterTimeout time.Duration
}

func (o Options) withDefaults() Options {
	orDefault := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	orDefault(&o.HeartbeatInterval, time.Second)
	orDefault(&o.StatsInterval, 3*time.Second)
	orDefault(&o.SliceDelay, 50*time.Millisecond)
	orDefault(&o.ReadyInterval, 5*time.Second)
	orDefault(&o.RedialInterval, time.Second)
	orDefault(&o.MasterTimeout, time.Minute)
	if o.ReadyAttempts <= 0 {
		o.ReadyAttempts = 60
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	return o
}

// Worker is one load generator process's part of a swarm.
type Worker struct {
	opts Options
	log  *slog.Logger
	id   string
	addr string

	clock    *clock
	offset   estimator
	recorder *recorder
	slicer   *slicer
	stats    *locustStats
	sequence *template.Sequence
	usage    *usage
	pulse    *pulse
	fleet    *fleet

	link      *link
	inbox     chan inbound
	stopped   chan struct{}       // closed when the users of a stop have ended; nil without one
	panics    chan wire.Exception // from users
	heartbeat *time.Ticker
	report    *time.Timer
	retry     *time.Timer // dials, or repeats client_ready
	// sealed is the first second not yet reported as complete.
	sealed int64

	session
}

// session is the state of one connection's life.
type session struct {
	state string
	ack   *wire.Ack // nil until accepted
	// asking is when the worker began to ask to be accepted; zero once it is.
	asking time.Time
	// redial is the pause before the next attempt to connect.
	redial time.Duration
	// asked is when it last sent client_ready.
	asked time.Time
	// heard is when the master last answered a heartbeat; zero when it never did.
	heard time.Time
	// lastSpawn is the newest spawn's timestamp.
	lastSpawn float64
	// held are messages that must wait (mustHold), at most maxHeld of them.
	held  []wire.Message
	grace time.Duration
	test  *httpuser.Test
	host  string
}

// The states that a worker may be in, as heartbeats tell them (locust-protocol.md 9).
const (
	stateReady    = "ready"
	stateSpawning = "spawning"
	stateRunning  = "running"
)

// errQuit ends Run without an error, on the master's quit.
var errQuit = errors.New("master quit")

// New makes a worker with a fresh identity. It does nothing before Run.
func New(opts Options) (*Worker, error) {
	if opts.Program == nil {
		return nil, errors.New("making worker: no program to run")
	}
	opts = opts.withDefaults()
	c := newClock()
	w := &Worker{
		opts: opts, log: opts.Logger, id: newID(opts.Name),
		addr:     net.JoinHostPort(opts.MasterHost, strconv.Itoa(opts.MasterPort)),
		clock:    c,
		offset:   estimator{clock: c},
		recorder: newRecorder(c),
		slicer:   newSlicer(opts.Program.Endpoints()),
		stats:    newLocustStats(opts.Program.Endpoints(), seconds(c.local(time.Now()))),
		sequence: new(template.Sequence),
		usage:    newUsage(),
		inbox:    make(chan inbound),
		panics:   make(chan wire.Exception, 64),
		session:  session{state: stateReady},
	}
	w.pulse = newPulse(c, w.recorder.underWay)
	w.fleet = newFleet(w.panics)
	return w, nil
}

// ID is the worker's identity on the wire.
func (w *Worker) ID() string { return w.id }

// newID follows Locust's form. The dispatcher groups workers by the text before the first
// underscore, so the host's name must not contain one (locust-protocol.md 10), and what
// tells the workers of a host apart comes after it.
func newID(name string) string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "worker"
	}
	unique := strings.ReplaceAll(uuid.NewString(), "-", "")
	if name != "" {
		unique = name + "-" + unique[:8]
	}
	return strings.ReplaceAll(host, "_", "-") + "_" + unique
}

// Run connects, works until the master quits or ctx ends, and returns nil for either. It
// fails when the master never accepts the worker or falls silent. No user survives it.
func (w *Worker) Run(ctx context.Context) error {
	w.heartbeat = time.NewTicker(w.opts.HeartbeatInterval)
	w.report = time.NewTimer(time.Hour)
	w.retry = time.NewTimer(0)
	w.asking = time.Now()
	defer w.heartbeat.Stop()
	defer w.report.Stop()
	defer w.retry.Stop()
	beating, rest := context.WithCancel(ctx)
	defer rest()
	go w.pulse.run(beating)
	for {
		err := w.once(ctx)
		if err == nil {
			continue
		}
		w.leave()
		if errors.Is(err, errQuit) || ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("working for master %s: %w", w.addr, err)
	}
}

// once waits for the next thing to happen and deals with it.
func (w *Worker) once(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case in := <-w.inbox:
		return w.receive(ctx, in)
	case <-w.retry.C:
		return w.knock(ctx)
	case now := <-w.heartbeat.C:
		return w.beat(now)
	case <-w.report.C:
		w.sendReport(false)
		w.armReport()
	case <-w.stopped:
		return w.finishStop(ctx)
	case e := <-w.panics:
		w.log.Error("user panicked", "error", e.Msg)
		w.send(wire.TypeException, e)
	}
	return nil
}

// leave stops all users, sends the last report, and says goodbye.
func (w *Worker) leave() {
	w.fleet.stopAll(0)
	w.fleet.waiting()()
	w.disown()
	if w.ack != nil {
		w.sendReport(true)
		w.send(wire.TypeQuit, nil)
	}
	if w.link != nil {
		w.link.close()
		w.link = nil
	}
}

func seconds(micros int64) float64 { return float64(micros) / 1e6 }
