package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// MkdirAll makes a directory and its parents, so that they are still there after any
// crash, and lists those that it made, the outermost first.
func MkdirAll(dir string) (made []string, err error) { return mkdirAll(dir, SyncDir) }

func mkdirAll(dir string, sync func(string) error) (made []string, err error) {
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = slices.Insert(made, 0, at)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return made, err
	}
	for _, dir := range made {
		// A directory's name is kept in its parent, which we may not be allowed to read.
		if err := sync(filepath.Dir(dir)); err != nil && !errors.Is(err, fs.ErrPermission) {
			return made, err
		}
	}
	return made, nil
}
