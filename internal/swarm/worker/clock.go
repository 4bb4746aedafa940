package worker

import (
	"sync/atomic"
	"time"
)

// clock tells the master's time in Unix microseconds: this process's monotonic clock, set by
// the wall clock once, plus an estimated offset. Steps of the wall clock during a test do
// not move it.
type clock struct {
	base   time.Time
	offset atomic.Int64
}

func newClock() *clock { return &clock{base: time.Now()} }

// local is t in Unix microseconds on this machine's clock.
func (c *clock) local(t time.Time) int64 {
	return c.base.UnixMicro() + t.Sub(c.base).Microseconds()
}

// micros is t on the master's clock.
func (c *clock) micros(t time.Time) int64 { return c.local(t) + c.offset.Load() }

// second is t's Unix second on the master's clock.
func (c *clock) second(t time.Time) int64 { return unixSecond(c.micros(t)) }

// unixSecond rounds down, before 1970 too.
func unixSecond(micros int64) int64 {
	s := micros / 1e6
	if micros%1e6 < 0 {
		s--
	}
	return s
}

// estimator finds the offset of the master's clock from its answers to
// heartbeats. The answer is assumed to have been written half a round trip ago,
// so the quickest of the last rounds errs least, by at most half of its time.
type estimator struct {
	clock  *clock
	sentAt time.Time
	// unanswered counts heartbeats since the last answer: with more than one
	// it is not known which was answered.
	unanswered int
	rounds     []round // newest last
	frozen     bool
}

// round is one heartbeat and its answer.
type round struct{ offset, rtt int64 }

// maxRounds is how far back the quickest round is looked for.
const maxRounds = 60

func (e *estimator) sent(now time.Time) {
	e.sentAt = now
	e.unanswered++
}

// answered takes an answer that was received at now.
func (e *estimator) answered(now time.Time, masterMicros int64) {
	single := e.unanswered == 1
	e.unanswered = 0
	if masterMicros == 0 || !single {
		return
	}
	from, to := e.clock.local(e.sentAt), e.clock.local(now)
	e.rounds = append(e.rounds, round{offset: masterMicros - (from+to)/2, rtt: to - from})
	if len(e.rounds) > maxRounds {
		e.rounds = e.rounds[1:]
	}
	e.apply()
}

func (e *estimator) apply() {
	if len(e.rounds) == 0 || e.frozen {
		return
	}
	best := e.rounds[0]
	for _, r := range e.rounds {
		if r.rtt <= best.rtt {
			best = r
		}
	}
	e.clock.offset.Store(best.offset)
}

// known tells whether there is an estimate.
func (e *estimator) known() bool { return len(e.rounds) > 0 }

// freeze keeps the offset during a test, so that seconds do not shift in it.
func (e *estimator) freeze() { e.frozen = e.known() }

// thaw lets the offset follow again.
func (e *estimator) thaw() {
	e.frozen = false
	e.apply()
}

// restart forgets everything about a master that is gone.
func (e *estimator) restart() {
	e.rounds, e.unanswered, e.frozen = nil, 0, false
}
