package report

import (
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TestMissedThroughput: if only throughput is missed, the advice is not fewer users, and the
// answer is not that even few are too many.
func TestMissedThroughput(t *testing.T) {
	rate := v1alpha1.Objective{Metric: "rps", Above: "1000"}
	const only = "no: no scenario passes, and only throughput is missed\n"
	for name, c := range map[string]struct {
		slo            []v1alpha1.Objective
		p50            float64
		failures       int64
		scaled         bool
		answer, advice string
	}{
		"throughput":    {append(latencySLO(), rate), 20, 0, true, only, "only throughput is missed: more users, or a target that answers faster, may reach it."},
		"alone":         {[]v1alpha1.Objective{rate}, 900, 0, false, only, "only throughput is missed: more users, or a target that answers faster, may reach it."},
		"latency, too":  {append(latencySLO(), rate), 900, 0, true, "2 replicas: not even 200 users pass (", "more replicas or fewer users are needed."},
		"latency":       {latencySLO(), 900, 0, true, "2 replicas: not even 200 users pass (", "more replicas or fewer users are needed."},
		"of a URL":      {latencySLO(), 900, 0, false, "not even 200 users pass (", "fewer users or a faster target are needed."},
		"with failures": {[]v1alpha1.Objective{rate}, 20, 900, true, "2 replicas: not even 200 users pass (", "and requests failed: see Failures first."},
	} {
		s := newSheet(small([]int{2}, []int{4}, []int{200, 400}), c.slo...)
		if !c.scaled {
			s.run.Header.Target = s.run.Header.Address
		}
		for _, k := range s.run.Header.Keys {
			r := s.record(k, result.Success)
			measure(&r, 100, c.p50, c.failures)
			s.add(r)
		}
		files := render(t, s)
		if got := string(files["table.txt"]); !strings.HasPrefix(got, c.answer) {
			t.Errorf("%s: table begins %q", name, got[:80])
		}
		if got := string(files["auto_summary.md"]); !strings.Contains(got, c.advice) {
			t.Errorf("%s: no %q in the recommendations", name, c.advice)
		}
	}
}
