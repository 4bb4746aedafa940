//go:build page

package browser

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Browser is a Chromium without a window.
type Browser struct{ ctx context.Context }

// Start starts one, until the test is over.
func Start(t testing.TB) *Browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("hide-scrollbars", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // root has none
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() { cancel(); stop() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v; `make page` installs it", err)
	}
	return &Browser{ctx}
}

// View is how a page is looked at.
type View struct {
	Width, Height int
	Dark          bool
	// Scale is how many dots of the screen make a pixel of the page; 0 for one.
	Scale float64
	// Origin may be asked for more than the page itself: the server of the page.
	Origin string
}

// Desktop is a window of an ordinary screen.
func Desktop() View { return View{Width: 1280, Height: 900} }

// InDark is the view by night.
func (v View) InDark() View {
	v.Dark = true
	return v
}

// Page is an open page.
type Page struct {
	t   testing.TB
	ctx context.Context
	url string
	// view is how it is looked at now.
	view View

	mu       sync.Mutex
	problems []string
}

// Open opens a page. When the test is over it fails for each problem of the page.
func (b *Browser) Open(t testing.TB, url string, v View) *Page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	p := &Page{t: t, ctx: ctx, url: url}
	t.Cleanup(func() {
		for _, problem := range p.Problems() {
			t.Errorf("the page has a problem: %s", problem)
		}
	})
	if err := chromedp.Listen(ctx, p.listener(v.Origin)); err != nil {
		t.Fatal(err)
	}
	call(p, fetch.Enable, fetch.EnableParams{})
	call(p, log.Enable, cdp.Empty{})
	call(p, runtime.Enable, cdp.Empty{})
	call(p, page.Enable, page.EnableParams{})
	call(p, accessibility.Enable, cdp.Empty{})
	p.Look(v)
	p.do(chromedp.Navigate(url))
	p.Settle()
	return p
}

// Look changes how the page is looked at.
func (p *Page) Look(v View) {
	p.t.Helper()
	p.view = v
	if v.Scale == 0 {
		v.Scale = 1
	}
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	p.do(chromedp.EmulateViewport(int64(v.Width), int64(v.Height), chromedp.EmulateScale(v.Scale)))
}

// Settle waits until what was asked of the page is drawn.
func (p *Page) Settle() {
	p.t.Helper()
	Eval[bool](p, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true)))))`)
}

// patience is for a page that does not answer at all.
const patience = 30 * time.Second

func (p *Page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}
