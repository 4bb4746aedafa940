//go:build page

package page

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/test/page/browser"
)

var speed = flag.Bool("speed", false, "print how long reports and their page take")

// repeats is of how many measurements the median is printed.
const repeats = 5

// TestSpeed prints how long things take, with what they are meant to take on two cores. A busy
// machine decides nothing here.
func TestSpeed(t *testing.T) {
	if !*speed {
		t.Skip("make bench-page runs it")
	}
	t.Logf("%-58s %10s %10s", "", "median", "at most")
	dir := write(t, full())
	line(t, "swarmgrid report, 24 scenarios × 120 s", 300*time.Millisecond, reporting(t, dir))
	page := filepath.Join(dir, "report.html")
	size(t, "report.html, 24 scenarios × 120 s", page, 1.5)
	looking(t, browser.Start(t), "file://"+page)

	for name, run := range map[string]func() *result.Run{"10,000 scenarios, numbers only": plain, "10,000 scenarios with series and batches": largest} {
		dir := write(t, run())
		line(t, "swarmgrid report, "+name, time.Second, reporting(t, dir))
		size(t, "report.html, "+name, filepath.Join(dir, "report.html"), 0)
		paint(t, browser.Start(t), name, 0, "file://"+filepath.Join(dir, "report.html"))
	}
}

// plain is the largest run as programs before format 4 left it: no series, no batches.
func plain() *result.Run {
	run := *largest()
	run.Records = slices.Clone(run.Records)
	for i := range run.Records {
		run.Records[i].Series, run.Records[i].Measured = nil, run.Records[i].Measured.WithoutBatches()
	}
	return &run
}

// line prints a median, and what it may be; 0 where nobody has said.
func line(t *testing.T, what string, most time.Duration, all []time.Duration) {
	slices.Sort(all)
	bound := "–"
	if most > 0 {
		bound = most.String()
	}
	t.Logf("%-58s %10v %10s   of %v", what, round(all[len(all)/2]), bound, each(all))
}

func round(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }

func each(all []time.Duration) (out []time.Duration) {
	for _, d := range all {
		out = append(out, round(d))
	}
	return out
}

func size(t *testing.T, what, path string, most float64) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if most == 0 {
		t.Logf("%-58s %7.2f MB", what, float64(info.Size())/1e6)
		return
	}
	t.Logf("%-58s %7.2f MB %7.2f MB", what, float64(info.Size())/1e6, most)
}

func reporting(t *testing.T, dir string) (all []time.Duration) {
	for range repeats {
		start := time.Now()
		report(t, dir)
		all = append(all, time.Since(start))
	}
	return all
}

func paint(t *testing.T, b *browser.Browser, of string, most time.Duration, url string) {
	var all []time.Duration
	for range repeats {
		all = append(all, b.Open(t, url, browser.Desktop()).FirstPaint())
	}
	line(t, "first paint, "+of, most, all)
}

// looking times what a reader does.
func looking(t *testing.T, b *browser.Browser, url string) {
	paint(t, b, "24 scenarios", 500*time.Millisecond, url)
	p := b.Open(t, url, browser.Desktop())
	took := map[string][]time.Duration{}
	for i := range repeats {
		for what, d := range once(p, i) {
			took[what] = append(took[what], d)
		}
	}
	for _, what := range []string{"another metric of the map", "the slider", "opening a cell", "opening a cell by key", "closing it"} {
		line(t, what, 100*time.Millisecond, took[what])
	}
}

func once(p *browser.Page, i int) map[string]time.Duration {
	metric := []string{"p99", "RPS"}[i%2]
	k := full().Header.Keys[i+6]
	grid := p.Find("grid", "")
	took := map[string]time.Duration{
		"another metric of the map": p.Time(labelled(metric), p.Find("radio", metric).Click),
	}
	p.Find("slider", "").Call("function() { this.focus() }")
	reading := p.Find("region", "The answer").Text()
	took["the slider"] = p.Time(`document.querySelector("#answer").innerText !== `+quoted(reading), func() { p.Press([]string{browser.Home, browser.End}[i%2]) })
	took["opening a cell"] = p.Time(opened(k), func() { p.Find("gridcell", named(k)).Click() })
	took["closing it"] = p.Time(`document.activeElement.role === "grid" || document.activeElement.getAttribute("role") === "grid"`, func() { p.Press(browser.Escape) })
	grid.Call("function() { this.focus() }")
	p.Press(browser.Right)
	took["opening a cell by key"] = p.Time(`document.querySelector("#cell").contains(document.activeElement)`, func() { p.Press(browser.Enter) })
	p.Press(browser.Escape)
	return took
}

// The name of a cell in the map and in its block begin alike.
func named(k matrix.Key) string {
	return matrix.Count(k.Replicas, "replica") + ", " + matrix.Count(k.Users, "user")
}

func labelled(metric string) string {
	return fmt.Sprintf(`document.querySelector("#map [role=grid]").getAttribute("aria-label").startsWith(%q)`, metric)
}

// opened is when the block of a scenario is there, and its first chart is drawn.
func opened(k matrix.Key) string {
	return fmt.Sprintf(`document.querySelector("#cell h2").textContent.startsWith(%q) && document.querySelector("#cell canvas, #cell svg")`, k.String())
}

func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // it is a string
	}
	return string(text)
}
