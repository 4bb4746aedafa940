package run

import (
	"context"
	"math"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run/timeline"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// course follows an attempt second by second, for its record.
type course struct {
	*timeline.Timeline
	// ahead is how far the clock of the slices is ahead of ours: our master has its own, a
	// Python master cuts nothing.
	ahead time.Duration
	// lags are what each worker had told of its delays at the last look.
	lags map[string]stats.Delays
	// against is how many findings against the window have been noted.
	against int
}

// follow takes a look at the load. The first of an attempt begins its course, with the
// second in which the load was started.
func (a *attempt) follow(ctx context.Context, o locust.Observation) {
	now := time.Now()
	if o.Status != nil {
		a.course.ahead = time.UnixMicro(o.Status.NowMicros).Sub(now)
	}
	if a.course.Timeline == nil {
		t := a.planned.Time
		start := a.course.second(a.swarmedAt)
		a.course.Timeline = timeline.New(start, t.Ramp+t.Settle+t.Measure, bounds(a.exp.SLO))
		a.failuresRead.next = start
	}
	a.course.Load(a.course.second(now), o.Users, len(o.Live()), meanCPU(o))
	a.followLags(o)
	if a.watch == nil { // in the window the target is looked at anyway
		a.followTarget(ctx)
	}
}

// followLags takes how late the worker that was latest was since the last look.
func (a *attempt) followLags(o locust.Observation) {
	if o.Status == nil {
		return
	}
	told := map[string]stats.Delays{}
	for _, w := range o.Status.Workers {
		if w.Vitals == nil {
			continue
		}
		told[w.ID] = w.Vitals.Lags
		if before, known := a.course.lags[w.ID]; known {
			if since := w.Vitals.Lags.Since(before); since.Count() > 0 {
				a.course.Lag(a.course.now(), result.Millis(since.Quantile(.99)))
			}
		}
	}
	a.course.lags = told
}

// followTarget counts the replicas that are ready, where the target is ours to scale.
func (a *attempt) followTarget(ctx context.Context) {
	if !a.platform.Properties().Scalable[platform.Target] {
		return
	}
	if s, err := a.platform.Status(ctx, platform.Target); err == nil {
		a.course.Ready(a.course.now(), s.Ready)
	}
}

// second is a moment on the clock of the slices.
func (c *course) second(t time.Time) int64 { return t.Add(c.ahead).Unix() }

// now is the present second.
func (c *course) now() int64 { return c.second(time.Now()) }

// meanCPU is that of the workers that say; NaN if none does. Locust says 0 until it has a
// figure.
func meanCPU(o locust.Observation) float64 {
	sum, n := 0., 0
	for _, w := range o.Live() {
		if w.CPUPercent > 0 {
			sum += w.CPUPercent
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}

// followTotals takes what a master without slices says of its last seconds.
func (a *attempt) followTotals(s locust.Stats) {
	if a.course.Timeline == nil || s.CurrentRPS == 0 {
		return
	}
	a.course.Recent(a.course.now(), &s.CurrentRPS, &s.CurrentFailures, s.CurrentP50, s.CurrentP95)
}

// followSlices takes all slices up to a second. What does not decode fails the window later.
func (a *attempt) followSlices(got locust.Slices, until int64) {
	if a.course.Timeline == nil {
		return
	}
	var decoded []stats.Slice
	for _, s := range got.Slices {
		if d, err := s.Decode(); err == nil {
			decoded = append(decoded, d)
		}
	}
	for _, p := range got.Pauses {
		a.course.Stood(p.Second, time.Duration(p.StoodMicros)*time.Microsecond)
	}
	a.course.Slices(decoded, until)
}

// followUsage takes what the target used between readings. Where the source had no news in
// between, the difference to the next one counts.
func (a *attempt) followUsage(readings []usageReading) {
	if len(readings) == 0 {
		return
	}
	last := readings[0]
	for _, r := range readings[1:] {
		if u, err := r.usage.Since(last.usage, last.at); err == nil {
			a.course.TargetCPU(a.course.second(r.at), u.CPU)
			last = r
		}
	}
}

// followFindings takes what was found against the window and is new.
func (a *attempt) followFindings(against []result.Finding) {
	for _, f := range against[min(a.course.against, len(against)):] {
		a.course.Event(a.course.now(), f.Text)
	}
	a.course.against = len(against)
}

// bounds are the latencies that the SLO bounds.
func bounds(slo []experiment.Objective) []timeline.Bound {
	var out []timeline.Bound
	for _, o := range slo {
		if o.Latency() {
			out = append(out, timeline.Bound{Endpoint: o.Endpoint, Limit: time.Duration(o.Bound * float64(time.Millisecond))})
		}
	}
	return out
}
