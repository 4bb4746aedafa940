package cluster

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

// TestSubmitAfterGitOps takes what `manifests --for gitops` prints as deployed, though it
// does not know the target's labels.
func TestSubmitAfterGitOps(t *testing.T) {
	exp, err := experiment.Decode("it.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nmetadata: {name: it}\nspec: {target: {scaleTargetRef: {name: inference}}}"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	build := func(opts manifests.Options) *manifests.Set {
		set, err := manifests.Build(exp, opts)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	c, client := fakeCluster(t)
	objects, _ := build(manifests.Options{}).GitOps()
	for _, o := range objects {
		if _, err := c.apply(t.Context(), o, "it"); err != nil {
			t.Fatal(err)
		}
	}
	known := build(manifests.Options{
		TargetLabels: map[string]string{"app.kubernetes.io/name": "inference"}, Missing: []string{"keda.sh", "metrics.k8s.io"}, IPv6: true,
	})
	if err := c.checkDeployed(t.Context(), known, byHand(exp)...); err != nil {
		t.Error(err)
	}
	if err := c.checkDeployed(t.Context(), known); err == nil || !strings.Contains(err.Error(), "Deployment locust-master does not match the experiment") {
		t.Errorf("without what is printed: %v", err)
	}
	leases := client.CoordinationV1().Leases("default")
	name := targetlock.Name(exp.LoadMatrix.Spec.Target)
	if err := leases.Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := c.makeLease(t.Context(), exp, known); err != nil {
		t.Fatal(err)
	}
	if _, err := leases.Get(t.Context(), name, metav1.GetOptions{}); err != nil {
		t.Errorf("the target's Lease: %v", err)
	}
}
