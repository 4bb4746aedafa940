package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/local/balancer"
)

const (
	// startPeriod is the time between two probes of a replica that is not ready: the most that
	// a scenario loses by not knowing.
	startPeriod = 50 * time.Millisecond
	// startTimeout and readyTimeout bound a probe. A ready replica gets longer, because being
	// slow under load is what we measure, not a reason to take it out.
	startTimeout = 2 * time.Second
	readyTimeout = 10 * time.Second
	// maxFailures in a row make a ready replica unready, as in Kubernetes.
	maxFailures = 3
	// tellTimeout keeps a balancer that hangs from hanging us.
	tellTimeout = 5 * time.Second
)

// probeClient neither keeps connections, which would delay draining, nor follows
// redirects, nor uses a proxy.
func probeClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// probeAll probes a process until ctx is over.
func (s *session) probeAll(ctx context.Context, w *workload, r *replica, p *process) {
	for {
		passing := s.passing(r, p)
		err := s.probe(ctx, w, p.port, passing)
		if ctx.Err() != nil {
			return
		}
		passing = s.probed(w, r, p, err)
		if err != nil {
			s.explain(w, r, p)
		}
		if !w.uses(portMark) {
			return
		}
		period := startPeriod
		if passing {
			period = s.cfg.ProbePeriod
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(period):
		}
	}
}

func (s *session) passing(r *replica, p *process) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.proc == p && r.passing
}

// probe is one readiness probe.
func (s *session) probe(ctx context.Context, w *workload, port int, passing bool) error {
	if !w.uses(portMark) {
		return nil
	}
	timeout := startTimeout
	if passing {
		timeout = readyTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	address := loopback(port)
	if w.ReadyPath == "" {
		return asked("connecting to "+address, timeout, probeTCP(ctx, address))
	}
	url := "http://" + address + w.ReadyPath
	return asked("GET "+url, timeout, s.probeHTTP(ctx, url))
}

// asked says why a probe failed.
func asked(what string, timeout time.Duration, err error) error {
	var unready *statusError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unready):
		return &probeError{what + ": " + unready.status, err}
	case errors.Is(err, context.DeadlineExceeded):
		return &probeError{fmt.Sprintf("%s: no answer within %v", what, timeout), err}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &probeError{what + ": nothing listens on that port, which is its " + portMark, err}
	}
	return fmt.Errorf("%s: %w", what, err)
}

// probeError is why a replica is not ready, for people.
type probeError struct {
	text  string
	cause error
}

func (e *probeError) Error() string { return e.text }
func (e *probeError) Unwrap() error { return e.cause }

// statusError is an answer that does not say ready.
type statusError struct{ status string }

func (e *statusError) Error() string { return e.status }

func probeTCP(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp4", address)
	if err != nil {
		return err
	}
	return conn.Close()
}

func (s *session) probeHTTP(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("probing readiness: %w", err)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode < 200 || res.StatusCode > 399 {
		return &statusError{res.Status}
	}
	return nil
}

// probed records a probe's result and tells whether the replica passes.
func (s *session) probed(w *workload, r *replica, p *process, err error) bool {
	s.mu.Lock()
	if r.proc != p {
		s.mu.Unlock()
		return false
	}
	before := r.passing
	r.note(err)
	passing := r.passing
	changed := passing != before || passing && !r.ready
	if changed && w.role != platform.Target {
		r.ready, r.was = passing, r.was || passing
		s.masterFixed = s.masterFixed || w.role == platform.Master && passing
	}
	s.mu.Unlock()
	if changed && w.role == platform.Target {
		s.tellBalancer()
	}
	return passing
}

// explain checks once a second whether a process that is not ready has written why.
func (s *session) explain(w *workload, r *replica, p *process) {
	s.mu.Lock()
	due := w.Explain != nil && r.proc == p && !r.was && time.Since(r.read) >= time.Second
	if due {
		r.read = time.Now()
	}
	s.mu.Unlock()
	if !due {
		return
	}
	why := w.Explain(firstWords(p.log))
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.proc == p {
		r.explained = why
	}
}

func (r *replica) note(err error) {
	if err == nil {
		r.passing, r.failures, r.waiting = true, 0, ""
		return
	}
	r.waiting = err.Error()
	if balancer.OwnFault(err) != nil {
		return // a probe that could not be sent says nothing about the replica
	}
	r.failures++
	if r.failures >= maxFailures {
		r.passing = false
	}
}

// tellBalancer makes the target's passing replicas the balancer's backends, and marks as
// ready those that it has acknowledged.
func (s *session) tellBalancer() {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	req := balancer.Request{Op: balancer.OpSet}
	told := map[*process]bool{}
	w := s.workloads[platform.Target]
	s.mu.Lock()
	for _, r := range w.replicas {
		if r.proc != nil && r.passing {
			told[r.proc] = true
			req.Backends = append(req.Backends, balancer.Backend{ID: r.proc.id, Address: loopback(r.proc.port)})
		}
	}
	s.mu.Unlock()
	ctx, cancel := s.whileOpen(tellTimeout)
	defer cancel()
	_, err := s.guard.ask(ctx, req)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range w.replicas {
		r.ready = err == nil && r.passing && told[r.proc]
		r.was = r.was || r.ready
	}
}
