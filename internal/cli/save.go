package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// newFile is a file that does not exist yet.
type newFile struct {
	path string
	data []byte
}

// free refuses a path that exists.
func (f newFile) free(next string) error {
	if _, err := os.Lstat(f.path); !errors.Is(err, fs.ErrNotExist) {
		return usageError{fmt.Errorf("%s exists, and nothing is overwritten; %s", f.path, next)}
	}
	return nil
}

// write makes the file, or fails if something is there by now.
func (f newFile) write() error {
	out, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("writing %s: %w", f.path, errors.Unwrap(err))
	}
	_, err = out.Write(f.data)
	return errors.Join(err, out.Close())
}

// savedFiles are where --save writes what ran.
type savedFiles struct {
	asked *asked
	// swarmfile is empty if a file on the command line says what is sent.
	experiment, swarmfile string
}

const saveNext = "name another file with --save"

// findSaved checks that the files can be written once the run begins.
func findSaved(path string, a *asked) (*savedFiles, error) {
	if path == "" {
		return nil, nil
	}
	if a.once == nil {
		return nil, usageError{fmt.Errorf("--save is for what is measured by its URL; %s is an experiment already", a.source.Name)}
	}
	s := &savedFiles{asked: a, experiment: path}
	if a.once.LoadFile == "" {
		s.swarmfile = strings.TrimSuffix(path, filepath.Ext(path)) + ".swarmfile.yaml"
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return nil, usageError{fmt.Errorf("--save: there is no directory %s; make it first", filepath.Dir(path))}
	}
	for _, file := range []string{s.experiment, s.swarmfile} {
		if file != "" {
			if err := (newFile{path: file}).free(saveNext); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// write writes both files; the swarmfile first, so that the experiment is never without it.
func (s *savedFiles) write(exp *experiment.Experiment) error {
	if s == nil {
		return nil
	}
	load := filepath.Base(s.swarmfile)
	if s.swarmfile == "" {
		var err error
		if load, err = pathFrom(filepath.Dir(s.experiment), s.asked.once.LoadFile); err != nil {
			return err
		}
	} else if err := (newFile{s.swarmfile, exp.LoadFile}).write(); err != nil {
		return err
	}
	return newFile{s.experiment, s.asked.once.Saved(exp, load)}.write()
}

// said is what was written, and what to set before it can be run; empty for nothing.
func (s *savedFiles) said() string {
	if s == nil {
		return ""
	}
	text := "wrote " + s.experiment
	if s.swarmfile != "" {
		text += " and " + s.swarmfile
	}
	if secrets := s.asked.secrets(); len(secrets) > 0 {
		text += "; export " + strings.Join(slices.Sorted(maps.Keys(secrets)), ", ") + " before you run it, the values are not kept"
	}
	return text
}

// pathFrom is the path by which a file in dir refers to another.
func pathFrom(dir, file string) (string, error) {
	if filepath.IsAbs(file) {
		return file, nil
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	file, err = filepath.Abs(file)
	if err != nil {
		return "", err
	}
	return filepath.Rel(dir, file)
}
