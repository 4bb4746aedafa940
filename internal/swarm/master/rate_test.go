package master

import (
	"encoding/csv"
	"fmt"
	"math"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// The tasks of every flow: one with many requests, one that fails now and then, one
// that is rare.
var tasks = []struct {
	name   string
	every  time.Duration
	failed bool
}{{"/many", 20 * time.Millisecond, false}, {"/bad", 200 * time.Millisecond, true}, {"/login", 2100 * time.Millisecond, false}}

// truePerSecond is what one flow completes, and fails, in a second.
const truePerSecond, failedPerSecond = 50 + 5 + 1/2.1, 5.0

// flow is a worker whose requests complete at known times.
type flow struct {
	s  *scene
	id string
	// python workers report every 3 s and a bit, ours after each second.
	python bool
	// behind is how far its clock is behind ours.
	behind time.Duration
	// delay is how long its reports take to arrive.
	delay time.Duration
	next  time.Time
	// upTo is how far the last report reached.
	upTo time.Time
}

// interval is the time between two reports.
func (f *flow) interval() time.Duration {
	if f.python {
		return 3005 * time.Millisecond
	}
	return time.Second
}

// report sends what is due.
func (f *flow) report() {
	if f.s.now.Before(f.next.Add(f.delay)) {
		return
	}
	if f.python {
		f.say(f.next)
	} else {
		f.sayOurs(f.next.Truncate(time.Second))
	}
	f.upTo = f.next
	f.next = f.next.Add(f.interval())
}

// between calls yield with each request of a task that completes in (from, to].
func between(every time.Duration, from, to time.Time, yield func(at time.Time)) {
	for n := from.UnixNano()/int64(every) + 1; n*int64(every) <= to.UnixNano(); n++ {
		yield(time.Unix(0, n*int64(every)))
	}
}

// say is a Python worker's report at a moment.
func (f *flow) say(at time.Time) {
	r := wire.StatsReport{UserClassesCount: map[string]int{"A": 1}, UserCount: 1, Total: wire.StatsEntry{StartTime: max(unix(f.upTo.Add(-f.behind)), 0)}}
	for _, task := range tasks {
		if !f.s.c.active() {
			break
		}
		e := wire.StatsEntry{Name: task.name, Method: "GET", RequestsPerSec: map[int64]int64{}, FailuresPerSec: map[int64]int64{}, ResponseTimes: map[int64]int64{}}
		between(task.every, f.upTo, at, func(t time.Time) {
			last := unix(t.Add(-f.behind))
			e.LastRequest = &last
			e.Requests++
			e.ResponseTimes[10]++
			e.RequestsPerSec[int64(last)]++
			if task.failed {
				e.Failures++
				e.FailuresPerSec[int64(last)]++
			}
		})
		if e.Requests > 0 {
			r.Stats = append(r.Stats, e)
		}
	}
	f.s.say(f.id, wire.TypeStats, r)
}

// sayOurs is our worker's report of the seconds before one.
func (f *flow) sayOurs(until time.Time) {
	r := wire.Report{CompleteUntil: until.Unix(), UserClassesCount: map[string]int{"A": 1}, UserCount: 1}
	for _, task := range tasks {
		h := stats.NewHistogram()
		between(task.every, until.Add(-time.Second-1), until.Add(-1), func(time.Time) { h.RecordN(10_000, 1) })
		if h.Count() == 0 {
			continue
		}
		b, err := h.Encode()
		if err != nil {
			f.s.t.Fatal(err)
		}
		slice := wire.ReportSlice{Second: until.Unix() - 1, Method: "GET", Name: task.name, OK: b}
		if task.failed {
			slice.OK, slice.Failed = nil, b
		}
		r.Slices = append(r.Slices, slice)
	}
	f.s.say(f.id, wire.TypeReport, r)
}

// flowing is a scene with a load that has been running for a while.
func flowing(t *testing.T, flows []*flow) (*scene, func(time.Duration)) {
	s := newScene(t, map[string]float64{"A": 1})
	for i, f := range flows {
		f.s, f.id = s, fmt.Sprint("h_", i+1)
		s.join(f.id, "A")
		s.c.workers[f.id].slices = !f.python
	}
	// Idle workers report, too, which shows their clocks.
	for range 2 {
		s.pass(3 * time.Second)
		for _, f := range flows {
			sent := s.now.Add(-f.delay)
			if f.python {
				f.say(sent)
			}
			f.upTo = sent
		}
	}
	s.pass(time.Second)
	s.swarm(len(flows), 100)
	for i, f := range flows {
		f.upTo = s.now
		f.next = s.now.Add(50*time.Millisecond + f.interval())
		if f.python {
			f.next = s.now.Add(time.Duration(i+1) * 700 * time.Millisecond)
		}
	}
	pass := func(d time.Duration) {
		for end := s.now.Add(d); s.now.Before(end); {
			s.pass(tickEvery)
			for _, f := range flows {
				f.report()
			}
		}
	}
	return s, pass
}

// TestRates: requests and failures per second are right at any time after a load's
// start and after a reset at any moment, whichever workers report, and the rows add up.
func TestRates(t *testing.T) {
	const behind = 3400 * time.Millisecond
	for name, flows := range map[string][]flow{
		"one of ours":                  {{}},
		"three of ours":                {{}, {}, {}},
		"one Python worker":            {{python: true}},
		"Python workers":               {{python: true}, {python: true}, {python: true}, {python: true}},
		"Python workers and ours":      {{python: true}, {}, {python: true}},
		"a Python clock behind":        {{python: true, behind: behind}, {python: true}},
		"a Python clock ahead":         {{python: true, behind: -behind}, {python: true}},
		"a Python clock minutes ahead": {{python: true, behind: -5 * time.Minute}, {python: true}},
		"reports on the way for long":  {{python: true, delay: 400 * time.Millisecond}, {python: true}},
	} {
		for _, fraction := range []time.Duration{0, 900} {
			t.Run(fmt.Sprintf("%s, reset %d ms into a second", name, fraction), func(t *testing.T) {
				var own []*flow
				for _, f := range flows {
					own = append(own, &f)
				}
				s, pass := flowing(t, own)
				pass(10 * time.Second)
				// From a start on, all is counted, and a clock is only known to the second.
				s.wantRates(len(flows), "10 s after the start", offWhole(flows[0].behind)*truePerSecond)
				pass(10*time.Second + fraction*time.Millisecond)
				s.c.resetStats(s.now)
				for range 5 {
					pass(2300 * time.Millisecond)
					s.wantRates(len(flows), fmt.Sprintf("since %s", time.Duration(float64(time.Second)*(unix(s.now)-s.c.stats.counting))), 0)
				}
			})
		}
	}
}

// offWhole is how far a duration is from whole seconds, in seconds.
func offWhole(d time.Duration) float64 {
	return math.Abs(d.Seconds() - math.Round(d.Seconds()))
}

// wantRates compares what is shown with what flows complete. Before all workers have
// reported a whole second nothing is known, and 0 is shown.
func (s *scene) wantRates(flows int, when string, more float64) {
	s.t.Helper()
	shown := s.c.statsJSON(s.now)
	rows := shown["stats"].([]map[string]any)
	sums := map[string]float64{}
	for _, r := range rows[:len(rows)-1] {
		for _, key := range []string{"total_rps", "total_fail_per_sec", "current_rps", "current_fail_per_sec"} {
			sums[key] += r[key].(float64)
		}
	}
	over := s.c.rateSpan(s.now)
	length := float64(over.until) - over.from
	for key, sum := range sums {
		got, want := rows[len(rows)-1][key].(float64), truePerSecond
		if key == "total_fail_per_sec" || key == "current_fail_per_sec" {
			want = failedPerSecond
		}
		want *= float64(flows)
		if math.Abs(got-sum) > 1e-9 || shown[key] != rows[len(rows)-1][key] {
			s.t.Errorf("%s: %s of the rows is %g together, Aggregated %g, at the top %v", when, key, sum, got, shown[key])
		}
		// Of each task's requests one may fall on the other side of an edge.
		if slack := (3*float64(flows) + more) / min(length, recentSeconds); length > 0 && math.Abs(got-want) > slack {
			s.t.Errorf("%s: %s is %.2f over %g s, want %.2f ± %.2f", when, key, got, length, want, slack)
		}
		if length <= 0 && got != 0 {
			s.t.Errorf("%s: %s is %g, want 0 as long as nothing is known", when, key, got)
		}
	}
	if s.now.Sub(time.UnixMicro(int64(over.from*1e6))) > 6*time.Second && length < 2 {
		s.t.Errorf("%s: nothing is known", when)
	}
}

// TestRatesOfRows: a task's rate is over the same time as all others, in the CSV too.
func TestRatesOfRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, python := range []bool{true, false} {
			s, pass := flowing(t, []*flow{{python: python}})
			s.c.resetStats(s.now)
			pass(21 * time.Second)
			if wait := time.Until(s.now); wait > 0 {
				time.Sleep(wait) // the answer is of the scene's moment
			}
			w := httptest.NewRecorder()
			(&Master{core: s.c}).serveStatsCSV(w, httptest.NewRequest("GET", "/", nil))
			records, err := csv.NewReader(w.Body).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			sum := [2]float64{}
			for _, r := range records[1:] {
				requests, _ := strconv.ParseFloat(r[9], 64)
				failures, _ := strconv.ParseFloat(r[10], 64)
				if r[1] == "/login" && math.Abs(requests-1/2.1) > .1 {
					t.Errorf("Python %v: %s logins in 21 s are shown as %g per second", python, r[2], requests)
				}
				if r[1] == "Aggregated" {
					requests, failures = -requests, -failures
				}
				sum[0], sum[1] = sum[0]+requests, sum[1]+failures
			}
			if math.Abs(sum[0])+math.Abs(sum[1]) > 1e-9 {
				t.Errorf("Python %v: rows and Aggregated differ by %v", python, sum)
			}
		}
	})
}

