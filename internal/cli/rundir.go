package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

// readRun reads a run's directory. If it is none, the error suggests some.
func readRun(dir string) (*result.Run, error) {
	info, err := os.Stat(dir)
	switch {
	case os.IsNotExist(err):
		return nil, fmt.Errorf("%s is not there; %s", dir, nameRun("results"))
	case err == nil && !info.IsDir():
		return nil, fmt.Errorf("%s is a file; %s", dir, nameRun(filepath.Dir(dir), "results"))
	case err == nil && !holdsRun(dir):
		return nil, fmt.Errorf("%s holds no run: it has no %s; %s", dir, rundir.JournalName, nameRun(dir, "results"))
	}
	return rundir.Read(dir)
}

// maxRuns is how many runs an error names.
const maxRuns = 3

// nameRun asks for the directory of a run, and names the latest ones in the first of the
// places that has any.
func nameRun(places ...string) string {
	ask := "name the directory of a run"
	for _, place := range places {
		runs := runsIn(filepath.Clean(place))
		if n := len(runs); n > 0 {
			return ask + ", as " + strings.Join(runs[max(0, n-maxRuns):], ", ")
		}
	}
	return ask
}

// runsIn is the place itself if it is the directory of a run, or else those in it that are.
func runsIn(place string) []string {
	if holdsRun(place) {
		return []string{place}
	}
	var runs []string
	for _, dir := range foldersIn(place+string(filepath.Separator), "") {
		if holdsRun(dir) {
			runs = append(runs, dir)
		}
	}
	return runs
}

func holdsRun(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, rundir.JournalName))
	return err == nil
}

// withRemains says where the logs of a new run are that was refused before it began, unless
// the error names one of them.
func (r *prepared) withRemains(err error, opts *runOptions) error {
	err = errors.Join(err, r.store.Close())
	logs := rundir.Remains(r.dir)
	if err == nil || opts.resume != "" || logs == "" || strings.Contains(err.Error(), logs) {
		return err
	}
	return fmt.Errorf("%w\nwhat its processes said is in %s", err, logs)
}
