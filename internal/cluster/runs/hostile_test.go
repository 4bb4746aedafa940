package runs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// bomb is some 64 KiB that unpack to more than a shard may.
func bomb() []byte { return runstest.Packed(make([]byte, 64<<20+1)) }

// hostileCluster has a run's results and beside them what somebody else put into the
// next slot.
func hostileCluster(t *testing.T, id string, packed []byte) (*Runs, string) {
	t.Helper()
	exp := runstest.Experiment(t, "  schedule: {cron: \"0 2 * * 0\", history: 2}\n")
	r, client := fakeRuns(t, exp)
	runstest.Drive(t, client, exp, driver.Self{Namespace: "default", Pod: "p", PodUID: "u", Job: "good", JobUID: "12345678"}, runstest.Record)
	cms := client.CoreV1().ConfigMaps("default")
	cm, err := cms.Get(t.Context(), manifests.JournalName(exp.LoadMatrix.Spec.Cluster.Names, 1, 0), metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	cm.Annotations = map[string]string{driver.AnnotationRun: id}
	cm.BinaryData = map[string][]byte{"journal.jsonl.gz": packed}
	if _, err := cms.Update(t.Context(), cm, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	return r, "good-12345678"
}

// TestDamagedJournalLeavesTheOthers: what one slot holds is nothing to those who fetch
// another, and is not lost for it.
func TestDamagedJournalLeavesTheOthers(t *testing.T) {
	whole := runstest.Packed(append(mustHeader(t, "x"), "{\"record\":{}}\n"...))
	for name, tt := range map[string]struct {
		id     string
		packed []byte
		want   string
	}{
		"a bomb":         {"bad", bomb(), "unpacks to more than 64 MiB"},
		"no gzip":        {"bad", []byte("this is no gzip at all"), "gzip: invalid header"},
		"torn":           {"bad", whole[:len(whole)-4], "unexpected EOF"},
		"another folder": {"../../bad", whole, `the run's id is "../../bad", which is no file's name`},
		"a root":         {"/bad", whole, `"/bad"`},
		"above":          {"..", whole, `".."`},
		"a drive":        {`C:bad`, whole, `"C:bad"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			r, good := hostileCluster(t, tt.id, tt.packed)
			if _, err := r.Results(t.Context(), tt.id, ""); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "journal-1-0") {
				t.Errorf("its results: %v, want %q and the ConfigMap", err, tt.want)
			}
			d, err := r.Results(t.Context(), good, "")
			if err != nil || d.Dir != filepath.Join("results", good) {
				t.Errorf("the other run's: %+v, %v", d, err)
			}
			if entries, _ := os.ReadDir("."); len(entries) != 1 {
				t.Errorf("written beside results: %v", entries)
			}
			if err := r.RefuseNotDownloaded(t.Context()); err == nil {
				t.Error("the results may be lost")
			}
			if err := r.Discard(t.Context()); err != nil {
				t.Error(err)
			}
			if err := r.RefuseNotDownloaded(t.Context()); err != nil {
				t.Errorf("after giving up: %v", err)
			}
		})
	}
}

// TestResultsStayInTheirFolder: names that come from the cluster lead nowhere else.
func TestResultsStayInTheirFolder(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const load = "apiVersion: swarmgrid.dev/v1alpha1\nkind: Swarmfile\nspec: {users: [{name: A, tasks: [{name: t, request: {path: /}}]}]}\n"
	for _, name := range []string{"../load.yaml", "journal.jsonl", "experiment.json", "other.yaml", "swarmfile.yaml"} {
		text := "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec: {target: {url: \"http://x\"}, load: {file: " + name + "}, matrix: {users: [10]}}\n"
		files := map[string][]byte{manifests.ExperimentFile: []byte(text), filepath.Base(name): []byte(load)}
		dir := filepath.Join(os.Getenv("TMPDIR"), "run")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(load), 0o600); err != nil {
			t.Fatal(err)
		}
		exp, err := experiment.Decode("x.yaml", []byte(text), dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, without, err := ofRun(files, result.Header{Identity: exp.Identity()})
		if err != nil {
			t.Fatal(err)
		}
		if own := name == "swarmfile.yaml"; (len(got) == 2) != own || (without == "") != own {
			t.Errorf("%s: %d files, %q", name, len(got), without)
		}
	}
	for _, key := range []string{"../x", "a/b", "/x", "..", `a\b`} {
		if _, without, _ := ofRun(map[string][]byte{key: []byte("x")}, result.Header{}); !strings.Contains(without, "which is no file's name") {
			t.Errorf("key %s: %q", key, without)
		}
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) != 2 { // run and load.yaml
		t.Errorf("left: %v", left)
	}
}
