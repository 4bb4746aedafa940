package template

import "sync/atomic"

// SequencePerWorker is how many numbers a worker has before it would reach the
// next worker's: worker w counts from w·10¹² + 1. Numbers stay exact in a JSON
// reader that uses doubles (below 2⁵³) up to worker 9006.
const SequencePerWorker = 1_000_000_000_000

// Sequence gives the numbers of {{seq}}, unique over all workers of a run as
// long as their indexes differ. It is safe for concurrent use.
type Sequence struct {
	worker atomic.Int64
	last   atomic.Int64
}

// SetWorker sets this worker's index, 0 until then. The count goes on, so that
// no number comes twice when a master hands out another index.
func (s *Sequence) SetWorker(index int) { s.worker.Store(int64(max(index, 0))) }

// Next returns the next number, from 1; a nil Sequence always returns 0.
func (s *Sequence) Next() int64 {
	if s == nil {
		return 0
	}
	return s.worker.Load()*SequencePerWorker + s.last.Add(1)
}
