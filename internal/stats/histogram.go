// Package stats holds the measurement arithmetic: latency histograms, one-second
// slices and their merging, quantiles. It is pure: no clocks, no I/O beyond an
// io.Reader or io.Writer that is handed in.
//
// Percentiles are never averaged. Everything that crosses a process boundary is
// a histogram, merged by adding counts (methods.md 1.4).
package stats

import (
	"fmt"
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The geometry of every histogram: microseconds from 1 µs to 1 h with three
// significant digits, so a value is off by at most 0.1 % (methods.md 1.3). Peers
// with another geometry are refused rather than merged.
const (
	LowestMicros  = 1
	HighestMicros = 3_600_000_000
	Digits        = 3
)

// Histogram counts durations in microseconds. It is not safe for concurrent use.
// An empty one is small; the first value makes it about 200 KB.
type Histogram struct {
	// hdr is nil until something is recorded.
	hdr *hdrhistogram.Histogram
	// overflow counts values above HighestMicros, which are recorded as that.
	overflow int64
}

// NewHistogram returns an empty histogram.
func NewHistogram() *Histogram { return &Histogram{} }

// counts returns the histogram to record into.
func (h *Histogram) counts() *hdrhistogram.Histogram {
	if h.hdr == nil {
		h.hdr = hdrhistogram.New(LowestMicros, HighestMicros, Digits)
	}
	return h.hdr
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
	// The clamped value is always in range, so the error cannot occur.
	_ = h.counts().RecordValues(max(micros, LowestMicros), n)
}

// Merge adds other's counts; nil adds nothing.
func (h *Histogram) Merge(other *Histogram) {
	if other == nil || other.hdr == nil {
		return
	}
	h.overflow += other.overflow + h.counts().Merge(other.hdr)
}

// Reset empties the histogram and keeps its memory.
func (h *Histogram) Reset() {
	if h.hdr != nil {
		h.hdr.Reset()
	}
	h.overflow = 0
}

// Count is the number of recorded values.
func (h *Histogram) Count() int64 {
	if h.hdr == nil {
		return 0
	}
	return h.hdr.TotalCount()
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
	return time.Duration(h.hdr.ValueAtQuantile(100*rank/n)) * time.Microsecond
}

// Mean is the arithmetic mean; 0 when empty.
func (h *Histogram) Mean() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(math.Round(h.hdr.Mean() * 1000))
}

// Min is the smallest recorded value, to the histogram's precision; 0 when empty.
func (h *Histogram) Min() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.hdr.Min()) * time.Microsecond
}

// Max is the largest recorded value, to the histogram's precision; 0 when empty.
func (h *Histogram) Max() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.hdr.Max()) * time.Microsecond
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
	for _, bar := range h.hdr.Distribution() {
		if bar.To >= d.Microseconds() {
			n += bar.Count
			sum += time.Duration(bar.Count*bar.To) * time.Microsecond
		}
	}
	return n, sum
}

// Encode returns the V2 compressed form in base64, as HdrHistogram logs hold it.
func (h *Histogram) Encode() ([]byte, error) {
	b, err := h.counts().EncodeV2()
	if err != nil {
		return nil, fmt.Errorf("encoding histogram: %w", err)
	}
	return b, nil
}

// DecodeHistogram reads what Encode wrote. A histogram of another geometry is refused.
func DecodeHistogram(b []byte) (*Histogram, error) {
	hdr, err := hdrhistogram.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("decoding histogram: %w", err)
	}
	return adopt(hdr)
}

func adopt(hdr *hdrhistogram.Histogram) (*Histogram, error) {
	if hdr.LowestTrackableValue() != LowestMicros || hdr.HighestTrackableValue() != HighestMicros || hdr.SignificantFigures() != Digits {
		return nil, fmt.Errorf("histogram has geometry %d..%d with %d digits, want %d..%d with %d",
			hdr.LowestTrackableValue(), hdr.HighestTrackableValue(), hdr.SignificantFigures(), LowestMicros, HighestMicros, Digits)
	}
	return &Histogram{hdr: hdr}, nil
}
