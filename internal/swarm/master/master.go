package master

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/ownhost"
	"github.com/swarmgrid/swarmgrid/internal/webconns"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// tickEvery is how often time is looked at: it divides the ramp's steps.
const tickEvery = 50 * time.Millisecond

// frameLimit bounds a worker's message: reports of a thousand endpoints take half a MiB (locust-protocol.md 15).
const frameLimit = 16 << 20

// MemoryLimit is for debug.SetMemoryLimit in a master's process: the sum of all its budgets
// (docs/bounds.md), so that garbage never doubles that.
const MemoryLimit = 480 << 20

// Options configure a Master. The zero value listens on free ports of loopback.
type Options struct {
	// WebHost and WebPort are where the web API listens; an empty host is
	// 127.0.0.1, port 0 any free one.
	WebHost string
	WebPort int
	// MasterBindHost and MasterBindPort are where workers connect, with the same defaults. "*"
	// is every address.
	MasterBindHost string
	MasterBindPort int
	// Classes are the user classes' weights. Empty means the classes that the workers report,
	// with weight 1 each.
	Classes map[string]float64
	// ExpectWorkers is shown to people; nothing waits for it.
	ExpectWorkers int
	// StopTimeout is how long users may take to end after /stop.
	StopTimeout time.Duration
	// AllowGET accepts GET on /stop and /stats/reset, as Locust up to 2.46 does;
	// any web page in a browser on this machine can then stop a load.
	AllowGET bool
	// AllowedHosts are names by which the web API may be addressed, besides localhost and IP
	// addresses.
	AllowedHosts []string
	// Version is the program's, for InfoPath.
	Version string
	// Logger gets the master's log; nil means none.
	Logger *slog.Logger
}

// Master is one bound master. Create it with New and call Run.
type Master struct {
	opts   Options
	log    *slog.Logger
	router *wire.Router
	web    net.Listener

	mu   sync.Mutex
	core *core
	// making is held while a large answer is made; answers is how many bytes of answers are
	// being written.
	making  chan struct{}
	answers atomic.Int64
}

// ifTaken is the next step when the port is taken, often by another master.
func ifTaken(err error, port int, flag string) string {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return ""
	}
	return fmt.Sprintf("; another master may run there (see lsof -i :%d); end it, or choose another port with %s", port, flag)
}

// New binds both addresses. The error says which could not be bound.
func New(opts Options) (*Master, error) {
	m := &Master{opts: opts, log: opts.Logger, making: make(chan struct{}, 1)}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if m.router, err = wire.Listen(context.Background(), bindAddr(opts.MasterBindHost, opts.MasterBindPort), frameLimit); err != nil {
		return nil, fmt.Errorf("starting master: %w%s", err, ifTaken(err, opts.MasterBindPort, "--master-bind-port"))
	}
	m.web, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", bindAddr(opts.WebHost, opts.WebPort))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting master: listening for the web API: %w%s", err, ifTaken(err, opts.WebPort, "--web-port")), m.router.Close())
	}
	l := defaultLimits()
	l.stopTimeout = opts.StopTimeout
	m.core = newCore(time.Now(), m.router, m.log, opts.Classes, l)
	return m, nil
}

func bindAddr(host string, port int) string {
	switch host {
	case "":
		host = "127.0.0.1"
	case "*":
		host = ""
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// WebAddr is the bound address of the web API, as host:port.
func (m *Master) WebAddr() string { return m.web.Addr().String() }

// WireAddr is the bound address that workers connect to, as host:port.
func (m *Master) WireAddr() string { return m.router.Addr().String() }

// Run serves until ctx ends, then tells the workers to quit. It may be called once; its
// error is why serving ended early, nil after ctx ended.
func (m *Master) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server := m.server()
	failed := make(chan error, 1)
	var wg sync.WaitGroup
	wg.Go(func() { failed <- server.Serve(m.web) })
	wg.Go(func() { m.pump(ctx) })
	wg.Go(func() { m.ticks(ctx) })
	m.log.Info("master is listening", "web", m.WebAddr(), "workers", m.WireAddr(), "expect_workers", m.opts.ExpectWorkers)
	if !ownhost.Loopback(m.web.Addr()) {
		m.log.Warn("the web API is open to other machines and has no authentication; whoever reaches it controls the load", "web", m.WebAddr(), "allowed_hosts", m.opts.AllowedHosts)
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		err = fmt.Errorf("serving the web API: %w", err)
	}
	cancel()
	m.sayQuit()
	_ = server.Close()
	err = errors.Join(err, m.router.Close())
	wg.Wait()
	return err
}

// pump takes what the router sees, one event after the other.
func (m *Master) pump(ctx context.Context) {
	for {
		e, err := m.router.Recv(ctx)
		if err != nil {
			return
		}
		m.take(e)
	}
}

func (m *Master) take(e wire.Event) {
	switch e.Kind {
	case wire.PeerConnected:
		m.do(func(c *core, now time.Time) { c.reconnected(now, e.Identity) })
	case wire.PeerMessage:
		// Decoding is most of the work and needs no lock.
		p, err := parse(e.Identity, e.Payload)
		if err != nil {
			m.do(func(c *core, now time.Time) { c.unreadable(now, e.Identity, err) })
			return
		}
		p.at = e.At
		m.do(func(c *core, now time.Time) { c.receive(now, p) })
	case wire.PeerGone:
		// checkWorkers asks the router itself at each tick.
	}
}

func (m *Master) ticks(ctx context.Context) {
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			m.do(func(c *core, now time.Time) { c.tick(now) })
		case <-ctx.Done():
			return
		}
	}
}

// do runs f with the state locked.
func (m *Master) do(f func(c *core, now time.Time)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(m.core, time.Now())
}

// sayQuit tells the workers to end with the master, as Locust does; a second is plenty to
// hand that to the kernel.
func (m *Master) sayQuit() {
	m.do(func(c *core, _ time.Time) {
		for id := range c.workers {
			c.send(id, wire.TypeQuit, nil)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	m.router.Flush(ctx)
}

func (m *Master) server() *http.Server {
	return &http.Server{
		Handler:           m.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		// /stop may take the stop timeout; nothing else takes long.
		WriteTimeout:   60*time.Second + m.opts.StopTimeout,
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: 16 << 10,
		ConnState:      webconns.New().State,
		ErrorLog:       slog.NewLogLogger(m.log.Handler(), slog.LevelDebug),
	}
}
