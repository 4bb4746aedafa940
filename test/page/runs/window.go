package runs

import (
	"time"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// window sums up what ended while it was open.
type window struct {
	all     *stats.Tally
	tasks   []*stats.Tally
	batches stats.Batches
	parts   []stats.Batches // of each task
	flight  result.Flight
	flights []result.Flight
	// first and last are when a request failed, per task.
	first, last []time.Duration
}

func (s service) window(all []done, p plan) window {
	w := window{all: stats.NewTally(), batches: stats.NewBatches(p.measure)}
	for range s.tasks {
		w.tasks, w.parts = append(w.tasks, stats.NewTally()), append(w.parts, stats.NewBatches(p.measure))
	}
	w.flights = make([]result.Flight, len(s.tasks))
	w.first, w.last = make([]time.Duration, len(s.tasks)), make([]time.Duration, len(s.tasks))
	opens, closes := time.Duration(p.opens())*time.Second, time.Duration(p.total())*time.Second
	for _, d := range all {
		w.underWay(d, opens, closes)
		if d.End >= opens && d.End < closes {
			w.add(d, int((d.End-opens)/time.Second))
		}
	}
	return w
}

func (w *window) add(d done, second int) {
	for _, t := range []*stats.Tally{w.all, w.tasks[d.task], w.batches.At(second).Tally, w.parts[d.task].At(second).Tally} {
		if d.OK {
			t.OK.Record(d.Response())
		} else {
			t.Failed.Record(d.Response())
		}
	}
	if !d.OK {
		if w.last[d.task] == 0 {
			w.first[d.task] = d.End
		}
		w.last[d.task] = max(w.last[d.task], d.End)
	}
}

// underWay counts a request that an edge of the window cuts, and one that begins in it.
func (w *window) underWay(d done, opens, closes time.Duration) {
	for _, f := range []*result.Flight{&w.flight, &w.flights[d.task]} {
		if d.Sent < opens && d.End >= opens {
			f.AtStart++
		}
		if d.Sent >= opens {
			f.Started++
		}
		if d.End >= closes {
			f.AtEnd++
			f.Oldest = max(f.Oldest, result.Millis(closes-d.Sent))
		}
	}
}

// measured is the window as a record keeps it. It began at the given time.
func (s service) measured(w window, p plan, start time.Time) *result.Measured {
	m := &result.Measured{
		Start: start, Duration: float64(p.measure), Exact: true, Flight: &w.flight,
		Requests: w.all.Requests(), Failures: w.all.Failures(), RPS: float64(w.all.Requests()) / float64(p.measure),
		Latency: result.LatencyOf(w.all.All()), Batches: text(w.batches),
	}
	m.Success = successes(w.all)
	for i, t := range s.tasks {
		sum := w.tasks[i]
		m.Endpoints = append(m.Endpoints, result.EndpointResult{
			Endpoint: t.Endpoint, Requests: sum.Requests(), Failures: sum.Failures(), Latency: result.LatencyOf(sum.All()),
			Success: successes(sum), Flight: &w.flights[i], Batches: text(w.parts[i]),
		})
		if n := sum.Failures(); n > 0 {
			at := func(d time.Duration) *time.Time {
				return new(start.Add(d - time.Duration(p.opens())*time.Second).Truncate(time.Second))
			}
			m.Errors = append(m.Errors, result.ErrorCount{Endpoint: t.Endpoint, Error: "503 Service Unavailable", Occurrences: n, First: at(w.first[i]), Last: at(w.last[i])})
		}
	}
	return m
}

func successes(t *stats.Tally) *result.Latency {
	if t.OK.Count() == 0 {
		return nil
	}
	return new(result.LatencyOf(t.OK))
}

func text(b stats.Batches) string {
	s, err := b.Encode()
	if err != nil {
		panic(err) // they are our own
	}
	return s
}
