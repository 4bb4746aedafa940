package web_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/page"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
	"github.com/swarmgrid/swarmgrid/internal/web"
	"github.com/swarmgrid/swarmgrid/test/page/runs"
)

const experimentText = "kind: LoadMatrix\n"

// write makes a run's directory, and says when its journal was last written.
func write(t *testing.T, dir string, run *result.Run, changed int) {
	t.Helper()
	if err := runs.Write(dir, run, []byte(experimentText)); err != nil {
		t.Fatal(err)
	}
	touch(t, filepath.Join(dir, rundir.JournalName), changed)
}

func touch(t *testing.T, path string, minute int) {
	t.Helper()
	at := time.Date(2026, 1, 3, 0, minute, 0, 0, time.UTC)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

// list asks for the list until nothing is pending.
func list(t *testing.T, h http.Handler) web.List {
	t.Helper()
	for range 100 {
		w := ask(t, h, "GET", "/api/runs", nil)
		var l web.List
		if err := json.Unmarshal(w.Body.Bytes(), &l); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		if !l.Pending {
			return l
		}
	}
	t.Fatal("some runs are never read")
	return web.List{}
}

// urlRun takes a moment to make.
var urlRun = sync.OnceValue(runs.URL)

// interrupted is that run as it was after so many attempts.
func interrupted(attempts int) *result.Run {
	run := *urlRun()
	run.Records = run.Records[:attempts]
	return &run
}

func TestList(t *testing.T) {
	root, elsewhere := t.TempDir(), t.TempDir()
	write(t, filepath.Join(root, "finished"), urlRun(), 1)
	write(t, filepath.Join(root, "under-way"), interrupted(2), 3)
	write(t, filepath.Join(root, "an \"odd\" name"), urlRun(), 2)
	put(t, filepath.Join(root, "damaged", rundir.JournalName), "junk\n")
	put(t, filepath.Join(root, "begun", rundir.JournalName), `{"header":`)
	put(t, filepath.Join(root, "no-run", "notes.txt"), "")
	write(t, filepath.Join(root, ".hidden"), urlRun(), 1)
	write(t, elsewhere, urlRun(), 1)
	link(t, elsewhere, filepath.Join(root, "link"))
	link(t, filepath.Join(elsewhere, rundir.JournalName), filepath.Join(root, "linked-journal", rundir.JournalName))
	for i, dir := range []string{"linked-journal", "begun", "damaged"} {
		if i > 0 {
			touch(t, filepath.Join(root, dir, rundir.JournalName), -i)
		}
	}

	l := list(t, handler(t, web.Options{Roots: []string{root}}))
	type seen struct{ ID, Dir, Error, Unfinished, Name string }
	var got []seen
	for _, e := range l.Runs {
		e.Error, _, _ = strings.Cut(e.Error, ": ")
		got = append(got, seen{e.ID, strings.TrimPrefix(e.Dir, root+"/"), strings.ReplaceAll(e.Error, root+"/", ""), e.Unfinished, e.Name})
	}
	slices.SortStableFunc(got, func(a, b seen) int { return strings.Compare(a.Dir, b.Dir) })
	want := []seen{
		{"run-6b1d4d4a2e2d7d9f", "an \"odd\" name", "", "", "url"},
		{"begun", "begun", "begun holds a run that ended before its first scenario", "", ""},
		{"damaged", "damaged", "reading damaged/journal.jsonl", "", ""},
		{"finished", "finished", "", "", "url"},
		{"linked-journal", "linked-journal", "reading linked-journal/journal.jsonl", "", ""},
		{"under-way", "under-way", "", "not at its end: 2 of 4 scenarios done, the last at 03:05 on 2 Jan 2026 UTC", "url"},
	}
	want[0].ID = got[0].ID // whatever it is, it can stand in an address
	if diff := cmp.Diff(want, got); diff != "" || strings.ContainsAny(got[0].ID, "/\" %") {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	if len(l.Problems) != 0 {
		t.Errorf("problems: %q", l.Problems)
	}
	if first := l.Runs[1].Dir; !strings.HasSuffix(first, "under-way") { // after the link, which is of today
		t.Errorf("the run that was written last is not the first: %s", first)
	}
}

// TestEntry: the list says of a run what its page does.
func TestEntry(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	write(t, dir, runs.Demo(), 1)
	l := list(t, handler(t, web.Options{Roots: []string{dir}}))
	d := document(t, dir)
	changed := time.Date(2026, 1, 3, 0, 1, 0, 0, time.UTC)
	want := web.Entry{
		ID: "demo", Dir: dir, Changed: &changed, Name: d.Run.Name, Target: d.Run.Target, SLO: d.Run.SLO,
		Created: &d.Run.Created, When: d.Run.When, Gate: d.Answer.Gate,
	}
	for _, line := range d.Answer.Lines {
		want.Answer = append(want.Answer, line.Text)
	}
	if diff := cmp.Diff([]web.Entry{want}, l.Runs); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
	if want.Gate.State != "met" || len(want.Answer) < 3 {
		t.Errorf("the run says nothing: %+v", want)
	}
}

func document(t *testing.T, dir string) *page.Document {
	t.Helper()
	run, err := rundir.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := report.New(run)
	if err != nil {
		t.Fatal(err)
	}
	return page.New(m, experimentText)
}

func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	write(t, dir, runs.Demo(), 1)
	h := handler(t, web.Options{Roots: []string{filepath.Dir(dir)}})
	want, err := json.Marshal(document(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	for accept, coding := range map[string]string{
		"": "", "gzip": "gzip", "deflate, gzip;q=0.8, br": "gzip", "*": "gzip", "gzip;q=0": "", "gzip; q=0.0": "", "br": "",
		"GZIP": "gzip", "gzip;Q=0": "", "gzip ;\tq=0": "", "*;q=0, gzip": "gzip", "*, gzip;q=0": "", "x-gzip": "",
	} {
		w := ask(t, h, "GET", "/api/runs/demo", http.Header{"Accept-Encoding": {accept}})
		if w.Code != http.StatusOK || w.Header().Get("Content-Encoding") != coding || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %d %v", accept, w.Code, w.Header())
		}
		var body io.Reader = w.Body
		if coding == "gzip" {
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatalf("%q: %v", accept, err)
			}
		}
		got, err := io.ReadAll(body)
		if diff := cmp.Diff(string(want)+"\n", string(got)); diff != "" || err != nil {
			t.Errorf("%q: document (-want +got), %v:\n%s", accept, err, diff)
		}
	}
}

// TestNoWayOut: whatever is asked for, nothing is read but the runs under the roots.
func TestNoWayOut(t *testing.T) {
	base := t.TempDir()
	root := filepath.Join(base, "results")
	write(t, filepath.Join(root, "demo"), urlRun(), 1)
	write(t, filepath.Join(base, "secret"), urlRun(), 1)
	link(t, filepath.Join(base, "secret"), filepath.Join(root, "link"))
	link(t, filepath.Join(base, "secret", rundir.JournalName), filepath.Join(root, "out", rundir.JournalName))
	link(t, rundir.JournalName, filepath.Join(root, "loop", rundir.JournalName))
	if err := os.Mkdir(filepath.Join(root, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "folder", rundir.JournalName), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "demo2"), urlRun(), 1)
	put(t, filepath.Join(base, "key"), "the secret itself")
	if err := os.Remove(filepath.Join(root, "demo2", rundir.ExperimentName)); err != nil {
		t.Fatal(err)
	}
	link(t, filepath.Join(base, "key"), filepath.Join(root, "demo2", rundir.ExperimentName))
	h := handler(t, web.Options{Roots: []string{root}})
	for path, code := range map[string]int{
		"demo": 200, "demo2": 200, "out": 422, "loop": 422, "folder": 422, "link": 404, "secret": 404, "nothing": 404,
		"..%2Fsecret": 404, "%2e%2e%2fsecret": 404, "demo%2f..%2f..%2fsecret": 404, "demo%00": 404, ".": 301, "..": 301, "%2e": 404,
		"..%5csecret": 404, "demo/../../secret": 301, "DEMO": 404, "1.demo": 404, "%2Fetc": 404,
	} {
		w := ask(t, h, "GET", "/api/runs/"+path, nil)
		if w.Code == http.StatusTemporaryRedirect {
			w.Code = http.StatusMovedPermanently
		}
		if w.Code != code || strings.Contains(w.Body.String(), "the secret itself") {
			t.Errorf("%s: %d %.200s, want %d", path, w.Code, w.Body, code)
		}
	}
}

