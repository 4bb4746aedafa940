package rundir_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/run/storetest"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Suite(t, func(t *testing.T) storetest.Place {
		dir := filepath.Join(t.TempDir(), "a", "run")
		return storetest.Place{
			Open:  func() (run.Store, error) { return asStore(rundir.Open(dir)) },
			Crash: func(change func([]byte) []byte) { crashFile(t, filepath.Join(dir, rundir.JournalName), change) },
		}
	})
}

// asStore keeps a nil *rundir.Store from becoming a run.Store that is not nil.
func asStore(s *rundir.Store, err error) (run.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

func crashFile(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	if _, err := rundir.Read(dir); err == nil {
		t.Error("an empty directory holds a run")
	}
	if err := os.WriteFile(filepath.Join(dir, rundir.JournalName), []byte(`{"header":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := rundir.Read(dir); err == nil {
		t.Error("a torn header is a run")
	}
}
