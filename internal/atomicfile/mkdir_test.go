package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMkdirAll: the name of each new directory is made durable in its parent, and nothing
// is synced where nothing was made.
func TestMkdirAll(t *testing.T) {
	root := t.TempDir()
	a := filepath.Join(root, "a")
	b, c := filepath.Join(a, "b"), filepath.Join(a, "b", "c")
	var synced []string
	sync := func(dir string) error {
		synced = append(synced, dir)
		return nil
	}
	made, err := mkdirAll(c+"/", sync)
	if diff := cmp.Diff([]string{a, b, c}, made); diff != "" || err != nil {
		t.Errorf("made (-want +got), %v:\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{root, a, b}, synced); diff != "" {
		t.Errorf("synced (-want +got):\n%s", diff)
	}
	if made, err = mkdirAll(c, sync); len(made) > 0 || err != nil || len(synced) != 3 {
		t.Errorf("again: made %v, synced %v, %v", made, synced, err)
	}
	broken := errors.New("input/output error")
	if _, err = mkdirAll(filepath.Join(root, "d"), func(string) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if _, err = MkdirAll(filepath.Join(root, "e", "f")); err != nil {
		t.Error(err)
	}
	t.Chdir(root)
	if made, err = MkdirAll("g"); err != nil || len(made) != 1 {
		t.Errorf("made %v, %v", made, err)
	}
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = MkdirAll("file/x"); err == nil {
		t.Error("a directory in a file")
	}
}
