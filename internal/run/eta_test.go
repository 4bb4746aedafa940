package run_test

import (
	"math"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// TestTimeLeft: before anything was learned the time left is the plan's; later it
// comes true, and it never grows in a run that meets no trouble.
func TestTimeLeft(t *testing.T) {
	const slow = 20 * time.Second // to start a replica, which no plan can know
	inWorld(t, setup{spec: []string{"matrix: {replicas: [1, 2, 3, 4], workers: [2], users: [10]}"}, platform: platformtest.FakeOptions{ReadyDelay: slow}}, func(w *world) {
		began := time.Now()
		w.run()
		end := time.Since(began).Seconds()
		if first := w.events[0]; first.Type != run.RunStarted || first.RunLeft != experiment.NewPlan(w.exp).Total().Seconds() {
			t.Errorf("first event %+v", first)
		}
		finished := 0
		last := math.Inf(1)
		for _, e := range w.events {
			if e.RunLeft < 0 || e.ScenarioLeft < 0 || e.RunLeft < e.ScenarioLeft-1e-6 || e.ScenarioLeft > e.ScenarioLength+1e-6 || e.RunLeft > e.RunLength+1e-6 {
				t.Errorf("%s %s: %g s of %g left, of the run %g of %g", e.Type, e.Phase, e.ScenarioLeft, e.ScenarioLength, e.RunLeft, e.RunLength)
			}
			if e.Type == run.AttemptFinished {
				finished++
				last = math.Inf(1) // learned
			}
			if e.RunLeft > last+1e-6 {
				t.Errorf("%s %s: the time left grew from %g to %g s", e.Type, e.Phase, last, e.RunLeft)
			}
			last = e.RunLeft
			if really := end - e.Time.Sub(began).Seconds(); finished >= 3 && e.Type == run.PhaseStarted && math.Abs(e.RunLeft-really) > slow.Seconds()/4 {
				t.Errorf("%s %s: %g s left, really %g", e.Type, e.Phase, e.RunLeft, really)
			}
		}
		if e := w.events[len(w.events)-1]; e.Type != run.RunFinished || e.RunLeft != 0 || e.Index != 4 || e.Total != 4 || e.Run.Statuses["SUCCESS"] != 4 {
			t.Errorf("last event %+v, %+v", e, e.Run)
		}
	})
}

// TestOverhead leaves ramp, settling, measuring and cool-down out.
func TestOverhead(t *testing.T) {
	inWorld(t, setup{spec: []string{"matrix: {replicas: [1, 2, 3], workers: [2], users: [10]}"}, platform: platformtest.FakeOptions{ReadyDelay: 700 * time.Millisecond}}, func(w *world) {
		journal := w.run()
		for _, r := range journal.Records {
			p := r.Phases
			if p.Settle != 2 || p.Measure < 5 || p.Measure > 6.2 || p.Ramp < 9.9 || p.Ramp > 10.2 {
				t.Errorf("phases %+v", p)
			}
			sum := p.Overhead() + p.Ramp + p.Settle + p.Measure
			if took := r.Finished.Sub(r.Started).Seconds(); math.Abs(sum-took) > 1e-6 {
				t.Errorf("phases sum up to %g s of %g", sum, took)
			}
		}
		if m := w.events[len(w.events)-1].Run.OverheadMedian; m < .7 || m > 1.5 {
			t.Errorf("median overhead %g s", m)
		}
	})
}

// TestCooldowns: one between any two attempts, none before the first and after the last.
func TestCooldowns(t *testing.T) {
	inWorld(t, setup{spec: []string{"matrix: {replicas: [1, 2], workers: [2], users: [10]}", "measure: {duration: 5s, cooldown: 3s, settle: 2s, attempts: 2}"}}, func(w *world) {
		w.whileMeasuring(w.master.Lose)
		journal := w.run()
		w.want(journal, "INVALID, SUCCESS!, SUCCESS!")
		for i, r := range journal.Records[1:] {
			if pause := r.Started.Sub(journal.Records[i].Finished); pause != 3*time.Second {
				t.Errorf("%v before attempt %d", pause, i+2)
			}
		}
		if e := w.events[len(w.events)-1]; e.Time.Sub(journal.Records[2].Finished) > time.Second {
			t.Errorf("the run went on for %v after the last attempt", e.Time.Sub(journal.Records[2].Finished))
		}
	})
}
