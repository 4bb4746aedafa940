package run_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// tree lists a directory with its files' contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			found[path] = "directory"
			return err
		}
		data, err := os.ReadFile(path)
		found[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func openDir(t *testing.T, dir string) *run.DirStore {
	t.Helper()
	s, err := run.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestDirStoreLeavesNoTrace: opening and reading changes nothing that was there, and
// what was made for a run that is not begun goes away with it.
func TestDirStoreLeavesNoTrace(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	torn := filepath.Join(root, "torn")
	s := openDir(t, torn)
	if err := s.Begin(t.Context(), result.Header{Format: result.Format, RunID: "r"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	crashFile(t, filepath.Join(torn, run.JournalName), func(b []byte) []byte { return slices.Concat(b, []byte(`{"rec`)) })
	if err := os.MkdirAll(filepath.Join(root, "killed"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "killed", run.JournalName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before := tree(t, root)
	for _, dir := range []string{"torn", "empty", "killed", "new", "new/in/new"} {
		s := openDir(t, filepath.Join(root, dir))
		if _, err := s.Load(t.Context()); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if diff := cmp.Diff(before, tree(t, root)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// TestDirStoreKeepsWhatOthersPutThere: the logs of a start that failed stay, and so
// the journal that says whose they are.
func TestDirStoreKeepsWhatOthersPutThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	s := openDir(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "master.log"), []byte("why"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); got[filepath.Join(dir, "master.log")] != "why" || len(got) != 3 {
		t.Errorf("left: %v", got)
	}
}
