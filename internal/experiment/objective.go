package experiment

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// Objective is one parsed line of the SLO.
type Objective struct {
	Metric v1alpha1.Metric
	// Endpoint is the one task that it is about, as "POST order"; empty means all requests.
	Endpoint string
	// Bound is in milliseconds for latencies, a ratio (0.01) for failures and the efficiency,
	// and a number of requests a second for rps.
	Bound float64
	// Above says that the value must stay above Bound and not below it.
	Above bool
	// Text is the bound as written: "800ms", "1%".
	Text string
}

// Subject reads "p95 of POST order".
func (o Objective) Subject() string {
	if o.Endpoint == "" {
		return string(o.Metric)
	}
	return fmt.Sprintf("%s of %s", o.Metric, o.Endpoint)
}

// Side is "above" or "below".
func (o Objective) Side() string { return pick(o.Above, "above", "below") }

// String reads "p95 < 800ms", "rps of POST order > 100".
func (o Objective) String() string {
	return fmt.Sprintf("%s %s %s", o.Subject(), pick(o.Above, ">", "<"), o.Text)
}

// Latency tells whether the bound is one of time.
func (o Objective) Latency() bool {
	return o.Metric != v1alpha1.MetricFailures && o.Metric != v1alpha1.MetricRPS && !o.OfReplicas()
}

// OfReplicas tells whether it judges replica counts, by all that was measured of each, and no
// scenario.
func (o Objective) OfReplicas() bool { return o.Metric == v1alpha1.MetricEfficiency }

// Met tells whether a value is on the right side. Meeting the bound exactly is not enough.
func (o Objective) Met(value float64) bool {
	if o.Above {
		return value > o.Bound
	}
	return value < o.Bound
}

// writtenObjective has everything but the bound's number.
func writtenObjective(o v1alpha1.Objective) Objective {
	above := o.Above != "" && o.Below == ""
	return Objective{Metric: o.Metric, Endpoint: o.Endpoint, Above: above, Text: string(cmp.Or(o.Below, o.Above))}
}

// metric describes one metric.
type metric struct {
	name v1alpha1.Metric
	// above says that more of it is better.
	above bool
	parse func(text string) (float64, error)
}

func metrics() []metric {
	return []metric{
		{v1alpha1.MetricP50, false, parseMillis},
		{v1alpha1.MetricP90, false, parseMillis},
		{v1alpha1.MetricP95, false, parseMillis},
		{v1alpha1.MetricP99, false, parseMillis},
		{v1alpha1.MetricP999, false, parseMillis},
		{v1alpha1.MetricMean, false, parseMillis},
		{v1alpha1.MetricFailures, false, parsePercent},
		{v1alpha1.MetricRPS, true, parseRate},
		{v1alpha1.MetricEfficiency, true, parseEfficiency},
	}
}

func metricNames() []string {
	var names []string
	for _, m := range metrics() {
		names = append(names, string(m.name))
	}
	return names
}

func (d *document) validateSLO(in []v1alpha1.Objective) []Objective {
	var out []Objective
	for i, o := range in {
		at := fmt.Sprintf("spec.slo[%d]", i)
		same := func(other v1alpha1.Objective) bool { return other.Metric == o.Metric && other.Endpoint == o.Endpoint }
		if slices.ContainsFunc(in[:i], same) {
			d.addf(at+".metric", "repeats %s; give it one bound", writtenObjective(o).Subject())
		}
		if d.given[at+".endpoint"] {
			d.notEmpty(at+".endpoint", o.Endpoint, "a task, such as POST order")
		}
		parsed := writtenObjective(o)
		parsed.Bound = d.bound(at, o)
		if parsed.OfReplicas() && o.Endpoint != "" {
			d.addf(at+".endpoint", "is %q, but the efficiency is of a replica count, not of one task; leave it out", o.Endpoint)
		}
		out = append(out, parsed)
	}
	if len(out) > 0 && !slices.ContainsFunc(out, func(o Objective) bool { return !o.OfReplicas() }) {
		d.addf("spec.slo", "has only the efficiency, which compares how much replicas carry within other bounds; give one of those too, as in {metric: p95, below: 200ms}")
	}
	return out
}

