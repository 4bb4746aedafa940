package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

func TestWhere(t *testing.T) {
	for _, tt := range []struct {
		rows []int
		of   int
		want string
	}{
		{[]int{1}, 1, ""},
		{[]int{1, 2}, 2, " (all rows)"},
		{[]int{2}, 3, " (row 2)"},
		{[]int{1, 2}, 3, " (rows 1, 2)"},
		{[]int{1, 2, 3, 5, 7, 8, 9, 10}, 12, " (rows 1–3, 5, 7–10)"},
	} {
		if got := where(tt.rows, tt.of); got != tt.want {
			t.Errorf("%v of %d: %q, want %q", tt.rows, tt.of, got, tt.want)
		}
	}
}

// TestNotesAlike: rows whose workers stood still for different times share a note, which
// says whose figures it has.
func TestNotesAlike(t *testing.T) {
	axes := small([]int{1, 2, 3, 4}, []int{1}, []int{100})
	s := newSheet(axes)
	for i, k := range axes.Keys() {
		r := s.record(k, result.Invalid)
		r.Reasons = []string{[]string{
			"worker vm_worker-0001-ab6fb578 stood still for 2.1 s of 10 s", "worker vm_worker-0002-c03a0c34 stood still for 3.0 s of 10 s",
			"the master did not answer", "worker vm_worker-0001-ab6fb578 stood still for 2.1 s of 10 s",
		}[i]}
		s.add(r)
	}
	m, err := New(&s.run)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range m.Notes {
		got = append(got, n.text(len(m.Rows)))
	}
	want := []string{
		"INVALID: worker vm_worker-0001-ab6fb578 stood still for 2.1 s of 10 s (rows 1, 2, 4; the figures are row 1's)",
		"INVALID: the master did not answer (row 3)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFailSaysWhy: a FAIL next to numbers that look good says why; one that shows in its
// column is not repeated for each row.
func TestFailSaysWhy(t *testing.T) {
	axes := small([]int{1, 2, 3, 4}, []int{1}, []int{100})
	s := newSheet(axes, v1alpha1.Objective{Metric: "p95", Below: "200ms"}, v1alpha1.Objective{Metric: "failures", Below: "1%"})
	for i, k := range axes.Keys() {
		r := s.record(k, result.Success)
		measure(&r, 10, []float64{59, 150, 250, 59}[i]/2, []int64{216, 0, 0, 0}[i])
		if i < 3 {
			r.Measured.Latency.P95 = []float64{59, 200, 250}[i]
		}
		s.add(r)
	}
	m, err := New(&s.run)
	if err != nil {
		t.Fatal(err)
	}
	want := []Note{
		{Text: "FAIL: 18 % of requests failed, p95 < 200ms allows 5 % to fail or be slow", Rows: []int{1}},
		{Text: "FAIL: failures are not below 1%", Rows: []int{1}},
		{Text: "FAIL: p95 is not below 200ms", Rows: []int{2, 3}},
	}
	if diff := cmp.Diff(want, m.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]int{{1, 2}, {3}, {3}, nil}, [][]int{m.Rows[0].Notes, m.Rows[1].Notes, m.Rows[2].Notes, m.Rows[3].Notes}); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

// TestFailsShareANote: rows in which too many requests failed share one note; the numbers
// are in their column.
func TestFailsShareANote(t *testing.T) {
	slo := []v1alpha1.Objective{{Metric: "p95", Below: "200ms"}}
	some, more, all := row{rps: 10, p50: 5, requests: 100, failed: 18}, row{rps: 10, p50: 5, requests: 100, failed: 30}, row{rps: 10, p50: 5, requests: 100}
	const one, several = "FAIL: 18 % of requests failed, p95 < 200ms allows 5 % to fail or be slow", "FAIL: more requests failed than the 5 % that p95 < 200ms allows to fail or be slow"
	tests := []struct {
		name string
		rows []row
		want Note
	}{
		{"one row", []row{some, all}, Note{Text: one, Rows: []int{1}}},
		{"alike", []row{some, some, all}, Note{Text: one, Rows: []int{1, 2}}},
		{"each with its own share", []row{some, more, all}, Note{Text: several, Rows: []int{1, 2}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := New(&oddRun(slo, tt.rows).run)
			if err != nil {
				t.Fatal(err)
			}
			var got []Note
			for _, n := range m.Notes {
				if strings.HasPrefix(n.Text, "FAIL") {
					got = append(got, n)
				}
			}
			if diff := cmp.Diff([]Note{tt.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestOutstanding is the rule by which endpoints show by themselves.
func TestOutstanding(t *testing.T) {
	whole := &result.Measured{Requests: 1000, Failures: 20, Latency: result.Latency{P95: 100}}
	for _, tt := range []struct {
		requests, failures int64
		p95                float64
		want               bool
	}{
		{100, 0, 300, false},
		{100, 0, 301, true},
		{100, 6, 100, false},
		{100, 7, 100, true},
		{0, 0, 0, false},
	} {
		e := result.EndpointResult{Requests: tt.requests, Failures: tt.failures, Latency: result.Latency{P95: tt.p95}}
		if got := outstanding(whole, e); got != tt.want {
			t.Errorf("%+v stands out: %t", tt, got)
		}
	}
}

// TestEndpointsAll: every endpoint of every row that has numbers.
func TestEndpointsAll(t *testing.T) {
	m, err := New(&causesCase().run)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Table(&b, m, TableOptions{Endpoints: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/causes/endpoints.txt", b.Bytes())
}

func TestLiteral(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'=1", "plain = 1": "plain = 1", "": "",
	} {
		if got := literal(in); got != want {
			t.Errorf("literal(%q) = %q, want %q", in, got, want)
		}
	}
}
