package report

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

func (d *markdown) recommendations() {
	d.section(2, "Recommendations")
	d.section(3, "High-Performance Configurations")
	for _, text := range d.highPerformance() {
		d.line("- %s", escape(text))
	}
	d.section(3, "Latency Optimization")
	for _, text := range d.lowLatency() {
		d.line("- %s", escape(text))
	}
}

func (m *Model) highPerformance() []string {
	f := m.Findings
	switch {
	case f.Ranked == 0:
		return []string{"No scenario gave a valid measurement with a successful request, so there is nothing to recommend. See the notes."}
	case len(f.HighPerformance) == 0 && len(m.Causes) > 0:
		// More replicas do not help against a wrong password.
		return []string{"No scenario stays within the SLO (" + analysis.Objectives(m.SLO) + "), and requests failed: see Failures first."}
	case len(f.HighPerformance) == 0:
		return []string{"No scenario stays within the SLO (" + analysis.Objectives(m.SLO) + "); " + m.needed()}
	}
	var out []string
	for _, r := range f.HighPerformance {
		text := fmt.Sprintf("%s: %s RPS at %s median", r.Name(), rps(r), median(r))
		if r.Record.Measured.Failures > 0 {
			text += fmt.Sprintf(", %s failed", failures(r))
		}
		out = append(out, text)
	}
	if f.Scenarios == 1 {
		out = append(out, "One scenario gives nothing to compare it with; add replica or user counts to the matrix.")
	}
	return out
}

// needed is what may help where no scenario passes.
func (m *Model) needed() string {
	switch {
	case m.tooLittleSent():
		return "only throughput is missed: try more users for as long as it grows with them."
	case m.scaled():
		return "more replicas or fewer users are needed."
	}
	return "fewer users or a faster target are needed."
}

// tooLittleSent tells whether no scenario passes and throughput is all that was missed:
// that fewer users would do better, or even that a target is full, does not follow.
func (m *Model) tooLittleSent() bool {
	missed := false
	if len(m.Causes) > 0 {
		return false // what failed may be why
	}
	for _, r := range m.Rows {
		for _, o := range r.Judgement.Outcomes {
			switch {
			case r.Judgement.Verdict == analysis.Pass || !o.Pass && o.Objective.Metric != v1alpha1.MetricRPS:
				return false
			case !o.Pass:
				missed = true
			}
		}
	}
	return missed
}

func (m *Model) lowLatency() []string {
	f := m.Findings
	if len(f.LowLatency) == 0 {
		return []string{"No scenario answered at least half of its requests, so there is no latency to compare."}
	}
	var out []string
	for _, u := range f.LowLatency {
		out = append(out, fmt.Sprintf("%s: lowest median %s with %s%s",
			matrix.Count(u.Users, "user"), median(u.Best.Row), u.Best.Row.Name(), tied(u.Best.Ties)))
	}
	return out
}