// TestRatesAfterTheEnd stay as they were when the load's end was asked for.
func TestRatesAfterTheEnd(t *testing.T) {
	for _, python := range []bool{true, false} {
		s, pass := flowing(t, []*flow{{python: python}, {python: python}})
		pass(10 * time.Second)
		s.c.stop(s.now)
		s.obey()
		pass(15 * time.Second)
		over := s.c.rateSpan(s.now)
		if length := float64(over.until) - over.from; length != 10 {
			t.Errorf("Python %v: rates are over %g s of a load of 10 s", python, length)
		}
	}
}

// TestRatesGoOnWithoutAWorker: a worker that is lost, or stops reporting, does not hold the
// rates up for ever.
func TestRatesGoOnWithoutAWorker(t *testing.T) {
	s, pass := flowing(t, []*flow{{python: true}, {python: true}})
	pass(10 * time.Second)
	s.workers["h_2"].connected = false
	pass(30 * time.Second)
	over := s.c.rateSpan(s.now)
	if lag := s.now.Unix() - over.until; lag > 4 {
		t.Errorf("rates end %d s ago", lag)
	}
	quiet, pass := flowing(t, []*flow{{python: true}})
	pass(10 * time.Second)
	quiet.pass(2 * time.Minute)
	over = quiet.c.rateSpan(quiet.now)
	if lag := quiet.now.Unix() - over.until; lag != lateSeconds {
		t.Errorf("rates end %d s ago, want %d", lag, lateSeconds)
	}
	if got := over.current(&quiet.c.stats.total.requestsAt); got != 0 {
		t.Errorf("%g requests per second of a worker that reports none", got)
	}
}

