package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
)

const schemaPath = "../../docs/summary.schema.json"

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSchema holds every golden summary to the published schema, which allows no
// unknown field, so that neither can change alone.
func TestSchema(t *testing.T) {
	s := schema(t)
	for name := range cases() {
		data, err := os.ReadFile(filepath.Join("testdata", name, "summary.json"))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaRefuses shows that the schema is not so loose that it proves nothing.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	for name, change := range map[string]func(map[string]any){
		"unknown field":   func(d map[string]any) { d["extra"] = true },
		"missing field":   func(d map[string]any) { delete(d, "gate") },
		"other version":   func(d map[string]any) { d["version"] = 2 },
		"null for a list": func(d map[string]any) { d["rows"] = nil },
		"other status":    func(d map[string]any) { d["rows"].([]any)[0].(map[string]any)["status"] = "FINE" },
	} {
		data, err := os.ReadFile(filepath.Join("testdata", "slo", "summary.json"))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		change(doc.(map[string]any))
		if s.Validate(doc) == nil {
			t.Errorf("%s: is accepted", name)
		}
	}
}

// TestOneName: the schema, the CSV's columns and the SLO name the same percentiles.
func TestOneName(t *testing.T) {
	data, err := os.ReadFile(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defs := doc.(map[string]any)["$defs"].(map[string]any)
	var want []any
	for _, p := range analysis.Percentiles() {
		want = append(want, string(p.Metric))
		if _, ok := defs["latency"].(map[string]any)["properties"].(map[string]any)[string(p.Metric)+"_ms"]; !ok {
			t.Errorf("latency has no %s_ms", p.Metric)
		}
	}
	if diff := cmp.Diff(want, defs["percentile"].(map[string]any)["enum"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDocs: the samples of docs/reports.md are what is really written.
func TestDocs(t *testing.T) {
	doc, err := os.ReadFile("../../docs/reports.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, title, _ := strings.Cut(strings.Trim(caveatsPage, `"`), `"`); !bytes.Contains(doc, []byte("\n## "+title+"\n")) {
		t.Errorf("docs/reports.md has no section %s", title)
	}
	files := render(t, sample())
	for _, name := range []string{"auto_summary.csv", "auto_summary.md", "table.txt"} {
		if !bytes.Contains(doc, files[name]) {
			t.Errorf("docs/reports.md does not hold testdata/sample/%s; paste it again", name)
		}
	}
}
