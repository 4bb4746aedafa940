package cli

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

	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// inside is a driver whose API server has ConfigMaps and Leases, but cannot be asked about
// workloads: neither a preflight nor a platform gets anywhere. hinder, if not nil, makes
// trouble before the driver uses it.
func inside(t *testing.T, hinder func(*fake.Clientset), objects ...runtime.Object) *driver {
	t.Helper()
	exp, err := spec.Decode("it.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nmetadata: {namespace: ns}\nspec: {target: {scaleTargetRef: {name: inference}}}\n"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := manifests.Build(exp, manifests.Options{})
	if err != nil {
		t.Fatal(err)
	}
	client := fake.NewClientset(objects...)
	for _, o := range set.State {
		if cm, ok := o.(*corev1.ConfigMap); ok {
			if err := client.Tracker().Add(cm); err != nil {
				t.Fatal(err)
			}
		}
	}
	env := &Env{Stdout: io.Discard, Stderr: io.Discard, LookupEnv: func(string) (string, bool) { return "", true }}
	d := &driver{
		env: env, opts: &runOptions{out: t.TempDir()}, exp: exp, cluster: &cluster.Cluster{Client: client, Namespace: "ns"},
		self: cluster.Self{Namespace: "ns", Job: "j", JobUID: "12345678", Pod: "p", PodUID: "u"},
	}
	if hinder != nil {
		hinder(client)
	}
	d.publisher = d.cluster.Publisher(exp, d.self)
	return d
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
		{name: "first", objects: []runtime.Object{leaseOf("")}, code: ExitFailed, said: "configuring kubernetes"},
		{name: "somebody else holds the target", objects: []runtime.Object{leaseOf("another")}, code: ExitFailed, said: "configuring kubernetes"},
		{name: "next, which holds the target", objects: []runtime.Object{leaseOf("j-12345678")}, code: manifests.ExitTryAgain, said: "configuring kubernetes"},
		{name: "next, with a journal", objects: []runtime.Object{leaseOf("")}, hinder: begun, code: ExitFailed, said: "configuring kubernetes"},
		{name: "no right even to look at the Lease", objects: []runtime.Object{leaseOf("j-12345678")}, hinder: denied, code: ExitFailed, said: "configuring kubernetes"},
		{name: "the journal is another pod's", objects: []runtime.Object{leaseOf("j-12345678")}, hinder: busy, code: manifests.ExitTryAgain, said: "is being written by other"},
		{name: "the journal cannot be read", objects: []runtime.Object{leaseOf("j-12345678")}, hinder: broken, code: manifests.ExitTryAgain, said: "broken"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // a refusal is believed after half a minute
				d := inside(t, tt.hinder, tt.objects...)
				err := d.run(t.Context())
				if err == nil || !strings.Contains(err.Error(), tt.said) {
					t.Errorf("error %v, want %q", err, tt.said)
				}
				if got := exitCode(t.Context(), d.finish(t.Context(), err)); got != tt.code {
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
	for run, want := range map[string]int{"j-12345678": manifests.ExitTryAgain, "": ExitFailed} {
		d := inside(t, nil, leaseOf(run))
		err := d.finish(t.Context(), apierrors.NewBadRequest("restoring: no"))
		if got := exitCode(t.Context(), err); got != want {
			t.Errorf("held by %q: exit code %d, want %d", run, got, want)
		}
	}
}

// TestTheLastWordStays has a pod that starts after the run has ended, because another
// container of the pod before it failed.
func TestTheLastWordStays(t *testing.T) {
	for _, code := range []int{ExitOK, ExitGate} {
		d := inside(t, nil, leaseOf(""))
		if err := d.publisher.Finish(t.Context(), true, code, "so be it"); err != nil {
			t.Fatal(err)
		}
		before := statusOf(t, d)
		d.publisher = nil
		if got := exitCode(t.Context(), d.drive(t.Context())); got != code {
			t.Errorf("exit code %d, want %d", got, code)
		}
		if after := statusOf(t, d); after != before {
			t.Errorf("the status was\n%s\nand is\n%s", before, after)
		}
	}
}

// TestAnEarlierPodsWordIsNotTheLast continues a run that has not ended.
func TestAnEarlierPodsWordIsNotTheLast(t *testing.T) {
	d := inside(t, nil, leaseOf(""))
	if err := d.publisher.Finish(t.Context(), false, manifests.ExitTryAgain, "no route"); err != nil {
		t.Fatal(err)
	}
	if got := exitCode(t.Context(), d.drive(t.Context())); got != ExitFailed || !strings.Contains(statusOf(t, d), "configuring kubernetes") {
		t.Errorf("exit code %d, status %s", got, statusOf(t, d))
	}
}

func statusOf(t *testing.T, d *driver) string {
	t.Helper()
	cm, err := d.cluster.Client.CoreV1().ConfigMaps("ns").Get(t.Context(), "locust-load-test-matrix-status", metav1.GetOptions{})
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
		var said bytes.Buffer
		env := &Env{Stderr: &said, Getenv: func(name string) string { return map[string]string{manifests.EnvQuit: sidecar.URL + path}[name] }}
		quitSidecar(t.Context(), env)
		if asked != "POST "+path || !strings.Contains(said.String(), want) || want == "" && said.Len() > 0 {
			t.Errorf("asked %q, said %q", asked, said.String())
		}
	}
}
