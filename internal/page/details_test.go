package page

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TestBudget: of more rows than there is room for, those that matter most have their details, and
// the page says so.
func TestBudget(t *testing.T) {
	run := wholeRun(t, 6, 150)
	some := run.Records
	run.Header.Keys, run.Header.Order, run.Records = nil, nil, nil
	for i := range 900 {
		rec := withoutBatches(some[i%len(some)])
		rec.Key.Replicas, rec.Key.Users = i%30+1, i/30+1
		if i >= 890 {
			rec.Status, rec.Reasons = result.Invalid, []string{"worker lost"}
		}
		run.Header.Keys, run.Header.Order, run.Records = append(run.Header.Keys, rec.Key), append(run.Header.Order, i), append(run.Records, rec)
	}
	d := New(modelOfRun(t, run), "")
	kept, invalid, backing := 0, 0, 0
	for i, detail := range d.Details {
		if len(detail.Attempts) > 0 {
			kept++
			if d.Rows[i].State == Invalid {
				invalid++
			}
		}
	}
	for _, l := range d.Answer.Lines {
		for _, i := range l.BackedBy {
			backing++
			if len(d.Details[i].Attempts) == 0 {
				t.Errorf("%s backs an answer, and has no detail", d.Rows[i].Name)
			}
		}
	}
	if kept < 100 || kept >= 900 || invalid != 10 || backing == 0 {
		t.Errorf("%d of 900 details, %d of 10 INVALID, %d that back an answer", kept, invalid, backing)
	}
	data, err := json.Marshal(d.Details)
	if err != nil {
		t.Fatal(err)
	}
	empty := (900 - kept) * 250
	if n := len(data) - empty; n < mostDetails/2 || n > mostDetails*11/10 {
		t.Errorf("%d bytes of details, want about %d", n, mostDetails)
	}
	if !strings.Contains(d.Left, "of 900 scenarios are left out") {
		t.Errorf("it says %q", d.Left)
	}
}

// withoutBatches is a record without intervals, which take long to compute.
func withoutBatches(rec result.Record) result.Record {
	rec.Measured = rec.Measured.WithoutBatches()
	return rec
}

// TestDistribution: no percentile beyond what so few requests can tell, none above the longest
// request.
func TestDistribution(t *testing.T) {
	m := whole(t, 1, 50) // 1000 requests
	d := New(m, "").Details[0].Distribution
	last := len(d.Percentiles) - 1
	if got, want := d.Percentiles[last], 99.9; got != want {
		t.Errorf("of 1000 requests up to p%v, want p%v", got, want)
	}
	if len(d.Percentiles) != len(d.Millis) || d.Percentiles[0] != 0 {
		t.Errorf("%d percentiles from %v, %d values", len(d.Percentiles), d.Percentiles[0], len(d.Millis))
	}
	l := m.Rows[0].Record.Measured.Latency
	for i := range d.Millis {
		if i > 0 && (d.Percentiles[i] <= d.Percentiles[i-1] || d.Millis[i] < d.Millis[i-1]) {
			t.Errorf("p%v is %v after p%v %v", d.Percentiles[i], d.Millis[i], d.Percentiles[i-1], d.Millis[i-1])
		}
		for level, exact := range map[float64]float64{50: l.P50, 95: l.P95, 99: l.P99} {
			if d.Percentiles[i] == level && (d.Millis[i] < exact*.99 || d.Millis[i] > exact*1.01) {
				t.Errorf("p%v is %v, was measured as %v", level, d.Millis[i], exact)
			}
		}
	}
	if d.Millis[last] > l.Max {
		t.Errorf("p99.9 is %v, the longest request %v", d.Millis[last], l.Max)
	}
}

