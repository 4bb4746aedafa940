//go:build linux && e2e

package e2e

import (
	"flag"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/queueing"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// truth lets TestTruthOfRealRuns measure twenty windows, which takes ten minutes, and
// TestTruthOfAnswers make so many runs.
var (
	truth   = flag.Bool("truth", false, "let TestTruthOfRealRuns measure twenty windows")
	answers = flag.Int("answers", 1, "how many runs TestTruthOfAnswers makes")
)

// The queue of TestTruthOfRealRuns: users who think for a second on average and wait for one
// of few servers. At 59 % of what those can serve, a window of 20 s bounds p95 from above.
const (
	truthServers = 4
	truthUsers   = 50
	truthThink   = 1.0
	truthService = .05
)

// onTheWay is what HTTP, the balancer and the machine's timers may add to a response, in
// milliseconds: the law has nothing of it. It is a fiftieth of p95, which its interval holds
// without it, too, and a fourteenth of the median, which it may decide.
const onTheWay = 3

// thinking is a swarmfile whose users think for so many seconds on average.
func thinking(mean float64) string {
	data := []string{"ts: '{{repeat 30 \"{{now `rfc3339`}}\"}}'"}
	for _, column := range []string{"down", "up", "rnti_count", "mcs_down", "mcs_down_var", "mcs_up", "mcs_up_var", "rb_down", "rb_down_var", "rb_up", "rb_up_var"} {
		data = append(data, column+": '{{repeat 30 \"{{int 1 28}}\"}}'")
	}
	return `apiVersion: swarmgrid.dev/v1alpha1
kind: Swarmfile
metadata: {name: thinking}
spec:
  users:
    - name: Client
      wait: {between: [0s, ` + fmt.Sprintf("%gs", 2*mean) + `]}
      tasks:
        - name: predict
          request:
            method: POST
            path: /predict
            json:
              index_col: ts
              inference_length: 1
              data:
                ` + strings.Join(data, "\n                ") + "\n"
}

// law is a true value, and by how much measured ones may be lower and higher.
type law struct {
	name               string
	truth, under, over float64
	of                 func(*analysis.Intervals) analysis.Interval
	value              func(*result.Measured) float64
}

// laws are those of M/M/c//N (measuring.md 17).
func laws(t *testing.T) []law {
	t.Helper()
	var x [2]float64
	var q queueing.Closed
	// Whoever is on the way is not at the service, as if they thought for longer.
	for i, think := range []float64{truthThink + onTheWay/1e3, truthThink} {
		var err error
		if q, err = queueing.NewClosed(truthServers, truthUsers, think, truthService); err != nil {
			t.Fatal(err)
		}
		x[i] = q.Throughput()
	}
	return []law{
		{"p50", 1e3 * q.Quantile(.50), 0, onTheWay, func(i *analysis.Intervals) analysis.Interval { return i.P50 }, func(m *result.Measured) float64 { return m.Latency.P50 }},
		{"p95", 1e3 * q.Quantile(.95), 0, onTheWay, func(i *analysis.Intervals) analysis.Interval { return i.P95 }, func(m *result.Measured) float64 { return m.Latency.P95 }},
		{"p99", 1e3 * q.Quantile(.99), 0, onTheWay, func(i *analysis.Intervals) analysis.Interval { return i.P99 }, func(m *result.Measured) float64 { return m.Latency.P99 }},
		{"rps", x[1], x[1] - x[0], 0, func(i *analysis.Intervals) analysis.Interval { return i.RPS }, func(m *result.Measured) float64 { return m.RPS }},
	}
}

// holds tells whether an interval holds the truth, or would if it reached so many times as
// far from the value.
func (l law) holds(i analysis.Interval, value, times float64) bool {
	low, high := value-times*(value-i.Low), value+times*(i.High-value)
	return low <= l.truth+l.over && l.truth-l.under <= high
}

// TestTruthOfRealRuns has real windows of 20 s of a real process whose law is known. Of twenty
// the intervals of p95 and of the rate hold the truth in 17 at least: were they to hold in 95
// of 100, fewer would be by chance in one such test of 60. Of a single one nothing is asked
// that chance does not grant thousands of times for each that it refuses: three times the
// interval is 6.8 standard errors with nine degrees of freedom.
func TestTruthOfRealRuns(t *testing.T) {
	windows, seed := 1, "1"
	if *truth {
		windows, seed = 20, "0" // another for each process, or rounds would be alike
	}
	held := map[string]int{}
	for _, rec := range truthfulRun(t, windows, seed) {
		i := new(analysis.Reader).IntervalsOf(&rec, rec.Measured.Batches)
		if i == nil {
			t.Fatalf("%s has no intervals", rec.Key)
		}
		for _, l := range laws(t) {
			l.check(t, rec, l.of(i), held)
		}
	}
	t.Logf("of %d windows the intervals hold the truth of %v", windows, held)
	for _, l := range laws(t) {
		if *truth && (l.name == "p95" || l.name == "rps") && held[l.name] < 17 {
			t.Errorf("the interval of %s holds %.1f in %d of %d windows, want 17", l.name, l.truth, held[l.name], windows)
		}
	}
}

// check counts the interval if it holds the truth.
func (l law) check(t *testing.T, rec result.Record, i analysis.Interval, held map[string]int) {
	t.Helper()
	value := l.value(rec.Measured)
	ok := l.holds(i, value, 1)
	if ok {
		held[l.name]++
	}
	t.Logf("round %2d: %s %7.2f (%7.2f – %7.2f), true %7.2f: %v", rec.Key.Round, l.name, value, i.Low, i.High, l.truth, ok)
	switch coarse := value * .01; {
	case i.Low > value+coarse || i.High < value-coarse:
		t.Errorf("the interval of %s, %+v, does not hold its own value %g", l.name, i, value)
	case l.name != "p95" && l.name != "p99" && math.IsInf(i.High, 1):
		t.Errorf("the interval of %s is open: %+v", l.name, i)
	case !*truth && !l.holds(i, value, 3):
		t.Errorf("%s is %g with the interval %+v: far from the truth, %g", l.name, value, i, l.truth)
	}
}

// truthfulRun measures so many windows of 20 s.
func truthfulRun(t *testing.T, windows int, seed string) []result.Record {
	t.Helper()
	w := newWorld(t)
	w.file("thinking.yaml", thinking(truthThink))
	target := simulator("--servers", fmt.Sprint(truthServers), "--service", "exp", "--mean", fmt.Sprintf("%gs", truthService), "--seed", seed)
	w.file("truth.yaml", experiment(target, "{file: thinking.yaml, spawnRate: 50}",
		fmt.Sprintf("{replicas: [1], workers: [1], users: [%d], repeats: %d}", truthUsers, windows),
		"{duration: 20s, settle: 5s, cooldown: 0s}"))
	w.run(time.Duration(windows+1)*2*patience, "run", "truth.yaml", "--out", "run").wantExit(0)
	w.wantSuccess("run", windows)
	return w.journal("run").Rows()
}