// TestSeveralRoots: each run has its own id, also if two have the same name.
func TestSeveralRoots(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	write(t, filepath.Join(a, "demo"), urlRun(), 1)
	write(t, filepath.Join(b, "demo"), runs.NoSLO(), 2)
	h := handler(t, web.Options{Roots: []string{a, b, filepath.Join(b, "demo"), filepath.Join(b, "gone")}})
	l := list(t, h)
	var ids []string
	for _, e := range l.Runs {
		ids = append(ids, e.ID+" "+e.Name)
	}
	if diff := cmp.Diff([]string{"2.demo no-slo", "3.demo no-slo", "1.demo url"}, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if len(l.Problems) != 1 || !strings.Contains(l.Problems[0], "gone") {
		t.Errorf("problems %q, want the folder that is gone", l.Problems)
	}
	for id, name := range map[string]string{"1.demo": "url", "2.demo": "no-slo"} {
		if w := ask(t, h, "GET", "/api/runs/"+id, nil); !strings.Contains(w.Body.String(), fmt.Sprintf(`"name":%q`, name)) {
			t.Errorf("%s: %d %.200s", id, w.Code, w.Body)
		}
	}
}

// TestGrowing: what was written meanwhile shows, and what was not is not read again.
func TestGrowing(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "it")
	write(t, dir, interrupted(1), 1)
	h := handler(t, web.Options{Roots: []string{root}})
	about := func() (entry, page string) {
		var d struct {
			Run struct{ Unfinished string }
		}
		if err := json.Unmarshal(ask(t, h, "GET", "/api/runs/it", nil).Body.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		return list(t, h).Runs[0].Unfinished, d.Run.Unfinished
	}
	for attempts, want := range []string{"not at its end: 0 of 4", "not at its end: 1 of 4", "not at its end: 2 of 4"} {
		write(t, dir, interrupted(attempts), 2+attempts)
		entry, page := about()
		if !strings.HasPrefix(entry, want) || page != entry {
			t.Errorf("after %d attempts: %q in the list, %q on the page", attempts, entry, page)
		}
	}
	entry, _ := about()
	put(t, filepath.Join(dir, rundir.JournalName), strings.Repeat("x", int(size(t, dir))))
	touch(t, filepath.Join(dir, rundir.JournalName), 4)
	if again, page := about(); again != entry || page != entry {
		t.Errorf("read again: %q, %q", again, page)
	}
	write(t, filepath.Join(root, "new"), urlRun(), 9)
	if l := list(t, h); len(l.Runs) != 2 || l.Runs[0].ID != "new" {
		t.Errorf("the new run is not listed: %+v", l)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if w := ask(t, h, "GET", "/api/runs/it", nil); w.Code != http.StatusNotFound || len(list(t, h).Runs) != 1 {
		t.Errorf("a run that is gone: %d %s", w.Code, w.Body)
	}
}

func size(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, rundir.JournalName))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestAtOnce asks for everything several times at the same time.
func TestAtOnce(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "a"), urlRun(), 1)
	write(t, filepath.Join(root, "b"), runs.NoSLO(), 2)
	h := handler(t, web.Options{Roots: []string{root}})
	var wg sync.WaitGroup
	for range 4 {
		for _, path := range []string{"/", "/api/runs", "/api/runs/a", "/api/runs/b"} {
			wg.Go(func() {
				if w := ask(t, h, "GET", path, nil); w.Code != http.StatusOK {
					t.Errorf("%s: %d %s", path, w.Code, w.Body)
				}
			})
		}
	}
	wg.Wait()
}
