package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
)

// The front end: web/ bundled by `make web`, committed so that building needs no Node.
var (
	//go:embed dist/app.js
	script string
	//go:embed dist/app.css
	style string
	//go:embed shell.html
	shellText string
)

// Write writes a document as one file that needs nothing else, and that a browser lets ask
// nobody for anything.
func Write(w io.Writer, d *Document) error {
	data, err := json.Marshal(d) // with < as \u003c: it cannot end the element that it is in
	if err != nil {
		return fmt.Errorf("encoding the page's document: %w", err)
	}
	return shell(w, d.Answer.Title, policy("'none'"), data)
}

// WriteViewer writes the page without a document: it asks its server, and nobody else, for runs.
func WriteViewer(w io.Writer) error { return shell(w, "Swarmgrid", ViewerPolicy(), []byte("null")) }

// ViewerPolicy is the Content-Security-Policy of that page, for its header.
func ViewerPolicy() string { return policy("'self'") }

// policy lets nothing in but our own script and style, and the page ask only connect.
func policy(connect string) string {
	return fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; img-src data:; connect-src %s; base-uri 'none'; form-action 'none'",
		hash(script), hash(style), connect)
}

func shell(w io.Writer, title, policy string, document []byte) error {
	t, err := template.New("shell").Parse(shellText)
	if err != nil {
		return fmt.Errorf("parsing the page's shell: %w", err)
	}
	return t.Execute(w, map[string]any{
		"Title": title, "Policy": policy,
		"Style": template.CSS(style), "Script": template.JS(script), "Document": template.JS(document), //nolint:gosec // ours, and JSON without <
	})
}

// hash names an inline script or style in a Content-Security-Policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
