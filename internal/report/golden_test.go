package report

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// plainTable is Table on a terminal of 80 columns, which large numbers may exceed, up to widest.
func plainTable(w io.Writer, m *Model) error { return Table(w, m, TableOptions{}) }

const widest = 100

func render(t *testing.T, s *sheet) map[string][]byte {
	t.Helper()
	m, err := New(throughJournal(t, s.run))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range append(Files(), File{Name: "table.txt", Render: plainTable}) {
		if !f.made(m) {
			continue
		}
		var b bytes.Buffer
		if err := f.Render(&b, m); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		out[f.Name] = b.Bytes()
	}
	return out
}

// TestGolden keeps the journal of each run beside its reports: whoever renders runs in another
// package is tested with the same.
func TestGolden(t *testing.T) {
	for name, s := range cases() {
		t.Run(name, func(t *testing.T) {
			journal, err := result.Encode(&s.run)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", name, "journal.jsonl"), journal)
			for file, got := range render(t, s) {
				golden(t, filepath.Join("testdata", name, file), got)
			}
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
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

// TestWideTerminal: one that is wide enough shows the intervals, as many as fit.
func TestWideTerminal(t *testing.T) {
	m, err := New(throughJournal(t, tooClose().run))
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{100, 130} {
		var b bytes.Buffer
		if err := Table(&b, m, TableOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		for _, line := range bytes.Split(b.Bytes(), []byte("\n")) {
			if n := utf8.RuneCount(line); n > width {
				t.Errorf("%d columns of %d: %s", n, width, line)
			}
		}
		golden(t, filepath.Join("testdata", "close", fmt.Sprintf("wide%d.txt", width)), b.Bytes())
	}
}

func TestTableFits(t *testing.T) {
	for name, s := range cases() {
		for i, line := range bytes.Split(render(t, s)["table.txt"], []byte("\n")) {
			if n := utf8.RuneCount(line); n > widest {
				t.Errorf("%s: line %d has %d columns: %s", name, i+1, n, line)
			}
		}
	}
}
