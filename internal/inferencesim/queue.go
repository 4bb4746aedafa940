package inferencesim

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/alarm"
)

// ErrFull is what [Queue.Serve] returns when the queue has no room.
var ErrFull = errors.New("queue is full")

// Queue runs a queueing model on the clock. Make one with newQueue and close
// it after use. Safe for concurrent use.
type Queue struct {
	origin time.Time
	alarm  alarm.Alarm

	mu      sync.Mutex
	station station
	armed   time.Duration // when the alarm goes off, or unarmed
}

// Times says how long a job took, as its caller saw it.
type Times struct {
	Waited time.Duration // from arrival to the start of service, as computed
	Served time.Duration // from the start of service until the caller was told
}

const unarmed = time.Duration(-1)

// newQueue runs the station, woken by the alarm that newAlarm makes: a
// preciseAlarm for real service, a timerAlarm where the clock is a fake.
func newQueue(s station, newAlarm func(fire func()) (alarm.Alarm, error)) (*Queue, error) {
	q := &Queue{origin: time.Now(), station: s, armed: unarmed}
	a, err := newAlarm(q.wake)
	if err != nil {
		return nil, err
	}
	q.alarm = a
	return q, nil
}

// Close releases the alarm. Jobs still inside are never served.
func (q *Queue) Close() error { return q.alarm.Close() }

// Serve takes a job through the queue and returns when it has been served. If
// ctx ends first, the job is taken out at once, what it occupied goes to the
// next, and the error is the context's cause. [ErrFull]: there was no room.
func (q *Queue) Serve(ctx context.Context, work time.Duration) (Times, error) {
	if ctx.Err() != nil {
		return Times{}, context.Cause(ctx)
	}
	j := &job{work: work, ready: make(chan struct{})}
	if !q.enter(j) {
		return Times{}, ErrFull
	}
	select {
	case <-j.ready:
	case <-ctx.Done():
		if q.abandon(j) {
			return Times{}, context.Cause(ctx)
		}
	}
	return Times{Waited: j.start - j.arrived, Served: time.Since(q.origin) - j.start}, nil
}

// Load counts the jobs that wait and those in service now.
func (q *Queue) Load() (waiting, serving int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.catchUp()
	return q.station.load()
}

func (q *Queue) enter(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	j.arrived = q.catchUp()
	ok := q.station.arrive(j.arrived, j)
	q.arm()
	return ok
}

// abandon takes a job out, unless it has been served: then it is false.
func (q *Queue) abandon(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.catchUp()
	if j.gone {
		return false
	}
	q.station.leave(now, j)
	q.arm()
	return true
}

func (q *Queue) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.armed = unarmed
	q.catchUp()
	q.arm()
}

// catchUp makes everything happen that was due until now.
func (q *Queue) catchUp() time.Duration {
	now := time.Since(q.origin)
	q.station.advance(now, func(j *job) {
		j.gone = true
		close(j.ready)
	})
	return now
}

// arm sets the alarm for the next departure. An alarm that is set though
// nothing is due, or too early, only costs a wake-up.
func (q *Queue) arm() {
	at, ok := q.station.next()
	if !ok || at == q.armed {
		return
	}
	q.armed = at
	q.alarm.Set(at - time.Since(q.origin))
}
