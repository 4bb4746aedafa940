package rundir

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// MaxExperiment is how much of an experiment's text is read: more than any has.
const MaxExperiment = 1 << 20

// ErrTooLarge says that a file has more than may be read of it.
var ErrTooLarge = errors.New("is too large")

// ReadRegular reads a file of a run's folder, which may come from somebody else: a link out of it is
// not followed, nothing but a file is read, and none that has more than most bytes (ErrTooLarge). It
// reads as much as the file had when it was looked at.
func ReadRegular(at *os.Root, name string, most int64) ([]byte, error) {
	info, err := at.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // a pipe would never end
		return nil, errors.New("is not a regular file")
	case info.Size() > most:
		return nil, fmt.Errorf("%w: it has more than %d MiB", ErrTooLarge, most>>20)
	}
	f, err := at.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data := make([]byte, info.Size())
	n, err := io.ReadFull(f, data)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) { // it may have become shorter
		return nil, err
	}
	return data[:n], nil
}

// Experiment is the text of what was run; empty where it is not beside the journal, or cannot be
// read: a report needs the journal alone.
func Experiment(dir string) string {
	at, err := os.OpenRoot(dir)
	if err != nil {
		return ""
	}
	defer func() { _ = at.Close() }()
	return ExperimentOf(at)
}

// ExperimentOf is Experiment of a folder that is open.
func ExperimentOf(at *os.Root) string {
	text, err := ReadRegular(at, ExperimentName, MaxExperiment)
	if err != nil {
		return ""
	}
	return string(text)
}