// TestCountsFold: what is no longer kept apart stays counted.
func TestCountsFold(t *testing.T) {
	var c counts
	for second := range int64(10_000) {
		c.add(second, 2)
		c.add(second-5, 1)
	}
	if got := c.upTo(9_990); got != 3*9_990+5 || len(c.at) > 2*keepSeconds {
		t.Errorf("%d counted, %d seconds kept", got, len(c.at))
	}
}

// TestStatusTellsReports: a driver can see when each report came and what it held, and how
// long a Python worker was silent.
func TestStatusTellsReports(t *testing.T) {
	s, pass := flowing(t, []*flow{{python: true}, {}})
	pass(10 * time.Second)
	before := s.c.status(s.now).Workers
	pass(9 * time.Second)
	after := s.c.status(s.now).Workers
	for i, w := range after {
		since := s.now.Sub(time.UnixMicro(w.CoveredMicros))
		if limit := []time.Duration{3100 * time.Millisecond, 1100 * time.Millisecond}[i]; since < 0 || since > limit {
			t.Errorf("worker %d is covered up to %s ago", i, since)
		}
		covered := float64(w.CoveredMicros-before[i].CoveredMicros) / 1e6
		if got := float64(w.Requests-before[i].Requests) / covered; math.Abs(got-truePerSecond) > 1 {
			t.Errorf("worker %d reported %g requests per second, want %g", i, got, truePerSecond)
		}
		if w.SilentSeconds != 0 {
			t.Errorf("worker %d was silent for %g s", i, w.SilentSeconds)
		}
	}
	s.workers["h_1"].silent, s.workers["h_2"].silent = true, true
	s.pass(3500 * time.Millisecond)
	s.workers["h_1"].silent, s.workers["h_2"].silent = false, false
	s.pass(time.Second)
	after = s.c.status(s.now).Workers
	if after[0].SilentSeconds < 2.5 || after[0].SilentSeconds > 3.5 || after[1].SilentSeconds != 0 {
		t.Errorf("silent for %g and %g s", after[0].SilentSeconds, after[1].SilentSeconds)
	}
}
