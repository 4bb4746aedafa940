package report

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

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

// WriteFiles writes every file of a model into dir, and more that others render, side by side,
// and removes one that it does not back. Each appears whole or not at all, in place of an older
// one. It goes on after an error and returns all of them.
func WriteFiles(dir string, m *Model, more ...File) error {
	files := append(Files(), more...)
	errs := make([]error, len(files))
	var wait sync.WaitGroup
	for i, f := range files {
		wait.Go(func() { errs[i] = f.write(dir, m) })
	}
	wait.Wait()
	return errors.Join(errs...)
}

func (f File) write(dir string, m *Model) error {
	path := filepath.Join(dir, f.Name)
	if f.made(m) {
		return atomicfile.Write(path, func(w io.Writer) error { return f.Render(w, m) })
	}
	if m.Autoscaler == nil {
		return nil
	}
	// Or a proposal that nothing backs any more would stay.
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
