package cli

import (
	"io"
	"sync"
)

// SayOnce passes on what libraries say through the log package, each kind of line once:
// net/http has one for every answer with a body that may have none, which under a load
// is thousands a second.
func SayOnce(to io.Writer) io.Writer { return &sayOnce{to: visible{to}, said: map[string]bool{}} }

type sayOnce struct {
	to   io.Writer
	mu   sync.Mutex
	said map[string]bool
}

const (
	// kindBytes is how much of a line tells its kind; what follows differs.
	kindBytes = 40
	// maxKinds is after how many of them nothing is passed on any more.
	maxKinds = 50
)

// Write implements io.Writer. A line is one call, without a time (log.SetFlags(0)).
func (s *sayOnce) Write(line []byte) (int, error) {
	kind := string(line[:min(len(line), kindBytes)])
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said[kind] || len(s.said) == maxKinds {
		return len(line), nil
	}
	s.said[kind] = true
	return s.to.Write(line)
}
