package interval

import "time"

// Bucketed widens the interval to what Python Locust's rounding may have hidden, where its
// ends are of rounded values: to the edges of their buckets (locust-protocol.md 18).
func (l Latency) Bucketed() Latency {
	if l.Low > 0 {
		low := nearest(l.Low)
		l.Low = low - bucket(low-1)/2
	}
	if !l.Open {
		high := nearest(l.High)
		l.High = high + bucket(high)/2
	}
	return l
}

// nearest is the rounded value that a histogram's value stands for.
func nearest(d time.Duration) time.Duration { return d.Round(bucket(d)) }

// bucket is what Python Locust rounds a latency to a multiple of.
func bucket(d time.Duration) time.Duration {
	switch {
	case d < 100*time.Millisecond:
		return time.Millisecond
	case d < time.Second:
		return 10 * time.Millisecond
	case d < 10*time.Second:
		return 100 * time.Millisecond
	}
	return time.Second
}
