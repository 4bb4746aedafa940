package analysis

import (
	"fmt"
	"math"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// Verdict is a row's or a cell's standing against the SLO.
type Verdict string

// The verdicts. A row has none when there is no SLO.
const (
	Pass Verdict = "PASS"
	Fail Verdict = "FAIL"
	// NoData: not valid, or no request completed. Neither good nor bad.
	NoData Verdict = "NO DATA"
)

// Judgement is a verdict with its reasons.
type Judgement struct {
	// Verdict is empty without an SLO.
	Verdict Verdict
	// Outcomes has one entry per objective, in the SLO's order; none without data.
	Outcomes []Outcome
}

// Outcome is one objective against one row.
type Outcome struct {
	Objective spec.Objective
	// Value is the point estimate that was judged: milliseconds, with failed
	// requests counted as infinitely slow, or the failures' ratio. It is +Inf for
	// a percentile that falls among the failures.
	Value float64
	Pass  bool
	// Slow is how many requests under way when the window closed count as slow.
	Slow int64
	// Undecided says that requests of which nothing is known could turn the outcome;
	// it does not pass then, and fails nothing.
	Undecided bool
	// Text says it in words: "p95 is 912 ms, not below 800ms (14 % over)".
	Text string
	// Doubts are why the record may not settle the objective.
	Doubts []string
}

// Missed returns the outcomes that did not pass.
func (j Judgement) Missed() []Outcome {
	var out []Outcome
	for _, o := range j.Outcomes {
		if !o.Pass {
			out = append(out, o)
		}
	}
	return out
}

// Judge holds one record against the SLO. Each bound must be stayed below; meeting
// it exactly fails.
func Judge(rec result.Record, slo []spec.Objective) Judgement {
	if len(slo) == 0 {
		return Judgement{}
	}
	if rec.Status != result.Success || rec.Measured == nil {
		return Judgement{Verdict: NoData}
	}
	var j Judgement
	bounded := boundsLatency(slo)
	for _, o := range slo {
		if out, ok := judge(rec.Measured, o, bounded); ok {
			j.Outcomes = append(j.Outcomes, out)
		}
	}
	j.Verdict = verdictOf(j.Outcomes, len(slo))
	return j
}

// verdictOf needs every objective to be decided, or one that fails.
func verdictOf(outcomes []Outcome, objectives int) Verdict {
	v := Pass
	if len(outcomes) < objectives {
		v = NoData
	}
	for _, o := range outcomes {
		switch {
		case o.Undecided:
			v = NoData
		case !o.Pass:
			return Fail
		}
	}
	return v
}

// judge holds a measurement against one objective; false when it says nothing about
// it. bounded says that the SLO bounds a latency, too.
func judge(m *result.Measured, o spec.Objective, bounded bool) (Outcome, bool) {
	if p, ok := percentile(o.Metric); ok {
		slow := slow(m, o)
		if m.Requests+slow == 0 {
			return Outcome{}, false
		}
		return judgeLatency(m, o, p, slow), true
	}
	if !bounded && undecided(m, o) {
		return Outcome{Objective: o, Value: m.FailureRatio(), Undecided: true, Text: undecidedText(m, o), Doubts: []string{undecidedText(m, o)}}, true
	}
	if m.Requests == 0 {
		return Outcome{}, false
	}
	return judgeFailures(m, o), true
}

func undecidedText(m *result.Measured, o spec.Objective) string {
	return fmt.Sprintf("%s cannot be told: %d of %d requests that ended failed, and %s under way for so long that nothing is known of such",
		o, m.Failures, m.Requests, matrix.CountWere(int(m.Flight.Unheard), "request"))
}

func judgeFailures(m *result.Measured, o spec.Objective) Outcome {
	ratio := m.FailureRatio()
	out := Outcome{Objective: o, Value: ratio, Pass: ratio < o.Below}
	shown := FormatPercent(FailurePercent(m.Failures, m.Requests)) + " %"
	out.Text = fmt.Sprintf("failures are %s, below %s", shown, o.Text)
	if !out.Pass {
		out.Text = fmt.Sprintf("failures are %s (%d of %d), not below %s", shown, m.Failures, m.Requests, o.Text)
	}
	return out
}

func judgeLatency(m *result.Measured, o spec.Objective, p Percentile, slow int64) Outcome {
	e := effective(m, p, slow)
	out := Outcome{Objective: o, Value: e.value, Pass: e.value < o.Below, Slow: slow, Doubts: latencyDoubts(m, o, p, e)}
	switch {
	case math.IsInf(e.value, 1):
		bad := float64(m.Failures+slow) / float64(m.Requests+slow)
		out.Text = fmt.Sprintf("%s of requests %s, %s allows %s to fail or be slow", share(bad), failedOrSlow(m, o, slow), o, share(1-p.Level))
	case out.Pass:
		out.Text = fmt.Sprintf("%s is %s ms, below %s", o.Metric, millis(e.value, o.Below), o.Text)
	default:
		out.Text = fmt.Sprintf("%s is %s ms, not below %s%s", o.Metric, millis(e.value, o.Below), o.Text, over(e.value, o.Below))
	}
	if m.Failures > 0 && !math.IsInf(e.value, 1) && e.value != p.Of(m.Latency) {
		out.Text += ", failed requests counted as slow"
	}
	return out
}

// latencyDoubts are about this objective; those about the sample are in doubts.
func latencyDoubts(m *result.Measured, o spec.Objective, p Percentile, e estimate) []string {
	var out []string
	// A smaller shift than the percentile's rank has by chance alone says nothing new.
	chance := math.Sqrt(p.Level * (1 - p.Level) / float64(m.Requests))
	if e.low < o.Below && o.Below <= e.high && e.shift > chance {
		out = append(out, fmt.Sprintf("%s is interpolated: with failed requests counted as slow, %s lies between two known values, of which only one is below", o, o.Metric))
	}
	if !m.Exact && math.Abs(e.value-o.Below) <= bucketError*o.Below {
		out = append(out, fmt.Sprintf("%s is decided within the %s by which bucketed percentiles may be off", o, share(bucketError)))
	}
	// At least ten values above it, or it is one of the few largest.
	if (1-p.Level)*float64(m.Requests) < tailValues-1e-9 {
		out = append(out, fmt.Sprintf("%s is decided by fewer than %d values", o, tailValues))
	}
	return out
}

// millis writes a latency with about three digits, or with as many as it takes to
// stay on its side of the bound.
func millis(v, bound float64) string {
	decimals := 2
	switch {
	case v >= 100:
		decimals = 0
	case v >= 10:
		decimals = 1
	}
	for ; decimals < 9; decimals++ {
		scale := math.Pow10(decimals)
		if (math.Round(v*scale)/scale < bound) == (v < bound) {
			break
		}
	}
	return trim(v, decimals)
}

func over(value, bound float64) string {
	if value == bound {
		return ""
	}
	return fmt.Sprintf(" (%s over)", share(value/bound-1))
}
