package cli

import (
	"io"
	"sync"
)

// SayOnce passes on what libraries write through the log package, each kind of line once:
// net/http writes one for every answer that has a body although it may not, which under load
// is thousands per second.
func SayOnce(to io.Writer) io.Writer { return &sayOnce{to: visible{to}, said: map[string]bool{}} }

type sayOnce struct {
	to   io.Writer
	mu   sync.Mutex
	said map[string]bool
}

const (
	// kindBytes is how much of a line identifies its kind; the rest varies.
	kindBytes = 40
	// maxKinds is the number of kinds after which nothing more is passed on.
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
