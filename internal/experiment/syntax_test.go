package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSyntax: what keeps a document from being read is shown where it is.
func TestSyntax(t *testing.T) {
	const head = "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n"
	tests := []struct{ name, text, want string }{
		{"too deep by one", "  target:\n    url: x\n   load: y\n  matrix: z\n", `
line 6: does not fit what stands above it: the fields of one mapping, and the items of one list, begin in the same column
    6 |    load: y
      |    ^`},
		{"not deep enough", "    target: x\n  load: y\n", `
line 5: does not fit what stands above it: the fields of one mapping, and the items of one list, begin in the same column
    5 |   load: y
      |   ^`},
		{"an item of a list", "  slo:\n    - metric: p95\n      below: 1s\n     - metric: p50\n", `
line 7: does not fit what stands above it: the fields of one mapping, and the items of one list, begin in the same column
    7 |      - metric: p50
      |      ^`},
		{"below a value", "  target: x\n    url: y\n", `
line 5: begins deeper than line 4, whose field has a value already: the fields of one mapping begin in the same column
    5 |     url: y
      |        ^`},
		{"deeper than its neighbour", "  measure:\n   duration: 10s\n\n    settle: 3s\n", `
line 7: begins deeper than line 5, whose field has a value already: the fields of one mapping begin in the same column
    7 |     settle: 3s
      |           ^`},
		{"deeper than the first of an item", "  slo:\n    - metric: p95\n       below: 1s\n", `
line 6: begins deeper than line 5, whose field has a value already: the fields of one mapping begin in the same column
    6 |        below: 1s
      |             ^`},
		{"a query between braces", "  target: {url: http://a/b?page=1}\n  load: y\n", `
line 4: between braces or brackets this needs quotes: 'http://a/b?page=1'
    4 |   target: {url: http://a/b?page=1}
      |           ^`},
		{"a call between braces", "  target: {method: GET, path: /items/{{int 1 9}}, body: x}\n  load: y\n", `
line 4: between braces or brackets this needs quotes: '/items/{{int 1 9}}'
    4 |   target: {method: GET, path: /items/{{int 1 9}}, body: x}
      |           ^`},
		{"a query that is quoted, before a brace that is open", "  target: {path: '/a?b', body: x\n  load: y\n", `
line 4: what is opened here is not closed, or lacks a comma
    4 |   target: {path: '/a?b', body: x
      |           ^`},
		{"a query before a brace that is open", "  target: {path: /a?b\n  load: y\n", `
line 4: what is opened here is not closed, or lacks a comma
    4 |   target: {path: /a?b
      |           ^`},
		{"a tab first", "\ttarget: x\n", `
line 4: a tab; YAML indents with spaces
    4 | →target: x
      | ^`},
		{"a tab later", "  target:\n    url: x\n  \tload: y\n", `
line 6: a tab; YAML indents with spaces
    6 |   →load: y
      |   ^`},
		{"a tab on a line of its own", "  target:\n    url: x\n\tload: y\n  gate: all\n", `
line 6: a tab; YAML indents with spaces
    6 | →load: y
      | ^`},
		{"a sign that means something", "  target: @x\n  load: y\n", `
line 4: a value cannot begin with @; put it in quotes
    4 |   target: @x
      |           ^`},
		{"two colons", "  target: x: y\n  load: y\n", `
line 4: a field cannot begin here: a value with ": " in it needs quotes, and a field above its colon
    4 |   target: x: y
      |            ^`},
		{"no colon", "  target: x\n  load\ngate: all\n", `
line 5: lacks a colon after the field's name
    5 |   load
      |   ^`},
		{"an open quote", "  target: \"x\n  load: y\n", `
line 4: a quote is opened and not closed
    4 |   target: "x
      |           ^`},
		{"a quote in quotes", "  target: 'it's'\n  load: y\n", `
line 4: something follows a value that has ended; put all of it in quotes if it is one value
    4 |   target: 'it's'
      |               ^`},
		{"an open list", "  target: [x, y\n  load: y\ngate: all\n", `
line 4: what is opened here is not closed, or lacks a comma
    4 |   target: [x, y
      |           ^`},
		{"a control character", "  target: \x01x\n", `
line 4: control characters are not allowed
    4 |   target: ·x
      |           ^`},
		{"no such anchor", "  target: *x\n  load: y\n", `
line 4: unknown anchor 'x' referenced
    4 |   target: *x
      |           ^`},
		{"far along a line", "  target: " + strings.Repeat("a", 200) + ": y" + strings.Repeat("b", 200) + "\n", `
line 4: a field cannot begin here: a value with ": " in it needs quotes, and a field above its colon
    4 | …` + strings.Repeat("a", 50) + ": y" + strings.Repeat("b", 45) + `…
      | ` + strings.Repeat(" ", 51) + "^"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode("x.yaml", []byte(head+tt.text), t.TempDir(), nil)
			if err == nil {
				t.Fatal("it was read")
			}
			if diff := cmp.Diff("x.yaml: "+strings.TrimPrefix(tt.want, "\n"), err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSyntaxOfALoadFile: the swarmfile's mistake is told inside of the experiment's.
func TestSyntaxOfALoadFile(t *testing.T) {
	dir := t.TempDir()
	text := "kind: Swarmfile\nspec:\n  users:\n   - name: a\n    tasks: []\n"
	if err := os.WriteFile(filepath.Join(dir, "s.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Decode("x.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n  target: {process: {command: [sim]}}\n  load: {file: s.yaml}\n"), dir, nil)
	want := "s.yaml: line 5: does not fit what stands above it: the fields of one mapping, and the items of one list, begin in the same column\n      5 |     tasks: []\n        |     ^"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error = %v, want it to end in %q", err, want)
	}
}
