// Package stats holds the measurement arithmetic: latency histograms, one-second
// slices and their merging, quantiles. It is pure: no clocks, no I/O beyond an
// io.Reader or io.Writer that is handed in.
//
// Percentiles are never averaged. Everything that crosses a process boundary is
// a histogram, merged by adding counts (measuring.md 2).
package stats

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The geometry of every histogram: microseconds from 1 µs to 1 h with three
// significant digits, so a value is off by at most 0.1 % (measuring.md 1). Peers
// with another geometry are refused rather than merged.
const (
	LowestMicros  = 1
	HighestMicros = 3_600_000_000
	Digits        = 3
)

// Histogram counts durations in microseconds. It is not safe for concurrent use. It grows
// with the number of distinct values, from a few hundred bytes to about 200 KB.
type Histogram struct {
	// At most one of them is set: none until something is recorded.
	sparse *hdrhistogram.PackedHistogram
	dense  *hdrhistogram.Histogram
	// overflow counts values above HighestMicros, which are recorded as that.
	overflow int64
}

// sparseValues is how many distinct values a list may hold. Beyond that an array takes
// hardly more memory, and adding to it does not get slower.
const sparseValues = 8192

// NewHistogram returns an empty histogram.
func NewHistogram() *Histogram { return &Histogram{} }

func newSparse() *hdrhistogram.PackedHistogram {
	return hdrhistogram.NewPacked(LowestMicros, HighestMicros, Digits)
}

func newDense() *hdrhistogram.Histogram {
	return hdrhistogram.New(LowestMicros, HighestMicros, Digits)
}

// settle turns a list that has grown long into an array.
func (h *Histogram) settle() {
	if h.sparse == nil || h.sparse.Populated() <= sparseValues {
		return
	}
	h.widen()
}

func (h *Histogram) widen() {
	h.dense = newDense()
	h.sparse.MergeInto(h.dense)
	h.sparse = nil
}

// wideValues is how many distinct values a list must hold for Widen to pay.
const wideValues = 512

// Widen is for a histogram that many more values will be added to: a list that is not short
// becomes an array, which takes 200 KB and adds in a fifth of the time.
func (h *Histogram) Widen() {
	if h.sparse != nil && h.sparse.Populated() > wideValues {
		h.widen()
	}
}

// list is the histogram as a list: its own, or a copy if it is an array.
func (h *Histogram) list() *hdrhistogram.PackedHistogram {
	if h.sparse != nil {
		return h.sparse
	}
	list := newSparse()
	if h.dense != nil {
		list.MergeFrom(h.dense)
	}
	return list
}

// Size is the memory that the histogram takes, in bytes.
func (h *Histogram) Size() int {
	const itself = 32
	switch {
	case h.sparse != nil:
		return itself + h.sparse.GetMemorySize()
	case h.dense != nil:
		return itself + h.dense.ByteSize()
	}
	return itself
}

// Record adds one duration. Under a microsecond counts as one; above an hour is
// clamped and counted in Overflow.
func (h *Histogram) Record(d time.Duration) { h.RecordN(d.Microseconds(), 1) }

// RecordN adds n observations of the given microseconds; n <= 0 adds nothing.
func (h *Histogram) RecordN(micros, n int64) {
	if n <= 0 {
		return
	}
	if micros > HighestMicros {
		h.overflow += n
		micros = HighestMicros
	}
	// The clamped value is always in range. A count that would overflow is left out.
	h.record(max(micros, LowestMicros), n)
}

func (h *Histogram) record(micros, n int64) {
	if h.dense != nil {
		_ = h.dense.RecordValues(micros, n)
		return
	}
	if h.sparse == nil {
		h.sparse = newSparse()
	}
	_ = h.sparse.RecordValues(micros, n)
	h.settle()
}

// Merge adds other's counts; nil adds nothing.
func (h *Histogram) Merge(other *Histogram) {
	if other == nil || other.sparse == nil && other.dense == nil {
		return
	}
	h.overflow += other.overflow
	switch {
	case h.dense == nil && other.dense == nil:
		if h.sparse == nil {
			h.sparse = newSparse()
		}
		h.overflow += h.sparse.Merge(other.sparse)
		h.settle()
	case h.dense == nil:
		h.dense = newDense()
		h.overflow += h.dense.Merge(other.dense)
		if h.sparse != nil {
			h.overflow += h.sparse.MergeInto(h.dense)
			h.sparse = nil
		}
	case other.dense == nil:
		h.overflow += other.sparse.MergeInto(h.dense)
	default:
		h.overflow += h.dense.Merge(other.dense)
	}
}

// Reset empties the histogram and keeps its memory.
func (h *Histogram) Reset() {
	if h.sparse != nil {
		h.sparse.Reset()
	}
	if h.dense != nil {
		h.dense.Reset()
	}
	h.overflow = 0
}

// queries are what both forms can be asked.
type queries interface {
	TotalCount() int64
	ValueAtPercentile(percentile float64) int64
	Mean() float64
	Min() int64
	Max() int64
}

// values is nil when nothing was ever recorded.
func (h *Histogram) values() queries {
	switch {
	case h.sparse != nil:
		return h.sparse
	case h.dense != nil:
		return h.dense
	}
	return nil
}

// Count is the number of recorded values.
func (h *Histogram) Count() int64 {
	if v := h.values(); v != nil {
		return v.TotalCount()
	}
	return 0
}

// Overflow is the number of values above the ceiling. Any makes an attempt INVALID.
func (h *Histogram) Overflow() int64 { return h.overflow }

// Quantile returns the nearest-rank quantile, x(ceil(q·n)), as the highest value
// equivalent to it; 0 when the histogram is empty. q is in 0..1.
func (h *Histogram) Quantile(q float64) time.Duration {
	n := float64(h.Count())
	if n == 0 {
		return 0
	}
	// The library rounds q·n to the nearest rank where the definition takes the
	// next one, so the rank is computed here and given back as a percentile. The
	// small term keeps 0.95·100 from becoming rank 96.
	rank := max(math.Ceil(q*n-1e-9), 1)
	return time.Duration(h.values().ValueAtPercentile(100*rank/n)) * time.Microsecond
}

// Mean is the arithmetic mean; 0 when empty.
func (h *Histogram) Mean() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(math.Round(h.values().Mean() * 1000))
}

// Min is the smallest recorded value, to the histogram's precision; 0 when empty.
func (h *Histogram) Min() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.values().Min()) * time.Microsecond
}

// Max is the largest recorded value, to the histogram's precision; 0 when empty.
func (h *Histogram) Max() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.values().Max()) * time.Microsecond
}

// AtLeast counts the values of d and longer, to the histogram's precision.
func (h *Histogram) AtLeast(d time.Duration) int64 {
	n, _ := h.Beyond(d)
	return n
}

// Beyond counts the values of d and longer and adds them up, to the histogram's precision.
func (h *Histogram) Beyond(d time.Duration) (n int64, sum time.Duration) {
	if h.Count() == 0 {
		return 0, 0
	}
	for value, count := range h.list().ForEachBucket {
		if to := highestEquivalent(value); to >= d.Microseconds() {
			n += count
			sum += time.Duration(count*to) * time.Microsecond
		}
	}
	return n, sum
}
