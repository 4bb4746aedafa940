package interval

import (
	"math"
	"slices"
	"testing"
)

// TestMedian: the order statistics are those of the tables, such as Conover's.
func TestMedian(t *testing.T) {
	for n, want := range map[int]int{1: 0, 2: 0, 5: 0, 6: 1, 7: 1, 8: 1, 9: 2, 11: 2, 12: 3, 15: 4, 17: 5, 20: 6, 25: 8, 30: 10, 50: 18} {
		low, high, ok := Median(n)
		if ok != (want > 0) || ok && (low != want || high != n+1-want) {
			t.Errorf("of %d: %d to %d, %v; want %d to %d", n, low, high, ok, want, n+1-want)
		}
	}
}

// TestDiffer: two rounds whose intervals are apart differ, of more they have to be further
// apart, and an interval without an end is apart from none above it.
func TestDiffer(t *testing.T) {
	at := func(value, half float64) Round { return Round{value, value - half, value + half} }
	few := []Round{at(100, 10), at(121, 10)}
	for _, tt := range []struct {
		name   string
		rounds []Round
		want   bool
	}{
		{"apart", few, true},
		{"touching", []Round{at(100, 10), at(119, 10)}, false},
		{"the larger first", []Round{at(121, 10), at(100, 10)}, true},
		{"one of ten, as far apart as two", append(slices.Repeat([]Round{at(110, 10)}, 8), few...), false},
		{"one of ten, far apart", append(slices.Repeat([]Round{at(110, 10)}, 8), at(100, 10), at(135, 10)), true},
		{"apart by less than anybody cares for", []Round{at(100, .1), at(104, .1)}, false},
		{"without an upper end", []Round{{100, 95, math.Inf(1)}, at(200, 10)}, false},
		{"without an upper end, above", []Round{at(100, 10), {200, 190, math.Inf(1)}}, true},
		{"without intervals", []Round{{100, math.Inf(-1), math.Inf(1)}, {200, math.Inf(-1), math.Inf(1)}}, false},
	} {
		if got := Differ(tt.rounds); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
