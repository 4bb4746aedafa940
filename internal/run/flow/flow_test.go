package flow

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
)

// The pauses between looks that a campaign takes.
const (
	flowLead  = reportInterval + 300*time.Millisecond
	finePause = 80 * time.Millisecond
	flowPause = 250 * time.Millisecond
)

// reporter is a Python worker with a steady rate, as its master's total shows it.
type reporter struct {
	rate float64
	// next is when it reports, upTo what it has reported, every how much later it is each time.
	next, upTo time.Time
	drift      time.Duration
	// stalls is when it stands still, and stall for how long.
	stalls time.Time
	stall  time.Duration
	// sparse ones have nothing to tell most times.
	sparse bool
	round  int
}

// master sums up what reporters tell.
type master struct {
	now     time.Time
	workers []*reporter
	total   float64
	// cost is how long an answer takes, of which most is on its way back.
	cost time.Duration
}

func (m *master) pass(d time.Duration) {
	m.now = m.now.Add(d)
	for _, w := range m.workers {
		for !w.next.After(m.now) {
			at := w.next
			if in := at.Sub(w.stalls); w.stall > 0 && in >= 0 && in < w.stall {
				at = w.stalls.Add(w.stall) // it goes on when it runs again
				if at.After(m.now) {
					break
				}
			}
			w.round++
			if !w.sparse || w.round%3 == 0 {
				m.total += w.rate * at.Sub(w.upTo).Seconds()
				w.upTo = at
			}
			w.next = at.Add(reportInterval + w.drift)
		}
	}
}

// look lets time pass and looks at the total, which takes a while itself.
func (m *master) look(f *Flow, pause time.Duration) {
	m.pass(pause)
	asked := m.now
	m.pass(m.cost / 4)
	total := int64(m.total)
	m.pass(m.cost - m.cost/4)
	f.AddTotal(asked, m.now, total)
}

func (m *master) lookFor(f *Flow, d, pause time.Duration) {
	for end := m.now.Add(d); m.now.Before(end); {
		m.look(f, pause)
	}
}

// Reset resets the total, as openTotals does.
func (m *master) reset(f *Flow, busy int) (Coverage, time.Time) {
	m.look(f, 0)
	asked := m.now
	r := f.Coverage(asked, asked, busy, true)
	m.total = 0
	f.Reset(asked)
	return r, asked
}

// TestLengths: over random workers that drift, and windows of any length, the length by
// the reports gives the true rate, and its error holds. Where a report may have come
// just before the end or after it, that error is the greater.
func TestLengths(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 2000 {
		m, f, truth := &master{now: time.Unix(1_700_000_000, 0), cost: 5 * time.Millisecond}, &Flow{}, 0.0
		if rnd.IntN(4) == 0 {
			m.cost = 200 * time.Millisecond // a slow master
		}
		for range 1 + rnd.IntN(5) {
			w := &reporter{rate: 200, upTo: m.now, next: m.now.Add(time.Duration(rnd.IntN(3000)) * time.Millisecond), drift: time.Duration(rnd.IntN(10)) * time.Millisecond}
			m.workers = append(m.workers, w)
			truth += w.rate
		}
		busy := len(m.workers)
		m.workers = append(m.workers, &reporter{next: m.now, upTo: m.now}) // an idle one
		m.pass(10 * time.Second)
		m.lookFor(f, flowLead, finePause)
		m.lookFor(f, f.Widest(m.now).Sub(m.now), finePause)
		opening, start := m.reset(f, busy)
		m.lookFor(f, 6*time.Second+time.Duration(rnd.IntN(9000))*time.Millisecond, finePause)
		asked := m.now
		f.AddTotal(asked, asked, int64(m.total))
		clock := asked.Sub(start).Seconds()
		seconds, edgeError := Length(clock, opening, f.Coverage(asked, asked, busy, false))
		off := m.total/seconds/truth - 1
		if math.Abs(off) > min(edgeError+.002, .1) {
			t.Errorf("%d workers, %.2f s taken for %.2f s: %.2f %% off, at most %.2f %% said", busy, clock, seconds, 100*off, 100*edgeError)
		}
	}
}

