package page

import (
	"fmt"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/report"
)

// mostDetails is how many bytes the details of all rows may take together, in JSON: what a
// browser reads in a moment, and more than a run of some hundred scenarios has.
const mostDetails = 6_000_000

// mostLarger is how many rows may not fit until no more are tried: making each takes time.
const mostLarger = 100

// details fills in as many as there is room for, the most telling rows first.
func (b *builder) details() {
	b.doc.Details = make([]Detail, len(b.shown))
	for i := range b.doc.Details {
		b.doc.Details[i] = emptyDetail()
	}
	room, full, larger := mostDetails, 0, 0
	for _, i := range b.telling() {
		d := b.detail(b.shown[i])
		size := sizeOfDetail(d)
		if size > room {
			if larger++; larger > mostLarger {
				break
			}
			continue // the next may be smaller
		}
		room -= size
		b.doc.Details[i] = d
		full++
	}
	if without := len(b.shown) - full; without > 0 {
		b.left = append(b.left, fmt.Sprintf("the seconds, tasks and errors of %d of %s are left out, to keep the page small; journal.jsonl beside it has them",
			without, matrix.Count(len(b.shown), "scenario")))
	}
}

func emptyDetail() Detail {
	return Detail{Attempts: []Attempt{}, Endpoints: []Endpoint{}, Errors: []Failure{}, Shares: []Share{}, Facts: []Fact{}, SharesText: "left out, to keep the page small"}
}

// telling are all rows: those that back an answer, those that are too close to call, those that
// are INVALID or could not be measured, and then the others.
func (b *builder) telling() []int {
	rank := make([]int, len(b.shown))
	for i, r := range b.doc.Rows {
		switch r.State {
		case Borderline:
			rank[i] = 1
		case Invalid, Error, Skipped:
			rank[i] = 2
		default:
			rank[i] = 3
		}
	}
	for _, l := range b.doc.Answer.Lines {
		for _, i := range l.BackedBy {
			rank[i] = 0
		}
	}
	out := make([]int, len(rank))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(x, y int) int { return rank[x] - rank[y] })
	return out
}

func (b *builder) detail(r report.Row) Detail {
	d := Detail{Attempts: []Attempt{}, Distribution: b.distribution(r), Endpoints: endpointsOf(r), Facts: factsOf(r)}
	var more int
	if d.Errors, more = errorsOf(r); more > 0 {
		d.Facts = append(d.Facts, Fact{"Errors", fmt.Sprintf("%s beside those that are shown, in auto_failures.csv", matrix.Count(more, "kind"))})
	}
	d.Shares, d.SharesText = sharesOf(r)
	for _, rec := range b.Attempts[r.Record.Key] {
		d.Attempts = append(d.Attempts, b.attempt(rec, r))
	}
	return d
}

// sizeOfDetail is about how many bytes it takes.
func sizeOfDetail(d Detail) int {
	n := 200
	for _, a := range d.Attempts {
		n += 200 + len(a.Status) + len(a.SeriesText)
		for _, r := range a.Reasons {
			n += 60 + len(r.Text) + len(r.Remedy)
		}
		if s := a.Series; s != nil {
			n += 200 + 5*len(s.T)
			for _, c := range s.Columns {
				n += 80 + 6*len(c.Values)
			}
			for _, e := range s.Events {
				n += 30 + len(e.Text)
			}
		}
	}
	if d.Distribution != nil {
		n += 12 * len(d.Distribution.Millis)
	}
	for _, e := range d.Endpoints {
		n += 120 + len(e.Name) + len(e.UnderWay)
	}
	for _, e := range d.Errors {
		n += 90 + len(e.Task) + len(e.Text)
	}
	for _, s := range d.Shares {
		n += 50 + len(s.Replica) + len(s.Text)
	}
	for _, f := range d.Facts {
		n += 25 + len(f.Name) + len(f.Text)
	}
	return n
}

// seconds writes how long after the start something was; a dash for unknown.
func seconds(at *time.Time, start time.Time) string {
	if at == nil {
		return "–"
	}
	return fmt.Sprintf("%.0f s", at.Sub(start.Truncate(time.Second)).Seconds())
}
