//go:build page

package page

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/test/page/browser"
	"github.com/swarmgrid/swarmgrid/test/page/runs"
)

const (
	// axe is what web/ pins; shots are where the pages' looks are kept.
	axe   = "../../web/node_modules/axe-core/axe.min.js"
	shots = "../../bin/page"
)

// swarmgrid is the program under test.
var swarmgrid string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "swarmgrid-page-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	swarmgrid = filepath.Join(dir, "swarmgrid")
	if out, err := exec.Command("go", "build", "-o", swarmgrid, "../../cmd/swarmgrid").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// The runs, by name. Each is made once.
var (
	demo     = sync.OnceValue(runs.Demo)
	full     = sync.OnceValue(runs.Full)
	rounds   = sync.OnceValue(runs.Rounds)
	troubled = sync.OnceValue(runs.Troubled)
	noSLO    = sync.OnceValue(runs.NoSLO)
	python   = sync.OnceValue(runs.Python)
	old      = sync.OnceValue(runs.Old)
	url      = sync.OnceValue(runs.URL)
	hostile  = sync.OnceValue(runs.Hostile)
	largest  = sync.OnceValue(runs.Largest)
)

// write makes a run's directory, as `swarmgrid run` leaves it, but for the reports.
func write(t testing.TB, run *result.Run) (dir string) {
	t.Helper()
	dir = t.TempDir()
	experiment, err := runs.Experiment("../../examples/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := runs.Write(dir, run, experiment); err != nil {
		t.Fatal(err)
	}
	return dir
}

// report has the program make the reports of a run's directory again. What the run is judged
// has its own exit codes.
func report(t testing.TB, dir string) {
	t.Helper()
	cmd := exec.Command(swarmgrid, "report", dir)
	out, err := cmd.CombinedOutput()
	if !slices.Contains([]int{0, 1, 3, 5}, cmd.ProcessState.ExitCode()) {
		t.Fatalf("swarmgrid report: %v\n%s", err, out)
	}
}

// open opens the page of a run.
func open(t testing.TB, b *browser.Browser, run *result.Run, v browser.View, hash string) *browser.Page {
	t.Helper()
	dir := write(t, run)
	report(t, dir)
	return b.Open(t, "file://"+filepath.Join(dir, "report.html")+hash, v)
}
