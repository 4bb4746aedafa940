package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// The names of what a command keeps beside the journal.
const (
	ExperimentName = "experiment.json"
	SwarmfileName  = "swarmfile.yaml"
	LocustfileName = "locustfile.py"
	// ScriptsName is the folder of a locustfile and what is beside it, of a run in a cluster.
	ScriptsName = "scripts"
	logsDir     = "logs"
)

// UsedError says that a directory is not free for a new run.
type UsedError struct {
	Dir string
	// Holds says what is in the way.
	Holds string
	// Run says that it is a run, which may be continued.
	Run bool
}

// Error names the next step.
func (e *UsedError) Error() string {
	if e.Run {
		return fmt.Sprintf("%s already holds a run; continue it with --resume %s, or name another --out", e.Dir, e.Dir)
	}
	return fmt.Sprintf("%s %s; name a new or an empty directory with --out, so that nothing is overwritten", e.Dir, e.Holds)
}

// Free checks that a directory is new or empty, or holds only the remains of a run that
// ended before it began. Its error is a *UsedError, or says why the directory cannot be
// read. It changes nothing.
func Free(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return &UsedError{Dir: dir, Holds: "is not a directory"}
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("reading run directory: %w; name another with --out", err)
	case len(entries) == 0:
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir, JournalName)); err != nil {
		return &UsedError{Dir: dir, Holds: "holds " + entries[0].Name()}
	}
	_, err = Read(dir)
	switch {
	case err == nil:
		return &UsedError{Dir: dir, Run: true}
	case !errors.Is(err, result.ErrNoHeader):
		return &UsedError{Dir: dir, Holds: fmt.Sprintf("holds a %s that cannot be read (%v)", JournalName, err)}
	}
	if i := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return !ours(e.Name()) }); i >= 0 {
		return &UsedError{Dir: dir, Holds: "holds " + entries[i].Name()}
	}
	return nil
}

// ours tells whether a name is that of a file that a run may leave before it begins, or
// the temporary name of such a file (see atomicfile).
func ours(name string) bool {
	for _, own := range []string{JournalName, ExperimentName, SwarmfileName, LocustfileName, ScriptsName, slicesDir, logsDir} {
		if name == own || strings.HasPrefix(name, "."+own+".") {
			return true
		}
	}
	return false
}
