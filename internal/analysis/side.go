package analysis

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Side is a cell on one side of an answer, and what shows that it is there.
type Side struct {
	Replicas, Users int
	Verdict         Verdict
	// Inferred says that the cell was not measured: By is another one.
	Inferred bool
	// By is the scenario whose measurement shows it.
	By matrix.Scenario
	// Text is the value that decided, with its interval: "p95 610 ms, 560 to 680". It is empty
	// where the cell was not measured: an inferred cell has no latency.
	Text string
	// Estimated says that no interval is known, so that chance may have decided.
	Estimated bool
}

// side is what shows a cell's verdict.
func (c cell) side(p place) *Side {
	s := &Side{Replicas: p.replicas, Users: p.users, Verdict: c.verdict, Inferred: c.inferred, By: c.by}
	_, s.Text, s.Estimated = decisive(c.rows, c.verdict)
	if c.inferred || s.Text == "" {
		s.Text = "" // of an audit there is no row
	}
	return s
}

// decisive is the value that decided, of the round that is nearest to the other side or
// beyond. A pass is due to all objectives: the first stands for them. Where no round has the
// verdict, all of them together have it, and round is nil.
func decisive(rows []Row, v Verdict) (round *Row, text string, estimated bool) {
	if v == Pass && !slices.ContainsFunc(rows, func(r Row) bool { return r.Judgement.Verdict == v }) {
		return nil, together(rows), false // as rounds that are too close to call one by one can
	}
	most := math.Inf(-1)
	for i, r := range rows {
		for _, o := range r.Judgement.Outcomes {
			counts := decides(o, v) || v == Pass && o.Borderline
			if counts && (text == "" || o.Margin > most) {
				round, most, text, estimated = &rows[i], o.Margin, o.short(), o.Interval == nil
			}
			if counts && v == Pass {
				break
			}
		}
	}
	if text == "" {
		return nil, together(rows), true
	}
	return round, text, estimated
}

// together names the values of all rounds: "p95 180 ms and p95 185 ms together".
func together(rows []Row) string {
	var values []string
	for _, r := range rows {
		if len(r.Judgement.Outcomes) > 0 {
			worst := slices.MaxFunc(r.Judgement.Outcomes, func(a, b Outcome) int { return cmp.Compare(a.Margin, b.Margin) })
			values = append(values, worst.Objective.Subject()+" "+ends(worst.Objective.Metric)(worst.Value))
		}
	}
	if len(values) == 0 {
		return ""
	}
	return strings.Join(values, " and ") + " together"
}

// decides tells whether the verdict of a row may be due to the objective.
func decides(o Outcome, v Verdict) bool {
	switch v {
	case Fail:
		return o.missed()
	case Borderline:
		return o.Borderline
	}
	return o.Pass
}

// short is the outcome as a value: "p95 of GET x 610 ms, 560 to 680".
func (o Outcome) short() string {
	if math.IsInf(o.Value, 0) || math.IsNaN(o.Value) {
		return o.Text
	}
	end := ends(o.Objective.Metric)
	text := o.Objective.Subject() + " " + end(o.Value)
	switch {
	case o.Interval == nil:
		return text
	case o.Pass && o.Interval.holds(o.Objective.Bound):
		return text + ", far from " + o.Objective.Text
	}
	low := bare(end(o.Interval.Low))
	if math.IsInf(o.Interval.High, 1) {
		return text + ", " + low + " or more"
	}
	return text + ", " + low + " to " + bare(end(o.Interval.High))
}

// bare is a value without its unit.
func bare(text string) string {
	number, _, _ := strings.Cut(text, " ")
	return number
}

// ends is how the values of a metric are written.
func ends(m v1alpha1.Metric) func(float64) string {
	switch m {
	case v1alpha1.MetricFailures:
		return share
	case v1alpha1.MetricRPS:
		return threeDigits
	}
	return latency
}

// reason is why so many replicas are enough, or so many users pass, or are not and do not:
// "3 hold: p95 610 ms". since says which other scenario an inferred cell follows from.
func (s *Side) reason(what, since string) reason {
	if s.Inferred {
		return reason{what: what + ", since " + since}
	}
	return reason{what: what, text: s.Text}
}

// reason is a part of why an answer is what it is; the text may be all that has to be said.
type reason struct{ what, text string }

// because writes reasons after an answer.
func because(all []reason) string {
	if text := join(all); text != "" {
		return " (" + text + ")"
	}
	return ""
}

// join writes reasons. A single one is about the answer itself.
func join(all []reason) string {
	var parts []string
	for _, r := range all {
		switch {
		case r.text == "" && r.what != "":
			parts = append(parts, r.what)
		case r.text != "" && len(all) == 1:
			parts = append(parts, r.text)
		case r.text != "":
			parts = append(parts, r.what+": "+r.text)
		}
	}
	return strings.Join(parts, "; ")
}
