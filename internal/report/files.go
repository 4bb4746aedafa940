package report

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/swarmgrid/swarmgrid/internal/atomicfile"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// File is one report of a run's directory.
type File struct {
	Name   string
	Render func(io.Writer, *Model) error
	// Backed tells whether the run has what the file is about; nil for one that every run has.
	Backed func(*Model) bool
}

func (f File) made(m *Model) bool { return f.Backed == nil || f.Backed(m) }

// Files lists the reports that WriteAll makes.
func Files() []File {
	return []File{
		{Name: "auto_summary.csv", Render: CSV},
		{Name: "auto_summary.md", Render: Markdown},
		{Name: "auto_failures.csv", Render: Failures},
		{Name: "summary.json", Render: Summary},
		{Name: "hpa.yaml", Render: HPA, Backed: (*Model).proposed},
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

// WriteFiles writes every file of a model into dir, and more that others render, and removes one that it does not back.
// Each appears whole or not at all, in place of an older one. It goes on after an error and
// returns all of them.
func WriteFiles(dir string, m *Model, more ...File) error {
	var errs []error
	for _, f := range append(Files(), more...) {
		path := filepath.Join(dir, f.Name)
		switch {
		case f.made(m):
			errs = append(errs, atomicfile.Write(path, func(w io.Writer) error { return f.Render(w, m) }))
		case m.Autoscaler != nil: // or a proposal that nothing backs any more would stay
			if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}
