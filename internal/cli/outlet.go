package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"
)

// outlet passes on what the program writes, in order, and never blocks the writer: a pipe
// that is not read, or a stopped terminal (Ctrl-S), must not stop a measurement. If the
// reader is gone, the rest is dropped without an error.
type outlet struct {
	mu     sync.Mutex
	change sync.Cond // of queue and closed
	queue  []saying
	closed bool
	done   chan struct{}
	// err is the first that matters; it may be read when done is closed.
	err error
}

// saying is one write to one stream.
type saying struct {
	to   io.Writer
	text []byte
}

func newOutlet() *outlet {
	o := &outlet{done: make(chan struct{})}
	o.change.L = &o.mu
	go o.run()
	return o
}

// through is a stream whose writes all go through o.
func (o *outlet) through(to io.Writer) io.Writer { return stream{o, to} }

type stream struct {
	outlet *outlet
	to     io.Writer
}

// Write implements io.Writer. It never fails; close returns the error.
func (s stream) Write(p []byte) (int, error) {
	s.outlet.mu.Lock()
	defer s.outlet.mu.Unlock()
	s.outlet.queue = append(s.outlet.queue, saying{s.to, bytes.Clone(p)})
	s.outlet.change.Signal()
	return len(p), nil
}

func (o *outlet) run() {
	defer close(o.done)
	for {
		sayings := o.next()
		if sayings == nil {
			return
		}
		for _, s := range sayings {
			if _, err := s.to.Write(s.text); o.err == nil && !readerGone(err) {
				o.err = err
			}
		}
	}
}

// next waits for something to write; nil is the end.
func (o *outlet) next() []saying {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) == 0 && !o.closed {
		o.change.Wait()
	}
	sayings := o.queue
	o.queue = nil
	return sayings
}

// readerGone tells whether nobody reads a pipe any more, or a terminal was closed.
func readerGone(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.EIO)
}

// close waits until everything is written, for at most limit unless that is 0, and returns
// what went wrong.
func (o *outlet) close(limit time.Duration) error {
	o.mu.Lock()
	o.closed = true
	o.change.Signal()
	o.mu.Unlock()
	var late <-chan time.Time
	if limit > 0 {
		late = time.After(limit)
	}
	select {
	case <-o.done:
	case <-late:
		return nil // after an interrupt there is no waiting for a reader
	}
	if o.err != nil {
		return fmt.Errorf("printing: %w", o.err)
	}
	return nil
}
