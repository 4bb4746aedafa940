package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

// findPrevious reads the run to be continued and, without FILE, its experiment. A run that
// was killed before it wrote anything is started afresh in its place.
func findPrevious(opts *runOptions) (*result.Run, error) {
	if opts.resume == "" {
		return nil, nil
	}
	previous, err := readRun(opts.resume)
	begun := !errors.Is(err, result.ErrNoHeader)
	if opts.file == "" {
		opts.file = filepath.Join(opts.resume, rundir.ExperimentName)
		if _, gone := os.Stat(opts.file); gone != nil && !begun {
			return nil, usageError{fmt.Errorf("--resume: %s holds a run that was refused before it began; begin it with swarmgrid run FILE --out %s", opts.resume, opts.resume)}
		}
	}
	if !begun {
		opts.out = opts.resume
		return nil, nil
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("--resume: %w", err)}
	}
	return previous, nil
}

// ownCopy tells whether the experiment is the copy that a run kept.
func (o *runOptions) ownCopy() bool {
	return o.resume != "" && o.file == filepath.Join(o.resume, rundir.ExperimentName)
}

// movedHint adds the next step to an error about a folder that the run's own copy of the
// experiment names, and that is gone.
func movedHint(err error, opts *runOptions) error {
	var wrong *experiment.Error
	if !opts.ownCopy() || !errors.As(err, &wrong) || !slices.ContainsFunc(wrong.Problems, func(p experiment.Problem) bool { return p.Path == "spec.target.process.dir" }) {
		return err
	}
	return fmt.Errorf("%w; if the experiment has moved, continue with it: swarmgrid run FILE --resume %s", err, opts.resume)
}

// notBegun says what is in a directory that is to be continued, but in which no run has begun.
func notBegun(err error, opts *runOptions) error {
	var used *rundir.UsedError
	if opts.resume == "" || !errors.As(err, &used) {
		return err
	}
	return usageError{fmt.Errorf("--resume: %s %s and no run that has begun; leave --resume out for a new one", used.Dir, used.Holds)}
}
