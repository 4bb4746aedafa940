//go:build linux

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

// simulator is a target of inference-sim processes; flags come after its address.
func simulator(flags ...string) string {
	command := append([]string{"inference-sim", "--listen", "127.0.0.1:{{port}}"}, flags...)
	return process(command...)
}

// process is a target of a command's processes.
func process(command ...string) string {
	quoted := make([]string, len(command))
	for i, c := range command {
		quoted[i] = fmt.Sprintf("%q", c)
	}
	return fmt.Sprintf("{process: {command: [%s]}, ready: {path: /healthz, timeout: 20s}}", strings.Join(quoted, ", "))
}

// quick is the fastest possible service.
func quick() string { return simulator("--servers", "64", "--service", "fixed", "--mean", "5ms") }

// experiment is a LoadMatrix from the bodies of its parts; further lines of the spec may
// follow. A scenario is tried as often as a busy machine may need, unless measure says more.
func experiment(target, load, matrix, measure string, further ...string) string {
	if !strings.Contains(measure, "attempts") {
		measure = strings.TrimSuffix(measure, "}") + ", attempts: 20}"
	}
	lines := []string{
		"apiVersion: swarmgrid.dev/v1alpha1", "kind: LoadMatrix", "metadata: {name: e2e}", "spec:",
		"  target: " + target, "  load: " + load, "  matrix: " + matrix, "  measure: " + measure,
	}
	for _, f := range further {
		lines = append(lines, "  "+f)
	}
	return strings.Join(lines, "\n") + "\n"
}

// busy is a swarmfile whose users send often, so that a short window has many requests.
const busy = `apiVersion: swarmgrid.dev/v1alpha1
kind: Swarmfile
metadata: {name: busy}
spec:
  users:
    - name: Client
      wait: {constant: 100ms}
      tasks:
        - {name: health, request: {method: GET, path: /healthz}}
`

// busyPython is the same for Python.
const busyPython = `from locust import HttpUser, constant, task

class Client(HttpUser):
    wait_time = constant(0.1)

    @task
    def health(self):
        self.client.get("/healthz", name="health")
`

// journal reads a run's journal with the program's own reader, which refuses two
// terminal records of one key.
func (w *world) journal(dir string) *result.Run {
	w.t.Helper()
	j, err := rundir.Read(w.path(dir))
	if err != nil {
		w.t.Fatal(err)
	}
	return j
}

// csv reads a run's rows.
func (w *world) csv(dir string) []report.CSVRow {
	w.t.Helper()
	rows, err := report.ReadCSV(strings.NewReader(w.read(filepath.Join(dir, "auto_summary.csv"))))
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

// wantSuccess checks that the CSV has n rows, all SUCCESS and with requests.
func (w *world) wantSuccess(dir string, n int) []report.CSVRow {
	w.t.Helper()
	rows := w.csv(dir)
	if len(rows) != n {
		w.t.Errorf("the CSV has %d rows, want %d", len(rows), n)
	}
	for _, r := range rows {
		if r.Status != "SUCCESS" || r.Requests == nil || *r.Requests == 0 {
			w.t.Errorf("%v: %s, want SUCCESS with requests", scenario(r), r.Status)
		}
	}
	return rows
}

// wantLatencies checks that the percentiles of successful rows are in order.
func (w *world) wantLatencies(rows []report.CSVRow) {
	w.t.Helper()
	for _, r := range rows {
		if r.Status == "SUCCESS" && (*r.P99 < *r.P95 || *r.P95 < *r.Median || *r.Median <= 0) {
			w.t.Errorf("%v: p99 %d, p95 %d, median %d ms; want p99 >= p95 >= median > 0", scenario(r), *r.P99, *r.P95, *r.Median)
		}
	}
}

func scenario(r report.CSVRow) matrix.Key {
	return matrix.Key{Scenario: matrix.Scenario{Replicas: r.Replicas, Workers: r.Workers, Users: r.Users}}
}
