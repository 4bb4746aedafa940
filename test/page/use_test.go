//go:build page

package page

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/test/page/browser"
	"github.com/swarmgrid/swarmgrid/test/page/runs"
)

// TestKeyboard: from the answer to a cell, by what backs it and by the map, and back.
func TestKeyboard(t *testing.T) {
	p := open(t, browser.Start(t), demo(), browser.Desktop(), "")
	answer := p.Find("region", "The answer")
	link := tab(t, p, func(n browser.Node) bool {
		return n.Role == "link" && strings.HasPrefix(n.Name, "2 replicas, 2 workers, 200 users")
	})
	if len(answer.All("link", link.Name)) == 0 {
		t.Errorf("the first link to a cell, %q, is not in the answer", link.Name)
	}
	p.Press(browser.Enter)
	within(t, p, p.Find("region", "2 replicas, 2 workers, 200 users: PASS"))
	p.Press(browser.Escape)
	focused(t, p, link)

	grid := tab(t, p, func(n browser.Node) bool { return n.Role == "grid" })
	p.Press(browser.Up, browser.Up, browser.Up, browser.Left, browser.Left, browser.Left) // a corner, wherever it began
	p.Press(browser.Down, browser.Right, browser.Right)
	p.Press(browser.Enter)
	within(t, p, p.Find("region", "2 replicas, 2 workers, 360 users: FAIL"))
	if hash := browser.Eval[string](p, "location.hash"); hash != "#r=2&w=2&u=360" {
		t.Errorf("the address is %s", hash)
	}
	p.Press(browser.Escape)
	focused(t, p, grid)
}

// tab presses Tab until the focus is on what is wanted.
func tab(t *testing.T, p *browser.Page, wanted func(browser.Node) bool) browser.Node {
	t.Helper()
	for range 60 {
		p.Press(browser.Tab)
		if n := p.Focused(); wanted(n) {
			return n
		}
	}
	t.Fatal("60 times Tab does not lead there")
	return browser.Node{}
}

func focused(t *testing.T, p *browser.Page, want browser.Node) {
	t.Helper()
	if f := p.Focused(); !f.Is(want) {
		t.Errorf("the focus is on %s %q, want %s %q", f.Role, f.Name, want.Role, want.Name)
	}
}

// within wants the focus in a block, and the block in sight.
func within(t *testing.T, p *browser.Page, block browser.Node) {
	t.Helper()
	if block.Call(`function() { return this.contains(document.activeElement) ? "yes" : "no" }`) != "yes" {
		f := p.Focused()
		t.Errorf("the focus is on %s %q, not in %q", f.Role, f.Name, block.Name)
	}
	if block.Call(`function() { const b = this.getBoundingClientRect(); return b.top < innerHeight && b.bottom > 0 ? "yes" : "no" }`) != "yes" {
		t.Errorf("%q is out of sight", block.Name)
	}
}

// TestLink: the address of a cell opens it.
func TestLink(t *testing.T) {
	p := open(t, browser.Start(t), demo(), browser.Desktop(), "#r=1&w=2&u=200")
	within(t, p, p.Find("region", "1 replica, 2 workers, 200 users: FAIL"))
}

// TestNarrow: on a telephone the page does not have to be pushed sideways, also with a cell open.
func TestNarrow(t *testing.T) {
	b := browser.Start(t)
	for name, run := range map[string]func() *result.Run{"demo": demo, "full": full, "troubled": troubled, "hostile": hostile, "python": python} {
		t.Run(name, func(t *testing.T) {
			p := open(t, b, run(), browser.View{Width: 320, Height: 640}, "#r=1&w=2&u=200")
			fits(t, p, 320)
			p.Shot(filepath.Join(shots, name+"-narrow.png"))
		})
	}
}

// fits wants a page of no more than a width.
func fits(t *testing.T, p *browser.Page, width int) {
	t.Helper()
	if w := browser.Eval[int](p, "document.documentElement.scrollWidth"); w > width {
		t.Errorf("the page is %d pixels wide, not %d; too wide are %q", w, width, browser.Eval[[]string](p, tooWide))
	}
}

// tooWide names the elements without which the page would be less wide.
const tooWide = `[...document.querySelectorAll("body *")].filter(e => {
	const wide = document.documentElement.scrollWidth
	if (!e.style) return false
	const display = e.style.display
	e.style.display = "none"
	const less = document.documentElement.scrollWidth < wide
	e.style.display = display
	return less
}).map(e => e.tagName + "." + (e.getAttribute("class") ?? "") + " to " + e.getBoundingClientRect().right + ": " + e.textContent.slice(0, 30))`

// TestPrint: the page on paper has the answer, and what is folded on the screen.
func TestPrint(t *testing.T) {
	p := open(t, browser.Start(t), demo(), browser.Desktop().InDark(), "")
	pdf := p.PDF()
	pages := regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1)
	if !bytes.HasPrefix(pdf, []byte("%PDF")) || len(pages) < 2 || len(pages) > 20 {
		t.Errorf("%d bytes, %d pages", len(pdf), len(pages))
	}
	path := filepath.Join(shots, "demo.pdf")
	if err := os.WriteFile(path, pdf, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Log("without pdftotext (poppler-utils) the text on the paper is not looked at")
		return
	}
	text, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	contains(t, "the paper", string(text), "200 users", "need 2 replicas", `"metric": "p95"`)
}

// turning are the characters that turn the direction of what follows.
const turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

// TestHostile: texts of somebody else stay texts, and make nothing on the page.
func TestHostile(t *testing.T) {
	b := browser.Start(t)
	p := open(t, b, hostile(), browser.Desktop(), "#r=2&w=2&u=200")
	for _, hash := range []string{"#r=1&w=2&u=200", "#r=2&w=2&u=200"} {
		p.Go(hash)
		for what, selector := range map[string]string{
			"scripts": "script:not([type='application/json'])", "images": "img, svg[onload], iframe, object, embed",
			"handlers": "[onload], [onerror], [onclick], [onmouseover]", "links that do not stay": `a:not([href^="#"])`,
		} {
			want := map[string]int{"scripts": 1}[what]
			if n := browser.Eval[int](p, fmt.Sprintf("document.querySelectorAll(%q).length", selector)); n != want {
				t.Errorf("%s: %d %s, want %d", hash, n, what, want)
			}
		}
	}
	shown := browser.Eval[string](p, "document.body.textContent")
	for i, text := range runs.Hostiles() {
		// What turns the direction of other texts is taken out, and what is very long is cut.
		text = strings.Map(func(r rune) rune {
			if strings.ContainsRune(turning, r) {
				return -1
			}
			return r
		}, text)
		if i == 5 {
			text = text[:strings.Index(text, " ")]
		}
		if !strings.Contains(shown, text) {
			t.Errorf("the page does not show %q", text)
		}
	}
	if i := strings.IndexAny(shown, turning); i >= 0 {
		t.Errorf("the page turns the direction of its text: %q", shown[max(i-40, 0):i+10])
	}
	if title := browser.Eval[string](p, "document.title"); !strings.Contains(title, runs.Hostiles()[0]) {
		t.Errorf("the title is %q", title)
	}
}
