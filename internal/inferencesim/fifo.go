package inferencesim

import (
	"container/list"
	"time"
)

// fifo is c parallel servers with one first-in-first-out queue: M/M/c, M/G/c
// and their closed forms, depending on who sends and what work is drawn.
type fifo struct {
	servers int
	limit   int // how many may wait; negative: any number

	busy    jobHeap
	waiting *list.List
	places  map[*job]*list.Element
	arrived uint64
}

func newFIFO(servers, limit int) *fifo {
	return &fifo{
		servers: servers,
		limit:   limit,
		busy:    jobHeap{less: departsFirst},
		waiting: list.New(),
		places:  make(map[*job]*list.Element),
	}
}

func departsFirst(a, b *job) bool {
	if a.done != b.done {
		return a.done < b.done
	}
	return a.seq < b.seq
}

func (f *fifo) arrive(now time.Duration, j *job) bool {
	free := f.busy.Len() < f.servers
	if !free && f.limit >= 0 && f.waiting.Len() >= f.limit {
		return false
	}
	f.arrived++
	j.seq, j.index = f.arrived, notInHeap
	if free {
		f.begin(now, j)
	} else {
		f.places[j] = f.waiting.PushBack(j)
	}
	return true
}

func (f *fifo) begin(at time.Duration, j *job) {
	j.start, j.done = at, at+j.work
	f.busy.push(j)
}

func (f *fifo) leave(now time.Duration, j *job) {
	if place, waits := f.places[j]; waits {
		f.waiting.Remove(place)
		delete(f.places, j)
		return
	}
	f.busy.remove(j)
	f.beginNext(now)
}

// beginNext gives a server that became free at the time given to whoever has
// waited longest.
func (f *fifo) beginNext(at time.Duration) {
	front := f.waiting.Front()
	if front == nil {
		return
	}
	j := f.waiting.Remove(front).(*job)
	delete(f.places, j)
	f.begin(at, j)
}

func (f *fifo) next() (time.Duration, bool) {
	j, ok := f.busy.top()
	if !ok {
		return 0, false
	}
	return j.done, true
}

func (f *fifo) advance(now time.Duration, depart func(*job)) {
	for {
		at, ok := f.next()
		if !ok || at > now {
			return
		}
		j := f.busy.pop()
		f.beginNext(at) // at the computed time, however late now is
		depart(j)
	}
}

func (f *fifo) load() (waiting, serving int) {
	return f.waiting.Len(), f.busy.Len()
}
