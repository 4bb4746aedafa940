package runs_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
	"github.com/swarmgrid/swarmgrid/test/page/runs"
)

// TestRuns: each is the same when it is made again, and comes back from disk with the statuses
// that it is there for.
func TestRuns(t *testing.T) {
	for name, c := range map[string]struct {
		make func() *result.Run
		rows int
		want []result.Status
	}{
		"demo":     {runs.Demo, 6, []result.Status{"SUCCESS"}},
		"full":     {runs.Full, 24, []result.Status{"SUCCESS"}},
		"rounds":   {runs.Rounds, 36, []result.Status{"SUCCESS"}},
		"troubled": {runs.Troubled, 6, []result.Status{"ERROR", "INVALID", "SKIPPED", "SUCCESS"}},
		"no-slo":   {runs.NoSLO, 6, []result.Status{"SUCCESS"}},
		"python":   {runs.Python, 6, []result.Status{"SUCCESS"}},
		"old":      {runs.Old, 4, []result.Status{"SUCCESS"}},
		"url":      {runs.URL, 4, []result.Status{"SUCCESS"}},
		"hostile":  {runs.Hostile, 4, []result.Status{"INVALID", "SUCCESS"}},
	} {
		t.Run(name, func(t *testing.T) {
			run := c.make()
			if !bytes.Equal(encode(t, run), encode(t, c.make())) {
				t.Error("made again it is another run")
			}
			dir := t.TempDir()
			if err := runs.Write(dir, run, nil); err != nil {
				t.Fatal(err)
			}
			back, err := rundir.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			m, err := report.New(back)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Rows) != c.rows {
				t.Errorf("%d rows, want %d", len(m.Rows), c.rows)
			}
			if diff := cmp.Diff(c.want, statuses(m)); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
		})
	}
}

func encode(t *testing.T, run *result.Run) []byte {
	t.Helper()
	data, err := result.Encode(run)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// statuses are those that occur, in the order of their names.
func statuses(m *report.Model) (out []result.Status) {
	for _, want := range []result.Status{result.Error, result.Interrupted, result.Invalid, result.Skipped, result.Success} {
		for _, r := range m.Rows {
			if r.Record.Status == want {
				out = append(out, want)
				break
			}
		}
	}
	return out
}
