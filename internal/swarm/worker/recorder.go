package worker

import (
	"runtime"
	"sync"

	"github.com/swarmgrid/swarmgrid/internal/httpuser"
)

// recorder takes samples from many users with next to no cost to them: a user
// appends to a buffer of its shard, and the reporting goroutine drains all
// shards and does the arithmetic. Buffers are reused, so recording allocates
// only while a shard sees more samples between two drains than ever before.
type recorder struct {
	clock  *clock
	shards []shard
	spare  []entry
}

// entry is one sample as it waits in a shard.
type entry struct {
	// at is when it completed, in Unix microseconds of the master's clock.
	at       int64
	nanos    int64
	bytes    int64
	endpoint int
	failure  string
}

func (e *entry) second() int64 { return unixSecond(e.at) }

// shard is padded to a cache line of its own, so that users of two shards do not slow each other down.
type shard struct {
	mu      sync.Mutex
	entries []entry
	// floor is the first moment that may still be recorded; what comes late is moved up to it.
	floor int64
	_     [64]byte
}

func newRecorder(c *clock) *recorder {
	return &recorder{clock: c, shards: make([]shard, 4*runtime.GOMAXPROCS(0))}
}

// Record implements httpuser.Recorder.
func (r *recorder) Record(user int, s httpuser.Sample) {
	e := entry{
		at: r.clock.micros(s.End), nanos: s.Duration.Nanoseconds(), bytes: s.Bytes,
		endpoint: s.Endpoint, failure: s.Failure,
	}
	sh := &r.shards[uint(user)%uint(len(r.shards))]
	sh.mu.Lock()
	e.at = max(e.at, sh.floor)
	sh.entries = append(sh.entries, e)
	sh.mu.Unlock()
}

// drain hands out every recorded sample once. When it returns, no sample before
// the Unix second floor will ever be handed out again. It must not be called concurrently.
func (r *recorder) drain(floor int64, each func(*entry)) {
	for i := range r.shards {
		batch := r.take(&r.shards[i], floor*1e6)
		for j := range batch {
			each(&batch[j])
		}
		clear(batch) // lets go of failure texts
		r.spare = batch[:0]
	}
}

// take swaps the shard's buffer for the spare one and raises its floor.
func (r *recorder) take(sh *shard, floor int64) []entry {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	batch := sh.entries
	sh.entries = r.spare
	sh.floor = max(sh.floor, floor)
	return batch
}

// lower lets the floor be set anew for another master's clock. No user may run.
func (r *recorder) lower() {
	for i := range r.shards {
		r.shards[i].mu.Lock()
		r.shards[i].floor = 0
		r.shards[i].mu.Unlock()
	}
}
