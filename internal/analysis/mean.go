package analysis

import (
	"fmt"
	"math"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// judgeMean takes the mean of the successes, so that fast failures do not lower it. A
// request that had been under way for longer than that when the window closed counts with
// the time it had taken by then: in the end it will raise the mean by at least as much
// (docs/reports.md).
func judgeMean(s scope, o experiment.Objective) (Outcome, bool) {
	if s.requests > 0 && s.failures >= s.requests {
		return Outcome{Objective: o, Value: math.Inf(1), Margin: ratioMargin(math.Inf(1)), Text: fmt.Sprintf("%s has no value, every request failed", o.Subject())}, true
	}
	ended, guessed := s.mean()
	least, most := s.flight.Late(span(ended))
	value := s.meanWith(ended, most)
	switch {
	case s.requests == 0 && (most.Requests == 0 || o.Met(value)):
		return Outcome{}, false // nothing ended, and what is under way may be quick yet
	case o.Met(s.meanWith(ended, least)) != o.Met(value):
		return untold(o, agesNotKept(s)), true
	}
	out := Outcome{Objective: o, Value: value, Pass: o.Met(value), Margin: ratioMargin(value / o.Bound), Slow: most.Requests, Text: latencyText(o, value)}
	if s.failures > 0 {
		out.Text += ", failed requests not counted"
	}
	if guessed && !out.Pass && o.Met(s.latency.Mean) {
		out.Doubts = append(out.Doubts, fmt.Sprintf("%s is decided as if failed requests had taken no time: their times are not known apart", o))
	}
	// Where some had been under way for long, the mean is only known to be at least this.
	if w := s.okWindow(); w != nil && most.Requests == 0 {
		low, high := w.Mean()
		i := Interval{result.Millis(low), result.Millis(high) * (1 + stats.Coarse)}
		out.weigh(i, latency, i.longer(value, o.Bound))
	}
	return out, true
}

// mean is that of the successes. Where they are not known separately, it is the largest
// possible: as if the failures had taken no time.
func (s scope) mean() (value float64, guessed bool) {
	switch {
	case s.requests == 0:
		return 0, false
	case s.success != nil:
		return s.success.Mean, false
	}
	return s.latency.Mean / (1 - s.failureRatio()), true
}

// meanWith is the mean over the successes and those under way.
func (s scope) meanWith(ended float64, late result.Late) float64 {
	n := float64(s.requests - s.failures)
	if n+float64(late.Requests) == 0 {
		return 0
	}
	return (n*ended + late.Total) / (n + float64(late.Requests))
}

func agesNotKept(s scope) string {
	return fmt.Sprintf("%s under way when the window closed, and of one task's it was not kept for how long each had been", matrix.CountWere(int(s.flight.AtEnd), "request"))
}
