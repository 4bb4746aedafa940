package inferencesim

import (
	"math"
	"time"
)

// ps is processor sharing: all jobs present are served at once, each with the
// same share of a total speed that may depend on how many they are.
//
// With n jobs each is served at speed(n)/n, so all of them gain the same
// attained service V, dV/dt = speed(n)/n, and a job of work w that arrives at
// V departs when V reaches V+w. Between events n is constant and V linear.
type ps struct {
	// speed is the total speed with n >= 1 jobs, in seconds of work per
	// second; positive.
	speed func(n int) float64

	jobs     jobHeap
	attained float64       // V, in seconds, at the time last
	last     time.Duration // of the last event
	arrived  uint64
}

func newPS(speed func(n int) float64) *ps {
	return &ps{speed: speed, jobs: jobHeap{less: attainsFirst}}
}

func attainsFirst(a, b *job) bool {
	if a.tag != b.tag {
		return a.tag < b.tag
	}
	return a.seq < b.seq
}

func (p *ps) arrive(now time.Duration, j *job) bool {
	p.moveTo(now)
	if p.jobs.Len() == 0 {
		p.attained = 0 // keeps the float small, and so exact
	}
	p.arrived++
	j.seq, j.start = p.arrived, now
	j.tag = p.attained + j.work.Seconds()
	p.jobs.push(j)
	return true
}

func (p *ps) leave(now time.Duration, j *job) {
	p.moveTo(now)
	p.jobs.remove(j)
}

// share is the speed at which each job present is served.
func (p *ps) share() float64 {
	n := p.jobs.Len()
	return p.speed(n) / float64(n)
}

// moveTo serves the jobs until now, before which none departs.
func (p *ps) moveTo(now time.Duration) {
	if p.jobs.Len() > 0 {
		p.attained += (now - p.last).Seconds() * p.share()
	}
	p.last = now
}

// farAway (in nanoseconds, 30 years) keeps a departure that very many jobs at a
// very low rate put off within what a time.Duration holds.
const farAway = 1e18

func (p *ps) next() (time.Duration, bool) {
	j, ok := p.jobs.top()
	if !ok {
		return 0, false
	}
	// Up to the next nanosecond, but not for a rounding error of the floats.
	left := math.Ceil((j.tag-p.attained)/p.share()*float64(time.Second) - 1e-3)
	return p.last + time.Duration(min(max(left, 0), farAway)), true
}

func (p *ps) advance(now time.Duration, depart func(*job)) {
	for {
		at, ok := p.next()
		if !ok || at > now {
			p.moveTo(now)
			return
		}
		j := p.jobs.pop()
		p.attained, p.last, j.done = j.tag, at, at
		depart(j)
	}
}

func (p *ps) load() (waiting, serving int) { return 0, p.jobs.Len() }
