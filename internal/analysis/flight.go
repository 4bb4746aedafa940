package analysis

import (
	"fmt"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// What did not end is judged, too: a service that answers the quick requests and hangs on
// the others must not pass because of the quick ones (docs/reports.md, "What did not end").

// undecided tells whether the requests of which nothing is known could turn a verdict on
// failures. Others that were under way are no older than some that ended, which stand for
// them.
func undecided(s scope, o experiment.Objective) bool {
	if s.flight == nil || s.flight.Unheard == 0 {
		return false
	}
	all := float64(s.requests + s.flight.Unheard)
	best, worst := float64(s.failures)/all, float64(s.failures+s.flight.Unheard)/all
	return o.Met(best) != o.Met(worst)
}

// boundsLatency tells whether some objective covers the requests of an endpoint that do not
// end. A mean does not: a few of many barely move it.
func boundsLatency(slo []experiment.Objective, endpoint string) bool {
	for _, o := range slo {
		if _, ok := percentile(o.Metric); ok && o.Endpoint == endpoint {
			return true
		}
	}
	return false
}

// flightDoubts are about what the window's end cut off: requests that count as slow,
// requests of which nothing is known, and tasks without a request that ended.
func flightDoubts(m *result.Measured, j Judgement) []string {
	var out []string
	for _, o := range j.Outcomes {
		if o.Slow > 0 {
			out = append(out, slowDoubt(o))
		}
	}
	if f := m.Flight; f != nil && f.Unheard > 0 {
		out = append(out, fmt.Sprintf("%s under way when the window closed, and had been for longer than any like it that ended, the oldest for %s: how they end is not known",
			matrix.CountWere(int(f.Unheard), "request"), Seconds(f.Oldest/1000)))
	}
	if silent := silentTasks(m); len(silent) > 0 {
		out = append(out, "no request ended of "+some(silent))
	}
	return out
}

func slowDoubt(o Outcome) string {
	whose, were := "", matrix.CountWere(int(o.Slow), "request")
	if o.Objective.Endpoint != "" {
		whose = "of " + o.Objective.Endpoint + ", "
	}
	if o.Objective.Metric == v1alpha1.MetricMean {
		return fmt.Sprintf("%s%s under way for longer than the mean when the window closed, counted with the time until then", whose, were)
	}
	return fmt.Sprintf("%s%s under way for %s or longer when the window closed, counted as slow", whose, were, o.Objective.Text)
}

// silentTasks names the tasks without a request that ended, with what is known of them.
func silentTasks(m *result.Measured) []string {
	var out []string
	for _, e := range m.Endpoints {
		switch {
		case e.Requests > 0 || e.Flight == nil:
		case e.Flight.AtEnd > 0:
			out = append(out, fmt.Sprintf("%s %s (%d under way)", e.Method, e.Name, e.Flight.AtEnd))
		default:
			out = append(out, fmt.Sprintf("%s %s (none was started)", e.Method, e.Name))
		}
	}
	return out
}

// unknownFlight tells whether some row's requests under way are not known.
func unknownFlight(rows []Row) bool {
	for _, r := range rows {
		if m := r.Numbers(); m != nil && m.Flight == nil {
			return true
		}
	}
	return false
}

// failedOrSlow says which requests a percentile counts as infinitely slow.
func failedOrSlow(s scope, o experiment.Objective, slow int64) string {
	var parts []string
	if s.failures > 0 || slow == 0 {
		parts = append(parts, "failed")
	}
	if slow > 0 {
		parts = append(parts, "were still under way after "+o.Text)
	}
	return strings.Join(parts, " or ")
}
