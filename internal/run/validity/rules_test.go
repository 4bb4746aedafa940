package validity

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestRules: every rule is applied somewhere, and with as many values as its sentence has
// places. The compiler and vet see neither.
func TestRules(t *testing.T) {
	places := rules(t)
	if len(places) < 30 {
		t.Fatalf("only %d rules found: are they still constants of type Rule?", len(places))
	}
	applied := map[string]bool{}
	for _, pattern := range []string{"*.go", "../*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			ast.Inspect(parse(t, name), func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if rule, values := application(call, places); rule != "" {
						applied[rule] = true
						if values != places[rule] {
							t.Errorf("%s: %s has %d places, and gets %d values", name, rule, places[rule], values)
						}
					}
				}
				return true
			})
		}
	}
	for rule := range places {
		if !applied[rule] {
			t.Errorf("%s is never applied", rule)
		}
	}
}

// application is the rule that a call applies, as r.Reason(values...) or as
// Break(r, values...) and the like, and how many values it gets.
func application(call *ast.CallExpr, rules map[string]int) (rule string, values int) {
	if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Reason" {
		if name := last(f.X); known(rules, name) {
			return name, len(call.Args)
		}
	}
	if len(call.Args) == 0 {
		return "", 0
	}
	name := last(call.Args[0])
	if !known(rules, name) {
		return "", 0
	}
	return name, len(call.Args) - 1
}

// last is the last name of a, or of b.a.
func last(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// rules are the constants of type Rule, with how many places their sentences have.
func rules(t *testing.T) map[string]int {
	t.Helper()
	out := map[string]int{}
	ast.Inspect(parse(t, "rules.go"), func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Rule" {
			sentence, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			out[spec.Names[0].Name] = strings.Count(strings.ReplaceAll(sentence, "%%", ""), "%")
		}
		return true
	})
	return out
}

func parse(t *testing.T, name string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func known(rules map[string]int, name string) bool {
	_, ok := rules[name]
	return ok
}
