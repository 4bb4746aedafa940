package analysis

import (
	"fmt"
	"math"
	"slices"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// Verdict is a row's or a cell's standing against the SLO.
type Verdict string

// The verdicts. A row has none when there is no SLO.
const (
	Pass Verdict = "PASS"
	Fail Verdict = "FAIL"
	// Borderline: the window cannot tell on which side of a bound a value is. Neither good
	// nor bad; a longer window may tell.
	Borderline Verdict = "BORDERLINE"
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
	Objective experiment.Objective
	// Value is the point estimate that was judged: milliseconds, with failed
	// requests counted as infinitely slow; the failures' ratio; or successes a second.
	// It is +Inf for a latency that falls among the failures, NaN for what was not kept.
	Value float64
	Pass  bool
	// Slow is how many requests under way when the window closed count as slow.
	Slow int64
	// Undecided says that the record cannot decide it: it has no such value, or requests of
	// which nothing is known could turn the outcome. It then neither passes nor fails the row.
	Undecided bool
	// Borderline says that the value is too close to its bound to call: chance, or Python
	// Locust's rounding, may have put it where it is. It then neither passes nor fails.
	Borderline bool
	// Interval is the value's, nil where it is not known.
	Interval *Interval
	// Longer is how many times as long a window would probably decide what is Borderline; 0 if
	// none would that is worth its time.
	Longer float64
	// Margin is how far the value is from its bound, as ln(share of bad requests ÷ the share
	// allowed), whatever the metric: below 0 passes, 0 is the bound, NaN not known (margin.go).
	Margin float64
	// Text says it in words: "p95 is 912 ms, not below 800ms (14 % over)".
	Text string
	// Shared is Text without the row's own numbers, for several rows that miss the objective
	// for the same reason and show the numbers in a column; empty if it does not apply.
	Shared string
	// Doubts say why the record may not settle the objective.
	Doubts []string
}

// Missed returns the outcomes that clearly did not pass.
func (j Judgement) Missed() []Outcome { return j.outcomes(Outcome.missed) }

// Close returns those that are too close to call.
func (j Judgement) Close() []Outcome { return j.outcomes(func(o Outcome) bool { return o.Borderline }) }

func (j Judgement) outcomes(which func(Outcome) bool) []Outcome {
	return slices.DeleteFunc(slices.Clone(j.Outcomes), func(o Outcome) bool { return !which(o) })
}

// doubts say why the verdict may be wrong: those of all objectives if it passes, and none
// for a FAIL if one objective is missed beyond doubt.
func (j Judgement) doubts() []string {
	var out []string
	for _, o := range j.Outcomes {
		switch missed := o.missed(); {
		case j.Verdict == Fail && !missed:
			continue
		case j.Verdict == Fail && len(o.Doubts) == 0:
			return nil
		}
		out = append(out, o.Doubts...)
	}
	return out
}

// missed tells whether it is clear that the objective was not met.
func (o Outcome) missed() bool { return !o.Pass && !o.Undecided && !o.Borderline }

// MissesRateOnly tells whether only a rate was missed, which few users do not reach however
// well they are served.
func (j Judgement) MissesRateOnly() bool {
	missed := j.Missed()
	return len(missed) > 0 && !slices.ContainsFunc(missed, func(o Outcome) bool { return !o.Objective.Above })
}

// Judge compares one record with the SLO. A value must stay below its bound, or above it;
// meeting it exactly fails.
func Judge(rec result.Record, slo []experiment.Objective) Judgement {
	return new(Reader).judge(&rec, slo)
}

func (r *Reader) judge(rec *result.Record, slo []experiment.Objective) Judgement {
	slo = ofRecords(slo)
	if len(slo) == 0 {
		return Judgement{}
	}
	if rec.Status != result.Success || rec.Measured == nil {
		return Judgement{Verdict: NoData}
	}
	var j Judgement
	for _, o := range slo {
		if out, ok := r.outcome(rec, o, slo); ok {
			out.heed(rec.Measured.Stopped)
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
		case o.missed():
			return Fail
		case o.Undecided:
			v = NoData
		case o.Borderline && v == Pass:
			v = Borderline
		}
	}
	return v
}

// outcome compares a measurement with one objective of the SLO; false if it says nothing about
// it.
func (r *Reader) outcome(rec *result.Record, o experiment.Objective, slo []experiment.Objective) (Outcome, bool) {
	m := rec.Measured
	s, ok := scopeOf(m, o.Endpoint)
	s.waiting, s.reader = waiting(rec), r
	if !ok {
		return untold(o, fmt.Sprintf("the record has nothing of %s, it has %s", o.Endpoint, tasksOf(m))), true
	}
	switch o.Metric {
	case v1alpha1.MetricFailures:
		return judgeFailures(s, o, boundsLatency(slo, o.Endpoint))
	case v1alpha1.MetricMean:
		return judgeMean(s, o)
	case v1alpha1.MetricRPS:
		if unasked(m) {
			return Outcome{}, false
		}
		return judgeRate(s, o)
	}
	p, known := percentile(o.Metric)
	if !known { // a report may be made of a newer program's run
		return untold(o, fmt.Sprintf("this version does not know the metric %s", o.Metric)), true
	}
	return judgePercentile(s, o, p)
}

// unasked tells whether no request at all reached the target, as when its name cannot be
// looked up: then it has no rate, not a rate of 0.
func unasked(m *result.Measured) bool {
	return m.Requests == 0 && (m.Flight == nil || m.Flight.AtEnd == 0)
}

// tasksOf names the tasks in a record, for somebody who misspelt one.
func tasksOf(m *result.Measured) string {
	if len(m.Endpoints) == 0 {
		return "no task"
	}
	names := make([]string, len(m.Endpoints))
	for i, e := range m.Endpoints {
		names[i] = e.Endpoint.String()
	}
	return some(names)
}

// untold is the outcome of an objective that the record cannot decide.
func untold(o experiment.Objective, why string) Outcome {
	text := fmt.Sprintf("%s cannot be decided: %s", o, why)
	return Outcome{Objective: o, Value: math.NaN(), Margin: math.NaN(), Undecided: true, Text: text, Doubts: []string{text}}
}

func judgeFailures(s scope, o experiment.Objective, bounded bool) (Outcome, bool) {
	if !bounded && undecided(s, o) {
		out := untold(o, fmt.Sprintf("%d of %d requests that ended failed, and %s under way for longer than any that ended; a longer window, or a bound on p95 as well, would decide it",
			s.failures, s.requests, matrix.CountWere(int(s.flight.Unheard), "request")))
		out.Value = s.failureRatio()
		return out, true
	}
	if s.requests == 0 {
		return Outcome{}, false
	}
	ratio := s.failureRatio()
	out := Outcome{Objective: o, Value: ratio, Pass: o.Met(ratio), Margin: shareMargin(float64(s.failures), float64(s.requests), o.Bound)}
	shown := FormatPercent(FailurePercent(s.failures, s.requests)) + " %"
	out.Text = fmt.Sprintf("%s are %s, below %s", o.Subject(), shown, o.Text)
	if !out.Pass {
		out.Text = fmt.Sprintf("%s are %s (%d of %d), not below %s", o.Subject(), shown, s.failures, s.requests, o.Text)
	}
	if w := s.slowWindow(0); w != nil {
		low, high := w.Share(never)
		i := Interval{low, high}
		out.weigh(i, share, i.longer(ratio, o.Bound))
	}
	return out, true
}

// judgeRate counts successes: fast failures are not throughput, and what did not end in the
// window was not served in it.
func judgeRate(s scope, o experiment.Objective) (Outcome, bool) {
	if s.seconds <= 0 {
		return Outcome{}, false
	}
	rate := float64(s.requests-s.failures) / s.seconds
	out := Outcome{Objective: o, Value: rate, Pass: o.Met(rate), Margin: ratioMargin(o.Bound / rate)}
	out.Text = fmt.Sprintf("%s is %s, above %s", o.Subject(), sided(rate, o.Bound), o.Text)
	if !out.Pass {
		out.Text = fmt.Sprintf("%s is %s, not above %s%s", o.Subject(), sided(rate, o.Bound), o.Text, under(rate, o.Bound))
	}
	if s.failures > 0 {
		out.Text += ", failed requests not counted"
	}
	if s.edgeError > 0 && math.Abs(rate-o.Bound) <= s.edgeError*rate {
		out.Doubts = append(out.Doubts, fmt.Sprintf("%s is decided within the %s by which rates may be off at the window's edges", o, share(s.edgeError)))
	}
	if w := s.okWindow(); w != nil {
		r := w.Rate()
		i := Interval{r.Low, r.High}
		out.weigh(i, threeDigits, i.longer(rate, o.Bound))
	}
	return out, true
}

func judgePercentile(s scope, o experiment.Objective, p Percentile) (Outcome, bool) {
	least, most := s.flight.Late(limit(o))
	if s.requests+most.Requests == 0 {
		return Outcome{}, false
	}
	e, w := effective(s, p, most.Requests), s.slowWindow(most.Requests)
	if w != nil && e.shift > 0 {
		// The batches know which requests failed, so that nothing has to be interpolated.
		e.value = max(e.low, result.Millis(w.Value(p.Level))*(1+stats.Coarse))
	}
	switch {
	case e.missing:
		return untold(o, fmt.Sprintf("%s is not available, the run did not keep it", o.Metric)), true
	case least != most && o.Met(effective(s, p, least.Requests).value) != o.Met(e.value):
		return untold(o, agesNotKept(s)), true
	}
	out := percentileOutcome(s, o, p, e, most.Requests)
	out.weighPercentile(s, p, w)
	out.Margin = percentileMargin(s, p, e, most.Requests, w, o)
	return out, true
}

func percentileOutcome(s scope, o experiment.Objective, p Percentile, e estimate, slow int64) Outcome {
	out := Outcome{Objective: o, Value: e.value, Pass: o.Met(e.value), Slow: slow, Doubts: latencyDoubts(s, o, p, e)}
	all, _ := p.Of(s.latency)
	switch {
	case math.IsInf(e.value, 1):
		bad := float64(s.failures+slow) / float64(s.requests+slow)
		out.Text = fmt.Sprintf("%s of requests %s, %s allows %s to fail or be slow", share(bad), failedOrSlow(s, o, slow), o, share(1-p.Level))
		if slow == 0 && o.Endpoint == "" {
			out.Shared = fmt.Sprintf("more requests failed than the %s that %s allows to fail or be slow", share(1-p.Level), o)
		}
	default:
		out.Text = latencyText(o, e.value)
	}
	if s.failures > 0 && !math.IsInf(e.value, 1) && e.value != all {
		out.Text += ", failed requests counted as slow"
	}
	return out
}

func latencyText(o experiment.Objective, value float64) string {
	if o.Met(value) {
		return fmt.Sprintf("%s is %s ms, below %s", o.Subject(), millis(value, o.Bound), o.Text)
	}
	return fmt.Sprintf("%s is %s ms, not below %s%s", o.Subject(), millis(value, o.Bound), o.Text, over(value, o.Bound))
}

// latencyDoubts are about this objective; those about how many requests there were are in countDoubts.
func latencyDoubts(s scope, o experiment.Objective, p Percentile, e estimate) []string {
	var out []string
	// A shift smaller than the chance variation of the percentile's rank says nothing new.
	chance := math.Sqrt(p.Level * (1 - p.Level) / float64(s.requests))
	if e.low < o.Bound && o.Bound <= e.high && e.shift > chance {
		out = append(out, fmt.Sprintf("%s is interpolated: with failed requests counted as slow, %s lies between two known values, of which only one is below", o, o.Metric))
	}
	// At least ten values must lie above it, or it is one of the few largest. Many more
	// failures than allowed do not depend on a few values.
	if (1-p.Level)*float64(s.requests) < tailValues-1e-9 && e.excess < tailValues {
		out = append(out, fmt.Sprintf("%s is decided by fewer than %d values", o, tailValues))
	}
	return out
}

// millis writes a latency with about three digits, or with as many as it takes to
// stay on its side of the bound.
func millis(v, bound float64) string {
	for decimals := aboutThree(v); ; decimals++ {
		scale := math.Pow10(decimals)
		if decimals == 9 || (math.Round(v*scale)/scale < bound) == (v < bound) {
			return trim(v, decimals)
		}
	}
}

// sided is millis for what must stay above its bound.
func sided(v, bound float64) string {
	for decimals := aboutThree(v); ; decimals++ {
		scale := math.Pow10(decimals)
		if decimals == 9 || (math.Round(v*scale)/scale > bound) == (v > bound) {
			return trim(v, decimals)
		}
	}
}

// aboutThree is how many decimals make about three digits.
func aboutThree(v float64) int {
	switch {
	case v >= 100:
		return 0
	case v >= 10:
		return 1
	}
	return 2
}

func over(value, bound float64) string {
	if value == bound {
		return ""
	}
	return fmt.Sprintf(" (%s over)", share(value/bound-1))
}

func under(value, bound float64) string {
	if value == bound {
		return ""
	}
	return fmt.Sprintf(" (%s under)", share(1-value/bound))
}
