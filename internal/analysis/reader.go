package analysis

import (
	"runtime"
	"slices"
	"sync"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/stats/interval"
)

// Reader reads the batches of records. It keeps its memory, and what it read last, since one
// window is asked several things. The zero value is ready; it is not safe for concurrent use.
type Reader struct {
	decoder stats.BatchDecoder
	text    string
	batches stats.Batches
	err     error
	// served is the window of the successes, among users of whom so many wait.
	served  *interval.Window
	waiting float64
}

func (r *Reader) read(text string) (stats.Batches, error) {
	if r.text != text || r.batches == nil {
		r.text, r.served = text, nil
		r.batches, r.err = r.decoder.Decode(text)
	}
	return r.batches, r.err
}

// IntervalsOf reads the batches of a record, or of one of its endpoints; nil where none were
// kept, and of a window shorter than ten seconds.
func (r *Reader) IntervalsOf(rec *result.Record, batches string) *Intervals {
	w := r.wholeWindow(batches, waiting(rec))
	if w == nil {
		return nil
	}
	rate := w.Rate()
	return &Intervals{quantile(w, .50), quantile(w, .95), quantile(w, .99), Interval{rate.Low, rate.High}}
}

// wholeWindow is the window of all that ended.
func (r *Reader) wholeWindow(text string, waiting float64) *interval.Window {
	failed := func(b stats.Batch) bool { return b.Failures() > 0 }
	if parts, err := r.read(text); err == nil && !slices.ContainsFunc(parts, failed) {
		return r.okWindow(text, waiting)
	}
	return r.windowOf(text, waiting, func(b stats.Batch) *stats.Histogram { return b.All() })
}

// okWindow is the window of the successes.
func (r *Reader) okWindow(text string, waiting float64) *interval.Window {
	if r.served == nil || r.text != text || r.waiting != waiting {
		r.served = r.windowOf(text, waiting, func(b stats.Batch) *stats.Histogram { return b.OK })
		r.waiting = waiting
	}
	return r.served
}

// eachWithReader calls do for 0 to n-1, on all processors, with a Reader for each of them.
func eachWithReader(n int, do func(i int, reader *Reader)) {
	parts := runtime.GOMAXPROCS(0)
	var wait sync.WaitGroup
	for part := range parts {
		wait.Go(func() {
			var reader Reader
			for i := part * n / parts; i < (part+1)*n/parts; i++ {
				do(i, &reader)
			}
		})
	}
	wait.Wait()
}
