package worker

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// slicer adds samples up to one-second slices, for our own master. It is used by
// the reporting goroutine alone.
type slicer struct {
	endpoints []stats.Endpoint
	tallies   map[sliceKey]*stats.Tally
	errors    map[errorKey]int64
	free      []*stats.Tally
}

type sliceKey struct {
	second   int64
	endpoint int
}

type errorKey struct {
	sliceKey
	text string
}

// maxErrorKinds bounds how many failure texts one report may carry; the rest are counted together.
const maxErrorKinds = 500

const otherErrors = "further kinds of failure"

func newSlicer(endpoints []stats.Endpoint) *slicer {
	return &slicer{endpoints: endpoints, tallies: map[sliceKey]*stats.Tally{}, errors: map[errorKey]int64{}}
}

func (s *slicer) add(e *entry) {
	key := sliceKey{e.second(), e.endpoint}
	t := s.tallies[key]
	if t == nil {
		t = s.tally()
		s.tallies[key] = t
	}
	t.Bytes += e.bytes
	if e.failure == "" {
		t.OK.Record(time.Duration(e.nanos))
		return
	}
	t.Failed.Record(time.Duration(e.nanos))
	s.fail(errorKey{key, e.failure})
}

func (s *slicer) fail(key errorKey) {
	if _, known := s.errors[key]; !known && len(s.errors) >= maxErrorKinds {
		key.text = otherErrors
	}
	s.errors[key]++
}

func (s *slicer) tally() *stats.Tally {
	last := len(s.free) - 1
	if last < 0 {
		return stats.NewTally()
	}
	t := s.free[last]
	s.free = s.free[:last]
	return t
}

// take moves all slices before the Unix second until into r, in order.
func (s *slicer) take(until int64, r *wire.Report) error {
	for _, key := range s.keys(until) {
		slice, err := s.encode(key)
		if err != nil {
			return err
		}
		r.Slices = append(r.Slices, slice)
	}
	for key, n := range s.errors {
		if key.second < until {
			e := s.endpoints[key.endpoint]
			r.Errors = append(r.Errors, wire.ReportError{Second: key.second, Method: e.Method, Name: e.Name, Error: key.text, Occurrences: n})
			delete(s.errors, key)
		}
	}
	slices.SortFunc(r.Errors, func(a, b wire.ReportError) int {
		return cmp.Or(cmp.Compare(a.Second, b.Second), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Error, b.Error))
	})
	return nil
}

func (s *slicer) keys(until int64) []sliceKey {
	var keys []sliceKey
	for key := range s.tallies {
		if key.second < until {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b sliceKey) int {
		return cmp.Or(cmp.Compare(a.second, b.second), cmp.Compare(a.endpoint, b.endpoint))
	})
	return keys
}

// encode takes one slice out and keeps its memory for another.
func (s *slicer) encode(key sliceKey) (wire.ReportSlice, error) {
	t, e := s.tallies[key], s.endpoints[key.endpoint]
	out := wire.ReportSlice{Second: key.second, Method: e.Method, Name: e.Name, Bytes: t.Bytes, Overflow: t.Overflow()}
	var err error
	if out.OK, err = encodeHistogram(t.OK); err != nil {
		return out, fmt.Errorf("reporting %s %s: %w", e.Method, e.Name, err)
	}
	if out.Failed, err = encodeHistogram(t.Failed); err != nil {
		return out, fmt.Errorf("reporting %s %s: %w", e.Method, e.Name, err)
	}
	delete(s.tallies, key)
	t.OK.Reset()
	t.Failed.Reset()
	t.Bytes = 0
	s.free = append(s.free, t)
	return out, nil
}

func encodeHistogram(h *stats.Histogram) ([]byte, error) {
	if h.Count() == 0 {
		return nil, nil
	}
	return h.Encode()
}
