package run

import (
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// emitLive reports the state of the load as an event. began is when the master's totals
// did: with the load, or with their last reset.
func (a *attempt) emitLive(o locust.Observation, began time.Time) {
	live := &Live{Users: o.Users, Workers: len(o.Live())}
	if s := o.Stats; s != nil {
		live.Recent, live.Requests, live.Failures = recentOf(s, time.Since(began)), s.Requests, s.Failures
	}
	a.emit(Event{Type: Sample, Live: live})
}

// recentOf is what a master with totals calls current: the last seconds, without the very
// last, which some workers have not reported yet. Totals that are younger cover less.
func recentOf(s *locust.Stats, age time.Duration) Recent {
	if s.CurrentRPS == 0 {
		return Recent{} // the first of those seconds is not over
	}
	return Recent{
		Seconds: max(1, min(recentSeconds, int(age.Seconds()))), RPS: s.CurrentRPS, P50: s.CurrentP50, P95: s.CurrentP95,
		FailureRatio: new(min(s.CurrentFailures/s.CurrentRPS, 1)),
	}
}

// live is the window so far.
func (w *window) live() *Live {
	return &Live{Recent: w.lately(), Requests: w.total.Requests(), Failures: w.total.Failures()}
}

// lately sums up the last seconds and forgets those before.
func (w *window) lately() Recent {
	first, sum := max(w.next-recentSeconds, w.from), stats.NewTally()
	for second, t := range w.recent {
		if second < first {
			delete(w.recent, second)
			continue
		}
		sum.Merge(t)
	}
	n, seconds := sum.Requests(), w.next-first
	r := Recent{Seconds: int(seconds), RPS: float64(n) / float64(seconds)}
	if n > 0 {
		all := sum.All()
		r.P50, r.P95 = new(result.Millis(all.Quantile(.5))), new(result.Millis(all.Quantile(.95)))
		r.FailureRatio = new(float64(sum.Failures()) / float64(n))
	}
	return r
}

func (a *attempt) withLoad(live *Live) *Live {
	live.Users, live.Workers = a.watch.Seen.Users, a.watch.Seen.Workers
	return live
}
