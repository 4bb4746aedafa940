// Package interval says how sure a measured number is: intervals for quantiles and rates of
// a window, and a decision about a share of bad requests that may be looked at after every
// batch. Requests of a queue are not independent: a slow one is followed by slow ones. So
// nothing here counts requests; it compares batches of time (measuring.md 18).
//
// Use [New] for the intervals of a window that has ended, and [NewSequence] to end one early.
package interval

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// Batches is into how many a window is cut: enough for a variance, few enough that each is
// longer than a busy period.
const Batches = 10

// confidence is how often an interval is meant to hold what it is for.
const confidence = .95

// Batch is what completed in one part of a window.
type Batch struct {
	Latencies *stats.Histogram
	// Length is how long the part was. A window of whole seconds has unequal parts.
	Length time.Duration
}

// Window is a window's batches, and their sum.
type Window struct {
	batches []Batch
	all     *stats.Histogram
	// middle is the design effect that the batches show at the median.
	middle float64
	// borrow is how many times that the tail has at least.
	borrow float64
}

// New returns the window of ten batches, in their order. Of the users, so large a share, in
// 0..1, waits for an answer on average (rate × mean latency / users); 0 is for requests that
// arrive whatever the service does, and always safe. There is no interval without requests,
// nor of a batch without length.
func New(batches []Batch, waiting float64) (*Window, error) {
	if len(batches) != Batches {
		return nil, fmt.Errorf("%d batches: want %d", len(batches), Batches)
	}
	if !(waiting >= 0 && waiting <= 1) {
		return nil, fmt.Errorf("share of the users that waits %v: want 0 to 1", waiting)
	}
	w := &Window{batches: batches, all: stats.NewHistogram(), borrow: bursts}
	if waiting >= noticeably {
		w.borrow = limited
	}
	for i, b := range batches {
		if b.Length <= 0 {
			return nil, fmt.Errorf("batch %d lasts %v: want a positive time", i+1, b.Length)
		}
		w.all.Merge(b.Latencies)
	}
	if w.all.Count() == 0 {
		return nil, errors.New("no requests in any batch: there is nothing to be sure of")
	}
	w.middle, _ = w.shown(.5)
	return w, nil
}

// shares is part of whole in each batch.
type shares [Batches]struct{ part, whole float64 }

func (s shares) mean() float64 {
	var part, whole float64
	for _, b := range s {
		part += b.part
		whole += b.whole
	}
	return part / whole
}

// variance is that of the mean share, as far as the batches tell: the ratio estimator,
// which does not mind unequal wholes.
func (s shares) variance() float64 {
	mean := s.mean()
	var squares, whole float64
	for _, b := range s {
		squares += (b.part - mean*b.whole) * (b.part - mean*b.whole)
		whole += b.whole / Batches
	}
	return squares / ((Batches - 1) * Batches * whole * whole)
}

// half is half of the width of an interval with that variance.
func half(variance float64) float64 {
	return student * math.Sqrt(variance)
}
