//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/run/storetest"
	"github.com/swarmgrid/swarmgrid/internal/spec"
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

func TestStoreConformanceOnARealServer(t *testing.T) {
	c := realCluster(t)
	cms := c.Client.CoreV1().ConfigMaps(c.Namespace)
	places := 0
	storetest.Suite(t, func(t *testing.T) storetest.Place {
		places++
		var names []string
		for i := range 2 {
			name := fmt.Sprintf("j-%d-%d", places, i)
			names = append(names, name)
			cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{manifests.LabelShard: fmt.Sprint(i)}}}
			if _, err := cms.Create(t.Context(), cm, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		processes := 0
		return storetest.Place{NoSlices: true, Open: func() (run.Store, error) {
			processes++
			return OpenStore(t.Context(), StoreOptions{ConfigMaps: cms, Shards: names, Run: "r1", Writer: fmt.Sprint("pod-", processes)})
		}}
	})
}

// TestFullShardsFit fills ConfigMaps as far as a run would.
func TestFullShardsFit(t *testing.T) {
	c := realCluster(t)
	cms := c.Client.CoreV1().ConfigMaps(c.Namespace)
	names := []string{"j0", "j1"}
	for _, name := range names {
		if _, err := cms.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := OpenStore(t.Context(), StoreOptions{ConfigMaps: cms, Shards: names, Run: "r1", Writer: "a"})
	if err != nil {
		t.Fatal(err)
	}
	h := testHeader("r1", 9)
	if err := begin(t.Context(), s, h); err != nil {
		t.Fatal(err)
	}
	for i := range h.Keys {
		if err := s.Append(t.Context(), noisy(h, i, 250<<10)); err != nil {
			t.Fatal(err)
		}
	}
	if s.last != 1 {
		t.Errorf("shard %d is being filled, want 1", s.last)
	}
}

// TestRoleGrantsWhatARunNeeds compares the Role with what the platform asks for.
func TestRoleGrantsWhatARunNeeds(t *testing.T) {
	c := realCluster(t)
	for _, more := range []string{"", ", autoscaler: pause"} {
		exp, err := spec.Decode("it.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec: {target: {scaleTargetRef: {name: inference}"+more+"}}"), "", nil)
		if err != nil {
			t.Fatal(err)
		}
		set, err := manifests.Build(exp, manifests.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rights, err := kubeapi.Rights(t.Context(), c.config(exp, true))
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
