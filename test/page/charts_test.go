//go:build page

package page

import (
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/test/page/browser"
)

// TestCurves: a point is a link that says its figures, and the latency is to choose.
func TestCurves(t *testing.T) {
	p := open(t, browser.Start(t), full(), browser.Desktop(), "")
	curves := p.Find("region", "Where it bends")
	contains(t, "the curves", curves.Text(), "ms, logarithmic", "SLO 250ms", "2 replicas: from about 300 users on")
	for _, chart := range []string{"RPS against users", "p95 against users"} {
		group := p.Find("group", chart)
		if n := len(group.All("link", "2 replicas, 4 workers, ")); n != 6 {
			t.Errorf("%s has %d points of 2 replicas, want 6", chart, n)
		}
	}
	curves.All("radio", "p99")[0].Call(`function() { this.click() }`)
	p.Settle()
	point := p.Find("group", "p99 against users").All("link", "2 replicas, 4 workers, 300 users: p99 ")[0]
	if !strings.HasSuffix(point.Name, "(at least 285\u00a0ms), BORDERLINE") {
		t.Errorf("a point of p99 is called %q", point.Name)
	}
	point.Click()
	within(t, p, p.Find("region", "2 replicas, 4 workers, 300 users: BORDERLINE"))
}

// TestPoints: the points of a chart are one stop of the Tab key, and the arrow keys go through them.
func TestPoints(t *testing.T) {
	p := open(t, browser.Start(t), full(), browser.Desktop(), "")
	tab(t, p, func(n browser.Node) bool { return strings.HasPrefix(n.Name, "1 replica, 4 workers, 50 users: RPS") })
	p.Press(browser.Right, browser.Up)
	name(t, p, "2 replicas, 4 workers, 100 users: RPS")
	if text := p.Find("region", "Where it bends").Text(); !strings.Contains(text, "2 replicas, 4 workers, 100 users RPS ") {
		t.Error("the figures of the point that has the focus are not shown")
	}
	p.Press(browser.Tab)
	name(t, p, "Table: RPS against users")
}

func name(t *testing.T, p *browser.Page, want string) {
	t.Helper()
	if n := p.Focused(); !strings.HasPrefix(n.Name, want) {
		t.Errorf("the focus is on %q, want %q", n.Name, want)
	}
}

// TestSeconds: the charts of an attempt have one cursor and one view, by keyboard and by mouse.
func TestSeconds(t *testing.T) {
	p := open(t, browser.Start(t), full(), browser.Desktop(), "#r=2&w=4&u=300")
	tab(t, p, func(n browser.Node) bool { return n.Role == "slider" && n.Name == "Requests and failures by second" })
	p.Press(browser.Right, browser.Right)
	at(t, p, "2\u00a0s: ")
	p.Press("+", "+")
	if len(p.All("button", "Show all seconds")) != 1 {
		t.Error("+ does not look closer")
	}
	p.Press("0")
	if len(p.All("button", "Show all seconds")) != 0 {
		t.Error("0 does not show all")
	}
	p.Find("slider", "Latency by second").Hover()
	at(t, p, "74\u00a0s: ") // the middle of 150 s, between the two axes
}

// at wants all charts of seconds to be there.
func at(t *testing.T, p *browser.Page, want string) {
	t.Helper()
	sliders := p.Find("region", "2 replicas, 4 workers, 300 users").All("slider", "")
	if len(sliders) != 7 {
		t.Errorf("%d charts of seconds, want 7", len(sliders))
	}
	for _, s := range sliders {
		if text := valueText(s); !strings.HasPrefix(text, want) {
			t.Errorf("%s is at %q, want %q", s.Name, text, want)
		}
	}
}

func valueText(n browser.Node) string {
	return n.Call(`function() { return this.getAttribute("aria-valuetext") }`)
}

// TestTheme: what is drawn on a canvas follows light and dark as the rest does.
func TestTheme(t *testing.T) {
	p := open(t, browser.Start(t), demo(), browser.Desktop(), "#r=2&w=2&u=200")
	p.Find("slider", "Requests and failures by second").Hover()
	light := window(p)
	p.Look(browser.Desktop().InDark())
	p.Settle()
	if dark := window(p); light != "234,243,243" || dark != "29,43,46" {
		t.Errorf("the window of a chart is %s in light and %s in dark", light, dark)
	}
}

// window is the colour behind the lines of the first chart, near its end.
func window(p *browser.Page) string {
	return browser.Eval[string](p, `(() => {
		const c = document.querySelector(".seconds-chart canvas")
		const copy = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d")
		copy.drawImage(c, c.width * 0.8, c.height * 0.06, 1, 1, 0, 0, 1, 1)
		return [...copy.getImageData(0, 0, 1, 1).data].slice(0, 3).join(",")
	})()`)
}

// TestAttempts: the attempt that does not count says why, and what would help.
func TestAttempts(t *testing.T) {
	p := open(t, browser.Start(t), troubled(), browser.Desktop(), "#r=1&w=2&u=100")
	tab(t, p, func(n browser.Node) bool { return n.Role == "tab" && strings.HasPrefix(n.Name, "Attempt 2: SUCCESS") })
	p.Press(browser.Left)
	name(t, p, "Attempt 1: INVALID")
	contains(t, "the first attempt", p.Find("tabpanel", "Attempt 1: INVALID").Text(),
		"which does not count", "INVALID V7: worker worker-2 was lost", "What would help:")
}
