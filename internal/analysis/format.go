package analysis

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The display precision of the fixed formats. It is here because two rows that display alike
// are tied. Rounding never hides anything: a latency above zero shows at least 1 ms, a
// failure at least 0.01 %, a success among failures at most 99.99 %.

// FormatRPS writes requests per second with two decimals, halves away from zero, as
// every report does.
func FormatRPS(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', 2, 64) }

// WholeMillis rounds a latency to whole milliseconds, at least 1 when above zero.
func WholeMillis(ms float64) int64 {
	if ms <= 0 {
		return 0
	}
	return max(int64(math.Round(ms)), 1)
}

// FailurePercent is failures per hundred requests, to two decimals; 0 without requests.
func FailurePercent(failures, requests int64) float64 {
	if failures <= 0 || requests <= 0 {
		return 0
	}
	if failures >= requests {
		return 100
	}
	p := math.Round(float64(failures)/float64(requests)*1e4) / 100
	return min(max(p, .01), 99.99)
}

// FormatPercent writes what FailurePercent returned, with two decimals.
func FormatPercent(p float64) string { return strconv.FormatFloat(p, 'f', 2, 64) }

// trim writes a number with at most the given decimals and no trailing zeros.
func trim(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// share writes a ratio as a percentage with about two significant digits.
func share(ratio float64) string {
	p := 100 * ratio
	switch {
	case p >= 10:
		return trim(p, 0) + " %"
	case p >= .1 || p == 0:
		return trim(p, 1) + " %"
	default:
		return fmt.Sprintf("%.2g %%", p)
	}
}

// list writes counts as "1, 2, 4".
func list(ns []int) string {
	parts := make([]string, len(ns))
	for i, n := range ns {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ", ")
}

// Seconds writes a number of seconds without needless digits: "120 s".
func Seconds(s float64) string { return trim(s, 3) + " s" }

// FormatMillis writes a latency with about three digits, or with as many as it takes to stay on
// its side of a bound, which is 0 for none.
func FormatMillis(v, bound float64) string { return millis(v, bound) }
