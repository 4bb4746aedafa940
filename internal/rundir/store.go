package rundir

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
	"time"

	"github.com/swarmgrid/swarmgrid/internal/atomicfile"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// The names in a run's directory.
const (
	JournalName = "journal.jsonl"
	slicesDir   = "slices"
)

// Store is the run.Store in a directory: journal.jsonl, synced to the disk line by line,
// and slices/<attempt>.hlog.
type Store struct {
	dir     string
	journal *os.File
	// made are the directories that Open made, the outermost first; fresh says that
	// it made the journal.
	made  []string
	fresh bool
	// size is the length of the journal's whole lines, known once it was loaded; torn
	// says that half a line follows, which the next write cuts off.
	size int64
	torn bool
	// lost says that the journal was taken away, and that this was reported.
	lost   bool
	ledger result.Ledger
}

// Open opens the run in dir, creating the directory if need be, and locks it
// against other processes until Close. A run that is not begun leaves no trace.
func Open(dir string) (*Store, error) {
	made, err := atomicfile.MkdirAll(dir)
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
	return &Store{dir: dir, journal: f, made: made, fresh: fresh}, nil
}

// lockPatience is how long to keep asking for a lock that is held. For a moment after its
// owner has let go, children that were forked with the file open and have not executed
// their program yet still hold it.
const lockPatience = 500 * time.Millisecond

// lockOnly locks a file, and checks that it is still the one at its path: its last owner
// may have removed it in between.
func lockOnly(f *os.File) error {
	err := lockFile(f)
	for until := time.Now().Add(lockPatience); err != nil && time.Now().Before(until); err = lockFile(f) {
		time.Sleep(lockPatience / 50)
	}
	if err != nil {
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

// Read reads the run in dir without locking or changing it.
func Read(dir string) (*result.Run, error) {
	data, err := os.ReadFile(filepath.Join(dir, JournalName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no run: it has no %s", dir, JournalName)
	}
	if err != nil {
		return nil, fmt.Errorf("reading run: %w", err)
	}
	return Decode(dir, data)
}

// Decode reads the text of the journal in dir.
func Decode(dir string, data []byte) (*result.Run, error) {
	run, err := result.DecodeJournal(data)
	switch {
	case len(data) == 0:
		return nil, fmt.Errorf("%s is empty (%w): the run has only begun, ended before it wrote anything, or its text was lost; swarmgrid run --out %s begins it again", filepath.Join(dir, JournalName), err, dir)
	case errors.Is(err, result.ErrNoHeader):
		return nil, fmt.Errorf("%s holds a run that ended before its first scenario: %w", dir, err)
	}
	return run, damaged(filepath.Join(dir, JournalName), err)
}

// damaged adds the file, the line and the next step to an error about a journal's text.
func damaged(name string, err error) error {
	var damage *result.DamageError
	if !errors.As(err, &damage) {
		return err
	}
	err = fmt.Errorf("reading %s: line %d: %w", name, damage.Line, damage.Err)
	switch before := damage.Line - 1; {
	case damage.Newer: // says what to do
	case before == 0:
		err = fmt.Errorf("%w; put a copy of the journal in its place", err)
	default:
		err = fmt.Errorf("%w; put a copy of the journal in its place, or keep what comes before that line: head -n %d %s", err, before, name)
	}
	return err
}

// Load implements run.Store.
func (s *Store) Load(context.Context) (*result.Run, error) {
	data, err := os.ReadFile(s.journal.Name())
	if err != nil {
		return nil, fmt.Errorf("reading journal: %w", err)
	}
	run, err := s.ledger.Load(data)
	if err != nil {
		return nil, damaged(s.journal.Name(), err)
	}
	s.size = 0
	if run != nil {
		s.size = run.Valid
	}
	s.torn = s.size < int64(len(data))
	return run, nil
}

// truncate cuts off a torn line.
func (s *Store) truncate() error {
	if err := s.journal.Truncate(s.size); err != nil {
		return fmt.Errorf("cutting a torn line off the journal: %w", err)
	}
	s.torn = false
	return nil
}

// Begin implements run.Store.
func (s *Store) Begin(_ context.Context, h result.Header) error {
	return s.ledger.Begin(h, s.write)
}

// Append implements run.Store.
func (s *Store) Append(_ context.Context, r result.Record) error {
	return s.ledger.Append(r, s.write)
}

// Amend implements run.Store.
func (s *Store) Amend(_ context.Context, a result.Amendment) error {
	return s.ledger.Amend(a, s.write)
}

// write appends whole lines or, on an error, nothing: half a line in the middle
// would make the journal unreadable.
func (s *Store) write(lines []byte) error {
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
	return s.stillThere()
}

// LostJournalError says that the file which a run has been writing is no longer at its path.
type LostJournalError struct {
	Name string
	// Kept is where the measurements are now; empty if they could not be saved.
	Kept string
	Err  error
}

// Error says where the measurements are.
func (e *LostJournalError) Error() string {
	text := e.Name + " was taken away while the run went on"
	switch {
	case e.Kept == e.Name:
		return text + "; all that was measured is written there again"
	case e.Kept != "":
		return text + ", and another file is there; all that was measured is in " + e.Kept + ", which takes that place to be continued"
	}
	return fmt.Sprintf("%s, and what was measured is lost: %v", text, e.Err)
}

// stillThere checks that the journal is where a report or a continued run will look for it.
// If it is not, its lines, which only this process still has, are written again, but never
// over another file.
func (s *Store) stillThere() error {
	held, err := s.journal.Stat()
	if err != nil {
		return fmt.Errorf("looking for the journal: %w", err)
	}
	there, err := os.Stat(s.journal.Name())
	if err == nil && os.SameFile(held, there) {
		return nil
	}
	s.lost = true
	lost := &LostJournalError{Name: s.journal.Name(), Kept: s.journal.Name()}
	if err == nil {
		lost.Kept += ".kept"
	}
	if lost.Err = s.copyTo(lost.Kept); lost.Err != nil {
		lost.Kept = ""
	}
	return lost
}

func (s *Store) copyTo(name string) error {
	if _, err := atomicfile.MkdirAll(s.dir); err != nil {
		return err
	}
	return atomicfile.Write(name, func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(s.journal, 0, s.size))
		return err
	})
}

// SaveSlices implements run.Store.
func (s *Store) SaveSlices(_ context.Context, name string, seq iter.Seq[stats.Slice]) (string, error) {
	ref := path.Join(slicesDir, name+".hlog")
	if _, err := atomicfile.MkdirAll(filepath.Join(s.dir, slicesDir)); err != nil {
		return "", fmt.Errorf("saving slices: %w", err)
	}
	return ref, atomicfile.Write(filepath.Join(s.dir, filepath.FromSlash(ref)), func(w io.Writer) error {
		return stats.WriteLog(w, seq)
	})
}

// LoadSlices implements run.Store.
func (s *Store) LoadSlices(_ context.Context, ref string) iter.Seq2[stats.Slice, error] {
	data, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(ref)))
	if err != nil {
		return func(yield func(stats.Slice, error) bool) { yield(stats.Slice{}, fmt.Errorf("reading slices: %w", err)) }
	}
	return stats.ReadLog(bytes.NewReader(data))
}

// Close implements run.Store. That the journal was taken away since its last line is an error.
func (s *Store) Close() error {
	s.tidy()
	var err error
	if s.size > 0 && !s.lost {
		err = s.stillThere()
	}
	return errors.Join(err, s.journal.Close())
}
