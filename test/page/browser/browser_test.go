//go:build page

package browser_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/test/page/browser"
)

const axe = "../../../web/node_modules/axe-core/axe.min.js"

// faulty has every fault that a page may have, each told by its number.
const faulty = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Faults</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; connect-src *; img-src http:">
</head><body style="color: red"><main><h1>Faults</h1><img src="http://127.0.0.1:1/fault2.png" alt="">
<button id="nameless"></button><button onclick="document.title = 'clicked'">Press me</button>
<script>
console.error("fault3"); console.warn("fault4"); console.log("no fault")
fetch("http://127.0.0.1:1/fault5").catch(() => {})
setTimeout(() => { throw new Error("fault6") }); setTimeout(() => alert("fault7"), 20)
</script></main></body></html>`

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

// TestFaults: what the tests of the page rest on does find faults.
func TestFaults(t *testing.T) {
	p := browser.Start(t).Open(t, file(t, faulty), browser.Desktop())
	browser.Eval[bool](p, `new Promise(done => setTimeout(() => done(true), 100))`)
	problems := strings.Join(p.ExpectProblems(), "\n")
	for _, want := range []string{
		"Content Security Policy", "it asked for GET http://127.0.0.1:1/fault2.png", "console.error: fault3", "console.warning: fault4",
		"it asked for GET http://127.0.0.1:1/fault5", "exception: ", "fault6", "it opened a dialog: fault7",
	} {
		if !strings.Contains(problems, want) {
			t.Errorf("not found: %s", want)
		}
	}
	if strings.Contains(problems, "no fault") {
		t.Error("a line of the log is a fault")
	}
	if t.Failed() {
		t.Logf("found:\n%s", problems)
	}
	if found := strings.Join(p.Axe(axe), "\n"); !strings.Contains(found, "button-name") {
		t.Errorf("axe found %q, want the button without a name", found)
	}
}

// TestKeyboard: the page is found, and worked, by role and name.
func TestKeyboard(t *testing.T) {
	p := browser.Start(t).Open(t, file(t, `<!doctype html><html lang="en"><title>Keys</title><main><h1>Keys</h1>
		<button onclick="document.title='clicked'">Press me</button><a href="#x">Go</a></main>`), browser.Desktop())
	p.Press(browser.Tab)
	if f := p.Focused(); f.Role != "button" || !f.Is(p.Find("button", "Press me")) {
		t.Errorf("Tab leads to %s %q", f.Role, f.Name)
	}
	p.Press(browser.Enter)
	if got := browser.Eval[string](p, "document.title"); got != "clicked" {
		t.Errorf("after Enter the title is %q", got)
	}
	p.Find("link", "Go").Click()
	if got := browser.Eval[string](p, "location.hash"); got != "#x" {
		t.Errorf("after a click the hash is %q", got)
	}
}
