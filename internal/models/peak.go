package models

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	// enoughLoads is how many different numbers a peak takes: with fewer it is anywhere.
	enoughLoads = 6
	// narrow is how wide its interval may be, as a ratio.
	narrow = 2
	// drawn is how many times samples are drawn again for the interval.
	drawn = 500
	// leastScatter is how well a rate is known at best. Six samples and three parameters leave
	// too little to tell that it is known better.
	leastScatter = .02
)

// peak is the samples' peak by the universal law, if they show one; else why not.
func peak(s []Sample, loads int) (*Peak, string) {
	if loads < enoughLoads {
		return nil, fmt.Sprintf("no peak within the tested range: %d loads, it takes %d", loads, enoughLoads)
	}
	c := fitCurve(s, fromAll, true, true)
	at := c.Peak()
	switch largest := s[len(s)-1].At; {
	case math.IsInf(at, 1):
		return nil, "no peak within the tested range: rates only level off"
	case float64(largest) < at/2:
		return nil, fmt.Sprintf("no peak within the tested range: %d is less than half of where it would be", largest)
	}
	low, high := again(s, c)
	if !(high <= narrow*low) {
		return nil, "no peak within the tested range: where it would be is known too roughly"
	}
	return &Peak{At: at, Rate: c.At(at), Low: low, High: high}, ""
}

// again draws samples around the curve with the scatter that they have, and is where 95 of
// 100 such peaks lie. The same samples give the same.
func again(s []Sample, c Curve) (low, high float64) {
	random := rand.New(rand.NewPCG(1, 2))
	scatter := max(math.Sqrt(squares(offs(s, c))/float64(len(s)-3)), leastScatter)
	peaks := make([]float64, drawn)
	other := slices.Clone(s)
	for i := range peaks {
		for j, v := range s {
			other[j].Rate = c.At(float64(v.At)) * math.Exp(scatter*random.NormFloat64())
		}
		peaks[i] = fitCurve(other, fromAll, true, true).Peak()
	}
	slices.Sort(peaks)
	const outside = drawn / 40
	return peaks[outside], peaks[drawn-1-outside]
}
