// Package analysis turns the records of a run into answers: verdicts against the
// SLO, best rows, replicas needed, doubts, the gate. It is pure: functions of
// result records, no clock, no I/O. Renderers want report.New, which puts these
// together; use this package directly to ask one question.
//
// Verdicts are made from intervals where a window was kept in batches, and from point
// estimates where it was not.
package analysis

import (
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/failure"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Row is the record that stands for a scenario, with what was concluded from it. Rows are handed
// about by value, many at a time, and share their records, which nobody changes.
type Row struct {
	Record    *result.Record
	Judgement Judgement
	// Intervals are those of the row's numbers; nil where they are not known.
	Intervals *Intervals
	// Steadiness is that of the row's window; nil where it is not known.
	Steadiness *Steadiness
	// Findings are those of the record's checks, with those that follow from its numbers.
	Findings []result.Finding
	// Known is what a search knows of the row's cell; nil where the whole grid was asked for.
	Known *Known
	// Efficient is how efficient the row's replica count is; nil where the SLO does not ask.
	Efficient *Efficient
	// Doubts are what a reader must know before trusting the numbers. Equal doubts
	// have equal texts, so that renderers can print each once.
	Doubts []string
}

// Rows judges the run's scenarios, in matrix order. slo may be empty.
func Rows(run *result.Run, slo []experiment.Objective) []Row {
	records := standing(run, slo)
	rows := make([]Row, len(records))
	earlier := invalidBefore(run)
	eachWithReader(len(rows), func(i int, reader *Reader) {
		rec := &records[i]
		rows[i] = Row{Record: rec, Judgement: reader.judge(rec, slo), Steadiness: SteadinessOf(*rec)}
		rows[i].conclude(run.Header.Duration, earlier[rec.Key])
		if m := rows[i].answered(); m != nil {
			rows[i].Intervals = reader.IntervalsOf(rec, m.Batches)
		} else {
			rows[i].Steadiness = nil
		}
	})
	doubtRounds(rows)
	switch s := SearchOf(run, slo); {
	case s != nil:
		s.mark(rows)
	case run.Ended() != nil && len(slo) > 0:
		leaveOpen(rows)
	}
	weigh(rows, slo)
	return rows
}

// conclude finds what is doubtful about a row.
func (r *Row) conclude(planned float64, earlier []string) {
	var derived []result.Finding
	if measured(*r.Record) {
		derived = r.derived(planned)
	}
	r.Findings = slices.Concat(r.Record.Findings, derived)
	r.Doubts = r.doubts(derived, earlier)
}

// leaveOpen marks the cells that a run which ended early did not come to: they are no
// failures to measure.
func leaveOpen(rows []Row) {
	tried := map[place]bool{}
	for _, r := range rows {
		tried[placeOf(r)] = tried[placeOf(r)] || r.Record.Status != result.Skipped
	}
	for i := range rows {
		if !tried[placeOf(rows[i])] {
			rows[i].Known = &Known{}
		}
	}
}

// mark tells the rows what is known of their cells.
func (s *Search) mark(rows []Row) {
	known := s.known()
	for i := range rows {
		k := known(cellOf(rows[i].Record.Key))
		rows[i].Known = &k
		k.tell(rows[i].Record)
	}
}

// Inferred tells whether the row was not measured because its verdict followed from others.
func (r Row) Inferred() bool {
	return r.Record.Status == result.Skipped && r.Known != nil && r.Known.Verdict != "" && r.Known.Verdict != NoData
}

// NotReached tells of a row that a run which ended early did not come to.
func (r Row) NotReached() bool {
	return r.Record.Status == result.Skipped && r.Known != nil && r.Known.Verdict == ""
}

// Workers is the number of load generators: the scenario's, or those found when
// the scenario leaves them to a running master; 0 when unknown.
func (r Row) Workers() int {
	if w := r.Record.Key.Workers; w > 0 {
		return w
	}
	return r.Record.Observed.Workers
}

// Name is how a person calls the row: "2 replicas, 4 workers, 200 users".
func (r Row) Name() string {
	k := r.Record.Key
	k.Workers = r.Workers()
	if k.Workers > 0 {
		return k.String()
	}
	name := matrix.Count(k.Replicas, "replica") + ", " + matrix.Count(k.Users, "user")
	if k.Round > 1 {
		name += fmt.Sprintf(", round %d", k.Round)
	}
	return name
}

// Numbers returns the row's measurement, valid or not; nil when there is none.
// An attempt that ended in ERROR has none, whatever it had gathered.
func (r Row) Numbers() *result.Measured {
	if r.Record.Status == result.Success || r.Record.Status == result.Invalid {
		return r.Record.Measured
	}
	return nil
}

// answered returns the measurement of a valid row that has requests, else nil:
// the only kind that may be judged.
func (r Row) answered() *result.Measured { return answered(r.Record) }

func answered(rec *result.Record) *result.Measured {
	if rec.Status != result.Success || rec.Measured == nil || rec.Measured.Requests == 0 {
		return nil
	}
	return rec.Measured
}

// Outage tells whether the row was measured and every request failed.
func (r Row) Outage() bool {
	m := r.answered()
	return m != nil && m.Failures >= m.Requests
}

// unreachedShare is the part of a row's requests above which a failure to reach the target,
// and not the number of users, is why the row fails.
const unreachedShare = .1

// Unreached tells whether much of the load got no connection, and most failures are of that
// kind: then the row does not say how much the target could have served.
func (r Row) Unreached() bool {
	m := r.answered()
	if m == nil {
		return false
	}
	var n int64
	for _, e := range m.Errors {
		if !e.Unsent && failure.Unreachable(e.Error) {
			n += e.Occurrences
		}
	}
	return float64(n) > unreachedShare*float64(m.Requests) && 2*n > m.Failures
}

// Rankable tells whether the row may be "best" or enter an average: valid, with
// requests, of which at least one succeeded.
func (r Row) Rankable() bool { return r.answered() != nil && !r.Outage() }
