package queuetest

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestLawsHaveTheirMoments(t *testing.T) {
	for _, tt := range []struct {
		name      string
		law       Law
		mean, cv2 float64
	}{
		{"constant", Constant(.05), .05, 0},
		{"exponential", Exponential(.05), .05, 1},
		{"uniform", Uniform(.5, 1.5), 1, 1. / 12},
		{"lognormal", Lognormal(.05, 2), .05, 2},
	} {
		const n = 1_000_000
		r := random(1)
		var sum, squares float64
		for range n {
			x := tt.law(r)
			sum += x
			squares += x * x
		}
		mean := sum / n
		cv2 := squares/n/(mean*mean) - 1
		if math.Abs(mean/tt.mean-1) > .01 || math.Abs(cv2-tt.cv2) > .05*max(tt.cv2, .1) {
			t.Errorf("%s: mean %v, cv² %v, want %v and %v", tt.name, mean, cv2, tt.mean, tt.cv2)
		}
	}
}

func TestFreeze(t *testing.T) {
	f := Freeze{Every: 60, For: 6}
	for _, tt := range []struct{ at, work, want float64 }{
		{1, 1, 2},         // the first period has no freeze
		{30, 5, 35},       // not touched
		{58, 5, 69},       // two before, three after
		{62, 1, 67},       // begins inside
		{66, 54, 120},     // ends with the period
		{66, 55, 127},     // one more
		{59, 110, 187},    // over three: 1, 54, 54 and 1
		{120, 1, 127},     // on the edge
		{180 - 1, 1, 180}, // up to the edge
	} {
		if got := f.end(tt.at, tt.work); got != tt.want {
			t.Errorf("work of %v at %v ends at %v, want %v", tt.work, tt.at, got, tt.want)
		}
	}
	if got := (Freeze{}).end(70, 5); got != 75 {
		t.Errorf("no freeze: %v", got)
	}
}

func TestSlowStart(t *testing.T) {
	s := Slow{Factor: 3, Decay: 8}
	for at, want := range map[float64]float64{0: 3, 8: 1 + 2/math.E, 1000: 1} {
		if got := s.at(at); math.Abs(got-want) > 1e-12 {
			t.Errorf("at %v: %v, want %v", at, got, want)
		}
	}
	if got := (Slow{}).at(0); got != 1 {
		t.Errorf("no slow start: %v", got)
	}
}

// TestConnections: one at a time, a second each, intended every half second.
func TestConnections(t *testing.T) {
	load := Open{Service: Service{Time: Constant(1)}, Gap: Constant(.5), Connections: 1}
	got := slices.Collect(First(load.Requests(1), 3))
	second := time.Second
	want := []Request{
		{second / 2, second / 2, 3 * second / 2, true},
		{second, 3 * second / 2, 5 * second / 2, true},
		{3 * second / 2, 5 * second / 2, 7 * second / 2, true},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if r := got[2]; r.Response() != 2*second || r.FromSent() != second {
		t.Errorf("the third takes %v, %v from when it was sent", r.Response(), r.FromSent())
	}
}

func TestRamp(t *testing.T) {
	load := Closed{Service: Service{Time: Constant(.1)}, Users: 4, Think: Constant(1), Ramp: 8}
	var sent []time.Duration
	for r := range Until(load.Requests(1), 3200*time.Millisecond) {
		sent = append(sent, r.Sent)
	}
	ms := time.Millisecond
	if want := []time.Duration{1000 * ms, 2100 * ms, 3000 * ms}; !slices.Equal(sent, want) {
		t.Errorf("sent at %v, want %v", sent, want)
	}
}

func TestFailing(t *testing.T) {
	load := Open{Service: Service{Time: Constant(1), Failing: .1}, Gap: Constant(1)}
	failed := 0
	for r := range First(load.Requests(1), 10_000) {
		if !r.OK {
			failed++
			if r.Response() != 0 {
				t.Fatalf("a failure took %v", r.Response())
			}
		}
	}
	if failed < 900 || failed > 1100 {
		t.Errorf("%d of 10000 failed, want about 1000", failed)
	}
}

// TestSeeds: the same seed is the same load, another is another.
func TestSeeds(t *testing.T) {
	load := Closed{Service: Service{Servers: 2, Time: Exponential(.05)}, Users: 10, Think: Exponential(1)}
	collect := func(seed uint64) []Request { return slices.Collect(First(load.Requests(seed), 1000)) }
	if !slices.Equal(collect(7), collect(7)) {
		t.Error("the same seed gives other requests")
	}
	if slices.Equal(collect(7), collect(8)) {
		t.Error("another seed gives the same requests")
	}
}

// BenchmarkOpen is the time of one request of M/M/4.
func BenchmarkOpen(b *testing.B) {
	load := Open{Service: Service{Servers: 4, Time: Exponential(.016)}, Gap: Exponential(.005)}
	for range First(load.Requests(1), b.N) {
		continue
	}
}

// BenchmarkClosed is the time of one request among a hundred users.
func BenchmarkClosed(b *testing.B) {
	load := Closed{Service: Service{Servers: 4, Time: Exponential(.05)}, Users: 100, Think: Exponential(1)}
	for range First(load.Requests(1), b.N) {
		continue
	}
}
