package page

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("../../docs/page.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parsed(t *testing.T, d *Document) map[string]any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded(t, d)))
	if err != nil {
		t.Fatal(err)
	}
	return doc.(map[string]any)
}

// TestSchema holds the document of every run of the reports' tests to the published schema,
// which allows no unknown field, so that neither can change alone.
func TestSchema(t *testing.T) {
	s := schema(t)
	for _, name := range cases(t) {
		if err := s.Validate(parsed(t, New(modelOf(t, name), "{}"))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Validate(parsed(t, New(whole(t, 2, 200), ""))); err != nil {
		t.Errorf("a run with series: %v", err)
	}
}

// TestSchemaRefuses shows that the schema is not so loose that it proves nothing.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	for name, change := range map[string]func(map[string]any){
		"unknown field":   func(d map[string]any) { d["extra"] = true },
		"missing field":   func(d map[string]any) { delete(d, "answer") },
		"other version":   func(d map[string]any) { d["version"] = 2 },
		"null for a list": func(d map[string]any) { d["rows"] = nil },
		"other state":     func(d map[string]any) { d["rows"].([]any)[0].(map[string]any)["state"] = "FINE" },
	} {
		doc := parsed(t, New(modelOf(t, "slo"), ""))
		change(doc)
		if s.Validate(doc) == nil {
			t.Errorf("%s: is accepted", name)
		}
	}
}

// TestIndexes: what points to a row or a metric points to one, and what goes together is as
// long.
func TestIndexes(t *testing.T) {
	for _, name := range cases(t) {
		d := New(modelOf(t, name), "")
		row := func(what string, i int) {
			if i < 0 || i >= len(d.Rows) {
				t.Errorf("%s: %s is row %d of %d", name, what, i, len(d.Rows))
			}
		}
		for _, l := range d.Answer.Lines {
			for _, i := range l.BackedBy {
				row("what backs an answer", i)
			}
		}
		for i, r := range d.Rows {
			if len(r.Values) != len(d.Metrics) {
				t.Errorf("%s: row %d has %d values of %d metrics", name, i, len(r.Values), len(d.Metrics))
			}
			for _, n := range r.Notes {
				if n < 1 || n > len(d.Doubts.Notes) {
					t.Errorf("%s: row %d has note %d of %d", name, i, n, len(d.Doubts.Notes))
				}
			}
		}
		for _, m := range d.Maps {
			if len(m.Cells) != len(m.Replicas)*len(m.Users) {
				t.Errorf("%s: a map of %d × %d has %d cells", name, len(m.Replicas), len(m.Users), len(m.Cells))
			}
			for i, c := range m.Cells {
				if c.Row != nil {
					row("a cell", *c.Row)
					if r := d.Rows[*c.Row]; r.Replicas != m.Replicas[i/len(m.Users)] || r.Users != m.Users[i%len(m.Users)] {
						t.Errorf("%s: cell %d of %q shows %s", name, i, m.Title, r.Name)
					}
				}
			}
		}
		for _, l := range d.Curves.Lines {
			for _, i := range l.Rows {
				row("a point of a curve", i)
			}
		}
		if len(d.Details) != len(d.Rows) {
			t.Errorf("%s: %d details of %d rows", name, len(d.Details), len(d.Rows))
		}
	}
}
