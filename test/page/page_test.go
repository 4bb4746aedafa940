//go:build page

package page

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/test/page/browser"
)

// looked is a run, and what its page has to show.
type looked struct {
	run func() *result.Run
	// says are texts of the answer; blocks are the regions besides it, by the beginnings of their names.
	says, blocks []string
	// cell is the hash of one to open, named what its block is called, and about what that has to say.
	cell, named string
	about       []string
}

func all() map[string]looked {
	blocks := []string{"Every load", "Where it bends", "Doubts", "Method"}
	return map[string]looked{
		"demo":     {demo, []string{"100 users", "1 replica", "360 users", "3 replicas"}, blocks, "#r=2&w=2&u=360", "2 replicas, 2 workers, 360 users: FAIL", []string{"POST predict"}},
		"full":     {full, []string{"150 users", "2 replicas"}, blocks, "#r=2&w=4&u=300", "2 replicas, 4 workers, 300 users: BORDERLINE", []string{"POST predict"}},
		"rounds":   {rounds, []string{"200 users", "2 replicas"}, blocks, "#r=1&w=2&u=200&round=2", "1 replica, 2 workers, 200 users, round 2: FAIL", []string{"POST predict"}},
		"troubled": {troubled, []string{"not known"}, blocks, "#r=1&w=2&u=200", "1 replica, 2 workers, 200 users: INVALID", []string{"replica target-0001 restarted", "503 Service Unavailable"}},
		"no-slo":   {noSLO, []string{"189"}, blocks, "#r=2&w=2&u=300", "2 replicas, 2 workers, 300 users: ", []string{"POST predict"}},
		"python":   {python, []string{"200 users", "2 replicas"}, blocks, "#r=1&w=2&u=200", "1 replica, 2 workers, 200 users: FAIL", []string{"not available"}},
		"old":      {old, []string{"200 users", "2 replicas"}, blocks, "#r=1&w=2&u=200", "1 replica, 2 workers, 200 users: FAIL", []string{"not available"}},
		"url":      {url, []string{"100 users pass"}, blocks, "#r=1&w=2&u=150", "1 replica, 2 workers, 150 users: BORDERLINE", []string{"POST predict"}},
		"hostile":  {hostile, []string{"100 users"}, blocks, "#r=1&w=2&u=200", "1 replica, 2 workers, 200 users: FAIL", []string{`</script><script>alert("script")</script>`}},
	}
}

// TestPages: every page shows its blocks, by role and name, and is sound in light and dark.
func TestPages(t *testing.T) {
	b := browser.Start(t)
	for name, c := range all() {
		t.Run(name, func(t *testing.T) {
			p := open(t, b, c.run(), browser.Desktop(), "")
			c.check(t, p)
			c.sound(t, p, name)
			p.Look(browser.Desktop().InDark())
			c.sound(t, p, name+"-dark")
		})
	}
}

// check finds the blocks.
func (c looked) check(t *testing.T, p *browser.Page) {
	t.Helper()
	contains(t, "the answer", p.Find("region", "The answer").Text(), c.says...)
	for _, block := range c.blocks {
		p.Find("region", block)
	}
	if n := len(p.All("heading", "")); n < 3 {
		t.Errorf("%d headings", n)
	}
}

// sound looks at the page as it is, and at one cell of it.
func (c looked) sound(t *testing.T, p *browser.Page, name string) {
	t.Helper()
	p.Shot(filepath.Join(shots, name+".png"))
	violations(t, p, "the page")
	p.Go(c.cell)
	contains(t, c.cell, p.Find("region", c.named).Text(), c.about...)
	p.Shot(filepath.Join(shots, name+"-cell.png"))
	violations(t, p, "the page with "+c.cell)
	p.Go("#")
}

func violations(t *testing.T, p *browser.Page, of string) {
	t.Helper()
	for _, v := range p.Axe(axe) {
		t.Errorf("%s: %s", of, v)
	}
}

// contains wants texts, whatever the spaces in them.
func contains(t *testing.T, of, text string, want ...string) {
	t.Helper()
	text = strings.Join(strings.Fields(text), " ")
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q: %q", of, w, text)
		}
	}
}
