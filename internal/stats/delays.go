package stats

import (
	"math"
	"time"
)

// Delays counts short times in buckets that are 19 % wide, four to an octave: few enough to be
// sent every second, fine enough to say how long most of them were. It has no more
// buckets than are in use.
type Delays []int64

const (
	// firstDelay is the end of the first bucket, in which all shorter ones are counted.
	firstDelay = 50 * time.Microsecond
	perOctave  = 4
	// MaxDelays is how many buckets there are: up to 3 s, and longer ones in the last.
	MaxDelays = 16*perOctave + 1
)

// Add counts one.
func (d *Delays) Add(delay time.Duration) {
	i := 0
	if delay >= firstDelay {
		i = min(1+int(perOctave*math.Log2(float64(delay)/float64(firstDelay))), MaxDelays-1)
	}
	for len(*d) <= i {
		*d = append(*d, 0)
	}
	(*d)[i]++
}

// Since returns what has been counted since an earlier state.
func (d Delays) Since(earlier Delays) Delays {
	out := make(Delays, len(d))
	for i := range d {
		out[i] = d[i]
		if i < len(earlier) {
			out[i] -= earlier[i]
		}
	}
	return out
}

// Count is how many there are.
func (d Delays) Count() (n int64) {
	for _, c := range d {
		n += c
	}
	return n
}

// Quantile is the end of the bucket that the quantile is in; 0 for none.
func (d Delays) Quantile(q float64) time.Duration {
	rank := int64(math.Ceil(q * float64(d.Count())))
	for i, c := range d {
		if rank -= c; rank <= 0 && c > 0 {
			return time.Duration(float64(firstDelay) * math.Exp2(float64(i)/perOctave))
		}
	}
	return 0
}
