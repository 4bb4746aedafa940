package inferencesim

import (
	"container/heap"
	"time"
)

// A station is a queueing model as a discrete-event simulation. Times are
// durations since an origin that the caller chooses. Callers pass times that
// never go back, and call advance(now) before arrive and leave, so that what
// was due earlier has happened. A station is not safe for concurrent use.
type station interface {
	// arrive lets a job in at now; false means that there is no room.
	arrive(now time.Duration, j *job) bool
	// leave takes out a job that has not departed: its client has gone.
	// Whatever it occupied is free at once.
	leave(now time.Duration, j *job)
	// next is the time of the next departure, false if there is none.
	next() (time.Duration, bool)
	// advance makes the departures due at or before now happen, in the order
	// of their times, and calls depart for each.
	advance(now time.Duration, depart func(*job))
	// load counts the jobs that wait and those in service.
	load() (waiting, serving int)
}

// A job is one request inside a station. The caller gives work, and may keep
// notes in arrived, gone and ready; the rest is the station's.
type job struct {
	work  time.Duration // what it would take alone on a server of speed 1
	start time.Duration // when its service began
	done  time.Duration // when it departed; while in a FIFO's service: will depart

	arrived time.Duration
	gone    bool          // departed
	ready   chan struct{} // closed when it departs

	tag   float64 // processor sharing: attained service per job at which it departs
	seq   uint64  // order of arrival; breaks ties
	index int     // place in a jobHeap, or notInHeap
}

const notInHeap = -1

// jobHeap keeps the job that departs first on top.
type jobHeap struct {
	jobs []*job
	less func(a, b *job) bool
}

func (h *jobHeap) Len() int           { return len(h.jobs) }
func (h *jobHeap) Less(i, k int) bool { return h.less(h.jobs[i], h.jobs[k]) }

func (h *jobHeap) Swap(i, k int) {
	h.jobs[i], h.jobs[k] = h.jobs[k], h.jobs[i]
	h.jobs[i].index, h.jobs[k].index = i, k
}

// Push is for container/heap; use push.
func (h *jobHeap) Push(x any) {
	j := x.(*job)
	j.index = len(h.jobs)
	h.jobs = append(h.jobs, j)
}

// Pop is for container/heap; use pop.
func (h *jobHeap) Pop() any {
	last := len(h.jobs) - 1
	j := h.jobs[last]
	h.jobs[last] = nil
	h.jobs = h.jobs[:last]
	j.index = notInHeap
	return j
}

func (h *jobHeap) push(j *job)   { heap.Push(h, j) }
func (h *jobHeap) pop() *job     { return heap.Pop(h).(*job) }
func (h *jobHeap) remove(j *job) { heap.Remove(h, j.index) }

func (h *jobHeap) top() (*job, bool) {
	if len(h.jobs) == 0 {
		return nil, false
	}
	return h.jobs[0], true
}
