package rundir

import (
	"io"
	"os"
)

// maxExperiment is how much of an experiment's text is read: more than any has.
const maxExperiment = 1 << 20

// Experiment is the text of what was run; empty where it is not beside the journal, or cannot be
// read: a report needs the journal alone. A run's folder may come from somebody else, so that a link
// out of it is not followed, and nothing but a file is read.
func Experiment(dir string) string {
	at, err := os.OpenRoot(dir)
	if err != nil {
		return ""
	}
	defer func() { _ = at.Close() }()
	if info, err := at.Stat(ExperimentName); err != nil || !info.Mode().IsRegular() || info.Size() > maxExperiment {
		return ""
	}
	f, err := at.Open(ExperimentName)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxExperiment))
	if err != nil {
		return ""
	}
	return string(text)
}
