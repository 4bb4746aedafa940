package rundir

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// tidy removes what was made for a run that never began, unless there is something else
// beside it or a log has content. The lock is still held.
func (s *Store) tidy() {
	info, err := s.journal.Stat()
	if !s.fresh || err != nil || info.Size() > 0 {
		return
	}
	logs := filepath.Join(s.dir, logsDir)
	if !onlyOurs(s.dir, JournalName, logsDir) || !silent(logs) {
		return
	}
	// The logs are empty, and os.Remove removes a directory only if it is empty.
	for _, e := range entries(logs) {
		_ = os.Remove(filepath.Join(logs, e.Name()))
	}
	_ = os.Remove(logs)
	_ = os.Remove(s.journal.Name())
	for _, dir := range slices.Backward(s.made) {
		_ = os.Remove(dir)
	}
}

// Remains is the directory of logs that a run has left which never began, if its processes
// wrote any; otherwise it is empty.
func Remains(dir string) string {
	logs := filepath.Join(dir, logsDir)
	if silent(logs) {
		return ""
	}
	return logs
}

func onlyOurs(dir string, names ...string) bool {
	return !slices.ContainsFunc(entries(dir), func(e fs.DirEntry) bool { return !slices.Contains(names, e.Name()) })
}

// silent tells whether a directory holds nothing but empty files.
func silent(dir string) bool {
	return !slices.ContainsFunc(entries(dir), func(e fs.DirEntry) bool {
		info, err := e.Info()
		return err != nil || !info.Mode().IsRegular() || info.Size() > 0
	})
}

// entries lists a directory; a missing one is empty.
func entries(dir string) []fs.DirEntry {
	found, _ := os.ReadDir(dir)
	return found
}
