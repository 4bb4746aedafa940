//go:build page

package browser

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Problems are what the page has complained of, and what it has tried to get from elsewhere.
func (p *Page) Problems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.problems)
}

// ExpectProblems takes them away; a test that wants some calls it.
func (p *Page) ExpectProblems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.problems
	p.problems = nil
	return out
}

func (p *Page) problem(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

// listener hears everything that the browser says of the page.
func (p *Page) listener(origin string) func(any) {
	return func(ev any) {
		switch ev := ev.(type) {
		case *fetch.EventRequestPaused:
			p.request(ev, origin)
		case *network.EventWebSocketCreated:
			p.problem("it opened a web socket to %s", ev.URL)
		case *page.EventJavascriptDialogOpening:
			p.problem("it opened a dialog: %s", ev.Message)
			go chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		case *runtime.EventExceptionThrown:
			p.problem("exception: %s", thrown(ev.ExceptionDetails))
		case *runtime.EventConsoleAPICalled:
			if t := ev.Type; t == runtime.ConsoleAPICalledTypeError || t == runtime.ConsoleAPICalledTypeWarning || t == runtime.ConsoleAPICalledTypeAssert {
				p.problem("console.%s: %s", t, words(ev.Args))
			}
		case *log.EventEntryAdded:
			if l := ev.Entry.Level; l == log.EntryLevelError || l == log.EntryLevelWarning {
				p.problem("%s of the browser (%s): %s", l, ev.Entry.Source, ev.Entry.Text)
			}
		case *inspector.EventTargetCrashed:
			p.problem("it crashed")
		}
	}
}

// request lets the page itself through, what its own server has, and nothing else.
func (p *Page) request(ev *fetch.EventRequestPaused, origin string) {
	file, _, _ := strings.Cut(p.url, "#")
	url := ev.Request.URL
	if url == file || origin != "" && strings.HasPrefix(url, origin+"/") {
		go chromedp.Call(p.ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: ev.RequestID})
		return
	}
	p.problem("it asked for %s %s", ev.Request.Method, url)
	go chromedp.Call(p.ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: ev.RequestID, ErrorReason: network.ErrorReasonBlockedByClient})
}

func words(args []*runtime.RemoteObject) string {
	var out []string
	for _, a := range args {
		out = append(out, strings.Trim(string(a.Value), `"`)+a.Description)
	}
	return strings.Join(out, " ")
}

func thrown(e *runtime.ExceptionDetails) string {
	if e.Exception == nil {
		return e.Text
	}
	return e.Text + " " + e.Exception.Description
}
