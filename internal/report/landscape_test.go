package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// What the script that this program replaces got wrong, as far as a report can
// get it wrong.

func csvRows(t *testing.T, s *sheet) []CSVRow {
	t.Helper()
	rows, err := ReadCSV(bytes.NewReader(render(t, s)["auto_summary.csv"]))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Row 1: p95 and p99 were read from one key, so both were p90 or 0.
func TestLandscape01DistinctPercentiles(t *testing.T) {
	s := newSheet(small([]int{1}, []int{4}, []int{200}))
	r := s.record(s.run.Header.Keys[0], result.Success)
	measure(&r, 12.5, 850, 0)
	r.Measured.Latency.P95, r.Measured.Latency.P99 = 2500, 3200
	s.add(r)
	row := csvRows(t, s)[0]
	if *row.Median != 850 || *row.P95 != 2500 || *row.P99 != 3200 {
		t.Errorf("median, p95, p99 = %d, %d, %d", *row.Median, *row.P95, *row.P99)
	}
}

// Row 2: RPS was the last ten seconds' instead of the scenario's.
func TestLandscape02RateOfTheWindow(t *testing.T) {
	for name, s := range cases() {
		for i, row := range csvRows(t, s) {
			if row.RPS == nil {
				continue
			}
			if want := *row.RPS * *row.Duration; float64(*row.Requests) < want*.99 || float64(*row.Requests) > want*1.01 {
				t.Errorf("%s row %d: %d requests are not %v RPS × %v s", name, i, *row.Requests, *row.RPS, *row.Duration)
			}
		}
	}
}

// Row 4: a target that never got ready was measured and called SUCCESS.
func TestLandscape04NotReadyIsAnError(t *testing.T) {
	for _, row := range csvRows(t, allFailed()) {
		if !strings.HasPrefix(row.Status, "ERROR: target not ready") || row.RPS != nil || row.Median != nil || row.Requests != nil {
			t.Errorf("row = %+v", row)
		}
	}
}

// Row 7: one crash lost everything. A journal that ends anywhere still reports all
// that was finished.
func TestLandscape07PartialRunReports(t *testing.T) {
	s := newSheet(full(), latencySLO()...).fill(full().Keys()[:5])
	rows := csvRows(t, s)
	for i, row := range rows {
		want := "SUCCESS"
		if i >= 5 {
			want = "SKIPPED: not measured yet"
		}
		if row.Status != want {
			t.Errorf("row %d is %q, want %q", i, row.Status, want)
		}
	}
	if len(rows) != 24 {
		t.Errorf("%d rows", len(rows))
	}
}

// Row 15: "best latency" was won by a scenario without requests, at 0 ms.
func TestLandscape15SilenceIsNotFast(t *testing.T) {
	m, err := New(&zeroRequests().run)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Findings.Latency.Row.Record.Key.Replicas; got != 2 {
		t.Errorf("best latency has %d replicas, want the 2 that answered", got)
	}
	if row := csvRow(m.Rows[0]); row.Median != nil || row.FailuresPct != nil || *row.Requests != 0 {
		t.Errorf("a row without requests has latencies: %+v", row)
	}
}

// Row 16: a failed scenario was recorded as 0 RPS and 100 % failures, which is
// what a measured outage looks like.
func TestLandscape16ErrorIsNotOutage(t *testing.T) {
	failed, down := csvRows(t, allFailed())[0], csvRows(t, outage())[0]
	if failed.FailuresPct != nil || failed.RPS != nil || failed.Status == "SUCCESS" {
		t.Errorf("failed scenario: %+v", failed)
	}
	if down.FailuresPct == nil || *down.FailuresPct != 100 || down.Status != "SUCCESS" {
		t.Errorf("outage: %+v", down)
	}
}

// Row 17: one run each in ascending order: drift looks like scaling. The report says so.
func TestLandscape17OrderIsADoubt(t *testing.T) {
	const want = "Each scenario was measured once, in listed order"
	s := newSheet(full()).fill(full().Keys())
	for _, file := range []string{"auto_summary.md", "table.txt", "summary.json"} {
		if !bytes.Contains(render(t, s)[file], []byte(want)) {
			t.Errorf("%s does not say: %s", file, want)
		}
	}
	s.run.Header.Order[0], s.run.Header.Order[23] = 23, 0
	if bytes.Contains(render(t, s)["auto_summary.md"], []byte(want)) {
		t.Error("a shuffled run is doubted for its order")
	}
}

func TestWriteAllTwice(t *testing.T) {
	for name, s := range cases() {
		dir := t.TempDir()
		run := throughJournal(t, s.run)
		if err := WriteAll(dir, run); err != nil {
			t.Fatal(err)
		}
		first := readAll(t, dir)
		if err := WriteAll(dir, run); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, readAll(t, dir)); diff != "" {
			t.Errorf("%s (-first +second):\n%s", name, diff)
		}
		want := len(render(t, s)) - 1 // but for the table
		if len(first) != want {
			t.Errorf("%s: %d files in the directory, want %d", name, len(first), want)
		}
	}
}

func readAll(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(data)
	}
	return out
}

func TestWriteAllErrors(t *testing.T) {
	run := &newSheet(full()).run
	err := WriteAll(filepath.Join(t.TempDir(), "missing"), run)
	if err == nil || !strings.Contains(err.Error(), "missing/auto_summary.csv") || !strings.Contains(err.Error(), "missing/summary.json") {
		t.Errorf("error = %v, want one per file", err)
	}
	run.Header.SLO = latencySLO()
	run.Header.SLO[0].Below = "soon"
	if err := WriteAll(t.TempDir(), run); err == nil || !strings.Contains(err.Error(), `"soon"`) {
		t.Errorf("error = %v, want it to name the bound", err)
	}
}
