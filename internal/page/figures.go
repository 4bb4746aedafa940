package page

import (
	"cmp"
	"math"
	"slices"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// figure is a metric and how to read it off a row.
type figure struct {
	Metric
	// read gives NaN for what is not known.
	read func(report.Row) (v float64, i *analysis.Interval)
	// write is for people.
	write func(float64) string
	// least is what those requests took that ended, where the value is without bounds; nil for
	// what has no value then.
	least func(report.Row) float64
}

// The ids of the metrics that are there without an SLO.
const (
	idRPS      = "rps"
	idFailures = "failures"
	idCPU      = "cpu"
	idCost     = "cost"
)

// figures are those of the SLO first, then what every run has, then what is known of some only.
func (b *builder) figures() (out []figure) {
	add := func(f figure) {
		if !slices.ContainsFunc(out, func(o figure) bool { return o.ID == f.ID }) {
			out = append(out, f)
		}
	}
	for _, o := range b.SLO {
		if !o.OfReplicas() {
			add(objectiveFigure(o))
		}
	}
	for _, p := range []string{"p50", "p95", "p99"} {
		add(latencyFigure(p))
	}
	add(figure{Metric: Metric{ID: idRPS, Name: "RPS", Unit: "/s"}, read: readRPS, write: report.Rate})
	add(figure{Metric: Metric{ID: idFailures, Name: "failures", Unit: "%", Less: true}, read: readFailures, write: analysis.FormatPercent})
	if slices.ContainsFunc(b.shown, func(r report.Row) bool { return cores(r) != nil }) {
		add(figure{Metric: Metric{ID: idCPU, Name: "CPU of the target", Unit: "cores", Less: true}, read: readCPU, write: report.Rate})
	}
	if len(b.Costs) > 0 {
		add(b.costFigure())
	}
	return out
}

func (b *builder) costFigure() figure {
	costs := map[matrix.Key]float64{}
	for _, c := range b.Costs {
		costs[c.Row.Record.Key] = c.PerMillion
	}
	read := func(r report.Row) (float64, *analysis.Interval) {
		if c, ok := costs[r.Record.Key]; ok {
			return c, nil
		}
		return math.NaN(), nil
	}
	name := "cost per million requests"
	return figure{Metric: Metric{ID: idCost, Name: name, Unit: words.OneLine(b.Pricing.Currency), Less: true}, read: read, write: report.Amount}
}

// value is what a row has of it; nil for what is not known.
func (f figure) value(r report.Row) *Value {
	v, i := f.read(r)
	switch {
	case math.IsInf(v, 1) && f.least != nil:
		return f.atLeast(f.least(r))
	case !sane(v):
		return nil
	}
	out := &Value{V: digits(v, 6), Text: f.write(v)}
	if i != nil {
		out.Low, out.High = end(i.Low), end(i.High)
	}
	return out
}

// sane tells whether anybody can have measured a value: a journal may hold anything.
func sane(v float64) bool { return v >= 0 && v < 1e15 }

// atLeast is a latency that falls among requests that failed or did not end. It is above its
// bound, and no less than what those that ended took.
func (f figure) atLeast(ended float64) *Value {
	v := *f.Bound
	if ended > v {
		v = ended
	}
	return &Value{V: digits(v, 6), Text: "> " + f.write(v), Heat: new(1.)}
}

// end is an end of an interval; nil where that is not known.
func end(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = digits(v, 5)
	return &v
}

// digits rounds to so many significant digits: what is beyond is no one's knowledge, and only
// makes the page larger.
func digits(v float64, n int) float64 {
	if v == 0 {
		return 0
	}
	places := n - 1 - int(math.Floor(math.Log10(math.Abs(v))))
	if places <= 0 {
		return math.Round(v)
	}
	scale := math.Pow10(places)
	if r := math.Round(v*scale) / scale; !math.IsNaN(r) && !math.IsInf(r, 0) {
		return r
	}
	return 0 // too small to be told from nothing
}

// numbers is a row's measurement that has requests, valid or not.
func numbers(r report.Row) *result.Measured {
	if m := r.Numbers(); m != nil && m.Requests > 0 {
		return m
	}
	return nil
}

func latencyFigure(name string) figure {
	of := analysis.Percentiles()[slices.IndexFunc(analysis.Percentiles(), func(p analysis.Percentile) bool { return string(p.Metric) == name })].Of
	read := func(r report.Row) (float64, *analysis.Interval) {
		m := numbers(r)
		if m == nil {
			return math.NaN(), nil
		}
		v, _ := of(m.Latency)
		return v, intervalOf(r.Intervals, name)
	}
	return figure{Metric: Metric{ID: name, Name: name, Unit: "ms", Less: true}, read: read, write: report.Millis}
}

func intervalOf(i *analysis.Intervals, name string) *analysis.Interval {
	if i == nil {
		return nil
	}
	switch name {
	case "p50":
		return &i.P50
	case "p95":
		return &i.P95
	case "p99":
		return &i.P99
	}
	return nil
}

func readRPS(r report.Row) (float64, *analysis.Interval) {
	m := r.Numbers()
	if m == nil {
		return math.NaN(), nil
	}
	if r.Intervals != nil {
		return m.RPS, &r.Intervals.RPS
	}
	return m.RPS, nil
}

func readFailures(r report.Row) (float64, *analysis.Interval) {
	m := numbers(r)
	if m == nil {
		return math.NaN(), nil
	}
	return analysis.FailurePercent(m.Failures, m.Requests), nil
}

// cores is what the target used; nil where that is not known.
func cores(r report.Row) *float64 {
	if u := r.Record.Observed.TargetUsage; u != nil && u.Unavailable == "" && r.Numbers() != nil {
		return &u.CPUCores
	}
	return nil
}

func readCPU(r report.Row) (float64, *analysis.Interval) {
	if c := cores(r); c != nil {
		return *c, nil
	}
	return math.NaN(), nil
}

// objectiveFigure has the value that was judged, which counts failed requests as slow, and
// successes only as served. Where nothing was judged, it is what was measured.
func objectiveFigure(o experiment.Objective) figure {
	m := Metric{ID: words.OneLine(o.Subject()), Name: words.OneLine(o.Subject()), BoundText: o.Text, Less: !o.Above, Unit: "ms"}
	scale, write := 1., func(v float64) string { return analysis.FormatMillis(v, o.Bound) }
	switch o.Metric {
	case v1alpha1.MetricFailures:
		scale, m.Unit = 100, "%"
		write = analysis.FormatPercent
	case v1alpha1.MetricRPS:
		m.ID, m.Name, m.Unit = "ok_"+m.ID, "successful "+m.Name, "/s"
	}
	m.Bound = new(digits(scale*o.Bound, 6))
	read := func(r report.Row) (float64, *analysis.Interval) {
		v, i := judgedValue(r, o)
		if math.IsNaN(v) {
			return scale * measuredValue(r, o), nil
		}
		if i != nil && scale != 1 {
			i = &analysis.Interval{Low: scale * i.Low, High: scale * i.High}
		}
		return scale * v, i
	}
	f := figure{Metric: m, read: read, write: write}
	if o.Latency() && o.Metric != v1alpha1.MetricMean {
		f.least = func(r report.Row) float64 { return measuredValue(r, o) }
	}
	return f
}

func judgedValue(r report.Row, o experiment.Objective) (float64, *analysis.Interval) {
	for _, out := range r.Judgement.Outcomes {
		if out.Objective == o {
			return out.Value, out.Interval
		}
	}
	return math.NaN(), nil
}

// measuredValue is an objective's value in a window that may not be judged.
func measuredValue(r report.Row, o experiment.Objective) float64 {
	m := numbers(r)
	if m == nil {
		return math.NaN()
	}
	if o.Endpoint == "" {
		return plainValue(m.Requests, m.Failures, m.Duration, m.Latency, o.Metric)
	}
	for _, e := range m.Endpoints {
		if e.Endpoint.String() == o.Endpoint && e.Requests > 0 {
			return plainValue(e.Requests, e.Failures, m.Duration, e.Latency, o.Metric)
		}
	}
	return math.NaN()
}

func plainValue(requests, failures int64, seconds float64, l result.Latency, metric v1alpha1.Metric) float64 {
	switch metric {
	case v1alpha1.MetricFailures:
		return float64(failures) / float64(requests)
	case v1alpha1.MetricRPS:
		return float64(requests-failures) / cmp.Or(seconds, math.NaN())
	case v1alpha1.MetricMean:
		return l.Mean
	}
	for _, p := range analysis.Percentiles() {
		if v, kept := p.Of(l); p.Metric == metric && kept {
			return v
		}
	}
	return math.NaN()
}
