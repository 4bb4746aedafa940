package page

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// hostile is a run in which a text is wherever somebody else's text can be.
func hostile(t testing.TB, text string) *result.Run {
	t.Helper()
	run := wholeRun(t, 1, 60)
	h := &run.Header
	h.Name, h.Target, h.Address, h.Load = text, text, text, text
	h.SLO = append(h.SLO, v1alpha1.Objective{Metric: "p95", Endpoint: "GET " + text, Below: "1s"})
	rec := &run.Records[0]
	rec.Warnings = []string{text}
	task := stats.Endpoint{Method: "GET", Name: text}
	m := rec.Measured
	m.Endpoints[0].Endpoint, m.Errors = task, []result.ErrorCount{{Endpoint: task, Error: text, Occurrences: 3}}
	rec.Series.Events[0].Text = text
	rec.Observed.TargetUsage = &result.Usage{Source: text, CPUCores: 1}
	rec.Observed.TargetShares = &result.Shares{Source: text, Unit: result.ByRequests, Replicas: []result.ReplicaShare{{ID: text, Share: 1, Amount: 10}}}
	failed := *rec
	failed.Attempt, failed.Terminal, failed.Status, failed.Reasons = 2, false, result.Invalid, []string{text}
	run.Records = append(run.Records, failed)
	return run
}

// staysText checks that whatever a text is, the page is one script with one document in it, and
// that this is a document on lines of one.
func staysText(t *testing.T, text string) {
	t.Helper()
	d := New(modelOfRun(t, hostile(t, text)), "")
	var b bytes.Buffer
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(b.String(), `<script type="application/json" id="document">`)
	data, _, _ := strings.Cut(rest, "</script>")
	if strings.ContainsAny(data, "<>&\u2028\u2029") || !utf8.ValidString(data) {
		t.Errorf("%q: the document is not only text", text)
	}
	var got Document
	if err := json.Unmarshal([]byte(data), &got); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if diff := cmp.Diff(string(encoded(t, d)), string(encoded(t, &got))); diff != "" {
		t.Errorf("%q (-document +read back):\n%s", text, diff)
	}
	if n := strings.Count(b.String(), "<script"); n != strings.Count(plainPage(t), "<script") {
		t.Errorf("%q: %d scripts", text, n)
	}
}

func plainPage(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, New(modelOf(t, "sample"), "")); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHostileTextStaysText(t *testing.T) {
	for _, text := range []string{
		`</script><script>alert(1)</script>`, `<!--<script>`, `"quoted" 'too' \ and \u003c`, "\u202eright to left\u202c, שלום, مرحبا", "🐘🔥 emoji", "a\u2028b\u2029c\r\nd\x00e", "\xff\xfe broken",
		`<img src=x onerror=alert(1)>`, `{{.Title}} ${x}`, strings.Repeat("long ", 500),
	} {
		staysText(t, text)
	}
}

func FuzzTextStaysText(f *testing.F) {
	f.Add(`</script>`)
	f.Add("")
	f.Add("\x00 \t")
	f.Add("\u202e\xff")
	f.Fuzz(staysText)
}

// TestExperiment: no value of an environment variable is on the page, whoever put it there.
func TestExperiment(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"none", "", ""},
		{"as it was kept", "{\n \"spec\": {\"target\": {\"process\": {\"env\": {\"A\": \"(not kept)\"}}}}\n}\n", "{\n \"spec\": {\"target\": {\"process\": {\"env\": {\"A\": \"(not kept)\"}}}}\n}"},
		{"with a value", `{"spec":{"cluster":{"worker":{"env":{"TOKEN":"hush"}}},"list":[{"env":{"B":["hush"]}}]}}`, `{
  "spec": {
    "cluster": {
      "worker": {
        "env": {
          "TOKEN": "(not kept)"
        }
      }
    },
    "list": [
      {
        "env": {
          "B": "(not kept)"
        }
      }
    ]
  }
}`},
		{"an env of another kind", `{"env": "production"}`, `{"env": "production"}`},
		{
			"as in Kubernetes", `{"env": [{"name": "TOKEN", "value": "hush"}, {"name": "FROM", "valueFrom": 1}], "n": 12345678901234567890}`,
			"{\n  \"env\": [\n    {\n      \"name\": \"TOKEN\",\n      \"value\": \"(not kept)\"\n    },\n    {\n      \"name\": \"FROM\",\n      \"valueFrom\": 1\n    }\n  ],\n  \"n\": 12345678901234567890\n}",
		},
		{"in capitals", `{"Env": {"TOKEN": "hush"}}`, "{\n  \"Env\": {\n    \"TOKEN\": \"(not kept)\"\n  }\n}"},
		{"twice", `{"env": {"TOKEN": "hush"}, "env": {}}`, "{\n  \"env\": {}\n}"},
		{"a password in an address", `{"url": "http://bob:hush@host/"}`, `{"url": "http://(not kept)@host/"}`},
		{"no JSON", "TOKEN=hush", ""},
		{"no object", `["hush"]`, ""},
	} {
		d := New(modelOf(t, "one"), tt.text)
		got := ""
		if d.Experiment != nil {
			got = *d.Experiment
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
