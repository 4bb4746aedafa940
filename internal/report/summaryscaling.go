package report

import (
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// summaryPricing is what the rows that pass cost.
type summaryPricing struct {
	PodHour  float64       `json:"pod_hour"`
	Currency string        `json:"currency"`
	Rows     []summaryCost `json:"rows"`
}

type summaryCost struct {
	matrix.Key
	P95        float64 `json:"p95_ms"`
	PodHours   float64 `json:"pod_hours_per_million"`
	PerHour    float64 `json:"cost_per_hour"`
	PerMillion float64 `json:"cost_per_million"`
	Front      bool    `json:"pareto"`
	Answer     bool    `json:"fewest_replicas"`
}

func summarizePricing(m *Model) *summaryPricing {
	if m.Pricing == nil {
		return nil
	}
	out := &summaryPricing{PodHour: m.Pricing.PodHour, Currency: m.Pricing.Currency, Rows: []summaryCost{}}
	for _, c := range m.Costs {
		out.Rows = append(out.Rows, summaryCost{c.Row.Record.Key, c.P95(), c.PodHours, c.PerHour, c.PerMillion, c.Front, c.Answer})
	}
	return out
}

// summaryAutoscaler is what hpa.yaml proposes, or why there is none.
type summaryAutoscaler struct {
	Proposal *summaryHPA `json:"proposal"`
	Why      *string     `json:"why_none"`
}

type summaryHPA struct {
	Min      int             `json:"min_replicas"`
	Max      int             `json:"max_replicas"`
	Least    []matrix.Key    `json:"min_backed_by"`
	Most     []matrix.Key    `json:"max_backed_by"`
	CPU      *summarySignal  `json:"cpu_utilization"`
	Rate     *summarySignal  `json:"rps_per_pod"`
	Startup  *result.ScaleUp `json:"slowest_scale_up"`
	Warming  *summaryWarming `json:"load_after_scale_up"`
	Doubts   []string        `json:"doubts"`
	Unproven []string        `json:"unproven"`
}

// summaryWarming is how the load that followed a scale-up found the target.
type summaryWarming struct {
	Answered float64 `json:"first_answer_s"`
	Full     float64 `json:"full_speed_s"`
	Seen     bool    `json:"warm_up_seen"`
}

type summarySignal struct {
	Target   float64      `json:"target"`
	Measured float64      `json:"measured"`
	BackedBy []matrix.Key `json:"backed_by"`
	// Fails is the lowest value with which the SLO was missed; null if it was not.
	Fails *float64 `json:"lowest_failing"`
}

func summarizeAutoscaler(a *Autoscaler) *summaryAutoscaler {
	switch {
	case a == nil:
		return nil
	case a.Scaling == nil:
		return &summaryAutoscaler{Why: &a.Why}
	}
	s := a.Scaling
	out := &summaryHPA{
		Min: s.Min(), Max: s.Max(), Least: keysOf(s.Fewest()), Most: keysOf(s.Most),
		CPU: summarizeSignal(s.CPU), Rate: summarizeSignal(s.Rate),
		Doubts: Array(s.Doubts), Unproven: Array(s.Unproven),
	}
	if s.Startup != nil {
		out.Startup = &s.Startup.ScaleUp
		if w := s.Startup.Warming; w != nil {
			out.Warming = &summaryWarming{w.Answered, w.Full, w.Seen}
		}
	}
	return &summaryAutoscaler{Proposal: out}
}

func keysOf(p analysis.Proof) (out []matrix.Key) {
	for _, r := range p.Rows {
		out = append(out, r.Record.Key)
	}
	return out
}

func summarizeSignal(s *analysis.Signal) *summarySignal {
	if s == nil {
		return nil
	}
	return &summarySignal{s.Target(), s.Value, keysOf(s.At), finite(s.FailsAt)}
}
