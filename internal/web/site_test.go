package web

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
	"github.com/swarmgrid/swarmgrid/test/page/runs"
)

// impatient is a site of runs with these names in one root, which reads one of them at each question.
func impatient(t *testing.T, names ...string) (root string, s *site) {
	t.Helper()
	root = t.TempDir()
	for _, name := range names {
		if err := runs.Write(filepath.Join(root, name), runs.URL(), nil); err != nil {
			t.Fatal(err)
		}
	}
	s, err := newSite([]string{root})
	if err != nil {
		t.Fatal(err)
	}
	s.patience = -time.Second
	return root, s
}

// TestPatience: a list of many runs is there at once, and whole after some more questions.
func TestPatience(t *testing.T) {
	_, s := impatient(t, "a", "b", "c")
	var got []int
	for range 4 {
		l, pending := s.list(t.Context()), 0
		for _, e := range l.Runs {
			if e.Pending {
				pending++
			}
		}
		if got = append(got, pending); l.Pending != (pending > 0) || len(l.Runs) != 3 {
			t.Errorf("pending is %v with %d of %d", l.Pending, pending, len(l.Runs))
		}
	}
	if diff := cmp.Diff([]int{2, 1, 0, 0}, got); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
}

// TestStarving: a journal that is never the same keeps no other from being read.
func TestStarving(t *testing.T) {
	root, s := impatient(t, "a", "b", "busy")
	var got []string
	for minute := range 4 {
		at := time.Date(2100, 1, 1, 0, minute, 0, 0, time.UTC)
		if err := os.Chtimes(filepath.Join(root, "busy", rundir.JournalName), at, at); err != nil {
			t.Fatal(err)
		}
		var read []string
		for _, e := range s.list(t.Context()).Runs {
			if !e.Pending {
				read = append(read, e.ID)
			}
		}
		slices.Sort(read)
		got = append(got, strings.Join(read, " "))
	}
	if len(got) != 4 || got[0] != "busy" || len(got[1]) != 1 || got[2] != "a b" || got[3] != "a b busy" {
		t.Errorf("read by each question: %q", got)
	}
}

// TestTooLarge: a journal that is too large is not read, and its error is remembered until it
// changes; one that may not be read is tried again.
func TestTooLarge(t *testing.T) {
	root := t.TempDir()
	journal := filepath.Join(root, rundir.JournalName)
	if err := os.WriteFile(journal, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(journal, maxJournal+1); err != nil {
		t.Fatal(err)
	}
	s, err := newSite([]string{root})
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	l := s.list(t.Context())
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 || !strings.Contains(l.Runs[0].Error, "has more than 512 MiB") {
		t.Errorf("%d bytes for %+v", took, l.Runs)
	}
	look, err := place{root: root, name: "."}.look()
	if e, same, _ := s.entries.get(root, look); err != nil || !same || e.Error == "" {
		t.Errorf("remembered: %v %+v, %v", same, e, err)
	}
	if err := os.Truncate(journal, 0); err != nil {
		t.Fatal(err)
	}
	if l := s.list(t.Context()); l.Pending || strings.Contains(l.Runs[0].Error, "MiB") {
		t.Errorf("after a change: %+v", l.Runs)
	}
	if passing(errors.New("is not a regular file")) || !passing(&fs.PathError{Err: syscall.EACCES}) {
		t.Error("errors that pass are not told from others")
	}
}

// TestOneAtATime: who waits for the turn and goes away is not waited for.
func TestOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &site{turn: make(chan struct{}, 1)}
		if err := s.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.take(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a second has the turn: %v", err)
		}
		s.give()
		if err := s.take(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestMoment: a time that JSON has no text for is none.
func TestMoment(t *testing.T) {
	last := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	for at, want := range map[time.Time]bool{
		{}: false, time.Unix(400_000_000_000, 0): false, last: true, last.Add(time.Second): false,
		time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC): false, time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC): true,
	} {
		if _, err := json.Marshal(report.Moment(at)); (report.Moment(at) != nil) != want || err != nil {
			t.Errorf("%v: %v, %v", at, report.Moment(at), err)
		}
	}
}

func TestCache(t *testing.T) {
	c := newCache(10)
	at := func(n int64) stamp { return stamp{journal: n} }
	c.put("a", at(1), []byte("aaaa"))
	c.put("b", at(1), []byte("bbbb"))
	if c.get("a", at(1)) == nil || c.get("a", at(2)) != nil {
		t.Error("a document is not told from one of another journal")
	}
	c.put("c", at(1), []byte("cccc"))
	if c.get("b", at(1)) != nil || c.get("a", at(1)) == nil || c.get("c", at(1)) == nil {
		t.Error("not the one that was asked for longest ago is gone")
	}
	c.put("a", at(2), []byte("aaaaaa"))
	if c.size != 10 || len(c.of) != 2 || c.order.Len() != 2 {
		t.Errorf("%d bytes, %d documents", c.size, len(c.of))
	}
	c.put("a", at(3), []byte("more than all there is room for"))
	if c.size != 4 || c.get("a", at(2)) != nil || c.get("a", at(3)) != nil {
		t.Errorf("%d bytes with one that is too large", c.size)
	}
}

// TestServe: what is under way when the server is told to end is answered.
func TestServe(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	asked, goOn, served := make(chan bool), make(chan bool), make(chan error, 1)
	go func() {
		served <- Serve(ctx, l, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			asked <- true
			<-goOn
		}))
	}()
	answer := make(chan error, 1)
	go func() {
		resp, err := http.Get("http://" + l.Addr().String())
		if err == nil {
			err = resp.Body.Close()
		}
		answer <- err
	}()
	<-asked
	cancel()
	close(goOn)
	if err := <-answer; err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

// TestServeWithoutAListener: the end of the listener is told.
func TestServeWithoutAListener(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Serve(t.Context(), l, http.NotFoundHandler()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
}
