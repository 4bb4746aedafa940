package inferencesim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/alarm"
)

// maxBody bounds a request's body, in bytes; a payload has some 5 kB.
const maxBody = 1 << 20

// bodyTimeout bounds how long a request's body may take to arrive.
const bodyTimeout = 30 * time.Second

// statusClientGone is nginx's code for a client that left before the answer.
// It is only counted: nobody is there to receive it.
const statusClientGone = 499

// Server is the simulated service.
type Server struct {
	options  Options
	queue    *Queue
	sampler  *sampler
	metrics  *metrics
	readyAt  time.Time
	draining atomic.Bool
	inFlight atomic.Int64
}

// NewServer makes a service, whose start-up delay begins now. Close it after
// use.
func NewServer(o Options) (*Server, error) {
	return newServer(o, alarm.New)
}

func newServer(o Options, newAlarm func(func()) (alarm.Alarm, error)) (*Server, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	q, err := newQueue(o.station(), newAlarm)
	if err != nil {
		return nil, err
	}
	return &Server{
		options: o,
		queue:   q,
		sampler: o.sampler(),
		metrics: newMetrics(q),
		readyAt: time.Now().Add(o.StartupDelay),
	}, nil
}

// Close releases the service's timer.
func (s *Server) Close() error { return s.queue.Close() }

// Handler answers POST /predict, GET /healthz and GET /metrics. Only
// predictions go through the queue.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /predict", s.predict)
	mux.HandleFunc("GET /healthz", s.health)
	mux.Handle("GET /metrics", s.metrics.handler())
	return mux
}

// Serve answers on the listener until ctx ends, then drains: accepts no more,
// finishes the requests in flight for at most the drain timeout and cuts off
// the rest, which is an error.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	// No ReadTimeout: net/http would cancel requests that are in service for
	// longer, because it watches the connection with the same deadline.
	web := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: bodyTimeout, IdleTimeout: 5 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	return s.drain(web)
}

func (s *Server) drain(web *http.Server) error {
	s.draining.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), s.options.DrainTimeout)
	defer cancel()
	if web.Shutdown(ctx) == nil {
		return nil
	}
	left := s.inFlight.Load()
	_ = web.Close() // its errors are of connections being cut off
	if left == 0 {
		return nil // only connections without a request were left
	}
	return fmt.Errorf("draining: %d predictions cut off after %v; raise --drain-timeout to let them finish",
		left, s.options.DrainTimeout)
}

// status is why the service is not ready, empty when it is.
func (s *Server) status() string {
	switch {
	case s.draining.Load():
		return "draining"
	case time.Now().Before(s.readyAt):
		return "starting"
	}
	return ""
}

func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	if why := s.status(); why != "" {
		respond(w, http.StatusServiceUnavailable, map[string]string{"status": why})
		return
	}
	respond(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (s *Server) predict(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	s.inFlight.Add(1)
	s.metrics.inFlight.Inc()
	code, answer := s.answer(w, r)
	s.metrics.answered(code, time.Since(began))
	s.metrics.inFlight.Dec()
	s.inFlight.Add(-1)
	if code != statusClientGone {
		respond(w, code, answer)
	}
}

// detail is an error's body, as FastAPI has it: a text, or a list of problems.
type detail struct {
	Detail any `json:"detail"`
}

// answer decides what to say to a prediction; w is for headers.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) (code int, body any) {
	if time.Now().Before(s.readyAt) {
		return http.StatusServiceUnavailable, detail{"starting"}
	}
	data, err := readBody(w, r)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge, detail{fmt.Sprintf("body is larger than %d bytes", tooLarge.Limit)}
	}
	if err != nil {
		return http.StatusBadRequest, detail{"reading the body: " + err.Error()}
	}
	payload, problems := DecodePayload(data)
	if len(problems) > 0 {
		return http.StatusUnprocessableEntity, detail{problems}
	}
	return s.serve(w, r, payload)
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	control := http.NewResponseController(w)
	// Deadlines are an aid: a test's recorder has none, and that is fine.
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout))
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_ = control.SetReadDeadline(time.Time{})
	return data, err
}

// serve takes a checked prediction through the queue.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, p Payload) (code int, body any) {
	work, fails := s.sampler.draw()
	times, err := s.queue.Serve(r.Context(), work)
	switch {
	case errors.Is(err, ErrFull):
		return http.StatusServiceUnavailable, detail{ErrFull.Error()}
	case err != nil:
		return statusClientGone, nil
	}
	s.metrics.servedJob(times)
	// https://www.w3.org/TR/server-timing: durations in milliseconds.
	w.Header().Set("Server-Timing", fmt.Sprintf("queue;dur=%.3f, service;dur=%.3f",
		milliseconds(times.Waited), milliseconds(times.Served)))
	if fails {
		return http.StatusInternalServerError, detail{"simulated failure"}
	}
	return http.StatusOK, forecast(p)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func respond(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // an error means that the client has gone
}
