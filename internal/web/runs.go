package web

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/report"
)

// List is what /api/runs answers.
type List struct {
	Runs []Entry `json:"runs"`
	// Problems say what could not be listed.
	Problems []string `json:"problems"`
	// Pending says that some runs have not been read yet: ask again.
	Pending bool `json:"pending"`
}

func (s *site) serveRuns(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, s.list(r.Context()))
}

// list reads the runs that it does not know, until its patience ends; the first in any case.
func (s *site) list(ctx context.Context) List {
	places, problems := find(s.roots)
	s.entries.forget(places)
	l := List{Runs: make([]Entry, len(places)), Problems: append([]string{}, problems...)}
	var unread []unreadRun
	for i, p := range places {
		look, err := p.look()
		known, ok, turn := s.entries.get(p.dir(), look)
		switch {
		case err != nil:
			known = damaged(err)
		case !ok:
			known = Entry{Pending: true}
			unread = append(unread, unreadRun{i, look, turn})
		}
		l.Runs[i] = known
	}
	s.readSome(ctx, places, unread, l.Runs)
	for i, p := range places {
		e := &l.Runs[i]
		e.ID, e.Dir, e.Changed = p.id, p.dir(), report.Moment(p.changed)
		e.Answer = append([]string{}, e.Answer...) // never null
		l.Pending = l.Pending || e.Pending
	}
	return l
}

// unreadRun is a run of the list that is not known as it is now.
type unreadRun struct {
	at   int
	look stamp
	// turn is when it was read before, among the others; 0 for never.
	turn int
}

// readSome goes on where it left off: a journal that changes all the time is read again after
// the others.
func (s *site) readSome(ctx context.Context, places []place, unread []unreadRun, into []Entry) {
	slices.SortStableFunc(unread, func(a, b unreadRun) int { return a.turn - b.turn })
	until := time.Now().Add(s.patience)
	for n, u := range unread {
		if n > 0 && time.Now().After(until) || ctx.Err() != nil {
			return
		}
		into[u.at] = s.read(ctx, places[u.at], u.look)
	}
}

// read makes the entry of a run, and keeps it; an error, too, which would cost as much again.
func (s *site) read(ctx context.Context, p place, look stamp) Entry {
	if err := s.take(ctx); err != nil {
		return Entry{Pending: true}
	}
	defer s.give()
	// Whoever asked at the same time may have made it meanwhile.
	if known, ok, _ := s.entries.get(p.dir(), look); ok {
		return known
	}
	c, err := p.read()
	if passing(err) {
		c.stamp = stamp{} // that of no file: it is tried again
	}
	var e Entry
	if err == nil {
		e = entryOf(p, c)
	} else {
		e = damaged(err)
	}
	s.entries.put(p.dir(), c.stamp, e)
	return e
}

// passing tells whether an error may go away while the files stay as they are.
func passing(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// take waits for the turn to read a journal.
func (s *site) take(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *site) give() { <-s.turn }

// entries are what is known of runs, by their directories.
type entries struct {
	mu sync.Mutex
	of map[string]knownEntry
	// turns counts what was put.
	turns int
}

type knownEntry struct {
	stamp stamp
	entry Entry
	turn  int
}

func newEntries() *entries { return &entries{of: map[string]knownEntry{}} }

// get returns the entry of a directory, whether it was made from the same files, and when,
// among the others.
func (e *entries) get(dir string, s stamp) (entry Entry, same bool, turn int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	k, ok := e.of[dir]
	return k.entry, ok && k.stamp == s, k.turn
}

func (e *entries) put(dir string, s stamp, entry Entry) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.turns++
	e.of[dir] = knownEntry{s, entry, e.turns}
}

// forget drops the runs that are not listed any more.
func (e *entries) forget(but []place) {
	listed := map[string]bool{}
	for _, p := range but {
		listed[p.dir()] = true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for dir := range e.of {
		if !listed[dir] {
			delete(e.of, dir)
		}
	}
}
