// Package report renders finished runs. New computes one Model from a result.Run; CSV,
// Markdown, Summary and Table each write it in one format, and WriteAll makes the files of a
// run's directory. A report depends on the run alone: made again from the journal, it is the
// same byte for byte.
package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Model is everything that a report says, computed. Renderers do no arithmetic
// beyond units and rounding.
type Model struct {
	Header result.Header
	// SLO is what the rows are judged by, SLOFrom where it comes from.
	SLO     []experiment.Objective
	SLOFrom Origin
	// OwnSLO and OwnGate are the run's own, which differ only if SLOFrom is FromReport.
	OwnSLO  []experiment.Objective
	OwnGate v1alpha1.Gate
	// Rows has one entry per scenario and round, in matrix order, without those whose verdict a
	// search inferred and those that a limit left out; All has those too.
	Rows []Row
	All  []Row
	// Ended is why the run ended before it had measured everything; nil if it did not. Open
	// counts the scenarios of which nothing is known then.
	Ended *result.End
	Open  int
	// Search is what a search did; nil for a run that measures its whole grid.
	Search *analysis.Searched
	// Loaded is how long the target was loaded.
	Loaded time.Duration
	// Rounds tells whether any scenario was planned more than once.
	Rounds bool
	// Spreads are how far the rounds of each scenario are apart.
	Spreads []analysis.Spread
	// Notes are the distinct doubts and reasons of some of the rows; Row.Notes points into
	// it, from 1. Everywhere are those that every row has.
	Notes      []Note
	Everywhere []Note
	// Causes are the kinds of failures, most frequent first, Unsent those of requests that
	// the load generator could not send.
	Causes []Cause
	Unsent []Cause
	// Remarks are doubts about what was loaded and judged, with foreign text in them;
	// Caveats are those about the run as a whole.
	Remarks  []string
	Caveats  []string
	Findings analysis.Findings
	// Demands and Capacities are empty without an SLO.
	Demands    []analysis.Demand
	Capacities []analysis.Capacity
	Gate       analysis.GateResult
	// Exit is the exit code of the run if it ended by itself.
	Exit int
	sizing
	Spares []analysis.Spare
	// Autoscaler is nil for a run that scaled no object of a cluster.
	Autoscaler *Autoscaler
	// Pricing is nil where nobody said what a replica costs; then there are no Costs.
	Pricing *v1alpha1.Pricing
	Costs   []analysis.Cost
	// Attempts are all records of each scenario, in the order made.
	Attempts map[matrix.Key][]result.Record
}

// sizing is what was measured of each replica count, and what models make of it.
type sizing struct {
	Sizes  []analysis.Size
	Advice analysis.Advice
}

// Row is a judged row with its notes.
type Row struct {
	analysis.Row
	Notes []int
}

// New computes the model. Its error is a stored SLO that cannot be read.
func New(run *result.Run) (*Model, error) {
	judged := run.Judged()
	slo, err := experiment.ParseObjectives(judged.Objectives)
	if err != nil {
		return nil, fmt.Errorf("reading the run's SLO: %w", err)
	}
	own, err := experiment.ParseObjectives(ownSLO(run).Objectives)
	if err != nil {
		return nil, fmt.Errorf("reading the run's own SLO: %w", err)
	}
	all := analysis.Rows(run, slo)
	rows := slices.DeleteFunc(slices.Clone(all), func(r analysis.Row) bool { return r.Inferred() || r.NotReached() })
	sized := make(chan sizing)
	go func() { sized <- size(rows, slo) }() // takes as long as all the others
	m := &Model{
		Header:     about(run.Header),
		SLO:        slo,
		SLOFrom:    originOf(run),
		OwnSLO:     own,
		OwnGate:    ownSLO(run).Gate,
		Remarks:    remarks(run),
		Caveats:    analysis.Caveats(run, rows),
		Spreads:    analysis.Spreads(rows),
		Findings:   analysis.Find(rows),
		Demands:    analysis.Demands(all),
		Capacities: analysis.Capacities(all),
		Gate:       analysis.Gate(judged.Gate, slo, all),
		Search:     analysis.SearchedOf(run, slo, all),
		Spares:     analysis.Spares(all),
		Autoscaler: autoscalerOf(run, all),
		Attempts:   map[matrix.Key][]result.Record{},
	}
	m.Exit = analysis.Exit(run, m.Gate, all)
	if p := judged.Pricing; p != nil && p.PodHour > 0 {
		m.Pricing, m.Costs = p, analysis.Costs(all, *p)
	}
	for _, rec := range run.Records {
		m.Attempts[rec.Key] = append(m.Attempts[rec.Key], rec)
	}
	m.Ended, m.Loaded = run.Ended(), analysis.Loaded(run)
	m.list(rows, all)
	m.annotate()
	m.Causes, m.Unsent = causes(rows)
	m.sizing = <-sized
	return m, nil
}

func size(rows []analysis.Row, slo []experiment.Objective) sizing {
	sizes := analysis.Sizes(rows)
	return sizing{sizes, analysis.Advise(rows, sizes, slo)}
}

// list takes the rows that are shown, and all.
func (m *Model) list(rows, all []analysis.Row) {
	for _, r := range rows {
		m.Rows = append(m.Rows, Row{Row: r})
		m.Rounds = m.Rounds || r.Record.Key.Round > 1
	}
	for _, r := range all {
		if r.NotReached() {
			m.Open++
		}
		m.All = append(m.All, Row{Row: r})
	}
}
