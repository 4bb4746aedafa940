package driver

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// The exit codes of a run outside a cluster, as far as they matter here.
const exitFailed, exitGate, exitClose = 1, 3, 5

// inside is a driver's process whose API server knows ConfigMaps and Leases, but cannot be
// asked about workloads: neither a preflight nor a platform gets anywhere.
// hinder, when not nil, prepares its trouble before the driver uses it.
func inside(t *testing.T, hinder func(*fake.Clientset), objects ...runtime.Object) (*process, *fake.Clientset) {
	t.Helper()
	exp := testExperiment(t, "")
	client := deployed(t, exp, objects...)
	if hinder != nil {
		hinder(client)
	}
	d := newDriver(client, exp)
	opts := RunOptions{
		Dir: t.TempDir(), Say: func(string) {}, Warn: func(error) {},
		Check:   func(ctx context.Context) error { _, err := d.Preflight(ctx, preflight.Options{}); return err },
		Measure: func(ctx context.Context, _ string, o run.Options) (*result.Run, error) { return run.New(o).Run(ctx) },
		Report:  func(string, *result.Run) error { return nil },
		Judge: func(_ context.Context, err error) (int, error) {
			if err == nil {
				return 0, nil
			}
			return exitFailed, err
		},
	}
	return &process{Driver: d, opts: opts, publisher: d.Publish()}, client
}

func leaseOf(run string) *coordinationv1.Lease {
	return &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: "swarmgrid-deployment-inference", Namespace: "ns"},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &run},
	}
}

// TestWhichPodsEndARun checks that no error ends the run while it holds the target.
func TestWhichPodsEndARun(t *testing.T) {
	for _, tt := range []struct {
		name    string
		objects []runtime.Object
		hinder  func(*fake.Clientset)
		code    int
		said    string
	}{
		{name: "first", objects: []runtime.Object{leaseOf("")}, code: exitFailed, said: "configuring kubernetes"},
		{name: "somebody else holds the target", objects: []runtime.Object{leaseOf("another")}, code: exitFailed, said: "configuring kubernetes"},
		{name: "next, which holds the target", objects: []runtime.Object{leaseOf("j-12345678")}, code: manifests.ExitTryAgain, said: "configuring kubernetes"},
		{name: "next, with a journal", objects: []runtime.Object{leaseOf("")}, hinder: begun, code: exitFailed, said: "configuring kubernetes"},
		{name: "no right even to look at the Lease", objects: []runtime.Object{leaseOf("j-12345678")}, hinder: denied, code: exitFailed, said: "configuring kubernetes"},
		{name: "the journal is another pod's", objects: []runtime.Object{leaseOf("j-12345678")}, hinder: busy, code: manifests.ExitTryAgain, said: "is being written by other"},
		{name: "the journal cannot be read", objects: []runtime.Object{leaseOf("j-12345678")}, hinder: broken, code: manifests.ExitTryAgain, said: "broken"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // a refusal is believed after half a minute
				d, _ := inside(t, tt.hinder, tt.objects...)
				err := d.run(t.Context())
				if err == nil || !strings.Contains(err.Error(), tt.said) {
					t.Errorf("error %v, want %q", err, tt.said)
				}
				if got := d.finish(t.Context(), err); got != tt.code {
					t.Errorf("exit code %d, want %d", got, tt.code)
				}
			})
		})
	}
}

func begun(client *fake.Clientset) {
	var nothing bytes.Buffer
	if err := gzip.NewWriter(&nothing).Close(); err != nil {
		panic(err)
	}
	editJournal(client, func(cm *corev1.ConfigMap) {
		cm.Annotations = map[string]string{"swarmgrid.dev/run": "j-12345678"}
		cm.BinaryData = map[string][]byte{"journal.jsonl.gz": nothing.Bytes()}
	})
}

func busy(client *fake.Clientset) {
	editJournal(client, func(cm *corev1.ConfigMap) { cm.Annotations = map[string]string{"swarmgrid.dev/writer": "other/u"} })
	client.PrependReactor("get", "pods", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewInternalError(io.EOF)
	})
}

func denied(client *fake.Clientset) {
	client.PrependReactor("get", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "leases"}, "it", errors.New("no"))
	})
}

func broken(client *fake.Clientset) {
	client.PrependReactor("update", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewBadRequest("broken")
	})
}

func editJournal(client *fake.Clientset, edit func(*corev1.ConfigMap)) {
	cms := client.CoreV1().ConfigMaps("ns")
	cm, err := cms.Get(context.Background(), "locust-load-test-matrix-journal-0-0", metav1.GetOptions{})
	if err != nil {
		panic(err)
	}
	edit(cm)
	if _, err := cms.Update(context.Background(), cm, metav1.UpdateOptions{}); err != nil {
		panic(err)
	}
}

// TestNoLastWordWhileTheTargetIsHeld covers a Release that failed.
func TestNoLastWordWhileTheTargetIsHeld(t *testing.T) {
	for run, want := range map[string]int{"j-12345678": manifests.ExitTryAgain, "": exitFailed} {
		d, _ := inside(t, nil, leaseOf(run))
		if got := d.finish(t.Context(), apierrors.NewBadRequest("restoring: no")); got != want {
			t.Errorf("held by %q: exit code %d, want %d", run, got, want)
		}
	}
}

// TestTheLastWordStays has a pod that starts after the run has ended, because another
// container of the pod before it failed.
func TestTheLastWordStays(t *testing.T) {
	for _, code := range []int{0, exitGate, exitClose} {
		d, client := inside(t, nil, leaseOf(""))
		if err := d.publisher.Finish(t.Context(), true, code, "so be it"); err != nil {
			t.Fatal(err)
		}
		before := statusOf(t, client)
		if got := d.Run(t.Context(), d.opts); got != code {
			t.Errorf("exit code %d, want %d", got, code)
		}
		if after := statusOf(t, client); after != before {
			t.Errorf("the status was\n%s\nand is\n%s", before, after)
		}
	}
}

// TestAnEarlierPodsWordIsNotTheLast continues a run that has not ended.
func TestAnEarlierPodsWordIsNotTheLast(t *testing.T) {
	d, client := inside(t, nil, leaseOf(""))
	if err := d.publisher.Finish(t.Context(), false, manifests.ExitTryAgain, "no route"); err != nil {
		t.Fatal(err)
	}
	if got := d.Run(t.Context(), d.opts); got != exitFailed || !strings.Contains(statusOf(t, client), "configuring kubernetes") {
		t.Errorf("exit code %d, status %s", got, statusOf(t, client))
	}
}

func statusOf(t *testing.T, client *fake.Clientset) string {
	t.Helper()
	cm, err := client.CoreV1().ConfigMaps("ns").Get(t.Context(), "locust-load-test-matrix-status", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return cm.Data["status.json"]
}

// TestQuitSidecar asks once, and says when nothing listens.
func TestQuitSidecar(t *testing.T) {
	asked := ""
	sidecar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked += r.Method + " " + r.URL.Path
		if r.URL.Path != "/quitquitquit" {
			http.Error(w, "no", http.StatusNotFound)
		}
	}))
	defer sidecar.Close()
	for path, want := range map[string]string{"/quitquitquit": "", "/wrong": "(SWARMGRID_QUIT_URL) to end: 404 Not Found"} {
		asked = ""
		said := ""
		if err := QuitSidecar(t.Context(), sidecar.URL+path); err != nil {
			said = err.Error()
		}
		if asked != "POST "+path || !strings.Contains(said, want) || want == "" && said != "" {
			t.Errorf("asked %q, said %q", asked, said)
		}
	}
}
