package stats

import (
	"bytes"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func TestQuantileAgainstSortedSample(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 99, 100, 101, 20_000} {
		h := NewHistogram()
		var sample []float64
		for range n {
			d := time.Duration(math.Exp(rng.NormFloat64())*50_000) * time.Microsecond
			h.Record(d)
			sample = append(sample, float64(d))
		}
		slices.Sort(sample)
		for _, q := range []float64{0.01, .5, .95, .99, 1} {
			want := sample[int(math.Ceil(q*float64(n)))-1] // nearest rank
			if got := float64(h.Quantile(q)); math.Abs(got-want) > want/1000+1000 {
				t.Errorf("n=%d q=%v: %v, want %v", n, q, time.Duration(got), time.Duration(want))
			}
		}
	}
}

// TestLocustBucketTrap: values 2 % apart must not read the same (measuring.md 1).
func TestLocustBucketTrap(t *testing.T) {
	a, b := NewHistogram(), NewHistogram()
	a.Record(104_900 * time.Microsecond)
	b.Record(105_100 * time.Microsecond)
	if a.Quantile(.5) == b.Quantile(.5) {
		t.Error("104.9 ms and 105.1 ms look alike")
	}
}

// TestTwoPointDistribution: p90 and p95 differ by 100 here (measuring.md 12).
func TestTwoPointDistribution(t *testing.T) {
	h := NewHistogram()
	h.RecordN(10_000, 92)
	h.RecordN(1_000_000, 8)
	if got := h.Quantile(.90).Round(time.Millisecond); got != 10*time.Millisecond {
		t.Errorf("p90 = %v", got)
	}
	if got := h.Quantile(.95).Round(time.Millisecond); got != time.Second {
		t.Errorf("p95 = %v", got)
	}
}

// TestPercentilesAreNotAveraged: 900 requests at 10 ms on one worker and 100 at
// 1 s on another have p95 = 1 s, not the mean of theirs (measuring.md 2).
func TestPercentilesAreNotAveraged(t *testing.T) {
	a, b := Slice{Tally: NewTally()}, Slice{Tally: NewTally()}
	a.OK.RecordN(10_000, 900)
	b.OK.RecordN(1_000_000, 100)
	if got := Total(MergeSlices([]Slice{a, b})).All().Quantile(.95).Round(time.Millisecond); got != time.Second {
		t.Errorf("p95 = %v, want 1s", got)
	}
}

func TestOverflowAndUnderflow(t *testing.T) {
	h := NewHistogram()
	h.Record(0)
	h.Record(2 * time.Hour)
	h.RecordN(5, -1)
	if h.Count() != 2 || h.Overflow() != 1 || h.Min() != time.Microsecond {
		t.Errorf("count %d, overflow %d, min %v", h.Count(), h.Overflow(), h.Min())
	}
	other := NewHistogram()
	other.Merge(h)
	other.Merge(nil)
	if other.Overflow() != 1 {
		t.Error("a merge loses the overflow")
	}
	h.Reset()
	if h.Count() != 0 || h.Overflow() != 0 || h.Quantile(.5) != 0 || h.Mean() != 0 || h.Min() != 0 || h.Max() != 0 {
		t.Error("Reset leaves something")
	}
}

func TestDecodeRefusesOtherGeometry(t *testing.T) {
	b, err := hdrhistogram.New(1, 1000, 2).EncodeV2()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeHistogram(b); err == nil {
		t.Error("accepted")
	}
}

func TestLogRoundTrip(t *testing.T) {
	in := []Slice{
		{Second: 1_700_000_001, Endpoint: Endpoint{"POST", "predict, all of it; ü 100 %"}, Tally: NewTally()},
		{Second: 1_700_000_001, Endpoint: Endpoint{"GET", "a:b"}, Tally: NewTally()},
		{Second: 1_700_000_002, Endpoint: Endpoint{"GET", "a:b"}, Tally: NewTally()},
	}
	for i, s := range in {
		s.OK.RecordN(1234, int64(i+1))
		s.Failed.RecordN(99_000, 2)
	}
	var file bytes.Buffer
	if err := WriteLog(&file, slices.Values(in)); err != nil {
		t.Fatal(err)
	}
	read, err := readAll(&file)
	if err != nil {
		t.Fatal(err)
	}
	got := MergeSlices(read)
	want := MergeSlices(in)
	if len(got) != len(want) {
		t.Fatalf("%d slices, want %d", len(got), len(want))
	}
	for i := range want {
		alike := got[i].Second == want[i].Second && got[i].Endpoint == want[i].Endpoint &&
			same(got[i].OK, want[i].OK) && same(got[i].Failed, want[i].Failed)
		if !alike {
			t.Errorf("slice %d: %+v, want %+v", i, got[i], want[i])
		}
	}
}

// same tells whether two histograms have the same counts.
func same(a, b *Histogram) bool {
	return maps.Equal(maps.Collect(a.list().ForEachBucket), maps.Collect(b.list().ForEachBucket))
}

func readAll(r io.Reader) (all []Slice, err error) {
	for s, err := range ReadLog(r) {
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func FuzzReadLog(f *testing.F) {
	s := Slice{Second: 1, Endpoint: Endpoint{"GET", "x"}, Tally: NewTally()}
	s.OK.RecordN(5, 5)
	var file bytes.Buffer
	if err := WriteLog(&file, slices.Values([]Slice{s})); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if out, err := readAll(bytes.NewReader(data)); err == nil {
			_ = Total(out)
		}
	})
}
