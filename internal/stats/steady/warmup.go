// Package steady says which part of a load is its steady state: where the warm-up ends,
// whether what follows drifts, and whether it shifts. It works on plain series of numbers,
// one per second or per batch, and decides nothing about a target.
//
// Use [Cut] for a load that has ended, [WarmUp] for one under way, and [Start] for a window that
// should have none of it; then [Judge] for what is left (measuring.md 22 and 23).
package steady

import (
	"math"
	"slices"
)

const (
	// grouped is how many seconds are averaged before they are compared: MSER-5's.
	grouped = 5
	// enough is how many seconds are needed to tell a warm-up from the rest.
	enough = 30
	// slower is by how many standard errors a start must be slower than the rest: the cut is where
	// they differ most, and where nothing does they differ by three now and then.
	slower = 6
)

// Cut is how many seconds at the start are warm-up, by MSER-5 on each second's median
// latency and on its rate: the later of the two. A second without requests has NaN as its
// median. It is settled unless the warm-up may well go on, since the best cut is the latest
// that is tried, or there are fewer than 30 s.
func Cut(medians, rates []float64) (seconds int, settled bool) {
	byMedian, settled := cutOf(medians)
	byRate, also := mser(rates)
	return max(byMedian, byRate), settled && also
}

// cutOf is the cut by values of which some are NaN.
func cutOf(medians []float64) (seconds int, settled bool) {
	known := make([]float64, 0, len(medians))
	second := make([]int, 0, len(medians))
	for i, m := range medians {
		if !math.IsNaN(m) {
			known = append(known, m)
			second = append(second, i)
		}
	}
	cut, settled := mser(known)
	if cut > 0 {
		cut = second[cut]
	}
	return cut, settled
}

// Start is how many seconds at the start of a window are warm-up by their median latencies, and 0 unless they are so much
// slower that it is not by chance. The cut alone does not tell: it is somewhere in most windows
// that have no warm-up.
func Start(medians []float64) int {
	cut, settled := cutOf(medians)
	if !settled || cut == 0 {
		return 0
	}
	before, after := means(medians[:cut], cut/grouped), means(medians[cut:], (len(medians)-cut)/grouped)
	high, _ := moments(before)
	mean, deviation := moments(after)
	n := float64(len(after))
	spread := 1/float64(len(before)) + fewer(len(after), TrendOf(after).Alike)/n
	// A warm-up is slowest at first; a busy time of a queue may be anywhere in what is cut.
	if high-mean > slower*deviation*math.Sqrt(spread) && before[0] > slices.Max(after) {
		return cut
	}
	return 0
}

// moments are the mean and the standard deviation; values that are NaN are left out.
func moments(values []float64) (mean, deviation float64) {
	var n, squares float64
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
			off := v - mean
			mean += off / n
			squares += off * (v - mean)
		}
	}
	return mean, math.Sqrt(squares / (n - 1))
}

// mser is how many values at the start to leave out so that the mean of the rest is known
// best. It looks at no more than half of them.
func mser(values []float64) (cut int, settled bool) {
	if len(values) < enough {
		return 0, false
	}
	n := len(values) / grouped
	means := means(values[:n*grouped], n) // what is left over at the end is not used
	last := n / 2
	best, least := 0, math.Inf(1)
	// From the end, so that each sum is the one before and one more.
	var count, mean, squares float64
	for d := n - 1; d >= 0; d-- {
		count++
		off := means[d] - mean
		mean += off / count
		squares += off * (means[d] - mean)
		if score := squares / (count * count); d <= last && score <= least {
			best, least = d, score
		}
	}
	return best * grouped, best < last
}

// WarmUp finds the cut while the load goes on. The zero value is ready, from the end of the
// ramp on.
type WarmUp struct {
	medians, rates []float64
	answers        []int // one every five seconds; unsettled where there is none
	frozen         bool
}

// unsettled is the answer when the warm-up may go on.
const unsettled = -1

// Add gives the next second: its median latency, NaN without requests, and its rate.
func (w *WarmUp) Add(median, rate float64) {
	if w.frozen {
		return
	}
	w.medians = append(w.medians, median)
	w.rates = append(w.rates, rate)
	if n := len(w.rates); n >= enough && n%grouped == 0 {
		w.answer()
	}
}

// answer asks again, and freezes the answer when it is that of ten seconds ago.
func (w *WarmUp) answer() {
	seconds, settled := Cut(w.medians, w.rates)
	if !settled {
		seconds = unsettled
	}
	w.answers = append(w.answers, seconds)
	n := len(w.answers)
	w.frozen = settled && n >= 3 && w.answers[n-3] == seconds
}

// Cut is how many seconds are warm-up, once that is known: when two answers ten seconds
// apart were the same. It does not change afterwards.
func (w *WarmUp) Cut() (seconds int, known bool) {
	if !w.frozen {
		return 0, false
	}
	return w.answers[len(w.answers)-1], true
}
