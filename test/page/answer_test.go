//go:build page

package page

import (
	"fmt"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/test/page/browser"
)

// TestExpectedLoad: the answer for any load is that of its step; outside of what was measured
// the page says so, and no number of replicas.
func TestExpectedLoad(t *testing.T) {
	p := open(t, browser.Start(t), full(), browser.Desktop(), "")
	load := func(field string) string {
		return browser.Eval[string](p, `JSON.parse(document.getElementById("document").textContent).answer.load.`+field)
	}
	for users, want := range map[int]string{
		49: load("below"), 50: "Up to 100 users: 1 replica measured", 100: "Up to 100 users: 1 replica measured", 101: "Up to 200 users: 2 replicas measured",
		300: "Up to 300 users: 2 or 3 replicas measured in doubt", 400: "Up to 400 users: 3 replicas measured", 401: load("beyond"),
	} {
		expect(p, users)
		got := strings.Join(strings.Fields(p.Find("status", "").Text()), " ")
		if !strings.HasPrefix(got, want) || (users < 50 || users > 400) && got != want {
			t.Errorf("%d users: %q, want %q", users, got, want)
		}
	}
	expect(p, 200)
	p.Find("slider", "Expected users").Call(`function() { this.focus(); return "" }`)
	p.Press(browser.Right)
	if got := p.Find("spinbutton", "What load do you expect?").Value; got != "201" {
		t.Errorf("the slider one to the right of 200 is at %s", got)
	}
}

func expect(p *browser.Page, users int) {
	p.Find("spinbutton", "What load do you expect?").Call(fmt.Sprintf(
		`function() { this.value = "%d"; this.dispatchEvent(new Event("input", {bubbles: true})); return "" }`, users))
	p.Settle()
}

// TestMap: the map has each scenario with its verdict and the chosen metric, and so has its table.
func TestMap(t *testing.T) {
	p := open(t, browser.Start(t), full(), browser.Desktop(), "")
	block := p.Find("region", "Every load, every replica count")
	if n := len(block.All("gridcell", "")); n != 24 {
		t.Errorf("%d cells, want 24", n)
	}
	block.All("gridcell", "2 replicas, 300 users: BORDERLINE, p95 259 ms")[0].Hover()
	contains(t, "the map", block.Text(), "2 replicas, 300 users: BORDERLINE, p95 259 ms")

	block.All("radio", "RPS")[0].Call(`function() { this.click(); return "" }`)
	p.Settle()
	grid := p.Find("grid", "RPS by replicas and users")
	if len(grid.All("gridcell", "1 replica, 400 users: FAIL, RPS ")) != 1 {
		t.Errorf("the cells do not show requests: %s", p.Outline("gridcell"))
	}
	block.All("DisclosureTriangle", "The same as a table")[0].Call(`function() { this.click(); return "" }`)
	p.Settle()
	table := p.Find("table", "RPS by replicas and users")
	if n := len(table.All("link", "")); n != 24 {
		t.Errorf("%d links in the table, want 24", n)
	}
}
