package page

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

func (b *builder) curves() {
	c := Curves{Latencies: []int{}, Models: b.models(), Sizes: []Size{}}
	for i, m := range b.doc.Metrics {
		switch {
		case m.ID == idRPS:
			c.Throughput = i
		case m.Unit == "ms":
			c.Latencies = append(c.Latencies, i)
		}
	}
	for _, cell := range b.cells { // by replicas and users
		row := b.row(cell.Shown().Record.Key)
		if cell.Inferred || row == nil || b.shown[*row].Record.Status != result.Success || numbers(b.shown[*row]) == nil {
			continue
		}
		if n := len(c.Lines); n == 0 || c.Lines[n-1].Replicas != cell.Replicas {
			c.Lines = append(c.Lines, CurveLine{Replicas: cell.Replicas, Knee: b.knee(cell.Replicas), Model: b.modelCurve(cell.Replicas)})
		}
		line := &c.Lines[len(c.Lines)-1]
		line.Rows = append(line.Rows, *row)
	}
	c.Lines = report.Array(c.Lines)
	for _, s := range b.Sizes {
		c.Sizes = append(c.Sizes, b.sizeOf(s))
	}
	b.doc.Curves = c
}

// knee is where the bounds of a replica count that was saturated cross.
func (b *builder) knee(replicas int) *Knee {
	for _, bound := range b.Advice.Bounds {
		if bound.Replicas == replicas && bound.Knee > 0 {
			users := int(math.Round(bound.Knee))
			return &Knee{users, fmt.Sprintf("from about %s on requests wait for one another (%s: at most %s RPS)",
				matrix.Count(users, "user"), matrix.Count(replicas, "replica"), report.Rate(bound.Largest))}
		}
	}
	return nil
}

// modelCurve is nil where no model may be believed.
func (b *builder) modelCurve(replicas int) *ModelCurve {
	for _, p := range b.Advice.Predicted {
		if p.Replicas != replicas {
			continue
		}
		out := &ModelCurve{Users: []float64{}, RPS: []float64{}, Latency: []float64{}, LatencyOf: b.metric("p95")}
		for _, place := range p.Curve {
			out.Users, out.RPS = append(out.Users, float64(place.Users)), append(out.RPS, digits(place.Rate, 4))
			out.Latency = append(out.Latency, digits(1000*place.P95, 4))
		}
		return out
	}
	return nil
}

// metric is where the metric of an id is; nil if there is none.
func (b *builder) metric(id string) *int {
	if i := slices.IndexFunc(b.doc.Metrics, func(m Metric) bool { return m.ID == id }); i >= 0 {
		return &i
	}
	return nil
}

// models says where the curves of models are from, or why there are none.
func (b *builder) models() string {
	a := b.Advice
	switch {
	case a.Queues == nil:
		return "No model's curves: " + strings.TrimPrefix(a.Refusal, "fitting a queue: ")
	case a.Adequate():
		return "Dashed: expected by a queue that was fitted to the valid scenarios, and not measured: " + report.QueueName(a)
	}
	for _, c := range a.Queues.Better.Adequacy {
		if !c.Holds {
			return fmt.Sprintf("No model's curves: the fitted queue is not to be believed here: %s: %s", c.Name, c.Why)
		}
	}
	return "No model's curves"
}

func (b *builder) sizeOf(s analysis.Size) Size {
	out := Size{Replicas: s.Replicas, Capacity: capacityText(s), Text: "–", Gain: "–", CPU: "–", Limits: "–"}
	if e := s.Efficiency; e != nil {
		out.Efficiency = new(digits(e.Value, 4))
		out.Text = fmt.Sprintf("%.0f %% of that with %s, by %s%s", 100*e.Value, matrix.Count(e.To, "replica"), e.Of, b.tooLow(e.Value))
	}
	if g := s.Gain; g != nil {
		out.Gain = fmt.Sprintf("%+.0f %% over %s", 100*g.Value, matrix.Count(g.To, "replica"))
	}
	if s.CPU != nil {
		out.CPU = fmt.Sprintf("%s ms a request", report.Rate(1000**s.CPU))
	}
	var limits []string
	for _, l := range s.Limits {
		limits = append(limits, fmt.Sprintf("%s: %s", l.Resource, l.Evidence))
	}
	if len(limits) > 0 {
		out.Limits = strings.Join(limits, "; ")
	}
	return out
}

// tooLow says that an efficiency misses the SLO; empty where it does not.
func (b *builder) tooLow(efficiency float64) string {
	for _, o := range b.SLO {
		if o.OfReplicas() && !o.Met(efficiency) {
			return fmt.Sprintf(", not %s %s", o.Side(), o.Text)
		}
	}
	return ""
}

func capacityText(s analysis.Size) string {
	var parts []string
	switch {
	case s.Interpolated > 0:
		parts = append(parts, fmt.Sprintf("about %.0f users within the SLO (%d pass, %d do not)", s.Interpolated, s.Passes, s.Fails))
	case s.Passes > 0 && s.Fails > 0:
		parts = append(parts, fmt.Sprintf("%d users pass, %d do not", s.Passes, s.Fails))
	case s.Passes > 0:
		parts = append(parts, matrix.Count(s.Passes, "user")+" or more")
	case s.Fails > 0:
		parts = append(parts, fmt.Sprintf("fewer than %s", matrix.Count(s.Fails, "user")))
	}
	if s.Largest != nil {
		parts = append(parts, fmt.Sprintf("largest rate %s RPS with %s", report.Rate(s.Largest.RPS), matrix.Count(s.Largest.Users, "user")))
	}
	return strings.Join(parts, "; ")
}
