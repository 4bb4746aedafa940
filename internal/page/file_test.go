package page

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/report"
)

// TestFile: the page is written beside the other reports, while they are, and of the same model.
func TestFile(t *testing.T) {
	dir, m := t.TempDir(), modelOf(t, "search")
	if err := report.WriteFiles(dir, m, File(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := Write(&want, New(modelOf(t, "search"), `{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want.Bytes(), got) {
		t.Error("it is not the page of the run")
	}
	for _, name := range []string{"auto_summary.md", "summary.json"} {
		wrote, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		golden, err := os.ReadFile(filepath.Join(casesPath, "search", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(golden, wrote) {
			t.Errorf("%s is another beside the page", name)
		}
	}
}
