package report

import (
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
)

// summarizeHead and summarizeTail turn the model into summary.json's shape, but for its rows.
func summarizeHead(m *Model) summaryHead { return summaryHead{SummaryVersion, summarizeRun(m)} }

func summarizeTail(m *Model) summaryTail {
	s := summaryTail{
		Rounds:     summarizeSpreads(m.Spreads),
		Findings:   summarizeFindings(m.Findings),
		Demand:     []summaryDemand{},
		Capacity:   []summaryCapacity{},
		Sizing:     summarizeSizes(m.Sizes),
		Spares:     summarizeSpares(m.Spares),
		Models:     summarizeModels(m.Advice),
		Search:     summarizeSearch(m.Search),
		Ended:      summarizeEnd(m),
		Gate:       m.Gate,
		Autoscaler: summarizeAutoscaler(m.Autoscaler), Pricing: summarizePricing(m),
		Caveats: Array(slices.Concat(m.Remarks, m.Caveats)),
	}
	for _, p := range analysis.Percentiles() {
		s.Percentile = append(s.Percentile, p.Metric)
	}
	for _, d := range m.Demands {
		s.Demand = append(s.Demand, summarizeDemand(d))
	}
	for _, c := range m.Capacities {
		s.Capacity = append(s.Capacity, summarizeCapacity(c))
	}
	return s
}

func summarizeRun(m *Model) summaryRun {
	h := m.Header
	return summaryRun{
		ID: h.RunID, Name: h.Name, Program: h.Version, Created: h.Created.UTC(),
		Target: h.Target, Address: h.Address, Load: h.Load, Engine: h.Engine, Duration: h.Duration, Auto: h.Auto,
		SLO: objectives(m.SLO), SLOFrom: m.SLOFrom, OwnSLO: objectives(m.OwnSLO), OwnGate: m.OwnGate,
	}
}

func objectives(slo []experiment.Objective) []summaryObjective {
	out := []summaryObjective{}
	for _, o := range slo {
		below, above := sides(o)
		out = append(out, summaryObjective{o.Metric, endpoint(o), below, above, o.Text})
	}
	return out
}

// endpoint is null for all requests.
func endpoint(o experiment.Objective) *string {
	if o.Endpoint == "" {
		return nil
	}
	return &o.Endpoint
}

// sides is an objective's bound, on its side.
func sides(o experiment.Objective) (below, above *float64) {
	if o.Above {
		return nil, &o.Bound
	}
	return &o.Bound, nil
}

func (m *Model) summarizeRow(r Row, reader *analysis.Reader) summaryRow {
	rec := r.Record
	row := summaryRow{
		Key: rec.Key, WorkersFound: r.Workers(), Role: rec.Role, Status: rec.Status,
		Reasons: Array(rec.Reasons), Warnings: Array(rec.Warnings), Doubts: Array(r.Doubts), Findings: summarizeChecks(r.Findings),
		Engine: rec.Engine, Started: Moment(rec.Started), Finished: Moment(rec.Finished),
		Phases: rec.Phases, Overhead: rec.Phases.Overhead(), ScaleUp: rec.ScaleUp, Nodes: rec.Nodes, Measured: summarizeMeasured(r, reader),
		Observed: summaryObserved{rec.Observed, rec.Observed.Lag, rec.Observed.TargetShares}, Slices: rec.Slices, Attempts: m.attempts(rec.Key), Objectives: outcomes(r),
	}
	if v := r.Judgement.Verdict; v != "" && !r.Inferred() {
		row.Verdict = &v
	}
	if r.Inferred() {
		row.Inferred = &summaryInferred{r.Known.Verdict, r.Known.By}
	}
	return row
}