// TestNotKept: what a run did not keep says so.
func TestNotKept(t *testing.T) {
	for name, want := range map[string]string{
		"python-locust": "not available: the release that made the run did not keep it",
		"all-failed":    "not available: the release that made the run did not keep it",
	} {
		a := New(modelOf(t, name), "").Details[0].Attempts[0]
		if diff := cmp.Diff(want, a.SeriesText); diff != "" || a.Series != nil {
			t.Errorf("%s: series %v (-want +got):\n%s", name, a.Series, diff)
		}
	}
	run := wholeRun(t, 1, 60)
	rec := &run.Records[0]
	rec.Status, rec.Reasons, rec.Measured, rec.Series, rec.Phases = result.Error, []string{"no pod"}, nil, nil, result.Phases{Scale: 120}
	if a := New(modelOfRun(t, run), "").Details[0].Attempts[0]; a.SeriesText != "not available: no load was started" {
		t.Errorf("never loaded: %q", a.SeriesText)
	}
	run = wholeRun(t, 1, 60)
	run.Records[0].Series.Source = result.SeriesOfTotals
	if a := New(modelOfRun(t, run), "").Details[0].Attempts[0]; a.Series == nil || !strings.Contains(a.SeriesText, "last ten seconds") {
		t.Errorf("of Python Locust: %v, %q", a.Series, a.SeriesText)
	}
}

// TestErrors: the most frequent first, and no more than a person reads.
func TestErrors(t *testing.T) {
	run := wholeRun(t, 1, 60)
	m := run.Records[0].Measured
	for i := range 250 {
		at := m.Start.Add(time.Duration(i%30) * time.Second)
		m.Errors = append(m.Errors, result.ErrorCount{Endpoint: m.Endpoints[0].Endpoint, Error: fmt.Sprintf("no order %d", i), Occurrences: int64(1 + i), First: &at, Last: &at})
	}
	d := New(modelOfRun(t, run), "").Details[0]
	want := Failure{Task: "POST order", Text: "no order 249", Count: 250, First: "39 s", Last: "39 s"}
	if diff := cmp.Diff(want, d.Errors[0]); diff != "" || len(d.Errors) != mostErrors {
		t.Errorf("%d errors (-want +got):\n%s", len(d.Errors), diff)
	}
	if last := d.Facts[len(d.Facts)-1]; last.Text != "150 kinds beside those that are shown, in auto_failures.csv" {
		t.Errorf("it says %+v", last)
	}
}

// TestLargeDetail: one row that is too large does not take the place of the others.
func TestLargeDetail(t *testing.T) {
	run := wholeRun(t, 6, 150)
	m := run.Records[0].Measured
	for i := range 60_000 {
		e := m.Endpoints[0]
		e.Name, e.Batches = fmt.Sprintf("item %d %s", i, strings.Repeat("x", 50)), ""
		m.Endpoints = append(m.Endpoints, e)
	}
	d := New(modelOfRun(t, run), "")
	for i, detail := range d.Details {
		if got, want := len(detail.Attempts) > 0, d.Rows[i].Key != run.Records[0].Key; got != want {
			t.Errorf("%s: has its details: %v", d.Rows[i].Name, got)
		}
	}
}

// TestImpossibleValues: what nobody can have measured is no number of the page, and keeps none of
// the others from it.
func TestImpossibleValues(t *testing.T) {
	for _, v := range []float64{-1, -1e308, 1e308, 1e-320} {
		run := wholeRun(t, 2, 30)
		m := run.Records[0].Measured
		m.Latency.P50, m.Latency.P95, m.Latency.P99 = v, v, v
		run.Records[0].Observed.TargetUsage = &result.Usage{CPUCores: v}
		if _, err := json.Marshal(New(modelOfRun(t, run), "")); err != nil {
			t.Errorf("%v: %v", v, err)
		}
	}
}

// TestNodes: where target and load ran is with the scenario, and every node in the method.
func TestNodes(t *testing.T) {
	run := wholeRun(t, 2, 30)
	run.Records[0].Nodes = &result.Nodes{Target: map[string]int{"n2": 1, "n1": 2}, Load: map[string]int{"n3": 3}}
	d := New(modelOfRun(t, run), "")
	has := func(facts []Fact, want Fact) bool { return slices.Contains(facts, want) }
	if want := (Fact{"Nodes", "target: 2 on n1, 1 on n2; load: 3 on n3"}); !has(d.Details[0].Facts, want) {
		t.Errorf("facts %+v lack %+v", d.Details[0].Facts, want)
	}
	if want := (Fact{"Nodes", "n1, n2, n3"}); !has(d.Method, want) {
		t.Errorf("method %+v lacks %+v", d.Method, want)
	}
}
