package web_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/rundir"
	"github.com/swarmgrid/swarmgrid/internal/web"
)

// TestNoDate: a run with a time that JSON has no text for is listed beside the others.
func TestNoDate(t *testing.T) {
	root := t.TempDir()
	const created = `"created":"2026-`
	for name, odd := range map[string]string{"late": "9999-12-31T23:59:59-12:00", "early": "0000-01-01T00:00:00+12:00"} {
		write(t, filepath.Join(root, name), urlRun(), 1)
		journal := filepath.Join(root, name, rundir.JournalName)
		text, err := os.ReadFile(journal)
		if err != nil {
			t.Fatal(err)
		}
		before, rest, found := strings.Cut(string(text), created)
		_, after, ended := strings.Cut(rest, `"`)
		if !found || !ended {
			t.Fatalf("no time in %.300s", text)
		}
		put(t, journal, before+`"created":"`+odd+`"`+after)
	}
	write(t, filepath.Join(root, "usual"), urlRun(), 1)
	far := time.Unix(400_000_000_000, 0) // some file systems have no such time, and keep their last
	if err := os.Chtimes(filepath.Join(root, "late", rundir.JournalName), far, far); err != nil {
		t.Fatal(err)
	}
	for _, e := range list(t, handler(t, web.Options{Roots: []string{root}})).Runs {
		usual := e.ID == "usual"
		if (e.Created != nil) != usual || strings.Contains(e.Error, "calendar") == usual || (e.Name == "url") != usual {
			t.Errorf("%s: %q, created %v, error %q", e.ID, e.Name, e.Created, e.Error)
		}
	}
}

// TestNoRun: the page shows what is said of a run that is not there, whatever its address.
func TestNoRun(t *testing.T) {
	root := t.TempDir()
	put(t, filepath.Join(root, "key"), "")
	link(t, filepath.Join(root, "key"), filepath.Join(root, "out", rundir.JournalName))
	h := handler(t, web.Options{Roots: []string{root}})
	for path, want := range map[string]string{
		"/api/runs/gone": "there is no run", "/api/runs/": "there is no such run", "/api/": "there is no such run", "/api/runs/out": "swarmgrid view DIR",
	} {
		var got struct{ Error string }
		w := ask(t, h, "GET", path, nil)
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || !strings.Contains(got.Error, want) {
			t.Errorf("%s: %d %s: %v", path, w.Code, w.Body, err)
		}
	}
}
