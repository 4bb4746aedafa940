package interval

import (
	"math"
	"time"
)

// Share is the interval of the share of requests that take so long or longer, 0 to 1. It is
// Wilson's, for as many independent requests as the dependent ones are worth: with it, no
// bad request among few says little, and the ends stay between 0 and 1 (measuring.md 26).
func (w *Window) Share(from time.Duration) (low, high float64) {
	s := w.slower(from)
	p, n := s.mean(), float64(w.all.Count())
	effect := 1.
	if single := p * (1 - p); single > 0 {
		effect = max(effect, s.variance()/single*n)
	}
	const t = student
	worth, square := n/effect, t*t
	middle := (p + square/(2*worth)) / (1 + square/worth)
	off := t / (1 + square/worth) * math.Sqrt(p*(1-p)/worth+square/(4*worth*worth))
	low, high = max(middle-off, 0), min(middle+off, 1)
	// Where all are on one side, that end is exact, and only rounding says otherwise.
	if p == 0 {
		low = 0
	}
	if p == 1 {
		high = 1
	}
	return low, high
}

// Slower is the share of requests that take so long or longer, 0 to 1.
func (w *Window) Slower(from time.Duration) float64 { return w.slower(from).mean() }

// Mean is the interval of the mean latency, from how much the batches differ.
func (w *Window) Mean() (low, high time.Duration) {
	var s shares
	for i, b := range w.batches {
		if b.Latencies != nil {
			n := float64(b.Latencies.Count())
			s[i].part, s[i].whole = n*b.Latencies.Mean().Seconds(), n
		}
	}
	mean, off := s.mean(), half(s.variance())
	seconds := func(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }
	return seconds(max(mean-off, 0)), seconds(mean + off)
}

// Value is the q-quantile itself.
func (w *Window) Value(q float64) time.Duration { return w.all.Quantile(q) }

// far is how many times smaller than allowed a share has to be for a window to show it that
// is too short for the interval of the quantile.
const far = 10

// Passes tells whether it is clear that at least a share q of the requests takes less than a
// limit. It is where the interval of the q-quantile ends below; and where a tenth at most of
// what is allowed takes so long, if the batches alone say that this is no chance: a service far
// below its limit does not need a window that is long enough for a bound on its p95
// (measuring.md 26).
func (w *Window) Passes(q float64, limit time.Duration) bool {
	if l := w.Quantile(q); !l.Open && l.High < limit {
		return true
	}
	s, allowed := w.slower(limit), 1-q
	p := s.mean()
	// A window without a slow request has no variance to show: it has at least that of
	// independent requests of which as many are slow as allowed.
	off := half(max(s.variance(), allowed*q/float64(w.all.Count())))
	return p <= allowed/far && p+off < allowed
}

// Longer is how many times as long the window would have to be for the interval of its
// q-quantile to leave out a limit, if the share that is slower stays what it is; +Inf where
// that is exactly as many as the quantile allows.
func (w *Window) Longer(q float64, limit time.Duration) float64 {
	off := half(w.designEffect(q) * q * (1 - q) / float64(w.all.Count()))
	distance := math.Abs(w.slower(limit).mean() - (1 - q))
	return math.Pow(off/distance, 2)
}
