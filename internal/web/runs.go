package web

import (
	"context"
	"net/http"
	"sync"
	"time"
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
	until := time.Now().Add(s.patience)
	fresh := 0
	for i, p := range places {
		look, err := p.look()
		known, ok := s.entries.get(p.dir(), look)
		switch {
		case err != nil:
			known = damaged(err)
		case ok:
		case fresh > 0 && time.Now().After(until) || ctx.Err() != nil:
			known = Entry{Pending: true}
			l.Pending = true
		default:
			known = s.read(ctx, p)
			fresh++
		}
		known.ID, known.Dir, known.Changed = p.id, p.dir(), p.changed.UTC()
		known.Answer = append([]string{}, known.Answer...) // never null
		l.Runs[i] = known
	}
	return l
}

// read makes the entry of a run, and keeps it.
func (s *site) read(ctx context.Context, p place) Entry {
	if err := s.take(ctx); err != nil {
		return Entry{Pending: true}
	}
	defer s.give()
	c, err := p.read()
	if err != nil {
		return damaged(err)
	}
	e := entryOf(p, c)
	s.entries.put(p.dir(), c.stamp, e)
	return e
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
}

type knownEntry struct {
	stamp stamp
	entry Entry
}

func newEntries() *entries { return &entries{of: map[string]knownEntry{}} }

func (e *entries) get(dir string, s stamp) (Entry, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	k, ok := e.of[dir]
	return k.entry, ok && k.stamp == s
}

func (e *entries) put(dir string, s stamp, entry Entry) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.of[dir] = knownEntry{s, entry}
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
