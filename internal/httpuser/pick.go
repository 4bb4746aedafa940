package httpuser

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"time"
)

// picker draws indexes with fixed probabilities: the cumulative weights, scaled to end at 1.
type picker []float64

// newPicker makes a picker from weights, all above 0.
func newPicker(weights []float64) (picker, error) {
	p, sum := make(picker, len(weights)), 0.0
	for i, w := range weights {
		if !(w > 0) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("weight %v is not a positive number", w)
		}
		sum += w
		p[i] = sum
	}
	if math.IsInf(sum, 0) {
		return nil, errors.New("weights are too large to add")
	}
	for i := range p {
		p[i] /= sum
	}
	return p, nil
}

func (p picker) pick(r *rand.Rand) int {
	if len(p) == 1 {
		return 0
	}
	f := r.Float64()
	return min(sort.Search(len(p), func(i int) bool { return f < p[i] }), len(p)-1)
}

// wait is a think time, uniform from..to.
type wait struct{ from, to time.Duration }

func (w wait) draw(r *rand.Rand) time.Duration {
	if w.from == w.to {
		return w.from
	}
	return w.from + time.Duration(r.Int64N(int64(w.to-w.from)+1))
}

// shortDuration is a duration as people write it: 60s and 90s, not 1m30s or 1h0m0s.
func shortDuration(d time.Duration) string {
	if d%time.Second == 0 {
		return fmt.Sprintf("%ds", int64(d/time.Second))
	}
	return d.String()
}