// bound reads the bound of an objective, on the side that its metric has.
func (d *document) bound(at string, o v1alpha1.Objective) float64 {
	known := metrics()
	i := slices.IndexFunc(known, func(m metric) bool { return m.name == o.Metric })
	if i < 0 {
		d.oneOf(at+".metric", string(o.Metric), metricNames()...)
		return 0
	}
	text, wrong, side, other := o.Below, o.Above, "below", "above"
	if known[i].above {
		text, wrong, side, other = wrong, text, other, side
	}
	if wrong != "" || d.given[at+"."+other] {
		d.addf(at+"."+other, "is not a bound of %s, which must stay %s one; write %s: %s", o.Metric, side, side, cmp.Or(text, wrong))
		return 0
	}
	v, err := known[i].parse(string(text))
	if err != nil {
		d.addf(at+"."+side, "%v", err)
	}
	return v
}

// parseMillis reads "800ms".
func parseMillis(text string) (float64, error) {
	v, err := time.ParseDuration(text)
	switch {
	case text == "":
		return 0, errors.New("is missing, must be a duration, as in 800ms")
	case isNumber(text):
		return 0, fmt.Errorf("is %s, which lacks a unit; write %sms", text, text)
	case err != nil || v <= 0:
		return 0, fmt.Errorf("is %q, must be a duration above 0 with a unit, as in 800ms", text)
	}
	return float64(v) / float64(time.Millisecond), nil
}

// parsePercent reads "1%" into a ratio.
func parsePercent(text string) (float64, error) {
	number, isPercent := strings.CutSuffix(text, "%")
	p, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	switch {
	case text == "":
		return 0, errors.New("is missing, must be a percentage, as in 1%")
	case !isPercent && isNumber(text) && p > 0 && p < 1:
		return 0, fmt.Errorf("is %s, which lacks a unit; write %s%%, or %s%% if that is a ratio", text, text, strconv.FormatFloat(math.Round(p*1e8)/1e6, 'f', -1, 64))
	case !isPercent && isNumber(text):
		return 0, fmt.Errorf("is %s, which lacks a unit; write %s%%", text, text)
	case !isPercent || err != nil || !(p > 0 && p <= 100):
		return 0, fmt.Errorf("is %q, must be a percentage above 0%% and at most 100%%, as in 1%%", text)
	}
	return p / 100, nil
}

// parseEfficiency reads "85%" into a ratio. The fewest replicas have 100 %, and must be able to pass.
func parseEfficiency(text string) (float64, error) {
	v, err := parsePercent(text)
	switch {
	case text == "":
		return 0, errors.New("is missing, must be a percentage, as in 85%")
	case err == nil && v >= 1:
		return 0, fmt.Errorf("is %s, must be below 100%%, which the fewest replicas have, as in 85%%", text)
	}
	return v, err
}

// parseRate reads "100", requests a second.
func parseRate(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case text == "":
		return 0, errors.New("is missing, must be a number of requests a second, as in 100")
	case err != nil || !(v > 0 && v <= math.MaxFloat32):
		return 0, fmt.Errorf("is %q, must be a number of requests a second above 0, as in 100", text)
	}
	return v, nil
}

// isNumber tells whether text is a number without a unit.
func isNumber(text string) bool {
	v, err := strconv.ParseFloat(text, 64)
	return err == nil && !math.IsInf(v, 0) && !math.IsNaN(v)
}

// validateEndpoints checks that the SLO's endpoints are tasks of the swarmfile. The tasks of
// a locustfile, or of a master that already runs, are not known.
func (d *document) validateEndpoints(e *Experiment) {
	if e.Swarmfile == nil {
		return
	}
	var known []string
	for _, t := range e.Tasks() {
		if !slices.Contains(known, t.String()) {
			known = append(known, t.String())
		}
	}
	for i, o := range e.SLO {
		if o.Endpoint != "" && !slices.Contains(known, o.Endpoint) {
			d.addf(fmt.Sprintf("spec.slo[%d].endpoint", i), "%s", UnknownEndpoint(o.Endpoint, known))
		}
	}
}

// UnknownEndpoint says that no task has the name, and which tasks there are.
func UnknownEndpoint(name string, known []string) string {
	return fmt.Sprintf("is %q, which no task is called%s; known: %s", name, didYouMean(name, known), strings.Join(known, ", "))
}

// ParseObjectives reads an SLO that was valid when it was stored.
func ParseObjectives(in []v1alpha1.Objective) ([]Objective, error) {
	doc := newDocument("slo")
	out := doc.validateSLO(in)
	return out, doc.err()
}
