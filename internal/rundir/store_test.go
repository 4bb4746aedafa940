package rundir_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
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

func openDir(t *testing.T, dir string) *rundir.Store {
	t.Helper()
	s, err := rundir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// begin does what a run does first.
func begin(ctx context.Context, s *rundir.Store, h result.Header) error {
	_, err := s.Load(ctx)
	return errors.Join(err, s.Begin(ctx, h))
}

// TestLeavesNoTrace: opening and reading changes nothing that was there, and
// what was made for a run that is not begun goes away with it.
func TestLeavesNoTrace(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	torn := filepath.Join(root, "torn")
	s := openDir(t, torn)
	if err := begin(t.Context(), s, result.Header{Format: result.Format, RunID: "r"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	crashFile(t, filepath.Join(torn, rundir.JournalName), func(b []byte) []byte { return slices.Concat(b, []byte(`{"rec`)) })
	if err := os.MkdirAll(filepath.Join(root, "killed"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "killed", rundir.JournalName), nil, 0o600); err != nil {
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

// TestKeepsWhatOthersPutThere: the logs of a start that failed stay, and so
// the journal that says whose they are.
func TestKeepsWhatOthersPutThere(t *testing.T) {
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

// TestEmptyJournal: it is said to be empty, and its directory is free for a run.
func TestEmptyJournal(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, rundir.JournalName), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := rundir.Read(dir)
	if !errors.Is(err, result.ErrNoHeader) || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("reading it: %v", err)
	}
	if err := rundir.Free(dir); err != nil {
		t.Errorf("it is not free: %v", err)
	}
}

// TestJournalTakenAway: what is measured is not lost with a file that somebody
// deletes or replaces under a run, and the run does not end well.
func TestJournalTakenAway(t *testing.T) {
	for name, tt := range map[string]struct {
		take func(dir, journal string) error
		kept string
	}{
		"deleted":         {func(_, journal string) error { return os.Remove(journal) }, rundir.JournalName},
		"with its folder": {func(dir, _ string) error { return os.RemoveAll(dir) }, rundir.JournalName},
		"renamed":         {func(_, journal string) error { return os.Rename(journal, journal+".old") }, rundir.JournalName},
		"replaced": {func(_, journal string) error {
			return errors.Join(os.Remove(journal), os.WriteFile(journal, []byte("other"), 0o600))
		}, rundir.JournalName + ".kept"},
	} {
		for when, after := range map[string]int{"before a record": 0, "after the last": 1} {
			t.Run(name+" "+when, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "run")
				journal := filepath.Join(dir, rundir.JournalName)
				s := openDir(t, dir)
				header, record := oneScenario()
				if err := begin(t.Context(), s, header); err != nil {
					t.Fatal(err)
				}
				var err error
				for i := range 2 {
					if i == after {
						if err := tt.take(dir, journal); err != nil {
							t.Fatal(err)
						}
					}
					if i == 0 {
						err = s.Append(t.Context(), record)
					}
				}
				err = errors.Join(err, s.Close())
				var lost *rundir.LostJournalError
				if !errors.As(err, &lost) || strings.Count(err.Error(), "was taken away while the run went on") != 1 {
					t.Fatalf("error %v", err)
				}
				data, err := os.ReadFile(filepath.Join(dir, tt.kept))
				if err != nil || lost.Kept != filepath.Join(dir, tt.kept) {
					t.Fatalf("kept in %q: %v", lost.Kept, err)
				}
				if back, err := result.DecodeJournal(data); err != nil || len(back.Records) != 1 {
					t.Errorf("%+v, %v", back, err)
				}
			})
		}
	}
}

func oneScenario() (result.Header, result.Record) {
	key := matrix.Key{Scenario: matrix.Scenario{Replicas: 1, Workers: 1, Users: 1}, Round: 1}
	return result.Header{Format: result.Format, RunID: "r", Keys: []matrix.Key{key}, Order: []int{0}},
		result.Record{Key: key, Role: result.RoleGrid, Attempt: 1, Terminal: true, Status: result.Error, Reasons: []string{"x"}}
}
