package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// File is one report of a run's directory.
type File struct {
	Name   string
	Render func(io.Writer, *Model) error
}

// Files lists the reports that WriteAll makes.
func Files() []File {
	return []File{
		{"auto_summary.csv", CSV},
		{"auto_summary.md", Markdown},
		{"summary.json", Summary},
	}
}

// WriteAll computes the model of a run and writes every file into dir, which
// must exist.
func WriteAll(dir string, run *result.Run) error {
	m, err := New(run)
	if err != nil {
		return err
	}
	return WriteFiles(dir, m)
}

// WriteFiles writes every file of a model into dir. Each appears whole or not at
// all, in place of an older one. It goes on after an error and returns all of them.
func WriteFiles(dir string, m *Model) error {
	var errs []error
	for _, f := range Files() {
		if err := f.write(dir, m); err != nil {
			errs = append(errs, fmt.Errorf("writing %s: %w", f.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (f File) write(dir string, m *Model) error {
	temp, err := os.CreateTemp(dir, "."+f.Name+".*")
	if err != nil {
		return err
	}
	// After the rename there is nothing to remove, and that error says nothing.
	defer os.Remove(temp.Name())
	err = f.Render(temp, m)
	// Reports are shared; a temporary file is its owner's alone.
	err = errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), filepath.Join(dir, f.Name))
}
