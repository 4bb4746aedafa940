package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/swarmgrid/swarmgrid/internal/atomicfile"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// The names in a run's directory.
const (
	JournalName = "journal.jsonl"
	slicesDir   = "slices"
)

// DirStore keeps a run in a directory: journal.jsonl, written through to the disk
// line by line, and slices/<attempt>.hlog.
type DirStore struct {
	dir     string
	journal *os.File
	begun   bool
	// final are the keys with a terminal record.
	final map[matrix.Key]bool
}

// OpenDir opens the run in dir, creating the directory if need be, and locks it
// against other processes until Close.
func OpenDir(dir string) (*DirStore, error) {
	if err := os.MkdirAll(filepath.Join(dir, slicesDir), 0o755); err != nil {
		return nil, fmt.Errorf("opening run directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, JournalName), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening run directory: %w", err)
	}
	if err := lockFile(f); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("run directory %s is in use by another process; wait for it to end, or stop it", dir)
	}
	return &DirStore{dir: dir, journal: f, final: map[matrix.Key]bool{}}, atomicfile.SyncDir(dir)
}

// ReadDir reads the run in dir without locking or changing it.
func ReadDir(dir string) (*result.Run, error) {
	data, err := os.ReadFile(filepath.Join(dir, JournalName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no run: it has no %s", dir, JournalName)
	}
	if err != nil {
		return nil, fmt.Errorf("reading run: %w", err)
	}
	run, err := result.DecodeJournal(data)
	if errors.Is(err, result.ErrNoHeader) {
		return nil, fmt.Errorf("%s holds a run that ended before its first scenario", dir)
	}
	return run, err
}

// Load implements Store.
func (s *DirStore) Load(context.Context) (*result.Run, error) {
	data, err := os.ReadFile(s.journal.Name())
	if err != nil {
		return nil, fmt.Errorf("reading journal: %w", err)
	}
	run, err := result.DecodeJournal(data)
	if errors.Is(err, result.ErrNoHeader) {
		return nil, s.truncate(0)
	}
	if err != nil {
		return nil, err
	}
	s.begun = true
	for key := range run.Final() {
		s.final[key] = true
	}
	return run, s.truncate(run.Valid)
}

// truncate cuts a torn line off.
func (s *DirStore) truncate(size int64) error {
	if err := s.journal.Truncate(size); err != nil {
		return fmt.Errorf("cutting a torn line off the journal: %w", err)
	}
	return nil
}

// Begin implements Store.
func (s *DirStore) Begin(_ context.Context, h result.Header) error {
	if s.begun {
		return errors.New("beginning a journal that has begun")
	}
	line, err := result.EncodeHeader(h)
	if err != nil {
		return err
	}
	s.begun = true
	return s.write(line)
}

// Append implements Store.
func (s *DirStore) Append(_ context.Context, r result.Record) error {
	if s.final[r.Key] && r.Terminal {
		return fmt.Errorf("journaling: %v already has its final record", r.Key)
	}
	line, err := result.EncodeRecord(r)
	if err != nil {
		return err
	}
	if err := s.write(line); err != nil {
		return err
	}
	s.final[r.Key] = s.final[r.Key] || r.Terminal
	return nil
}

func (s *DirStore) write(line []byte) error {
	if _, err := s.journal.Write(line); err != nil {
		return fmt.Errorf("writing journal: %w", err)
	}
	if err := s.journal.Sync(); err != nil {
		return fmt.Errorf("writing journal: %w", err)
	}
	return nil
}

// SaveSlices implements Store.
func (s *DirStore) SaveSlices(_ context.Context, name string, slices iter.Seq[stats.Slice]) (string, error) {
	ref := slicesDir + "/" + name + ".hlog"
	return ref, atomicfile.Write(filepath.Join(s.dir, filepath.FromSlash(ref)), func(w io.Writer) error {
		return stats.WriteLog(w, slices)
	})
}

// LoadSlices implements Store.
func (s *DirStore) LoadSlices(_ context.Context, ref string) iter.Seq2[stats.Slice, error] {
	data, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(ref)))
	if err != nil {
		return func(yield func(stats.Slice, error) bool) { yield(stats.Slice{}, fmt.Errorf("reading slices: %w", err)) }
	}
	return stats.ReadLog(bytes.NewReader(data))
}

// Close implements Store.
func (s *DirStore) Close() error { return s.journal.Close() }
