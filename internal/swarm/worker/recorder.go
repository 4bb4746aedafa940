package worker

import (
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/httpuser"
)

// recorder takes samples from many users at next to no cost to them: a user appends to its
// shard's buffer, and the reporting goroutine drains all shards and does the arithmetic.
// Buffers are reused, so recording allocates only while a shard sees more samples between
// two drains than ever before.
type recorder struct {
	clock  *clock
	shards []shard
	spare  []outcome
	flying []flight // a buffer for drain
	// room is the bytes that may wait in one shard, lost what found none.
	room int
	lost int64
}

// recorderRoom is how many bytes of samples may wait in all shards: half a million samples,
// for when the reporting goroutine does not get to run. Buffers grow to twice that at most.
const recorderRoom = 32 << 20

// outcomeSize is the memory that an outcome takes besides its failure's text.
const outcomeSize = 64

// outcome is one sample as it waits in a shard.
type outcome struct {
	// at is when it completed, in Unix microseconds of the master's clock.
	at       int64
	nanos    int64
	bytes    int64
	endpoint int
	retries  int
	unsent   bool
	// redirected is httpuser.Sample's.
	redirected bool
	failure    string
}

func (e *outcome) second() int64 { return unixSecond(e.at) }

// flight is a request that is under way.
type flight struct {
	// since is when it began, in Unix microseconds of the master's clock.
	since    int64
	endpoint int
}

// shard is padded to a cache line of its own, so that users of different shards do not slow
// each other down.
type shard struct {
	mu       sync.Mutex
	outcomes []outcome
	// flights has the requests under way, by user.
	flights map[int]flight
	// floor is the first moment that may still be recorded; late samples are moved up to it.
	floor int64
	// bytes is the memory that the outcomes take, lost how many samples found no room.
	bytes int
	lost  int64
	_     [64]byte
}

func newRecorder(c *clock) *recorder {
	r := &recorder{clock: c, shards: make([]shard, 4*runtime.GOMAXPROCS(0))}
	r.room = recorderRoom / len(r.shards)
	for i := range r.shards {
		r.shards[i].flights = map[int]flight{}
	}
	return r
}

func (r *recorder) shard(user int) *shard { return &r.shards[uint(user)%uint(len(r.shards))] }

// Begin implements httpuser.Recorder.
func (r *recorder) Begin(user, endpoint int, since time.Time) {
	f := flight{since: r.clock.micros(since), endpoint: endpoint}
	sh := r.shard(user)
	sh.mu.Lock()
	sh.flights[user] = f
	sh.mu.Unlock()
}

// Record implements httpuser.Recorder.
func (r *recorder) Record(user int, s httpuser.Sample) {
	e := outcome{
		at: r.clock.micros(s.End), nanos: s.Duration.Nanoseconds(), bytes: s.Bytes,
		endpoint: s.Endpoint, retries: s.Retries, unsent: s.Unsent, redirected: s.Redirected, failure: s.Failure,
	}
	sh := r.shard(user)
	sh.mu.Lock()
	delete(sh.flights, user)
	if sh.bytes += outcomeSize + len(e.failure); sh.bytes > r.room {
		sh.lost++
	} else {
		e.at = max(e.at, sh.floor)
		sh.outcomes = append(sh.outcomes, e)
	}
	sh.mu.Unlock()
}

// Abandon implements httpuser.Recorder.
func (r *recorder) Abandon(user int) {
	sh := r.shard(user)
	sh.mu.Lock()
	delete(sh.flights, user)
	sh.mu.Unlock()
}

// drain hands out every recorded sample once, and every request that is under way.
// A request is seen as exactly one of the two. When it returns, no sample before
// the Unix second floor will ever be handed out again. It must not be called concurrently.
func (r *recorder) drain(floor int64, ended func(*outcome), under func(flight)) {
	for i := range r.shards {
		batch := r.take(&r.shards[i], floor*1e6)
		for j := range batch {
			ended(&batch[j])
		}
		for _, f := range r.flying {
			under(f)
		}
		clear(batch) // lets go of failure texts
		r.spare = batch[:0]
	}
}

// take swaps the shard's buffer for the spare one, copies what is under way and
// raises the floor.
func (r *recorder) take(sh *shard, floor int64) []outcome {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	batch := sh.outcomes
	sh.outcomes = r.spare
	r.lost += sh.lost
	sh.bytes, sh.lost = 0, 0
	r.flying = slices.AppendSeq(r.flying[:0], maps.Values(sh.flights))
	sh.floor = max(sh.floor, floor)
	return batch
}

// takeLost returns how many samples had no room since the last time.
func (r *recorder) takeLost() int64 {
	n := r.lost
	r.lost = 0
	return n
}

// underWay counts the requests that have begun and not ended.
func (r *recorder) underWay() (n int) {
	for i := range r.shards {
		r.shards[i].mu.Lock()
		n += len(r.shards[i].flights)
		r.shards[i].mu.Unlock()
	}
	return n
}

// forget drops what is under way: the load has ended, and a user that still hangs in a
// request is part of no other.
func (r *recorder) forget() {
	for i := range r.shards {
		r.shards[i].mu.Lock()
		clear(r.shards[i].flights)
		r.shards[i].mu.Unlock()
	}
}

// lower lets the floor be set anew for another master's clock. No user may run.
func (r *recorder) lower() {
	for i := range r.shards {
		r.shards[i].mu.Lock()
		r.shards[i].floor = 0
		r.shards[i].mu.Unlock()
	}
}
