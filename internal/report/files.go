package report

import (
	"errors"
	"io"
	"path/filepath"

	"github.com/swarmgrid/swarmgrid/internal/atomicfile"
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
		{"auto_failures.csv", Failures},
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
		errs = append(errs, atomicfile.Write(filepath.Join(dir, f.Name), func(w io.Writer) error { return f.Render(w, m) }))
	}
	return errors.Join(errs...)
}
