//go:build cluster

package cluster

import (
	"context"
	"os"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// realCluster is a namespace of the cluster under test, which goes with the test.
func realCluster(t *testing.T) *Cluster {
	t.Helper()
	path := os.Getenv("SWARMGRID_TEST_KUBECONFIG")
	if path == "" {
		t.Fatal("SWARMGRID_TEST_KUBECONFIG is not set; run through `make e2e-cluster`, which starts a cluster")
	}
	c, err := Connect(kubeapi.Access{Kubeconfig: path})
	if err != nil {
		t.Fatal(err)
	}
	ns, err := c.Client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "swarmgrid-test-"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Client.CoreV1().Namespaces().Delete(context.Background(), ns.Name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	c.Namespace = ns.Name
	return c
}

// TestRoleGrantsWhatARunNeeds compares the Role with what the platform asks for.
func TestRoleGrantsWhatARunNeeds(t *testing.T) {
	c := realCluster(t)
	for _, more := range []string{"", ", autoscaler: pause"} {
		exp, err := experiment.Decode("it.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec: {target: {scaleTargetRef: {name: inference}"+more+"}}"), "", nil)
		if err != nil {
			t.Fatal(err)
		}
		set, err := manifests.Build(exp, manifests.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rights, err := kubeapi.Rights(t.Context(), kubeapi.ConfigOf(c.REST, c.Namespace, exp, true))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rights {
			if r.Without == "" && !slices.ContainsFunc(roleOf(set).Rules, r.GrantedBy) {
				t.Errorf("the Role does not grant: %s", r)
			}
		}
	}
}

func roleOf(set *manifests.Set) *rbacv1.Role {
	for _, o := range set.Access {
		if role, ok := o.(*rbacv1.Role); ok {
			return role
		}
	}
	return &rbacv1.Role{}
}
