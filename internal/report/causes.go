package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// Cause is one kind of failure of one endpoint over the whole run.
type Cause struct {
	stats.Endpoint
	Error       string
	Occurrences int64
	// Rows counts the rows that have it from 1, ascending.
	Rows []int
}

// mostCauses is how many are shown to people; auto_failures.csv has all.
const mostCauses = 5

// causes collects the failures of all rows with numbers, most frequent first.
func causes(rows []analysis.Row) (failed, unsent []Cause) {
	type kind struct {
		stats.Endpoint
		err    string
		unsent bool
	}
	found := map[kind]*Cause{}
	for i, r := range rows {
		m := r.Numbers()
		if m == nil {
			continue
		}
		for _, e := range m.Errors {
			k := kind{e.Endpoint, words.OneLine(e.Error), e.Unsent}
			if found[k] == nil {
				found[k] = &Cause{Endpoint: e.Endpoint, Error: k.err}
			}
			found[k].Occurrences += e.Occurrences
			if c := found[k]; !slices.Contains(c.Rows, i+1) {
				c.Rows = append(c.Rows, i+1)
			}
		}
	}
	for k, c := range found {
		if k.unsent {
			unsent = append(unsent, *c)
		} else {
			failed = append(failed, *c)
		}
	}
	slices.SortFunc(failed, Cause.compare)
	slices.SortFunc(unsent, Cause.compare)
	return failed, unsent
}

// compare puts the more frequent first.
func (c Cause) compare(o Cause) int {
	return cmp.Or(cmp.Compare(o.Occurrences, c.Occurrences), c.Endpoint.Compare(o.Endpoint), cmp.Compare(c.Error, o.Error))
}

// EndpointName is what a person calls an endpoint: "POST /orders".
func EndpointName(e stats.Endpoint) string {
	return words.OneLine(strings.TrimSpace(e.Method + " " + e.Name))
}

// Text is the cause with its count: "POST /orders 401 Unauthorized × 812".
func (c Cause) Text() string {
	return fmt.Sprintf("%s %s × %d", shorten(EndpointName(c.Endpoint), maxName), shorten(c.Error, maxError), c.Occurrences)
}

const (
	// maxName and maxError are how much of an endpoint's name and of a failure's text is shown.
	maxName  = 60
	maxError = 160
)

// unshown counts what is beyond those shown: "3 more kinds, 14 times"; empty for none.
func unshown(all []Cause) string {
	if len(all) <= mostCauses {
		return ""
	}
	var times int64
	for _, c := range all[mostCauses:] {
		times += c.Occurrences
	}
	return fmt.Sprintf("%s × %d, see auto_failures.csv", matrix.Count(len(all)-mostCauses, "more kind"), times)
}

func shown(all []Cause) []Cause { return all[:min(len(all), mostCauses)] }

// causesTable has foreign text as write has it.
func (m *Model) causesTable(all []Cause, write func(string) string) (header []string, rows [][]string) {
	for _, c := range shown(all) {
		at := strings.Trim(where(c.Rows, len(m.Rows)), " ()")
		rows = append(rows, []string{write(EndpointName(c.Endpoint)), write(shorten(c.Error, maxText)), fmt.Sprint(c.Occurrences), dash(at)})
	}
	return []string{"Task", "Failure", "Times", "Where"}, rows
}
