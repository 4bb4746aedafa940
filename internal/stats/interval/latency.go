package interval

import "time"

const (
	// bursts is how much larger the design effect at p95 and beyond is than at the median,
	// where requests arrive whatever the service does: the bursts that make it are rare,
	// and a window that saw none would not know.
	bursts = 2.5
	// limited is the same for users of whom so many wait for an answer that they send
	// noticeably less when the service slows down: that ends a burst.
	limited    = 1
	noticeably = .05
	// dependent is the design effect of a median whose tail must borrow: below, requests are
	// as good as independent.
	dependent = 2
	// mostAlike bounds what is believed of how alike neighbouring batches are: ten of them
	// cannot tell more.
	mostAlike = .8
)

// Latency is the interval of one quantile.
type Latency struct {
	// Low is 0 where nothing is known but that a latency is not negative.
	Low time.Duration
	// High is 0 where Open: the window is too short for an upper bound.
	High time.Duration
	Open bool
	// Effect is the design effect: how many requests say as much as one independent one.
	Effect float64
}

// Holds tells whether the interval holds d. An open one holds whatever is above its low end.
func (l Latency) Holds(d time.Duration) bool { return l.Low <= d && (l.Open || d <= l.High) }

// Quantile is the interval of the q-quantile, q in 0..1: the quantiles at q less and q more
// what the share of slower requests may be off by (measuring.md 19).
func (w *Window) Quantile(q float64) Latency {
	effect := w.designEffect(q)
	off := half(effect * q * (1 - q) / float64(w.all.Count()))
	out := Latency{Effect: effect, Open: q+off >= 1}
	if q-off > 0 {
		out.Low = w.all.Quantile(q - off)
	}
	if !out.Open {
		out.High = w.all.Quantile(q + off)
	}
	return out
}

// designEffect is what the batches show at a quantile, with what they cannot show: at the
// median, that neighbours are alike; elsewhere, the rare bursts (measuring.md 19).
func (w *Window) designEffect(q float64) float64 {
	effect, alike := w.shown(q)
	switch {
	case q == .5:
		effect *= alike
	case w.middle > dependent:
		effect = max(effect, w.borrow*w.middle)
	}
	return max(effect, 1)
}

// shown is the design effect at a quantile as the batches show it, and by how much it
// is too small because neighbouring batches are alike. Where many latencies are the
// same, those slower than the quantile and those at least as slow are different shares: the
// larger effect of the two counts.
func (w *Window) shown(q float64) (effect, alike float64) {
	alike = 1
	at := w.all.Quantile(q)
	for _, from := range []time.Duration{at, at + time.Microsecond} {
		s := w.slower(from)
		single := s.mean() * (1 - s.mean()) // the variance of one request
		if single == 0 {
			continue
		}
		effect = max(effect, s.variance()/single*float64(w.all.Count()))
		alike = max(alike, s.alike(s.variance()/single*Batches))
	}
	return effect, alike
}

// slower is the share of each batch that takes so long or longer.
func (w *Window) slower(from time.Duration) shares {
	var s shares
	for i, b := range w.batches {
		if b.Latencies != nil {
			s[i].part, s[i].whole = float64(b.Latencies.AtLeast(from)), float64(b.Latencies.Count())
		}
	}
	return s
}

// alike is by how much the variance is to be multiplied because neighbouring batches are
// alike: (1+r)/(1-r) with their correlation r. That is what ten batches show, or how much of
// the difference between requests is one between batches, if that is more: within, requests
// are then as alike.
func (s shares) alike(between float64) float64 {
	mean := s.mean()
	var next, own, last float64
	for _, b := range s {
		off := b.part - mean*b.whole
		next += last * off
		own += off * off
		last = off
	}
	if own == 0 {
		return 1
	}
	// As so few batches show it, a correlation is too low by (1+3r)/n on average.
	r := (Batches*next/own + 1) / (Batches - 3)
	r = min(max(r, between), mostAlike)
	return (1 + r) / (1 - r)
}
