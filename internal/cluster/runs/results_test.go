package runs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

// TestResultsNeedADirectoryOfTheirOwn: nothing of anybody's is overwritten, and the same
// run may be fetched again.
func TestResultsNeedADirectoryOfTheirOwn(t *testing.T) {
	write := func(dir, name, text string) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	header, err := result.EncodeHeader(runstest.Header("r1"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ dir, want string }{
		"new":                  {filepath.Join(t.TempDir(), "new"), ""},
		"empty":                {t.TempDir(), ""},
		"this run's":           {write(t.TempDir(), rundir.JournalName, string(header)), ""},
		"another run's":        {write(t.TempDir(), rundir.JournalName, strings.Replace(string(header), "r1", "r0", 1)), "holds run r0; name a new or an empty directory"},
		"somebody's swarmfile": {write(t.TempDir(), "swarmfile.yaml", "mine"), "holds swarmfile.yaml; name a new or an empty directory"},
		"somebody's journal":   {write(t.TempDir(), rundir.JournalName, "mine\n"), "cannot be read"},
	} {
		err := refuseOther(tt.dir, "r1")
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: error = %v, want %q", name, err, tt.want)
		}
	}
}

// TestMarkIsForOneRun has a slot that another run takes while the first is downloaded.
func TestMarkIsForOneRun(t *testing.T) {
	exp := runstest.Experiment(t, "")
	r, client := fakeRuns(t, exp)
	runstest.Drive(t, client, exp, driver.Self{Namespace: "default", Pod: "p", PodUID: "u", Job: "first", JobUID: "12345678"}, runstest.Record)
	taken := false
	client.PrependReactor("patch", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
		if taken {
			return false, nil, nil
		}
		taken = true
		o, err := client.Tracker().Get(corev1.SchemeGroupVersion.WithResource("configmaps"), "default", manifests.JournalName(exp.LoadMatrix.Spec.Cluster.Names, 0, 0))
		cm, ok := o.(*corev1.ConfigMap)
		if err != nil || !ok {
			return true, nil, err
		}
		cm = cm.DeepCopy()
		cm.Annotations = map[string]string{driver.AnnotationRun: "second"}
		if err := client.Tracker().Update(corev1.SchemeGroupVersion.WithResource("configmaps"), cm, "default"); err != nil {
			return true, nil, err
		}
		return true, nil, apierrors.NewConflict(schema.GroupResource{Resource: "configmaps"}, "journal", errors.New("it was changed"))
	})
	if err := r.mark(t.Context(), 0, "first-12345678", "1"); err != nil {
		t.Fatal(err)
	}
	if slots, err := r.Slots(t.Context()); err != nil || slots[0].Run != "second" || !slots[0].Wanted() || !taken {
		t.Errorf("the second run's results count as downloaded: %+v, %v", slots[0].Run, err)
	}
}
