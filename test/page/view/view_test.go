//go:build page

package view_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
	"github.com/swarmgrid/swarmgrid/internal/web"
	"github.com/swarmgrid/swarmgrid/test/page/browser"
	"github.com/swarmgrid/swarmgrid/test/page/runs"
)

const (
	axe   = "../../../web/node_modules/axe-core/axe.min.js"
	shots = "../../../bin/page"
)

// folder has the demo, the full matrix, as much of it under another SLO as an interrupted run
// has, one with hostile texts, and one that is damaged.
func folder(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	cut := runs.Full()
	cut.Records = cut.Records[:15]
	cut.Header.SLO[0].Below = "180ms"
	for name, run := range map[string]*result.Run{"demo": runs.Demo(), "full": runs.Full(), "cut": cut, "hostile": runs.Hostile()} {
		if err := runs.Write(filepath.Join(root, name), run, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "damaged"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "damaged", rundir.JournalName), []byte("junk\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

// serve serves a folder until the test is over, and returns its origin.
func serve(t *testing.T, root string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h, err := web.Handler(web.Options{Roots: []string{root}, Address: l.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(ctx, l, h) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serving: %v", err)
		}
	})
	return "http://" + l.Addr().String()
}

// open opens a place of the viewer, and waits for what is to be there.
func open(t *testing.T, b *browser.Browser, origin, hash, selector string) *browser.Page {
	t.Helper()
	v := browser.Desktop()
	v.Origin = origin
	p := b.Open(t, origin+"/"+hash, v)
	await(p, selector)
	return p
}

// await waits until something is on the page.
func await(p *browser.Page, selector string) {
	browser.Eval[bool](p, `new Promise(done => {
		const look = () => document.querySelector(`+"`"+selector+"`"+`) ? done(true) : setTimeout(look, 10)
		look()
	})`)
	p.Settle()
}

func hash(p *browser.Page) string { return browser.Eval[string](p, "location.hash") }

// names are the runs in the order of the list.
func names(p *browser.Page) string {
	return strings.Join(browser.Eval[[]string](p, `[...document.querySelectorAll(".runs .dir")].map(e => e.textContent.split("/").pop())`), " ")
}

// allRuns is there when every run has been read.
const allRuns = "[role=status]:not(.pending) ~ .runs tbody tr"

func TestList(t *testing.T) {
	p := open(t, browser.Start(t), serve(t, folder(t)), "", allRuns)
	p.Find("heading", "Runs")
	table := p.Find("table", "Runs")
	if got := len(table.All("row", "")); got != 6 {
		t.Errorf("%d rows, want a head and five runs", got)
	}
	text := table.Text()
	for _, want := range []string{"360 users need 3 replicas", "not at its end: 15 of 24 scenarios done", "damaged/journal.jsonl: line 1", "</script><script>", "missed so far", "met"} {
		if !strings.Contains(text, want) {
			t.Errorf("the list does not say %q:\n%s", want, text)
		}
	}
	p.Find("button", "Run").Click()
	if got := names(p); got != "hostile demo cut full damaged" || browser.Eval[string](p, `document.querySelector("th[aria-sort=ascending]").innerText.trim()`) != "Run" {
		t.Errorf("sorted by name: %s", got)
	}
	p.Find("button", "Run").Click()
	if got := names(p); got != "full cut demo hostile damaged" || browser.Eval[string](p, `document.querySelector("th[aria-sort=descending]").innerText.trim()`) != "Run" {
		t.Errorf("the other way: %s", got)
	}
	p.Find("searchbox", "Filter").Call(`function() { this.focus() }`)
	p.Press("2", "4", "0", " ", "n", "o")
	if got := names(p); got != "" {
		t.Errorf("filtered by what no run has: %s", got)
	}
	for range 4 {
		p.Press("\b")
	}
	if got := names(p); !strings.Contains(got, "cut") {
		t.Errorf("filtered: %s", got)
	}
}

// TestKeyboard goes by keys alone from the list to two runs side by side, on to a cell of one
// of them, and back.
func TestKeyboard(t *testing.T) {
	p := open(t, browser.Start(t), serve(t, folder(t)), "", allRuns)
	tabTo(t, p, "checkbox", "full")
	p.Press(" ")
	if p.Find("button", "Compare").Name != "Compare: pick one more" {
		t.Errorf("after one: %s", p.Find("button", "Compare").Name)
	}
	tabTo(t, p, "checkbox", "cut")
	p.Press(" ")
	tabTo(t, p, "button", "Compare the two")
	p.Press(browser.Enter)
	await(p, ".both a")
	if got := hash(p); got != "#/compare/full/cut" {
		t.Errorf("compared at %s", got)
	}
	if f := p.Focused(); f.Name != "Two runs side by side" {
		t.Errorf("the focus is on %s %q", f.Role, f.Name)
	}
	tabTo(t, p, "link", "A")
	p.Press(browser.Enter)
	await(p, "#cell")
	if got := hash(p); !strings.HasPrefix(got, "#/run/full?r=4&w=4&u=50") {
		t.Errorf("the cell is at %s", got)
	}
	tabTo(t, p, "link", "All runs")
	p.Press(browser.Enter)
	await(p, allRuns)
}

// tabTo presses Tab until the focus is on something that has the name in its name.
func tabTo(t *testing.T, p *browser.Page, role, name string) {
	t.Helper()
	for range 120 {
		if f := p.Focused(); f.Role == role && strings.Contains(f.Name, name) {
			return
		}
		p.Press(browser.Tab)
	}
	t.Fatalf("Tab does not lead to %s %q", role, name)
}

func TestCompare(t *testing.T) {
	p := open(t, browser.Start(t), serve(t, folder(t)), "#/compare/full/cut", ".both a")
	text := p.Find("main", "").Text()
	for _, want := range []string{"p95 < 250ms", "p95 < 180ms", "400 users need 3 replicas", "not at its end: 15 of 24", "The gate is met", "So far, the gate is missed"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	cells := browser.Eval[[]string](p, `[...document.querySelectorAll(".both tbody tr:nth-child(3) td:nth-of-type(5) .half")].map(e => e.textContent.trim())`)
	if diff := cmp.Diff([]string{"A BORDERLINE 259 ms", "B FAIL 262 ms"}, cells); diff != "" {
		t.Errorf("2 replicas, 300 users (-want +got):\n%s", diff)
	}
	p.Find("radio", "RPS").Call(`function() { this.click() }`)
	p.Settle()
	if got := browser.Eval[string](p, `document.querySelector(".both .half").textContent`); !strings.HasSuffix(got, "/s") {
		t.Errorf("after a click on RPS the first cell has %q", got)
	}
}

// TestDifferentCells: what only one of two runs has is said to be so.
func TestDifferentCells(t *testing.T) {
	p := open(t, browser.Start(t), serve(t, folder(t)), "#/compare/demo/hostile", ".both")
	text := p.Find("main", "").Text()
	for _, want := range []string{"has no such cell", "not measured in this run", "process inference-sim", "<img src=x onerror=alert(\"img\")>"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

// TestRun: a run's page works as in its report, and its places keep the run in the address.
func TestRun(t *testing.T) {
	p := open(t, browser.Start(t), serve(t, folder(t)), "#/run/full?r=2&w=4&u=200", "#cell")
	if got := p.Find("heading", "2 replicas, 4 workers, 200 users"); got.Name == "" {
		t.Error("the cell of the address is not shown")
	}
	p.Find("link", "Doubts").Click()
	if got := hash(p); got != "#/run/full?doubts" {
		t.Errorf("a block is at %s", got)
	}
	p.Find("link", "3 replicas, 4 workers, 400 users").Click()
	if got := hash(p); !strings.HasPrefix(got, "#/run/full?r=3&w=4&u=400") {
		t.Errorf("another cell is at %s", got)
	}
	p.Find("heading", "3 replicas, 4 workers, 400 users")
	browser.Eval[bool](p, "history.back(), true")
	p.Settle()
	if got := hash(p); got != "#/run/full?doubts" {
		t.Errorf("back leads to %s", got)
	}
	if got := browser.Eval[string](p, "document.title"); !strings.Contains(got, "full: ") {
		t.Errorf("the window is called %q", got)
	}
}

// TestTrouble: what cannot be shown says why, and the way back is there.
func TestTrouble(t *testing.T) {
	b, origin := browser.Start(t), serve(t, folder(t))
	for hash, want := range map[string]string{
		"#/run/nothing": `there is no run "nothing" here`, "#/run/damaged": "damaged/journal.jsonl: line 1", "#/compare/full/nothing": `there is no run "nothing" here`,
	} {
		p := open(t, b, origin, hash, "[role=alert]")
		if got := p.Find("alert", "").Text(); !strings.Contains(got, want) {
			t.Errorf("%s says %q", hash, got)
		}
		for _, problem := range p.ExpectProblems() {
			if !strings.Contains(problem, "404") && !strings.Contains(problem, "422") {
				t.Errorf("%s: %s", hash, problem)
			}
		}
		p.Find("link", "All runs").Click()
		await(p, allRuns)
	}
}

// TestForEverybody: nothing that axe-core finds, in light and dark, and nothing to the side of a
// narrow screen.
func TestForEverybody(t *testing.T) {
	b, origin := browser.Start(t), serve(t, folder(t))
	for place, selector := range map[string]string{"": allRuns, "#/compare/full/cut": ".both a", "#/compare/demo/hostile": ".both", "#/run/hostile": "#cell", "#/run/nothing": "[role=alert]"} {
		p := open(t, b, origin, place, selector)
		p.ExpectProblems() // of the run that is not there
		v := browser.Desktop()
		for _, v := range []browser.View{v, v.InDark(), {Width: 320, Height: 700}} {
			p.Look(v)
			p.Settle()
			for _, fault := range p.Axe(axe) {
				t.Errorf("%q, %d wide, dark %v: %s", place, v.Width, v.Dark, fault)
			}
			if wide := browser.Eval[int](p, "document.documentElement.scrollWidth"); wide > v.Width {
				t.Errorf("%q is %d wide on a screen of %d", place, wide, v.Width)
			}
			p.Shot(filepath.Join(shots, picture(place, v)))
		}
	}
}

// picture is the name of what a place looked like: "view-compare-full-cut-dark.png".
func picture(place string, v browser.View) string {
	name := "view" + strings.ReplaceAll(strings.TrimPrefix(place, "#"), "/", "-")
	switch {
	case v.Dark:
		name += "-dark"
	case v.Width < 400:
		name += "-narrow"
	}
	return name + ".png"
}
