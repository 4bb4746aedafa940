package page

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TestSampledKeepsSpikes: whatever the length, the smallest and the largest value of every bucket
// are among its two points, in the order in which they were seen, and no others.
func TestSampledKeepsSpikes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for steps := 1; steps < 2000; steps += 1 + random.IntN(60) {
		s := noise(random, 0, steps)
		per := perBucket(steps)
		times := times(steps, per, 1)
		for _, values := range []result.Column{s.RPS, s.P99, s.Users} {
			got := sampled(values, steps, per)
			if len(got) != len(times) || len(got) > mostPoints {
				t.Fatalf("%d steps: %d points, %d times", steps, len(got), len(times))
			}
			for at, bucket := 0, 0; at < steps; at, bucket = at+per, bucket+1 {
				points := got[bucket : bucket+1]
				if per > 1 {
					points = got[2*bucket : 2*bucket+2]
				}
				within(t, values[at:min(at+per, steps)], points)
			}
		}
	}
}

// within compares the points of a bucket with what was in it.
func within(t *testing.T, all, points result.Column) {
	t.Helper()
	known := func(c result.Column) result.Column {
		return slices.DeleteFunc(slices.Clone(c), math.IsNaN)
	}
	in, out := known(all), known(points)
	if len(in) == 0 || len(out) == 0 {
		if len(in) != len(out) {
			t.Fatalf("%v became %v", all, points)
		}
		return
	}
	if slices.Min(in) != slices.Min(out) || slices.Max(in) != slices.Max(out) {
		t.Fatalf("%v became %v", all, points)
	}
	if first, last := slices.Index(all, out[0]), slices.Index(all, out[len(out)-1]); first > last {
		t.Fatalf("%v became %v, in another order", all, points)
	}
}

func TestSampled(t *testing.T) {
	gap := math.NaN()
	for _, tt := range []struct {
		name   string
		values result.Column
		steps  int
		per    int
		want   result.Column
	}{
		{"every step", result.Column{1, gap, 3}, 3, 1, result.Column{1, gap, 3}},
		{"one that is shorter than others", result.Column{1}, 3, 1, result.Column{1, gap, gap}},
		{"falls, then rises", result.Column{5, 4, 1, 2, 9, 3}, 6, 3, result.Column{5, 1, 2, 9}},
		{"one value and a gap behind it", result.Column{7, gap, gap}, 3, 3, result.Column{7, gap}},
		{"a gap and one value", result.Column{gap, gap, 7}, 3, 3, result.Column{gap, 7}},
		{"only a gap", result.Column{gap, gap, gap, 1, 1}, 5, 3, result.Column{gap, gap, 1, 1}},
	} {
		if diff := cmp.Diff(tt.want, sampled(tt.values, tt.steps, tt.per), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestSize: the document of 24 scenarios of two minutes, with three attempts at each, is below
// 1.5 MB.
func TestSize(t *testing.T) {
	run := wholeRun(t, 24, 150)
	for _, rec := range slices.Clone(run.Records) {
		for range 2 {
			rec.Attempt++
			rec.Terminal, rec.Status = false, result.Interrupted
			run.Records = append(run.Records, rec)
		}
	}
	m := modelOfRun(t, run)
	data, err := json.Marshal(New(m, ""))
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 1_500_000 {
		t.Errorf("%d bytes", len(data))
	}
	t.Logf("%d bytes", len(data))
}

func TestPhases(t *testing.T) {
	rec := wholeRecord(t, wholeRun(t, 1, 31).Header.Keys[0], wholeRun(t, 1, 31).Header.Created, 150)
	want := []Phase{{"ramp", 0, 20}, {"settle", 20, 30}, {"window", 30, 150}}
	if diff := cmp.Diff(want, phases(rec)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	rec.Measured.Stopped = &result.Stopped{WarmUp: 4}
	want = []Phase{{"ramp", 0, 20}, {"settle", 20, 26}, {"warm-up", 26, 30}, {"window", 30, 150}}
	if diff := cmp.Diff(want, phases(rec)); diff != "" {
		t.Errorf("with a warm-up (-want +got):\n%s", diff)
	}
	rec.Measured = nil
	rec.Phases.Measure = 7
	want = []Phase{{"ramp", 0, 20}, {"settle", 20, 30}, {"window", 30, 37}}
	if diff := cmp.Diff(want, phases(rec)); diff != "" {
		t.Errorf("cut short (-want +got):\n%s", diff)
	}
}
