package rundir

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// tidy takes away what was made for a run that was never begun, unless somebody has put
// anything beside it or a process has said something in its log. The lock is still held.
func (s *Store) tidy() {
	info, err := s.journal.Stat()
	if !s.fresh || err != nil || info.Size() > 0 {
		return
	}
	logs := filepath.Join(s.dir, logsDir)
	if !onlyOurs(s.dir, JournalName, logsDir) || !silent(logs) {
		return
	}
	// Of the logs nothing is left to read, and a directory goes only when it is empty.
	for _, e := range entries(logs) {
		_ = os.Remove(filepath.Join(logs, e.Name()))
	}
	_ = os.Remove(logs)
	_ = os.Remove(s.journal.Name())
	for _, dir := range slices.Backward(s.made) {
		_ = os.Remove(dir)
	}
}

// Remains is the directory of logs that a run left which was never begun: what its
// processes said, where they said anything. It is empty where nothing remains.
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

// entries is what is in a directory; nothing where it is not there.
func entries(dir string) []fs.DirEntry {
	found, _ := os.ReadDir(dir)
	return found
}
