package experiment

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// TestBuiltin: the built-in mix runs where it is named, and for targets that are not
// known by their url alone, for both engines.
func TestBuiltin(t *testing.T) {
	const head = "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n"
	tests := []struct{ name, body, load string }{
		{"process", "  target: {process: {command: [sim]}}\n", "the built-in mix forecasting"},
		{"Deployment", "  target: {scaleTargetRef: {name: x}}\n", "the built-in mix forecasting"},
		{"named", "  target: {url: \"http://a\"}\n  load: {builtin: forecasting}\n", "the built-in mix forecasting"},
		{"named for Locust", "  target: {url: \"http://a\"}\n  load: {engine: locust, builtin: forecasting}\n", "the built-in mix forecasting"},
		{"a copy", "  target: {url: \"http://a\"}\n  load: {file: ../builtin/swarmfile.yaml}\n", "../builtin/swarmfile.yaml, a copy of the built-in mix forecasting"},
		{"a master's", "  target: {url: \"http://a\"}\n  load: {masterURL: \"http://m:8089\"}\n", "what the master at http://m:8089 has"},
	}
	for _, tt := range tests {
		exp, err := Decode("x.yaml", []byte(head+tt.body), ".", nil)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := exp.LoadText(); got != tt.load {
			t.Errorf("%s: load is %q, want %q", tt.name, got, tt.load)
		}
		if wantFile := !strings.HasPrefix(tt.load, "what the master"); (len(exp.LoadFile) > 0) != wantFile {
			t.Errorf("%s: the load's file has %d bytes", tt.name, len(exp.LoadFile))
		}
	}
}

// TestBuiltinIsNoIdentity: naming the mix that ran anyway measures the same thing.
func TestBuiltinIsNoIdentity(t *testing.T) {
	silent, err := decode(t, minimal)
	if err != nil {
		t.Fatal(err)
	}
	named, err := decode(t, minimal+"  load: {builtin: forecasting}\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(silent.Identity(), named.Identity()); diff != "" {
		t.Errorf("(-silent +named):\n%s", diff)
	}
}

// TestUnplaced: a namespace that nobody named is not made up.
func TestUnplaced(t *testing.T) {
	const body = "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n  load: {builtin: forecasting}\n  target: {scaleTargetRef: {name: x}}\n"
	for namespace, want := range map[string]string{"": "Deployment x", "default": "Deployment default/x"} {
		exp, err := Decode("x.yaml", []byte(body), ".", []Setting{{Field: FieldContextNamespace, Origin: "the kubeconfig's context", Value: namespace}})
		if err != nil {
			t.Fatal(err)
		}
		if got := exp.TargetText(); got != want {
			t.Errorf("namespace %q: %q, want %q", namespace, got, want)
		}
		if exp, err = exp.With("x.yaml", nil); err != nil || exp.TargetText() != want {
			t.Errorf("namespace %q, a copy: %v, want %q", namespace, err, want)
		}
	}
}

func TestTexts(t *testing.T) {
	const head = "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nmetadata: {namespace: load}\nspec:\n  load: {builtin: forecasting}\n"
	tests := []struct{ target, text, address string }{
		{"{process: {command: [sim, --token, hush], env: {A: hush}}}", "process sim", "the balancer in front of it, on this machine"},
		{"{process: {command: [sim]}, url: \"http://a:1\"}", "http://a:1, with process sim scaled beside it", "http://a:1"},
		{"{scaleTargetRef: {name: x}}", "Deployment load/x", "the Service that selects its pods"},
		{"{scaleTargetRef: {name: inference}}", "Deployment load/inference", "http://inference:8000"},
		{"{scaleTargetRef: {name: x}, url: \"http://a.b.c\", service: y}", "Deployment load/x", "http://a.b.c, said to lead to Service load/y"},
		{"{url: \"http://a:1\"}", "http://a:1", "http://a:1"},
	}
	for _, tt := range tests {
		exp, err := decode(t, head+"  target: "+tt.target+"\n")
		if err != nil {
			t.Errorf("%s: %v", tt.target, err)
			continue
		}
		if exp.TargetText() != tt.text || exp.AddressText() != tt.address {
			t.Errorf("%s: is %q at %q, want %q at %q", tt.target, exp.TargetText(), exp.AddressText(), tt.text, tt.address)
		}
	}
}

// TestTasks: a task that never runs has no row to be missed.
func TestTasks(t *testing.T) {
	sf, err := DecodeSwarmfile("s.yaml", []byte(`
apiVersion: swarmgrid.dev/v1alpha1
kind: Swarmfile
spec:
  users:
    - name: A
      tasks: [{name: a, weight: 0.1, request: {path: /}}, {name: b, weight: 0, request: {path: /}}, {name: c, request: {method: PUT, path: /}}]
    - {name: B, weight: 0, tasks: [{name: d, request: {path: /}}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	got := (&Experiment{Swarmfile: sf}).Tasks()
	if diff := cmp.Diff([]stats.Endpoint{{Method: "GET", Name: "a"}, {Method: "PUT", Name: "c"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
