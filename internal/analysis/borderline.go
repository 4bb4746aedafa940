package analysis

import (
	"fmt"
	"math"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/stats/interval"
)

// weigh compares the outcome's interval with the bound. A value whose interval holds it is
// too close to call.
func (o *Outcome) weigh(i Interval, end func(float64) string, longer float64) {
	o.Interval = &i
	switch {
	case !i.holds(o.Objective.Bound): // clear
	case math.IsInf(o.Value, 1):
		o.close(o.Text+": too close to call", longer)
	default:
		verb := "is"
		if o.Objective.Metric == v1alpha1.MetricFailures {
			verb = "are"
		}
		o.close(fmt.Sprintf("%s %s %s (%s), too close to %s to call", o.Objective.Subject(), verb, end(o.Value), i.text(end), o.Objective.Text), longer)
	}
}

func (o *Outcome) close(text string, longer float64) {
	o.Pass, o.Borderline, o.Text, o.Shared, o.Doubts = false, true, text, "", nil
	if longer <= longest {
		o.Longer = max(longer, 1)
	}
}

// weighPercentile takes into account what chance, or rounding, may have done to a percentile.
// The window is the scope's, as slowWindow has it.
func (o *Outcome) weighPercentile(s scope, p Percentile, w *interval.Window) {
	switch {
	case w != nil && w.Passes(p.Level, limit(o.Objective)):
		o.Interval, o.Doubts = new(quantile(w, p.Level)), nil
	case w != nil:
		o.weigh(quantile(w, p.Level), latency, w.Longer(p.Level, limit(o.Objective)))
		// What these say is in the interval.
		o.Doubts = nil
	case !s.exact && s.rounded(o.Value).holds(o.Objective.Bound):
		o.close(fmt.Sprintf("%s is %s, which Locust has rounded: it may be %s, too close to %s to call; raise its precision (docs/locust.md)",
			o.Objective.Subject(), latency(o.Value), s.rounded(o.Value).text(latency), o.Objective.Text), math.Inf(1))
	}
}

// latency writes milliseconds with about three digits.
func latency(ms float64) string { return threeDigits(ms) + " ms" }

func threeDigits(v float64) string { return trim(v, aboutThree(v)) }

// settleStep is what a proposed window is a multiple of.
const settleStep = 10 * time.Second

// Settles is how long a window would probably decide an outcome that is too close to call; 0
// if none would that is worth its time.
func (r Row) Settles(o Outcome) time.Duration {
	m := r.Record.Measured
	if !o.Borderline || o.Longer == 0 || m == nil {
		return 0
	}
	// A fifth more, since what was estimated is itself uncertain.
	steps := math.Ceil((1.2*o.Longer*m.Duration + m.Stopped.LeftOut()) / settleStep.Seconds())
	return time.Duration(steps) * settleStep
}

// Settle is how long a window would probably decide the row; 0 if none would, or it is decided.
func (r Row) Settle() (longest time.Duration) {
	for _, o := range r.Judgement.Close() {
		d := r.Settles(o)
		if d == 0 {
			return 0
		}
		longest = max(longest, d)
	}
	return longest
}

// WindowFlag asks for a window of that length, or for one of duration auto that may be as long.
func (r Row) WindowFlag(d time.Duration) string {
	if m := r.Record.Measured; m != nil && m.Stopped != nil {
		return fmt.Sprintf("--max-duration %vs", d.Seconds())
	}
	return fmt.Sprintf("--duration %vs", d.Seconds())
}
