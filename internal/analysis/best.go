package analysis

import (
	"cmp"
	"math"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Best is a winning row, and those that cannot be told apart from it.
type Best struct {
	Row Row
	// Ties display the same value, or one within the measurement's known error.
	Ties []Row
}

// UsersBest is the best row among those of one user count.
type UsersBest struct {
	Users int
	Best  Best
}

// Findings summarise a run. Only Rankable rows enter Throughput, Latency and the averages.
type Findings struct {
	// Throughput is the row with the most successful requests per second; nil without a rankable row.
	Throughput *Best
	// Latency is the row with the smallest median, failed requests counted as slow;
	// nil when there is none in which at least half of the requests succeeded.
	Latency *Best
	// Flattered is the row with the most requests per second, when failures are
	// what put it above Throughput.
	Flattered *Row
	// AverageRPS and AverageMedian (ms) are plain means over Ranked rows.
	AverageRPS    float64
	AverageMedian float64
	// Ranked, Succeeded, Outages and Scenarios count rows: in the averages, with
	// status SUCCESS, with every request failed, all.
	Ranked, Succeeded, Outages, Scenarios int
	// HighPerformance are up to three cells by throughput; with an SLO only those that pass.
	HighPerformance []Row
	// LowLatency has the smallest median of each user count that has one.
	LowLatency []UsersBest
}

// topCells is how many configurations are recommended for throughput.
const topCells = 3

// Find derives the findings.
func Find(rows []Row) Findings {
	ranked := keepRows(rows, Row.Rankable)
	f := Findings{Ranked: len(ranked), Scenarios: len(rows)}
	for _, r := range rows {
		f.count(r)
	}
	f.average(ranked)
	fast := byThroughput(ranked)
	f.Throughput = best(fast, sameThroughput)
	f.Latency = best(byLatency(ranked), sameLatency)
	f.Flattered = flattered(ranked, f.Throughput)
	f.HighPerformance = top(fast, rows)
	f.LowLatency = perUsers(ranked)
	return f
}

func (f *Findings) count(r Row) {
	if r.Record.Status == result.Success {
		f.Succeeded++
	}
	if r.Outage() {
		f.Outages++
	}
}

func (f *Findings) average(ranked []Row) {
	for _, r := range ranked {
		f.AverageRPS += r.Record.Measured.RPS / float64(len(ranked))
		f.AverageMedian += r.Record.Measured.Latency.P50 / float64(len(ranked))
	}
}

// goodput is successful requests per second: fast failures are not throughput.
func goodput(r Row) float64 {
	m := r.Record.Measured
	return m.RPS * (1 - m.FailureRatio())
}

// median is the p50 with failures counted as slow.
func median(r Row) float64 {
	m := r.Record.Measured
	var unheard int64
	if m.Flight != nil {
		unheard = m.Flight.Unheard
	}
	return effective(whole(m), Percentiles()[0], unheard).value
}

// cents and WholeMillis compare at display precision, so that the order does not depend on
// digits that nobody sees; then fewer replicas win, then matrix order.
func cents(v float64) int64 { return int64(math.Round(v * 100)) }

func byThroughput(rows []Row) []Row {
	return ranking(rows, func(r Row) int64 { return -cents(goodput(r)) })
}

func byLatency(rows []Row) []Row {
	served := keepRows(rows, func(r Row) bool { return !math.IsInf(median(r), 1) })
	return ranking(served, func(r Row) int64 { return WholeMillis(median(r)) })
}

// ranking sorts by a number, worked out once for each row, then by replicas.
func ranking(rows []Row, by func(Row) int64) []Row {
	type place struct{ at, number, replicas int64 }
	places := make([]place, len(rows))
	for i, r := range rows {
		places[i] = place{int64(i), by(r), int64(replicasOf(r))}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.replicas, b.replicas), cmp.Compare(a.at, b.at))
	})
	out := make([]Row, len(rows))
	for i, p := range places {
		out[i] = rows[p.at]
	}
	return out
}

// best takes the first of the sorted rows, and all that are the same as it.
func best(sorted []Row, same func(a, b Row) bool) *Best {
	if len(sorted) == 0 {
		return nil
	}
	b := &Best{Row: sorted[0]}
	for _, r := range sorted[1:] {
		if same(sorted[0], r) {
			b.Ties = append(b.Ties, r)
		}
	}
	return b
}

func sameThroughput(a, b Row) bool {
	x, y := goodput(a), goodput(b)
	edge := max(a.Record.Measured.EdgeError, b.Record.Measured.EdgeError)
	return cents(x) == cents(y) || math.Abs(x-y) <= edge*max(x, y)
}

func sameLatency(a, b Row) bool {
	x, y := median(a), median(b)
	exact := a.Record.Measured.Exact && b.Record.Measured.Exact
	return WholeMillis(x) == WholeMillis(y) || !exact && math.Abs(x-y) <= bucketError*max(x, y)
}

func flattered(ranked []Row, winner *Best) *Row {
	if winner == nil {
		return nil
	}
	most := winner.Row
	for _, r := range ranked {
		if cents(r.Record.Measured.RPS) > cents(most.Record.Measured.RPS) {
			most = r
		}
	}
	if cents(most.Record.Measured.RPS) == cents(winner.Row.Record.Measured.RPS) {
		return nil
	}
	return &most
}

// unproven is a verdict with which a cell is no recommendation.
func unproven(v Verdict) bool { return v == Fail || v == Borderline }

// top takes the first rows that differ in more than the load generators.
func top(sorted, all []Row) []Row {
	var out []Row
	at := cells(all)
	for _, r := range sorted {
		fails := r.Efficient.Missed() || unproven(at[placeOf(r)].verdict) || unproven(r.Judgement.Verdict)
		known := slices.ContainsFunc(out, func(o Row) bool { return placeOf(o) == placeOf(r) })
		if !known && !fails && len(out) < topCells {
			out = append(out, r)
		}
	}
	return out
}

func perUsers(ranked []Row) []UsersBest {
	var out []UsersBest
	rows := group(ranked, usersOf)
	for _, users := range axis(ranked, usersOf) {
		if b := best(byLatency(rows[users]), sameLatency); b != nil {
			out = append(out, UsersBest{users, *b})
		}
	}
	return out
}
