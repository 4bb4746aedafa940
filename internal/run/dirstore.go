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
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/atomicfile"
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
	// made are the directories that OpenDir made, the outermost first; fresh says that
	// it made the journal.
	made  []string
	fresh bool
	// size is the length of the journal's whole lines, known once it was loaded or
	// begun; torn says that half a line follows, which the next write cuts off.
	size         int64
	loaded, torn bool
	ledger       *result.Ledger
}

// OpenDir opens the run in dir, creating the directory if need be, and locks it
// against other processes until Close. A run that is not begun leaves no trace.
func OpenDir(dir string) (*DirStore, error) {
	made, err := makeDirs(dir)
	if err != nil {
		return nil, fmt.Errorf("opening run directory: %w", err)
	}
	name := filepath.Join(dir, JournalName)
	_, err = os.Stat(name)
	fresh := errors.Is(err, fs.ErrNotExist)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening run directory: %w", err)
	}
	if err := lockOnly(f); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("run directory %s is in use by another process; wait for it to end, or stop it", dir)
	}
	if err := atomicfile.SyncDir(dir); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &DirStore{dir: dir, journal: f, made: made, fresh: fresh, ledger: &result.Ledger{}}, nil
}

// makeDirs makes a directory with its parents and lists those that were not there.
func makeDirs(dir string) (made []string, err error) {
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = slices.Insert(made, 0, at)
	}
	return made, os.MkdirAll(dir, 0o755)
}

// lockOnly locks a file that is still the one at its path: its last owner may have
// taken it away while it was opened here.
func lockOnly(f *os.File) error {
	if err := lockFile(f); err != nil {
		return err
	}
	held, err := f.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(f.Name())
	if err == nil && !os.SameFile(held, there) {
		err = errors.New("the file was replaced")
	}
	return err
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
		s.size, s.torn, s.loaded = 0, len(data) > 0, true
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.size, s.torn, s.loaded = run.Valid, run.Valid < int64(len(data)), true
	s.ledger = result.NewLedger(run)
	return run, nil
}

// truncate cuts off what is no whole line.
func (s *DirStore) truncate() error {
	if err := s.journal.Truncate(s.size); err != nil {
		return fmt.Errorf("cutting a torn line off the journal: %w", err)
	}
	s.torn = false
	return nil
}

// Begin implements Store.
func (s *DirStore) Begin(_ context.Context, h result.Header) error {
	info, err := s.journal.Stat()
	if err != nil {
		return fmt.Errorf("beginning journal: %w", err)
	}
	if info.Size() > 0 && !s.loaded {
		return errors.New("beginning journal: it has begun already")
	}
	return s.ledger.Begin(h, s.write)
}

// Append implements Store.
func (s *DirStore) Append(_ context.Context, r result.Record) error {
	return s.ledger.Append(r, s.write)
}

// Amend implements Store.
func (s *DirStore) Amend(_ context.Context, a result.Amendment) error {
	return s.ledger.Amend(a, s.write)
}

// write appends whole lines or, on an error, nothing: half a line in the middle
// would make the journal unreadable.
func (s *DirStore) write(lines []byte) error {
	if s.torn {
		if err := s.truncate(); err != nil {
			return err
		}
	}
	_, err := s.journal.Write(lines)
	if err == nil {
		err = s.journal.Sync()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing journal: %w", err), s.truncate())
	}
	s.size += int64(len(lines))
	return nil
}

// SaveSlices implements Store.
func (s *DirStore) SaveSlices(_ context.Context, name string, seq iter.Seq[stats.Slice]) (string, error) {
	ref := path.Join(slicesDir, name+".hlog")
	if err := os.MkdirAll(filepath.Join(s.dir, slicesDir), 0o755); err != nil {
		return "", fmt.Errorf("saving slices: %w", err)
	}
	return ref, atomicfile.Write(filepath.Join(s.dir, filepath.FromSlash(ref)), func(w io.Writer) error {
		return stats.WriteLog(w, seq)
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
func (s *DirStore) Close() error {
	s.tidy()
	return s.journal.Close()
}

// tidy takes away what OpenDir made for a run that was never begun and that nobody
// has put anything beside. The lock is still held.
func (s *DirStore) tidy() {
	info, err := s.journal.Stat()
	entries, listErr := os.ReadDir(s.dir)
	if !s.fresh || err != nil || listErr != nil || info.Size() > 0 || len(entries) != 1 {
		return
	}
	if os.Remove(s.journal.Name()) != nil {
		return
	}
	for _, dir := range slices.Backward(s.made) {
		_ = os.Remove(dir) // it stays where somebody else uses it
	}
}
