// Package balancer is the process in front of a local target: a TCP load balancer with one
// stable address that picks a replica for each connection. It is also the guard of a run:
// when its standard input ends, because the driver has ended in whatever way, it kills the
// process groups it was told about.
//
// It is a process of its own so that the copying neither disturbs the driver's
// clock nor counts as its CPU time, and so that something outlives a driver that is
// killed. platform/local starts it; nothing else should. The protocol is one JSON
// document per line: a Request on stdin, its Reply on stdout.
package balancer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// The policies, both per connection.
const (
	RoundRobin = "roundRobin"
	Random     = "random"
)

// The operations of a Request.
const (
	// OpListen starts listening on a free loopback port with Policy; the reply has Address.
	OpListen = "listen"
	// OpSet makes Backends the ones that new connections go to. Open ones stay.
	OpSet = "set"
	// OpDrain takes Backend out for new connections and replies when its open ones are gone;
	// those that are left after Timeout are cut.
	OpDrain = "drain"
	// OpGuard adds process group Group to those killed at the end.
	OpGuard = "guard"
	// OpUnguard forgets process group Group.
	OpUnguard = "unguard"
	// OpMark makes every process whose environment holds Mark be killed at the end, where the
	// system can tell: even one that was started in the driver's last moment, before its group
	// could be reported.
	OpMark = "mark"
	// OpHealth asks about the balancer itself; the reply has Troubles and Stalled.
	OpHealth = "health"
	// OpShares asks what each backend was given so far; the reply has Shares.
	OpShares = "shares"
)

// Request is what the driver asks.
type Request struct {
	ID       int64         `json:"id"`
	Op       string        `json:"op"`
	Policy   string        `json:"policy,omitempty"`
	Backends []Backend     `json:"backends,omitempty"`
	Backend  string        `json:"backend,omitempty"`
	Timeout  time.Duration `json:"timeout,omitempty"`
	Group    int           `json:"group,omitempty"`
	Mark     string        `json:"mark,omitempty"`
}

// Backend is a replica that takes connections.
type Backend struct {
	ID      string `json:"id"`
	Address string `json:"address"`
}

// Reply answers the Request of the same ID.
type Reply struct {
	ID      int64  `json:"id"`
	Error   string `json:"error,omitempty"`
	Address string `json:"address,omitempty"`
	Cut     int    `json:"cut,omitempty"`
	// Troubles counts what went wrong with the balancer itself since it began; Stalled is how
	// long it stood still in all.
	Troubles map[string]int64 `json:"troubles,omitempty"`
	Stalled  time.Duration    `json:"stalled,omitempty"`
	// Shares are by the ids of the backends that take connections or still have some.
	Shares map[string]Share `json:"shares,omitempty"`
}

// Share is what one backend was given so far.
type Share struct {
	// Requests counts how often a client began to send on a connection on which the backend had
	// sent last. If clients wait for each answer, these are the requests.
	Requests int64 `json:"requests"`
	// Opened counts connections, Open those that are open now.
	Opened int64 `json:"opened"`
	Open   int64 `json:"open"`
}

// Run serves requests until stdin ends or ctx is done; then it closes everything and
// kills the guarded process groups. Its error is a broken protocol, or nil.
func Run(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	b := &server{out: json.NewEncoder(stdout), groups: map[int]bool{}, vitals: newVitals(time.Now())}
	defer b.close()
	ended := make(chan struct{})
	defer close(ended)
	go b.vitals.run(ended)
	failed := make(chan error, 1)
	go func() { failed <- b.serve(stdin) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// server is the state of one Run.
type server struct {
	outMu  sync.Mutex
	out    *json.Encoder
	vitals *vitals

	mu       sync.Mutex
	closed   bool
	listener net.Listener
	pool     *pool
	groups   map[int]bool
	mark     string
}

// serve reads requests to the end of stdin.
func (b *server) serve(stdin io.Reader) error {
	lines := bufio.NewScanner(stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var req Request
		if err := json.Unmarshal(lines.Bytes(), &req); err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		b.handle(req)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading requests: %w", err)
	}
	return nil
}

// handle answers one request; a drain when it is over.
func (b *server) handle(req Request) {
	if req.Op == OpDrain {
		go func() { b.reply(b.drain(req)) }()
		return
	}
	reply := Reply{ID: req.ID}
	if err := b.do(req, &reply); err != nil {
		reply.Error = err.Error()
	}
	b.reply(reply)
}

func (b *server) do(req Request, reply *Reply) error {
	switch req.Op {
	case OpListen:
		address, err := b.listen(req.Policy)
		reply.Address = address
		return err
	case OpSet:
		return b.withPool(func(p *pool) { p.set(req.Backends) })
	case OpGuard, OpUnguard:
		return b.guard(req.Group, req.Op == OpGuard)
	case OpHealth:
		b.vitals.tell(time.Now(), reply)
		return nil
	case OpShares:
		return b.withPool(func(p *pool) { reply.Shares = p.shares() })
	case OpMark:
		b.mu.Lock()
		defer b.mu.Unlock()
		b.mark = req.Mark
		return nil
	default:
		return fmt.Errorf("operation %q is not known", req.Op)
	}
}

func (b *server) drain(req Request) Reply {
	reply := Reply{ID: req.ID}
	err := b.withPool(func(p *pool) { reply.Cut = p.drain(req.Backend, req.Timeout) })
	if err != nil {
		reply.Error = err.Error()
	}
	return reply
}

func (b *server) withPool(use func(*pool)) error {
	b.mu.Lock()
	p := b.pool
	b.mu.Unlock()
	if p == nil {
		return errors.New("the balancer is not listening")
	}
	use(p)
	return nil
}

func (b *server) listen(policy string) (string, error) {
	if policy != RoundRobin && policy != Random {
		return "", fmt.Errorf("policy %q is not known: use %s or %s", policy, RoundRobin, Random)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.listener != nil {
		return "", errors.New("the balancer is listening already, or closed")
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listening on loopback: %w", err)
	}
	b.listener, b.pool = l, newPool(policy, b.vitals)
	limit := maxConnections()
	a := &acceptor{listener: l, pool: b.pool, slots: make(chan struct{}, limit), vitals: b.vitals}
	go a.run()
	return l.Addr().String(), nil
}

// guard remembers or forgets a process group. 0 and 1 would mean ourselves and everybody,
// and are never killed.
func (b *server) guard(group int, on bool) error {
	if group <= 1 {
		return fmt.Errorf("process group %d cannot be guarded", group)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if on {
		b.groups[group] = true
	} else {
		delete(b.groups, group)
	}
	return nil
}

func (b *server) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for group := range b.groups {
		killGroup(group)
	}
	if b.mark != "" {
		killMarked(b.mark)
	}
	if b.listener != nil {
		_ = b.listener.Close()
		b.pool.cutAll()
	}
}

// reply writes one line. A driver that no longer reads is noticed by the end of stdin.
func (b *server) reply(r Reply) {
	b.outMu.Lock()
	defer b.outMu.Unlock()
	_ = b.out.Encode(r)
}
