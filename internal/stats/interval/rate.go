package interval

// Rate is the interval of a rate, per second.
type Rate struct{ Low, High float64 }

// Holds tells whether the interval holds a rate.
func (r Rate) Holds(rate float64) bool { return r.Low <= rate && rate <= r.High }

// Rate is the interval of the requests per second, from how much the batches differ.
func (w *Window) Rate() Rate {
	var s shares
	for i, b := range w.batches {
		s[i].whole = b.Length.Seconds()
		if b.Latencies != nil {
			s[i].part = float64(b.Latencies.Count())
		}
	}
	mean, off := s.mean(), half(s.variance())
	return Rate{Low: max(mean-off, 0), High: mean + off}
}
