package driver

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

func testExperiment(t *testing.T, more string) *experiment.Experiment {
	t.Helper()
	exp, err := experiment.Decode("it.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nmetadata: {namespace: ns}\nspec:\n  target: {scaleTargetRef: {name: inference}}\n"+more), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return exp
}

// deployed is an API server that has what the experiment's runs write to, and other objects.
func deployed(t *testing.T, exp *experiment.Experiment, objects ...runtime.Object) *fake.Clientset {
	t.Helper()
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
	return client
}

func newDriver(client *fake.Clientset, exp *experiment.Experiment) *Driver {
	return New(NewAPI(client, "ns"), kubeapi.Config{}, exp, Self{Namespace: "ns", Job: "j", JobUID: "12345678", Pod: "p", PodUID: "u"})
}
