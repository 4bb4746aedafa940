// Package runstest does in a faked cluster what drivers and the Job controller do in a real
// one, for the tests of those who look at runs.
package runstest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// Namespace is where everything is.
const Namespace = "default"

// Experiment needs no workloads: its target and its master are somebody else's. More goes
// below its spec.
func Experiment(t *testing.T, more string) *experiment.Experiment {
	t.Helper()
	return named(t, "it", more)
}

// Shop is another experiment with the names, and the target, of Experiment.
func Shop(t *testing.T) *experiment.Experiment {
	t.Helper()
	return named(t, "shop", "")
}

func named(t *testing.T, name, more string) *experiment.Experiment {
	t.Helper()
	exp, err := experiment.Decode(name+".yaml", []byte(`
apiVersion: swarmgrid.dev/v1alpha1
kind: LoadMatrix
metadata: {name: `+name+`}
spec:
  target: {url: "http://target:8000"}
  load: {masterURL: "http://master:8089"}
  matrix: {users: [10]}
`+more), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return exp
}

// Header begins the journal of a run with one scenario.
func Header(id string) result.Header {
	return result.Header{
		Format: result.Format, RunID: id, Created: time.Unix(1_800_000_000, 0).UTC(), Name: "it", Order: []int{0},
		Keys: []matrix.Key{{Scenario: matrix.Scenario{Replicas: 1, Workers: 1, Users: 10}, Round: 1}},
	}
}

// Record is the only record of such a run.
func Record(h result.Header) result.Record {
	return result.Record{Key: h.Keys[0], Role: result.RoleGrid, Attempt: 1, Terminal: true, Status: result.Invalid, Reasons: []string{"a test"}, Measured: &result.Measured{Duration: 1}}
}

// Packed is a text as a ConfigMap of a journal has it.
func Packed(text []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(text)
	_ = w.Close()
	return b.Bytes()
}

// Self is a pod of a run of a Job.
func Self(job, id string) driver.Self {
	return driver.Self{Namespace: Namespace, Pod: job + "-x", PodUID: "p", Job: job, JobUID: strings.TrimPrefix(id, job+"-")}
}

// Driver is the driver in a pod of a run.
func Driver(client kubernetes.Interface, exp *experiment.Experiment, self driver.Self) *driver.Driver {
	return driver.New(driver.NewAPI(client, Namespace), kubeapi.Config{}, exp, self)
}

// Drive does a driver's part: a journal with one record.
func Drive(t *testing.T, client kubernetes.Interface, exp *experiment.Experiment, self driver.Self, record func(result.Header) result.Record) {
	t.Helper()
	store, err := Driver(client, exp, self).OpenStore(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	h := Header(self.Run())
	h.Identity = exp.WithWorkers(1).Identity()
	_, loaded := store.Load(t.Context())
	if err := errors.Join(loaded, store.Begin(t.Context(), h), store.Append(t.Context(), record(h)), store.Close()); err != nil {
		t.Fatal(err)
	}
}

// Publish does a pod's part: events, and how it ended.
func Publish(t *testing.T, client kubernetes.Interface, self driver.Self, finished bool, code int, messages ...string) {
	t.Helper()
	p := Driver(client, Experiment(t, ""), self).Publish()
	for _, m := range messages {
		p.Observe(run.Event{Type: run.RunStarted, Message: m})
	}
	if err := p.Finish(t.Context(), finished, code, ""); err != nil {
		t.Fatal(err)
	}
}

// EndJob does the Job controller's part.
func EndJob(t *testing.T, client kubernetes.Interface, name string, kind batchv1.JobConditionType, message string) {
	t.Helper()
	jobs := client.BatchV1().Jobs(Namespace)
	job, err := jobs.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	job.Status.Conditions = []batchv1.JobCondition{{Type: kind, Status: corev1.ConditionTrue, Reason: "Because", Message: message}}
	if _, err := jobs.UpdateStatus(t.Context(), job, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}
