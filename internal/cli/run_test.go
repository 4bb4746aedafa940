package cli

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

// TestDirHint: somebody who continues a run is not told to name another directory.
func TestDirHint(t *testing.T) {
	denied := &fs.PathError{Op: "open", Path: "r/journal.jsonl", Err: fs.ErrPermission}
	for _, tt := range []struct {
		err  error
		opts runOptions
		want string
	}{
		{denied, runOptions{}, "open r/journal.jsonl: permission denied; name a directory that may be written with --out"},
		{denied, runOptions{resume: "r"}, "open r/journal.jsonl: permission denied; to continue the run its directory must be writable"},
		{errors.New("in use"), runOptions{}, "in use"},
	} {
		got := dirHint(tt.err, &tt.opts).Error()
		if got != tt.want || tt.opts.resume != "" && strings.Contains(got, "--out") {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
