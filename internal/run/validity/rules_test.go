package validity

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TestRules: every rule is applied somewhere, and with as many values as its sentence has
// places. The compiler and vet see neither.
func TestRules(t *testing.T) {
	places := rules(t)
	if len(places) < 30 {
		t.Fatalf("only %d rules found: are they still constants of type Rule?", len(places))
	}
	applied := map[string]bool{}
	for _, pattern := range []string{"*.go", "../*.go", "../../analysis/*.go"} {
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

// TestChecks: every rule belongs to a check, every check has a rule, and their ids are in order.
func TestChecks(t *testing.T) {
	used := map[string]bool{}
	for name, r := range constants(t) {
		used[r.ID()] = true
		if Remedy(r.ID()) == "" {
			t.Errorf("%s has the id %q, which no check has", name, r.ID())
		}
	}
	last := ""
	for _, c := range Checks() {
		if !used[c.ID] {
			t.Errorf("%s has no rule", c.ID)
		}
		if c.Wants == "" || c.Remedy == "" {
			t.Errorf("%s has no sentence or no remedy", c.ID)
		}
		if order(c.ID) <= last {
			t.Errorf("%s comes after %s", c.ID, last)
		}
		last = order(c.ID)
	}
	if Remedy("V999") != "" {
		t.Error("a check that is not known has a remedy")
	}
}

// TestSentenceOfRule: the id is no part of the sentence.
func TestSentenceOfRule(t *testing.T) {
	want := result.Finding{ID: "V2", Invalid: true, Text: "9 users instead of 10"}
	if got := UsersDiffer.Breaks(9, 10); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := WorkerPaused.Doubts("it did"); got != (result.Finding{ID: "V4", Text: "it did"}) {
		t.Errorf("%+v is no doubt", got)
	}
}

// order sorts V2 before V14.
func order(id string) string { return fmt.Sprintf("%s%3s", id[:1], id[1:]) }

// application is the rule that a call applies, as r.Breaks(values...), r.Doubts(values...) or
// Break(r, values...) and the like, and how many values it gets.
func application(call *ast.CallExpr, rules map[string]int) (rule string, values int) {
	if f, ok := call.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Breaks" || f.Sel.Name == "Doubts") {
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
	for name, r := range constants(t) {
		out[name] = strings.Count(strings.ReplaceAll(string(r), "%%", ""), "%")
	}
	return out
}

func constants(t *testing.T) map[string]Rule {
	t.Helper()
	out := map[string]Rule{}
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
			out[spec.Names[0].Name] = Rule(sentence)
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
