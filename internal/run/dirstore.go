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
	"path"
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
	// size is the length of the journal's whole lines, known once it was loaded or begun.
	size  int64
	begun bool
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
	if err := atomicfile.SyncDir(dir); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &DirStore{dir: dir, journal: f, final: map[matrix.Key]bool{}}, nil
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
		return nil, fmt.Errorf("%s holds a run that ended before its first scenario: %w", dir, err)
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
	s.size = size
	if err := s.journal.Truncate(size); err != nil {
		return fmt.Errorf("cutting a torn line off the journal: %w", err)
	}
	return nil
}

// Begin implements Store.
func (s *DirStore) Begin(_ context.Context, h result.Header) error {
	info, err := s.journal.Stat()
	if err != nil {
		return fmt.Errorf("beginning journal: %w", err)
	}
	if info.Size() > 0 {
		return errors.New("beginning journal: it has begun already")
	}
	line, err := result.EncodeHeader(h)
	if err != nil {
		return err
	}
	if err := s.write(line); err != nil {
		return err
	}
	s.begun = true
	return nil
}

// Append implements Store.
func (s *DirStore) Append(_ context.Context, r result.Record) error {
	if !s.begun {
		return errors.New("journaling: the journal was neither loaded nor begun")
	}
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

// write appends a whole line or, on an error, nothing: half a line in the middle
// would make the journal unreadable.
func (s *DirStore) write(line []byte) error {
	_, err := s.journal.Write(line)
	if err == nil {
		err = s.journal.Sync()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing journal: %w", err), s.truncate(s.size))
	}
	s.size += int64(len(line))
	return nil
}

// SaveSlices implements Store.
func (s *DirStore) SaveSlices(_ context.Context, name string, slices iter.Seq[stats.Slice]) (string, error) {
	ref := path.Join(slicesDir, name+".hlog")
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
