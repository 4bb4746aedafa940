package analysis

import (
	"runtime"
	"sync"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// Reader reads the batches of records. It keeps its memory, and what it read last, since one
// window is asked several things. The zero value is ready; it is not safe for concurrent use.
type Reader struct {
	decoder stats.BatchDecoder
	text    string
	batches stats.Batches
	err     error
}

func (r *Reader) read(text string) (stats.Batches, error) {
	if r.text != text || r.batches == nil {
		r.text = text
		r.batches, r.err = r.decoder.Decode(text)
	}
	return r.batches, r.err
}

// IntervalsOf reads the batches of a record, or of one of its endpoints; nil where none were
// kept, and of a window shorter than ten seconds.
func (r *Reader) IntervalsOf(rec *result.Record, batches string) *Intervals {
	w := r.windowOf(batches, waiting(rec), all)
	if w == nil {
		return nil
	}
	rate := w.Rate()
	return &Intervals{quantile(w, .50), quantile(w, .95), quantile(w, .99), Interval{rate.Low, rate.High}}
}

// all are a batch's latencies, those of failures too.
func all(b stats.Batch) *stats.Histogram {
	if b.Failures() == 0 {
		return b.OK // as they are, which is most often
	}
	return b.All()
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
