package local

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/local/balancer"
)

// guard is the driver's side of the balancer process. It is there even without a
// target to balance, because it kills the children if the driver cannot.
type guard struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	log   string
	// mark is the environment variable that all children of this driver have.
	mark string
	// dead is closed when the process has ended.
	dead chan struct{}

	mu      sync.Mutex
	last    int64
	waiting map[int64]chan balancer.Reply
}

// startGuard starts the balancer's process.
func startGuard(sp *spawner, self []string, logs string) (*guard, error) {
	g := &guard{
		cmd:     exec.Command(self[0], self[1:]...),
		log:     filepath.Join(logs, "balancer.log"),
		mark:    "SWARMGRID_GUARD=" + uuid.NewString(),
		dead:    make(chan struct{}),
		waiting: map[int64]chan balancer.Reply{},
	}
	log, err := os.OpenFile(g.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the balancer's log: %w", err)
	}
	defer func() { _ = log.Close() }()
	g.cmd.Stderr = log
	g.cmd.SysProcAttr = guardAttr()
	stdin, errIn := g.cmd.StdinPipe()
	stdout, errOut := g.cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		return nil, fmt.Errorf("making the balancer's pipes: %w", err)
	}
	g.stdin = stdin
	if err := sp.start(g.cmd); err != nil {
		return nil, fmt.Errorf("starting the balancer %q: %w", self, err)
	}
	go g.listen(stdout)
	// The guard reads what is in the pipe even after the driver's death: no need to wait.
	_, _ = g.send(&balancer.Request{Op: balancer.OpMark, Mark: g.mark})
	return g, nil
}

// listen hands out replies until the process ends.
func (g *guard) listen(stdout io.Reader) {
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		var r balancer.Reply
		if json.Unmarshal(lines.Bytes(), &r) == nil {
			g.deliver(r)
		}
	}
	_ = g.cmd.Wait() // g.cmd.ProcessState says how it ended
	close(g.dead)
}

func (g *guard) deliver(r balancer.Reply) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if waiting, ok := g.waiting[r.ID]; ok {
		waiting <- r // has room for it
		delete(g.waiting, r.ID)
	}
}

// ask sends a request and waits for its reply.
func (g *guard) ask(ctx context.Context, req balancer.Request) (balancer.Reply, error) {
	reply, err := g.send(&req)
	if err != nil {
		// A process that no longer reads is about to end, and its last words say why.
		select {
		case <-g.dead:
			err = g.obituary()
		case <-ctx.Done():
		case <-time.After(tellTimeout):
		}
		return balancer.Reply{}, err
	}
	select {
	case r := <-reply:
		if r.Error != "" {
			return r, fmt.Errorf("asking the balancer to %s: %s", req.Op, r.Error)
		}
		return r, nil
	case <-g.dead:
		return balancer.Reply{}, g.obituary()
	case <-ctx.Done():
		g.mu.Lock()
		delete(g.waiting, req.ID)
		g.mu.Unlock()
		return balancer.Reply{}, ctx.Err()
	}
}

func (g *guard) send(req *balancer.Request) (<-chan balancer.Reply, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last++
	req.ID = g.last
	text, err := json.Marshal(req)
	if err == nil {
		_, err = g.stdin.Write(append(text, '\n'))
	}
	if err != nil {
		return nil, fmt.Errorf("asking the balancer to %s: %w", req.Op, err)
	}
	reply := make(chan balancer.Reply, 1)
	g.waiting[req.ID] = reply
	return reply, nil
}

// watch makes the guard kill a process group when the driver is gone, or no longer do so. It
// reads what is in the pipe even then, so there is no reply to wait for. If the guard is
// dead, Instrument says so.
func (g *guard) watch(group int, on bool) {
	op := balancer.OpGuard
	if !on {
		op = balancer.OpUnguard
	}
	req := balancer.Request{Op: op, Group: group}
	_, _ = g.send(&req)
}

// health asks the balancer how it is. If it is dead, the error is a *platform.GoneError: it
// is not restarted, because it is also what ends the children if the driver cannot, and
// because whatever ended it may well do so again.
func (g *guard) health(ctx context.Context) (platform.Instrument, error) {
	limited, cancel := context.WithTimeout(ctx, platform.AnswerLimit)
	defer cancel()
	r, err := g.ask(limited, balancer.Request{Op: balancer.OpHealth})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = fmt.Errorf("%s did not answer for %v", balancerName, platform.AnswerLimit)
	}
	return platform.Instrument{Name: balancerName, Troubles: r.Troubles, Stalled: r.Stalled}, err
}

const balancerName = "the balancer"

// gone says how the guard ended, or is nil while it lives.
func (g *guard) gone() error {
	select {
	case <-g.dead:
		return g.obituary()
	default:
		return nil
	}
}

// obituary may be called when dead is closed.
func (g *guard) obituary() error {
	return &platform.GoneError{What: fmt.Sprintf("%s has ended (%s)%s", balancerName, g.cmd.ProcessState, lastWords(g.log))}
}

// close ends the process.
func (g *guard) close() {
	_ = g.stdin.Close()
	select {
	case <-g.dead:
	case <-time.After(forceTime):
		_ = g.cmd.Process.Kill()
		<-g.dead
	}
}
