package report

import (
	"fmt"
	"slices"

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
		return []string{"No scenario stays within the SLO (" + analysis.Objectives(m.SLO) + "); " + m.remedy() + "."}
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

// remedy is what may help if no scenario of a run passes its SLO.
func (m *Model) remedy() string {
	switch {
	case m.tooLittleSent():
		return "only throughput is missed: more users, or a target that answers faster, may reach it"
	case !m.scaled():
		return "fewer users or a faster target are needed"
	}
	return "more replicas or fewer users are needed"
}

// tooLittleSent tells whether no scenario passes and only throughput was missed: it does not
// follow that fewer users would do better, or that the target is full.
func (m *Model) tooLittleSent() bool {
	with := func(v analysis.Verdict, more bool) bool {
		return slices.ContainsFunc(m.Rows, func(r Row) bool { return r.Judgement.Verdict == v && (more || !r.Judgement.MissesRateOnly()) })
	}
	return len(m.Causes) == 0 && with(analysis.Fail, true) && !with(analysis.Fail, false) && !with(analysis.Pass, true)
}

func (m *Model) lowLatency() []string {
	f := m.Findings
	switch {
	case f.Ranked == 0:
		return []string{"No scenario gave a valid measurement with a successful request, so there is no latency to compare."}
	case len(f.LowLatency) == 0:
		return []string{"No scenario answered at least half of its requests, so there is no latency to compare."}
	}
	var out []string
	for _, u := range f.LowLatency {
		out = append(out, fmt.Sprintf("%s: lowest median %s with %s%s",
			matrix.Count(u.Users, "user"), median(u.Best.Row), failing(u.Best.Row), tied(u.Best.Ties)))
	}
	return out
}

// failing names a row, and says so if it fails the SLO: being the fastest does not make it
// a recommendation.
func failing(r analysis.Row) string {
	if r.Judgement.Verdict == analysis.Fail {
		return r.Name() + " (fails the SLO)"
	}
	return r.Name()
}
