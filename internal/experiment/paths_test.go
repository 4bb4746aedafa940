package experiment

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func processIn(t *testing.T, folder, process string) *Experiment {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(folder, "work"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "x.yaml")
	text := "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nmetadata: {name: x, annotations: {mine: kept}}\nspec:\n  target: {process: " + process + "}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	exp, err := Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return exp
}

// copied is the experiment as it is read back from the copy in a run's directory.
func copied(t *testing.T, exp *Experiment) *Experiment {
	t.Helper()
	data, err := json.Marshal(exp.Anchored())
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode("experiment.json", data, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// TestPathsStartFromTheFile, and a run's copy finds them from anywhere, twice over.
func TestPathsStartFromTheFile(t *testing.T) {
	folder := t.TempDir()
	tests := []struct{ process, program, dir string }{
		{`{command: [sim, ./a]}`, "sim", folder},
		{`{command: [./sim]}`, filepath.Join(folder, "sim"), folder},
		{`{command: [../bin/sim], dir: work}`, filepath.Join(folder, "../bin/sim"), filepath.Join(folder, "work")},
		{`{command: [bin/sim], dir: /}`, filepath.Join(folder, "bin/sim"), "/"},
		{`{command: [/bin/sh], dir: ./work/}`, "/bin/sh", filepath.Join(folder, "work")},
	}
	for _, tt := range tests {
		exp := processIn(t, folder, tt.process)
		copies := []*Experiment{exp, copied(t, exp), copied(t, copied(t, exp))}
		for i, e := range copies {
			if e.Command()[0] != tt.program || e.ProcessDir() != tt.dir {
				t.Errorf("%s, copied %d times: %s in %s, want %s in %s", tt.process, i, e.Command()[0], e.ProcessDir(), tt.program, tt.dir)
			}
			if diff := cmp.Diff(exp.Identity(), e.Identity()); diff != "" {
				t.Errorf("%s, copied %d times: identity (-want +got):\n%s", tt.process, i, diff)
			}
			if e.TargetText() != exp.TargetText() || e.LoadMatrix.Annotations["mine"] != "kept" {
				t.Errorf("%s, copied %d times: target %q, annotations %v", tt.process, i, e.TargetText(), e.LoadMatrix.Annotations)
			}
		}
		if args := exp.Command()[1:]; len(args) > 0 && args[0] != "./a" {
			t.Errorf("%s: arguments %q", tt.process, args)
		}
	}
}

// TestMovedExperiment: the same experiment in another folder measures the same, as long as
// it is spelled the same.
func TestMovedExperiment(t *testing.T) {
	here, there := processIn(t, t.TempDir(), `{command: [./sim], dir: work}`), processIn(t, t.TempDir(), `{command: [./sim], dir: work}`)
	if diff := cmp.Diff(here.Identity(), there.Identity()); diff != "" {
		t.Errorf("(-here +there):\n%s", diff)
	}
	if here.Command()[0] == there.Command()[0] {
		t.Errorf("both start %s", here.Command()[0])
	}
}

// TestChangedCopy: a changed copy means another program.
func TestChangedCopy(t *testing.T) {
	again := copied(t, processIn(t, t.TempDir(), `{command: [./sim]}`))
	again.LoadMatrix.Spec.Target.Process.Command[0] = "/usr/bin/other"
	if id := again.Identity()["spec.target.process.command"]; id != `["/usr/bin/other"]` {
		t.Errorf("identity %s", id)
	}
	if third := copied(t, again); third.Command()[0] != "/usr/bin/other" || third.Identity()["spec.target.process.command"] != `["/usr/bin/other"]` {
		t.Errorf("copied again: %q", third.Command())
	}
}

func TestNoSuchFolder(t *testing.T) {
	folder := t.TempDir()
	for dir, want := range map[string]string{
		"nowhere": `spec.target.process.dir (line 4): is "nowhere": ` + filepath.Join(folder, "nowhere") + ": no such file",
		"file":    `is "file": ` + filepath.Join(folder, "file") + " is not a folder",
		`""`:      "spec.target.process.dir (line 4): is empty, must name a folder",
	} {
		if err := os.WriteFile(filepath.Join(folder, "file"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Decode("x.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n  target: {process: {command: [sim], dir: "+dir+"}}\n"), folder, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error = %v, want it to hold %q", dir, err, want)
		}
	}
}
