package result

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// check refuses what no attempt can have produced: a record comes from a file that anybody
// may have changed.
func (r Record) check() error {
	known := []Status{Success, Invalid, Error, Skipped, Interrupted}
	switch {
	case !slices.Contains(known, r.Status):
		return fmt.Errorf("has the status %q, must be one of %s, %s, %s, %s, %s", r.Status, known[0], known[1], known[2], known[3], known[4])
	case r.Status == Success && r.Measured == nil:
		return errors.New("is a success without numbers")
	case r.Status == Interrupted && r.Terminal:
		return fmt.Errorf("is %s and final; an attempt that was stopped is made again", Interrupted)
	case r.Attempt < 1:
		return fmt.Errorf("has the attempt %d, they count from 1", r.Attempt)
	case !dated(r.Started) || !dated(r.Finished):
		return fmt.Errorf("is from %v to %v, which is in no calendar", r.Started, r.Finished)
	case r.Slices != "" && !fs.ValidPath(r.Slices):
		return fmt.Errorf("has its slices in %q, which is not in the run's folder", r.Slices)
	}
	for _, c := range r.counts() {
		if c.n < 0 {
			return fmt.Errorf("has a negative number of %s: %d", c.of, c.n)
		}
	}
	if m := r.Measured; m != nil && (m.Duration < 0 || m.RPS < 0) {
		return fmt.Errorf("has %v requests/s over %v s, which cannot be", m.RPS, m.Duration)
	}
	return nil
}

// dated tells whether JSON can hold a time in UTC, in which every report has it.
func dated(t time.Time) bool { return t.UTC().Year() >= 0 && t.UTC().Year() <= 9999 }

type count struct {
	of string
	n  int64
}

// counts are all counts of a record.
func (r Record) counts() []count {
	o, m := r.Observed, r.Measured
	out := []count{
		{"samples", int64(o.Samples)},
		{"workers", int64(o.Workers)},
		{"users", int64(o.Users)},
		{"replicas", int64(o.Replicas)},
	}
	if m == nil {
		return out
	}
	out = append(out, count{"requests", m.Requests}, count{"failures", m.Failures}, count{"unsent requests", m.Unsent}, count{"retries", m.Retries})
	out = append(out, m.Flight.counts("")...)
	for _, e := range m.Endpoints {
		out = append(out, count{"requests" + ofTask(e.Endpoint), e.Requests}, count{"failures" + ofTask(e.Endpoint), e.Failures}, count{"redirected requests" + ofTask(e.Endpoint), e.Redirected})
		out = append(out, e.Flight.counts(ofTask(e.Endpoint))...)
	}
	for _, e := range m.Errors {
		out = append(out, count{"errors" + ofTask(e.Endpoint), e.Occurrences})
	}
	return out
}

func (f *Flight) counts(of string) []count {
	if f == nil {
		return nil
	}
	return []count{
		{"requests at the start" + of, f.AtStart},
		{"requests started" + of, f.Started},
		{"requests at the end" + of, f.AtEnd},
		{"unheard requests" + of, f.Unheard},
	}
}

func ofTask(e stats.Endpoint) string { return fmt.Sprintf(" of task %s %q", e.Method, e.Name) }
