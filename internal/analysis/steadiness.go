package analysis

import (
	"fmt"
	"math"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/stats/steady"
)

// Steadiness is what a window looks like from its beginning to its end (measuring.md 22, 23).
type Steadiness struct {
	Class steady.Class
	// P50 and RPS are by how much the medians and the rates change over the window, relative to
	// their median: .2 for a rise by a fifth.
	P50, RPS float64
	// WarmUp is how many seconds at the window's start are warm-up, 0 if none is seen; P95 and
	// Rest are p95 of the whole window and of what follows it, in milliseconds.
	WarmUp    int
	P95, Rest float64
}

// moved is how far p95 must be off by a warm-up to be in doubt, as drift must be.
const moved = .05

// SteadinessOf reads the course of a record's window; nil where it is not known second by
// second, and of a window under twenty seconds.
func SteadinessOf(rec result.Record) *Steadiness {
	m := rec.Measured
	if m == nil || m.Requests == 0 {
		return nil
	}
	medians, rates := rec.Series.Within(m.Start, m.Duration)
	state, ok := steady.Judge(medians, rates)
	if !ok {
		return nil
	}
	s := &Steadiness{Class: state.Class, P50: state.Median.Change, RPS: state.Rate.Change}
	s.findWarmUp(m, steady.Start(medians)*rec.Series.Step)
	return s
}

// findWarmUp believes in a warm-up that has moved p95. What follows it is known by batches, so
// that the one in which it ends is left out with it.
func (s *Steadiness) findWarmUp(m *result.Measured, seconds int) {
	if seconds == 0 {
		return
	}
	batches, err := stats.DecodeBatches(m.Batches)
	if err != nil {
		return
	}
	begin, rest := 0, stats.Batches{}
	for _, b := range batches {
		if begin >= seconds {
			rest = append(rest, b)
		}
		begin += b.Seconds
	}
	whole, after := p95(batches), p95(rest)
	if after > 0 && whole > after*(1+moved) {
		s.Class, s.WarmUp, s.P95, s.Rest = steady.Warming, seconds, m.Latency.P95, after
	}
}

func p95(b stats.Batches) float64 { return result.Millis(b.Total().All().Quantile(.95)) }

// doubts says what is doubtful about a window that was not steady.
func (s *Steadiness) doubts(rec result.Record) []result.Finding {
	switch {
	case s == nil || !s.Class.Unsteady():
		return nil
	case s.WarmUp > 0:
		settle := math.Round(rec.Phases.Settle) + float64(s.WarmUp)
		return []result.Finding{validity.WarmUpMeasured.Doubts(s.WarmUp, latency(s.P95), latency(s.Rest), settle)}
	}
	return []result.Finding{validity.NotSteady.Doubts(s.text())}
}

// text says what changed: "p50 rose by 38 % and the rate fell by 4 %".
func (s *Steadiness) text() string {
	var parts []string
	for _, c := range []struct {
		what string
		by   float64
	}{{"p50", s.P50}, {"the rate", s.RPS}} {
		switch {
		case c.by >= .01:
			parts = append(parts, fmt.Sprintf("%s rose by %.0f %%", c.what, 100*c.by))
		case c.by <= -.01:
			parts = append(parts, fmt.Sprintf("%s fell by %.0f %%", c.what, -100*c.by))
		}
	}
	return strings.Join(parts, " and ")
}