func summarizeMeasured(r Row, reader *analysis.Reader) *summaryMeasured {
	m := r.Numbers()
	if m == nil {
		return nil
	}
	out := &summaryMeasured{
		Start: m.Start.UTC(), Duration: m.Duration, Requests: m.Requests, Failures: m.Failures,
		FailureRatio: m.FailureRatio(), Unsent: m.Unsent, Retries: m.Retries, Flight: m.Flight, RPS: m.RPS, Success: m.Success,
		Endpoints: summarizeEndpoints(r, reader), Errors: Array(m.Errors), Exact: m.Exact, EdgeError: m.EdgeError,
		Intervals: summarizeIntervals(r.Intervals), Stopped: m.Stopped, Steadiness: summarizeSteadiness(r.Steadiness),
	}
	if m.Requests > 0 {
		out.Latency = &m.Latency
	}
	return out
}

// summarizeEndpoints leaves the batches to the journal.
func summarizeEndpoints(r Row, reader *analysis.Reader) []summaryEndpoint {
	out := []summaryEndpoint{}
	for _, e := range r.Numbers().Endpoints {
		intervals := reader.IntervalsOf(r.Record, e.Batches)
		e.Batches = ""
		out = append(out, summaryEndpoint{e, summarizeIntervals(intervals)})
	}
	return out
}

func summarizeSteadiness(s *analysis.Steadiness) *summarySteadiness {
	if s == nil {
		return nil
	}
	return &summarySteadiness{s.Class, s.P50, s.RPS, s.WarmUp}
}

func summarizeIntervals(i *analysis.Intervals) *summaryIntervals {
	if i == nil {
		return nil
	}
	return &summaryIntervals{*summarizeInterval(&i.P50), *summarizeInterval(&i.P95), *summarizeInterval(&i.P99), *summarizeInterval(&i.RPS)}
}

func summarizeInterval(i *analysis.Interval) *summaryInterval {
	if i == nil {
		return nil
	}
	return &summaryInterval{finite(i.Low), finite(i.High)}
}

func (m *Model) attempts(k matrix.Key) []summaryAttempt {
	out := []summaryAttempt{}
	for _, a := range m.Attempts[k] {
		out = append(out, summaryAttempt{a.Attempt, a.Terminal, a.Status, Array(a.Reasons), summarizeChecks(a.Findings), Moment(a.Started), Moment(a.Finished)})
	}
	return out
}

func summarizeChecks(found []result.Finding) []summaryFinding {
	out := []summaryFinding{}
	for _, f := range found {
		out = append(out, summaryFinding{f, validity.Remedy(f.ID)})
	}
	return out
}

func outcomes(r Row) []summaryOutcome {
	out := []summaryOutcome{}
	for _, o := range r.Judgement.Outcomes {
		below, above := sides(o.Objective)
		s := summaryOutcome{
			Metric: o.Objective.Metric, Endpoint: endpoint(o.Objective), Value: finite(o.Value), Below: below, Above: above,
			Pass: o.Pass, Borderline: o.Borderline, Interval: summarizeInterval(o.Interval),
			Slow: o.Slow, Undecided: o.Undecided, Text: o.Text, Doubts: Array(o.Doubts),
		}
		if d := r.Settles(o); d > 0 {
			s.Settle = new(d.Seconds())
		}
		out = append(out, s)
	}
	return out
}

func summarizeFindings(f analysis.Findings) summaryFindings {
	out := summaryFindings{
		Throughput: summarizeBest(f.Throughput), Latency: summarizeBest(f.Latency),
		Succeeded: f.Succeeded, Ranked: f.Ranked, Outages: f.Outages, Scenarios: f.Scenarios,
	}
	if f.Ranked > 0 {
		out.AverageRPS, out.AverageMedian = finite(f.AverageRPS), finite(f.AverageMedian)
	}
	return out
}

func summarizeBest(b *analysis.Best) *summaryBest {
	if b == nil {
		return nil
	}
	measured := b.Row.Record.Measured
	out := &summaryBest{
		Key: b.Row.Record.Key, RPS: measured.RPS, Median: measured.Latency.P50,
		Ties: []matrix.Key{}, Doubts: Array(b.Row.Doubts),
	}
	for _, t := range b.Ties {
		out.Ties = append(out.Ties, t.Record.Key)
	}
	return out
}
