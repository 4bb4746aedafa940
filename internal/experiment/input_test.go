package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMeasureSettings(t *testing.T) {
	exp, err := decode(t, minimal+"  measure: {settle: 9s, attempts: 7}\n  slo: [{metric: p99, below: 1s}]\n",
		Setting{Field: FieldSettle, Origin: "--settle", Value: "0s"},
		Setting{Field: FieldAttempts, Origin: "--attempts", Value: "2"},
		Setting{Field: FieldSLO, Origin: "--slo", Value: "p95<200ms\nfailures < 1%"})
	if err != nil {
		t.Fatal(err)
	}
	if exp.Settle() != 0 || exp.LoadMatrix.Spec.Measure.Attempts != 2 {
		t.Errorf("settle %v, attempts %d", exp.Settle(), exp.LoadMatrix.Spec.Measure.Attempts)
	}
	if got := SLOText(exp.LoadMatrix.Spec.SLO); got != "p95 < 200ms, failures < 1%" {
		t.Errorf("SLO = %s", got)
	}
}

// TestObjectivesReplaced: nothing is left of the objectives that are replaced.
func TestObjectivesReplaced(t *testing.T) {
	file := minimal + "  slo: [{metric: p99, below: 1s}, {metric: p95, endpoint: POST predict, below: 1s}, {metric: rps, above: 5}]\n"
	for _, want := range []string{"rps > 5, p95 < 1s, p50 < 2s", "p50 < 1s, rps > 6, p95 of POST predict < 2s"} {
		exp, err := decode(t, file, Setting{Field: FieldSLO, Origin: "--slo", Value: strings.ReplaceAll(want, ", ", "\n")})
		if err != nil {
			t.Errorf("%s: %v", want, err)
		} else if got := SLOText(exp.LoadMatrix.Spec.SLO); got != want {
			t.Errorf("SLO = %s, want %s", got, want)
		}
	}
}

// TestSettingsMessages: a bad value is blamed on the flag.
func TestSettingsMessages(t *testing.T) {
	for _, tc := range []struct {
		field       Field
		flag, value string
		want        string
	}{
		{FieldSettle, "--settle", "5", `spec.measure.settle (--settle): is 5, which lacks a unit; write 5s`},
		{FieldAttempts, "--attempts", "many", `spec.measure.attempts (--attempts): is "many", must be a whole number`},
		{FieldAttempts, "--attempts", "0", `spec.measure.attempts (--attempts): is 0, must be 1 to 100`},
		{FieldSLO, "--slo", "p95", `spec.slo (--slo): is "p95", must be a metric and bound, as in p95<200ms`},
		{FieldSLO, "--slo", "", `spec.slo (--slo): is "", must be a metric and bound`},
		{FieldSLO, "--slo", "p42<1s", `(--slo): is "p42", must be one of`},
		{FieldLoadFile, "--load", "nowhere.yaml", `spec.load.file (--load): nowhere.yaml: no such file`},
		{FieldLoadFile, "--load", "", `spec.load.file (--load): is empty`},
	} {
		_, err := decode(t, minimal, Setting{Field: tc.field, Origin: tc.flag, Value: tc.value})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s %q: %v, want %s", tc.flag, tc.value, err, tc.want)
		}
	}
}

// TestLoadSetting: a file named on the command line is relative to the caller's directory,
// and replaces the experiment's.
func TestLoadSetting(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("here.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: Swarmfile\nspec: {users: [{name: A, tasks: [{name: t, request: {path: /}}]}]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, load := range []string{"builtin: forecasting", "file: other.yaml"} {
		exp, err := Decode("x.yaml", []byte(minimal+"  load: {"+load+"}\n"), filepath.Join("far", "away"),
			[]Setting{{Field: FieldLoadFile, Origin: "--load", Value: "here.yaml"}})
		if err != nil {
			t.Fatal(err)
		}
		if exp.LoadPath != "here.yaml" || exp.LoadMatrix.Spec.Load.Builtin != "" || exp.LoadText() != "here.yaml" {
			t.Errorf("path %q, builtin %q, text %q", exp.LoadPath, exp.LoadMatrix.Spec.Load.Builtin, exp.LoadText())
		}
	}
}

// TestLoadInMemory: an experiment may come with its swarmfile in memory.
func TestLoadInMemory(t *testing.T) {
	source := Input{
		Name: "http://127.0.0.1:1", Data: []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec: {target: {url: \"http://127.0.0.1:1\"}, load: {file: swarmfile.yaml}, measure: {duration: 10s}}\n"),
		InMemory: &InMemory{Title: "GET /", Data: []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: Swarmfile\nspec: {users: [{name: A, tasks: [{name: t, request: {path: /}}]}]}\n")},
	}
	exp, err := source.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"", "GET /", "GET /"}, []string{exp.LoadPath, exp.LoadText(), exp.LoadName()}); diff != "" {
		t.Error(diff)
	}
	if exp.Duration() != 10*time.Second || exp.Swarmfile == nil {
		t.Errorf("duration %v, swarmfile %v", exp.Duration(), exp.Swarmfile)
	}
	source.InMemory.Data = []byte("kind: Swarmfile\nspec: {users: []}\n")
	if _, err := source.Load(nil); err == nil || !strings.Contains(err.Error(), "spec.load.file (line 3): GET /: ") || strings.Contains(err.Error(), "line 2") {
		t.Errorf("error = %v, want the title in it, and no line of the swarmfile", err)
	}
	source.Drafted = true
	if _, err := source.Load(nil); err == nil || strings.Contains(err.Error(), "line") {
		t.Errorf("error = %v, want no line that nobody has seen", err)
	}
}
