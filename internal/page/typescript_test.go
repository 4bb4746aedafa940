package page

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTypeScript: the front end has the same fields, in the same order, and expects null where
// there may be one.
func TestTypeScript(t *testing.T) {
	text, err := os.ReadFile("../../web/src/document.ts")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?s)export interface (\w+) \{\n(.*?)\n\}`).FindAllStringSubmatch(string(text), -1) {
		want[strings.TrimPrefix(m[1], "Page")] = strings.Split(strings.ReplaceAll(m[2], "  ", ""), "\n")
	}
	got := map[string][]string{}
	describe(reflect.TypeFor[Document](), got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-document.ts +document.go):\n%s", diff)
	}
}

// describe writes the fields of a struct, and of those in it, as TypeScript does.
func describe(t reflect.Type, out map[string][]string) {
	if out[t.Name()] != nil {
		return
	}
	out[t.Name()] = []string{}
	for _, f := range reflect.VisibleFields(t) {
		if name := f.Tag.Get("json"); name != "" && !f.Anonymous {
			out[t.Name()] = append(out[t.Name()], name+": "+typeScript(f.Type, out))
		}
	}
}

func typeScript(t reflect.Type, out map[string][]string) string {
	switch {
	case t.String() == "time.Time":
		return "string"
	case t.Name() == "State":
		return "State"
	case t.String() == "result.Column":
		return "(number | null)[]"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeScript(t.Elem(), out) + " | null"
	case reflect.Slice:
		of := typeScript(t.Elem(), out)
		if strings.Contains(of, " ") {
			of = "(" + of + ")"
		}
		return of + "[]"
	case reflect.Struct:
		describe(t, out)
		return t.Name()
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	}
	return "number"
}
