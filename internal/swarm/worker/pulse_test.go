package worker

import (
	"context"
	"math"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/alarm"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

func newTestPulse(c *clock) *pulse {
	return &pulse{clock: c, newAlarm: alarm.OnTimer, gauge: newGauge(c, func() int { return 0 }), last: time.Now(), stood: map[int64]time.Duration{}, causes: func() (time.Duration, time.Duration) { return 0, 0 }}
}

// TestPulse: a late tick is a pause, in the seconds in which it was late.
func TestPulse(t *testing.T) {
	c := newClock()
	base := c.second(c.base) + 1
	at := func(ms int64) time.Time {
		return c.base.Add(time.Duration(base*1e6+ms*1000-c.micros(c.base)) * time.Microsecond)
	}
	p := newTestPulse(c)
	p.last = at(0)
	p.beat(at(10))  // in time
	p.beat(at(69))  // 49 ms late: the kernel's turns
	p.beat(at(179)) // 100 ms late
	if diff := cmp.Diff([]wire.ReportPause{{Second: base, StoodMicros: 100_000}}, p.take(at(180), base+1)); diff != "" {
		t.Error(diff)
	}
	var steal time.Duration
	p.causes = func() (time.Duration, time.Duration) { return steal, time.Millisecond }
	p.take(at(185), base)
	steal, p.last = time.Second, at(800)
	// Stopped for three seconds, and the report comes first.
	want := []wire.ReportPause{
		{Second: base, StoodMicros: 190_000, StealMicros: 1e6}, {Second: base + 1, StoodMicros: 1e6}, {Second: base + 2, StoodMicros: 1e6},
	}
	if diff := cmp.Diff(want, p.take(at(3810), base+3)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]wire.ReportPause{{Second: base + 3, StoodMicros: 810_000}}, p.take(at(3815), base+4)); diff != "" {
		t.Errorf("what is left: %s", diff)
	}
}

// TestPulseIsBounded: without a master nobody fetches a worker's pauses.
func TestPulseIsBounded(t *testing.T) {
	c := newClock()
	p := newTestPulse(c)
	p.last = c.base
	for i := range 4 {
		p.beat(c.base.Add(time.Duration(i) * pulseSeconds * time.Second))
	}
	if n := len(p.stood); n > pulseSeconds+1 {
		t.Errorf("%d seconds kept", n)
	}
}

// TestPulseRests: on an idle machine no tick is late.
func TestPulseRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPulse(newClock())
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		p.run(ctx)
		if got := p.take(time.Now(), 1<<40); got != nil {
			t.Errorf("pauses %v", got)
		}
		if lags := p.lagged(); len(lags) != 1 || math.Abs(float64(lags[0])-6000) > 200 {
			t.Errorf("lags %v", lags)
		}
	})
}

// TestLags: a look that was late counts, and so do those that would have come meanwhile, each as
// late as it would have been.
func TestLags(t *testing.T) {
	p := newTestPulse(newClock())
	for _, late := range []time.Duration{0, 2 * time.Millisecond, 35 * time.Millisecond} {
		p.due = p.last
		p.look(p.due.Add(late))
	}
	var want stats.Delays
	for _, ms := range []time.Duration{0, 2, 35, 25, 15, 5} {
		want.Add(ms * time.Millisecond)
	}
	if diff := cmp.Diff(want, p.lagged()); diff != "" {
		t.Error(diff)
	}
	p.due = p.last
	p.look(p.due.Add(1000 * time.Hour)) // a machine that slept
	if n := p.lagged().Count(); n > 6+pulseSeconds*100+1 {
		t.Errorf("%d looks", n)
	}
}

// TestPulseLooks: the precise alarm wakes it, and it ends.
func TestPulseLooks(t *testing.T) {
	p := newPulse(newClock(), func() int { return 0 })
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan bool)
	go func() {
		defer close(done)
		p.run(ctx)
	}()
	for p.lagged().Count() < 3 {
		runtime.Gosched()
	}
	stop()
	<-done
}

func TestStolen(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"cpu  10 20 30 40 50 60 70 123 0 0\ncpu0 1 2 3": 1230 * time.Millisecond,
		"cpu  10 20": 0, "": 0, "cpu a b c d e f g h": 0,
	} {
		if got := stolen([]byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}
