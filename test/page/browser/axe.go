//go:build page

package browser

import (
	"os"
)

// Axe returns what axe-core finds against the page as it is now; file is axe.min.js.
func (p *Page) Axe(file string) []string {
	p.t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		p.t.Fatalf("%v; `make page` installs it", err)
	}
	Eval[bool](p, string(source)+"\ntrue")
	return Eval[[]string](p, `axe.run(document, {preload: false, resultTypes: ["violations"]}).then(r => r.violations.flatMap(v =>
		v.nodes.slice(0, 3).map(n => v.id + " (" + v.impact + "): " + v.help + ": " + n.html.slice(0, 200) + " " + n.failureSummary.replace(/\s+/g, " ").slice(0, 300))))`)
}
