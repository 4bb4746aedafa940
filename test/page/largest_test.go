//go:build page

package page

import (
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/test/page/browser"
)

// TestLargest: 10,000 scenarios are a page like the others, that says what it leaves out.
func TestLargest(t *testing.T) {
	view := browser.Desktop()
	p := open(t, browser.Start(t), largest(), view, "")
	contains(t, "the answer", p.Find("region", "The answer").Text(), "replicas")
	contains(t, "the method", p.Find("region", "Method").Text(), "left out")
	looksWell(t, p, view, "largest")

	grid := p.Find("grid", "")
	grid.Call("function() { this.focus() }")
	p.Press(browser.Right, browser.Up)
	if cells := grid.All("gridcell", ""); len(cells) == 0 || !strings.Contains(cells[0].Name, "users") {
		t.Errorf("the cell that is pointed at has no name: %v", cells)
	}
	p.Press(browser.Enter)
	if hash := browser.Eval[string](p, "location.hash"); !strings.HasPrefix(hash, "#r=") {
		t.Errorf("Enter leads to %q", hash)
	}
	p.Press(browser.Escape)
	focused(t, p, grid)
}
