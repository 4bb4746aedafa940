package inferencesim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Rates says how many requests per second a service completes in total,
// depending on how many it serves at once. Points are sorted by Serving.
type Rates []RatePoint

// RatePoint is one row of a [Rates] table.
type RatePoint struct {
	Serving   int     // requests in service
	PerSecond float64 // requests completed per second, over all of them
}

const ratesSyntax = `want pairs of requests in service and requests per second, such as "1:10,10:16.4,50:21.2"`

// ParseRates reads a table written as "1:10,10:16.4,50:21.2". Errors name the
// pair and what is allowed.
func ParseRates(text string) (Rates, error) {
	var table Rates
	for pair := range strings.SplitSeq(text, ",") {
		point, err := parseRatePoint(strings.TrimSpace(pair))
		if err != nil {
			return nil, err
		}
		table = append(table, point)
	}
	slices.SortFunc(table, func(a, b RatePoint) int { return cmp.Compare(a.Serving, b.Serving) })
	return table, table.validate()
}

func parseRatePoint(pair string) (RatePoint, error) {
	serving, rate, ok := strings.Cut(pair, ":")
	if !ok {
		return RatePoint{}, fmt.Errorf("pair %q: %s", pair, ratesSyntax)
	}
	n, err := strconv.Atoi(serving)
	if err != nil {
		return RatePoint{}, fmt.Errorf("pair %q: %s", pair, ratesSyntax)
	}
	perSecond, err := strconv.ParseFloat(rate, 64)
	if err != nil {
		return RatePoint{}, fmt.Errorf("pair %q: %s", pair, ratesSyntax)
	}
	return RatePoint{Serving: n, PerSecond: perSecond}, nil
}

func (r Rates) validate() error {
	for i, p := range r {
		switch {
		case p.Serving < 1:
			return fmt.Errorf("%d in service: want at least 1", p.Serving)
		case i > 0 && p.Serving <= r[i-1].Serving:
			return fmt.Errorf("%d in service after %d: want each number once, ascending", p.Serving, r[i-1].Serving)
		case !(p.PerSecond >= minRate && p.PerSecond <= maxRate): // so that NaN fails
			return fmt.Errorf("%v requests per second at %d in service: want from %v to %v",
				p.PerSecond, p.Serving, minRate, float64(maxRate))
		}
	}
	return nil
}

// Bounds that keep times representable: a request of the mean size takes at
// most 1000 s alone and at least 1 µs.
const (
	minRate = 1e-3
	maxRate = 1e6
)

// At is the total rate with n in service: interpolated linearly between the
// points, and that of the nearest point outside them.
func (r Rates) At(n int) float64 {
	i, found := slices.BinarySearchFunc(r, n, func(p RatePoint, n int) int { return cmp.Compare(p.Serving, n) })
	switch {
	case len(r) == 0:
		return math.NaN()
	case found || i == 0:
		return r[i].PerSecond
	case i == len(r):
		return r[i-1].PerSecond
	}
	a, b := r[i-1], r[i]
	return a.PerSecond + (b.PerSecond-a.PerSecond)*float64(n-a.Serving)/float64(b.Serving-a.Serving)
}

// String writes the table as [ParseRates] reads it.
func (r Rates) String() string {
	pairs := make([]string, len(r))
	for i, p := range r {
		pairs[i] = fmt.Sprintf("%d:%v", p.Serving, p.PerSecond)
	}
	return strings.Join(pairs, ",")
}
