package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// fileLock is a lock on a target for all runs of this user on this machine. The kernel drops
// it with the process that holds it, so a holder's death need not be detected, and what is
// left in the file is harmless. The file is never removed: otherwise a process could lock a
// file that nobody else can see any more.
type fileLock struct{ file *os.File }

// errLocked is flock's answer for a file that somebody else holds.
var errLocked = errors.New("locked by another process")

// fileLocks are the locks of one run, which has all of them or none.
type fileLocks []*fileLock

// takeLocks takes the lock of each id.
func takeLocks(dir string, ids []string, target string, holder platform.Holder) (fileLocks, error) {
	var taken fileLocks
	for _, id := range ids {
		l, err := takeLock(dir, id, target, holder)
		if err != nil {
			taken.release()
			return nil, err
		}
		taken = append(taken, l)
	}
	return taken, nil
}

func (l fileLocks) release() {
	for _, one := range l {
		one.release()
	}
}

// takeLock locks the target's file for holder, or returns a *platform.HeldError.
func takeLock(dir, id, target string, holder platform.Holder) (*fileLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the lock directory: %w; let XDG_CACHE_HOME name a directory that may be written", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, id+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock: %w", err)
	}
	l := &fileLock{file}
	err = flock(file)
	switch {
	case errors.Is(err, errLocked):
		err = &platform.HeldError{Target: target, Holder: l.readHolder()}
	case err != nil:
		err = fmt.Errorf("locking %s: %w", file.Name(), err)
	default:
		err = l.writeHolder(holder)
	}
	if err != nil {
		l.release()
		return nil, err
	}
	return l, nil
}

// release gives the lock back. Closing is what does it.
func (l *fileLock) release() { _ = l.file.Close() }

func (l *fileLock) writeHolder(holder platform.Holder) error {
	text, err := json.Marshal(holder)
	if err == nil {
		err = l.file.Truncate(0)
	}
	if err == nil {
		_, err = l.file.WriteAt(text, 0)
	}
	if err != nil {
		return fmt.Errorf("writing the lock's holder: %w", err)
	}
	return nil
}

// readHolder reads who holds the lock. The holder may be about to write it.
func (l *fileLock) readHolder() platform.Holder {
	for range 20 {
		text, err := io.ReadAll(io.NewSectionReader(l.file, 0, 1<<16))
		var holder platform.Holder
		if err == nil && json.Unmarshal(text, &holder) == nil {
			return holder
		}
		time.Sleep(10 * time.Millisecond)
	}
	return platform.Holder{Run: "unknown", Detail: "its lock is " + l.file.Name()}
}