// TestLengthUnknown: without a report seen the record says how much may be wrong.
func TestLengthUnknown(t *testing.T) {
	for _, tt := range []struct{ clock, want float64 }{{12, .25}, {2, 1}} {
		if seconds, edgeError := Length(tt.clock, Coverage{}, Coverage{}); seconds != tt.clock || edgeError != tt.want {
			t.Errorf("%g s, edge error %g", seconds, edgeError)
		}
	}
}

func TestGaps(t *testing.T) {
	start := time.Unix(1_700_000_001, 0)
	for _, tt := range []struct {
		// phases are when reports came in the last interval before start.
		phases []int
		// widest is when after start the longest gap's middle comes, cleared what becomes of a
		// window's end 9 s later.
		widest, cleared int
	}{
		{nil, 0, 9000},
		{[]int{-500}, 1000, 10000},
		{[]int{-1500}, 0, 9000},
		{[]int{-1800}, 2700, 9000},
		{[]int{-1450, -50}, 750, 9750},
		{[]int{-2990, -1000}, 1005, 8505},
		{[]int{-2900, -2000, -1400, -10}, 2295, 9045},
	} {
		f := &Flow{}
		for _, p := range tt.phases {
			at := start.Add(time.Duration(p) * time.Millisecond)
			f.add(arrival{after: at, by: at, weight: 1})
		}
		got := []int{int(f.Widest(start).Sub(start).Milliseconds()), int(f.Clear(start.Add(9*time.Second), start).Sub(start).Milliseconds())}
		if diff := cmp.Diff([]int{tt.widest, tt.cleared}, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.phases, diff)
		}
	}
}

// TestStatusFlow: our master tells what is covered of each worker; of ours the window
// begins with a whole second.
func TestStatusFlow(t *testing.T) {
	f, now := &Flow{}, time.Unix(1_700_000_000, 0)
	status := func(at time.Time, python, ours, requests int64) {
		f.AddStatus(at, at, locust.Status{NowMicros: at.UnixMicro(), Workers: []locust.StatusWorker{
			{ID: "python", CoveredMicros: at.UnixMicro() - python*1000, Requests: requests},
			{ID: "ours", CoveredMicros: at.UnixMicro() - ours*1000, Requests: requests, Slices: true},
		}})
	}
	status(now.Add(300*time.Millisecond), 1300, 300, 1000)
	opening := f.Coverage(now.Add(300*time.Millisecond), now.Add(300*time.Millisecond), 2, true)
	f.Reset(now.Add(300 * time.Millisecond))
	// 12 s of Python's, 9 s of ours, at 100 per second each.
	status(now.Add(10500*time.Millisecond), 500-1000+0, 500, 0)
	f.workers["python"] = locust.StatusWorker{ID: "python"}
	f.arrivals = f.arrivals[:0]
	at := func(s float64) time.Time { return now.Add(time.Duration(s * float64(time.Second))) }
	f.add(arrival{"python", at(11), at(11), 1000 + 1200})
	f.add(arrival{"ours", at(10), at(10), 1000 + 900})
	end := f.Coverage(at(11.5), at(11.5), 2, false)
	seconds, _ := Length(11.2, opening, end)
	if math.Abs(2100/seconds-200) > 1e-6 {
		t.Errorf("the window is taken for %g s", seconds)
	}
}

