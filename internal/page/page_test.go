package page

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const casesPath = "../report/testdata"

// cases are the journals of the reports' tests.
func cases(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(casesPath, "*", "journal.jsonl"))
	if err != nil || len(paths) < 30 {
		t.Fatalf("%d journals in %s, error %v", len(paths), casesPath, err)
	}
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = filepath.Base(filepath.Dir(path))
	}
	return names
}

func modelOf(t testing.TB, name string) *report.Model {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(casesPath, name, "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	run, err := result.DecodeJournal(data)
	if err != nil {
		t.Fatal(err)
	}
	return modelOfRun(t, run)
}

func modelOfRun(t testing.TB, run *result.Run) *report.Model {
	t.Helper()
	m, err := report.New(run)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func encoded(t testing.TB, d *Document) []byte {
	t.Helper()
	data, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// goldens are the cases whose documents are kept: one with an SLO and an INVALID scenario, one
// of a search, and one whose windows were kept second by second.
func goldens() []string { return []string{"sample", "search", "unsteady"} }

func TestGolden(t *testing.T) {
	for _, name := range goldens() {
		golden(t, name+".json", encoded(t, New(modelOf(t, name), "")))
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run go test with -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
