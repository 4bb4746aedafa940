// Package storetest proves implementations of run.Store and stands in for them:
// Suite is the conformance suite, Memory a store in memory that can fail, crash
// and tear its last line.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// Memory is where one run is kept. It outlives the stores that Open returns, as a
// directory outlives processes. Its methods may be called from any goroutine.
type Memory struct {
	mu      sync.Mutex
	journal []byte
	slices  map[string][]stats.Slice
	owner   *store
	failing map[string][]error
	calls   []string
	onCall  func(call string)
}

// NewMemory returns a place without a run.
func NewMemory() *Memory {
	return &Memory{slices: map[string][]stats.Slice{}, failing: map[string][]error{}}
}

// Open returns the store of one process, which keeps others out until Close or Die.
func (m *Memory) Open() (run.Store, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.owner != nil {
		return nil, errors.New("run is in use by another process")
	}
	m.owner = &store{place: m}
	return m.owner, nil
}

// Die makes the process that has the run open die without a Close.
func (m *Memory) Die() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owner = nil
}

// Crash changes the journal as a crash may.
func (m *Memory) Crash(change func(journal []byte) []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.journal = change(slices.Clone(m.journal))
}

// FailNext makes the next calls of a method ("Load", "Begin", "Append",
// "Amend", "SaveSlices") return errs, one each; they have no effect then.
func (m *Memory) FailNext(method string, errs ...error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failing[method] = append(m.failing[method], errs...)
}

// OnCall has fn called at the beginning of each call, with the method's name, in
// the caller's goroutine and with no lock held.
func (m *Memory) OnCall(fn func(method string)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onCall = fn
}

// Calls lists the methods called so far, in order.
func (m *Memory) Calls() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.calls)
}

// Run decodes the journal; nil when there is none.
func (m *Memory) Run() (*result.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return new(result.Ledger).Load(m.journal)
}

// store is one process's view.
type store struct {
	place  *Memory
	ledger result.Ledger
}

// begin notes a call, lets it fail, and on nil returns with the place locked.
func (s *store) begin(ctx context.Context, method string) error {
	m := s.place
	m.mu.Lock()
	m.calls = append(m.calls, method)
	hook := m.onCall
	m.mu.Unlock()
	if hook != nil {
		hook(method)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("calling %s: %w", method, err)
	}
	m.mu.Lock()
	if errs := m.failing[method]; len(errs) > 0 {
		m.failing[method] = errs[1:]
		m.mu.Unlock()
		return errs[0]
	}
	if m.owner != s {
		m.mu.Unlock()
		return fmt.Errorf("calling %s of a store that is closed", method)
	}
	return nil
}

// Load implements run.Store.
func (s *store) Load(ctx context.Context) (*result.Run, error) {
	if err := s.begin(ctx, "Load"); err != nil {
		return nil, err
	}
	defer s.place.mu.Unlock()
	r, err := s.ledger.Load(s.place.journal)
	if err != nil {
		return nil, err
	}
	whole := int64(0)
	if r != nil {
		whole = r.Valid
	}
	s.place.journal = s.place.journal[:whole]
	return r, nil
}

// Begin implements run.Store.
func (s *store) Begin(ctx context.Context, h result.Header) error {
	if err := s.begin(ctx, "Begin"); err != nil {
		return err
	}
	defer s.place.mu.Unlock()
	return s.ledger.Begin(h, s.write)
}

func (s *store) write(lines []byte) error {
	s.place.journal = append(s.place.journal, lines...)
	return nil
}

// Append implements run.Store.
func (s *store) Append(ctx context.Context, r result.Record) error {
	if err := s.begin(ctx, "Append"); err != nil {
		return err
	}
	defer s.place.mu.Unlock()
	return s.ledger.Append(r, s.write)
}

// Amend implements run.Store.
func (s *store) Amend(ctx context.Context, a result.Amendment) error {
	if err := s.begin(ctx, "Amend"); err != nil {
		return err
	}
	defer s.place.mu.Unlock()
	return s.ledger.Amend(a, s.write)
}

// SaveSlices implements run.Store.
func (s *store) SaveSlices(ctx context.Context, name string, seq iter.Seq[stats.Slice]) (string, error) {
	if err := s.begin(ctx, "SaveSlices"); err != nil {
		return "", err
	}
	defer s.place.mu.Unlock()
	s.place.slices[name] = slices.Collect(seq)
	return name, nil
}

// LoadSlices implements run.Store.
func (s *store) LoadSlices(_ context.Context, ref string) iter.Seq2[stats.Slice, error] {
	s.place.mu.Lock()
	saved, ok := s.place.slices[ref]
	s.place.mu.Unlock()
	return func(yield func(stats.Slice, error) bool) {
		if !ok {
			yield(stats.Slice{}, fmt.Errorf("reading slices: there are none named %q", ref))
			return
		}
		for _, slice := range saved {
			if !yield(slice, nil) {
				return
			}
		}
	}
}

// Close implements run.Store.
func (s *store) Close() error {
	s.place.mu.Lock()
	defer s.place.mu.Unlock()
	if s.place.owner == s {
		s.place.owner = nil
	}
	return nil
}
