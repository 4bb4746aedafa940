package worker

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/alarm"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

const (
	// pulseEvery is how often the pulse looks at the clock, on average.
	pulseEvery = 10 * time.Millisecond
	// pulseSlack is how late a look may come before it counts as standing still. With a few
	// busy processes per core, the scheduler's time slices alone make 20 to 40 ms.
	pulseSlack = 50 * time.Millisecond
	// pulseSeconds bounds what is kept while no report is sent.
	pulseSeconds = 600
)

// pulse finds the times in which this process did not run: a tick that comes late was held
// up by what holds up the users too, be it a stop signal, other processes, a CPU quota, a
// hypervisor, Go's scheduler or its garbage collector. measuring.md 9 says what follows from
// that.
type pulse struct {
	clock *clock
	// causes reads the processor time stolen from the machine and the time that the
	// garbage collector stopped everything, since the process began.
	causes func() (steal, gc time.Duration)

	// newAlarm makes what wakes it.
	newAlarm func(fire func()) (alarm.Alarm, error)

	mu sync.Mutex
	// gauge looks when the pulse does.
	gauge *gauge
	// due is when the next look is to come, lags has how late those before came.
	due  time.Time
	lags stats.Delays
	// last is when the clock was last looked at.
	last time.Time
	// stood is how long nothing ran, by Unix second of the master's clock.
	stood map[int64]time.Duration
	// steal and gc are the causes' last readings.
	steal, gc time.Duration
}

func newPulse(c *clock, flying func() int) *pulse {
	p := &pulse{clock: c, newAlarm: preciseAlarm, gauge: newGauge(c, flying), causes: pauseCauses, last: time.Now(), stood: map[int64]time.Duration{}}
	p.steal, p.gc = p.causes()
	return p
}

// preciseAlarm makes one that is as late as an answer is that has come from the network: it is
// an event of the kernel's, like that.
func preciseAlarm(fire func()) (alarm.Alarm, error) {
	a, err := alarm.New(fire)
	if err != nil { // no file left
		return alarm.OnTimer(fire)
	}
	return a, nil
}

// run looks at the clock until ctx ends.
func (p *pulse) run(ctx context.Context) {
	var a alarm.Alarm
	a, err := p.newAlarm(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if ctx.Err() == nil {
			p.look(time.Now())
			a.Set(p.next())
		}
	})
	if err != nil {
		return
	}
	p.mu.Lock()
	a.Set(p.next())
	p.mu.Unlock()
	<-ctx.Done()
	_ = a.Close()
}

// next is how long it is until the next look, at a random moment, since users may have a
// rhythm of their own.
func (p *pulse) next() time.Duration {
	d := pulseEvery/2 + rand.N(pulseEvery)
	p.due = time.Now().Add(d)
	return d
}

// look is a beat that was due. While it was late, others would have been due.
func (p *pulse) look(now time.Time) {
	for late := min(now.Sub(p.due), pulseSeconds*time.Second); late >= 0; late -= pulseEvery {
		p.lags.Add(late)
	}
	p.beat(now)
}

// lagged is how late all looks so far came.
func (p *pulse) lagged() stats.Delays {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.lags)
}

// beat records the time since the last look if that was too long ago.
func (p *pulse) beat(now time.Time) {
	p.gauge.look(now)
	late := now.Sub(p.last) - pulseEvery
	p.last = now
	if late < pulseSlack {
		return
	}
	if len(p.stood) >= pulseSeconds {
		clear(p.stood)
	}
	to := p.clock.micros(now)
	for from := to - min(late.Microseconds(), pulseSeconds*1e6); from < to; {
		second := unixSecond(from)
		end := min((second+1)*1e6, to)
		p.stood[second] += time.Duration(end-from) * time.Microsecond
		from = end
	}
}

// take moves the pauses of the seconds before until into a report. It looks at the clock
// itself, because after a pause nobody knows which goroutine runs first. The causes cover
// the whole time since the last report and are attached to the first pause.
func (p *pulse) take(now time.Time, until int64) []wire.ReportPause {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.beat(now)
	var out []wire.ReportPause
	for _, second := range slices.Sorted(maps.Keys(p.stood)) {
		if second < until {
			out = append(out, wire.ReportPause{Second: second, StoodMicros: p.stood[second].Microseconds()})
			delete(p.stood, second)
		}
	}
	steal, gc := p.causes()
	if len(out) > 0 {
		out[0].StealMicros, out[0].GCMicros = (steal - p.steal).Microseconds(), (gc - p.gc).Microseconds()
	}
	p.steal, p.gc = steal, gc
	return out
}

// takeFlown moves what the gauge has of the seconds before until into a report.
func (p *pulse) takeFlown(until int64) []wire.ReportFlown {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gauge.take(until)
}
