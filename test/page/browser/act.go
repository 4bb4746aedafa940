//go:build page

package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The keys that a page must be usable with.
const (
	Tab    = kb.Tab
	Enter  = kb.Enter
	Escape = kb.Escape
	Left   = kb.ArrowLeft
	Right  = kb.ArrowRight
	Up     = kb.ArrowUp
	Down   = kb.ArrowDown
	Home   = kb.Home
	End    = kb.End
)

// Press presses keys, one after the other.
func (p *Page) Press(keys ...string) {
	p.t.Helper()
	for _, key := range keys {
		p.do(chromedp.KeyEvent(key))
	}
	p.Settle()
}

// Click clicks with the mouse in the middle of a node.
func (n Node) Click() {
	n.page.t.Helper()
	x, y := n.middle()
	n.page.do(chromedp.MouseClickXY(x, y))
	n.page.Settle()
}

// Hover moves the mouse there.
func (n Node) Hover() {
	n.page.t.Helper()
	x, y := n.middle()
	n.page.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
	n.page.Settle()
}

func (n Node) middle() (x, y float64) {
	n.page.t.Helper()
	var box struct{ X, Y float64 }
	text := n.Call(`function() {
		const seen = this.labels?.[0] ?? this // a control of our own look is clicked by its label
		seen.scrollIntoView({block: "center", behavior: "instant"})
		const b = seen.getBoundingClientRect()
		return JSON.stringify({X: b.x + b.width / 2, Y: b.y + b.height / 2})
	}`)
	if err := json.Unmarshal([]byte(text), &box); err != nil {
		n.page.t.Fatal(err)
	}
	return box.X, box.Y
}

// Shot writes a picture of the whole page, as a window shows it that is as tall as the page: what
// is drawn only when it comes into sight is in it, too.
func (p *Page) Shot(path string) {
	p.t.Helper()
	before := p.view
	tall := before
	tall.Height = min(max(before.Height, Eval[int](p, `document.documentElement.scrollHeight`)), 16000)
	p.Look(tall)
	p.Settle()
	p.shot(path, nil)
	p.Look(before)
	p.Settle()
}

// Shot writes a picture of a part of it, with so many pixels around it, and of so many pixels of its
// height at most.
func (n Node) Shot(path string, around, most float64) {
	n.page.t.Helper()
	var box page.Viewport
	text := n.Call(`function() {
		const b = this.getBoundingClientRect()
		return JSON.stringify({x: b.x + scrollX, y: b.y + scrollY, width: b.width, height: b.height})
	}`)
	if err := json.Unmarshal([]byte(text), &box); err != nil {
		n.page.t.Fatal(err)
	}
	box.X, box.Y, box.Width, box.Height, box.Scale = box.X-around, box.Y-around, box.Width+2*around, min(box.Height+2*around, most), 1
	n.page.shot(path, &box)
}

func (p *Page) shot(path string, clip *page.Viewport) {
	p.t.Helper()
	data := call(p, page.CaptureScreenshot, page.CaptureScreenshotParams{Clip: clip, CaptureBeyondViewport: new(clip != nil)}).Data
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// PDF prints the page.
func (p *Page) PDF() []byte {
	p.t.Helper()
	data, err := chromedp.Run(p.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPrintBackground()))
	if err != nil {
		p.t.Fatalf("printing: %v", err)
	}
	return data
}

// Go follows a link within the page: "#r=2&w=4&u=400".
func (p *Page) Go(hash string) {
	p.t.Helper()
	Eval[string](p, fmt.Sprintf("location.hash = %q", hash))
	p.Settle()
}

// Until waits until an expression of JavaScript holds: for what comes from a server.
func (p *Page) Until(holds string) {
	p.t.Helper()
	Eval[bool](p, fmt.Sprintf(`new Promise(done => { const look = () => (%s) ? done(true) : setTimeout(look, 20); look() })`, holds))
	p.Settle()
}