// TestBeats: of workers that stand still as much is seen as their reports show, and
// nothing of those that do not.
func TestBeats(t *testing.T) {
	type worker struct {
		phase, stallAt, stall int
		rate                  float64
		sparse                bool
	}
	steady := func(phase int) worker { return worker{phase: phase, rate: 60} }
	stalled := func(phase, at, stall int) worker { return worker{phase, at, stall, 60, false} }
	for _, tt := range []struct {
		name    string
		workers []worker
		// least and most are what may be seen, in milliseconds.
		least, most int
	}{
		{"steady", []worker{steady(0), steady(1000), steady(2100)}, 0, 0},
		{"one steady", []worker{steady(700)}, 0, 0},
		{"many steady", []worker{steady(0), steady(100), steady(400), steady(450), steady(1000), steady(1700), steady(2300), steady(2900)}, 0, 0},
		{"close together", []worker{steady(1000), steady(1020), steady(1050)}, 0, 0},
		{"with a sparse one", []worker{steady(0), {phase: 1500, rate: 1, sparse: true}}, 0, 0},
		{"sparse ones", []worker{{phase: 0, rate: 3, sparse: true}, {phase: 900, rate: 3, sparse: true}, {phase: 2000, rate: 2, sparse: true}}, 0, 0},
		{"stalls before a report", []worker{steady(0), stalled(1000, 12500, 2800)}, 2000, 2400},
		{"stalls briefly", []worker{steady(0), stalled(1000, 12900, 900)}, 0, 0},
		{"stalls after a report, which nobody sees", []worker{steady(0), stalled(1000, 13100, 2500)}, 0, 0},
		{"the only one stalls", []worker{stalled(1000, 12500, 2800)}, 2000, 2400},
		{"one of many stalls", []worker{steady(0), steady(700), stalled(1500, 13000, 2600), steady(2200)}, 1500, 3100},
		{"stalls for an interval and more", []worker{steady(0), stalled(1000, 12900, 3700)}, 2900, 3700},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, f := &master{now: time.Unix(1_700_000_001, 0)}, &Flow{}
			at := func(ms int) time.Time { return m.now.Add(time.Duration(ms) * time.Millisecond) }
			for _, w := range tt.workers {
				m.workers = append(m.workers, &reporter{
					rate: w.rate, upTo: m.now, next: at(w.phase), drift: 4 * time.Millisecond, sparse: w.sparse,
					stalls: at(w.stallAt), stall: time.Duration(w.stall) * time.Millisecond,
				})
			}
			m.lookFor(f, 7*time.Second, finePause)
			m.reset(f, len(m.workers))
			m.lookFor(f, 30*time.Second, flowPause)
			stood := f.Stood()[Unnamed].Milliseconds()
			if stood < int64(tt.least) || stood > int64(tt.most) {
				t.Errorf("stood still for %d ms, want %d to %d", stood, tt.least, tt.most)
			}
			if (stood == 0) != (len(f.Stood()) == 0) {
				t.Errorf("stood still: %v", f.Stood())
			}
		})
	}
}

// TestBeatsOfStalledMaster: a master that does not answer makes no worker late.
func TestBeatsOfStalledMaster(t *testing.T) {
	for offset := range 30 {
		m, f := &master{now: time.Unix(1_700_000_001, 0)}, &Flow{}
		for i := range 3 {
			m.workers = append(m.workers, &reporter{rate: 60, upTo: m.now, next: m.now.Add(time.Duration(i) * 900 * time.Millisecond)})
		}
		m.lookFor(f, 7*time.Second, finePause)
		m.reset(f, len(m.workers))
		m.lookFor(f, 6*time.Second+time.Duration(offset)*100*time.Millisecond, flowPause)
		asked := m.now
		m.pass(2500 * time.Millisecond)
		f.AddTotal(asked, m.now, int64(m.total))
		m.lookFor(f, 15*time.Second, flowPause)
		if p := f.Stood(); len(p) > 0 {
			t.Errorf("stalled %d00 ms after the start: %s", offset, fmt.Sprint(p))
		}
	}
}

// TestAge: a window of totals begins where the totals end that were reset.
func TestAge(t *testing.T) {
	for _, tt := range []struct {
		opening Coverage
		want    time.Duration
	}{
		{Coverage{}, 0},
		{Coverage{parts: []part{{age: 1.5, weight: 100}}}, 1500 * time.Millisecond},
		{Coverage{parts: []part{{age: 2, weight: 300}, {age: 1, weight: 100}}}, 1750 * time.Millisecond},
	} {
		if got := tt.opening.Age(); got != tt.want {
			t.Errorf("%+v: %v old, want %v", tt.opening, got, tt.want)
		}
	}
}
