package runs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

// TestResultsOfSeveralFiles: a run's folder has the locustfile's neighbours where it finds
// them, and is the same experiment from there.
func TestResultsOfSeveralFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	exp := runstest.Project(t, "file: load/locustfile.py, files: [data]", map[string]string{
		"load/locustfile.py": "import common", "load/common.py": "", "data/users.bin": "\xff\x00", "data/deep/users.csv": "ann",
	})
	set, err := manifests.Build(exp, manifests.Options{})
	if err != nil {
		t.Fatal(err)
	}
	deployed := map[string][]byte{}
	for _, cm := range append([]*corev1.ConfigMap{set.Experiment}, set.Scripts...) {
		for key, text := range cm.Data {
			deployed[key] = []byte(text)
		}
		for key, data := range cm.BinaryData {
			deployed[key] = data
		}
	}
	files, without, err := ofRun(deployed, result.Header{Identity: exp.Identity()})
	if err != nil || without != "" {
		t.Fatalf("%v, %q", err, without)
	}
	dir := t.TempDir()
	got := map[string]string{}
	for name, data := range files {
		if err := writeUnder(dir, name, data); err != nil {
			t.Fatal(err)
		}
		got[name] = string(data)
	}
	delete(got, rundir.ExperimentName)
	want := map[string]string{
		"scripts/load/locustfile.py": "import common", "scripts/load/common.py": "",
		"scripts/data/users.bin": "\xff\x00", "scripts/data/deep/users.csv": "ann",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	again, err := experiment.Load(filepath.Join(dir, rundir.ExperimentName), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(exp.Identity(), again.Identity()); diff != "" {
		t.Errorf("from the run's folder it is another (-was +is)\n%s", diff)
	}
	if manifests.FilesFolder != rundir.ScriptsName {
		t.Errorf("a new run takes its place over %s, not %s", rundir.ScriptsName, manifests.FilesFolder)
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
