package report

import (
	"cmp"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// Failures writes auto_failures.csv: a row for each scenario, endpoint and kind of
// failure, in matrix order, the most frequent of a scenario first.
func Failures(w io.Writer, m *Model) error {
	out := csv.NewWriter(w)
	// The writer keeps its first error, which Flush and Error bring out.
	_ = out.Write([]string{"Replicas", "Workers", "Users", "Round", "Method", "Name", "Kind", "Error", "Occurrences"})
	for _, r := range m.Rows {
		if measured := r.Numbers(); measured != nil {
			for _, e := range sorted(measured.Errors) {
				_ = out.Write(failureCells(r, e))
			}
		}
	}
	out.Flush()
	return out.Error()
}

// sorted does not rely on the journal's order.
func sorted(errors []result.ErrorCount) []result.ErrorCount {
	out := slices.Clone(errors)
	slices.SortStableFunc(out, func(a, b result.ErrorCount) int {
		return cmp.Or(cmp.Compare(b.Occurrences, a.Occurrences), a.Endpoint.Compare(b.Endpoint), cmp.Compare(a.Error, b.Error))
	})
	return out
}

func failureCells(r Row, e result.ErrorCount) []string {
	k, kind := r.Record.Key, "failed"
	if e.Unsent {
		kind = "unsent"
	}
	return []string{
		strconv.Itoa(k.Replicas), known(r.Workers()), strconv.Itoa(k.Users), strconv.Itoa(k.Round),
		literal(e.Method), literal(e.Name), kind, literal(e.Error), strconv.FormatInt(e.Occurrences, 10),
	}
}

// literal makes foreign text safe for a cell of a spreadsheet, which would otherwise take
// some of it for a formula.
func literal(s string) string {
	s = words.OneLine(s)
	if s != "" && strings.ContainsAny(s[:1], "=+-@") {
		return "'" + s
	}
	return s
}
