package worker

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

var testEndpoints = []stats.Endpoint{{Method: "GET", Name: "a"}, {Method: "POST", Name: "b"}}

// reporter drains a recorder as the worker does and checks that nothing comes
// for a second that was declared complete.
type reporter struct {
	t        *testing.T
	rec      *recorder
	slicer   *slicer
	sealed   int64
	slices   []wire.ReportSlice
	failures int64
}

func (r *reporter) report(sealed int64, all bool) {
	before := r.sealed
	r.sealed = max(r.sealed, sealed)
	r.rec.drain(r.sealed, func(e *outcome) {
		if e.second() < before {
			r.t.Errorf("second %d came after %d was sealed", e.second(), before)
		}
		r.slicer.add(e, r.sealed)
	}, func(f flight) { r.slicer.fly(f, r.sealed) })
	r.slicer.seal(r.sealed)
	until := r.sealed
	if all {
		until = math.MaxInt64
	}
	var out wire.Report
	if err := r.slicer.take(until, &out); err != nil {
		r.t.Error(err)
	}
	r.slices = append(r.slices, out.Slices...)
	for _, e := range out.Errors {
		r.failures += e.Occurrences
	}
}

func (r *reporter) total() (ok, failed *stats.Histogram, bytes int64) {
	ok, failed = stats.NewHistogram(), stats.NewHistogram()
	for _, s := range r.slices {
		ok.Merge(decode(r.t, s.OK))
		failed.Merge(decode(r.t, s.Failed))
		bytes += s.Bytes
	}
	return ok, failed, bytes
}

func decode(t *testing.T, b []byte) *stats.Histogram {
	t.Helper()
	if len(b) == 0 {
		return nil
	}
	h, err := stats.DecodeHistogram(b)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestNothingIsLost: many users record while seconds are sealed, some of them
// too late for the second they completed in. All of it arrives, once.
func TestNothingIsLost(t *testing.T) {
	c := newClock()
	rec := newRecorder(c)
	r := &reporter{t: t, rec: rec, slicer: newSlicer(testEndpoints)}
	const users, each = 32, 3000
	var recorded, bytes atomic.Int64
	var wg sync.WaitGroup
	for user := range users {
		rnd := rand.New(rand.NewPCG(1, uint64(user)))
		wg.Go(func() {
			for i := range each {
				s := httpuser.Sample{
					// Up to 3 s of test time, never quite in order.
					End:      c.base.Add(time.Duration(i) * time.Millisecond).Add(-time.Duration(rnd.Int64N(1e9))),
					Endpoint: rnd.IntN(2), Duration: time.Millisecond, Bytes: 3,
				}
				if rnd.IntN(10) == 0 {
					s.Failure = "broken"
				}
				rec.Record(user, s)
				recorded.Add(1)
				bytes.Add(3)
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	base := c.second(c.base)
	for step := int64(0); ; step++ {
		select {
		case <-done:
			r.report(base+100, true)
			ok, failed, gotBytes := r.total()
			if got := ok.Count() + failed.Count(); got != users*each || recorded.Load() != users*each {
				t.Errorf("%d reported of %d recorded", got, recorded.Load())
			}
			if failed.Count() != r.failures || gotBytes != bytes.Load() {
				t.Errorf("%d failed, %d errors, %d bytes of %d", failed.Count(), r.failures, gotBytes, bytes.Load())
			}
			return
		default:
			r.report(base-1+step%4, false)
		}
	}
}

// TestAccuracy compares with the sorted sample: within 1 %, by far.
func TestAccuracy(t *testing.T) {
	c := newClock()
	r := &reporter{t: t, rec: newRecorder(c), slicer: newSlicer(testEndpoints)}
	rnd := rand.New(rand.NewPCG(7, 7))
	var all []time.Duration
	for i := range 20_000 {
		d := time.Duration(math.Exp(rnd.NormFloat64()) * 40 * float64(time.Millisecond))
		all = append(all, d)
		r.rec.Record(i, httpuser.Sample{End: c.base, Duration: d})
	}
	slices.Sort(all)
	r.report(c.second(c.base)+1, true)
	ok, _, _ := r.total()
	for _, q := range []float64{0.5, 0.95, 0.99} {
		want := all[int(math.Ceil(q*float64(len(all))))-1].Seconds()
		if got := ok.Quantile(q).Seconds(); math.Abs(got-want)/want > 0.01 {
			t.Errorf("p%v = %v, want %v", 100*q, got, want)
		}
	}
}

func TestErrorKindsAreBounded(t *testing.T) {
	s := newSlicer(testEndpoints)
	for i := range maxErrorKinds + 50 {
		s.add(&outcome{failure: "kind " + string(rune('a'+i%26)) + time.Duration(i).String()}, 1)
	}
	var r wire.Report
	if err := s.take(math.MaxInt64, &r); err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, e := range r.Errors {
		sum += e.Occurrences
	}
	if len(r.Errors) > maxErrorKinds+1 || sum != maxErrorKinds+50 {
		t.Errorf("%d kinds, %d occurrences", len(r.Errors), sum)
	}
}

func TestRecordDoesNotAllocate(t *testing.T) {
	c := newClock()
	rec := newRecorder(c)
	s := httpuser.Sample{End: c.base, Duration: time.Millisecond, Failure: "503 Service Unavailable"}
	// Grow every buffer once, the spare one included.
	for range 2 {
		for i := range 100 * len(rec.shards) {
			rec.Record(i, s)
		}
		rec.drain(0, func(*outcome) {}, func(flight) {})
	}
	if n := testing.AllocsPerRun(1000, func() { rec.Record(1, s) }); n >= 0.1 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRecord(b *testing.B) {
	c := newClock()
	rec := newRecorder(c)
	s := httpuser.Sample{End: time.Now(), Duration: time.Millisecond, Bytes: 100}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		rec.Record(7, s)
		if i++; i%10_000 == 0 {
			rec.drain(0, func(*outcome) {}, func(flight) {})
		}
	}
}

func BenchmarkRecordParallel(b *testing.B) {
	c := newClock()
	rec := newRecorder(c)
	var users, n atomic.Int64
	s := httpuser.Sample{End: time.Now(), Duration: time.Millisecond, Bytes: 100}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		user := int(users.Add(1))
		for i := 0; pb.Next(); i++ {
			rec.Record(user, s)
			if i%10_000 == 0 && n.Add(1) == 1 {
				rec.drain(0, func(*outcome) {}, func(flight) {})
				n.Store(0)
			}
		}
	})
}

// BenchmarkReport is a second of one worker: 10,000 samples in no order to encoded slices.
func BenchmarkReport(b *testing.B) {
	c := newClock()
	rec, sl := newRecorder(c), newSlicer(testEndpoints)
	b.ReportAllocs()
	for b.Loop() {
		for i := range 10_000 {
			rec.Record(i, httpuser.Sample{End: c.base, Endpoint: i % 2, Duration: time.Duration(i*7919%10_000) * time.Microsecond})
		}
		var r wire.Report
		rec.drain(0, func(e *outcome) { sl.add(e, 0) }, func(flight) {})
		if err := sl.take(math.MaxInt64, &r); err != nil {
			b.Fatal(err)
		}
	}
}
